"""Where an expression has a value: what must hold beyond what is assumed of its symbols, and what it is."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from codegen.ir import Kind
from codegen.notation import meaning, op
from codegen.operations import SCALAR_OPS
from formulas.language import DEFINITIONS

__all__ = ["needs", "replaced", "unfolded", "value_at"]

Need = tuple[str, sp.Expr]


def needs(e: sp.Basic, at: Mapping[sp.Basic, sp.Basic]) -> set[Need]:
    """What must hold for ``e`` to have a value, beyond what assumptions show: ("nonzero", a divisor),
    ("positive", what a logarithm is taken of), ("nonnegative", what a root is taken of)."""
    if not e.args or isinstance(e, sp.Indexed):
        return set()
    found = {need for a in e.args for need in needs(a, at)}
    places = [sp.Dummy(real=True) for _ in e.args]
    name = op.name_of(type(e))
    if name is not None:
        whole = unfolded(SCALAR_OPS[name].meaning(*places))
    elif type(e) in DEFINITIONS:
        whole = DEFINITIONS[type(e)](*places)
    elif isinstance(e, sp.Pow):
        whole, places = e, list(e.args)
    elif isinstance(e, sp.log):
        whole = sp.log(*places)
    else:
        return found
    arguments = dict(zip(places, (value_at(a, at) for a in e.args), strict=True))
    for part in sp.preorder_traversal(whole):
        if isinstance(part, sp.log):
            found |= _open("positive", replaced(part.args[0], arguments))
        elif isinstance(part, sp.Pow) and part.exp.is_number and not part.exp.is_integer:
            found |= _open(
                "positive" if part.exp.is_negative else "nonnegative", replaced(part.base, arguments)
            )
        elif isinstance(part, sp.Pow) and part.exp.is_negative:
            found |= _open("nonzero", replaced(part.base, arguments))
    return found


def _open(kind: str, e: sp.Expr) -> set[Need]:
    """The need that ``e`` is so, unless it is seen to be: of a product or a power that is not 0, that of each
    factor."""
    e = sp.expand(e) if kind != "nonzero" else sp.factor_terms(sp.expand(e))
    factors = e.args if kind == "nonzero" and isinstance(e, sp.Mul) else (e,)
    if kind == "nonzero":
        factors = tuple(f.base if isinstance(f, sp.Pow) and f.exp.is_positive else f for f in factors)
    return {(kind, f) for f in factors if not getattr(f, f"is_{kind}")}


def value_at(e: sp.Basic, at: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """``e`` unfolded, with ``at`` put in first, so that nothing cancels that is undefined there."""
    if e in at:
        return at[e]
    if not e.args or isinstance(e, sp.Indexed):
        return e
    args = [value_at(a, at) for a in e.args]
    name = op.name_of(type(e))
    if name is None:
        return DEFINITIONS[type(e)](*args) if type(e) in DEFINITIONS else meaning(e.func(*args))
    if SCALAR_OPS[name].zero_at_zero and args[0] == 0:
        return sp.S.Zero
    if name == "select" and args[0] in (0, 1):
        return args[1] if args[0] == 1 else args[2]
    value = unfolded(SCALAR_OPS[name].meaning(*args))
    if SCALAR_OPS[name].result is Kind.BOOLEAN:
        return sp.Piecewise((1, value), (0, True))
    return value


def replaced(e: sp.Basic, by: Mapping[sp.Basic, sp.Basic]) -> sp.Basic:
    """Plain structural replacement (SymPy's ``subs`` simplifies and renames under binders)."""
    if e in by:
        return by[e]
    if not e.args or isinstance(e, sp.Indexed):
        return e
    return e.func(*[replaced(a, by) for a in e.args])


def unfolded(e: sp.Basic) -> sp.Basic:
    """``e`` with the operators of the catalog's language replaced by what defines them."""
    if not e.args or isinstance(e, sp.Indexed):
        return e
    args = [unfolded(a) for a in e.args]
    return DEFINITIONS[type(e)](*args) if type(e) in DEFINITIONS else e.func(*args)
