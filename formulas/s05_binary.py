"""Section 5 of the sheet, continued: losses of one binary decision."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, Max, exp, log

from formulas.language import ExpGap, Expr, Partial, nonnegative, positive, real, sigmoid, softplus
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

z, w = real("z"), real("w")
y = real("y")
t = nonnegative("t")
p, q = positive("p"), positive("q")
yhat = positive("yhat")
alpha = nonnegative("alpha")
gamma = nonnegative("gamma")
more = nonnegative("more")

ZERO = sp.S.Zero


def bce(target: Expr, prediction: Expr) -> Expr:
    """Binary cross-entropy as the sheet writes it."""
    return -(target * log(prediction) + (1 - target) * log(1 - prediction))


def bce_with_logits(target: Expr, logit: Expr) -> Expr:
    """Binary cross-entropy of the sigmoid of a logit, without overflow."""
    return Max(logit, 0) - logit * target + log(1 + exp(-Abs(logit)))


def _log_gap(at: Expr, origin: Expr) -> Expr:
    """What the logarithm of the sigmoid loses against its tangent, visibly nonnegative."""
    return ExpGap(log(sigmoid(at)) - log(sigmoid(origin)))


_from_logits = bce(y, sigmoid(z))
_probability = (yhat < 1,)

BCE = Formula(
    id="loss.bce",
    title="Binary cross-entropy",
    section=5,
    names=(
        "Binary Cross-Entropy",
        "binary cross-entropy",
        "binary cross entropy",
        "BCE",
        "BCE loss",
        "logistic loss",
        "BCEWithLogitsLoss",
        r"\text{BCE}",
        r"\mathrm{BCE}",
        r"L_{\text{BCE}}",
    ),
    definition=Definition(latex="L", expr=bce(y, yhat)),
    symbols={
        "y": "target, 1 for the positive class and 0 for the other, or a weight between",
        "t": "target in [0, 1]",
        "yhat": "predicted probability of the positive class, in (0, 1)",
        "z": "logit of the positive class",
        "w": "other logit",
        "p": "target strictly between 0 and 1",
    },
    source=Source(
        section=5,
        lines=(167,),
        printed=(r"L = -[y \log(\hat{y}) + (1-y)\log(1-\hat{y})]",),
    ),
    references=(
        "C. M. Bishop, Pattern Recognition and Machine Learning, Springer 2006, section 4.3.2",
        "I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, MIT Press 2016, section 6.2.2.2",
    ),
    tags=("loss", "classification", "elementwise", "convex"),
    used_in=("binary classification", "multi-label classification", "generative adversarial networks"),
    see_also=("loss.cross_entropy", "loss.focal", "act.sigmoid", "act.softplus", "act.log_sigmoid"),
    claims=(
        Claim(
            name="gradient_prediction",
            lhs=Partial(bce(y, yhat), yhat),
            rhs=(yhat - y) / (yhat * (1 - yhat)),
            hypotheses=_probability,
        ),
        Claim(name="gradient", lhs=Partial(_from_logits, z), rhs=sigmoid(z) - y),
        Claim(name="gradient_stable_form", lhs=Partial(softplus(z) - z * y, z), rhs=sigmoid(z) - y),
        Claim(
            name="gradient_target",
            lhs=Partial(_from_logits, y),
            rhs=-z,
            note="The derivative by the target is minus the logit.",
        ),
        Claim(
            name="stable_form",
            lhs=_from_logits,
            rhs=bce_with_logits(y, z),
            note="Never the exponential of a positive number, and no logarithm near 0.",
        ),
        Claim(name="from_softplus", lhs=_from_logits, rhs=softplus(z) - z * y),
        Claim(
            name="as_weighted_softplus",
            lhs=_from_logits,
            rhs=y * softplus(-z) + (1 - y) * softplus(z),
        ),
        Claim(
            name="two_class_cross_entropy",
            lhs=_from_logits,
            rhs=-(y * log(exp(z) / (exp(z) + exp(ZERO))) + (1 - y) * log(exp(ZERO) / (exp(z) + exp(ZERO)))),
            note="Softmax cross-entropy of the two logits z and 0.",
        ),
        Claim(name="exchange_of_classes", lhs=bce(1 - y, sigmoid(-z)), rhs=_from_logits),
        Claim(
            name="curvature",
            lhs=Partial(Partial(_from_logits, z), z),
            rhs=sigmoid(z) * (1 - sigmoid(z)),
        ),
        Claim(
            name="convex_in_the_logit",
            lhs=Partial(Partial(_from_logits, z), z),
            rhs=ZERO,
            relation=Relation.GT,
            certificate=sigmoid(z) * (1 - sigmoid(z)),
        ),
        Claim(
            name="above_its_tangents",
            lhs=_from_logits,
            rhs=bce(y, sigmoid(w)) + (sigmoid(w) - y) * (z - w),
            relation=Relation.GE,
            certificate=sigmoid(w) * _log_gap(z, w) + sigmoid(-w) * _log_gap(-z, -w),
            note="Convex in the logit; the gap is a divergence of two coins.",
        ),
        Claim(
            name="positive_loss",
            lhs=bce(t, sigmoid(z)),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=(t <= 1,),
            certificate=t * softplus(-z) + (1 - t) * softplus(z),
        ),
        Claim(
            name="positive_loss_for_every_target",
            lhs=bce(y, sigmoid(z)),
            rhs=ZERO,
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="positive_loss",
            note="A target outside [0, 1] makes the loss unbounded below.",
        ),
        Claim(
            name="at_least_target_entropy",
            lhs=bce(p, yhat),
            rhs=bce(p, p),
            relation=Relation.GE,
            hypotheses=(p < 1, yhat < 1),
            certificate=p * ExpGap(log(yhat) - log(p)) + (1 - p) * ExpGap(log(1 - yhat) - log(1 - p)),
            note="Least where the prediction is the target.",
        ),
    ),
)


def focal(prediction: Expr, exponent: Expr = gamma, weight: Expr = alpha) -> Expr:
    """Focal loss of the probability given to the right class."""
    return -weight * (1 - prediction) ** exponent * log(prediction)


def focal_with_logits(logit: Expr) -> Expr:
    """Focal loss of the sigmoid of the logit of the right class."""
    return alpha * sigmoid(-logit) ** gamma * softplus(-logit)


_of_logit = focal(sigmoid(z))
_discount = -gamma * log(1 - yhat)

FOCAL = Formula(
    id="loss.focal",
    title="Focal loss",
    section=5,
    names=("Focal Loss", "focal loss", "focal", r"\text{FL}", r"\mathrm{FL}", r"L_{\text{focal}}"),
    definition=Definition(latex="L", expr=focal(yhat)),
    symbols={
        "yhat": "probability given to the right class, in (0, 1)",
        "alpha": "weight of the class",
        "gamma": "focusing exponent",
        "more": "increase of the focusing exponent",
        "z": "logit of the right class",
        "y": "target, 1 or 0",
    },
    source=Source(
        section=5,
        lines=(171,),
        printed=(r"L = -\alpha_t (1 - \hat{y}_t)^\gamma \log(\hat{y}_t)",),
    ),
    references=(
        "T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollar, Focal loss for dense object detection, "
        "ICCV 2017, arXiv:1708.02002",
    ),
    tags=("loss", "classification", "elementwise"),
    used_in=("dense object detection", "imbalanced classification"),
    see_also=("loss.bce", "loss.cross_entropy", "act.sigmoid"),
    claims=(
        Claim(
            name="cross_entropy_without_focus",
            lhs=focal(yhat),
            rhs=-alpha * log(yhat),
            hypotheses=(*_probability, Eq(gamma, 0, evaluate=False)),
        ),
        Claim(
            name="derivative",
            lhs=Partial(focal(yhat), yhat),
            rhs=alpha * (1 - yhat) ** gamma * (gamma * log(yhat) / (1 - yhat) - 1 / yhat),
            hypotheses=_probability,
        ),
        Claim(
            name="decreasing",
            lhs=Partial(focal(yhat, gamma, sp.S.One), yhat),
            rhs=ZERO,
            relation=Relation.LT,
            hypotheses=_probability,
            certificate=(1 - yhat) ** gamma * (-gamma * log(yhat) / (1 - yhat) + 1 / yhat),
            note="More probability for the right class always lowers the loss.",
        ),
        Claim(name="from_logits", lhs=_of_logit, rhs=focal_with_logits(z)),
        Claim(
            name="gradient_logits",
            lhs=Partial(_of_logit, z),
            rhs=alpha * sigmoid(-z) ** gamma * (gamma * sigmoid(z) * log(sigmoid(z)) + sigmoid(z) - 1),
        ),
        Claim(
            name="gradient_without_focus",
            lhs=Partial(focal(sigmoid(z), sp.S.Zero), z),
            rhs=alpha * (sigmoid(z) - 1),
            note="At exponent 0 the gradient of binary cross-entropy for target 1.",
        ),
        Claim(
            name="nonnegative",
            lhs=focal(yhat),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=_probability,
            certificate=alpha * (1 - yhat) ** gamma * -log(yhat),
        ),
        Claim(
            name="at_most_cross_entropy",
            lhs=focal(yhat),
            rhs=-alpha * log(yhat),
            relation=Relation.LE,
            hypotheses=_probability,
            certificate=alpha * -log(yhat) * (1 - yhat) ** gamma * (ExpGap(_discount) + _discount),
            note="The factor in front of the logarithm lies in (0, 1].",
        ),
        Claim(
            name="falls_with_the_exponent",
            lhs=focal(yhat, gamma + more),
            rhs=focal(yhat),
            relation=Relation.LE,
            hypotheses=_probability,
            certificate=alpha
            * -log(yhat)
            * (1 - yhat) ** (gamma + more)
            * (ExpGap(-more * log(1 - yhat)) - more * log(1 - yhat)),
        ),
    ),
)

FORMULAS = (BCE, FOCAL)
