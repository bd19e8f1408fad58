"""One panel of curves as SVG, in colours that hold on light and on dark ground."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

COLOURS = ("#2f7ed8", "#d9792b", "#3f9b57", "#a35bb5")
INK = "#808890"


@dataclass(frozen=True)
class Curve:
    label: str
    x: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Panel:
    title: str
    axis: str
    curves: tuple[Curve, ...]


def draw(panel: Panel, out: io.StringIO) -> str:
    """The panel as SVG text without anything that differs between runs."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": panel.title, "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(5.2, 2.9), layout="constrained")
        axes = figure.subplots()
        for curve, colour in zip(panel.curves, COLOURS, strict=False):
            axes.plot(curve.x, curve.y, label=curve.label, color=colour, linewidth=1.8)
        axes.axhline(0, color=INK, linewidth=0.6)
        axes.set_xlabel(panel.axis, color=INK)
        axes.tick_params(colors=INK)
        for spine in axes.spines.values():
            spine.set_color(INK)
        axes.legend(frameon=False, labelcolor=INK)
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
