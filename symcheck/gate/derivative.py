"""Cells of a "Derivative" column: the claim that they hold the derivative of the function of their row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sympy as sp

from formulas.check import ShapeError
from formulas.language import DEFINITIONS, Expr, Partial
from formulas.schema import Formula, Relation
from symcheck.gate.decide import Decision, Verdict, decide, proved
from symcheck.gate.documents import Passage
from symcheck.gate.forms import usual
from symcheck.gate.identify import Candidate, Column, Strength, column_role
from symcheck.gate.match import Definition, Match, match
from symcheck.gate.renaming import Names, Signature, merged, renamed, tidy
from symcheck.latex import Context, Role, interpret, parse, to_latex

# what a derivative is taken by, if a function has several symbols
_VARIABLES = ("x", "z", "t", "u", "y")


@dataclass(frozen=True)
class RowFunction:
    """The function of a table row, with the catalog entry that it is, if it is one."""

    expr: Expr
    formula: Formula | None = None
    names: Names | None = None  # its symbols to those of the entry


def row_function(passage: Passage, context: Context, candidates: Sequence[Candidate]) -> RowFunction | None:
    """What the Formula (or Function) cell of the row says; without such a cell, what its label names."""
    firm = [c for c in candidates if c.strength >= Strength.FIRM]
    for cell in passage.row:
        if column_role(cell.header) is Column.DEFINITION and cell.latex:
            expr = _value(cell.latex[0], with_definitions(context, cell.latex[1:]))
            if expr is None:
                return None
            found = match(Definition(expr), firm)
            if isinstance(found, Match):
                return RowFunction(expr, found.form.formula, found.names)
            # a wrong function cell has its own finding and is no measure for the derivative
            return RowFunction(expr) if found is None else None
    if len(firm) == 1:
        definition = firm[0].formula.definition
        signature = Signature.of(definition.expr)
        symbols = (*signature.tensors, *signature.scalars, *signature.indices)
        return RowFunction(definition.expr, firm[0].formula, {s: s for s in symbols})
    return None


def with_definitions(context: Context, formulas: Sequence[str]) -> Context:
    """``context`` with the names that ``formulas`` explain ("..., where p_i = ...")."""
    for latex in formulas[:4]:
        for definition in interpret(parse(latex), context).definitions.values():
            context = context.define(definition)
    return context


def _value(latex: str, context: Context) -> Expr | None:
    """The expression of a function cell: the whole, or what follows the first equals sign."""
    for sentence in interpret(parse(latex), context).sentences:
        if sentence.role is Role.EXPRESSION:
            return sentence.sides[0].expr
        for link in sentence.links():
            side = link.right if link.operator in ("=", ":=") else link.left
            return side.expr
    return None


@dataclass(frozen=True)
class DerivativeClaim:
    """``Partial(function, variable) = value``, with what the catalog knows of it."""

    function: Expr
    variable: Expr
    value: Expr
    conditions: tuple[tuple[sp.Basic, ...], ...]
    known: tuple[Expr, ...]
    formula: Formula | None

    def decide(self, given: Sequence[sp.Basic]) -> Decision:
        return decide(
            Partial(self.function, self.variable),
            self.value,
            given=given,
            readings=self.conditions,
            domains=self.formula is None,
        )


def derivative_claims(function: RowFunction, value: Expr) -> Iterator[DerivativeClaim]:
    """The claims that a cell with ``value`` can make: one for each way to read its free symbols."""
    try:
        signature = Signature.of(function.expr)
        meanings = _own_names(function.expr, signature, _shared_names(value, function.expr))
    except ShapeError:
        return
    for meaning in meanings:
        for variable, at in _variables(signature, Signature.of(meaning)):
            body = renamed(function.expr, at)
            if consistent(body, meaning):
                yield _informed(function, body, variable, meaning, at)


def consistent(*exprs: Expr) -> bool:
    try:
        Signature.of(*exprs)
    except ShapeError:
        return False
    return True


def _shared_names(value: Expr, function: Expr) -> Expr:
    """``value`` with the symbols of ``function`` where they have the same name."""
    known = {str(s): s for s in _symbols(function)}
    return renamed(value, {s: known[str(s)] for s in _symbols(value) if str(s) in known})


def _symbols(expr: Expr) -> list[sp.Basic]:
    signature = Signature.of(expr)
    return [*signature.tensors, *signature.scalars]


def _own_names(function: Expr, signature: Signature, value: Expr) -> list[Expr]:
    """``value`` with a symbol that the function does not have read as the function's value: the ``s`` of
    ``s_i (delta_ij - s_j)`` in a row about softmax, or as what the function is the logarithm of: the ``p`` of
    ``delta_ij - p_j`` in a row about log-softmax.  Only if there is exactly one such symbol."""
    own = Signature.of(value)
    new_tensors = [t for t in own.tensors if t not in signature.tensors]
    new_scalars = [s for s in own.scalars if s not in signature.scalars]
    if len(signature.indices) == 1 and len(new_tensors) == 1 and not new_scalars:
        base = new_tensors[0]
        if len(base.shape) != 1:
            return [value]
        (index,) = signature.indices
        return [
            value.replace(
                lambda e: isinstance(e, sp.Indexed) and e.base == base,
                lambda e, f=meaning: renamed(f, {index: e.indices[0]}),
            )
            for meaning in (function, sp.exp(function))
        ]
    if not signature.indices and len(new_scalars) == 1 and not new_tensors:
        return [renamed(value, {new_scalars[0]: meaning}) for meaning in (function, sp.exp(function))]
    return [value]


def _variables(function: Signature, value: Signature) -> Iterator[tuple[Expr, Names]]:
    """What the derivative may be taken by, with the name that the function's own index gets."""
    if not function.tensors:
        variables = [s for s in function.scalars if not s.is_integer]
        if len(variables) > 1:
            variables = [s for name in _VARIABLES for s in variables if s.name == name][:1]
        yield from ((v, {}) for v in variables)
        return
    if len(function.tensors) != 1 or len(function.tensors[0].shape) != 1:
        return
    (tensor,) = function.tensors
    free = list(value.indices)
    if len(free) != len(function.indices) + 1:
        return
    if not function.indices:
        yield tensor[free[0]], {}
        return
    (index,) = function.indices
    for at, other in ((free[0], free[1]), (free[1], free[0])):
        yield tensor[other], {index: at}


def _informed(function: RowFunction, body: Expr, variable: Expr, value: Expr, at: Names) -> DerivativeClaim:
    """The claim in symbols that carry the catalog's assumptions, with the catalog's conditions."""
    if function.formula is None or function.names is None:
        return DerivativeClaim(body, variable, value, (), (), None)
    ours, theirs = merged(function.names)
    ours = {k: v for k, v in ours.items() if k not in at}
    conditions: list[tuple[sp.Basic, ...]] = []
    known: list[Expr] = []
    for claim in function.formula.claims:
        if claim.relation is not Relation.EQ or not isinstance(claim.lhs, Partial):
            continue
        hypotheses = (*claim.hypotheses, *claim.conditions)
        if not usual(function.formula, hypotheses):
            continue
        if all(h.free_symbols <= set(theirs) for h in hypotheses):
            if hypotheses:
                conditions.append(tuple(renamed(h, theirs) for h in hypotheses))
            if claim.expected.value in ("proved", "conditional"):
                known.append(renamed(claim.rhs, theirs))
    return DerivativeClaim(
        renamed(body, ours),
        renamed(variable, ours),
        renamed(value, ours),
        tuple(dict.fromkeys(conditions)),
        tuple(known),
        function.formula,
    )


def expected_derivative(claim: DerivativeClaim, function: RowFunction, context: Context) -> str | None:
    """The right derivative in the document's letters: verbatim from the catalog's source if its letters
    are the same, else the catalog's claim, else, for functions of one variable, worked out."""
    goal = Partial(claim.function, claim.variable)
    if function.formula is not None and function.formula.source is not None:
        for text in function.formula.source.printed:
            expr = _value(text, context)
            if expr is None:
                continue
            for other in derivative_claims(function, expr):
                if other.function == claim.function and other.decide(()).verdict in (
                    Verdict.PROVED,
                    Verdict.CONDITIONAL,
                ):
                    return text
    for right in claim.known:
        if any(proved(goal, right, given=given) for given in ((), *claim.conditions)):
            return to_latex(tidy(right))
    worked = worked_derivative(claim.function, claim.variable)
    return to_latex(worked) if worked is not None else None


def worked_derivative(function: Expr, variable: Expr) -> Expr | None:
    """The derivative of a smooth function of scalars by SymPy's rules, if the prover confirms it."""
    beyond_diff = (sp.Sum, sp.Indexed, sp.Piecewise, sp.Max, sp.Min, sp.Abs, Partial)
    if not isinstance(variable, sp.Symbol) or function.has(*beyond_diff):
        return None
    plain = function.replace(lambda e: type(e) in DEFINITIONS, lambda e: DEFINITIONS[type(e)](*e.args))
    worked = sp.diff(plain, variable)
    return worked if proved(Partial(function, variable), worked) else None
