"""Section 4 of the sheet, continued: the logistic sigmoid and what is made from it."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Max, Min, Rational, exp, log, tanh

from formulas.language import ExpGap, Expr, Partial, real, sigmoid, softplus
from formulas.schema import Claim, Definition, Formula, Input, Relation, Source

x = real("x")
INPUT = (Input(symbol=x, name="input"),)

SIGMOID = Formula(
    id="act.sigmoid",
    title="Logistic sigmoid",
    section=4,
    names=(
        "Sigmoid",
        "sigmoid",
        "logistic function",
        "logistic sigmoid",
        r"\sigma",
        r"\operatorname{sigmoid}",
    ),
    definition=Definition(latex=r"\sigma(x)", expr=1 / (1 + exp(-x))),
    symbols={"x": "input"},
    source=Source(section=4, lines=(151,), printed=(r"\frac{1}{1+e^{-x}}", r"\sigma(x)(1-\sigma(x))")),
    references=(
        "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 4.2",
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 3.10",
    ),
    tags=("activation", "elementwise", "smooth", "probability"),
    used_in=("gates of recurrent cells", "binary classification", "SiLU"),
    see_also=("act.tanh", "act.softplus", "act.log_sigmoid", "act.softmax"),
    claims=(
        Claim(
            name="stable_form",
            lhs=sigmoid(x),
            rhs=sp.Piecewise((1, x >= 0), (exp(-Abs(x)), True)) / (1 + exp(-Abs(x))),
            note="Never the exponential of a positive number.",
        ),
        Claim(
            name="slope_stable_form",
            lhs=sigmoid(x) * (1 - sigmoid(x)),
            rhs=exp(-Abs(x)) / (1 + exp(-Abs(x))) ** 2,
        ),
        Claim(name="value", lhs=sigmoid(x), rhs=1 / (1 + exp(-x)), printed=True),
        Claim(
            name="derivative",
            lhs=Partial(sigmoid(x), x),
            rhs=sigmoid(x) * (1 - sigmoid(x)),
            printed=True,
        ),
        Claim(
            name="derivative_of_value", lhs=Partial(1 / (1 + exp(-x)), x), rhs=exp(-x) / (1 + exp(-x)) ** 2
        ),
        Claim(
            name="second_derivative",
            lhs=Partial(Partial(sigmoid(x), x), x),
            rhs=sigmoid(x) * (1 - sigmoid(x)) * (1 - 2 * sigmoid(x)),
        ),
        Claim(
            name="above_zero",
            lhs=1 / (1 + exp(-x)),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=1 / (1 + exp(-x)),
        ),
        Claim(
            name="below_one",
            lhs=sigmoid(x),
            rhs=sp.S.One,
            relation=Relation.LT,
            certificate=exp(-x) * sigmoid(x),
        ),
        Claim(name="symmetry", lhs=sigmoid(-x), rhs=1 - sigmoid(x)),
        Claim(
            name="increasing",
            lhs=Partial(sigmoid(x), x),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=sigmoid(x) * sigmoid(-x),
        ),
        Claim(
            name="slope_at_most_a_quarter",
            lhs=Partial(sigmoid(x), x),
            rhs=Rational(1, 4),
            relation=Relation.LE,
            certificate=(sigmoid(x) - Rational(1, 2)) ** 2,
        ),
        Claim(
            name="steepest_at_zero",
            lhs=sigmoid(sp.S.Zero) * (1 - sigmoid(sp.S.Zero)),
            rhs=Rational(1, 4),
        ),
        Claim(name="inverse_is_logit", lhs=log(sigmoid(x) / (1 - sigmoid(x))), rhs=x),
        Claim(name="form_for_negative_input", lhs=sigmoid(x), rhs=exp(x) / (1 + exp(x))),
    ),
)


def tanh_by_exponentials(at: Expr) -> Expr:
    return (exp(at) - exp(-at)) / (exp(at) + exp(-at))


TANH = Formula(
    id="act.tanh",
    title="Hyperbolic tangent",
    section=4,
    names=("Tanh", "tanh", "hyperbolic tangent", r"\tanh"),
    definition=Definition(latex=r"\tanh(x)", expr=tanh_by_exponentials(x)),
    symbols={"x": "input"},
    source=Source(section=4, lines=(152,), printed=(r"\frac{e^x - e^{-x}}{e^x + e^{-x}}", r"1 - \tanh^2(x)")),
    references=(
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 6.3.2",
        "NIST Digital Library of Mathematical Functions, section 4.28",
    ),
    tags=("activation", "elementwise", "smooth", "odd"),
    used_in=("recurrent cells",),
    see_also=("act.sigmoid",),
    claims=(
        Claim(
            name="slope_by_sigmoid",
            lhs=1 - tanh(x) ** 2,
            rhs=4 * sigmoid(2 * x) * (1 - sigmoid(2 * x)),
        ),
        Claim(name="value", lhs=tanh(x), rhs=tanh_by_exponentials(x), printed=True),
        Claim(name="derivative", lhs=Partial(tanh(x), x), rhs=1 - tanh(x) ** 2, printed=True),
        Claim(
            name="derivative_of_value",
            lhs=Partial(tanh_by_exponentials(x), x),
            rhs=4 / (exp(x) + exp(-x)) ** 2,
        ),
        Claim(name="from_sigmoid", lhs=tanh(x), rhs=2 * sigmoid(2 * x) - 1),
        Claim(name="to_sigmoid", lhs=sigmoid(x), rhs=(1 + tanh(x / 2)) / 2),
        Claim(name="one_exponential", lhs=tanh(x), rhs=(exp(2 * x) - 1) / (exp(2 * x) + 1)),
        Claim(
            name="below_one",
            lhs=tanh(x),
            rhs=sp.S.One,
            relation=Relation.LT,
            certificate=2 * exp(-x) / (exp(x) + exp(-x)),
        ),
        Claim(
            name="above_minus_one",
            lhs=tanh(x),
            rhs=sp.S.NegativeOne,
            relation=Relation.GT,
            certificate=2 * exp(x) / (exp(x) + exp(-x)),
        ),
        Claim(
            name="increasing",
            lhs=Partial(tanh(x), x),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=4 / (exp(x) + exp(-x)) ** 2,
        ),
        Claim(
            name="slope_at_most_one",
            lhs=Partial(tanh(x), x),
            rhs=sp.S.One,
            relation=Relation.LE,
            certificate=tanh(x) ** 2,
        ),
    ),
)

SOFTPLUS = Formula(
    id="act.softplus",
    title="Softplus",
    section=4,
    names=("softplus", "Softplus", r"\operatorname{softplus}"),
    definition=Definition(latex=r"\operatorname{softplus}(x)", expr=log(1 + exp(x))),
    symbols={"x": "input"},
    references=(
        "C. Dugas, Y. Bengio, F. Belisle, C. Nadeau, R. Garcia, Incorporating second-order functional "
        "knowledge for better option pricing, NIPS 2000",
    ),
    tags=("activation", "elementwise", "smooth", "convex"),
    used_in=("binary cross-entropy", "positive parametrisations"),
    see_also=("act.sigmoid", "act.log_sigmoid", "act.relu", "act.logsumexp"),
    claims=(
        Claim(name="value", lhs=softplus(x), rhs=log(1 + exp(x))),
        Claim(name="derivative", lhs=Partial(softplus(x), x), rhs=sigmoid(x)),
        Claim(name="derivative_of_value", lhs=Partial(log(1 + exp(x)), x), rhs=sigmoid(x)),
        Claim(name="difference_of_parts", lhs=softplus(x) - softplus(-x), rhs=x),
        Claim(name="from_sigmoid", lhs=softplus(x), rhs=-log(sigmoid(-x))),
        Claim(
            name="stable_form",
            lhs=softplus(x),
            rhs=Max(0, x) + log(1 + exp(-Abs(x))),
            note="The exponential never exceeds 1, so nothing overflows.",
        ),
        Claim(
            name="above_relu",
            lhs=softplus(x),
            rhs=Max(0, x),
            relation=Relation.GT,
            certificate=softplus(-Abs(x)),
        ),
        Claim(
            name="above_relu_by_log_two_at_most",
            lhs=softplus(x),
            rhs=Max(0, x) + log(2),
            relation=Relation.LE,
            certificate=ExpGap(softplus(-Abs(x)) - log(2)) + exp(-Abs(x)) * (ExpGap(Abs(x)) + Abs(x)) / 2,
        ),
    ),
)

LOG_SIGMOID = Formula(
    id="act.log_sigmoid",
    title="Log-sigmoid",
    section=4,
    names=("log-sigmoid", "logsigmoid", "LogSigmoid", r"\log\sigma"),
    definition=Definition(latex=r"\log \sigma(x)", expr=log(1 / (1 + exp(-x)))),
    symbols={"x": "input"},
    references=("I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 3.10",),
    tags=("activation", "elementwise", "smooth", "concave"),
    used_in=("binary cross-entropy", "preference losses"),
    see_also=("act.sigmoid", "act.softplus", "act.log_softmax"),
    claims=(
        Claim(name="value", lhs=log(sigmoid(x)), rhs=-softplus(-x)),
        Claim(name="derivative", lhs=Partial(log(sigmoid(x)), x), rhs=1 - sigmoid(x)),
        Claim(name="derivative_of_stable_form", lhs=Partial(-softplus(-x), x), rhs=sigmoid(-x)),
        Claim(
            name="stable_form",
            lhs=log(sigmoid(x)),
            rhs=Min(0, x) - log(1 + exp(-Abs(x))),
        ),
        Claim(name="difference_is_the_logit", lhs=log(sigmoid(x)) - log(sigmoid(-x)), rhs=x),
        Claim(
            name="below_zero",
            lhs=log(sigmoid(x)),
            rhs=sp.S.Zero,
            relation=Relation.LT,
            certificate=softplus(-x),
        ),
    ),
)

FORMULAS = (SIGMOID, TANH, SOFTPLUS, LOG_SIGMOID)
