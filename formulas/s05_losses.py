"""Section 5 of the sheet: losses."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, real, tensor, total
from formulas.s04_softmax import log_softmax, logsumexp, softmax
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k, m, t = index("i j k m t")
z = tensor("z", n)
w = tensor("w", n)
v = tensor("v", n)
y = tensor("y", n)
p = tensor("p", n, positive=True)
yhat = tensor("yhat", n, positive=True)
c, upstream = real("c"), real("upstream")
e = tensor("e", n, positive=True)
_others = total((1 - delta(k, t)) * e[k], (k, n))


def _loss(target: sp.IndexedBase, logits: sp.IndexedBase) -> Expr:
    """Cross-entropy of the softmax of ``logits``, written as the sheet writes it."""
    return -total(target[i] * log(softmax(logits, i)), (i, n))


def _class_loss(at: sp.Symbol) -> Expr:
    """Cross-entropy for the single class ``at``."""
    return logsumexp(z) - z[at]


_target_sums_to_one = Eq(total(y[i], (i, n)), 1, evaluate=False)
_shifted = log(total(exp(z[k] + c), (k, n)))

CROSS_ENTROPY = Formula(
    id="loss.cross_entropy",
    title="Cross-entropy loss",
    section=5,
    names=("Cross-Entropy", "cross-entropy", "cross-entropy loss", "softmax loss", "log loss"),
    definition=Definition(latex="L", expr=-total(y[i] * log(yhat[i]), (i, n))),
    symbols={
        "e": "positive weights, such as the exponentials of the logits",
        "upstream": "cotangent of the loss",
        "y": "target weights of the classes",
        "yhat": "predicted probabilities",
        "z": "logits",
        "w": "other logits",
        "v": "direction in the space of logits",
        "p": "target distribution with positive entries",
        "c": "shift of all logits",
        "t": "index of the target class",
    },
    source=Source(section=5, lines=(163,), printed=(r"L = -\sum_{i=1}^{C} y_i \log(\hat{y}_i)",)),
    references=(
        "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 4.3.4",
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 6.2.2.3",
    ),
    tags=("loss", "classification", "reduction", "convex"),
    used_in=("classification", "language model training"),
    see_also=("info.cross_entropy", "act.softmax", "act.logsumexp", "act.log_softmax"),
    claims=(
        Claim(
            name="gradient_by_the_others",
            lhs=upstream * e[i] / total(e[k], (k, n)) - upstream * delta(i, t),
            rhs=upstream * (1 - delta(i, t)) * e[i] / (e[t] + _others)
            - upstream * delta(i, t) * _others / (e[t] + _others),
            note="Share less one at place t without cancellation: minus the share of all others.",
        ),
        Claim(
            name="gradient_prediction",
            lhs=Partial(-total(y[i] * log(yhat[i]), (i, n)), yhat[j]),
            rhs=-y[j] / yhat[j],
        ),
        Claim(
            name="from_logits",
            lhs=_loss(y, z),
            rhs=total(y[i] * (logsumexp(z) - z[i]), (i, n)),
        ),
        Claim(
            name="from_logits_normalised_target",
            lhs=_loss(y, z),
            rhs=logsumexp(z) - total(y[i] * z[i], (i, n)),
            hypotheses=(_target_sums_to_one,),
        ),
        Claim(
            name="gradient_any_target",
            lhs=Partial(_loss(y, z), z[j]),
            rhs=total(y[m], (m, n)) * softmax(z, j) - y[j],
            note="Holds whatever the target sums to.",
        ),
        Claim(
            name="gradient",
            lhs=Partial(_loss(y, z), z[j]),
            rhs=softmax(z, j) - y[j],
            hypotheses=(_target_sums_to_one,),
        ),
        Claim(
            name="gradient_without_condition",
            lhs=Partial(_loss(y, z), z[j]),
            rhs=softmax(z, j) - y[j],
            conditions=(_target_sums_to_one,),
            expected=Verdict.CONDITIONAL,
            corrected_by="gradient_any_target",
            note="As it is usually quoted; a target that does not sum to 1 has another gradient.",
        ),
        Claim(
            name="gradient_target",
            lhs=Partial(_loss(y, z), y[j]),
            rhs=logsumexp(z) - z[j],
        ),
        Claim(
            name="gradient_sums_to_zero",
            lhs=total(Partial(_loss(y, z), z[j]), (j, n)),
            rhs=sp.S.Zero,
        ),
        Claim(
            name="hessian",
            lhs=Partial(Partial(_loss(y, z), z[j]), z[m]),
            rhs=softmax(z, j) * (delta(j, m) - softmax(z, m)),
            hypotheses=(_target_sums_to_one,),
            note="The Jacobian of softmax, positive semidefinite: the loss is convex in the logits.",
        ),
        Claim(
            name="curvature_nonnegative",
            lhs=total(v[j] * Partial(Partial(_loss(y, z), z[j]), z[m]) * v[m], (j, n), (m, n)),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_target_sums_to_one,),
            certificate=total(softmax(z, j) * (v[j] - total(softmax(z, m) * v[m], (m, n))) ** 2, (j, n)),
        ),
        Claim(
            name="above_its_tangents",
            lhs=_loss(y, z),
            rhs=_loss(y, w) + total((softmax(w, j) - y[j]) * (z[j] - w[j]), (j, n)),
            relation=Relation.GE,
            hypotheses=(_target_sums_to_one,),
            certificate=total(softmax(w, i) * ExpGap(log_softmax(z, i) - log_softmax(w, i)), (i, n)),
        ),
        Claim(
            name="at_least_target_entropy",
            lhs=_loss(p, z),
            rhs=-total(p[i] * log(p[i]), (i, n)),
            relation=Relation.GE,
            hypotheses=(Eq(total(p[i], (i, n)), 1, evaluate=False),),
            certificate=total(p[i] * ExpGap(log_softmax(z, i) - log(p[i])), (i, n)),
        ),
        Claim(
            name="target_entropy_attained",
            lhs=-total(p[i] * log(exp(log(p[i]) + c) / total(exp(log(p[k]) + c), (k, n))), (i, n)),
            rhs=-total(p[i] * log(p[i]), (i, n)),
            hypotheses=(Eq(total(p[i], (i, n)), 1, evaluate=False),),
            note="At the logits log p, shifted at will.",
        ),
        Claim(
            name="class_target",
            lhs=-total(delta(i, t) * log(softmax(z, i)), (i, n)),
            rhs=_class_loss(t),
            note="One-hot target: what the kernel for class indices computes.",
        ),
        Claim(
            name="class_gradient",
            lhs=Partial(_class_loss(t), z[j]),
            rhs=softmax(z, j) - delta(j, t),
        ),
        Claim(
            name="class_loss_nonnegative",
            lhs=_class_loss(t),
            rhs=sp.S.Zero,
            relation=Relation.GE,
            certificate=ExpGap(log_softmax(z, t)) + total((1 - delta(m, t)) * softmax(z, m), (m, n)),
        ),
        Claim(
            name="class_shift_invariance",
            lhs=_shifted - (z[t] + c),
            rhs=_class_loss(t),
        ),
    ),
)

FORMULAS = (CROSS_ENTROPY,)
