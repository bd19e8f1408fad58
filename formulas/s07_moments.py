"""Section 7 of the sheet, continued: normalisation by mean and variance, of a row or of a batch."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, sqrt

from formulas.language import Expr, Partial, delta, dim, index, nonnegative, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n, batch = dim("n"), dim("B")
i, j, k, m, r, s, t, l, u = index("i j k m r s t l u")  # noqa: E741
x = tensor("x", n)
g = tensor("g", n)
gamma, beta = tensor("gamma", n), tensor("beta", n)
epsilon = nonnegative("epsilon")
others = dim("p")
z = tensor("z", others)
scale = positive("scale")
shift = real("shift")

ZERO = sp.S.Zero


def mean(factor: Expr = sp.S.One, dummy: sp.Symbol = m) -> Expr:
    """Mean of ``factor * x``."""
    return total(factor * x[dummy], (dummy, n)) / n


def variance(factor: Expr = sp.S.One, dummy: sp.Symbol = k) -> Expr:
    """Mean square of the deviations of ``factor * x`` from their mean, divided by n and not by n - 1."""
    return total((factor * x[dummy] - mean(factor)) ** 2, (dummy, n)) / n


def normalised(at: sp.Symbol, eps: Expr = epsilon, factor: Expr = sp.S.One) -> Expr:
    """Entry ``at`` of ``factor * x`` without mean, over its standard deviation."""
    return (factor * x[at] - mean(factor)) / sqrt(variance(factor) + eps)


def layer_norm(at: sp.Symbol, eps: Expr = epsilon) -> Expr:
    """Entry ``at`` of LayerNorm of x."""
    return gamma[at] * normalised(at, eps) + beta[at]


_stabilised = (variance() + epsilon > 0,)
_varies = (variance() > 0,)
_shifted_mean = total(x[m] + shift, (m, n)) / n
_shifted = (x[i] + shift - _shifted_mean) / sqrt(
    total((x[k] + shift - _shifted_mean) ** 2, (k, n)) / n + epsilon
)


def _h(at: sp.Symbol) -> Expr:
    """Cotangent of a normalised entry."""
    return g[at] * gamma[at]


def _input_cotangent(eps: Expr) -> Expr:
    mean_h = total(_h(l), (l, n)) / n
    mean_hx = total(_h(l) * normalised(l, eps), (l, n)) / n
    return (_h(j) - mean_h - normalised(j, eps) * mean_hx) / sqrt(variance() + eps)


def _loss(eps: Expr) -> Expr:
    return total(g[i] * layer_norm(i, eps), (i, n))


def _deviations(of: sp.IndexedBase, size: sp.Symbol, from_: Expr, dummy: sp.Symbol) -> Expr:
    """Sum of squared deviations of the entries of ``of``."""
    return total((of[dummy] - from_) ** 2, (dummy, size))


_mean_z = total(z[t], (t, others)) / others
_mean_of_both = (total(x[m], (m, n)) + total(z[t], (t, others))) / (n + others)

_BA = "J. L. Ba, J. R. Kiros, G. E. Hinton, Layer normalization, 2016, arXiv:1607.06450"
_CHAN = (
    "T. F. Chan, G. H. Golub, R. J. LeVeque, Updating formulae and a pairwise algorithm for computing sample "
    "variances, COMPSTAT 1982"
)
_others = (1 - delta(l, j)) * (1 - delta(u, j)) * (x[l] - x[u]) ** 2

LAYER_NORM = Formula(
    id="norm.layer",
    title="LayerNorm",
    section=7,
    names=(
        "Layer Normalization",
        "LayerNorm",
        "layer normalization",
        "layer normalisation",
        "layer norm",
        r"\text{LayerNorm}",
        r"\operatorname{LayerNorm}",
        r"\mathrm{LayerNorm}",
        r"\text{LN}",
        r"\mathrm{LN}",
    ),
    definition=Definition(latex=r"y_i", expr=layer_norm(i), indices=(i,)),
    symbols={
        "x": "features of one row",
        "gamma": "gain of each feature",
        "beta": "bias of each feature",
        "epsilon": "stabiliser under the root",
        "g": "cotangent of the output",
        "scale": "positive factor",
        "shift": "number added to every feature",
        "z": "other features",
        "X": "rows, one per line",
    },
    source=Source(
        section=7,
        lines=(273,),
        printed=(
            r"\hat{x}_i = \frac{x_i - \mu_L}{\sqrt{\sigma_L^2 + \epsilon}}",
            r"y_i = \gamma \hat{x}_i + \beta",
        ),
    ),
    references=(_BA, _CHAN),
    tags=("normalisation", "reduction"),
    used_in=("transformers", "BERT", "recurrent networks"),
    see_also=("norm.rms", "norm.batch"),
    claims=(
        Claim(
            name="output_mean_is_zero",
            lhs=total(normalised(i), (i, n)) / n,
            rhs=ZERO,
            hypotheses=_stabilised,
            note="Before gain and bias.",
        ),
        Claim(
            name="output_variance",
            lhs=total(normalised(i) ** 2, (i, n)) / n,
            rhs=1 - epsilon / (variance() + epsilon),
            hypotheses=_stabilised,
            note="The variance over the variance plus the stabiliser.",
        ),
        Claim(
            name="output_variance_is_one",
            lhs=total(normalised(i, ZERO) ** 2, (i, n)) / n,
            rhs=sp.S.One,
            hypotheses=_varies,
            note="Without stabiliser; the domain is every x whose entries are not all equal.",
        ),
        Claim(
            name="variance_by_moments",
            lhs=variance(),
            rhs=total(x[k] ** 2, (k, n)) / n - mean() ** 2,
        ),
        Claim(
            name="merge_of_deviations",
            lhs=_deviations(x, n, _mean_of_both, k) + _deviations(z, others, _mean_of_both, r),
            rhs=_deviations(x, n, mean(), k)
            + _deviations(z, others, _mean_z, r)
            + (_mean_z - mean()) ** 2 * n * others / (n + others),
            note="A row in two parts, each with its count, its mean and its squared deviations: what these "
            "say of the whole. So a row is read once for both moments, in any order of its parts.",
        ),
        Claim(
            name="input_cotangent",
            lhs=Partial(_loss(epsilon), x[j]),
            rhs=_input_cotangent(epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="gain_cotangent",
            lhs=Partial(_loss(epsilon), gamma[j]),
            rhs=g[j] * normalised(j),
            hypotheses=_stabilised,
        ),
        Claim(
            name="bias_cotangent",
            lhs=Partial(_loss(epsilon), beta[j]),
            rhs=g[j],
            hypotheses=_stabilised,
        ),
        Claim(
            name="jacobian",
            lhs=Partial(normalised(i), x[j]),
            rhs=(delta(i, j) - 1 / n - normalised(i) * normalised(j) / n) / sqrt(variance() + epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="input_cotangent_sums_to_zero",
            lhs=total(Partial(_loss(epsilon), x[j]), (j, n)),
            rhs=ZERO,
            hypotheses=_stabilised,
            note="By shift invariance.",
        ),
        Claim(
            name="input_cotangent_orthogonal_to_input",
            lhs=total(x[j] * Partial(_loss(ZERO), x[j]), (j, n)),
            rhs=ZERO,
            hypotheses=_varies,
            note="By scale invariance, without stabiliser.",
        ),
        Claim(name="shift_invariance", lhs=_shifted, rhs=normalised(i), hypotheses=(epsilon > 0,)),
        Claim(
            name="scale_invariance",
            lhs=normalised(i, ZERO, scale),
            rhs=normalised(i, ZERO),
            hypotheses=_varies,
        ),
        Claim(
            name="odd",
            lhs=normalised(i, ZERO, -scale),
            rhs=-normalised(i, ZERO),
            hypotheses=_varies,
        ),
        Claim(
            name="scale_of_stabiliser",
            lhs=normalised(i, scale**2 * epsilon, scale),
            rhs=normalised(i, epsilon),
            hypotheses=_stabilised,
        ),
        Claim(
            name="scale_invariance_stabilised",
            lhs=normalised(i, epsilon, scale),
            rhs=normalised(i, epsilon),
            hypotheses=_stabilised,
            expected=Verdict.REFUTED,
            corrected_by="scale_of_stabiliser",
        ),
        Claim(
            name="entries_bounded",
            lhs=normalised(j, ZERO) ** 2,
            rhs=n - 1,
            relation=Relation.LE,
            hypotheses=_varies,
            certificate=total(_others, (l, n), (u, n)) / (2 * n * variance()),
            note="No entry is farther than root n - 1 standard deviations from the mean.",
        ),
    ),
)

X = tensor("X", batch, n)
G = tensor("G", batch, n)
centre, spread = tensor("centre", n), tensor("spread", n, positive=True)


def batch_mean(feature: Expr, dummy: sp.Symbol = s) -> Expr:
    """Mean of a feature over the batch."""
    return total(X[dummy, feature], (dummy, batch)) / batch


def batch_variance(feature: Expr, dummy: sp.Symbol = r) -> Expr:
    """Mean square of the deviations of a feature from its mean over the batch."""
    return total((X[dummy, feature] - batch_mean(feature)) ** 2, (dummy, batch)) / batch


def batch_normalised(row: Expr, feature: Expr, eps: Expr = epsilon) -> Expr:
    """Entry of the batch without the mean of its feature, over the standard deviation of its feature."""
    return (X[row, feature] - batch_mean(feature)) / sqrt(batch_variance(feature) + eps)


def batch_norm(row: Expr, feature: Expr, eps: Expr = epsilon) -> Expr:
    """Entry of BatchNorm of X."""
    return gamma[feature] * batch_normalised(row, feature, eps) + beta[feature]


_batch_stabilised = (batch_variance(u) + epsilon > 0,)
_batch_varies = (batch_variance(u) > 0,)
_batch_loss = total(G[i, t] * batch_norm(i, t), (i, batch), (t, n))
_running = gamma[j] * (X[i, j] - centre[j]) / sqrt(spread[j]) + beta[j]


def _batch_cotangent(row: Expr) -> Expr:
    centred = G[row, j] - total(G[l, j], (l, batch)) / batch
    along = total(G[l, j] * batch_normalised(l, j), (l, batch)) / batch
    return gamma[j] / sqrt(batch_variance(j) + epsilon) * (centred - batch_normalised(row, j) * along)


BATCH_NORM = Formula(
    id="norm.batch",
    title="BatchNorm",
    section=7,
    names=(
        "Batch Normalization",
        "BatchNorm",
        "batch normalization",
        "batch normalisation",
        "batch norm",
        r"\text{BatchNorm}",
        r"\operatorname{BatchNorm}",
        r"\mathrm{BatchNorm}",
        r"\text{BN}",
        r"\mathrm{BN}",
    ),
    definition=Definition(latex=r"y_{ij}", expr=batch_norm(i, j), indices=(i, j)),
    symbols={
        "X": "batch, one example per row",
        "G": "cotangent of the output",
        "gamma": "gain of each feature",
        "beta": "bias of each feature",
        "epsilon": "stabiliser under the root",
        "scale": "positive factor",
        "shift": "number added to a feature of every example",
        "centre": "mean of each feature kept from training",
        "spread": "variance plus stabiliser of each feature kept from training",
    },
    source=Source(
        section=7,
        lines=(267,),
        printed=(
            r"\hat{x}_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}",
            r"y_i = \gamma \hat{x}_i + \beta",
        ),
    ),
    references=(
        "S. Ioffe, C. Szegedy, Batch normalization: accelerating deep network training by reducing internal "
        "covariate shift, ICML 2015, arXiv:1502.03167",
    ),
    tags=("normalisation", "reduction"),
    used_in=("convolutional networks",),
    see_also=("norm.layer", "norm.rms"),
    claims=(
        Claim(
            name="output_mean_is_zero",
            lhs=total(batch_normalised(i, j), (i, batch)) / batch,
            rhs=ZERO,
            hypotheses=_batch_stabilised,
            note="Before gain and bias.",
        ),
        Claim(
            name="output_mean",
            lhs=total(batch_norm(i, j), (i, batch)) / batch,
            rhs=beta[j],
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="output_variance",
            lhs=total((batch_norm(i, j) - beta[j]) ** 2, (i, batch)) / batch,
            rhs=gamma[j] ** 2 * (1 - epsilon / (batch_variance(j) + epsilon)),
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="output_variance_without_stabiliser",
            lhs=total(batch_normalised(i, j, ZERO) ** 2, (i, batch)) / batch,
            rhs=sp.S.One,
            hypotheses=_batch_varies,
            note="The domain is every batch in which the feature varies.",
        ),
        Claim(
            name="input_cotangent",
            lhs=Partial(_batch_loss, X[k, j]),
            rhs=_batch_cotangent(k),
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="gain_cotangent",
            lhs=Partial(_batch_loss, gamma[j]),
            rhs=total(G[l, j] * batch_normalised(l, j), (l, batch)),
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="bias_cotangent",
            lhs=Partial(_batch_loss, beta[j]),
            rhs=total(G[l, j], (l, batch)),
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="input_cotangent_sums_to_zero",
            lhs=total(Partial(_batch_loss, X[k, j]), (k, batch)),
            rhs=ZERO,
            hypotheses=_batch_stabilised,
        ),
        Claim(
            name="examples_mix",
            lhs=Partial(batch_normalised(i, j), X[k, j]),
            rhs=(delta(i, k) - 1 / batch - batch_normalised(i, j) * batch_normalised(k, j) / batch)
            / sqrt(batch_variance(j) + epsilon),
            hypotheses=_batch_stabilised,
            note="Every example of the batch enters every other's output.",
        ),
        Claim(
            name="features_do_not_mix",
            lhs=Partial(batch_normalised(i, j), X[k, m]),
            rhs=ZERO,
            hypotheses=(*_batch_stabilised, Eq(delta(j, m), 0, evaluate=False)),
        ),
        Claim(
            name="running_statistics_are_affine",
            lhs=Partial(_running, X[i, j]),
            rhs=gamma[j] / sqrt(spread[j]),
            note="With kept statistics the layer is an affine map of each feature.",
        ),
    ),
)

FORMULAS = (LAYER_NORM, BATCH_NORM)
