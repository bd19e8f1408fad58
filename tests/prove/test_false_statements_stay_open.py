"""False statements that come close to what rules, kinds of derivation and laws say: none may be proved."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from sympy import Abs, Max, Ne, Piecewise, Rational, exp, floor, log, oo, sin, sqrt

from formulas.chance import (
    Bernoulli,
    Cumulants,
    E,
    Gaussian,
    Independent,
    Moments,
    Symmetric,
    Variance,
    random,
)
from formulas.language import (
    Everywhere,
    Partial,
    delta,
    dim,
    index,
    natural,
    positive,
    real,
    sequence,
    smooth,
    tensor,
    total,
)
from formulas.matrices import Det
from formulas.schema import Approach, Claim, Quotient, Relation, Segment, Squeeze
from symcheck.prover import Open, prove

n = dim("n")
i, j, k, a, b = index("i j k a b")
x, y = tensor("x", n), tensor("y", n)
A, B, C = (tensor(name, n, n) for name in "ABC")
p = tensor("p", n, positive=True)
s, t, u, r, c2 = real("s"), real("t"), real("u"), positive("r"), positive("c2")
N, T = natural("N"), natural("T")
X, Y, Z, q, K = random("X"), random("Y"), random("Z"), random("q", n), random("K", n)
f, df = smooth("f"), smooth("f'")
g, v = sequence("g"), sequence("v")
LE, LT, GE, GT, TE = Relation.LE, Relation.LT, Relation.GE, Relation.GT, Relation.TENDS


def eq(left: Any, right: Any) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)


def to0(of: sp.Symbol, side: Any = "") -> Approach:
    return Approach(x=of, to=sp.S.Zero, side=side)


FALSE: list[tuple[str, Any, Any, Relation | None, tuple[sp.Basic, ...], Any, Approach | None]] = [
    ("range with real end", total(sp.S.One, (k, r)), 0, GT, (), None, None),
    ("range to N positive", total(sp.S.One, (k, N)), 0, GT, (), None, None),
    ("range N-1", total(sp.S.One, (k, N - 1)), N - 1, None, (), None, None),
    ("prod empty", sp.Product(r, (k, 1, N - 2)), r ** (N - 2), None, (), None, None),
    ("telescoping off", total(g[k + 1] - g[k], (k, N)), g[N] - g[1], None, (), None, None),
    ("geometric s=1", total(s ** (k - 1), (k, N)), (1 - s**N) / (1 - s), None, (), None, None),
    ("E product", E(X * Y), E(X) * E(Y), None, (Independent(X, Z), Independent(Y, Z)), None, None),
    ("E indep of square", E(X**2 * Y), E(X) ** 2 * E(Y), None, (Independent(X, Y),), None, None),
    ("E entries indep", E(q[i] * q[j]), E(q[i]) * E(q[j]), None, (Independent(q, K),), None, None),
    ("Var sum", Variance(X + Y), Variance(X) + Variance(Y), None, (), None, None),
    ("reflect", E(X * Abs(Y)), 0, None, (Symmetric(X),), None, None),
    ("reflect2", E(Max(0, X)), E(Abs(X)), None, (Symmetric(X),), None, None),
    ("gauss", E(X**4), 3 * c2**2, None, (Moments(X, 0, X, c2),), None, None),
    ("gauss exp", E(exp(X) * X), c2 * E(exp(X)), None, (Gaussian(X, 0, X, c2),), None, None),
    (
        "gauss cross",
        E(X**2 * Y**2),
        E(X**2) * E(Y**2),
        None,
        (Gaussian(X, 0, X, c2), Gaussian(Y, 0, Y, c2)),
        None,
        None,
    ),
    ("E log", E(log(Abs(X) + 1)), log(E(Abs(X)) + 1), None, (), None, None),
    ("dE", Partial(E(X), s), 1, None, (Moments(X, s, X, c2),), None, None),
    ("d under hyp", Partial(s**2, s), 0, None, (eq(s, 1),), None, None),
    ("d hyp2", Partial(s * t, s), t + s, None, (eq(t, s),), None, None),
    ("d abs", Partial(Abs(s), s), 1, None, (s >= 0,), None, None),
    ("d max", Partial(Max(s, t), s), Rational(1, 2), None, (eq(s, t),), None, None),
    ("d piece", Partial(Piecewise((s**2, s > 0), (1, True)), s), 0, None, (s <= 0,), None, None),
    ("d sqrt", Partial(sqrt(s), s), 1 / (2 * sqrt(s)), None, (s >= 0,), None, None),
    ("d floor", Partial(floor(s), s), 0, None, (), None, None),
    (
        "d sum range",
        Partial(total(s**k, (k, N)), s),
        total(k * s ** (k - 1), (k, N + 1)),
        None,
        (),
        None,
        None,
    ),
    ("everywhere", f(s) - f(t), u * (s - t), LE, (Everywhere(r, df(r) <= u),), None, None),
    ("det sum", Det(A), Det(B) + Det(C), None, (eq(A[i, j], B[i, j] + C[i, j]),), None, None),
    ("det had", Det(A), Det(B) * Det(C), None, (eq(A[a, b], B[a, b] * C[a, b]),), None, None),
    ("det transp neg", Det(A), -Det(B), None, (eq(A[a, b], B[b, a]),), None, None),
    ("det scal", Det(A), s * Det(B), None, (eq(A[a, b], s * B[a, b]),), None, None),
    ("det diag", Det(A), total(x[k], (k, n)), None, (eq(A[a, b], delta(a, b) * x[a]),), None, None),
    ("lim", (1 + 1 / s) ** s, 1, TE, (), None, Approach(x=s, to=oo)),
    ("lim2", sin(s) / s, 0, TE, (), None, to0(s)),
    ("lim3", Abs(s) / s, 1, TE, (), None, to0(s)),
    ("lim4", 1 / s, 0, TE, (), None, to0(s, "+")),
    ("lim hop", (2 * s + 1) / (s + 1), 2, TE, (), Quotient(top=2 * s + 1, bottom=s + 1), to0(s)),
    (
        "lim sq",
        s * sin(1 / s),
        0,
        TE,
        (),
        Squeeze(below=-s, above=s, gaps=(s * (1 - sin(1 / s)), s * (1 + sin(1 / s)))),
        to0(s, "-"),
    ),
    (
        "lim sq2",
        sp.sign(s),
        0,
        TE,
        (),
        Squeeze(below=-s, above=s, gaps=(s - sp.sign(s), s + sp.sign(s))),
        to0(s, "+"),
    ),
    ("lim tie", exp(-r * s) / (1 + exp(-r * s)), 0, TE, (), None, Approach(x=r, to=oo)),
    ("lim sum", total(exp(-r * x[k]), (k, n)), 0, TE, (x[i] >= 0,), None, Approach(x=r, to=oo)),
    (
        "ineq cs strict",
        total(x[k] * y[k], (k, n)) ** 2,
        total(x[k] ** 2, (k, n)) * total(y[k] ** 2, (k, n)),
        LT,
        (),
        None,
        None,
    ),
    ("sum pos", total(x[k] ** 2, (k, n)), 0, GT, (), None, None),
    ("sum pos one", total(x[k] ** 2, (k, n)), 0, GT, (Ne(s, 0),), None, None),
    ("sum nonzero", total(x[k], (k, n)), 0, GT, (Ne(x[i], 0),), None, None),
    ("entry", x[j], 0, GE, (total(x[k], (k, n)) >= 0,), None, None),
    ("entry le", x[j], total(x[k], (k, n)), LE, (total(x[k], (k, n)) >= 0,), None, None),
    ("induct", v[N], 0, GT, (eq(v[0], 1), eq(v[T + 1], v[T] - 1)), None, None),
    ("induct2", v[N], 2**N, None, (eq(v[T + 1], 2 * v[T]),), None, None),
    ("induct3", v[N + 1], v[N], GE, (eq(v[T + 1], s * v[T]), s >= 1), None, None),
    ("integers", N, 1, GE, (), None, None),
    ("floor", floor(s + Rational(1, 2)), s, LE, (), None, None),
    ("floor2", floor(2 * s), 2 * floor(s), None, (), None, None),
    ("int", N**2, N, GT, (), None, None),
    ("onehot", total(p[k], (k, n)), 1, GE, (), None, None),
    ("log", log(s**2), 2 * log(s), None, (Ne(s, 0),), None, None),
    ("log s>0 only", log(s * t), log(s) + log(t), None, (s * t > 0,), None, None),
    ("powers", (s**2) ** Rational(1, 2), s, None, (), None, None),
    ("powers2", (s**2) ** Rational(3, 2), s**3, None, (), None, None),
    (
        "segment",
        f(s) - f(t),
        0,
        GE,
        (s >= t, Everywhere(u, df(u) >= -1)),
        Segment(x=u, f=f(u) + u, start=t, end=s, slope=df(u) + 1),
        None,
    ),
    ("cum", E(q[i] * q[j] * q[k]), 0, None, (Cumulants(q[a], 0, c2),), None, None),
    ("cum2", E(q[i] ** 4), 3 * c2**2, None, (Cumulants(q[a], 0, c2, 0),), None, None),
    ("bern", E(X * Y), c2**2, None, (Bernoulli(X, c2), Bernoulli(Y, c2)), None, None),
    ("delta", delta(i, j) * x[i], x[j], None, (), None, None),
    ("n1", total(x[k], (k, n)) ** 2, total(x[k] ** 2, (k, n)), None, (), None, None),
]


@pytest.mark.parametrize("case", FALSE, ids=lambda case: case[0])
def test_it_stays_open(case: tuple[Any, ...]) -> None:
    _, lhs, rhs, relation, given, certificate, approach = case
    claim = Claim(
        name="false",
        lhs=sp.sympify(lhs),
        rhs=sp.sympify(rhs),
        relation=relation or Relation.EQ,
        hypotheses=given,
        certificate=certificate,
        approach=approach,
    )
    assert isinstance(prove(claim), Open)
