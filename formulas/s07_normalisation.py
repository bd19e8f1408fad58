"""Section 7 of the sheet: normalisation."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, sqrt

from formulas.language import Expr, Partial, delta, dim, index, nonnegative, positive, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k, m = index("i j k m")
x = tensor("x", n)
g = tensor("g", n)
gamma = tensor("gamma", n)
epsilon = nonnegative("epsilon")
scale = positive("scale")

ZERO = sp.S.Zero


def mean_square(factor: Expr = sp.S.One) -> Expr:
    """Mean of the squares of ``factor * x``."""
    return total((factor * x[k]) ** 2, (k, n)) / n


def rms(eps: Expr = ZERO, factor: Expr = sp.S.One) -> Expr:
    """Root of the mean square, with ``eps`` added under the root."""
    return sqrt(mean_square(factor) + eps)


def rms_norm(at: sp.Symbol, eps: Expr = ZERO, factor: Expr = sp.S.One) -> Expr:
    """Entry ``at`` of RMSNorm of ``factor * x``."""
    return factor * x[at] / rms(eps, factor) * gamma[at]


_mean = total(x[m], (m, n)) / n
_square_deviation = total((x[k] - _mean) ** 2, (k, n))


def layer_norm(at: sp.Symbol, eps: Expr = ZERO) -> Expr:
    """Entry ``at`` of LayerNorm of x with gain and without bias."""
    return (x[at] - _mean) / sqrt(_square_deviation / n + eps) * gamma[at]


_not_zero = (total(x[k] ** 2, (k, n)) > 0,)
_stabilised = (mean_square() + epsilon > 0,)
_centred = Eq(total(x[k], (k, n)), 0, evaluate=False)
_upstream = total(g[m] * gamma[m] * x[m], (m, n))


def _input_cotangent(eps: Expr) -> Expr:
    return gamma[j] * g[j] / rms(eps) - x[j] * _upstream / (n * rms(eps) ** 3)


RMS_NORM = Formula(
    id="norm.rms",
    title="RMSNorm",
    section=7,
    names=("RMSNorm", "root mean square normalisation", "Root Mean Square Normalization", "RMS norm"),
    definition=Definition(latex=r"\hat{x}_i", expr=rms_norm(i), indices=(i,)),
    symbols={
        "x": "input",
        "gamma": "gain of each feature",
        "epsilon": "stabiliser, 0 in the printed form",
        "g": "cotangent of the output",
        "scale": "positive factor",
    },
    source=Source(
        section=7,
        lines=(279,),
        printed=(
            r"\hat{x}_i = \frac{x_i}{\text{RMS}(x)} \cdot \gamma",
            r"\text{RMS}(x) = \sqrt{\frac{1}{n}\sum_{i=1}^n x_i^2}",
        ),
    ),
    references=(
        "B. Zhang, R. Sennrich, Root mean square layer normalization, NeurIPS 2019, arXiv:1910.07467",
    ),
    tags=("normalisation", "reduction"),
    used_in=("LLaMA", "pre-norm transformers"),
    see_also=("norm.layer", "norm.batch"),
    claims=(
        Claim(
            name="output_rms_is_one",
            lhs=sqrt(total((x[i] / rms()) ** 2, (i, n)) / n),
            rhs=sp.S.One,
            hypotheses=_not_zero,
            note="With gain 1. The domain is every x but 0.",
        ),
        Claim(
            name="output_rms_for_every_input",
            lhs=sqrt(total((x[i] / rms()) ** 2, (i, n)) / n),
            rhs=sp.S.One,
            conditions=_not_zero,
            needs=r"$x \neq 0$ (it is 0/0 otherwise; the layers in use add $\epsilon$ under the root)",
            stated_by=(r"\epsilon", r"\varepsilon", r"x \neq 0", r"x \ne 0"),
            printed=True,
            says=r"\hat{x}_i = \frac{x_i}{\text{RMS}(x)} \cdot \gamma",
            expected=Verdict.CONDITIONAL,
            corrected_by="output_rms_is_one",
            note="The printed form has no stabiliser, unlike the two normalisations before it.",
        ),
        Claim(
            name="output_on_sphere",
            lhs=total((x[i] / rms()) ** 2, (i, n)),
            rhs=n,
            hypotheses=_not_zero,
        ),
        Claim(
            name="output_mean_square_stabilised",
            lhs=1 - total((x[i] / rms(epsilon)) ** 2, (i, n)) / n,
            rhs=epsilon / (mean_square() + epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="input_cotangent",
            lhs=Partial(total(g[i] * rms_norm(i), (i, n)), x[j]),
            rhs=_input_cotangent(ZERO),
            hypotheses=_not_zero,
        ),
        Claim(
            name="input_cotangent_stabilised",
            lhs=Partial(total(g[i] * rms_norm(i, epsilon), (i, n)), x[j]),
            rhs=_input_cotangent(epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="gain_cotangent",
            lhs=Partial(total(g[i] * rms_norm(i, epsilon), (i, n)), gamma[j]),
            rhs=g[j] * x[j] / rms(epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="jacobian",
            lhs=Partial(rms_norm(i, epsilon), x[j]),
            rhs=gamma[i] / rms(epsilon) * (delta(i, j) - x[i] * x[j] / (n * (mean_square() + epsilon))),
            hypotheses=_stabilised,
        ),
        Claim(
            name="input_cotangent_orthogonal_to_input",
            lhs=total(x[j] * Partial(total(g[i] * rms_norm(i), (i, n)), x[j]), (j, n)),
            rhs=ZERO,
            hypotheses=_not_zero,
            note="The loss does not change along x itself, by scale invariance.",
        ),
        Claim(
            name="scale_invariance",
            lhs=rms_norm(i, ZERO, scale),
            rhs=rms_norm(i),
            hypotheses=_not_zero,
        ),
        Claim(
            name="odd",
            lhs=rms_norm(i, ZERO, -scale),
            rhs=-rms_norm(i),
            hypotheses=_not_zero,
            note="A negative factor flips the sign.",
        ),
        Claim(
            name="scale_of_stabiliser",
            lhs=rms_norm(i, scale**2 * epsilon, scale),
            rhs=rms_norm(i, epsilon),
            hypotheses=_stabilised,
            note="With a stabiliser the output keeps only if the stabiliser scales along.",
        ),
        Claim(
            name="scale_invariance_stabilised",
            lhs=rms_norm(i, epsilon, scale),
            rhs=rms_norm(i, epsilon),
            hypotheses=_stabilised,
            expected=Verdict.REFUTED,
            corrected_by="scale_of_stabiliser",
        ),
        Claim(
            name="entries_bounded",
            lhs=(x[j] / rms()) ** 2,
            rhs=n,
            relation=Relation.LE,
            hypotheses=_not_zero,
            certificate=total((1 - delta(m, j)) * x[m] ** 2, (m, n)) / mean_square(),
        ),
        Claim(
            name="layer_norm_of_centred_input",
            lhs=rms_norm(i),
            rhs=layer_norm(i),
            hypotheses=(_centred, *_not_zero, _square_deviation > 0),
        ),
        Claim(
            name="layer_norm_of_centred_input_stabilised",
            lhs=rms_norm(i, epsilon),
            rhs=layer_norm(i, epsilon),
            hypotheses=(_centred, epsilon > 0),
        ),
        Claim(
            name="layer_norm_of_any_input",
            lhs=rms_norm(i, epsilon),
            rhs=layer_norm(i, epsilon),
            hypotheses=(epsilon > 0,),
            expected=Verdict.REFUTED,
            corrected_by="layer_norm_of_centred_input_stabilised",
        ),
    ),
)

FORMULAS = (RMS_NORM,)
