"""Section 4 of the sheet, continued: GELU and the two forms that it is computed with."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Max, Rational, erf, exp, sqrt, tanh

from formulas.language import ExpGap, Expr, MillsGap, Partial, Phi, normal_density, real, sigmoid
from formulas.schema import (
    Claim,
    Definition,
    Formula,
    Input,
    LineBound,
    Relation,
    Source,
    Verdict,
)

x = real("x")
SLOPE = Rational(1702, 1000)
CUBIC = Rational(44715, 1000000)
ROOT = sqrt(2 / sp.pi)
INPUT = (Input(symbol=x, name="input"),)
_hendrycks = "D. Hendrycks, K. Gimpel, Gaussian error linear units (GELUs), 2016, arXiv:1606.08415"


def gelu(at: Expr) -> Expr:
    """Input times the probability that a standard normal variable lies below it."""
    return at * Phi(at)


def gelu_sigmoid(at: Expr) -> Expr:
    """The form with the logistic function of 1.702 times the input."""
    return at * sigmoid(SLOPE * at)


def cubic(at: Expr) -> Expr:
    """The argument of tanh in the tanh form."""
    return ROOT * (at + CUBIC * at**3)


def gelu_tanh(at: Expr) -> Expr:
    """The form with tanh of a cubic."""
    return at / 2 * (1 + tanh(cubic(at)))


def _x_times(factor: Expr, until: Expr) -> Expr:
    """``x * factor`` as a sum in which each term is visibly >= 0 for x >= until."""
    return (x - until) * factor + until * factor


def _tail_bound(rate: Expr, excess: Expr, until: Expr) -> LineBound:
    """Certificate for the error of ``x * sigmoid(rate * x + excess)`` with ``excess >= 0``.

    The error is u - v with u = x (1 - sigmoid) and v = x (1 - Phi), each of which lies below a summand
    of the majorant: u < (x + 1/rate) exp(-rate x), which falls for all x > 0, and v < normal_density.
    """
    argument, linear = rate * x + excess, exp(-rate * x)
    decay, logistic = exp(-argument), sigmoid(argument)
    return LineBound(
        x=x,
        until=until,
        majorant=(x + 1 / rate) * linear + normal_density(x),
        gaps=(
            linear / rate
            + _x_times(decay * ExpGap(excess), until)
            + x * excess * decay
            + _x_times(decay**2 * logistic, until)
            + normal_density(x)
            + _x_times(Phi(-x), until),
            linear / rate + _x_times(linear, until) + _x_times(decay * logistic, until) + MillsGap(x),
        ),
        fall=rate * _x_times(linear, until) + _x_times(normal_density(x), until),
    )


_logistic_error = gelu(x) - gelu_sigmoid(x)
_tanh_error = gelu(x) - x * sigmoid(2 * cubic(x))

GELU = Formula(
    id="act.gelu",
    title="GELU",
    section=4,
    names=("GELU", "gelu", "Gaussian error linear unit", r"\operatorname{GELU}", r"\text{GELU}"),
    definition=Definition(latex=r"\operatorname{GELU}(x)", expr=gelu(x)),
    symbols={"x": "input"},
    source=Source(section=4, lines=(149,), printed=(r"x \cdot \Phi(x) \approx x \cdot \sigma(1.702x)",)),
    references=(
        _hendrycks,
        "NIST Digital Library of Mathematical Functions, section 7.8 (Mills' ratio)",
    ),
    tags=("activation", "elementwise", "smooth", "approximation"),
    used_in=("GPT", "BERT", "feed-forward layers of transformers"),
    see_also=("act.gelu_sigmoid", "act.gelu_tanh", "act.silu", "act.relu"),
    claims=(
        Claim(
            name="tail_form",
            lhs=x * Phi(x),
            rhs=Max(0, x) - Abs(x) * (1 - Phi(Abs(x))),
            note="Left of 0 this is a small number computed from the upper tail, without cancellation.",
        ),
        Claim(
            name="cdf_by_tail",
            lhs=Phi(x),
            rhs=sp.Piecewise((Phi(Abs(x)), x > 0), (1 - Phi(Abs(x)), True)),
        ),
        Claim(name="by_erf", lhs=gelu(x), rhs=x / 2 * (1 + erf(x / sqrt(2)))),
        Claim(name="derivative", lhs=Partial(gelu(x), x), rhs=Phi(x) + x * normal_density(x)),
        Claim(
            name="derivative_by_erf",
            lhs=Partial(x / 2 * (1 + erf(x / sqrt(2))), x),
            rhs=(1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2) / 2) / sqrt(2 * sp.pi),
        ),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(gelu(x), x), x),
            rhs=(2 - x**2) * normal_density(x),
        ),
        Claim(name="tails_add_to_one", lhs=Phi(-x), rhs=1 - Phi(x)),
        Claim(name="difference_of_parts", lhs=gelu(x) - gelu(-x), rhs=x),
        Claim(
            name="close_to_identity_on_the_right",
            lhs=x - gelu(x),
            rhs=normal_density(x),
            relation=Relation.LT,
            certificate=MillsGap(x),
        ),
        Claim(
            name="logistic_error_even",
            lhs=gelu(-x) - gelu_sigmoid(-x),
            rhs=_logistic_error,
        ),
        Claim(
            name="logistic_error",
            lhs=Abs(_logistic_error),
            rhs=Rational(204, 10000),
            relation=Relation.LE,
            certificate=_tail_bound(SLOPE, sp.S.Zero, sp.Integer(4)),
            note="The largest error on the whole line is about 0.02033, near x = 2.25.",
        ),
        Claim(
            name="logistic_error_sharper",
            lhs=Abs(_logistic_error),
            rhs=Rational(203, 10000),
            relation=Relation.LE,
            expected=Verdict.REFUTED,
            corrected_by="logistic_error",
            witness={x: Rational(9, 4)},
            note="Shows that the last digit of the bound is needed.",
        ),
        Claim(
            name="tanh_error_even",
            lhs=gelu(-x) - gelu_tanh(-x),
            rhs=gelu(x) - gelu_tanh(x),
        ),
        Claim(name="tanh_form_is_logistic", lhs=gelu_tanh(x), rhs=x * sigmoid(2 * cubic(x))),
        Claim(
            name="tanh_error",
            lhs=Abs(_tanh_error),
            rhs=Rational(5, 10000),
            relation=Relation.LE,
            certificate=_tail_bound(2 * ROOT, 2 * ROOT * CUBIC * x**3, sp.Integer(7)),
            note="The largest error on the whole line is about 0.000473.",
        ),
        Claim(
            name="tanh_error_sharper",
            lhs=Abs(_tanh_error),
            rhs=Rational(4, 10000),
            relation=Relation.LE,
            expected=Verdict.REFUTED,
            corrected_by="tanh_error",
            witness={x: sp.Integer(3)},
        ),
    ),
)

GELU_SIGMOID = Formula(
    id="act.gelu_sigmoid",
    title="GELU, logistic form",
    section=4,
    names=("GELU sigmoid approximation", "QuickGELU", "quick GELU"),
    definition=Definition(latex=r"x \cdot \sigma(1.702x)", expr=gelu_sigmoid(x)),
    symbols={"x": "input"},
    references=(_hendrycks,),
    tags=("activation", "elementwise", "smooth", "approximation"),
    used_in=("CLIP",),
    see_also=("act.gelu", "act.gelu_tanh", "act.silu"),
    claims=(
        Claim(
            name="derivative",
            lhs=Partial(gelu_sigmoid(x), x),
            rhs=sigmoid(SLOPE * x) + SLOPE * x * sigmoid(SLOPE * x) * (1 - sigmoid(SLOPE * x)),
        ),
        Claim(name="difference_of_parts", lhs=gelu_sigmoid(x) - gelu_sigmoid(-x), rhs=x),
        Claim(
            name="scaled_silu",
            lhs=SLOPE * gelu_sigmoid(x),
            rhs=(SLOPE * x) / (1 + exp(-SLOPE * x)),
            note="SiLU at 1.702 x, divided by 1.702.",
        ),
    ),
)

GELU_TANH = Formula(
    id="act.gelu_tanh",
    title="GELU, tanh form",
    section=4,
    names=("GELU tanh approximation", "tanh approximation of GELU", "gelu_new"),
    definition=Definition(latex=r"\operatorname{GELU}_{\tanh}(x)", expr=gelu_tanh(x)),
    symbols={"x": "input"},
    references=(_hendrycks,),
    tags=("activation", "elementwise", "smooth", "approximation"),
    used_in=("GPT-2", "BERT"),
    see_also=("act.gelu", "act.gelu_sigmoid", "act.tanh"),
    claims=(
        Claim(
            name="derivative",
            lhs=Partial(gelu_tanh(x), x),
            rhs=(1 + tanh(cubic(x))) / 2 + x / 2 * (1 - tanh(cubic(x)) ** 2) * ROOT * (1 + 3 * CUBIC * x**2),
        ),
        Claim(name="as_sigmoid", lhs=gelu_tanh(x), rhs=x * sigmoid(2 * cubic(x))),
        Claim(
            name="derivative_as_sigmoid",
            lhs=Partial(gelu_tanh(x), x),
            rhs=sigmoid(2 * cubic(x))
            + 2 * ROOT * x * (1 + 3 * CUBIC * x**2) * sigmoid(2 * cubic(x)) * (1 - sigmoid(2 * cubic(x))),
        ),
        Claim(name="difference_of_parts", lhs=gelu_tanh(x) - gelu_tanh(-x), rhs=x),
    ),
)

FORMULAS = (GELU, GELU_SIGMOID, GELU_TANH)
