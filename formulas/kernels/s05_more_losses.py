"""Kernels of section 5 besides cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Abs, Max, Min, exp, log

from formulas.language import dim, index, positive, real, sigmoid, softplus, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
i, k, s, t = index("i k s t")
z, y, p, r = real("z"), real("y"), positive("p"), real("r")
alpha, gamma, bend, tau, margin = (
    positive("alpha"),
    real("gamma"),
    positive("delta"),
    positive("tau"),
    real("margin"),
)
a, b, c = tensor("a", n), tensor("b", n), tensor("c", n)

_target = Input(
    symbol=y, name="target", meaning="from 0 to 1", within=(0.0, 1.0), weight=True, constant="labels"
)
_probability = Input(symbol=p, name="input", meaning="probability", within=(0.0, 1.0))
_alpha = Input(symbol=alpha, name="alpha", role="scalar", default=0.25, meaning="weight of the class")
_gamma = Input(symbol=gamma, name="gamma", role="scalar", default=2.0, meaning="focus on hard examples")
_pair = (Input(symbol=a, name="input"), Input(symbol=b, name="target"))
_residual = a[k] - b[k]
_bent = Min(Abs(z - y), bend)

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "loss.bce": (
        Kernel(
            name="binary_cross_entropy",
            output=-y * log(p) - (1 - y) * log(1 - p),
            axes=(),
            inputs=(_probability, _target),
            wrt=("input",),
            peer="torch.nn.functional.binary_cross_entropy(reduction='none')",
            domain="probabilities between 0 and 1",
        ),
        Kernel(
            name="binary_cross_entropy_with_logits",
            output=(1 - y) * softplus(z) + y * softplus(-z),
            axes=(),
            inputs=(Input(symbol=z, name="input", meaning="logit"), _target),
            wrt=("input",),
            peer="torch.nn.functional.binary_cross_entropy_with_logits(reduction='none')",
        ),
    ),
    "loss.focal": (
        Kernel(
            name="focal_loss",
            output=-alpha * (1 - p) ** gamma * log(p),
            axes=(),
            inputs=(_probability, _alpha, _gamma),
            wrt=("input",),
            domain="probabilities of the true class, between 0 and 1",
        ),
        Kernel(
            name="focal_loss_with_logits",
            output=alpha * sigmoid(-z) ** gamma * softplus(-z),
            axes=(),
            inputs=(Input(symbol=z, name="input", meaning="logit of the true class"), _alpha, _gamma),
            wrt=("input",),
            peer="torchvision.ops.sigmoid_focal_loss for positive targets",
        ),
    ),
    "loss.mse": (
        Kernel(
            name="mse_loss",
            output=total(_residual**2, (k, n)) / n,
            axes=(),
            inputs=_pair,
            wrt=("input", "target"),
            peer="torch.nn.functional.mse_loss along an axis",
        ),
    ),
    "loss.mae": (
        Kernel(
            name="l1_loss",
            output=total(Abs(_residual), (k, n)) / n,
            axes=(),
            inputs=_pair,
            wrt=("input", "target"),
            peer="torch.nn.functional.l1_loss along an axis",
            domain="all reals; the cotangent of a residual 0 is 0",
        ),
    ),
    "loss.huber": (
        Kernel(
            name="huber_loss",
            output=_bent * (Abs(z - y) - _bent / 2),
            axes=(),
            inputs=(
                Input(symbol=z, name="input"),
                Input(symbol=y, name="target"),
                Input(symbol=bend, name="delta", role="scalar", default=1.0, meaning="where it turns linear"),
            ),
            wrt=("input", "target"),
            peer="torch.nn.functional.huber_loss(reduction='none')",
        ),
    ),
    "loss.contrastive": (
        Kernel(
            name="contrastive_loss",
            output=log(total(exp(a[k] / tau), (k, n))) - a[t] / tau,
            axes=(),
            inputs=(
                Input(symbol=a, name="input", meaning="similarities of one example with all candidates"),
                Input(symbol=t, name="target", role="integer", meaning="index of the matching example"),
                Input(symbol=tau, name="temperature", role="scalar", default=0.07),
            ),
            wrt=("input",),
            domain="targets from 0 to n - 1; -inf leaves a candidate out, such as the example itself",
        ),
    ),
    "loss.triplet": (
        Kernel(
            name="triplet_loss",
            output=Max(0, total((a[k] - b[k]) ** 2, (k, n)) - total((a[k] - c[k]) ** 2, (k, n)) + margin),
            axes=(),
            inputs=(
                Input(symbol=a, name="anchor"),
                Input(symbol=b, name="positive"),
                Input(symbol=c, name="negative"),
                Input(symbol=margin, name="margin", role="scalar", default=1.0),
            ),
            wrt=("anchor", "positive", "negative"),
            peer="torch.nn.functional.triplet_margin_with_distance_loss with squared distances",
        ),
    ),
}
