"""The rules of sums and products over a range of integers 1..b, which is empty for b <= 0.

``f(s)`` may depend on the bound integer s; a metavariable written without it cannot.
"""

from __future__ import annotations

from collections.abc import Callable

from symcheck.prover.rule import Rule, when
from symcheck.terms import term as tm
from symcheck.terms.term import ENDLESS, Index, Term, fn, fold, meta, num, partial, sum_over, value_of

s, k = Index("?s", ENDLESS), Index("?k", ENDLESS)
i = Index("?i", "?n")
a, b, c, r, u, x = (meta(name) for name in "abcrux")
S, K = value_of(s), value_of(k)
_natural = (when("natural", a), when("natural", b))


def _f(*at: Index | Term) -> Term:
    return meta("f", *at)


def _g(*at: Index | Term) -> Term:
    return meta("g", *at)


def _laws(join: str, unit: Term, op: Callable[[Term, Term], Term]) -> tuple[Rule, ...]:
    """What sums and products have in common."""

    def over(high: Term, body: Term) -> Term:
        return fold(join, s, high, body)

    return (
        Rule(f"{join}.empty", over(b, _f(s)), unit, (when("integer", b), when("nonnegative", -b))),
        Rule(f"{join}.single", over(num(1), _f(s)), _f(num(1))),
        Rule(f"{join}.split", over(a + b, _f(s)), op(over(a, _f(s)), over(b, _f(a + S))), _natural),
        Rule(f"{join}.reverse", over(b, _f(s)), over(b, _f(b + 1 - S)), (when("integer", b),)),
        Rule(
            f"{join}.pairs",
            over(2 * b, _f(s)),
            over(b, op(_f(2 * S - 1), _f(2 * S))),
            (when("natural", b),),
        ),
    )


def _sum(high: Term, body: Term, over: Index = s) -> Term:
    return fold("sum", over, high, body)


def _prod(high: Term, body: Term) -> Term:
    return fold("prod", i, high, body)


def _steps() -> tuple[Rule, ...]:
    """The derivative of an entry of a sequence by another, for each number of further axes."""
    out = []
    for rank in range(3):
        at = tuple(Index(f"?i{q}", f"?n{q}") for q in range(rank))
        by = tuple(Index(f"?j{q}", f"?n{q}") for q in range(rank))
        same = tm.mul(*[tm.delta(p, q) for p, q in zip(at, by, strict=True)])
        entry, other = tm.var("?x", a, *at), tm.var("?x", b, *by)
        out.append(
            Rule(f"diff.step{rank}", partial(entry, other), fn("if_nonzero", a - b, num(0), num(1)) * same)
        )
    return tuple(out)


RANGES = (
    *_laws("sum", num(0), lambda p, q: p + q),
    *_laws("prod", num(1), lambda p, q: p * q),
    Rule("sum.count", _sum(b, num(1)), b, (when("natural", b),)),
    Rule("sum.exchange", _sum(a, _sum(b, _f(s, k), k)), _sum(b, _sum(a, _f(s, k)), k)),
    Rule(
        "sum.triangle",
        _sum(b, _sum(S, _f(s, k), k)),
        _sum(b, _sum(b + 1 - K, _f(S + K - 1, k)), k),
        (when("integer", b),),
    ),
    Rule("sum.across", _sum(b, sum_over(i, _f(s, i))), sum_over(i, _sum(b, _f(s, i)))),
    Rule("sum.of_axis", sum_over(i, _f(value_of(i))), _sum(Term("dim", "?n"), _f(s))),
    Rule(
        "sum.at",
        _sum(b, fn("if_nonzero", S - c, num(0), num(1)) * _f(s)),
        _f(c),
        (when("integer", c), when("positive", c), when("nonnegative", b - c)),
    ),
    Rule("prod.constant", _prod(b, a), a**b, (when("natural", b),)),
    Rule("prod.mul", _prod(b, _f(i) * _g(i)), _prod(b, _f(i)) * _prod(b, _g(i))),
    Rule("prod.pow", _prod(b, _f(i) ** r), _prod(b, _f(i)) ** r, (when("positive", _f(i), i),)),
    Rule("prod.pow_natural", _prod(b, _f(i) ** r), _prod(b, _f(i)) ** r, (when("natural", r),)),
    Rule(
        "prod.log",
        fn("log", fold("prod", s, b, _f(s))),
        _sum(b, fn("log", _f(s))),
        (when("positive", _f(s), s),),
    ),
    Rule(
        "prod.log_axis",
        fn("log", _prod(Term("dim", "?n"), _f(i))),
        sum_over(i, fn("log", _f(i))),
        (when("positive", _f(i), i),),
    ),
    Rule("pow.add_natural", u**a * u**b, u ** (a + b), _natural),
    Rule("pow.mul_natural", (a * b) ** r, a**r * b**r, (when("natural", r),)),
    Rule("pow.pow_natural", (u**a) ** b, u ** (a * b), _natural),
    *_steps(),
    Rule(
        "diff.range",
        partial(_sum(b, _f(s)), x),
        _sum(b, partial(_f(s), x)),
        (when("variable", x), when("free_of", b, x), when("smooth", _f(s), x, s)),
    ),
)
