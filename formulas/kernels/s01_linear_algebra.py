"""Kernels of section 1: vectors along one axis, and a trace."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
from sympy import Abs, sqrt

from formulas.language import Expr, dim, index, real, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
i, k = index("i k")
a, b = tensor("a", n), tensor("b", n)
A = tensor("A", n, n)
x, y = real("x"), real("y")


def inner(u: sp.IndexedBase, v: sp.IndexedBase) -> Expr:
    """Inner product of two vectors."""
    return total(u[k] * v[k], (k, n))


def norm(u: sp.IndexedBase) -> Expr:
    """Euclidean norm."""
    return sqrt(total(u[k] ** 2, (k, n)))


def _two(first: str = "x1", second: str = "x2") -> tuple[Input, Input]:
    return Input(symbol=a, name=first), Input(symbol=b, name=second)


KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "linalg.dot": (
        Kernel(
            name="dot",
            output=inner(a, b),
            axes=(),
            inputs=_two(),
            wrt=("x1", "x2"),
            peer="torch.linalg.vecdot",
        ),
    ),
    "linalg.cosine": (
        Kernel(
            name="cosine_similarity",
            output=inner(a, b) / (norm(a) * norm(b)),
            axes=(),
            inputs=_two(),
            wrt=("x1", "x2"),
            peer="torch.nn.functional.cosine_similarity without its eps",
            domain="vectors other than 0",
        ),
    ),
    "linalg.l2_norm": (
        Kernel(
            name="l2_norm",
            output=norm(a),
            axes=(),
            inputs=(Input(symbol=a, name="input"),),
            wrt=("input",),
            peer="torch.linalg.vector_norm",
            domain="every vector; the cotangent at 0 is NaN (the norm has no slope there; PyTorch takes 0)",
        ),
    ),
    "linalg.l1_norm": (
        Kernel(
            name="l1_norm",
            output=total(Abs(a[k]), (k, n)),
            axes=(),
            inputs=(Input(symbol=a, name="input"),),
            wrt=("input",),
            peer="torch.linalg.vector_norm(ord=1)",
            domain="every vector; the cotangent of an entry 0 is 0",
        ),
    ),
    "linalg.projection": (
        Kernel(
            name="projection",
            output=inner(a, b) / total(b[k] ** 2, (k, n)) * b[i],
            axes=(i,),
            inputs=(
                Input(symbol=a, name="input", meaning="the vector that is projected"),
                Input(symbol=b, name="onto", meaning="the direction, not 0"),
            ),
        ),
    ),
    "linalg.trace": (
        Kernel(
            name="trace",
            output=total(A[k, k], (k, n)),
            axes=(),
            inputs=(Input(symbol=A, name="input"),),
            peer="torch.trace, of each matrix",
        ),
    ),
    "linalg.hadamard": (
        Kernel(
            name="hadamard",
            output=x * y,
            axes=(),
            inputs=(Input(symbol=x, name="input"), Input(symbol=y, name="other")),
            wrt=("input", "other"),
            peer="torch.mul",
        ),
    ),
}
