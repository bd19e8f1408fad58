"""A plain evaluator of terms for tests: exact on rational terms, 60 digits elsewhere.

Written against the meaning of terms only; it shares no code with prover, checker or falsifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath as mp
from matrix_cases import determinant

from symcheck.terms.term import Index, Term

mp.mp.dps = 60
Values = Mapping[str, Mapping[tuple[int, ...], Any]]
Law = Sequence[tuple[Fraction, Values]]


def _function(name: str, *args: Any) -> Any:
    x = list(args)
    match name:
        case "pi":
            return mp.pi()
        case "sigmoid":
            return 1 / (1 + mp.exp(-x[0]))
        case "softplus":
            return mp.log(1 + mp.exp(x[0]))
        case "Phi":
            return mp.ncdf(x[0])
        case "normal_density":
            return mp.npdf(x[0])
        case "ExpGap":
            return mp.exp(x[0]) - 1 - x[0]
        case "MillsGap":
            return mp.npdf(x[0]) - x[0] * (1 - mp.ncdf(x[0]))
        case "max":
            return max(x)
        case "min":
            return min(x)
        case "abs":
            return abs(x[0])
        case "sign":
            return mp.sign(x[0])
        case "if_positive":
            return x[1] if x[0] > 0 else x[2]
        case "if_nonnegative":
            return x[1] if x[0] >= 0 else x[2]
        case "if_nonzero":
            return x[1] if x[0] != 0 else x[2]
        case "Frac":
            return x[0] - mp.floor(x[0])
        case "ceiling":
            return mp.ceil(x[0])
    if name.endswith("'"):
        return mp.diff(getattr(mp, name[:-1]), x[0])
    return getattr(mp, name)(*x)


def to_mp(v: Any) -> Any:
    return mp.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v


def _of_vector(t: Term, sizes: Mapping[str, int], values: Values, at: Mapping[Index, int]) -> Any:
    """sin, or a derivative of it, of a weighted sum of the entries; the weights depend on the component."""
    name, vector, *where = t.args
    order = len(name) - len(name.rstrip("'"))
    numbers = [int(evaluate(a, sizes, values, at)) for a in where]
    outs, slots = numbers[: len(numbers) - order], numbers[len(numbers) - order :]
    k, body = vector.args
    size = int(k.size) if k.size.isdigit() else sizes[k.size]
    weight = {q: mp.mpf(q + sum(outs)) / 3 for q in range(1, size + 1)}
    s = sum(weight[q] * evaluate(body, sizes, values, {**at, k: q}) for q in range(1, size + 1))
    return mp.sin(s + order * mp.pi / 2) * mp.fprod(weight[q] for q in slots)


def evaluate(
    t: Term,
    sizes: Mapping[str, int],
    values: Values,
    at: Mapping[Index, int],
    *,
    exact: bool = False,
    law: Law = (),
) -> Any:
    """The value of ``t``: a Fraction if ``exact`` (rational terms only), else 60 digits.

    ``law``: the weight of each outcome and the values of the random quantities there.  Derivatives are
    central differences, good to about 25 digits."""
    lift = (lambda v: v) if exact else to_mp

    def index(i: Index) -> int:
        return int(i.name[1:]) if i.constant else at[i]

    def go(s: Term) -> Any:
        return evaluate(s, sizes, values, at, exact=exact, law=law)

    def average(s: Term) -> Any:
        parts = (
            lift(w) * evaluate(s, sizes, {**values, **there}, at, exact=exact, law=law) for w, there in law
        )
        return sum(parts, lift(Fraction(0)))

    match t.op:
        case "num":
            return lift(t.args[0])
        case "dim":
            return lift(Fraction(sizes[t.args[0]]))
        case "var":
            where = tuple(index(a) if isinstance(a, Index) else int(go(a)) for a in t.args[1:])
            return lift(values[t.args[0]][where])
        case "ord":
            return lift(Fraction(index(t.args[0])))
        case "fold":
            join, i, high, body = t.args
            whole = range(1, int(go(high)) + 1)
            out = lift(Fraction(join == "prod"))
            for k in whole:
                value = evaluate(body, sizes, values, {**at, i: k}, exact=exact, law=law)
                out = out + value if join == "sum" else out * value
            return out
        case "delta":
            return lift(Fraction(int(index(t.args[0]) == index(t.args[1]))))
        case "add":
            return sum((go(a) for a in t.args), lift(Fraction(0)))
        case "mul":
            out = lift(Fraction(1))
            for a in t.args:
                out = out * go(a)
            return out
        case "pow":
            base, e = go(t.args[0]), go(t.args[1])
            return base ** int(e) if exact else mp.power(base, e)
        case "sum":
            i, body = t.args
            size = int(i.size) if i.size.isdigit() else sizes[i.size]
            terms = (
                evaluate(body, sizes, values, {**at, i: k}, exact=exact, law=law) for k in range(1, size + 1)
            )
            return sum(terms, lift(Fraction(0)))
        case "mean":
            return average(t.args[0])
        case "fn" if t.args[0] == "det":
            return determinant({at: lift(x) for at, x in values[t.args[1].args[0]].items()})
        case "fn" if t.args[0] in ("Variance", "Covariance"):
            x, y = t.args[1], t.args[-1]
            return average(x * y) - average(x) * average(y)
        case "fn" if len(t.args) > 1 and t.args[1].op == "vec":
            return _of_vector(t, sizes, values, at)
        case "fn":
            return _function(t.args[0], *map(go, t.args[1:]))
        case "d":
            body, x = t.args
            key = tuple(index(a) if isinstance(a, Index) else int(go(a)) for a in x.args[1:])
            name = x.args[0]
            h = mp.mpf(10) ** -15
            sides = []
            for step in (h, -h):
                moved = {**values, name: {**values[name], key: to_mp(values[name][key]) + step}}
                sides.append(evaluate(body, sizes, moved, at, law=law))
            return (sides[0] - sides[1]) / (2 * h)
    raise AssertionError(t.op)
