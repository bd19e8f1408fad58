"""Kernels: section 4 of the sheet, continued: the logistic sigmoid and what is made from it."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import tanh

from formulas.language import sigmoid, softplus
from formulas.s04_logistic import INPUT, x
from formulas.schema import Kernel

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "act.sigmoid": (
        Kernel(
            name="sigmoid",
            output=sigmoid(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.sigmoid",
        ),
    ),
    "act.tanh": (
        Kernel(
            name="tanh",
            output=tanh(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.tanh",
        ),
    ),
    "act.softplus": (
        Kernel(
            name="softplus",
            output=softplus(x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.softplus",
        ),
    ),
    "act.log_sigmoid": (
        Kernel(
            name="log_sigmoid",
            output=-softplus(-x),
            axes=(),
            inputs=INPUT,
            wrt=("input",),
            peer="torch.nn.functional.logsigmoid",
        ),
    ),
}
