"""Kernels of section 6: steps of optimisers, clipping, schedules, penalties."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp
from sympy import Abs, Piecewise, cos, sqrt

from formulas.language import Expr, dim, index, positive, real, tensor, total
from formulas.schema import Input, Kernel, Result

n = dim("n")
i, k = index("i k")
theta, g, v, m, s = real("theta"), real("g"), real("v"), real("m"), positive("s")
eta, mu, beta1, beta2, epsilon, decay, step = (
    positive("eta"),
    real("mu"),
    positive("beta_1"),
    positive("beta_2"),
    positive("epsilon"),
    real("decay"),
    real("step"),
)
t, T, warmup, low, high = real("t"), positive("T"), positive("T_w"), real("eta_min"), real("eta_max")
w = tensor("w", n)
c, p, mask, x = positive("c"), real("p"), real("mask"), real("x")

_param = Input(symbol=theta, name="param")
_grad = Input(symbol=g, name="grad")
_lr = Input(symbol=eta, name="lr", role="scalar", meaning="learning rate")
_m = beta1 * m + (1 - beta1) * g
_v = beta2 * s + (1 - beta2) * g**2
_adam = eta * (_m / (1 - beta1**step)) / (sqrt(_v / (1 - beta2**step)) + epsilon)
_moments = (
    Input(symbol=m, name="exp_avg", meaning="first moment"),
    Input(symbol=s, name="exp_avg_sq", meaning="second moment"),
    Input(symbol=step, name="step", role="scalar", meaning="number of this step, from 1"),
)
_rates = (
    Input(symbol=beta1, name="beta1", role="scalar", default=0.9),
    Input(symbol=beta2, name="beta2", role="scalar", default=0.999),
    Input(symbol=epsilon, name="eps", role="scalar", default=1e-8),
)
_after = (Result(name="exp_avg", output=_m, axes=()), Result(name="exp_avg_sq", output=_v, axes=()))
_norm = sqrt(total(w[k] ** 2, (k, n)))


def cosine(at: Expr, length: Expr) -> Expr:
    """From ``eta_max`` down to ``eta_min`` along half a cosine, by the half angle: no cancellation."""
    return low + (high - low) * cos(sp.pi * at / (2 * length)) ** 2


_ends = (
    Input(symbol=high, name="lr_max", role="scalar", default=1e-3),
    Input(symbol=low, name="lr_min", role="scalar", default=0.0),
)
_steps = Input(symbol=t, name="step", meaning="number of the step, from 0", within=(0.0, 100.0))
_total = Input(symbol=T, name="total", role="scalar", default=100.0, meaning="number of steps")

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "opt.gd": (
        Kernel(
            name="sgd_step",
            output=theta - eta * g,
            axes=(),
            inputs=(_param, _grad, _lr),
            result="param",
            peer="torch.optim.SGD",
        ),
    ),
    "opt.momentum": (
        Kernel(
            name="momentum_step",
            output=theta - (mu * v + eta * g),
            axes=(),
            result="param",
            more=(Result(name="velocity", output=mu * v + eta * g, axes=()),),
            inputs=(
                _param,
                _grad,
                Input(symbol=v, name="velocity"),
                _lr,
                Input(symbol=mu, name="momentum", role="scalar", default=0.9),
            ),
        ),
    ),
    "opt.adam": (
        Kernel(
            name="adam_step",
            output=theta - _adam,
            axes=(),
            result="param",
            more=_after,
            inputs=(_param, _grad, *_moments, _lr, *_rates),
            peer="torch.optim.Adam",
            domain="second moments >= 0",
        ),
    ),
    "opt.adamw": (
        Kernel(
            name="adamw_step",
            output=theta - (_adam + eta * decay * theta),
            axes=(),
            result="param",
            more=_after,
            inputs=(
                _param,
                _grad,
                *_moments,
                _lr,
                *_rates,
                Input(symbol=decay, name="weight_decay", role="scalar", default=0.01),
            ),
            peer="torch.optim.AdamW",
            domain="second moments >= 0",
        ),
    ),
    "opt.clip": (
        Kernel(
            name="clip_by_norm",
            output=Piecewise((w[i], _norm <= c), (w[i] * (c / _norm), True)),
            axes=(i,),
            inputs=(
                Input(symbol=w, name="input"),
                Input(symbol=c, name="max_norm", role="scalar", default=1.0),
            ),
            wrt=("input",),
            peer="torch.nn.utils.clip_grad_norm_ along an axis",
        ),
    ),
    "opt.cosine": (
        Kernel(
            name="cosine_schedule",
            output=cosine(t, T),
            axes=(),
            inputs=(_steps, _total, *_ends),
            peer="torch.optim.lr_scheduler.CosineAnnealingLR",
            domain="steps from 0 to total",
        ),
    ),
    "opt.warmup_cosine": (
        Kernel(
            name="warmup_cosine_schedule",
            output=Piecewise((high * t / warmup, t < warmup), (cosine(t - warmup, T - warmup), True)),
            axes=(),
            inputs=(
                _steps,
                _total,
                Input(symbol=warmup, name="warmup", role="scalar", default=10.0, meaning="steps of warm-up"),
                *_ends,
            ),
            domain="steps from 0 to total",
        ),
    ),
    "opt.l2": (
        Kernel(
            name="l2_penalty",
            output=decay * total(w[k] ** 2, (k, n)),
            axes=(),
            inputs=(
                Input(symbol=w, name="input"),
                Input(symbol=decay, name="weight", role="scalar", default=0.01),
            ),
            wrt=("input",),
        ),
    ),
    "opt.l1": (
        Kernel(
            name="l1_penalty",
            output=decay * total(Abs(w[k]), (k, n)),
            axes=(),
            inputs=(
                Input(symbol=w, name="input"),
                Input(symbol=decay, name="weight", role="scalar", default=0.01),
            ),
            wrt=("input",),
        ),
    ),
    "opt.dropout": (
        Kernel(
            name="dropout",
            output=x * mask / (1 - p),
            axes=(),
            inputs=(
                Input(symbol=x, name="input"),
                Input(
                    symbol=mask,
                    name="mask",
                    meaning="1 where an entry is kept, else 0",
                    weight=True,
                    constant="drawn, not learned",
                ),
                Input(symbol=p, name="p", role="scalar", default=0.5, meaning="probability of dropping"),
            ),
            wrt=("input",),
            peer="torch.nn.functional.dropout with a given mask",
        ),
    ),
}
