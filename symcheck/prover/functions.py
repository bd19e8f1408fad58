"""Named functions: definitions unfolded, exponentials and logarithms split, branches resolved by sign."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from symcheck.prover import polynomial as po
from symcheck.prover.derivation import Substitution
from symcheck.prover.determinants import normal_det
from symcheck.prover.polynomial import Poly
from symcheck.prover.powers import prime_power
from symcheck.prover.products import plain
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.lower import height
from symcheck.terms.term import Index, Term

if TYPE_CHECKING:
    from symcheck.prover.normalise import Normal, Normaliser


def normal_fn(n: Normaliser, t: Term) -> Normal:
    name, *args = t.args
    if f"def.{name}" in RULES:
        return n.rule(t, f"def.{name}", plain(**dict(zip("ab", args, strict=False))))
    parts = [n.norm(a) for a in args]
    inner = tm.fn(name, *[p.term for p, _ in parts])
    line = n.recorder.within(t, inner, [((k + 1,), ref) for k, (_, ref) in enumerate(parts)])
    handler = HANDLERS.get(name)
    polys = [p for p, _ in parts]
    known = handler(n, inner, polys) if handler else _symmetric(n, inner) if args else None
    result, rest = known or (n.atom(inner), None)
    return result, n.recorder.chain(t, result.term, [line, rest])


def normal_vector(n: Normaliser, t: Term) -> Normal:
    """A vector as an argument, its entries in normal form."""
    with n.opened(*t.args) as (v, body):
        p, ref = n.norm(body)
        name = Index(f"%{height(p.term) + 1}", v.size)
        result = tm.vector(name, tm.rename(p.term, {v: name}))
        return n.atom(result), n.recorder.within(tm.vector(v, body), result, [((1,), ref)])


def _symmetric(n: Normaliser, t: Term) -> Normal | None:
    """The coordinates of a second derivative in order."""
    name, *args = t.args
    if args[0].op != "vec" or name != name.rstrip("'") + "''":
        return None
    *outs, i, j = (a.args[0] if a.op == "ord" else None for a in args[1:])
    if i is None or j is None or None in outs or not po.index_key(j) < po.index_key(i):
        return None
    indices = {"?s0": i, "?s1": j} | {f"?o{q}": o for q, o in enumerate(outs)}
    k, body = args[0].args
    subst = Substitution({"u": ((k,), body)}, indices, {"?m": k.size}, {"?f": name.rstrip("'")})
    return n.rule(t, f"field.symmetric{len(outs)}", subst)


def _head_and_tail(p: Poly) -> tuple[Term, Term]:
    """A polynomial of several terms as its first term and the rest."""
    (m, c), *rest = p.terms
    return po.scaled(c, po.product_term(m)), Poly(tuple(rest)).term


def _exp(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    (p,) = args
    if not p.terms:
        return n.rule(t, "exp.zero", plain())
    if len(p.terms) > 1:
        a, b = _head_and_tail(p)
        return n.rule(t, "exp.add", plain(a=a, b=b))
    ((m, c),) = p.terms
    if c != 1 and m:
        return n.rule(t, "exp.scale", plain(r=tm.num(c), a=po.product_term(m)))
    if not m and c != 1:
        return n.rule(t, "exp.scale", plain(r=tm.num(c), a=tm.ONE))
    if len(m) == 1 and m[0][1] == 1 and _is(m[0][0], "log") and n.shows("positive", m[0][0].args[1]):
        return n.rule(t, "exp.log", plain(u=m[0][0].args[1]))
    return n.atom(t), None


def _is(t: Term, name: str) -> bool:
    return t.op == "fn" and t.args[0] == name


def _log(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    (p,) = args
    c = p.constant
    if c is not None:
        return _log_number(n, t, c)
    if len(p.terms) == 1:
        ((m, c),) = p.terms
        return _log_monomial(n, t, c, list(m))
    common = [(a, e) for a, e in po.content(p).items() if n.shows("positive", po.factor_term((a, e)))]
    lead = po.leading(p)
    c = abs(lead[1]) if lead else Fraction(1)
    if common or c != 1:
        found = n.divided(p, c, common)
        if found is not None and all(n.shows("positive", t) for t in found[:2]):
            outside, inside, shown = found
            product = tm.fn("log", outside * inside)
            line = n.recorder.within(t, product, [((1,), n.recorder.sym(shown))])
            result, rest = n.rule(product, "log.mul", plain(a=outside, b=inside))
            return result, n.recorder.chain(t, result.term, [line, rest])
    return n.atom(t), None


def _log_number(n: Normaliser, t: Term, c: Fraction) -> Normal:
    if c == 1:
        return n.rule(t, "log.one", plain())
    if c <= 0:
        return n.atom(t), None
    prime, k = prime_power(c)
    part = Fraction(prime) ** k
    if part != c:
        return n.rule(t, "log.mul", plain(a=tm.num(part), b=tm.num(c / part)))
    if k != 1:
        return n.rule(t, "log.pow", plain(u=tm.num(prime), r=tm.num(k)))
    return n.atom(t), None


def _log_monomial(n: Normaliser, t: Term, c: Fraction, m: list[po.Factor]) -> Normal:
    pieces = ([tm.num(c)] if c != 1 else []) + [po.factor_term(f) for f in m]
    if len(pieces) > 1:
        for k, piece in enumerate(pieces):
            rest = tm.mul(*pieces[:k], *pieces[k + 1 :])
            if n.shows("positive", piece) and n.shows("positive", rest):
                return n.rule(t, "log.mul", plain(a=piece, b=rest))
        return n.atom(t), None
    ((a, e),) = m
    if e != 1 and n.shows("positive", a):
        return n.rule(t, "log.pow", plain(u=a, r=tm.num(e)))
    if e == 1 and _is(a, "exp"):
        return n.rule(t, "log.exp", plain(a=a.args[1]))
    if e == 1 and a.op == "fold" and a.args[0] == "prod":
        return _log_of_product(n, t, a)
    return n.atom(t), None


def _log_of_product(n: Normaliser, t: Term, product: Term) -> Normal:
    """log of a product over an axis of positive factors."""
    _, i, high, body = product.args
    v = tm.fresh_index(i.size)
    if high is tm.dim(i.size) and n.shows("positive", tm.rename(body, {i: v})):
        return n.rule(t, "prod.log_axis", Substitution({"f": ((i,), body)}, {"?i": v}, {"?n": i.size}))
    return n.atom(t), None


def _trigonometric(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    (p,) = args
    name = t.args[0]
    if not p.terms:
        return n.rule(t, f"{name}.zero", plain())
    if len(p.terms) > 1:
        a, b = _head_and_tail(p)
        return n.rule(t, f"{name}.add", plain(a=a, b=b))
    ((m, c),) = p.terms
    if c < 0:
        rule = {"cos": "cos.even", "sin": "sin.odd"}[name]
        return n.rule(t, rule, plain(a=po.scaled(-c, po.product_term(m))))
    if m == ((PI, Fraction(1)),) and (2 * c).denominator == 1 and c <= MAX_MULTIPLE:
        half = po.scaled(Fraction(1, 2), PI)
        if c == Fraction(1, 2):
            return n.rule(t, f"{name}.half_pi", plain())
        return n.rule(t, f"{name}.add", plain(a=half, b=po.scaled(c - Fraction(1, 2), PI)))
    if c.denominator == 1 and 1 < c <= MAX_MULTIPLE:
        return n.rule(t, f"{name}.add", plain(a=po.product_term(m), b=po.scaled(c - 1, po.product_term(m))))
    return n.atom(t), None


MAX_MULTIPLE = 8
PI = tm.fn("pi")


def _floor(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    (p,) = args
    if n.shows("integer", p.term):
        return n.rule(t, "floor.integer", plain(a=p.term))
    whole = [(m, c) for m, c in p.terms if n.shows("integer", po.scaled(c, po.product_term(m)))]
    if whole:
        rest = Poly(tuple(x for x in p.terms if x not in whole)).term
        return n.rule(t, "floor.shift", plain(a=rest, b=Poly(tuple(whole)).term))
    return n.atom(t), None


def _odd(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    (p,) = args
    if not p.terms:
        return n.rule(t, "erf.zero", plain())
    if p.terms[-1][1] < 0:
        return n.rule(t, "erf.odd", plain(a=po.plus([(Fraction(-1), p)]).term))
    return n.atom(t), None


def _pick(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    a, b = (p.term for p in args)
    left, right = (a - b, b - a) if t.args[0] == "max" else (b - a, a - b)
    for rule, test in (("left", left), ("right", right)):
        if n.shows("nonnegative", n.norm(test)[0].term):
            return n.rule(t, f"{t.args[0]}.{rule}", plain(a=a, b=b))
    if n.steps:
        return n.rule(t, f"{t.args[0]}.step", plain(a=a, b=b))
    if tm.varying(t, n.statement.laws.symmetric):
        return n.rule(t, f"{t.args[0]}.abs", plain(a=a, b=b))
    n.stuck[n.norm(a - b)[0].term] = None
    return n.atom(t), None


def _abs(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    a = args[0].term
    if n.shows("nonnegative", a):
        return n.rule(t, "abs.nonnegative", plain(a=a))
    if n.shows("nonnegative", n.norm(-a)[0].term):
        return n.rule(t, "abs.nonpositive", plain(a=a))
    if n.steps:
        return n.rule(t, "abs.step", plain(a=a))
    return _factored(n, t, args[0])


def _sign(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    a = args[0].term
    if not args[0].terms:
        return n.rule(t, "sign.zero", plain())
    if n.shows("positive", a):
        return n.rule(t, "sign.positive", plain(a=a))
    if n.shows("positive", n.norm(-a)[0].term):
        return n.rule(t, "sign.negative", plain(a=a))
    return _factored(n, t, args[0])


def _factored(n: Normaliser, t: Term, p: Poly) -> Normal:
    """Modulus or sign of a product, factor by factor; of a sum, with its content taken out."""
    rule = f"{t.args[0]}.mul"
    if len(p.terms) == 1:
        ((m, c),) = p.terms
        pieces = ([tm.num(c)] if c != 1 else []) + [po.factor_term(f) for f in m]
        if len(pieces) > 1:
            return n.rule(t, rule, plain(a=pieces[0], b=tm.mul(*pieces[1:])))
    else:
        lead = po.leading(p)
        c = abs(lead[1]) if lead else Fraction(1)
        common = list(po.content(p).items())
        rest = Poly.of({po.monomial(po.without(m, common)): d / c for m, d in p.terms})
        # the orientation that was met first stays, so that a hypothesis about it is still seen
        if po.plus([(Fraction(-1), rest)]).term in n.oriented:
            c = -c
        n.oriented.add(rest.term)
        found = n.divided(p, c, common) if common or c != 1 else None
        if found is not None:
            outside, inside, shown = found
            product = tm.fn(t.args[0], outside * inside)
            line = n.recorder.within(t, product, [((1,), n.recorder.sym(shown))])
            result, more = n.rule(product, rule, plain(a=outside, b=inside))
            return result, n.recorder.chain(t, result.term, [line, more])
    n.stuck[p.term] = None
    return n.atom(t), None


def _branch(n: Normaliser, t: Term, args: list[Poly]) -> Normal:
    u, a, b = (p.term for p in args)
    opposite = n.norm(-u)[0].term
    choices = {
        "if_positive": (("if.positive", "positive", u), ("if.not_positive", "nonnegative", opposite)),
        "if_nonnegative": (("if.nonnegative", "nonnegative", u), ("if.negative", "positive", opposite)),
        "if_nonzero": (("if.nonzero", "nonzero", u),),
    }
    if a is b:
        return n.rule(t, t.args[0].replace("if_", "if.same_"), plain(u=u, a=a))
    if t.args[0] == "if_nonzero" and not args[0].terms:
        return n.rule(t, "if.zero", plain(a=a, b=b))
    for rule, kind, test in choices[t.args[0]]:
        if n.shows(kind, test):
            return n.rule(t, rule, plain(u=u, a=a, b=b))
    if t.args[0] == "if_positive" and tm.varying(u, n.statement.laws.symmetric) and n.shows("nonzero", u):
        return n.rule(t, "if.sign", plain(u=u, a=a, b=b))
    if u.free - n.statement.free and (a, b) != (tm.ONE, tm.ZERO):
        # no case distinction reaches a bound index: what stands beside the bracket is to meet the rest
        return n.rule(t, t.args[0].replace("if_", "if.bracket_"), plain(u=u, a=a, b=b))
    n.stuck[u] = None
    return n.atom(t), None


def _det(n: Normaliser, t: Term, _: list[Poly]) -> Normal:
    return normal_det(n, t)


HANDLERS: dict[str, Callable[[Normaliser, Term, list[Poly]], Normal]] = {
    "det": _det,
    "exp": _exp,
    "log": _log,
    "cos": _trigonometric,
    "sin": _trigonometric,
    "erf": _odd,
    "floor": _floor,
    "max": _pick,
    "min": _pick,
    "abs": _abs,
    "sign": _sign,
    "if_positive": _branch,
    "if_nonnegative": _branch,
    "if_nonzero": _branch,
}
