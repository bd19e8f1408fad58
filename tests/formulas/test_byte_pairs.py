"""A worked run of byte-pair encoding: each merge shortens the text as the catalog says."""

from __future__ import annotations

import numpy as np
import sympy as sp

from formulas import catalog
from generated import numpy_kernels
from symcheck.refute.evaluate import Evaluator

TEXT = "aaabdaaabac"
# the text after each merge, with capitals for what was merged, and how often
RUN = [("aa", "ZabdZabac", 2), ("Za", "YbdYbac", 2), ("Yb", "XdXac", 2)]


def shortened(merged: list[int]) -> int:
    """Length of the text after a merge, by the catalog: 1 is where a symbol went into the one before."""
    formula = catalog()["llm.bpe"]
    claim = formula.claim("merge_shortens_by_merged_pairs")
    (entries,) = {a.base for a in claim.lhs.atoms(sp.Indexed)}
    given = {entries: {(k + 1,): float(m) for k, m in enumerate(merged)}}
    evaluator = Evaluator({entries.shape[0]: len(merged)}, given, {})
    left, right = (float(evaluator.value(side, {}).mid()) for side in (claim.lhs, claim.rhs))
    assert left == right
    return int(left)


def test_a_worked_run() -> None:
    ids = np.array([ord(c) for c in TEXT])
    for (pair, after, count), new in zip(RUN, "ZYX", strict=True):
        left, right, seen = numpy_kernels.bpe_pair(ids)
        assert chr(left) + chr(right) == pair
        merged = numpy_kernels.bpe_merge(ids, left, right, ord(new))
        assert "".join(map(chr, merged)) == after
        # overlapping pairs are counted, but only one of two can be merged
        assert seen >= count == len(ids) - len(merged)
        where = [0] * len(ids)
        for at in range(1, len(ids)):
            where[at] = int((ids[at - 1], ids[at]) == (left, right) and not where[at - 1])
        assert sum(where) == count and shortened(where) == len(merged)
        ids = merged
