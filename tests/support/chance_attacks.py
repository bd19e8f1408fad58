"""Attempts to have something false about expectations accepted.  Each returns True if it got through."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy as sp

from formulas.chance import Bernoulli, E, Gaussian, Independent, Moments, Symmetric, Variance, random
from formulas.language import Partial, delta, dim, index, natural, positive, real, tensor, total
from formulas.schema import Relation
from symcheck.prover import CheckError, Proof, check, prove_statement
from symcheck.prover.derivation import Derivation, Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.kinds.cases import Cases, case_fact
from symcheck.prover.rules import RULES
from symcheck.prover.tactics import Search, normal_forms
from symcheck.terms import term as tm
from symcheck.terms.laws import Laws, Normal
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index, Term

d = dim("d")
i, j, a, b = index("i j a b")
X, Y, Z = random("X"), random("Y"), random("Z")
q, k, z = random("q", d), random("k", d), random("z", d)
C = tensor("C", d, d)
mu, s, p = real("mu"), positive("s"), positive("p")
U, V, W = tm.var("U"), tm.var("V"), tm.var("W")


def proved(lhs: sp.Expr, rhs: sp.Expr, *hypotheses: sp.Basic) -> bool:
    try:
        return isinstance(prove_statement(lhs, rhs, Relation.EQ, hypotheses), Proof)
    except CheckError:
        return False


def accepted(goal: Statement, derivation: Derivation) -> bool:
    try:
        check(goal, derivation)
    except CheckError:
        return False
    return True


def _instance(name: str, laws: Laws, subst: Substitution) -> bool:
    """Whether a rule is accepted under these laws."""
    left, right = (instantiate(side, subst) for side in (RULES[name].lhs, RULES[name].rhs))
    line = Line(left, right, "rule", name, subst)
    return accepted(Statement(left, right, laws=laws), Equation((line,)))


def _plain(**terms: Term) -> Substitution:
    return Substitution({name: ((), t) for name, t in terms.items()})


UV = frozenset({"U", "V"})


def _dependent() -> bool:
    product = _plain(a=U, b=V)
    own = _plain(a=U, b=U)
    return (
        _instance("mean.independent", Laws(random=UV), product)
        or _instance("mean.independent", Laws(UV, (UV,)), own)
        # U independent of W and W of V says nothing of U and V
        or _instance("mean.independent", Laws(UV, (frozenset("UW"), frozenset("WV"))), product)
    )


def _pairwise_only() -> bool:
    """Three quantities independent in pairs need not be so together."""
    pairs = (frozenset("UV"), frozenset("UW"), frozenset("VW"))
    return _instance("mean.independent", Laws(frozenset("UVW"), pairs), _plain(a=U, b=tm.mul(V, W)))


def _random_factor() -> bool:
    laws = Laws(random=UV)
    return _instance("mean.factor", laws, _plain(a=U, b=V)) or _instance("mean.constant", laws, _plain(a=U))


def _one_sided() -> bool:
    forged = _plain(a=U, b=-U, x=U)
    return (
        _instance("mean.reflect", Laws(random=UV), forged)
        # symmetric, but what else is random may depend on it
        or _instance("mean.reflect", Laws(UV, symmetric=frozenset("U")), _plain(a=U * V, b=-U * V, x=U))
        # only one of the two places is reflected
        or _instance("mean.reflect", Laws(UV, symmetric=frozenset("U")), _plain(a=U * U, b=-U * U, x=U))
    )


def _parts(f: Term, m: Term, c: Term) -> Substitution:
    return Substitution({"a": ((), f), "?x": ((), U), "m": ((), m), "c": ((), c)})


def _not_gaussian() -> bool:
    law = {"U": Normal((), tm.ZERO, (), tm.num(4))}
    square, four = U * U, tm.num(4)
    return (
        _instance("mean.gaussian0", Laws(UV), _parts(U, tm.ZERO, four))
        or _instance("mean.gaussian0", Laws(UV, normal=law), _parts(U, tm.ONE, four))
        or _instance("mean.gaussian0", Laws(UV, normal=law), _parts(U, tm.ZERO, tm.num(2)))
        # what else is random may depend on it
        or _instance("mean.gaussian0", Laws(UV, normal=law), _parts(V * square, tm.ZERO, four))
        # integration by parts of what need not have an expectation
        or _instance("mean.gaussian0", Laws(UV, normal=law), _parts(tm.fn("exp", square), tm.ZERO, four))
    )


def _case_on_an_outcome() -> bool:
    """E|U| = U where U > 0 and -U elsewhere: a case holds at one outcome, the expectation is over all."""
    laws = Laws(random=frozenset({"U"}))
    goal = Statement(tm.mean(tm.fn("abs", U)), tm.fn("abs", tm.mean(U)), laws=laws)
    branches = {sign: normal_forms(goal.given(case_fact(U, sign)), Search()) for sign in (-1, 0, 1)}
    return accepted(goal, Cases(U, {sign: b for sign, b in branches.items() if b is not None}))


def _outcome_of_a_fact() -> bool:
    """A fact about the value of E U says nothing of U."""
    u = Laws(random=frozenset({"U"}))
    goal = Statement(tm.mean(tm.fn("abs", U)), tm.mean(U), facts=(Fact("positive", tm.mean(U)),), laws=u)
    up = Line(tm.fn("abs", U), U, "rule", "abs.nonnegative", _plain(a=U))
    inside = Line(tm.mean(tm.fn("abs", U)), tm.mean(U), "within", uses=(((0,), 0),))
    return accepted(goal, Equation((up, inside)))


def _nonzero_mean() -> bool:
    """A quantity that is never 0 may have mean 0."""
    ratio = tm.mul(tm.mean(U), tm.power(tm.mean(U), -1))
    goal = Statement(ratio, ratio, facts=(Fact("nonzero", U),), laws=Laws(random=frozenset({"U"})))
    return accepted(goal, Equation(()))


def _covariance_with_one_entry() -> bool:
    """E U[r] U[t] is the covariance of r and t, not that of r and any s."""
    r, s_, t = (Index(name, "d") for name in "rst")
    p_, q_ = Index("p", "d"), Index("q", "d")
    laws = Laws(frozenset({"U"}), normal={"U": Normal((p_,), tm.ZERO, (q_,), tm.var("K", p_, q_))})
    terms = {"a": ((), tm.var("U", t)), "?x": ((), tm.var("U", r)), "m": ((), tm.ZERO)}
    fixed = Substitution({**terms, "c": ((p_,), tm.var("K", r, s_))}, {"?i0": r, "?j0": s_}, {"?n0": "d"})
    left, right = (
        instantiate(side, fixed) for side in (RULES["mean.gaussian1"].lhs, RULES["mean.gaussian1"].rhs)
    )
    goal = Statement(tm.sum_over(s_, left), tm.sum_over(s_, right), laws=laws)
    rule = Line(left, right, "rule", "mean.gaussian1", fixed)
    return accepted(goal, Equation((rule, Line(goal.lhs, goal.rhs, "within", uses=(((1,), 0),)))))


def _law_at_another_number() -> bool:
    """N (E X - N + 1) is 0 at N = 0, and at N + 1 where X has mean N."""
    N = natural("N")
    return proved(N * (E(X) - N + 1), sp.S.Zero, Gaussian(X, N, X, 1))


def _moment_under_a_derivative() -> bool:
    """E U = m at one m only: the derivative of E U by m is 0."""
    m = tm.var("m")
    laws = Laws(frozenset({"U"}), normal={"U": Normal((), m, (), tm.num(4))})
    subst = _parts(tm.ONE, m, tm.num(4))
    left, right = (instantiate(s, subst) for s in (RULES["mean.gaussian0"].lhs, RULES["mean.gaussian0"].rhs))
    goal = Statement(tm.partial(left, m), tm.partial(right, m), laws=laws)
    lines = (
        Line(left, right, "rule", "mean.gaussian0", subst),
        Line(goal.lhs, goal.rhs, "within", uses=(((0,), 0),)),
    )
    return accepted(goal, Equation(lines)) or any(
        proved(Partial(E(X), mu), sp.S.One, law(X, mu, X, s)) for law in (Moments, Gaussian)
    )


def _false_identities() -> bool:
    dot = total(q[i] * k[i], (i, d))
    centred = (Moments(q[a], 0, q[b], delta(a, b)), Moments(k[a], 0, k[b], delta(a, b)))
    third = Fraction(1, 3)
    wrong: list[tuple[sp.Expr, sp.Expr, tuple[sp.Basic, ...]]] = [
        (Variance(dot), d, centred),
        (Variance(dot), d**2, (*centred, Independent(q, k))),
        (Variance(dot), d, (centred[0], Independent(q, k))),
        (E(X * Y), E(X) * E(Y), ()),
        (E(X * Y), E(X) * E(Y), (Independent(X, Z), Independent(Y, Z))),
        (E(X**2), E(X) ** 2, ()),
        (E(1 / X), 1 / E(X), (X > 0, E(X) > 0)),
        (E(sp.exp(X)), sp.exp(E(X)), ()),
        (E(X), X, ()),
        (Variance(2 * X), 2 * Variance(X), ()),
        (E(X**4), 3 * s**2, (Moments(X, 0, X, s),)),
        (E(X**4), s**2, (Gaussian(X, 0, X, s),)),
        (E(X**3), sp.S.Zero, (Moments(X, 0, X, s),)),
        (E(z[i] ** 2), sp.S.Zero, (Symmetric(z),)),
        (E(z[i] * X), sp.S.Zero, (Symmetric(z),)),
        (E(q[i] * q[j]), p**2, (Bernoulli(q[a], p),)),
        (E(q[i]) * sp.Rational(third.numerator, third.denominator), E(q[j]) / 3, ()),
        (E(q[i] * q[j]), sp.S.Zero, (Gaussian(q[a], 0, q[b], C[a, b]),)),
    ]
    return any(proved(left, right, *given) for left, right, given in wrong)


ATTACKS: dict[str, Callable[[], bool]] = {
    "dependent quantities taken for independent": _dependent,
    "independent in pairs taken for independent": _pairwise_only,
    "a random factor taken out of an expectation": _random_factor,
    "a law taken for symmetric": _one_sided,
    "a law taken for Gaussian": _not_gaussian,
    "a case about one outcome inside an expectation": _case_on_an_outcome,
    "a fact about a mean used of an outcome": _outcome_of_a_fact,
    "a mean of nonzero outcomes taken for nonzero": _nonzero_mean,
    "a moment under a derivative by its parameter": _moment_under_a_derivative,
    "a covariance with one entry taken for all": _covariance_with_one_entry,
    "induction over a number in a law": _law_at_another_number,
    "false identities of expectations": _false_identities,
}
