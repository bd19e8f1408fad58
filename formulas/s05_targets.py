"""Section 5, beyond the sheet: softened targets and the margin loss of classification."""

from __future__ import annotations

import sympy as sp
from sympy import Max, exp, log

from formulas.language import Expr, Partial, dim, index, positive, real, tensor, total
from formulas.s04_softmax import log_softmax, softmax
from formulas.schema import Claim, Definition, Formula, Relation

n = dim("n")
i, j, k, m = index("i j k m")
z, y = tensor("z", n), tensor("y", n)
smoothing, tau = real("smoothing"), positive("tau")
score, label = real("score"), real("label")


def _cross_entropy(target: Expr) -> Expr:
    return -total(target * log_softmax(z, i), (i, n))


_smooth = (1 - smoothing) * y[i] + smoothing / n
_is_law = sp.Eq(total(y[k], (k, n)), 1, evaluate=False)

LABEL_SMOOTHING = Formula(
    id="loss.label_smoothing",
    title="Cross-entropy with label smoothing",
    section=5,
    names=("label smoothing",),
    definition=Definition(latex=r"L", expr=_cross_entropy(_smooth)),
    symbols={"z": "logits", "y": "target probabilities", "smoothing": "weight of the uniform law"},
    references=("C. Szegedy et al., Rethinking the Inception architecture, CVPR 2016, arXiv:1512.00567",),
    tags=("loss", "classification"),
    used_in=("image classification", "machine translation"),
    see_also=("loss.cross_entropy", "loss.distillation"),
    claims=(
        Claim(
            name="mixture_of_two_losses",
            lhs=_cross_entropy(_smooth),
            rhs=(1 - smoothing) * _cross_entropy(y[i]) + smoothing * _cross_entropy(sp.S.One / n),
        ),
        Claim(
            name="gradient",
            lhs=Partial(_cross_entropy(_smooth), z[j]),
            rhs=softmax(z, j) - (1 - smoothing) * y[j] - smoothing / n,
            hypotheses=(_is_law,),
        ),
        Claim(name="targets_sum_to_one", lhs=total(_smooth, (i, n)), rhs=sp.S.One, hypotheses=(_is_law,)),
    ),
)


def _tempered(at: sp.Symbol, dummy: sp.Symbol = k) -> Expr:
    return exp(z[at] / tau) / total(exp(z[dummy] / tau), (dummy, n))


_distilled = -total(y[i] * log(_tempered(i)), (i, n))

DISTILLATION = Formula(
    id="loss.distillation",
    title="Distillation loss",
    section=5,
    names=("distillation loss", "knowledge distillation"),
    definition=Definition(latex=r"L", expr=tau**2 * _distilled),
    symbols={"z": "logits of the student", "y": "probabilities of the teacher", "tau": "temperature"},
    references=("G. Hinton, O. Vinyals, J. Dean, Distilling the knowledge in a neural network, 2015",),
    tags=("loss", "classification"),
    used_in=("model compression",),
    see_also=("loss.cross_entropy", "llm.temperature"),
    claims=(
        Claim(
            name="gradient",
            lhs=Partial(tau**2 * _distilled, z[j]),
            rhs=tau * (_tempered(j) - y[j]),
            hypotheses=(_is_law,),
            note="The factor of the loss keeps the size of the gradient as the temperature grows.",
        ),
        Claim(
            name="gradient_without_the_factor",
            lhs=Partial(_distilled, z[j]),
            rhs=(_tempered(j) - y[j]) / tau,
            hypotheses=(_is_law,),
        ),
    ),
)

_hinge = Max(0, 1 - label * score)

HINGE = Formula(
    id="loss.hinge",
    title="Hinge loss",
    section=5,
    names=("hinge loss", "SVM loss", "max-margin loss"),
    definition=Definition(latex=r"L", expr=_hinge),
    symbols={"score": "score of the classifier", "label": "class, -1 or 1"},
    references=("C. Cortes, V. Vapnik, Support-vector networks, Machine Learning 20, 1995",),
    tags=("loss", "classification", "piecewise", "convex"),
    used_in=("support vector machines",),
    see_also=("loss.triplet", "act.relu"),
    claims=(
        Claim(name="nonnegative", lhs=_hinge, rhs=sp.S.Zero, relation=Relation.GE, certificate=_hinge),
        Claim(
            name="zero_beyond_the_margin",
            lhs=_hinge,
            rhs=sp.S.Zero,
            hypotheses=(label * score >= 1,),
        ),
        Claim(
            name="derivative_within_the_margin",
            lhs=Partial(_hinge, score),
            rhs=-label,
            hypotheses=(1 - label * score > 0,),
        ),
        Claim(
            name="derivative_beyond_the_margin",
            lhs=Partial(_hinge, score),
            rhs=sp.S.Zero,
            hypotheses=(label * score - 1 > 0,),
        ),
        Claim(
            name="above_the_error_of_the_sign",
            lhs=_hinge,
            rhs=sp.S.One,
            relation=Relation.GE,
            hypotheses=(label * score <= 0,),
            certificate=Max(0, label * score - 1) - label * score,
            note="On the wrong side it is at least the zero-one loss.",
        ),
    ),
)

FORMULAS = (LABEL_SMOOTHING, DISTILLATION, HINGE)
