"""Section 14 of the sheet: backpropagation through layers of any width, and through any number of them."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.language import (
    Expr,
    Field,
    Partial,
    dim,
    index,
    natural,
    positive,
    real,
    sequence,
    smooth,
    tensor,
    total,
)
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Source, Verdict

n0, n1, n2 = dim("n_0"), dim("n_1"), dim("n_2")
i, j, k, l, r, u = index("i j k l r u")  # noqa: E741
a = tensor("a", n0)
z = tensor("z", n1)
W, b = tensor("W", n1, n0), tensor("b", n1)
W_next, b_next = tensor("W_next", n2, n1), tensor("b_next", n2)
sigma, slope = smooth("sigma"), smooth("sigma'")
rest = Field("rest", n2)
loss = Field("loss", n1)

RUMELHART = (
    "D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning representations by back-propagating errors, "
    "Nature 323, 1986"
)
NIELSEN = "M. A. Nielsen, Neural Networks and Deep Learning, Determination Press 2015, chapter 2"


def next_input(unit: Expr, dummy: sp.Symbol = k) -> Expr:
    """Weighted input of a unit of the layer after the one with inputs z."""
    return total(W_next[unit, dummy] * sigma(z[dummy]), (dummy, n1)) + b_next[unit]


def weighted_input(unit: Expr, dummy: sp.Symbol = k) -> Expr:
    """Weighted input of a unit whose layer gets the activations a."""
    return total(W[unit, dummy] * a[dummy], (dummy, n0)) + b[unit]


def _delta_next(unit: Expr) -> Expr:
    """Derivative of the loss by a weighted input of the next layer."""
    return rest(lambda m: next_input(m, l), by=(unit,))


def _delta(unit: Expr) -> Expr:
    """Derivative of the loss by a weighted input of this layer."""
    return loss(lambda m: weighted_input(m, l), by=(unit,))


square = tensor("S", n1, n1)
rest_square = Field("rest_square", n1)


def _next_square(unit: Expr, dummy: sp.Symbol = k) -> Expr:
    return total(square[unit, dummy] * sigma(z[dummy]), (dummy, n1))


_recursion = total(W_next[r, j] * _delta_next(r), (r, n2)) * slope(z[j])
_own_loss = loss(lambda m: weighted_input(m))

DELTA = Formula(
    id="bp.delta",
    title="Backpropagated error",
    section=14,
    names=("backpropagation", "error of a layer", "delta rule", r"\delta^l", "backprop"),
    definition=Definition(latex=r"\delta^l_j", expr=_recursion, indices=(j,)),
    symbols={
        "z": "weighted inputs of the layer",
        "W_next": "weights of the next layer",
        "b_next": "biases of the next layer",
        "S": "weights of a next layer of the same width",
    },
    source=Source(
        section=14,
        lines=(547, 549),
        printed=(
            r"z^l = W^l a^{l-1} + b^l",
            r"a^l = \sigma(z^l)",
            r"\delta^l = ((W^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
        ),
    ),
    references=(RUMELHART, NIELSEN),
    tags=("network", "gradient", "contraction"),
    used_in=("training of networks",),
    see_also=("bp.weights", "bp.depth"),
    claims=(
        Claim(
            name="recursion",
            lhs=Partial(rest(lambda m: next_input(m)), z[j]),
            rhs=_recursion,
            printed=True,
            note="For any loss of the next layer's inputs, any smooth activation and any widths.",
        ),
        Claim(
            name="base_case",
            lhs=Partial(loss(lambda m: sigma(z[m])), z[j]),
            rhs=loss(lambda m: sigma(z[m]), by=(j,)) * slope(z[j]),
            note="At the last layer: the derivative by its activation, times the slope there.",
        ),
        Claim(
            name="without_transpose",
            lhs=Partial(rest_square(lambda m: _next_square(m)), z[j]),
            rhs=total(square[j, r] * rest_square(lambda m: _next_square(m, l), by=(r,)), (r, n1))
            * slope(z[j]),
            expected=Verdict.REFUTED,
            corrected_by="recursion",
            note="The transpose is needed, even where the shapes would do without it.",
        ),
    ),
)

WEIGHTS = Formula(
    id="bp.weights",
    title="Gradients of weights and biases",
    section=14,
    names=(
        "weight gradient",
        "bias gradient",
        r"\frac{\partial L}{\partial W^l}",
        r"\frac{\partial L}{\partial b^l}",
    ),
    definition=Definition(
        latex=r"\frac{\partial L}{\partial W^l_{ij}}", expr=_delta(i) * a[j], indices=(i, j)
    ),
    symbols={
        "a": "activations of the layer before",
        "W": "weights of the layer",
        "b": "biases of the layer",
    },
    source=Source(
        section=14,
        lines=(550,),
        printed=(
            r"\frac{\partial L}{\partial W^l} = \delta^l (a^{l-1})^T",
            r"\frac{\partial L}{\partial b^l} = \delta^l",
        ),
    ),
    references=(RUMELHART, NIELSEN),
    tags=("network", "gradient"),
    used_in=("training of networks",),
    see_also=("bp.delta", "linalg.matmul"),
    claims=(
        Claim(name="weights", lhs=Partial(_own_loss, W[i, j]), rhs=_delta(i) * a[j], printed=True),
        Claim(name="biases", lhs=Partial(_own_loss, b[i]), rhs=_delta(i), printed=True),
        Claim(
            name="activations_before",
            lhs=Partial(_own_loss, a[j]),
            rhs=total(W[r, j] * _delta(r), (r, n1)),
            note="What the layer hands on.",
        ),
    ),
)

x, w1, w2, w3 = real("x"), real("w_1"), real("w_2"), real("w_3")
C, C_slope = smooth("C"), smooth("C'")
_z1 = w1 * x
_z2 = w2 * sigma(_z1)
_z3 = w3 * sigma(_z2)
_slopes = slope(_z1) * slope(_z2) * slope(_z3)
_outside = C_slope(sigma(_z3)) * x

t, s = natural("t"), natural("s")
e, weight, rise = sequence("e"), sequence("weight"), sequence("rise")
factor = real("factor")
rate, depth = positive("rate"), positive("depth")
_step = Eq(e[s + 1], weight[s] * rise[s] * e[s], evaluate=False)
_constant = (Eq(e[s + 1], factor * e[s], evaluate=False),)
m = sp.Symbol("m", integer=True)
product = sp.Product(weight[m] * rise[m], (m, 0, t - 1))

DEPTH = Formula(
    id="bp.depth",
    title="Gradient through many layers",
    section=14,
    names=("vanishing gradients", "exploding gradients", "Vanishing / Exploding Gradients", "gradient depth"),
    definition=Definition(latex=r"\frac{\partial L}{\partial W^1}", expr=_outside * _slopes * w2 * w3),
    symbols={
        "x": "input",
        "w_1": "weight of the first layer, one unit wide",
        "w_2": "weight of the second layer",
        "w_3": "weight of the third layer",
        "e": "errors, counted from the last layer backwards",
        "weight": "weights that the error passes, counted alike",
        "rise": "slopes of the activation that it passes",
        "factor": "product of weight and slope, where it is the same in every layer",
        "t": "number of layers passed",
        "rate": "modulus of weight times slope, where it is the same in every layer",
        "depth": "number of layers passed, as a real number",
        "s": "any number of layers passed",
    },
    source=Source(
        section=14,
        lines=(554, 558, 559),
        printed=(
            r"\frac{\partial L}{\partial W^1} \propto \prod_{l=1}^{n} W^l \cdot \sigma'(z^l)",
            r"\|W \cdot \sigma'\| < 1",
            r"\|W \cdot \sigma'\| > 1",
        ),
    ),
    references=(
        "S. Hochreiter, Untersuchungen zu dynamischen neuronalen Netzen, TU Muenchen 1991",
        "R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, "
        "ICML 2013, arXiv:1211.5063",
    ),
    tags=("network", "gradient"),
    used_in=("deep networks", "recurrent networks"),
    see_also=("bp.delta", "bp.weights"),
    claims=(
        Claim(
            name="as_printed",
            lhs=Partial(w3 * (w2 * (w1 * x)), w1),
            rhs=x * w1 * w2 * w3,
            printed=True,
            says=r"\frac{\partial L}{\partial W^1} \propto \prod_{l=1}^{n} W^l \cdot \sigma'(z^l)",
            expected=Verdict.REFUTED,
            corrected_by="three_layers",
            note="Three linear layers of one unit, L their output. The product may not begin at the weights "
            "of the first layer: the gradient by these does not contain them, only those of later layers.",
        ),
        Claim(
            name="three_layers",
            lhs=Partial(C(sigma(_z3)), w1),
            rhs=_outside * _slopes * w2 * w3,
            note="All three slopes, but the weights of the second and the third layer only.",
        ),
        Claim(
            name="any_number_of_layers",
            lhs=e[t],
            rhs=e[0] * product,
            hypotheses=(_step,),
            note="Each layer passed multiplies the error by a weight and a slope: as many weights as layers "
            "passed, which for n layers are n - 1.",
        ),
        Claim(
            name="equal_layers",
            lhs=e[t],
            rhs=e[0] * factor**t,
            hypotheses=_constant,
            note="So it vanishes or explodes geometrically.",
        ),
        Claim(
            name="vanishing",
            lhs=rate**depth,
            rhs=sp.S.Zero,
            relation=Relation.TENDS,
            approach=Approach(x=depth, to=sp.oo),
            hypotheses=(rate < 1,),
            note="What weight and slope below 1 in modulus leave after many layers.",
        ),
        Claim(
            name="exploding",
            lhs=rate ** (-depth),
            rhs=sp.S.Zero,
            relation=Relation.TENDS,
            approach=Approach(x=depth, to=sp.oo),
            hypotheses=(rate > 1,),
            note="Above 1 the reciprocal vanishes: the error grows beyond every bound.",
        ),
    ),
)

FORMULAS = (DELTA, WEIGHTS, DEPTH)
