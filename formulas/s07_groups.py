"""Section 7, beyond the sheet: normalisation over two axes, and of a weight."""

from __future__ import annotations

import sympy as sp
from sympy import sqrt

from formulas.language import Expr, Partial, dim, index, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula

n, channels, places = dim("n"), dim("C"), dim("P")
i, j, k, l, a, b, c, e = index("i j k l a b c e")  # noqa: E741
X, G = tensor("X", channels, places), tensor("G", channels, places)
epsilon, gain = positive("epsilon"), real("gain")
w, g, x = tensor("w", n), tensor("g", n), tensor("x", n)

_count = channels * places
_mean = total(X[k, l], (k, channels), (l, places)) / _count
_variance = total((X[a, b] - _mean) ** 2, (a, channels), (b, places)) / _count


def _normalised(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return (X[row, col] - _mean) / sqrt(_variance + epsilon)


_mean_g = total(G[i, j], (i, channels), (j, places)) / _count
_mean_gx = total(G[i, j] * _normalised(i, j), (i, channels), (j, places)) / _count

GROUP_NORM = Formula(
    id="norm.group",
    title="GroupNorm",
    section=7,
    names=("Group Normalization", "GroupNorm", "group normalisation", "InstanceNorm"),
    definition=Definition(latex=r"\hat{x}_{ce}", expr=_normalised(c, e), indices=(c, e)),
    symbols={
        "X": "channels of a group at each place",
        "G": "cotangent of the output",
        "epsilon": "stabiliser",
    },
    references=("Y. Wu, K. He, Group normalization, ECCV 2018, arXiv:1803.08494",),
    tags=("normalisation", "reduction"),
    used_in=("convolutional networks", "diffusion models"),
    see_also=("norm.layer", "norm.batch"),
    claims=(
        Claim(
            name="mean_of_output",
            lhs=total(_normalised(c, e), (c, channels), (e, places)),
            rhs=sp.S.Zero,
        ),
        Claim(
            name="mean_square_of_output",
            lhs=total(_normalised(c, e) ** 2, (c, channels), (e, places)) / _count,
            rhs=_variance / (_variance + epsilon),
        ),
        Claim(
            name="backward",
            lhs=Partial(total(G[i, j] * _normalised(i, j), (i, channels), (j, places)), X[c, e]),
            rhs=(G[c, e] - _mean_g - _normalised(c, e) * _mean_gx) / sqrt(_variance + epsilon),
        ),
    ),
)

_square = total(w[k] ** 2, (k, n))
_output = gain * total(x[i] * w[i], (i, n)) / sqrt(_square)

WEIGHT_NORM = Formula(
    id="norm.weight",
    title="Weight normalisation",
    section=7,
    names=("weight normalization", "weight normalisation", "WeightNorm"),
    definition=Definition(latex=r"g \frac{v \cdot x}{\|v\|}", expr=_output),
    symbols={"w": "direction", "gain": "length of the weight", "x": "input", "c": "scale"},
    references=("T. Salimans, D. P. Kingma, Weight normalization, NeurIPS 2016, arXiv:1602.07868",),
    tags=("normalisation",),
    used_in=("audio models",),
    see_also=("linalg.l2_norm", "norm.rms"),
    claims=(
        Claim(
            name="gradient_of_the_direction",
            lhs=Partial(_output, w[j]),
            rhs=gain / sqrt(_square) * (x[j] - w[j] * total(x[i] * w[i], (i, n)) / _square),
            hypotheses=(_square > 0,),
        ),
        Claim(
            name="gradient_is_orthogonal_to_the_direction",
            lhs=total(w[j] * Partial(_output, w[j]), (j, n)),
            rhs=sp.S.Zero,
            hypotheses=(_square > 0,),
        ),
        Claim(
            name="gradient_of_the_gain",
            lhs=Partial(_output, gain),
            rhs=total(x[i] * w[i], (i, n)) / sqrt(_square),
            hypotheses=(_square > 0,),
        ),
    ),
)

FORMULAS = (GROUP_NORM, WEIGHT_NORM)
