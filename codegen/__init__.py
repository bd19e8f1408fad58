"""Kernels from the proved formulas: lowering, rewrites, derivatives, emission.

``export`` gives the text of one self-contained module with chosen kernels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

__all__ = ["export"]


def export(*ids: str, target: Literal["numpy", "c", "cupy"] = "numpy", to: str | Path | None = None) -> str:
    """The text of one module with the kernels of the formulas ``ids``, which needs NumPy or CuPy alone.

    ``target``  "numpy"; "c": loops in C over NumPy arrays, built by the user's compiler at the first call;
    "cupy": CUDA texts, for CuPy arrays.

    ``to``  also writes it there, whole or not at all.

    Raises ``KeyError`` naming near ids for an unknown formula, ``codegen.single_file.NothingToExport`` for an
    unknown target or where there is no kernel, ``codegen.rewrites.RewriteRefused`` if a proof that a stable
    form rests on does not hold.
    """
    from codegen.single_file import export as text_of
    from symcheck.files import write_whole

    text = text_of(ids, target)
    if to is not None:
        write_whole(Path(to), text)
    return text
