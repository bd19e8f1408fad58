"""The procedures of the sheet: what sorts, counts and merges has no formula to derive code from.

They are written by hand for each target (``codegen/numpy/runtime/procedures.py``).  Here stands for each of
them to which formula it belongs, what it is by definition, one entry after the other and in exact numbers,
and at which ends of what it may be given it is held against that (``outcomes``).
"""

from __future__ import annotations

import collections
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any
AS_DEFINED, OTHERWISE = "as defined", "not as defined"


@dataclass(frozen=True)
class Procedure:
    """``definition`` gives the result, ``None`` where there is none; ``extremes`` are arguments by name."""

    formula: str
    definition: Callable[..., Any]
    extremes: Mapping[str, tuple[Any, ...]]


def procedures_of(ids: Iterable[str]) -> list[str]:
    """The procedures of the formulas ``ids``."""
    return [name for i in ids for name, p in PROCEDURES.items() if p.formula == i]


def outcomes(package: Any) -> dict[str, dict[str, str]]:
    """Procedure -> extreme -> whether what ``package`` gives is what it is by definition, or its error."""
    return {
        name: {extreme: _outcome(getattr(package, name), p, given) for extreme, given in p.extremes.items()}
        for name, p in PROCEDURES.items()
    }


def _outcome(function: Callable[..., Any], procedure: Procedure, given: tuple[Any, ...]) -> str:
    wanted = procedure.definition(*given)
    try:
        found = np.asarray(function(*given))
    except ValueError as error:
        return f"{OTHERWISE}: {error}" if wanted is not None else str(error)
    if wanted is None:
        return f"{OTHERWISE}: not refused"
    exact = np.asarray(wanted, found.dtype)
    same = exact.shape == found.shape and bool(
        ((exact == found) | ((exact != exact) & (found != found))).all()
    )
    return AS_DEFINED if same else OTHERWISE


def _by_rows(x: Array, count: Callable[[Sequence[float]], int]) -> Array:
    """``x`` with all but the ``count(largest first)`` largest entries of each row at -inf."""
    found = np.full_like(x, -np.inf)
    for row, kept in zip(x, found, strict=True):
        ranks = [math.inf if math.isnan(v) else v for v in row.tolist()]
        order = sorted(range(len(ranks)), key=lambda i: (-ranks[i], i))
        for i in order[: count([ranks[i] for i in order])] if order else ():
            kept[i] = row[i]
    return found


def _top_k(x: Array, k: int) -> Array:
    return _by_rows(x, lambda ordered: k)


def _top_p(x: Array, p: float) -> Array:
    from flint import arb

    def count(ordered: Sequence[float]) -> int:
        if math.isinf(ordered[0]):  # the limit of a probability of 1, or all are -inf
            return 1
        weights = [arb(v - arb(ordered[0])).exp() if v > -math.inf else arb(0) for v in ordered]
        wanted, mass = arb(p) * sum(weights, arb(0)), arb(0)
        for i, weight in enumerate(weights):
            mass += weight
            if mass >= wanted:
                return i + 1
        return len(weights)

    return _by_rows(x, count)


def _bpe_pair(ids: Array) -> tuple[int, int, int] | None:
    counts = collections.Counter(itertools.pairwise(ids.tolist()))
    best = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
    return None if best is None else (*best, counts[best])


def _bpe_merge(ids: Array, left: int, right: int, new: int) -> list[int]:
    found, symbols = [], ids.tolist()
    while symbols:
        pair = symbols[:2] == [left, right]
        found.append(new if pair else symbols[0])
        symbols = symbols[1 + pair :]
    return found


def _conv_output_size(size: int, kernel: int, stride: int, padding: int) -> int | None:
    if size < 0 or kernel < 1 or stride < 1 or padding < 0:
        return None
    last = size + 2 * padding - kernel  # where the last place may start
    return sum(1 for _ in range(0, last + 1, stride)) if last < 10**6 else last // stride + 1


def _logits() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    plain = rng.standard_normal((3, 7)).astype(np.float32)
    found = {f"{s:g}": (plain * s).astype(np.float32) for s in (1e4, 1e30, 1e-30, 1e-40)}
    found |= {"zero": plain * 0, "all equal": np.full_like(plain, 0.7), "one entry": plain[:, :1]}
    found |= {"no entry": plain[:, :0], "no row": plain[:0], "all -inf": np.full_like(plain, -np.inf)}
    for name, value in (("inf", np.inf), ("-inf", -np.inf), ("NaN", np.nan)):
        found |= {name: plain.copy(), f"two {name}": plain.copy()}
        found[name][:, 2], found[f"two {name}"][:, 3:5] = value, value
    return found


_LARGEST, _LEAST = np.iinfo(np.int64).max, np.iinfo(np.int64).min
_IDS: Mapping[str, Array] = {
    "no entry": np.array([], int),
    "one entry": np.array([1]),
    "all equal": np.ones(9, int),
    "one pair": np.array([1, 1]),
    "largest and least numbers": np.array([_LARGEST, _LEAST, 1, 1, _LARGEST, _LEAST]),
    "8 bits": np.array([255, 0, 1, 1, 255, 0], np.uint8),
}
_SIZES: Mapping[str, tuple[int, int, int, int]] = {
    "no entry": (0, 1, 1, 0),
    "one entry": (1, 1, 1, 0),
    "as long as the kernel": (5, 5, 3, 0),
    "shorter than the kernel": (2, 5, 1, 0),
    "padding alone": (0, 3, 2, 2),
    "1e30": (10**30, 7, 3, 10**29),
    "size -1": (-1, 1, 1, 0),
    "kernel 0": (1, 0, 1, 0),
    "stride 0": (1, 1, 0, 0),
    "padding -1": (1, 1, 1, -1),
}

PROCEDURES: Mapping[str, Procedure] = {
    "top_k": Procedure("llm.top_k", _top_k, {n: (x, 2) for n, x in _logits().items()}),
    "top_p": Procedure("llm.top_p", _top_p, {n: (x, 0.9) for n, x in _logits().items()}),
    "bpe_pair": Procedure("llm.bpe", _bpe_pair, {n: (x,) for n, x in _IDS.items()}),
    "bpe_merge": Procedure("llm.bpe", _bpe_merge, {n: (x, 1, 1, 2) for n, x in _IDS.items()}),
    "conv_output_size": Procedure("model.conv_size", _conv_output_size, _SIZES),
}
