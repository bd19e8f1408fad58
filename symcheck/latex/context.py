"""What a document says about the symbols of a formula before the formula is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import sympy as sp


class Kind(StrEnum):
    """What a symbol is."""

    SCALAR = "scalar"
    TENSOR = "tensor"  # a vector has one axis, a matrix two
    SIZE = "size"  # the length of an axis
    NATURAL = "natural"  # a number of steps, a position
    INDEX = "index"
    DISTRIBUTION = "distribution"  # probabilities over a finite alphabet: a positive tensor
    VARIABLE = "random variable"
    FUNCTION = "function"
    LABEL = "label"  # as a subscript: part of the name


class Convention(StrEnum):
    """Readings that ML texts take for granted; a context lists those that hold in its document."""

    SIGMA = "sigma(x) is the logistic function"
    PHI = "Phi(x) is the standard normal distribution function"
    LOG = "log is the natural logarithm"
    DENSITY = "phi(x) is the standard normal density"
    ENTROPY = "H, D_KL and I are entropy, divergence and mutual information"
    STANDARD = "softmax, softplus, ReLU, ... have their usual meaning"


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """``shape`` holds names of sizes or numbers, one per axis (``None``: not known); ``sign`` is
    ``""``, ``"positive"`` or ``"nonnegative"``."""

    kind: Kind
    shape: tuple[str | int | None, ...] = ()
    sign: str = ""

    @staticmethod
    def scalar(sign: str = "") -> Declaration:
        return Declaration(kind=Kind.SCALAR, sign=sign)

    @staticmethod
    def tensor(*shape: str | int | None, sign: str = "") -> Declaration:
        return Declaration(kind=Kind.TENSOR, shape=shape, sign=sign)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """``name(parameters)`` at ``indices`` stands for ``expr``.

    ``parameters`` are the SymPy symbols or ``IndexedBase`` tensors that a call replaces; a name that
    is written without arguments (``s = softmax(z)``) has none and speaks of the document's own ``z``."""

    name: str
    expr: sp.Expr
    parameters: tuple[sp.Basic, ...] = ()
    indices: tuple[sp.Symbol, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Context:
    """``symbols`` and ``definitions`` are keyed by plain names as ``name_of`` gives them
    (``y_hat`` for ``\\hat{y}``, ``eta_min`` for ``\\eta_{\\min}``, ``x`` for ``\\mathbf{x}`` and ``x_i``).

    ``title`` is what a label, heading or table row calls the formula ("Softmax")."""

    symbols: Mapping[str, Declaration] = field(default_factory=dict)
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    title: str = ""
    conventions: frozenset[Convention] = frozenset(Convention) - {Convention.DENSITY}

    def declare(self, name: str, declaration: Declaration) -> Context:
        """This context with one more (or another) declaration."""
        return replace(self, symbols={**self.symbols, name: declaration})

    def define(self, definition: Definition) -> Context:
        """This context with one more (or another) definition."""
        return replace(self, definitions={**self.definitions, definition.name: definition})
