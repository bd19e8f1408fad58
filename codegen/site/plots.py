"""Pictures of functions and their derivatives, drawn with the kernels that ship.

``PLOTS`` holds what is worth a picture beyond the plain case: an elementwise kernel of one array is drawn
with its derivative without being listed.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.site.figures import Curve, Panel, draw
from formulas.schema import Formula, Kernel

Array = np.ndarray[Any, np.dtype[np.float64]]


def _kernel(name: str) -> Callable[..., Array]:
    function: Callable[..., Array] = getattr(importlib.import_module("generated.numpy_kernels"), name)
    return function


@dataclass(frozen=True)
class Plot:
    """A picture for the page of ``formula``: ``curves`` gives labels and values over ``over``."""

    formula: str
    title: str
    over: tuple[float, float]
    curves: Callable[[Array], Sequence[tuple[str, Array]]]
    axis: str = "x"


def _gelu_errors(x: Array) -> Sequence[tuple[str, Array]]:
    exact = _kernel("gelu")(x)
    return [
        ("tanh form", _kernel("gelu_tanh")(x) - exact),
        ("sigmoid form", _kernel("gelu_sigmoid")(x) - exact),
    ]


def _tempered(x: Array) -> Sequence[tuple[str, Array]]:
    logits = np.array([2.0, 1.0, 0.0])
    rows = _kernel("softmax")(logits / x[:, None])
    return [(f"logit {z:g}", rows[:, k]) for k, z in enumerate(logits)]


def _rotation(x: Array) -> Sequence[tuple[str, Array]]:
    return [(f"pair {k}", np.cos(x * 10000.0 ** (-2 * k / 8))) for k in range(4)]


PLOTS: tuple[Plot, ...] = (
    Plot("act.gelu", "Error of the two approximations", (-6, 6), _gelu_errors),
    Plot("llm.temperature", "Softmax of (2, 1, 0) by temperature", (0.05, 5), _tempered, "temperature"),
    Plot("llm.rope", "Cosine of the angle by position, d = 8", (0, 64), _rotation, "position"),
)


def _plain(kernel: Kernel) -> bool:
    arrays = [i for i in kernel.inputs if i.role == "array"]
    return (
        not kernel.axes and len(arrays) == 1 and arrays[0].name in kernel.wrt and arrays[0].symbol.is_Symbol
    )


def _function(kernel: Kernel) -> Panel | None:
    x = np.linspace(-5, 5, 501)
    others = {i.name: i.default for i in kernel.inputs if i.role != "array" and i.default is not None}
    if any(i.role != "array" and i.default is None for i in kernel.inputs):
        return None
    with np.errstate(all="ignore"):
        y = _kernel(kernel.name)(x, **others)
        slope = _kernel(f"{kernel.name}_vjp")(np.ones_like(x), x, **others)
    return Panel(kernel.name, "x", (Curve("function", x, y), Curve("derivative", x, slope)))


def plots(formula: Formula) -> list[tuple[str, str]]:
    """Title and SVG of each picture of a formula."""
    panels = [p for k in formula.kernels if _plain(k) and (p := _function(k)) is not None]
    for plot in (p for p in PLOTS if p.formula == formula.id):
        x = np.linspace(*plot.over, 501)
        curves = tuple(Curve(label, x, y) for label, y in plot.curves(x))
        panels.append(Panel(plot.title, plot.axis, curves))
    return [(p.title, draw(p, io.StringIO())) for p in panels]
