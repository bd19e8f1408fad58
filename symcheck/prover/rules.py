"""The rules of the calculus, as data.  To believe a proof one believes these lines.

A rule says ``lhs = rhs`` for all values of its metavariables that meet its conditions.  ``f(i)`` is a
metavariable that may depend on the index i; one written without i cannot contain it.  Everything
else that the checker takes for granted (ring laws, linearity of sums and derivatives,
renaming of bound indices) is in ``canonical.py``.
"""

from __future__ import annotations

from fractions import Fraction

from formulas.chance import AVERAGES
from formulas.language import DEFINITIONS
from symcheck.prover.matrix_rules import DETERMINANTS
from symcheck.prover.range_rules import RANGES
from symcheck.prover.rule import Condition, Rule
from symcheck.prover.rule import when as _when
from symcheck.terms import term as tm
from symcheck.terms.lower import Lowering
from symcheck.terms.term import Index, Term, delta, fn, meta, num, partial, sum_over

i, j = Index("?i", "?n"), Index("?j", "?n")
k = Index("?k", "?m")
a, b, r, s, u, x = (meta(name) for name in "abrsux")
HALF, TWO = num(Fraction(1, 2)), num(2)
PI = fn("pi")


def _f(*at: Index) -> Term:
    return meta("f", *at)


def _exp(t: Term) -> Term:
    return fn("exp", t)


def _log(t: Term) -> Term:
    return fn("log", t)


def _d(t: Term) -> Term:
    return partial(t, x)


def _step(t: Term) -> Term:
    """1 where t > 0, else 0."""
    return fn("if_positive", t, num(1), num(0))


_VARIABLE = _when("variable", x)


def _smooth(t: Term) -> Condition:
    """Differentiable in x: a product of functions may be so although its factors are not."""
    return _when("smooth", t, x)


_SUMS = (
    Rule("sum.delta", sum_over(i, delta(i, j) * _f(i)), _f(j)),
    Rule("sum.one", sum_over(i, num(1)), Term("dim", "?n")),
    Rule("sum.swap", sum_over(i, sum_over(k, _f(i, k))), sum_over(k, sum_over(i, _f(i, k)))),
    Rule("delta.substitute", delta(i, j) * _f(i), delta(i, j) * _f(j)),
    Rule("delta.same", delta(i, i), num(1)),
    Rule("delta.distinct", delta(i, j), num(0), (_when("distinct", i, j),)),
    Rule("delta.apart", delta(i, j), num(0), (_when("nonzero", tm.value_of(i) - tm.value_of(j)),)),
)

_POWERS = (
    Rule("pow.add", u**r * u**s, u ** (r + s), (_when("positive", u),)),
    Rule(
        "pow.add_nonnegative",
        u**r * u**s,
        u ** (r + s),
        (_when("nonnegative", u), _when("positive", r), _when("positive", s)),
    ),
    Rule(
        "pow.mul_nonnegative",
        (a * b) ** r,
        a**r * b**r,
        (_when("nonnegative", a), _when("nonnegative", b), _when("positive", r)),
    ),
    Rule(
        "pow.add_int",
        u**r * u**s,
        u ** (r + s),
        (_when("nonzero", u), _when("integer", r), _when("integer", s)),
    ),
    Rule("pow.mul", (a * b) ** r, a**r * b**r, (_when("positive", a), _when("positive", b))),
    Rule(
        "pow.mul_int",
        (a * b) ** r,
        a**r * b**r,
        (_when("nonzero", a), _when("nonzero", b), _when("integer", r)),
    ),
    Rule("pow.pow", (u**r) ** s, u ** (r * s), (_when("positive", u),)),
    Rule(
        "pow.pow_int",
        (u**r) ** s,
        u ** (r * s),
        (_when("nonzero", u), _when("integer", r), _when("integer", s)),
    ),
    Rule("pow.root_of_square", (u**TWO) ** HALF, fn("abs", u)),
    Rule("pow.reduce", a * (a + b) ** r, (a + b) ** (r + 1) - b * (a + b) ** r, (_when("positive", a + b),)),
    Rule(
        "pow.reduce_int",
        a * (a + b) ** r,
        (a + b) ** (r + 1) - b * (a + b) ** r,
        (_when("nonzero", a + b), _when("integer", r)),
    ),
    Rule("pow.zero", num(0) ** r, num(0), (_when("positive", r),)),
    Rule("pow.exp", u**r, _exp(r * _log(u)), (_when("positive", u),)),
)

_EXPONENTIALS = (
    Rule("exp.add", _exp(a + b), _exp(a) * _exp(b)),
    Rule("exp.zero", _exp(num(0)), num(1)),
    Rule("exp.scale", _exp(r * a), _exp(a) ** r),
    Rule("exp.log", _exp(_log(u)), u, (_when("positive", u),)),
    Rule("log.exp", _log(_exp(a)), a),
    Rule("log.one", _log(num(1)), num(0)),
    Rule("log.mul", _log(a * b), _log(a) + _log(b), (_when("positive", a), _when("positive", b))),
    Rule("log.pow", _log(u**r), r * _log(u), (_when("positive", u),)),
)

_TRIGONOMETRY = (
    Rule("cos.add", fn("cos", a + b), fn("cos", a) * fn("cos", b) - fn("sin", a) * fn("sin", b)),
    Rule("sin.add", fn("sin", a + b), fn("sin", a) * fn("cos", b) + fn("cos", a) * fn("sin", b)),
    Rule("cos.even", fn("cos", -a), fn("cos", a)),
    Rule("sin.odd", fn("sin", -a), -fn("sin", a)),
    Rule("cos.zero", fn("cos", num(0)), num(1)),
    Rule("sin.zero", fn("sin", num(0)), num(0)),
    Rule("cos.half_pi", fn("cos", HALF * PI), num(0)),
    Rule("sin.half_pi", fn("sin", HALF * PI), num(1)),
    Rule("sin.square", fn("sin", a) ** 2, 1 - fn("cos", a) ** 2),
)

_CASES = (
    Rule("floor.integer", fn("floor", a), a, (_when("integer", a),)),
    Rule("floor.shift", fn("floor", a + b), fn("floor", a) + b, (_when("integer", b),)),
    Rule("max.left", fn("max", a, b), a, (_when("nonnegative", a - b),)),
    Rule("max.right", fn("max", a, b), b, (_when("nonnegative", b - a),)),
    Rule("min.left", fn("min", a, b), a, (_when("nonnegative", b - a),)),
    Rule("min.right", fn("min", a, b), b, (_when("nonnegative", a - b),)),
    Rule("abs.nonnegative", fn("abs", a), a, (_when("nonnegative", a),)),
    Rule("abs.nonpositive", fn("abs", a), -a, (_when("nonnegative", -a),)),
    Rule("abs.mul", fn("abs", a * b), fn("abs", a) * fn("abs", b)),
    Rule("abs.square", fn("abs", a) ** 2, a**2),
    Rule("sign.mul", fn("sign", a * b), fn("sign", a) * fn("sign", b)),
    Rule("sign.zero", fn("sign", num(0)), num(0)),
    Rule("sign.positive", fn("sign", a), num(1), (_when("positive", a),)),
    Rule("sign.negative", fn("sign", a), num(-1), (_when("positive", -a),)),
    Rule("if.positive", fn("if_positive", u, a, b), a, (_when("positive", u),)),
    Rule("if.not_positive", fn("if_positive", u, a, b), b, (_when("nonnegative", -u),)),
    Rule("if.nonnegative", fn("if_nonnegative", u, a, b), a, (_when("nonnegative", u),)),
    Rule("if.negative", fn("if_nonnegative", u, a, b), b, (_when("positive", -u),)),
    Rule("if.zero", fn("if_nonzero", num(0), a, b), b),
    Rule("if.nonzero", fn("if_nonzero", u, a, b), a, (_when("nonzero", u),)),
    *(
        Rule(
            f"if.bracket_{test}", fn(f"if_{test}", u, a, b), b + (a - b) * fn(f"if_{test}", u, num(1), num(0))
        )
        for test in ("positive", "nonnegative", "nonzero")
    ),
    *(
        Rule(f"if.same_{test}", fn(f"if_{test}", u, a, a), a)
        for test in ("positive", "nonnegative", "nonzero")
    ),
    Rule("max.abs", fn("max", a, b), HALF * (a + b + fn("abs", a - b))),
    Rule("min.abs", fn("min", a, b), HALF * (a + b - fn("abs", a - b))),
    Rule("sign.square", fn("sign", a) ** 2, num(1), (_when("nonzero", a),)),
    Rule(
        "if.sign",
        fn("if_positive", u, a, b),
        HALF * (a + b) + HALF * (a - b) * fn("sign", u),
        (_when("nonzero", u),),
    ),
    Rule("max.step", fn("max", a, b), a + (b - a) * _step(b - a)),
    Rule("min.step", fn("min", a, b), b + (a - b) * _step(b - a)),
    Rule("abs.step", fn("abs", a), 2 * a * _step(a) - a),
)


def _variable_rules() -> tuple[Rule, ...]:
    """The derivative of an entry by an entry of the same tensor, for each number of axes."""
    out = []
    for rank in range(5):
        at = tuple(Index(f"?i{q}", f"?n{q}") for q in range(rank))
        by = tuple(Index(f"?j{q}", f"?n{q}") for q in range(rank))
        same = tm.mul(*[delta(p, q) for p, q in zip(at, by, strict=True)])
        out.append(Rule(f"diff.entry{rank}", partial(tm.var("?x", *at), tm.var("?x", *by)), same))
    return tuple(out)


def _field_rules() -> tuple[Rule, ...]:
    """Undefined smooth functions of a vector u, with so many components and derivatives already taken: the
    chain rule, and that second derivatives do not mind their order."""
    at, by = Index("?k", "?m"), Index("?l", "?m")
    u_at, u_by = meta("u", at), meta("u", by)
    vector = Term("vec", at, u_at)
    out = []
    for outs in range(2):
        where = [Term("ord", Index(f"?o{q}", f"?q{q}")) for q in range(outs)]
        for order in range(3):
            slots = [Term("ord", Index(f"?s{q}", "?m")) for q in range(order)]
            name = "?f" + "'" * order
            applied = fn(name, vector, *where, *slots)
            inner = fn(f"{name}'", vector, *where, *slots, Term("ord", by)) * _d(u_by)
            conditions = (_VARIABLE, _when("smooth", u_at, x, at), _when("undefined", applied))
            out.append(Rule(f"diff.field{outs}{order}", _d(applied), sum_over(by, inner), conditions))
        first, second = (Term("ord", Index(f"?s{q}", "?m")) for q in range(2))
        twice = "?f" + 2 * "'"
        one, other = fn(twice, vector, *where, first, second), fn(twice, vector, *where, second, first)
        out.append(Rule(f"field.symmetric{outs}", one, other, (_when("undefined", one),)))
    return tuple(out)


_DERIVATIVES = (
    *_field_rules(),
    *_variable_rules(),
    Rule("diff.constant", _d(a), num(0), (_VARIABLE, _when("free_of", a, x))),
    Rule("diff.mul", _d(a * b), _d(a) * b + a * _d(b), (_VARIABLE, _smooth(a), _smooth(b))),
    Rule(
        "diff.sum",
        _d(sum_over(i, _f(i))),
        sum_over(i, _d(_f(i))),
        (_VARIABLE, _when("smooth", _f(i), x, i)),
    ),
    Rule(
        "diff.pow",
        _d(u**r),
        r * u ** (r - 1) * _d(u),
        (_VARIABLE, _smooth(u), _when("free_of", r, x), _when("positive", u)),
    ),
    Rule(
        "diff.pow_int",
        _d(u**r),
        r * u ** (r - 1) * _d(u),
        (_VARIABLE, _smooth(u), _when("free_of", r, x), _when("nonzero", u), _when("integer", r)),
    ),
    Rule(
        "diff.pow_natural",
        _d(u**r),
        r * u ** (r - 1) * _d(u),
        (_VARIABLE, _smooth(u), _when("free_of", r, x), _when("natural", r - 1)),
    ),
    Rule(
        "diff.function",
        _d(fn("?f", u)),
        fn("?f'", u) * _d(u),
        (_VARIABLE, _smooth(u), _when("undefined", fn("?f", u))),
    ),
    Rule("diff.exp", _d(_exp(u)), _exp(u) * _d(u), (_VARIABLE, _smooth(u))),
    Rule("diff.log", _d(_log(u)), u ** num(-1) * _d(u), (_VARIABLE, _smooth(u), _when("positive", u))),
    Rule("diff.cos", _d(fn("cos", u)), -fn("sin", u) * _d(u), (_VARIABLE, _smooth(u))),
    Rule("diff.sin", _d(fn("sin", u)), fn("cos", u) * _d(u), (_VARIABLE, _smooth(u))),
    Rule(
        "diff.erf",
        _d(fn("erf", u)),
        2 * PI ** num(Fraction(-1, 2)) * _exp(-(u**2)) * _d(u),
        (_VARIABLE, _smooth(u)),
    ),
    Rule(
        "diff.max",
        _d(fn("max", a, b)),
        _d(a) + (_d(b) - _d(a)) * _step(b - a),
        (_VARIABLE, _smooth(a), _smooth(b), _when("nonzero", b - a)),
    ),
    Rule(
        "diff.min",
        _d(fn("min", a, b)),
        _d(b) + (_d(a) - _d(b)) * _step(b - a),
        (_VARIABLE, _smooth(a), _smooth(b), _when("nonzero", b - a)),
    ),
    Rule(
        "diff.abs",
        _d(fn("abs", u)),
        (2 * _step(u) - 1) * _d(u),
        (_VARIABLE, _smooth(u), _when("nonzero", u)),
    ),
    *(
        Rule(
            f"diff.{test}",
            _d(fn(test, u, a, b)),
            fn(test, u, _d(a), _d(b)),
            (_VARIABLE, _smooth(u), _smooth(a), _smooth(b), _when("nonzero", u)),
        )
        for test in ("if_positive", "if_nonnegative")
    ),
    *(
        Rule(
            f"diff.{test}_fixed",
            _d(fn(test, u, a, b)),
            fn(test, u, _d(a), _d(b)),
            (_VARIABLE, _smooth(a), _smooth(b), _when("free_of", u, x)),
        )
        for test in ("if_positive", "if_nonnegative", "if_nonzero")
    ),
)


def _definitions() -> tuple[Rule, ...]:
    """Unfolding rules: the heads of ``formulas.language`` and the hyperbolic functions."""
    lower = Lowering({})
    out = [
        Rule(
            "def.tanh",
            fn("tanh", a),
            (_exp(a) - _exp(-a)) * (_exp(a) + _exp(-a)) ** num(-1),
            (),
            "definition",
        ),
        Rule("def.ceiling", fn("ceiling", a), -fn("floor", -a), (), "definition"),
        Rule("def.sinh", fn("sinh", a), HALF * (_exp(a) - _exp(-a)), (), "definition"),
        Rule("def.cosh", fn("cosh", a), HALF * (_exp(a) + _exp(-a)), (), "definition"),
    ]
    for head, equation in DEFINITIONS.items():
        (parameter,) = equation.variables
        body = _replace_var(lower(equation.expr), str(parameter), a)
        out.append(Rule(f"def.{head.__name__}", fn(head.__name__, a), body, (), "definition"))
    return tuple(out)


def _replace_var(t: Term, name: str, new: Term) -> Term:
    if t.op == "var" and t.args == (name,):
        return new
    return tm.rebuild(t, [_replace_var(c, name, new) for c in t.children]) if t.children else t


def _gaussian_rules() -> tuple[Rule, ...]:
    """Integration by parts under a Gaussian law, for each number of axes of the random quantity."""
    out = []
    for rank in range(3):
        at = tuple(Index(f"?i{q}", f"?n{q}") for q in range(rank))
        other = tuple(Index(f"?j{q}", f"?n{q}") for q in range(rank))
        entry, by = tm.var("?x", *at), tm.var("?x", *other)
        centre, covariance = meta("m"), meta("c", *other)
        moved = covariance * tm.mean(partial(a, by))
        for q in reversed(other):
            moved = sum_over(q, moved)
        law = _when("gaussian", a, entry, centre, by, covariance, *other)
        out.append(Rule(f"mean.gaussian{rank}", tm.mean(entry * a), centre * tm.mean(a) + moved, (law,)))
    return tuple(out)


_EXPECTATIONS = (
    Rule("mean.sum", tm.mean(sum_over(i, _f(i))), sum_over(i, tm.mean(_f(i)))),
    Rule("mean.constant", tm.mean(a), a, (_when("fixed", a),)),
    Rule("mean.factor", tm.mean(a * b), a * tm.mean(b), (_when("fixed", a),)),
    Rule("mean.independent", tm.mean(a * b), tm.mean(a) * tm.mean(b), (_when("independent", a, b),)),
    Rule("mean.reflect", tm.mean(a), HALF * tm.mean(a + b), (_VARIABLE, _when("reflected", a, b, x))),
    *_gaussian_rules(),
)


def _average_definitions() -> tuple[Rule, ...]:
    out = []
    for head, equation in AVERAGES.items():
        body = Lowering({})(equation.expr)
        parts = (a, b)[: len(equation.variables)]
        for parameter, part in zip(equation.variables, parts, strict=True):
            body = _replace_var(body, str(parameter), part)
        out.append(Rule(f"def.{head.__name__}", fn(head.__name__, *parts), body, (), "definition"))
    return tuple(out)


_ODD = (Rule("erf.odd", fn("erf", -a), -fn("erf", a)), Rule("erf.zero", fn("erf", num(0)), num(0)))

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        *_SUMS,
        *RANGES,
        *_POWERS,
        *_EXPONENTIALS,
        *_TRIGONOMETRY,
        *_CASES,
        *_DERIVATIVES,
        *_ODD,
        *_EXPECTATIONS,
        *DETERMINANTS,
        *_definitions(),
        *_average_definitions(),
    )
}
