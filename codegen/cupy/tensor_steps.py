"""The steps of a program over several axes, as data: what is run, what it reads, and what it makes."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.cupy.schedule import Plan
from codegen.ir import Program
from codegen.passes.numbers import Numbers

Axes = tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """An argument or a value made by an earlier step, and the axes under which it is read; the same axis
    twice is its diagonal."""

    name: str
    axes: Axes


@dataclass(frozen=True)
class Product:
    """``result`` over ``axes``: the sum over ``over`` of left times right, times the numbers of ``scale``
    ("mul" or "div", and a constant or the name of a number).  ``wide``: kept in the type of sums."""

    result: str
    axes: Axes
    left: Read
    right: Read
    over: Axes
    scale: tuple[tuple[str, str | float], ...] = ()
    wide: bool = False


@dataclass(frozen=True)
class Fused:
    """One kernel: ``reads`` are its array arguments in order, ``writes`` its results."""

    plan: Plan
    batch: Axes
    row: str
    reads: tuple[Read, ...]
    writes: tuple[Read, ...]


@dataclass(frozen=True)
class Pick:
    """``result``: the rows of ``table`` that ``index`` names."""

    result: str
    axes: Axes
    table: Read
    index: Read


@dataclass(frozen=True)
class Scatter:
    """``result``: for each place on its first axis the sum of the rows of ``values`` that ``index`` sends
    there."""

    result: str
    axes: Axes
    index: Read
    values: Read


@dataclass(frozen=True)
class Slide:
    """``result``: at each place of its last axis the sum of ``taps`` times the places of ``values`` from
    there on; ``turned``: a convolution, where the places of both add up to that of the result."""

    result: str
    axes: Axes
    values: Read
    taps: Read
    turned: bool


@dataclass(frozen=True)
class Lags:
    """``result``: for each distance the sum over all rows of ``sliding`` so far ahead of ``values``."""

    result: str
    axes: Axes
    sliding: Read
    values: Read


Step = Product | Fused | Pick | Scatter | Slide | Lags


@dataclass(frozen=True)
class TensorPlan:
    """``results``: what each output of the program is, in order."""

    program: Program
    numbers: Numbers
    steps: tuple[Step, ...]
    results: tuple[Read, ...]
