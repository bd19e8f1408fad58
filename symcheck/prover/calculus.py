"""Partial derivatives: one rule at a time on the normal form of the body."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.determinants import normal_slope
from symcheck.prover.polynomial import Factor
from symcheck.prover.products import plain
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.lower import KNOWN_FUNCTIONS
from symcheck.terms.term import Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser

ONE = Fraction(1)
ARGUMENTS = {"max": "ab", "min": "ab", "if_positive": "uab", "if_nonnegative": "uab", "if_nonzero": "uab"}
"""Metavariables of the derivative rules of functions with several arguments."""


def normal_derivative(n: Normaliser, t: Term) -> Normal:
    body, x = t.args
    with n.freezing(tm.names(x)):
        p, ref = n.norm(body)
    inner = tm.partial(p.term, x)
    line = n.recorder.within(t, inner, [((0,), ref)])
    pieces = [(c, *_monomial(n, list(m), x), tm.partial(po.product_term(m), x)) for m, c in p.terms]
    total = po.plus((c, q) for c, q, _, _ in pieces)
    split = tm.Term("add", *[tm.mul(tm.num(c), d) for c, _, _, d in pieces])
    more = n.recorder.within(split, total.term, [((k, 1), r) for k, (_, _, r, _) in enumerate(pieces)])
    return total, n.recorder.chain(t, total.term, [line, more])


def _monomial(n: Normaliser, m: list[Factor], x: Term) -> Normal:
    body = po.product_term(m)
    t = tm.partial(body, x)
    name = x.args[0]
    if name not in tm.names(body):
        return n.rule(t, "diff.constant", plain(a=body, x=x))
    if len(m) > 1:
        # constants first, so that their derivative is settled in one step
        first = next((f for f in m if name not in tm.names(f[0])), m[0])
        a, b = po.factor_term(first), po.product_term(po.remaining(m, [first]))
        if not (n.smooth(a, x) and n.smooth(b, x)):
            return n.atom(t), None
        return n.rule(t, "diff.mul", plain(a=a, b=b, x=x))
    ((atom, e),) = m
    return _atom(n, t, atom, x) if e == 1 else _power(n, t, atom, tm.num(e), x)


def _power(n: Normaliser, t: Term, u: Term, r: Term, x: Term) -> Normal:
    if not n.smooth(u, x):
        return n.atom(t), None
    e = tm.number(r)
    natural = n.shows("integer", r) and n.shows("nonnegative", r - 1) if e is None else po.natural(e)
    if natural:
        rule = "diff.pow_natural"
    elif n.shows("positive", u):
        rule = "diff.pow"
    elif n.shows("integer", r) and n.shows("nonzero", u):
        rule = "diff.pow_int"
    else:
        return n.atom(t), None
    return n.rule(t, rule, plain(u=u, r=r, x=x))


def _atom(n: Normaliser, t: Term, atom: Term, x: Term) -> Normal:
    match atom.op:
        case "var":
            return _entry(n, t, atom, x)
        case "sum" if n.smooth(atom.args[1], x):
            i, f = atom.args
            subst = Substitution({"f": ((i,), f), "x": ((), x)}, {"?i": i}, {"?n": i.size})
            return n.rule(t, "diff.sum", subst)
        case "fold" if _over_range(n, atom, x):
            _, i, high, f = atom.args
            subst = Substitution({"f": ((i,), f), "b": ((), high), "x": ((), x)}, {"?s": i})
            return n.rule(t, "diff.range", subst)
        case "pow":
            return _power(n, t, atom.args[0], atom.args[1], x)
        case "fn" if atom.args[0] == "det":
            return normal_slope(n, t) or (n.atom(t), None)
        case "fn" if n.smooth(atom, x) and len(atom.args) > 1 and atom.args[1].op == "vec":
            return _field(n, t, atom, x)
        case "fn" if n.smooth(atom, x):
            rule = f"diff.{atom.args[0]}"
            if atom.args[0].rstrip("'") not in KNOWN_FUNCTIONS and len(atom.args) == 2:
                terms = {"u": ((), atom.args[1]), "x": ((), x)}
                return n.rule(t, "diff.function", Substitution(terms, functions={"?f": atom.args[0]}))
            needed = {"diff.log": "positive", "diff.abs": "nonzero"}.get(rule)
            if atom.args[0].startswith("if_") and x.args[0] not in tm.names(atom.args[1]):
                rule += "_fixed"
            if rule not in RULES or (needed and not n.shows(needed, atom.args[1])):
                return n.atom(t), None
            names = ARGUMENTS.get(atom.args[0], "u")
            return n.rule(t, rule, plain(**dict(zip(names, atom.args[1:], strict=True)), x=x))
    return n.atom(t), None


def _field(n: Normaliser, t: Term, atom: Term, x: Term) -> Normal:
    """The chain rule for an undefined function of a vector."""
    name, vector, *where = atom.args
    order = len(name) - len(name.rstrip("'"))
    outs, slots = where[: len(where) - order], where[len(where) - order :]
    rule = f"diff.field{len(outs)}{order}"
    if rule not in RULES or any(a.op != "ord" for a in where):
        return n.atom(t), None
    k, body = vector.args
    indices = {"?k": k} | {f"?o{q}": a.args[0] for q, a in enumerate(outs)}
    indices |= {f"?s{q}": a.args[0] for q, a in enumerate(slots)}
    terms = {"u": ((k,), body), "x": ((), x)}
    return n.rule(t, rule, Substitution(terms, indices, {"?m": k.size}, {"?f": name.rstrip("'")}))


def _over_range(n: Normaliser, fold: Term, x: Term) -> bool:
    join, i, high, f = fold.args
    return join == "sum" and i.size == tm.ENDLESS and x.args[0] not in tm.names(high) and n.smooth(f, x)


def _entry(n: Normaliser, t: Term, atom: Term, x: Term) -> Normal:
    if isinstance(x.args[1] if len(x.args) > 1 else None, Term):
        return _step(n, t, atom, x)
    rank = len(x.args) - 1
    indices = {f"?i{q}": i for q, i in enumerate(atom.args[1:])} | {
        f"?j{q}": j for q, j in enumerate(x.args[1:])
    }
    return n.rule(t, f"diff.entry{rank}", Substitution({"?x": ((), x)}, indices))


def _step(n: Normaliser, t: Term, atom: Term, x: Term) -> Normal:
    """The entry of a sequence by an entry of it."""
    (_, a, *at), (_, b, *by) = atom.args, x.args
    indices = {f"?i{q}": i for q, i in enumerate(at)} | {f"?j{q}": j for q, j in enumerate(by)}
    subst = Substitution({"?x": ((), x), "a": ((), a), "b": ((), b)}, indices)
    return n.rule(t, f"diff.step{len(at)}", subst)
