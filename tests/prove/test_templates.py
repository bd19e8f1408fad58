"""Inequalities of symbolic size without a certificate: one is found, or nothing is claimed."""

from __future__ import annotations

import pytest
import sympy as sp
from sympy import Eq, exp, log

from formulas.language import Expr, dim, index, tensor, total
from formulas.schema import Relation
from symcheck.prover import Open, Proof, prove_statement
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.search import Search
from symcheck.prover.templates import combination
from symcheck.terms.statement import statement

n = dim("n")
i, j, k = index("i j k")
x, y, z, v = (tensor(name, n) for name in "xyzv")
p, q = tensor("p", n, positive=True), tensor("q", n, positive=True)
LE, GE, GT = Relation.LE, Relation.GE, Relation.GT


def s(body: Expr, at: sp.Symbol = i) -> Expr:
    return total(body, (at, n))


P, Q = (Eq(total(of[k], (k, n)), 1, evaluate=False) for of in (p, q))
_z = s(exp(z[k]), k)
_kl = s(p[i] * log(p[i] / q[i]))
_entropy = -s(p[i] * log(p[i]))

TRUE = {
    "cauchy_schwarz": (s(x[i] * y[i]) ** 2, s(x[i] ** 2) * s(y[j] ** 2, j), LE),
    "square_of_a_sum": (s(x[i]) ** 2, n * s(x[j] ** 2, j), LE),
    "twice_a_product": (2 * s(x[i] * y[i]), s(x[i] ** 2) + s(y[i] ** 2), LE),
    "gibbs": (_kl, sp.S.Zero, GE, P, Q),
    "entropy_of_the_uniform": (_entropy, log(n), LE, P),
    "variance": (s(p[i] * x[i] ** 2), s(p[i] * x[i]) ** 2, GE, P),
    "convexity_of_logsumexp": (s(exp(z[i]) / _z * v[i] ** 2), s(exp(z[i]) / _z * v[i]) ** 2, GE),
}
FALSE = {
    "cauchy_schwarz_halved": (2 * s(x[i] * y[i]) ** 2, s(x[i] ** 2) * s(y[j] ** 2, j), LE),
    "square_of_a_sum_less_one": (s(x[i]) ** 2, (n - 1) * s(x[j] ** 2, j), LE),
    "gibbs_reversed": (_kl, sp.S.Zero, LE, P, Q),
    "gibbs_without_hypotheses": (_kl, sp.S.Zero, GE),
    "entropy_of_half": (_entropy, log(n) / 2, LE, P),
    "variance_reversed": (s(p[i] * x[i] ** 2), s(p[i] * x[i]) ** 2, LE, P),
    "variance_of_any_weights": (s(p[i] * x[i] ** 2), s(p[i] * x[i]) ** 2, GE),
    "strict": (2 * s(x[i] * y[i]), s(x[i] ** 2) + s(y[i] ** 2), Relation.LT),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_certificate_is_found(name: str) -> None:
    lhs, rhs, relation, *given = TRUE[name]
    found = prove_statement(lhs, rhs, relation, given)
    assert isinstance(found, Proof), found
    assert isinstance(found.derivation, Signed)


@pytest.mark.parametrize("name", FALSE)
def test_wrong_constants_and_missing_hypotheses_are_not_proved(name: str) -> None:
    lhs, rhs, relation, *given = FALSE[name]
    assert isinstance(prove_statement(lhs, rhs, relation, given), Open)


def test_weights_are_exact() -> None:
    lhs, rhs, relation = TRUE["cauchy_schwarz"]
    found = combination(statement(lhs, rhs, relation), Search())
    assert found is not None
    assert "1/2" in repr(found) or "/2" in repr(found)
