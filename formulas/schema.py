"""What an entry of the catalog is: plain, frozen data, checked when it is made.

An ill-typed or ill-shaped entry raises ``FormulaError`` naming the entry and the line of the module
that holds it, so a mistake is seen at import and not in the middle of a proof.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, TypeAlias

import sympy as sp

from formulas.language import Expr

Symbolic: TypeAlias = sp.Symbol | sp.IndexedBase


class FormulaError(ValueError):
    """A catalog entry that contradicts itself; the message names the entry and its place."""


class Verdict(StrEnum):
    """What a run can say of a claim (``docs/json.md``)."""

    PROVED = "proved"
    CONDITIONAL = "conditional"
    REFUTED = "refuted"
    SUPPORTED = "supported"
    UNDECIDED = "undecided"


class Relation(StrEnum):
    EQ = "="
    LE = "<="
    LT = "<"
    GE = ">="
    GT = ">"
    TENDS = "->"


_SIGNS = {Relation.TENDS: r"\to", Relation.LE: r"\le", Relation.GE: r"\ge"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a statement is printed: section and lines of the sheet, and what is found there.

    ``printed`` holds LaTeX, or a sentence: words with formulas between dollars, or words alone.
    """

    section: int
    lines: tuple[int, ...]
    printed: tuple[str, ...] = ()

    def lines_of(self, says: str) -> tuple[int, ...]:
        """The lines on which one of the ``printed`` stands, as exactly as can be told."""
        if says in self.printed and len(self.printed) == len(self.lines):
            return (self.lines[self.printed.index(says)],)
        return self.lines


@dataclass(frozen=True, kw_only=True)
class LineBound:
    """Certificate for ``Abs(f) <= bound`` on the whole real line, for an even function f of ``x``.

    On ``[0, until]`` the checker subdivides and encloses f in balls.  Beyond it,
    ``|f| <= majorant`` because ``majorant - f`` and ``majorant + f`` equal the two ``gaps``, the
    majorant falls because ``-d majorant/dx`` equals ``fall``, and ``majorant(until) <= bound``.
    ``gaps`` and ``fall`` are written so that every summand is visibly >= 0 where x >= until.
    """

    x: sp.Symbol
    until: Expr
    majorant: Expr
    gaps: tuple[Expr, Expr]
    fall: Expr


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Certificate for an inequality between values of one function of ``x`` (Taylor's theorem).

    Without ``curvature``: larger side - smaller side = ``f`` at ``end`` - f at ``start``, and ``slope``,
    which equals df/dx, is visibly >= 0 where x lies between, as end >= start visibly is.  With it: the
    difference is what f at ``end`` exceeds the tangent at ``start`` by, and ``curvature``, the second
    derivative, is visibly >= 0 between them, in whichever order they lie.
    ``f`` has to be differentiable for every value that the assumptions of x allow.
    """

    x: sp.Symbol
    f: Expr
    start: Expr
    end: Expr
    slope: Expr
    curvature: Expr | None = None


@dataclass(frozen=True, kw_only=True)
class Quotient:
    """Certificate for a limit of the form 0/0 or oo/oo, by l'Hopital's rule, repeated while it is needed:
    the left side equals ``top / bottom`` near the point."""

    top: Expr
    bottom: Expr


@dataclass(frozen=True, kw_only=True)
class Squeeze:
    """Certificate for a limit: near the point ``above`` - left side and left side - ``below`` equal the two
    ``gaps``, which are visibly >= 0, and the limit can be read off ``below`` and ``above``."""

    below: Expr
    above: Expr
    gaps: tuple[Expr, Expr]


@dataclass(frozen=True, kw_only=True)
class Approach:
    """``x`` tends to ``to``, an expression without x or plus or minus infinity: from above (``"+"``), from
    below (``"-"``) or from both sides (``""``)."""

    x: sp.Symbol
    to: Expr
    side: Literal["+", "-", ""] = ""


Certificate: TypeAlias = Expr | LineBound | Segment | Quotient | Squeeze


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement: ``lhs relation rhs`` for all values of its free symbols and indices.

    ``hypotheses``  are part of the statement (SymPy relations; an index that is free in a hypothesis
                    and not in the claim is universally quantified there).
    ``conditions``  are needed although the statement as printed does not carry them: a claim with
                    conditions can at best be ``conditional``, and dropping them must fail.
    ``needs``       the conditions in words, for people ("the matrix is symmetric").
    ``stated_by``   what a text holds that does state them; blanks, dollars and case do not matter.
    ``printed``     the claim is a line of the sheet exactly as it stands there.
    ``says``        which of the entry's printed lines, where it has several.
    ``certificate`` for inequalities: an expression equal to the larger side minus the smaller one in
                    which every summand is visibly signed; a ``LineBound`` or a ``Segment``.  For limits: the
                    left side in a form from which the limit can be read; a ``Quotient``;
                    or a ``Squeeze``.
    ``approach``    for limits (``Relation.TENDS``): in which variable, and where.
    ``corrected_by``  the claim of the same formula that states what is true instead.
    ``witness``     values for symbols that the hypotheses determine, for the falsifier's samples.
    """

    name: str
    lhs: Expr
    rhs: Expr
    relation: Relation = Relation.EQ
    hypotheses: tuple[sp.Basic, ...] = ()
    conditions: tuple[sp.Basic, ...] = ()
    needs: str = ""
    stated_by: tuple[str, ...] = ()
    certificate: Certificate | None = None
    approach: Approach | None = None
    printed: bool = False
    says: str = ""
    expected: Verdict = Verdict.PROVED
    corrected_by: str | None = None
    witness: Mapping[sp.Symbol, Expr] = field(default_factory=dict)
    note: str = ""

    def _line(self) -> str:
        sign = {"=": "=", "->": r"\to", "<=": r"\le", ">=": r"\ge"}.get(
            self.relation.value, self.relation.value
        )
        return f"- `{self.name}`: ${_latex(self.lhs)} {sign} {_latex(self.rhs)}$"

    def _repr_markdown_(self) -> str:
        return self._line().removeprefix("- ")


@dataclass(frozen=True, kw_only=True)
class Input:
    """An argument of a kernel.  ``role``: ``array`` (has a cotangent when it is in ``Kernel.wrt``),
    ``scalar`` (one number per call, with an optional default) or ``integer`` (an array of
    whole numbers, such as class labels or positions).  ``shared``: one array for all rows (a weight), whose
    cotangent is a sum over the rows.  ``within``: the entries lie strictly between these bounds.
    ``weight``: a share or mask: where it is 0, or 1 less it is, what that multiplies does not count, not even
    if it is infinite (0 log 0 = 0).
    ``constant``: why an array has no cotangent in a backward pass, as a clause."""

    symbol: Symbolic
    name: str
    role: str = "array"
    default: float | None = None
    meaning: str = ""
    shared: bool = False
    within: tuple[float, float] | None = None
    weight: bool = False
    constant: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A further result of a kernel: an expression for each value of its free ``axes``."""

    name: str
    output: Expr
    axes: tuple[sp.Symbol, ...]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A function wanted in ``generated``: ``output`` for each value of its free ``axes``.

    Leading (batch) axes of the arrays are implied.  A kernel without tensors is elementwise; one
    with tensors of shape (n,) works along one axis and keeps it when the index of that axis is in
    ``axes``.  ``wrt`` names the inputs that get a cotangent: the backward pass ships if it is not empty.
    ``more``: results beyond the first, such as the moments that an optimiser's step leaves behind.
    ``axis``: the axis of an array along which a kernel of rows works unless the caller says otherwise.
    ``peer`` is the function that the signature follows.
    """

    name: str
    output: Expr
    axes: tuple[sp.Symbol, ...]
    inputs: tuple[Input, ...]
    wrt: tuple[str, ...] = ()
    more: tuple[Result, ...] = ()
    result: str = "output"
    axis: int = -1
    peer: str = ""
    domain: str = ""

    @property
    def results(self) -> tuple[Result, ...]:
        """All results in the order in which they are returned."""
        return (Result(name=self.result, output=self.output, axes=self.axes), *self.more)


@dataclass(frozen=True, kw_only=True)
class Definition:
    """``name`` (with its ``indices``) stands for ``expr``; ``latex`` is how the left side is written."""

    latex: str
    expr: Expr
    indices: tuple[sp.Symbol, ...] = ()


@dataclass(frozen=True, kw_only=True, repr=False)
class Formula:
    """One entry of the catalog.

    ``names`` are the words and commands under which documents speak of it ("softmax"), the first
    being the usual one; ``symbols`` gives the meaning of each free symbol.
    """

    id: str
    title: str
    section: int
    definition: Definition
    claims: tuple[Claim, ...]
    symbols: Mapping[str, str]
    names: tuple[str, ...] = ()
    source: Source | None = None
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    used_in: tuple[str, ...] = ()
    see_also: tuple[str, ...] = ()
    place: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        from formulas.check_entries import check_formula

        if not self.place:
            object.__setattr__(self, "place", _caller())
        check_formula(self)

    def __repr__(self) -> str:
        return f"<Formula {self.id}: {self.title}, {len(self.claims)} claims>"

    def _repr_markdown_(self) -> str:
        """What Jupyter shows: title, definition, meaning of the symbols, claims."""
        d = self.definition
        parts = [f"**{self.title}** `{self.id}`", f"$$\n{d.latex} = {_latex(d.expr)}\n$$"]
        parts += ["\n".join(f"- {name}: {meaning}" for name, meaning in self.symbols.items())]
        parts += ["\n".join(c._line() for c in self.claims)]
        return "\n\n".join(p for p in parts if p)

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """Its kernels, which are declared in ``formulas.kernels``."""
        from formulas.kernels import kernels

        return kernels().get(self.id, ())

    def claim(self, name: str) -> Claim:
        """The claim called ``name``; ``KeyError`` if there is none."""
        for claim in self.claims:
            if claim.name == name:
                return claim
        raise KeyError(f"{self.id} has no claim {name!r}")


def _latex(expr: Expr) -> str:
    """By SymPy's own printer; the prover's terms, which read more like a textbook, are not known here."""
    return str(sp.latex(expr, fold_short_frac=False))


def _caller() -> str:
    frame = sys._getframe(1)
    here = Path(__file__)
    while frame.f_back is not None and (
        Path(frame.f_code.co_filename) == here or frame.f_code.co_filename.startswith("<")
    ):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
