"""Check of catalog entries as a whole: their names, claims and kernels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sympy as sp

from formulas.chance import Law
from formulas.check import (
    Ranges,
    ShapeError,
    check_law,
    free_symbols,
    index_ranges,
    parts,
    parts_of,
    require_apart,
    require_names,
    require_scalar,
)
from formulas.language import Everywhere, Expr, Partial

if TYPE_CHECKING:
    from formulas.schema import Claim, Formula, Kernel

_ID = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def check_claim(claim: Claim) -> None:
    """Raise ``ShapeError`` if the parts of a claim do not fit together."""
    from formulas.schema import LineBound, Quotient, Relation, Segment, Squeeze, Verdict

    if not _NAME.fullmatch(claim.name):
        raise ShapeError(f"claim name {claim.name!r} is not of the form lower_case")
    index_ranges(claim.lhs, claim.rhs)
    for h in (*claim.hypotheses, *claim.conditions):
        if isinstance(h, Law):
            check_law(h, claim.lhs, claim.rhs)
            continue
        if isinstance(h, Everywhere):
            require_scalar(h.variable, f"hypothesis {h} of {claim.name}")
            if claim.lhs.has(h.variable) or claim.rhs.has(h.variable):
                raise ShapeError(f"hypothesis {h} of {claim.name} is not about all values of a scalar")
            h = h.relation
        if not isinstance(h, sp.core.relational.Relational):
            raise ShapeError(f"hypothesis {h} of {claim.name} is not a relation")
        index_ranges(h.lhs, h.rhs)
    require_apart((*claim.hypotheses, *claim.conditions), claim.lhs, claim.rhs)
    if claim.relation is Relation.EQ and claim.certificate is not None:
        raise ShapeError(f"{claim.name}: an equation takes no certificate")
    if isinstance(claim.certificate, LineBound):
        if claim.relation is not Relation.LE or not isinstance(claim.lhs, sp.Abs):
            raise ShapeError(f"{claim.name}: a LineBound certifies Abs(f) <= bound")
    elif claim.certificate is not None:
        index_ranges(claim.lhs, claim.rhs, *parts_of(claim.certificate))
    limit = claim.relation is Relation.TENDS
    if limit != (claim.approach is not None):
        raise ShapeError(f"{claim.name}: a limit says what is approached, and nothing else does")
    if claim.approach is not None and claim.rhs.has(claim.approach.x):
        raise ShapeError(f"{claim.name}: the limit depends on {claim.approach.x}")
    if isinstance(claim.certificate, Segment if limit else Quotient | Squeeze):
        raise ShapeError(f"{claim.name}: not a certificate for this relation")
    if claim.expected in (Verdict.SUPPORTED, Verdict.UNDECIDED):
        raise ShapeError(f"{claim.name}: {claim.expected} is not something to expect")
    if claim.conditions and claim.expected is Verdict.PROVED:
        raise ShapeError(f"{claim.name}: a claim with conditions is at best conditional")
    if (claim.needs or claim.stated_by) and not claim.conditions:
        raise ShapeError(f"{claim.name}: words for conditions that it does not have")
    for e in (claim.lhs, claim.rhs):
        for p in parts(e, Partial):
            if not isinstance(p.args[1], sp.Indexed | sp.Symbol):
                raise ShapeError(f"{claim.name}: {p.args[1]} is not a variable to differentiate by")


def check_formula(formula: Formula) -> None:
    """Raise ``FormulaError`` if ``formula`` is not well formed."""
    from formulas.schema import FormulaError

    try:
        if not _ID.fullmatch(formula.id):
            raise ShapeError("an id has the form area.name")
        if not 0 <= formula.section <= 17:  # 0: an entry of somebody's own catalog
            raise ShapeError(f"there is no section {formula.section}")
        if not formula.claims:
            raise ShapeError("an entry without claims states nothing")
        names = [c.name for c in formula.claims]
        if len(set(names)) != len(names):
            raise ShapeError("two claims have the same name")
        index_ranges(formula.definition.expr)
        for claim in formula.claims:
            check_claim(claim)
            if claim.corrected_by is not None and claim.corrected_by not in names:
                raise ShapeError(f"{claim.name} is corrected by {claim.corrected_by}, which is missing")
        exprs = [formula.definition.expr]
        for claim in formula.claims:
            exprs += [claim.lhs, claim.rhs, *claim.hypotheses, *claim.conditions]
            exprs += parts_of(claim.certificate)
            exprs += [claim.approach.to] if claim.approach is not None else []
        require_names(exprs)
    except ShapeError as error:
        raise FormulaError(f"{formula.id} ({formula.place}): {error}") from None


def axis_sizes(output: Expr, axes: tuple[sp.Symbol, ...]) -> Ranges:
    """The size of each axis of a result: that of the tensors in which its index stands, or 1..m for an index
    that only deltas with the numbers 1..m know."""
    known = index_ranges(output)
    for axis in axes:
        if axis not in known:
            reach = _reach(output, axis)
            if reach is not None:
                known[axis] = reach
                continue
            deltas = [d.args[:2] for d in parts(output, sp.KroneckerDelta) if axis in d.args[:2]]
            numbers = [i for pair in deltas for i in pair if i.is_Integer]
            if not numbers:
                raise ShapeError(f"nothing tells over what axis {axis} runs")
            known[axis] = max(numbers)
    return known


def _reach(output: Expr, axis: sp.Symbol) -> Expr | None:
    """n + m - 1 for an index t that a delta ties to i + j - 1, where i runs to n and j to m."""
    limits = {i: high for s in output.atoms(sp.Sum) for i, low, high in s.limits if low == 1}
    for d in output.atoms(sp.KroneckerDelta):
        difference = sp.expand(d.args[0] - d.args[1])
        sign = difference.coeff(axis)
        other = axis - difference * sign  # the delta says axis = other
        parts = [i for i in limits if other.coeff(i) == 1]
        if sign in (1, -1) and len(parts) > 1 and other == sp.Add(*parts) - len(parts) + 1:
            return sp.Add(*[limits[i] for i in parts]) - len(parts) + 1
    return None


def check_kernel(kernel: Kernel, formula: str) -> None:
    """Raise ``FormulaError`` if ``kernel``, which belongs to ``formula``, is not well formed."""
    from formulas.schema import FormulaError

    try:
        given = {i.symbol for i in kernel.inputs}
        whole = {i.symbol for i in kernel.inputs if i.role == "integer"}
        require_names([r.output for r in kernel.results])
        for result in kernel.results:
            loose = set(index_ranges(result.output)) - set(result.axes) - whole
            if loose:
                raise ShapeError(f"index {loose.pop()} is free but not an axis")
            missing = free_symbols(result.output) - given - set(result.axes)
            if missing:
                raise ShapeError(f"{missing.pop()} is not an input")
        for w in kernel.wrt:
            if w not in {i.name for i in kernel.inputs}:
                raise ShapeError(f"no input {w} to differentiate by")
        for argument in kernel.inputs if kernel.wrt else ():
            if (argument.role == "array" and argument.name not in kernel.wrt) != bool(argument.constant):
                raise ShapeError(f"{argument.name} has either a cotangent or the reason why it is constant")
        if kernel.wrt and kernel.more:
            raise ShapeError("a kernel with several results has no cotangent")
    except ShapeError as error:
        raise FormulaError(f"kernel {kernel.name} of {formula}: {error}") from None
