"""Scaling laws of a kernel, by dimensional analysis: if these arguments are scaled, how do the results scale?

Each argument gets an unknown degree; sums demand equal degrees on both sides, ``exp`` and its like demand
degree 0, products add.  The solutions of these linear equations are the laws of the kernel, as in
``rms_norm(s x, w, s^2 eps) = rms_norm(x, w, eps)``.  A target that meets overflow or underflow in an
intermediate value may use a law to scale a row by a power of two, which rounds nothing, and try again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from codegen.ir import BATCH, Const, Contract, Gather, Kind, Load, Map, Program, Reduce, Ref, Size

_ADDITIVE = frozenset({"add", "sub", "max", "min"})
_COMPARING = frozenset({"lt", "le", "eq"})
_LINEAR = frozenset({"neg", "abs", "hold"})


@dataclass(frozen=True)
class Law:
    """Arguments of degree d are multiplied by s**d, results of degree d come out multiplied by s**d.

    Arguments and results of degree 0 are not listed."""

    arguments: tuple[tuple[str, int], ...]
    results: tuple[tuple[str, int], ...]


def laws(program: Program, fixed: frozenset[str] = frozenset()) -> tuple[Law, ...]:
    """The laws that scale an array along the row axis; none, if under none of them an intermediate value may
    overflow before the result does: one of a degree beyond -1..1, or a sum that is divided.

    ``fixed`` arguments are not scaled."""
    names = [a.name for a in program.arguments if a.kind is Kind.REAL and a.name not in fixed]
    unknown = {n: sp.Symbol(n) for n in names}
    degrees, equations = _degrees(program, unknown)
    system = sp.Matrix([[e.coeff(unknown[n]) for n in names] for e in equations] or [[0] * len(names)])
    found = []
    needed = False
    for solution in system.nullspace():
        whole = sp.ilcm(1, *[value.q for value in solution])
        at = {unknown[n]: whole * value for n, value in zip(names, solution, strict=True)}
        law = _law(program, degrees, at)
        if law is not None:
            found.append(law)
            needed |= any(d is not None and abs(d.xreplace(at)) > 1 for d in degrees)
            divided = [degrees[r] for r in _divided(program)]
            needed |= any(d is not None and d.xreplace(at) != 0 for d in divided)
    return tuple(found) if needed else ()


def _divided(program: Program) -> list[Ref]:
    """Sums that are divided by the length of a row or another number."""
    return [
        node.args[0]
        for node in (v.node for v in program.values)
        if isinstance(node, Map)
        and node.op == "div"
        and not program.values[node.args[1]].axes
        and isinstance(program.values[node.args[0]].node, Reduce)
    ]


def _law(program: Program, degrees: list[sp.Expr | None], at: Mapping[sp.Symbol, sp.Expr]) -> Law | None:
    def degree(ref: Ref) -> sp.Expr:
        found = degrees[ref]
        return sp.S.Zero if found is None else found.xreplace(at)

    given = {str(n): d for n, d in at.items() if d != 0}
    results = {o.name: degree(o.values[0]) for o in program.outputs}
    if not all(d.is_Integer and d > 0 for d in given.values()) or not all(
        d.is_Integer for d in results.values()
    ):
        return None
    rows = [a.name for a in program.arguments if len(a.axes) == 2 and a.axes[0] == BATCH]
    scaled = [n for n in rows if n in given]
    if not scaled or any(not _may_scale(program, n) for n in given):
        return None
    if any(results[o.name] != 0 and BATCH not in o.axes for o in program.outputs):
        return None
    return Law(
        tuple((n, int(d)) for n, d in given.items()), tuple((n, int(d)) for n, d in results.items() if d != 0)
    )


def degrees_in(program: Program, name: str) -> list[sp.Expr | None] | None:
    """The degree of each value if the argument ``name`` is scaled along and nothing else, ``None`` for zeros;
    ``None`` where the program has no such law."""
    unknown = sp.Symbol(name)
    degrees, equations = _degrees(program, {name: unknown})
    if any(e != 0 for e in equations):
        return None
    return [None if d is None else d.coeff(unknown) for d in degrees]


def _may_scale(program: Program, name: str) -> bool:
    argument = program.argument(name)
    return argument.is_scalar or BATCH in argument.axes


def _degrees(
    program: Program, unknown: Mapping[str, sp.Symbol]
) -> tuple[list[sp.Expr | None], list[sp.Expr]]:
    """The degree of each value (``None``: 0 and infinities, which have every degree) and what must be 0."""
    degrees: list[sp.Expr | None] = []
    equations: list[sp.Expr] = []

    def equal(*refs: Ref) -> sp.Expr | None:
        known = [d for d in (degrees[r] for r in refs) if d is not None]
        equations.extend(d - known[0] for d in known[1:])
        return known[0] if known else None

    for value in program.values:
        node = value.node
        found: sp.Expr | None = sp.S.Zero
        match node:
            case Const(value=number):
                found = None if number == 0 or number in (float("inf"), float("-inf")) else sp.S.Zero
            case Load(argument=name):
                found = unknown.get(name, sp.S.Zero)
            case Reduce(monoid="sum" | "max", arg=arg):
                found = degrees[arg]
            case Gather(arg=arg):
                found = degrees[arg]
            case Contract(args=args):
                found = sp.Add(*[d for d in (degrees[a] for a in args) if d is not None])
            case Map(op=op, args=args) if op in _ADDITIVE:
                found = equal(*args)
            case Map(op=op, args=args) if op in _COMPARING:
                equal(*args)
            case Map(op=op, args=args) if op in _LINEAR:
                found = degrees[args[0]]
            case Map(op="select", args=(_, first, second)):
                found = equal(first, second)
            case Map(op="mul", args=args):
                both = [degrees[a] for a in args]
                found = None if None in both else sp.Add(*both)
            case Map(op="div", args=(above, below)):
                over, under = degrees[above], degrees[below]
                found = None if over is None else over - (under if under is not None else 0)
            case Map(op="from_largest", args=(scaled, arg, total)):
                equal(scaled, total)
                found = degrees[arg]
            case Map(op="square", args=(arg,)):
                found = _times(degrees[arg], sp.Integer(2))
            case Map(op="sqrt", args=(arg,)):
                found = _times(degrees[arg], sp.S.Half)
            case Map(args=args):
                equations.extend(d for d in (degrees[a] for a in args) if d is not None and d != 0)
            case Size():
                pass
            case Reduce(arg=arg):
                if degrees[arg] is not None:
                    equations.append(degrees[arg])
        degrees.append(found)
    return degrees, equations


def _times(degree: sp.Expr | None, factor: sp.Expr) -> sp.Expr | None:
    return None if degree is None else factor * degree
