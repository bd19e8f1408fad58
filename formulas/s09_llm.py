"""Section 9 of the sheet: what is particular to language models.

A vector of even length d is held as h = d / 2 pairs, a tensor of shape (h, 2); which features form
a pair (neighbours, or one from each half) is a matter of layout and not of the formula.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy import cos, sin

from formulas.language import Expr, Partial, delta, dim, index, natural, tensor, total
from formulas.schema import Claim, Definition, Formula, Source, Verdict

h = dim("h")
a, b, c = index("a b c")
x = tensor("x", h, 2)
q = tensor("q", h, 2)
k = tensor("k", h, 2)
g = tensor("g", h, 2)
theta = tensor("theta", h)
m, n, t = natural("m"), natural("n"), natural("t")

Entry = Callable[[sp.Symbol, Expr], Expr]
FIRST, SECOND = sp.S.One, sp.Integer(2)


def entry_of(of: sp.IndexedBase) -> Entry:
    """The entries of a tensor of pairs as a function of block and component."""
    return lambda block, component: of[block, component]


def rotated(of: Entry, position: Expr) -> Entry:
    """``of`` with the pair of each block turned by ``position * theta[block]``."""

    def entry(block: sp.Symbol, component: Expr) -> Expr:
        angle = position * theta[block]
        turned = delta(component, 2) * of(block, FIRST) - delta(component, 1) * of(block, SECOND)
        return of(block, component) * cos(angle) + turned * sin(angle)

    return entry


def pair_product(left: Entry, right: Entry, block: sp.Symbol) -> Expr:
    """Inner product of the pairs of one block."""
    return left(block, FIRST) * right(block, FIRST) + left(block, SECOND) * right(block, SECOND)


def inner(left: Entry, right: Entry) -> Expr:
    """Inner product of the whole vectors."""
    return total(pair_product(left, right, b), (b, h))


_x, _q, _k, _g = (entry_of(of) for of in (x, q, k, g))
_angle = (m - n) * theta[b]

ROPE = Formula(
    id="llm.rope",
    title="Rotary position embedding",
    section=9,
    names=(
        "RoPE",
        "rotary position embedding",
        "Rotary Position Embedding",
        "rotary positional embedding",
        "rotary embedding",
    ),
    definition=Definition(latex="f(x, m)", expr=rotated(_x, m)(c, a), indices=(c, a)),
    symbols={
        "x": "input as h pairs",
        "q": "query as h pairs",
        "k": "key as h pairs",
        "g": "cotangent of the output",
        "theta": "angle per position of each pair",
        "m": "position of the query",
        "n": "position of the key",
        "t": "shift of both positions",
    },
    source=Source(
        section=9,
        lines=(356, 358),
        printed=(
            r"f(x_m, m) = R_m x_m",
            r"R_m = \begin{pmatrix}\cos m\theta & -\sin m\theta \\ \sin m\theta & \cos m\theta\end{pmatrix}",
            r"\langle f(q, m), f(k, n) \rangle",
            "m - n",
        ),
    ),
    references=(
        "J. Su, Y. Lu, S. Pan, A. Murtadha, B. Wen, Y. Liu, RoFormer: enhanced transformer with rotary "
        "position embedding, 2021, arXiv:2104.09864",
    ),
    tags=("position", "rotation", "linear"),
    used_in=("LLaMA", "GPT-NeoX", "attention"),
    see_also=("llm.sinusoidal", "linalg.orthogonal", "attn.sdpa"),
    claims=(
        Claim(
            name="block_columns_have_length_one",
            lhs=cos(m * theta[c]) ** 2 + sin(m * theta[c]) ** 2,
            rhs=sp.S.One,
            note="Also the determinant of a block: no reflection.",
        ),
        Claim(
            name="block_keeps_inner_product",
            lhs=pair_product(rotated(_q, m), rotated(_k, m), c),
            rhs=pair_product(_q, _k, c),
        ),
        Claim(
            name="keeps_inner_product",
            lhs=inner(rotated(_q, m), rotated(_k, m)),
            rhs=inner(_q, _k),
            note="The rotation is orthogonal, for any number of blocks.",
        ),
        Claim(name="keeps_norm", lhs=inner(rotated(_x, m), rotated(_x, m)), rhs=inner(_x, _x)),
        Claim(
            name="composition_first",
            lhs=rotated(rotated(_x, n), m)(c, FIRST),
            rhs=rotated(_x, m + n)(c, FIRST),
        ),
        Claim(
            name="composition_second",
            lhs=rotated(rotated(_x, n), m)(c, SECOND),
            rhs=rotated(_x, m + n)(c, SECOND),
        ),
        Claim(name="inverse_first", lhs=rotated(rotated(_x, m), -m)(c, FIRST), rhs=x[c, 1]),
        Claim(name="inverse_second", lhs=rotated(rotated(_x, m), -m)(c, SECOND), rhs=x[c, 2]),
        Claim(
            name="block_relative_position",
            lhs=pair_product(rotated(_q, m), rotated(_k, n), c),
            rhs=pair_product(rotated(_q, m - n), _k, c),
        ),
        Claim(
            name="relative_position",
            lhs=inner(rotated(_q, m), rotated(_k, n)),
            rhs=inner(rotated(_q, m - n), _k),
            printed=True,
            note="The right side holds the positions as m - n alone.",
        ),
        Claim(
            name="relative_position_expanded",
            lhs=inner(rotated(_q, m), rotated(_k, n)),
            rhs=total(
                pair_product(_q, _k, b) * cos(_angle) + (q[b, 1] * k[b, 2] - q[b, 2] * k[b, 1]) * sin(_angle),
                (b, h),
            ),
        ),
        Claim(
            name="shift_invariance",
            lhs=inner(rotated(_q, m + t), rotated(_k, n + t)),
            rhs=inner(rotated(_q, m), rotated(_k, n)),
        ),
        Claim(
            name="depends_on_sum_of_positions",
            lhs=inner(rotated(_q, m), rotated(_k, n)),
            rhs=inner(rotated(_q, m + n), _k),
            expected=Verdict.REFUTED,
            corrected_by="relative_position",
            note="The sign of the key's position matters.",
        ),
        Claim(
            name="backward_first",
            lhs=Partial(inner(_g, rotated(_x, m)), x[c, 1]),
            rhs=rotated(_g, -m)(c, FIRST),
            note="The cotangent is turned back.",
        ),
        Claim(
            name="backward_second",
            lhs=Partial(inner(_g, rotated(_x, m)), x[c, 2]),
            rhs=rotated(_g, -m)(c, SECOND),
        ),
    ),
)

FORMULAS = (ROPE,)
