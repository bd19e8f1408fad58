"""What a kernel is, as data: its arguments and results, its bodies, the scaling laws it obeys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .checks import Array

__all__ = ["Argument", "Body", "Constants", "HasConstants", "Law", "Number", "Spec"]

REMEMBERED = 64
Constants = tuple[Array, ...]
Number = Any  # a float64 number, or one for each row


@dataclass(frozen=True)
class Argument:
    """``kind``: array, cotangent (of exactly the shape of the forward result), shared (one vector for all
    rows), integer or scalar.  ``row``: has the axis n.  ``literal``: trailing axes of fixed size.
    ``place``: its numbers name entries of the axis n."""

    name: str
    kind: str = "array"
    row: bool = False
    literal: tuple[int, ...] = ()
    place: bool = False


@dataclass(frozen=True)
class Law:
    """Scaling the named arguments of a row by s**degree scales its named results by s**degree, the others
    not at all."""

    arguments: tuple[tuple[str, int], ...]
    results: tuple[tuple[str, int], ...]


class HasConstants:
    """What has ``constants``, and keeps them in ``_typed`` as arrays of each dtype."""

    constants: tuple[float, ...]
    _typed: dict[str, Constants]

    def constants_of(self, dtype: np.dtype[Any]) -> Constants:
        """The constants as 0-d arrays of ``dtype``: a Python float would be converted at every use."""
        found = self._typed.get(dtype.char)
        if found is None:
            found = self._typed[dtype.char] = tuple(np.asarray(c, dtype) for c in self.constants)
        return found


@dataclass(frozen=True)
class Body(HasConstants):
    """``run(constants, *arrays, *numbers, *results, *scratch)``: straight-line ufunc code on one block.

    ``numbers`` computes what ``run`` gets of the scalar arguments, in double precision; without it these are
    the arguments themselves.
    """

    run: Callable[..., None]
    constants: tuple[float, ...] = ()
    scratch: int = 0
    numbers: Callable[..., tuple[Number, ...]] | None = None
    _typed: dict[str, Constants] = field(default_factory=dict, compare=False)
    _known: dict[tuple[Any, ...], list[Array]] = field(default_factory=dict, compare=False)

    def numbers_of(self, scalars: Sequence[Any], dtype: np.dtype[Any]) -> list[Array]:
        """What ``run`` gets of the scalar arguments, remembered for the last few."""
        key = (dtype.char, *scalars)
        try:
            known = self._known.get(key)
        except TypeError:  # one number for each row, where rows were scaled
            return self._numbers(scalars, dtype)
        if known is None:
            known = self._numbers(scalars, dtype)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            if 0 not in scalars:  # 0 and -0 are one key
                self._known[key] = known
        return known

    def _numbers(self, scalars: Sequence[Any], dtype: np.dtype[Any]) -> list[Array]:
        with np.errstate(divide="ignore", invalid="ignore"):  # such as the bias of moments after 0 steps
            found = self.numbers(*map(np.float64, scalars)) if self.numbers else scalars
        return [np.asarray(x, dtype) for x in found]


@dataclass(frozen=True)
class Spec:
    """A kernel: ``body`` for every input, and perhaps ``quick`` bodies, the quickest first, that are right
    unless they raise a floating-point flag (overflow, division by zero, invalid operation), at which the next
    one starts again.

    ``tables`` turns the arguments named in ``table_of`` into further inputs of the body, computed once
    on their own shape.  Where an argument is named there, the body itself does not get it.  ``columns``:
    the bodies may be run on rows that stand side by side in memory.
    """

    name: str
    body: Body
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]
    quick: tuple[Body, ...] = ()
    rows: bool = False
    tables: Callable[..., tuple[Array, ...]] | None = None
    table_of: tuple[str, ...] = ()
    cotangents: tuple[str, ...] = ()
    laws: tuple[Law, ...] = ()
    columns: bool = False
