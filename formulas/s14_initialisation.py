"""Section 14 of the sheet: variances of initial weights."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Max, Piecewise

from formulas.chance import E, Independent, Moments, Symmetric, Variance, random
from formulas.language import delta, dim, index, positive, tensor, total
from formulas.schema import Claim, Definition, Formula, Source, Verdict

GLOROT = "Glorot and Bengio, Understanding the Difficulty of Training Deep Feedforward Networks, AISTATS 2010"
HE = "He et al., Delving Deep into Rectifiers, ICCV 2015"

n_in, n_out = dim("n_in"), dim("n_out")
a, b, c, d, i, j, k = index("a b c d i j k")
W = random("W", n_out, n_in)
x, z, delta_out = random("x", n_in), random("z", n_in), random("delta_out", n_out)
s2, v = positive("s2"), positive("v")
C, R = tensor("C", n_in, n_in), tensor("R", n_out, n_out)
Z = random("Z")
g = random("g")

_weights = Moments(W[a, b], 0, W[c, d], s2 * delta(a, c) * delta(b, d))
_forward = total(W[i, j] * x[j], (j, n_in))
_backward = total(W[i, j] * delta_out[i], (i, n_out))
_input = (Moments(x[a], 0, x[b], v * C[a, b]), Eq(C[a, a], 1, evaluate=False), Independent(W, x))
_error = (
    Moments(delta_out[a], 0, delta_out[b], v * R[a, b]),
    Eq(R[a, a], 1, evaluate=False),
    Independent(W, delta_out),
)
_xavier = 2 / (n_in + n_out)


def _is(variance: sp.Expr) -> sp.Basic:
    return Eq(s2, variance, evaluate=False)


_SYMBOLS = {
    "W": "weights, a random matrix",
    "x": "input of the layer, a random vector",
    "delta_out": "error at the output of the layer, a random vector",
    "C": "correlations of the inputs",
    "R": "correlations of the errors",
    "s2": "variance of each weight",
    "v": "variance of each input, or of each error",
    "n_in": "number of inputs",
    "n_out": "number of outputs",
}

XAVIER = Formula(
    id="bp.xavier",
    title="Xavier initialisation",
    section=14,
    names=("Xavier / Glorot", "Xavier initialization", "Glorot"),
    definition=Definition(latex=r"\operatorname{Var}(W_{ij})", expr=_xavier),
    symbols=_SYMBOLS,
    source=Source(section=14, lines=(565,), printed=(r"\frac{2}{n_{in} + n_{out}}",)),
    references=(GLOROT,),
    tags=("initialisation", "probability"),
    used_in=("sigmoid and tanh networks",),
    see_also=("bp.he",),
    claims=(
        Claim(
            name="forward",
            lhs=Variance(_forward),
            rhs=n_in * s2 * v,
            hypotheses=(_weights, *_input),
            note="The inputs may be correlated; the weights may not.",
        ),
        Claim(
            name="backward",
            lhs=Variance(_backward),
            rhs=n_out * s2 * v,
            hypotheses=(_weights, *_error),
        ),
        Claim(
            name="forward_preserved",
            lhs=Variance(_forward),
            rhs=v,
            hypotheses=(_weights, *_input, _is(1 / n_in)),
        ),
        Claim(
            name="backward_preserved",
            lhs=Variance(_backward),
            rhs=v,
            hypotheses=(_weights, *_error, _is(1 / n_out)),
        ),
        Claim(
            name="compromise",
            lhs=(n_in * s2 + n_out * s2) / 2,
            rhs=sp.S.One,
            hypotheses=(_is(_xavier),),
            printed=True,
            note="Both factors are 1 only if n_in = n_out; the printed variance makes their mean 1.",
        ),
        Claim(
            name="both_preserved",
            lhs=Variance(_forward),
            rhs=v,
            hypotheses=(_weights, *_input, _is(_xavier)),
            expected=Verdict.REFUTED,
            corrected_by="forward_with_xavier",
        ),
        Claim(
            name="forward_with_xavier",
            lhs=Variance(_forward),
            rhs=2 * n_in / (n_in + n_out) * v,
            hypotheses=(_weights, *_input, _is(_xavier)),
        ),
        Claim(
            name="backward_with_xavier",
            lhs=Variance(_backward),
            rhs=2 * n_out / (n_in + n_out) * v,
            hypotheses=(_weights, *_error, _is(_xavier)),
        ),
        Claim(
            name="harmonic_mean",
            lhs=_xavier,
            rhs=1 / ((1 / (1 / n_in) + 1 / (1 / n_out)) / 2),
            note="Of the two variances that preserve one direction each.",
        ),
        Claim(
            name="correlated_weights",
            lhs=Variance(_forward),
            rhs=n_in * s2 * v,
            hypotheses=(Moments(W[a, b], 0, W[c, d], s2), *_input),
            expected=Verdict.REFUTED,
            corrected_by="forward",
        ),
    ),
)


def _relu(t: sp.Expr) -> sp.Expr:
    return Max(t, 0)


_layer = total(W[i, j] * _relu(z[j]), (j, n_in))
_symmetric = (Symmetric(z), Moments(z[a], 0, z[b], v * C[a, b]), Eq(C[a, a], 1, evaluate=False))
_step = Piecewise((1, Z > 0), (0, True))

HE_INITIALISATION = Formula(
    id="bp.he",
    title="He initialisation",
    section=14,
    names=("He / Kaiming", "He initialization", "Kaiming"),
    definition=Definition(latex=r"\operatorname{Var}(W_{ij})", expr=2 / n_in),
    symbols={
        **_SYMBOLS,
        "z": "input of ReLU, a random vector",
        "Z": "input of one ReLU",
        "g": "error behind it",
    },
    source=Source(section=14, lines=(566,), printed=(r"\frac{2}{n_{in}}",)),
    references=(HE,),
    tags=("initialisation", "probability"),
    used_in=("ReLU networks",),
    see_also=("bp.xavier", "act.relu"),
    claims=(
        Claim(
            name="half_of_the_second_moment",
            lhs=E(_relu(Z) ** 2),
            rhs=E(Z**2) / 2,
            hypotheses=(Symmetric(Z),),
            note="The 1/2 of ReLU: relu(z)^2 + relu(-z)^2 = z^2, and both have the same mean.",
        ),
        Claim(
            name="half_for_any_law",
            lhs=E(_relu(Z) ** 2),
            rhs=E(Z**2) / 2,
            expected=Verdict.REFUTED,
            corrected_by="half_of_the_second_moment",
            note="Needs a symmetric law.",
        ),
        Claim(
            name="mean_of_relu",
            lhs=E(_relu(Z)),
            rhs=E(sp.Abs(Z)) / 2,
            hypotheses=(Symmetric(Z),),
            note="Not 0: this is why second moments are propagated and not variances.",
        ),
        Claim(
            name="forward",
            lhs=Variance(_layer),
            rhs=n_in * s2 * v / 2,
            hypotheses=(_weights, *_symmetric, Independent(W, z)),
        ),
        Claim(
            name="preserved",
            lhs=Variance(_layer),
            rhs=v,
            hypotheses=(_weights, *_symmetric, Independent(W, z), _is(2 / n_in)),
            printed=True,
        ),
        Claim(
            name="with_xavier_for_equal_widths",
            lhs=Variance(_layer),
            rhs=v / 2,
            hypotheses=(_weights, *_symmetric, Independent(W, z), _is(1 / n_in)),
            note="Xavier's variance halves the signal in each ReLU layer.",
        ),
        Claim(
            name="preserved_with_variance_1_over_n",
            lhs=Variance(_layer),
            rhs=v,
            hypotheses=(_weights, *_symmetric, Independent(W, z), _is(1 / n_in)),
            expected=Verdict.REFUTED,
            corrected_by="preserved",
        ),
        Claim(
            name="half_of_the_error",
            lhs=E((g * _step) ** 2),
            rhs=E(g**2) / 2,
            hypotheses=(Symmetric(Z), sp.Ne(Z, 0), Independent(Z, g)),
            note="Backward: the derivative of ReLU passes half of the errors, if Z is never 0.",
        ),
        Claim(
            name="half_of_the_error_with_atom_at_zero",
            lhs=E((g * _step) ** 2),
            rhs=E(g**2) / 2,
            hypotheses=(Symmetric(Z), Independent(Z, g)),
            expected=Verdict.REFUTED,
            corrected_by="half_of_the_error",
        ),
    ),
)

FORMULAS = (XAVIER, HE_INITIALISATION)
