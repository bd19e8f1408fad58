"""The form of a realised program from which kernels for the GPU are made: no 0 times infinity."""

from __future__ import annotations

from codegen.ir import Program
from codegen.passes.vanishing import zero_wins

__all__ = ["suited"]


def suited(program: Program) -> Program:
    """``program`` with a choice in place of each product that could be 0 times infinity: one comparison and
    one selection for a place, of the hundred or so instructions for which a place of float32 has time."""
    return zero_wins(program)
