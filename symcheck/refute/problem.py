"""A statement to be falsified, with everything that a sample must give values to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import sympy as sp

from formulas.chance import Covariance, Law, Variance
from formulas.check import (
    REMEMBERED,
    ShapeError,
    check_law,
    index_ranges,
    is_size,
    parts,
    require_apart,
    steps,
)
from formulas.language import Everywhere, Expr, Partial
from formulas.schema import Approach, Claim, Relation
from symcheck.refute.functions import coefficients_of, is_smooth, unfolded
from symcheck.refute.program import index_symbols
from symcheck.refute.sequences import Clause, clause

Ranges = dict[sp.Symbol, Expr]


@dataclass(frozen=True)
class Hypothesis:
    """A relation that samples have to meet.

    ``indices``  the ranges of its free indices; those that are not free in the statement are
                 universally quantified (``everywhere``: all of them are).
    ``steps``    its symbols that stand for every step of a sequence.
    """

    relation: sp.Basic
    indices: Ranges
    everywhere: bool
    steps: tuple[sp.Symbol, ...] = ()

    @property
    def clause(self) -> Clause | None:
        """What it says of the entries of a sequence, if it defines them."""
        return clause(self.relation, (*self.steps, *self.indices))

    variable: sp.Symbol | None = None


@dataclass(frozen=True)
class Problem:
    """``lhs relation rhs`` for all values of ``indices``, sizes, tensors and scalars.

    ``implied``: the equations that hold because of the ``laws`` of the random quantities, law by law."""

    lhs: Expr
    rhs: Expr
    relation: Relation
    hypotheses: tuple[Hypothesis, ...]
    indices: Ranges
    sizes: tuple[sp.Symbol, ...]
    tensors: tuple[sp.IndexedBase, ...]
    scalars: tuple[sp.Symbol, ...]
    witness: Mapping[sp.Symbol, Expr] = field(default_factory=dict)
    impossible: bool = False
    laws: tuple[Law, ...] = ()
    implied: tuple[tuple[Law, tuple[Hypothesis, ...]], ...] = ()
    approach: Approach | None = None
    counters: frozenset[sp.Symbol] = frozenset()
    """Natural numbers that end a range or say at which step a sequence is read: they are kept small."""

    @cached_property
    def pinned(self) -> frozenset[sp.Symbol]:
        """Symbols that the hypotheses tie down to their witness."""
        tied: set[sp.Basic] = set()
        for h in self.hypotheses:
            if isinstance(h.relation, sp.Eq):
                tied |= h.relation.free_symbols
        return frozenset(s for s in self.witness if s in tied)

    def enough(self, size: sp.Symbol) -> int:
        """A size at which a false polynomial statement fails: bound plus free indices of that axis.

        See the theorem in the project's notes on the proof engine: what holds there for all data holds
        for every size, if it is polynomial and its coefficients do not depend on the size."""
        bound = max(_bound(self.lhs, size), _bound(self.rhs, size))
        return bound + sum(1 for i in self.indices.values() if i == size)


def problem_of(
    claim: Claim, *, with_conditions: bool = True, sides: tuple[Expr, Expr] | None = None
) -> Problem:
    """The problem of a claim, or of a mutant of it that has other ``sides``."""
    lhs, rhs = sides or (claim.lhs, claim.rhs)
    given = claim.hypotheses + (claim.conditions if with_conditions else ())
    return problem(lhs, rhs, claim.relation, given, claim.witness, claim.approach)


def problem(
    lhs: Expr,
    rhs: Expr,
    relation: Relation,
    hypotheses: Sequence[sp.Basic] = (),
    witness: Mapping[sp.Symbol, Expr] | None = None,
    approach: Approach | None = None,
) -> Problem:
    """Raises ``formulas.check.ShapeError`` if indices and axes do not fit together."""
    indices = index_ranges(lhs, rhs)
    require_apart(hypotheses, lhs, rhs)
    lhs, rhs = unfolded(lhs), unfolded(rhs)
    hypotheses = [h if isinstance(h, Law) else unfolded(h) for h in hypotheses]
    relations = list(_flat(h for h in hypotheses if not isinstance(h, Law)))
    laws = tuple(h for h in hypotheses if isinstance(h, Law))
    known = free_symbols(lhs) | free_symbols(rhs)
    given = []
    for part in relations:
        variable = None
        if isinstance(part, Everywhere):
            variable, part = part.args
        if part in (sp.true, sp.false):
            continue
        ranges = index_ranges(part.lhs, part.rhs)
        named = index_symbols(part) - {limits[0] for s in parts(part, sp.Sum) for limits in s.limits}
        for i in sorted(named - set(ranges) - set(indices), key=str):
            raise ShapeError(f"nothing says over what the index {i} ranges")
        local = (set(ranges) | index_symbols(part)) & set(indices)
        everywhere = not local and not _free(part) & set(indices)
        every = tuple(sorted(steps(part) - known - set(ranges), key=str))
        given.append(Hypothesis(part, ranges, everywhere, every, variable))
    implied: list[tuple[Law, tuple[Hypothesis, ...]]] = []
    for law in laws:
        ranges = check_law(law, lhs, rhs)
        implied.append((law, tuple(Hypothesis(e, ranges, everywhere=True) for e in law.equations())))
    exprs = (lhs, rhs, *(h.relation for h in given), *laws)
    stepping = {s for h in given for s in h.steps}
    names = set().union(stepping, *(index_symbols(e) for e in exprs))
    sizes: set[sp.Symbol] = set()
    tensors: set[sp.IndexedBase] = set()
    numbers: set[sp.Symbol] = set()
    for e in exprs:
        _collect(e, sizes, tensors, numbers)
    numbers -= {h.variable for h in given if h.variable is not None}
    if approach is not None:
        if any(approach.x in h.relation.free_symbols for h in given):
            raise ShapeError(f"a hypothesis speaks of {approach.x}, the variable of the limit")
        _collect(approach.to, sizes, tensors, numbers)
        numbers.discard(approach.x)
    sizes -= names
    bound = {limits[0] for e in exprs for part in parts(e, sp.Sum, sp.Product) for limits in part.limits}
    ranged = set(indices).union(
        *(h.indices for h in (*given, *(h for _, equations in implied for h in equations)))
    )
    for i in sorted(names - stepping - bound - ranged, key=str):
        raise ShapeError(f"nothing says over what the index {i} ranges")
    return Problem(
        lhs=lhs,
        rhs=rhs,
        relation=relation,
        hypotheses=tuple(given),
        indices=indices,
        sizes=tuple(sorted(sizes, key=str)),
        tensors=tuple(sorted(tensors, key=str)),
        scalars=tuple(sorted(numbers - names - sizes, key=str)),
        witness=dict(witness or {}),
        impossible=sp.false in relations,
        laws=laws,
        implied=tuple(implied),
        approach=approach,
        counters=frozenset(s for e in exprs for s in _counters(e)) - stepping - sizes,
    )


@lru_cache(maxsize=REMEMBERED)
def free_symbols(e: sp.Basic) -> frozenset[sp.Basic]:
    """``e.free_symbols``, which takes SymPy long where there are sums."""
    return frozenset(e.free_symbols)


def _counters(e: sp.Basic) -> set[sp.Symbol]:
    ends = {end for part in parts(e, sp.Sum, sp.Product) for limits in part.limits for end in limits[1:]}
    return steps(e).union(*[end.free_symbols for end in ends])


def _flat(hypotheses: Iterable[sp.Basic]) -> Iterable[sp.Basic]:
    for h in hypotheses:
        if isinstance(h, sp.And):
            yield from _flat(h.args)
        else:
            yield h


def _free(expr: sp.Basic) -> set[sp.Symbol]:
    numbers: set[sp.Symbol] = set()
    _collect(expr, set(), set(), numbers)
    return numbers


def _collect(
    e: sp.Basic, sizes: set[sp.Symbol], tensors: set[sp.IndexedBase], numbers: set[sp.Symbol]
) -> None:
    if isinstance(e, sp.Symbol):
        numbers.add(e)
    elif isinstance(e, sp.Indexed | sp.IndexedBase):
        base = e if isinstance(e, sp.IndexedBase) else e.base
        tensors.add(base)
        for size in base.shape or ():
            sizes |= size.free_symbols
        for i in e.indices if isinstance(e, sp.Indexed) else ():
            _collect(i, sizes, tensors, numbers)
    elif isinstance(e, sp.Sum | sp.Product):
        _collect(e.function, sizes, tensors, numbers)
        for limits in e.limits:
            for bound in limits[1:]:
                if is_size(bound):
                    sizes |= bound.free_symbols
                else:
                    _collect(bound, sizes, tensors, numbers)
    else:
        if is_smooth(e):
            numbers |= set(coefficients_of(e))
        for a in e.args:
            _collect(a, sizes, tensors, numbers)


def _bound(e: sp.Basic, size: sp.Symbol) -> int:
    """The largest number of bound indices of ``size`` in any term of ``e``, written out."""
    if isinstance(e, sp.Sum):
        return _bound(e.function, size) + sum(1 for limits in e.limits if limits[-1] == size)
    if isinstance(e, sp.Mul):
        return sum(_bound(a, size) for a in e.args)
    if isinstance(e, sp.Pow) and e.exp.is_Integer:
        return abs(int(e.exp)) * _bound(e.base, size)
    if isinstance(e, Partial):
        return _bound(e.args[0], size)
    if isinstance(e, Variance):
        return 2 * _bound(e.args[0], size)
    if isinstance(e, Covariance):
        return sum(_bound(a, size) for a in e.args)
    if isinstance(e, sp.Indexed):
        return 0
    return max((_bound(a, size) for a in e.args), default=0)
