"""Matrices as a whole: the determinant, which no sum over entries of symbolic size can say."""

from __future__ import annotations

from typing import Any

import sympy as sp

__all__ = ["Det"]


class Det(sp.Function):
    """``Det(A)``: the determinant of a tensor with two axes of one size."""

    nargs = 1

    @classmethod
    def eval(cls, *args: Any) -> None:
        return None

    def _eval_is_real(self) -> bool:
        return True
