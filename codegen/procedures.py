"""The procedures of the sheet: what sorts, counts and merges has no formula to derive code from.

They are written by hand for each target (``codegen/numpy/runtime/procedures.py``); here stands to which
formula of the catalog each belongs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PROCEDURES: Mapping[str, tuple[str, ...]] = {
    "llm.bpe": ("bpe_pair", "bpe_merge"),
    "llm.top_k": ("top_k",),
    "llm.top_p": ("top_p",),
    "model.conv_size": ("conv_output_size",),
}


def procedures_of(ids: Iterable[str]) -> list[str]:
    """The procedures of the formulas ``ids``."""
    return [name for i in ids for name in PROCEDURES.get(i, ())]
