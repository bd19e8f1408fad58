"""Section 9 of the sheet: the sinusoidal position code."""

from __future__ import annotations

import sympy as sp
from sympy import cos, sin

from formulas.language import index, natural, positive, sequence
from formulas.schema import Claim, Definition, Formula, Source, Verdict

code = sequence("PE", sp.oo)
pos, shift, half = natural("p"), natural("k"), natural("m")
at, pair = natural("a"), natural("c")
(j,) = index("j")
omega, d = positive("omega"), positive("d")
i = natural("i")


def angle(position: sp.Expr, number: sp.Expr) -> sp.Expr:
    """The printed angle of pair ``number``."""
    return position / 10000 ** (2 * number / d)


_even = sp.Eq(code[at, 2 * pair], sin(angle(at, pair)))
_odd = sp.Eq(code[at, 2 * pair + 1], cos(angle(at, pair)))
_here, _there = pos * omega, (pos + shift) * omega

SINUSOIDAL = Formula(
    id="llm.sinusoidal",
    title="Sinusoidal position code",
    section=9,
    names=("Positional Encoding", "sinusoidal positional encoding", "sinusoidal position encoding"),
    definition=Definition(latex=r"PE_{(pos, 2i)}", expr=sin(angle(pos, i))),
    symbols={
        "PE": "position code, by position and feature, both counted from 0",
        "p": "position",
        "k": "shift of the position",
        "i": "number of the pair of features",
        "m": "number of pairs",
        "d": "number of features",
        "a": "any position",
        "c": "any pair",
        "omega": "angle per position of one pair",
        "j": "feature",
    },
    source=Source(
        section=9,
        lines=(350,),
        printed=(
            r"PE_{(pos, 2i)} = \sin\left(\frac{pos}{10000^{2i/d}}\right)",
            r"PE_{(pos, 2i+1)} = \cos\left(\frac{pos}{10000^{2i/d}}\right)",
        ),
    ),
    references=("A. Vaswani et al., Attention is all you need, 2017, arXiv:1706.03762, section 3.5",),
    tags=("position", "rotation"),
    used_in=("Transformer",),
    see_also=("llm.rope",),
    claims=(
        Claim(
            name="squared_norm",
            lhs=sp.Sum(code[pos, j] ** 2, (j, 0, 2 * half - 1)),
            rhs=half,
            hypotheses=(_even, _odd),
            note="Half the number of features d = 2 m, at every position.",
        ),
        Claim(
            name="squared_norm_is_number_of_features",
            lhs=sp.Sum(code[pos, j] ** 2, (j, 0, 2 * half - 1)),
            rhs=2 * half,
            hypotheses=(_even, _odd),
            expected=Verdict.REFUTED,
            corrected_by="squared_norm",
        ),
        Claim(
            name="shift_rotates_the_sine",
            lhs=sin(_there),
            rhs=cos(shift * omega) * sin(_here) + sin(shift * omega) * cos(_here),
            note="The matrix of the rotation depends on the shift alone, not on the position.",
        ),
        Claim(
            name="shift_rotates_the_cosine",
            lhs=cos(_there),
            rhs=cos(shift * omega) * cos(_here) - sin(shift * omega) * sin(_here),
        ),
        Claim(
            name="printed_code_is_rotated",
            lhs=code[pos + shift, 2 * i],
            rhs=cos(angle(shift, i)) * code[pos, 2 * i] + sin(angle(shift, i)) * code[pos, 2 * i + 1],
            hypotheses=(_even, _odd),
        ),
        Claim(
            name="shift_adds_the_code",
            lhs=code[pos + shift, 2 * i],
            rhs=code[pos, 2 * i] + code[shift, 2 * i],
            hypotheses=(_even, _odd),
            expected=Verdict.REFUTED,
            corrected_by="printed_code_is_rotated",
        ),
        Claim(
            name="inner_product_of_a_pair",
            lhs=sin(_here) * sin(_there) + cos(_here) * cos(_there),
            rhs=cos(shift * omega),
            note="How alike two codes are depends on the distance alone.",
        ),
        Claim(
            name="first_position",
            lhs=code[0, 2 * i] + code[0, 2 * i + 1],
            rhs=sp.S.One,
            hypotheses=(_even, _odd),
        ),
    ),
)

FORMULAS = (SINUSOIDAL,)
