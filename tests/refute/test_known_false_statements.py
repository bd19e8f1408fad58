"""False statements that must be refuted, true ones that must not, and a falsifier that always says "fine"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
import sympy as sp
from sympy import Abs, Eq, Max, Ne, Rational, cos, exp, log, sin, sqrt, tanh

from formulas.language import (
    Expr,
    Partial,
    Phi,
    delta,
    dim,
    index,
    nonnegative,
    normal_density,
    positive,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)
from formulas.schema import Relation
from symcheck.refute.falsify import Falsification, falsify_statement

n, d = dim("n"), dim("d")
i, j, k, m = index("i j k m")
x, y, alpha = real("x"), real("y"), real("alpha")
a, b = positive("a"), positive("b")
tau, t = positive("tau"), nonnegative("t")
z, v, g = tensor("z", n), tensor("v", n), tensor("g", n)
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
A, B, C = tensor("A", n, n), tensor("B", n, n), tensor("C", n, n)
Q, K = tensor("Q", n, d), tensor("K", n, d)
r = tensor("r", n, d, positive=True)

EQ, LE, LT, GE, GT = Relation.EQ, Relation.LE, Relation.LT, Relation.GE, Relation.GT


def softmax(of: sp.IndexedBase, at: Expr, dummy: sp.Symbol = k) -> Expr:
    return exp(of[at]) / total(exp(of[dummy]), (dummy, n))


def mean(of: sp.IndexedBase, dummy: sp.Symbol = m) -> Expr:
    return total(of[dummy], (dummy, n)) / n


def variance(of: sp.IndexedBase) -> Expr:
    return total((of[k] - mean(of)) ** 2, (k, n)) / n


def trace(*factors: sp.IndexedBase) -> Expr:
    names = index("a1 a2 a3 a4")[: len(factors)]
    product = sp.Mul(*[f[names[c], names[(c + 1) % len(factors)]] for c, f in enumerate(factors)])
    return total(product, *[(name, n) for name in names])


def is_distribution(of: sp.IndexedBase) -> sp.Basic:
    return Eq(total(of[i], (i, n)), 1, evaluate=False)


@dataclass(frozen=True)
class Case:
    area: str
    lhs: Expr
    rhs: Expr
    relation: Relation = EQ
    given: Sequence[sp.Basic] = ()

    def run(self, how: Callable[..., Falsification] = falsify_statement) -> Falsification:
        return how(self.lhs, self.rhs, self.relation, self.given, seconds=20.0)


_kl = total(p[i] * log(p[i] / q[i]), (i, n))
_entropy = -total(p[i] * log(p[i]), (i, n))
_norm = sqrt(total(z[k] ** 2, (k, n)))
_layer = (z[i] - mean(z)) / sqrt(variance(z) + 1)

FALSE: dict[str, Case] = {
    "log of a product": Case("logarithms", log(x * y), log(x) + log(y)),
    "log of a square": Case("logarithms", log(x**2), 2 * log(x)),
    "root of a square": Case("roots", sqrt(x**2), x),
    "root of a sum": Case("roots", sqrt(a + b), sqrt(a) + sqrt(b)),
    "square of a sum": Case("sums", total(z[i], (i, n)) ** 2, total(z[i] ** 2, (i, n))),
    "product of sums": Case("sums", total(z[i], (i, n)) * total(v[i], (i, n)), total(z[i] * v[i], (i, n))),
    "sum of a constant": Case("sums", total(x, (i, n)), x),
    "cancelled quotient": Case("domains", (x**2 - 1) / (x - 1), x + 1),
    "dimension one or two only": Case(
        "matrices", trace(A) ** 3 - 3 * trace(A) * trace(A, A) + 2 * trace(A, A, A), sp.S.Zero
    ),
    "trace of a permuted product": Case("matrices", trace(A, B, C), trace(A, C, B)),
    "transposed product in the wrong order": Case(
        "matrices", total(A[j, k] * B[k, i], (k, n)), total(A[k, i] * B[j, k], (k, n))
    ),
    "gradient of a quadratic form": Case(
        "matrices",
        Partial(total(z[i] * A[i, k] * z[k], (i, n), (k, n)), z[j]),
        2 * total(A[j, k] * z[k], (k, n)),
    ),
    "sigmoid slope": Case("activations", Partial(sigmoid(x), x), sigmoid(x) * (1 + sigmoid(x))),
    "tanh slope": Case("activations", Partial(tanh(x), x), 1 - tanh(x)),
    "gelu slope": Case("activations", Partial(x * Phi(x), x), Phi(x) - x * normal_density(x)),
    "relu slope at 0": Case("activations", Partial(Max(0, x), x), sp.Piecewise((1, x > 0), (0, True)), EQ),
    "leaky relu of any slope": Case(
        "activations", Max(alpha * x, x), sp.Piecewise((x, x > 0), (alpha * x, True))
    ),
    "softplus is relu": Case("activations", softplus(x), Max(0, x), LE),
    "sigmoid steeper than a quarter nowhere": Case("activations", Partial(sigmoid(x), x), Rational(1, 4), LT),
    "softmax jacobian with a plus": Case(
        "softmax", Partial(softmax(z, i), z[j]), softmax(z, i) * (delta(i, j) + softmax(z, j))
    ),
    "softmax jacobian with one index": Case(
        "softmax", Partial(softmax(z, i), z[j]), softmax(z, i) * (delta(i, j) - softmax(z, i))
    ),
    "softmax invariant under scaling": Case(
        "softmax", exp(tau * z[i]) / total(exp(tau * z[k]), (k, n)), softmax(z, i)
    ),
    "softmax below a half": Case("softmax", softmax(z, i), Rational(1, 2), LE),
    "sum over the wrong index": Case("softmax", total(softmax(z, j), (i, n)), sp.S.One),
    "logsumexp below the maximum": Case("softmax", log(total(exp(z[k]), (k, n))), z[i], LE),
    "divergence symmetric": Case(
        "information",
        _kl,
        total(q[i] * log(q[i] / p[i]), (i, n)),
        EQ,
        (is_distribution(p), is_distribution(q)),
    ),
    "divergence of unnormalised weights": Case("information", _kl, sp.S.Zero, GE),
    "entropy above log n": Case("information", _entropy, log(n), GE, (is_distribution(p),)),
    "entropy strictly below log n": Case("information", _entropy, log(n), LT, (is_distribution(p),)),
    "entropies add without independence": Case(
        "information",
        -total(r[i, j] * log(r[i, j]), (i, n), (j, d)),
        -total(total(r[i, k], (k, d)) * log(total(r[i, k], (k, d))), (i, n))
        - total(total(r[k, j], (k, n)) * log(total(r[k, j], (k, n))), (j, d)),
        EQ,
        (Eq(total(r[i, j], (i, n), (j, d)), 1, evaluate=False),),
    ),
    "cross-entropy gradient of any target": Case(
        "losses",
        Partial(-total(v[i] * log(softmax(z, i)), (i, n)), z[j]),
        softmax(z, j) - v[j],
    ),
    "mean square without its factor": Case(
        "losses", Partial(total((z[i] - v[i]) ** 2, (i, n)) / n, z[j]), 2 * (z[j] - v[j])
    ),
    "variance without the mean": Case("statistics", variance(z), total(z[i] ** 2, (i, n)) / n),
    "half in place of one over n": Case("statistics", total(z[i], (i, n)) / 2, mean(z)),
    "layer norm slope without the mean term": Case(
        "normalisation",
        Partial(_layer, z[j]),
        (delta(i, j) - Rational(1, 1) / n) / sqrt(variance(z) + 1),
    ),
    "norm additive": Case(
        "norms", sqrt(total((z[k] + v[k]) ** 2, (k, n))), _norm + sqrt(total(v[k] ** 2, (k, n)))
    ),
    "reversed triangle": Case(
        "norms",
        sqrt(total((z[k] + v[k]) ** 2, (k, n))),
        _norm + sqrt(total(v[k] ** 2, (k, n))),
        GE,
    ),
    "norm has a slope everywhere": Case("norms", Partial(_norm, z[j]), z[j] / (_norm + Abs(z[j]))),
    "strict Cauchy-Schwarz": Case(
        "norms",
        total(z[i] * v[i], (i, n)) ** 2,
        total(z[i] ** 2, (i, n)) * total(v[i] ** 2, (i, n)),
        LT,
    ),
    "attention without the root": Case(
        "attention",
        total(Q[i, k] * K[j, k], (k, d)) / sqrt(d),
        total(Q[i, k] * K[j, k], (k, d)) / d,
    ),
    "rotation of the sum of positions": Case("rotary", cos(x - y), cos(x) * cos(y) - sin(x) * sin(y)),
    "geometric sum off by one": Case("series", (1 - a) * total(a**k, (k, n)), 1 - a**n, EQ, (a < 1,)),
    "strict where equality is allowed": Case("relations", x**2, sp.S.Zero, GT),
    "absolute value positive": Case("relations", Abs(x), sp.S.Zero, GT),
    "exponential above a line": Case("relations", exp(x), 1 + x, GT),
    "narrow violation": Case("relations", (x - Rational(17, 8)) ** 2, Rational(1, 1000), GE),
}

TRUE: dict[str, Case] = {
    "log of a product of positives": Case("logarithms", log(a * b), log(a) + log(b)),
    "root of a square": Case("roots", sqrt(x**2), Abs(x)),
    "square of a sum": Case("sums", total(z[i], (i, n)) ** 2, total(z[i] * z[j], (i, n), (j, n))),
    "cyclic trace": Case("matrices", trace(A, B, C), trace(B, C, A)),
    "softmax jacobian": Case(
        "softmax", Partial(softmax(z, i), z[j]), softmax(z, i) * (delta(i, j) - softmax(z, j))
    ),
    "divergence": Case("information", _kl, sp.S.Zero, GE, (is_distribution(p), is_distribution(q))),
    "relu slope off 0": Case(
        "activations", Partial(Max(0, x), x), sp.Piecewise((1, x > 0), (0, True)), EQ, (Ne(x, 0),)
    ),
    "Cauchy-Schwarz": Case(
        "norms",
        total(z[i] * v[i], (i, n)) ** 2,
        total(z[i] ** 2, (i, n)) * total(v[i] ** 2, (i, n)),
        LE,
    ),
    "slope of a function with a kink that cancels": Case("activations", Partial(x * Abs(x), x), 2 * Abs(x)),
    "variance shift": Case("statistics", variance(z), total(z[i] ** 2, (i, n)) / n - mean(z) ** 2),
}


@pytest.mark.parametrize("name", FALSE)
def test_false_statement_is_refuted(name: str) -> None:
    found = FALSE[name].run()
    assert found.counterexample is not None, found
    assert not found.vacuous
    assert found.counterexample.text


@pytest.mark.parametrize("name", TRUE)
def test_true_statement_is_not_refuted(name: str) -> None:
    found = TRUE[name].run()
    assert found.counterexample is None
    assert not found.vacuous
    assert found.points >= 10, found.reason


def missed(how: Callable[..., Falsification]) -> list[str]:
    """The false statements that a falsifier lets pass."""
    return [name for name, case in FALSE.items() if case.run(how).counterexample is None]


def test_the_register_covers_many_areas() -> None:
    assert len(FALSE) >= 40
    assert len({case.area for case in FALSE.values()}) >= 12


def test_a_falsifier_that_always_says_fine_is_caught() -> None:
    def fine(*_: object, **__: object) -> Falsification:
        return Falsification(points=40, shapes=((1,),), counterexample=None, vacuous=False)

    assert missed(fine) == list(FALSE)


def test_sums_are_refuted_at_two_and_hold_at_one() -> None:
    case = FALSE["square of a sum"]
    assert case.run().counterexample.sizes == {"n": 2}
    alone = tensor("z", 1)
    lhs, rhs = total(alone[i], (i, 1)) ** 2, total(alone[i] ** 2, (i, 1))
    assert falsify_statement(lhs, rhs).counterexample is None


def test_what_holds_up_to_two_fails_at_three() -> None:
    """The Cayley-Hamilton trap: every matrix of size 1 or 2 meets it."""
    found = FALSE["dimension one or two only"].run().counterexample
    assert found is not None and found.sizes == {"n": 3}


def test_softmax_jacobian_with_a_plus_shows_a_small_counterexample() -> None:
    found = FALSE["softmax jacobian with a plus"].run().counterexample
    assert found is not None
    assert found.sizes["n"] <= 2
    assert "n = " in found.text and "i = " in found.text and "≠" in found.text


def test_domain_counterexamples_say_so() -> None:
    for name in ("log of a product", "cancelled quotient", "relu slope at 0"):
        found = FALSE[name].run().counterexample
        assert found is not None and found.kind == "domain", name


def test_text_is_as_people_write_it() -> None:
    found = falsify_statement(x**2, x).counterexample
    assert found is not None
    assert found.text.startswith("x = ")
    assert float(sp.Rational(found.lhs)) == float(sp.Rational(found.rhs)) ** 2


def test_the_same_question_gets_the_same_answer() -> None:
    for name in list(FALSE)[:12]:
        assert FALSE[name].run() == FALSE[name].run()


def test_time_is_bounded() -> None:
    indices = index("c1 c2 c3 c4 c5 c6 c7 c8")
    deep = total(sp.Mul(*[z[c] + v[indices[0]] for c in indices]), *[(c, n) for c in indices])
    start = time.process_time()
    found = falsify_statement(deep, deep + 0 * x, seconds=1.0)
    assert time.process_time() - start < 4
    assert found.counterexample is None
    wide = tensor("wide", 50_000, 50_000)
    start = time.process_time()
    found = falsify_statement(total(wide[i, j], (i, 50_000), (j, 50_000)), sp.S.Zero, seconds=1.0)
    assert time.process_time() - start < 4
    assert found.points == 0 and found.reason and not found.vacuous
    found = falsify_statement(sp.Sum(k, (k, 1, 10**12)), x, seconds=1.0)
    assert found.points == 0 and found.counterexample is None
    found = falsify_statement(sp.Pow(2, sp.Pow(10, 9, evaluate=False), evaluate=False) * x, x, seconds=1.0)
    assert time.process_time() - start < 8


def test_what_is_not_understood_counts_nothing() -> None:
    found = falsify_statement(sp.Function("mystery")(x), x)
    assert found.points == 0 and found.counterexample is None and "mystery" in found.reason
    found = falsify_statement(z[i] + tensor("other", d)[i], x)
    assert found.points == 0 and found.counterexample is None and found.reason
