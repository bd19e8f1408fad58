"""A derivative is that of the expression as written: what docs/trust.md says of hypotheses and of laws."""

from __future__ import annotations

import pytest
import sympy as sp

from formulas.chance import E, Moments, random
from formulas.language import Expr, Partial, dim, index, positive, real, tensor, total
from formulas.schema import Claim
from symcheck.prover import Open, Proof, prove
from symcheck.refute.falsify import falsify

n = dim("n")
i, j, k = index("i j k")
X, p = random("X"), tensor("p", n)
mu, s = real("mu"), positive("s")
LAW = Moments(X, mu, X, s**2)
NORMALISED = sp.Eq(total(p[k], (k, n)), 1, evaluate=False)

CASES: dict[str, tuple[Expr, Expr, Expr, sp.Basic]] = {
    "a mean does not depend on the parameter of its law": (Partial(E(X), mu), sp.S.Zero, sp.S.One, LAW),
    "a parameter that is written counts": (Partial(E(mu + s * X), mu), sp.S.One, sp.S.Zero, LAW),
    "a factor that is written counts": (Partial(mu * E(X), mu), E(X), 2 * mu, LAW),
    "a total that is assumed to be 1 is derived": (
        Partial(total(p[i], (i, n)), p[j]), sp.S.One, sp.S.Zero, NORMALISED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_derivative_is_that_of_the_expression(name: str) -> None:
    lhs, right, wrong, given = CASES[name]
    claim = Claim(name=name.replace(" ", "_"), lhs=lhs, rhs=right, hypotheses=(given,))
    assert isinstance(prove(claim), Proof)
    assert falsify(claim).counterexample is None
    other = Claim(name=name.replace(" ", "_"), lhs=lhs, rhs=wrong, hypotheses=(given,))
    assert isinstance(prove(other), Open)
    assert falsify(other).counterexample is not None
