"""Section 4 of the sheet: the rectifiers and SiLU.

The other activations are in ``s04_logistic`` (sigmoid, tanh and their logarithms), ``s04_gelu`` and
``s04_softmax``.
"""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, Max, Ne, Piecewise, exp

from formulas.language import (
    ExpGap,
    Expr,
    Partial,
    nonnegative,
    positive,
    real,
    sigmoid,
)
from formulas.schema import Claim, Definition, Formula, Input, Relation, Source, Verdict

x = real("x")
alpha = real("alpha")
slope = nonnegative("slope")
scale = positive("scale")
w = positive("w")
INPUT = (Input(symbol=x, name="input"),)


def relu(at: Expr) -> Expr:
    return Max(0, at)


_relu_slope = Piecewise((1, x > 0), (0, True))

RELU = Formula(
    id="act.relu",
    title="Rectified linear unit",
    section=4,
    names=("ReLU", "relu", "rectified linear unit", r"\operatorname{ReLU}", r"\text{ReLU}"),
    definition=Definition(latex=r"\operatorname{ReLU}(x)", expr=relu(x)),
    symbols={"x": "input", "slope": "slope of a supporting line at 0", "scale": "positive factor"},
    source=Source(
        section=4,
        lines=(147,),
        printed=(r"\max(0, x)", r"\begin{cases}1 & x > 0 \\ 0 & x \leq 0\end{cases}"),
    ),
    references=(
        "V. Nair, G. E. Hinton, Rectified linear units improve restricted Boltzmann machines, ICML 2010",
        "R. T. Rockafellar, Convex Analysis, Princeton University Press 1970, section 23",
    ),
    tags=("activation", "elementwise", "piecewise linear", "convex"),
    used_in=("convolutional networks", "feed-forward layers"),
    see_also=("act.leaky_relu", "act.softplus"),
    claims=(
        Claim(
            name="derivative_as_printed",
            lhs=Partial(relu(x), x),
            rhs=_relu_slope,
            conditions=(Ne(x, 0),),
            needs=r"$x \neq 0$",
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="derivative",
            note="The printed cases give 0 the value 0, but the function has no derivative there.",
        ),
        Claim(name="derivative", lhs=Partial(relu(x), x), rhs=_relu_slope, hypotheses=(Ne(x, 0),)),
        Claim(
            name="subgradients_at_zero",
            lhs=relu(x),
            rhs=slope * x,
            relation=Relation.GE,
            hypotheses=(slope <= 1,),
            certificate=(1 - slope) * relu(x) + slope * relu(-x),
            note="Every slope in [0, 1] supports the graph at 0. Kernels hand out 0, as PyTorch does.",
        ),
        Claim(
            name="no_steeper_subgradient",
            lhs=relu(x),
            rhs=scale * x,
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="subgradients_at_zero",
            note="A slope above 1 leaves the graph on the right: the set of subgradients is [0, 1].",
        ),
        Claim(name="as_cases", lhs=relu(x), rhs=Piecewise((x, x > 0), (0, True))),
        Claim(name="half_sum_with_modulus", lhs=relu(x), rhs=(x + Abs(x)) / 2),
        Claim(name="difference_of_parts", lhs=relu(x) - relu(-x), rhs=x),
        Claim(name="sum_of_parts", lhs=relu(x) + relu(-x), rhs=Abs(x)),
        Claim(name="positively_homogeneous", lhs=relu(scale * x), rhs=scale * relu(x)),
    ),
)


def leaky_relu(at: Expr) -> Expr:
    return Max(alpha * at, at)


_leaky_cases = Piecewise((x, x > 0), (alpha * x, True))
_leaky_slope = Piecewise((1, x > 0), (alpha, True))

LEAKY_RELU = Formula(
    id="act.leaky_relu",
    title="Leaky ReLU",
    section=4,
    names=("Leaky ReLU", "leaky relu", "leaky rectified linear unit", "LeakyReLU"),
    definition=Definition(latex=r"\operatorname{LeakyReLU}(x)", expr=leaky_relu(x)),
    symbols={
        "x": "input",
        "alpha": "slope for negative input",
        "slope": "slope of a supporting line at 0",
    },
    source=Source(
        section=4,
        lines=(148,),
        printed=(r"\max(\alpha x, x)", r"\begin{cases}1 & x > 0 \\ \alpha & x \leq 0\end{cases}"),
    ),
    references=(
        "A. L. Maas, A. Y. Hannun, A. Y. Ng, Rectifier nonlinearities improve neural network acoustic "
        "models, ICML workshop on deep learning for audio, speech and language processing 2013",
    ),
    tags=("activation", "elementwise", "piecewise linear"),
    used_in=("convolutional networks", "generative adversarial networks"),
    see_also=("act.relu",),
    claims=(
        Claim(
            name="derivative_as_printed",
            lhs=Partial(leaky_relu(x), x),
            rhs=_leaky_slope,
            conditions=(Ne(x, 0), alpha <= 1),
            needs=r"$x \neq 0$ and $\alpha \le 1$",
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="derivative",
            note="Needs x different from 0 and a slope of at most 1, of which the sheet states neither.",
        ),
        Claim(
            name="derivative",
            lhs=Partial(leaky_relu(x), x),
            rhs=_leaky_slope,
            hypotheses=(Ne(x, 0), alpha <= 1),
        ),
        Claim(
            name="derivative_when_steep",
            lhs=Partial(leaky_relu(x), x),
            rhs=Piecewise((alpha, x > 0), (1, True)),
            hypotheses=(Ne(x, 0), alpha > 1),
            note="Above 1 the maximum picks the other branch on each side.",
        ),
        Claim(
            name="printed_derivative_when_steep",
            lhs=Partial(leaky_relu(x), x),
            rhs=_leaky_slope,
            hypotheses=(Ne(x, 0), alpha > 1),
            expected=Verdict.REFUTED,
            corrected_by="derivative_when_steep",
        ),
        Claim(name="as_cases", lhs=leaky_relu(x), rhs=_leaky_cases, hypotheses=(alpha <= 1,)),
        Claim(
            name="as_cases_for_every_slope",
            lhs=leaky_relu(x),
            rhs=_leaky_cases,
            conditions=(alpha <= 1,),
            expected=Verdict.CONDITIONAL,
            corrected_by="as_cases",
        ),
        Claim(
            name="excess_when_steep",
            lhs=leaky_relu(x),
            rhs=_leaky_cases + (alpha - 1) * Abs(x),
            hypotheses=(alpha > 1,),
            note="So maximum and cases agree exactly for slopes up to 1: above, they differ off 0.",
        ),
        Claim(
            name="as_relus",
            lhs=_leaky_cases,
            rhs=Max(0, x) - alpha * Max(0, -x),
            note="The two-case function for every slope, as the kernel computes it.",
        ),
        Claim(
            name="derivative_of_cases",
            lhs=Partial(_leaky_cases, x),
            rhs=_leaky_slope,
            hypotheses=(Ne(x, 0),),
            note="The two-case function needs no condition on the slope.",
        ),
        Claim(
            name="subgradients_at_zero",
            lhs=leaky_relu(x),
            rhs=slope * x,
            relation=Relation.GE,
            hypotheses=(alpha <= 1, alpha <= slope, slope <= 1),
            certificate=(1 - slope) * Max(0, x) + (slope - alpha) * Max(0, -x),
        ),
    ),
)


def silu(at: Expr) -> Expr:
    return at * sigmoid(at)


def _silu_slope_left(t: Expr) -> Expr:
    """The slope of SiLU at -t, for t >= 0 without a difference of small numbers."""
    return sigmoid(-t) * (1 - t + t * sigmoid(-t))


# w is Lambert's W(1/e), the one solution of w exp(w) = 1/e, solved for either power of e
_lambert = (Eq(exp(-1 - w), w, evaluate=False),)
_lambert_reciprocal = (Eq(exp(1 + w), 1 / w, evaluate=False),)
_lambert_witness = {w: sp.LambertW(exp(-1))}

SILU = Formula(
    id="act.silu",
    title="SiLU (Swish)",
    section=4,
    names=("SiLU", "silu", "Swish", "sigmoid linear unit", r"\operatorname{SiLU}", r"\text{SiLU}"),
    definition=Definition(latex=r"\operatorname{SiLU}(x)", expr=silu(x)),
    symbols={"x": "input", "w": "Lambert's W at 1/e, about 0.278465"},
    source=Source(
        section=4,
        lines=(150,),
        printed=(r"x \cdot \sigma(x)", r"\sigma(x) + x\sigma(x)(1-\sigma(x))"),
    ),
    references=(
        "S. Elfwing, E. Uchibe, K. Doya, Sigmoid-weighted linear units for neural network function "
        "approximation in reinforcement learning, Neural Networks 107, 2018, arXiv:1702.03118",
        "P. Ramachandran, B. Zoph, Q. V. Le, Searching for activation functions, 2017, arXiv:1710.05941",
    ),
    tags=("activation", "elementwise", "smooth"),
    used_in=("SwiGLU feed-forward layers",),
    see_also=("act.sigmoid", "act.gelu"),
    claims=(
        Claim(
            name="derivative",
            lhs=Partial(silu(x), x),
            rhs=sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
            printed=True,
        ),
        Claim(
            name="derivative_from_value",
            lhs=Partial(silu(x), x),
            rhs=silu(x) + sigmoid(x) * (1 - silu(x)),
        ),
        Claim(
            name="slope_by_magnitude",
            lhs=sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)),
            rhs=sp.Piecewise((1 - _silu_slope_left(Abs(x)), x >= 0), (_silu_slope_left(Abs(x)), True)),
            note="The slope less 1/2 is odd.",
        ),
        Claim(
            name="minimum",
            lhs=silu(x),
            rhs=-w,
            relation=Relation.GE,
            hypotheses=_lambert,
            certificate=sigmoid(x) * ExpGap(-x - 1 - w),
            witness=_lambert_witness,
            note="The least value is -W(1/e), about -0.278465.",
        ),
        Claim(
            name="minimum_attained",
            lhs=silu(-1 - w),
            rhs=-w,
            hypotheses=_lambert_reciprocal,
            witness=_lambert_witness,
            note="At -1 - W(1/e), about -1.278465.",
        ),
        Claim(
            name="minimum_nowhere_else",
            lhs=silu(x),
            rhs=-w,
            relation=Relation.GT,
            hypotheses=(*_lambert, Ne(x, -1 - w)),
            certificate=sigmoid(x) * ExpGap(-x - 1 - w),
            witness=_lambert_witness,
        ),
        Claim(
            name="stationary_at_minimum",
            lhs=sigmoid(-1 - w) + (-1 - w) * sigmoid(-1 - w) * (1 - sigmoid(-1 - w)),
            rhs=sp.S.Zero,
            hypotheses=_lambert_reciprocal,
            witness=_lambert_witness,
        ),
        Claim(name="difference_of_parts", lhs=silu(x) - silu(-x), rhs=x),
        Claim(
            name="below_relu",
            lhs=silu(x),
            rhs=Max(0, x),
            relation=Relation.LE,
            certificate=Max(0, x) * sigmoid(-x) + Max(0, -x) * sigmoid(x),
        ),
    ),
)

FORMULAS = (RELU, LEAKY_RELU, SILU)
