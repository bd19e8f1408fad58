"""Section 2 of the sheet: the table of derivatives and the three rules."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Ne, Rational, exp, log, tanh

from formulas.language import Partial, dim, positive, real, sigmoid, smooth
from formulas.schema import (
    Approach,
    Claim,
    Definition,
    Formula,
    Quotient,
    Relation,
    Segment,
    Source,
    Verdict,
)

n = dim("n")
x, y, h, u, a, b = real("x"), real("y"), real("h"), real("u"), real("a"), real("b")
exponent = real("r")
base, other, between = positive("b"), positive("other"), positive("between")
f, g, w = smooth("f"), smooth("g"), smooth("w")
df, dg, dw = smooth("f'"), smooth("g'"), smooth("w'")
ddf, ddg = smooth("f''"), smooth("g''")

RUDIN = "W. Rudin, Principles of Mathematical Analysis, 3rd edition, McGraw-Hill 1976, chapters 5 and 8"
SPIVAK = "M. Spivak, Calculus, 4th edition, Publish or Perish 2008, chapters 10 and 18"
DEEP = "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 6.5"
AT_ZERO = Approach(x=h, to=sp.S.Zero)


def _quotient(name: str, value: sp.Expr, moved: sp.Expr, slope: sp.Expr, note: str = "") -> Claim:
    """The derivative as the limit of difference quotients."""
    return Claim(
        name=name,
        lhs=(moved - value) / h,
        rhs=slope,
        relation=Relation.TENDS,
        approach=AT_ZERO,
        certificate=Quotient(top=moved - value, bottom=h),
        note=note,
    )


POWER = Formula(
    id="calc.power",
    title="Derivative of a power",
    section=2,
    names=("power rule", "Power rule", "x^n"),
    definition=Definition(latex=r"\frac{d}{dx} x^n", expr=Partial(x**n, x)),
    symbols={
        "x": "argument",
        "n": "natural exponent",
        "r": "real exponent",
        "b": "positive argument",
        "h": "increment",
    },
    source=Source(section=2, lines=(64,), printed=("x^n", "nx^{n-1}")),
    references=(RUDIN, SPIVAK),
    tags=("calculus", "derivative", "elementwise"),
    used_in=("polynomial features", "moments"),
    see_also=("calc.product",),
    claims=(
        Claim(name="natural_exponent", lhs=Partial(x**n, x), rhs=n * x ** (n - 1), printed=True),
        Claim(
            name="real_exponent",
            lhs=Partial(base**exponent, base),
            rhs=exponent * base ** (exponent - 1),
            note="For a positive argument any real exponent will do.",
        ),
        Claim(
            name="negative_exponent",
            lhs=Partial(x**-3, x),
            rhs=-3 * x**-4,
            hypotheses=(Ne(x, 0),),
            note="A negative whole exponent needs an argument other than 0.",
        ),
        Claim(
            name="square_root",
            lhs=Partial(sp.sqrt(base), base),
            rhs=1 / (2 * sp.sqrt(base)),
        ),
        _quotient("cube_from_the_limit", x**3, (x + h) ** 3, 3 * x**2),
        Claim(
            name="exponent_forgotten",
            lhs=Partial(base**exponent, base),
            rhs=base ** (exponent - 1),
            expected=Verdict.REFUTED,
            corrected_by="real_exponent",
        ),
        Claim(
            name="as_for_an_exponential",
            lhs=Partial(base**exponent, exponent),
            rhs=exponent * base ** (exponent - 1),
            expected=Verdict.REFUTED,
            corrected_by="in_the_exponent",
        ),
        Claim(
            name="in_the_exponent",
            lhs=Partial(base**exponent, exponent),
            rhs=base**exponent * log(base),
            note="By the exponent a power is an exponential.",
        ),
    ),
)

EXP = Formula(
    id="calc.exp",
    title="Derivative of the exponential",
    section=2,
    names=("exponential function", "e^x", r"\exp"),
    definition=Definition(latex=r"\frac{d}{dx} e^x", expr=Partial(exp(x), x)),
    symbols={"x": "argument", "y": "other argument", "h": "increment", "a": "rate", "u": "argument between"},
    source=Source(section=2, lines=(65,), printed=("$e^x$ | $e^x$",)),
    references=(RUDIN,),
    tags=("calculus", "derivative", "elementwise"),
    used_in=("softmax", "exponential decay of the learning rate"),
    see_also=("calc.ln", "act.softmax"),
    claims=(
        Claim(name="derivative", lhs=Partial(exp(x), x), rhs=exp(x), printed=True),
        Claim(name="scaled_argument", lhs=Partial(exp(a * x), x), rhs=a * exp(a * x)),
        _quotient("from_the_limit", exp(x), exp(x + h), exp(x)),
        Claim(
            name="above_its_tangents",
            lhs=exp(y),
            rhs=exp(x) + exp(x) * (y - x),
            relation=Relation.GE,
            certificate=Segment(x=u, f=exp(u), start=x, end=y, slope=exp(u), curvature=exp(u)),
            note="Convex; at x = 0 this is exp y >= 1 + y.",
        ),
        Claim(
            name="increasing",
            lhs=exp(y),
            rhs=exp(x),
            relation=Relation.GT,
            hypotheses=(y > x,),
            certificate=Segment(x=u, f=exp(u), start=x, end=y, slope=exp(u)),
        ),
        Claim(
            name="vanishes_at_minus_infinity",
            lhs=exp(x),
            rhs=sp.S.Zero,
            relation=Relation.TENDS,
            approach=Approach(x=x, to=-sp.oo),
        ),
        Claim(
            name="as_for_a_power",
            lhs=Partial(exp(x), x),
            rhs=x * exp(x - 1),
            expected=Verdict.REFUTED,
            corrected_by="derivative",
        ),
    ),
)

LN = Formula(
    id="calc.ln",
    title="Derivative of the logarithm",
    section=2,
    names=("natural logarithm", "logarithm", r"\ln", r"\ln(x)"),
    definition=Definition(latex=r"\frac{d}{db} \ln(b)", expr=Partial(log(base), base)),
    symbols={
        "b": "positive argument",
        "other": "other positive argument",
        "between": "argument between",
        "x": "argument other than 0",
        "h": "increment",
    },
    source=Source(section=2, lines=(66,), printed=(r"\ln(x)", "1/x")),
    references=(RUDIN,),
    tags=("calculus", "derivative", "elementwise"),
    used_in=("log-likelihood", "cross-entropy"),
    see_also=("calc.exp",),
    claims=(
        Claim(
            name="derivative",
            lhs=Partial(log(base), base),
            rhs=1 / base,
            printed=True,
            note="For x > 0, where the logarithm is defined.",
        ),
        Claim(
            name="of_the_modulus",
            lhs=Partial(log(Abs(x)), x),
            rhs=1 / x,
            hypotheses=(Ne(x, 0),),
            note="The same formula on both sides of 0.",
        ),
        Claim(
            name="from_the_limit",
            lhs=log(1 + h / base) / h,
            rhs=1 / base,
            relation=Relation.TENDS,
            approach=Approach(x=h, to=sp.S.Zero, side="+"),
            certificate=Quotient(top=log(1 + h / base), bottom=h),
            note="log(x + h) - log x is log(1 + h / x).",
        ),
        Claim(
            name="below_its_tangents",
            lhs=log(other),
            rhs=log(base) + (other - base) / base,
            relation=Relation.LE,
            certificate=Segment(
                x=between,
                f=-log(between),
                start=base,
                end=other,
                slope=-1 / between,
                curvature=between**-2,
            ),
            note="Concave; at x = 1 this is log y <= y - 1.",
        ),
        Claim(
            name="increasing",
            lhs=log(other),
            rhs=log(base),
            relation=Relation.GT,
            hypotheses=(other > base,),
            certificate=Segment(x=between, f=log(between), start=base, end=other, slope=1 / between),
        ),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(log(base), base), base),
            rhs=-(base**-2),
        ),
    ),
)

SIGMOID = Formula(
    id="calc.sigmoid",
    title="Derivative of the sigmoid",
    section=2,
    names=("derivative of the sigmoid",),
    definition=Definition(latex=r"\frac{d}{dx} \sigma(x)", expr=Partial(1 / (1 + exp(-x)), x)),
    symbols={"x": "argument", "y": "other argument", "h": "increment", "u": "argument between"},
    source=Source(
        section=2, lines=(67,), printed=(r"\sigma(x) = \frac{1}{1+e^{-x}}", r"\sigma(x)(1-\sigma(x))")
    ),
    references=(
        "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 4.3.2",
        SPIVAK,
    ),
    tags=("calculus", "derivative", "elementwise"),
    used_in=("logistic regression", "gates of recurrent cells"),
    see_also=("act.sigmoid", "calc.tanh"),
    claims=(
        Claim(
            name="derivative",
            lhs=Partial(1 / (1 + exp(-x)), x),
            rhs=sigmoid(x) * (1 - sigmoid(x)),
            printed=True,
        ),
        Claim(
            name="slope_is_even",
            lhs=sigmoid(x) * (1 - sigmoid(x)),
            rhs=sigmoid(-x) * (1 - sigmoid(-x)),
        ),
        Claim(
            name="tends_to_one",
            lhs=sigmoid(x),
            rhs=sp.S.One,
            relation=Relation.TENDS,
            approach=Approach(x=x, to=sp.oo),
            note="The upper end of its range is approached and not attained.",
        ),
        Claim(
            name="tends_to_zero",
            lhs=sigmoid(x),
            rhs=sp.S.Zero,
            relation=Relation.TENDS,
            approach=Approach(x=x, to=-sp.oo),
        ),
        Claim(
            name="increasing",
            lhs=sigmoid(y),
            rhs=sigmoid(x),
            relation=Relation.GT,
            hypotheses=(y > x,),
            certificate=Segment(x=u, f=sigmoid(u), start=x, end=y, slope=sigmoid(u) * (1 - sigmoid(u))),
        ),
        Claim(
            name="with_a_plus",
            lhs=Partial(1 / (1 + exp(-x)), x),
            rhs=sigmoid(x) * (1 + sigmoid(x)),
            expected=Verdict.REFUTED,
            corrected_by="derivative",
        ),
    ),
)

TANH = Formula(
    id="calc.tanh",
    title="Derivative of the hyperbolic tangent",
    section=2,
    names=("derivative of the hyperbolic tangent",),
    definition=Definition(latex=r"\frac{d}{dx} \tanh(x)", expr=Partial(tanh(x), x)),
    symbols={"x": "argument", "y": "other argument", "u": "argument between"},
    source=Source(section=2, lines=(68,), printed=(r"\tanh(x)", r"1 - \tanh^2(x)")),
    references=("NIST Digital Library of Mathematical Functions, section 4.34",),
    tags=("calculus", "derivative", "elementwise"),
    used_in=("recurrent cells",),
    see_also=("act.tanh", "calc.sigmoid"),
    claims=(
        Claim(name="derivative", lhs=Partial(tanh(x), x), rhs=1 - tanh(x) ** 2, printed=True),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(tanh(x), x), x),
            rhs=-2 * tanh(x) * (1 - tanh(x) ** 2),
        ),
        Claim(
            name="tends_to_one",
            lhs=tanh(x),
            rhs=sp.S.One,
            relation=Relation.TENDS,
            approach=Approach(x=x, to=sp.oo),
        ),
        Claim(
            name="tends_to_minus_one",
            lhs=tanh(x),
            rhs=-sp.S.One,
            relation=Relation.TENDS,
            approach=Approach(x=x, to=-sp.oo),
        ),
        Claim(
            name="increasing",
            lhs=tanh(y),
            rhs=tanh(x),
            relation=Relation.GT,
            hypotheses=(y > x,),
            certificate=Segment(
                x=u, f=tanh(u), start=x, end=y, slope=4 * sigmoid(2 * u) * (1 - sigmoid(2 * u))
            ),
        ),
        Claim(
            name="without_the_square",
            lhs=Partial(tanh(x), x),
            rhs=1 - tanh(x),
            expected=Verdict.REFUTED,
            corrected_by="derivative",
        ),
    ),
)

CHAIN = Formula(
    id="calc.chain",
    title="Chain rule",
    section=2,
    names=("Chain Rule", "chain rule"),
    definition=Definition(latex=r"(f \circ g)'", expr=Partial(f(g(x)), x)),
    symbols={"x": "argument", "h": "increment", "a": "factor", "b": "shift"},
    source=Source(section=2, lines=(74,), printed=(r"(f \circ g)' = f'(g(x)) \cdot g'(x)",)),
    references=(RUDIN, DEEP),
    tags=("calculus", "derivative", "rule"),
    used_in=("backpropagation",),
    see_also=("calc.product", "calc.sum"),
    claims=(
        Claim(name="chain", lhs=Partial(f(g(x)), x), rhs=df(g(x)) * dg(x), printed=True),
        _quotient("from_the_limit", f(g(x)), f(g(x + h)), df(g(x)) * dg(x)),
        Claim(
            name="three_functions",
            lhs=Partial(f(g(w(x))), x),
            rhs=df(g(w(x))) * dg(w(x)) * dw(x),
            note="One factor per layer: backpropagation through a chain.",
        ),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(f(g(x)), x), x),
            rhs=ddf(g(x)) * dg(x) ** 2 + df(g(x)) * ddg(x),
        ),
        Claim(name="affine_argument", lhs=Partial(f(a * x + b), x), rhs=a * df(a * x + b)),
        Claim(
            name="inner_derivative_forgotten",
            lhs=Partial(f(g(x)), x),
            rhs=df(g(x)),
            expected=Verdict.REFUTED,
            corrected_by="chain",
        ),
        Claim(
            name="outer_taken_at_the_argument",
            lhs=Partial(f(g(x)), x),
            rhs=df(x) * dg(x),
            expected=Verdict.REFUTED,
            corrected_by="chain",
        ),
    ),
)

PRODUCT = Formula(
    id="calc.product",
    title="Product rule",
    section=2,
    names=("Product Rule", "product rule", "Leibniz rule"),
    definition=Definition(latex="(fg)'", expr=Partial(f(x) * g(x), x)),
    symbols={"x": "argument", "h": "increment"},
    source=Source(section=2, lines=(75,), printed=("(fg)' = f'g + fg'",)),
    references=(RUDIN,),
    tags=("calculus", "derivative", "rule"),
    used_in=("gated units", "attention"),
    see_also=("calc.chain", "calc.sum"),
    claims=(
        Claim(
            name="product",
            lhs=Partial(f(x) * g(x), x),
            rhs=df(x) * g(x) + f(x) * dg(x),
            printed=True,
        ),
        _quotient("from_the_limit", f(x) * g(x), f(x + h) * g(x + h), df(x) * g(x) + f(x) * dg(x)),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(f(x) * g(x), x), x),
            rhs=ddf(x) * g(x) + 2 * df(x) * dg(x) + f(x) * ddg(x),
        ),
        Claim(
            name="quotient",
            lhs=Partial(f(x) / g(x), x),
            rhs=(df(x) * g(x) - f(x) * dg(x)) / g(x) ** 2,
            hypotheses=(Ne(g(x), 0),),
        ),
        Claim(
            name="of_derivatives",
            lhs=Partial(f(x) * g(x), x),
            rhs=df(x) * dg(x),
            expected=Verdict.REFUTED,
            corrected_by="product",
        ),
    ),
)

SUM = Formula(
    id="calc.sum",
    title="Sum rule",
    section=2,
    names=("Sum Rule", "sum rule"),
    definition=Definition(latex="(f + g)'", expr=Partial(f(x) + g(x), x)),
    symbols={"x": "argument", "h": "increment", "a": "first factor", "b": "second factor"},
    source=Source(section=2, lines=(76,), printed=("(f + g)' = f' + g'",)),
    references=(RUDIN,),
    tags=("calculus", "derivative", "rule", "linear"),
    used_in=("losses that are sums over examples", "residual connections"),
    see_also=("calc.chain", "calc.product"),
    claims=(
        Claim(name="sum", lhs=Partial(f(x) + g(x), x), rhs=df(x) + dg(x), printed=True),
        _quotient("from_the_limit", f(x) + g(x), f(x + h) + g(x + h), df(x) + dg(x)),
        Claim(
            name="linear",
            lhs=Partial(a * f(x) + b * g(x), x),
            rhs=a * df(x) + b * dg(x),
        ),
        Claim(
            name="residual",
            lhs=Partial(x + f(x), x),
            rhs=1 + df(x),
            note="What a residual connection adds to the gradient.",
        ),
        Claim(
            name="of_a_mean",
            lhs=Partial((f(x) + g(x)) * Rational(1, 2), x),
            rhs=df(x) + dg(x),
            expected=Verdict.REFUTED,
            corrected_by="linear",
        ),
    ),
)

FORMULAS = (POWER, EXP, LN, SIGMOID, TANH, CHAIN, PRODUCT, SUM)
