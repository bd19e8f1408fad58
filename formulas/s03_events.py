"""Section 3 of the sheet: probabilities of events on a finite space.

An event is the 0/1 vector of the outcomes in it: the intersection of A and B is A B, their union
1 - (1 - A)(1 - B), the complement 1 - A.
"""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.language import Expr, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

KOLMOGOROV = "Kolmogorov, Foundations of the Theory of Probability, 1933, chapter I"
BAYES = "Bayes, An Essay towards Solving a Problem in the Doctrine of Chances, 1763"
FELLER = "Feller, An Introduction to Probability Theory and Its Applications I, 3rd ed., chapter V"

n, M = dim("n"), dim("M")
i, j, k, u, v, w = index("i j k u v w")
p = tensor("p", n, nonnegative=True)
A, B, C = tensor("A", n), tensor("B", n), tensor("C", n)
r = tensor("r", n, M, positive=True)

_SYMBOLS = {
    "p": "probabilities of the outcomes",
    "A": "an event: 1 for the outcomes in it, else 0",
    "B": "another event",
    "C": "a third event",
}


def _event(a: sp.IndexedBase) -> sp.Basic:
    return Eq(a[w] ** 2, a[w], evaluate=False)


def probability(f: Expr) -> Expr:
    """P of the event whose indicator at the outcome ``u`` is ``f``."""
    return total(p[u] * f, (u, n))


def given(f: Expr, condition: Expr) -> Expr:
    """P of an event given another, both by their indicators at ``u``.

    The two sums get different indices, so that SymPy cancels nothing while a claim is being written."""
    return probability(f) / total((p[u] * condition).xreplace({u: v}), (v, n))


_one = Eq(total(p[w], (w, n)), 1, evaluate=False)
_space = (_event(A), _event(B), _one)
_neither = (1 - A[u]) * (1 - B[u])
_union = 1 - _neither
_P_A, _P_B, _P_AB = probability(A[u]), probability(B[u]), probability(A[u] * B[u])
_disjoint = Eq(A[w] * B[w], 0, evaluate=False)

ADDITION = Formula(
    id="prob.addition",
    title="Addition rule",
    section=3,
    names=("Addition", "addition rule", "inclusion-exclusion"),
    definition=Definition(latex=r"P(A \cup B)", expr=probability(_union)),
    symbols=_SYMBOLS,
    source=Source(section=3, lines=(106,), printed=(r"P(A \cup B) = P(A) + P(B) - P(A \cap B)",)),
    references=(KOLMOGOROV,),
    tags=("probability",),
    used_in=("union bounds", "multiple testing"),
    see_also=("prob.multiplication",),
    claims=(
        Claim(
            name="union",
            lhs=1 - probability(_neither),
            rhs=_P_A + _P_B - _P_AB,
            hypotheses=_space,
            printed=True,
            note="By the complement: an outcome is in the union unless it is in neither event.",
        ),
        Claim(
            name="disjoint_events",
            lhs=probability(_union),
            rhs=_P_A + _P_B,
            hypotheses=(*_space, _disjoint),
            note="The third axiom: probabilities of events without a common outcome add.",
        ),
        Claim(
            name="without_intersection",
            lhs=probability(_union),
            rhs=_P_A + _P_B,
            hypotheses=_space,
            expected=Verdict.REFUTED,
            corrected_by="union",
        ),
        Claim(name="complement", lhs=probability(1 - A[u]), rhs=1 - _P_A, hypotheses=_space),
        Claim(name="whole_space", lhs=probability(A[u] + (1 - A[u]) ** 2), rhs=sp.S.One, hypotheses=_space),
        Claim(
            name="not_negative",
            lhs=_P_A,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=_space,
            certificate=probability(A[u] ** 2),
        ),
        Claim(
            name="at_most_one",
            lhs=_P_A,
            rhs=sp.S.One,
            relation=Relation.LE,
            hypotheses=_space,
            certificate=probability((1 - A[u]) ** 2),
        ),
        Claim(
            name="union_bound",
            lhs=probability(_union),
            rhs=_P_A + _P_B,
            relation=Relation.LE,
            hypotheses=_space,
            certificate=probability((A[u] * B[u]) ** 2),
        ),
        Claim(
            name="part_of_an_event",
            lhs=_P_AB,
            rhs=_P_A,
            relation=Relation.LE,
            hypotheses=_space,
            certificate=probability((A[u] * (1 - B[u])) ** 2),
        ),
        Claim(
            name="three_events",
            lhs=1 - probability(_neither * (1 - C[u])),
            rhs=_P_A
            + _P_B
            + probability(C[u])
            - _P_AB
            - probability(A[u] * C[u])
            - probability(B[u] * C[u])
            + probability(A[u] * B[u] * C[u]),
            hypotheses=(*_space, _event(C)),
        ),
    ),
)

_A_POSITIVE, _B_POSITIVE = _P_A > 0, _P_B > 0
_B_GIVEN_A, _A_GIVEN_B = given(A[u] * B[u], A[u]), given(A[u] * B[u], B[u])
_OUTSIDE = (1 - A[u]) * B[u]

MULTIPLICATION = Formula(
    id="prob.multiplication",
    title="Multiplication rule",
    section=3,
    names=("Multiplication", "multiplication rule", "conditional probability"),
    definition=Definition(latex=r"P(B \mid A)", expr=_B_GIVEN_A),
    symbols=_SYMBOLS,
    source=Source(section=3, lines=(107,), printed=(r"P(A \cap B) = P(A) \cdot P(B \mid A)",)),
    references=(KOLMOGOROV, FELLER),
    tags=("probability",),
    used_in=("chain rule of language models", "Bayesian networks"),
    see_also=("prob.addition",),
    claims=(
        Claim(
            name="product",
            lhs=_P_AB,
            rhs=_P_A * _B_GIVEN_A,
            hypotheses=_space,
            conditions=(_A_POSITIVE,),
            needs=r"$P(A) > 0$",
            stated_by=("P(A) > 0", r"P(A) \neq 0", r"P(A) \ne 0"),
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="product_where_defined",
            note="P(B | A) is defined only where P(A) > 0.",
        ),
        Claim(
            name="product_where_defined", lhs=_P_AB, rhs=_P_A * _B_GIVEN_A, hypotheses=(*_space, _A_POSITIVE)
        ),
        Claim(
            name="conditional_probabilities_sum_to_one",
            lhs=total(p[u] * A[u] / total(p[w] * A[w], (w, n)), (u, n)),
            rhs=sp.S.One,
            hypotheses=(*_space, _A_POSITIVE),
            note="Conditioning on an event gives a distribution again.",
        ),
        Claim(
            name="chain_of_three",
            lhs=probability(A[u] * B[u] * C[u]),
            rhs=_P_A * _B_GIVEN_A * given(A[u] * B[u] * C[u], A[u] * B[u]),
            hypotheses=(*_space, _event(C), _A_POSITIVE, _P_AB > 0),
        ),
        Claim(
            name="for_dependent_events",
            lhs=_P_AB,
            rhs=_P_A * _P_B,
            hypotheses=_space,
            expected=Verdict.REFUTED,
            corrected_by="product_where_defined",
            note="Holds for independent events only, by definition.",
        ),
    ),
)


def _row(at: Expr, over: sp.Symbol = k) -> Expr:
    return total(r[at, over], (over, M))


def _column(at: Expr) -> Expr:
    return total(r[w, at], (w, n))


_R = Eq(total(r[w, k], (w, n), (k, M)), 1, evaluate=False)

BAYES_RULE = Formula(
    id="prob.bayes",
    title="Bayes' theorem",
    section=3,
    names=("Bayes' Theorem", "Bayes", "Bayes rule", "posterior"),
    definition=Definition(latex=r"P(A \mid B)", expr=_A_GIVEN_B),
    symbols={**_SYMBOLS, "r": "joint probabilities of a hypothesis (rows) and an observation (columns)"},
    source=Source(section=3, lines=(108,), printed=(r"P(A \mid B) = \frac{P(B \mid A) \, P(A)}{P(B)}",)),
    references=(BAYES, FELLER),
    tags=("probability", "inference"),
    used_in=("naive Bayes", "MAP estimation", "Bayesian networks"),
    see_also=("prob.multiplication",),
    claims=(
        Claim(
            name="inversion",
            lhs=_A_GIVEN_B,
            rhs=_B_GIVEN_A * _P_A / _P_B,
            hypotheses=_space,
            conditions=(_A_POSITIVE, _B_POSITIVE),
            needs=r"$P(A) > 0$ and $P(B) > 0$",
            stated_by=("P(B) > 0", r"P(B) \neq 0", r"P(B) \ne 0"),
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="inversion_where_defined",
            note="Both events need a positive probability: P(B | A) and P(A | B) are undefined without.",
        ),
        Claim(
            name="inversion_where_defined",
            lhs=_A_GIVEN_B,
            rhs=_B_GIVEN_A * _P_A / _P_B,
            hypotheses=(*_space, _A_POSITIVE, _B_POSITIVE),
        ),
        Claim(
            name="evidence",
            lhs=_P_B,
            rhs=_B_GIVEN_A * _P_A + given(_OUTSIDE, 1 - A[u]) * probability(1 - A[u]),
            hypotheses=(*_space, _A_POSITIVE, probability(1 - A[u]) > 0),
            note="The denominator by total probability over A and its complement.",
        ),
        Claim(
            name="odds",
            lhs=_A_GIVEN_B / given(_OUTSIDE, B[u]),
            rhs=_B_GIVEN_A / given(_OUTSIDE, 1 - A[u]) * (_P_A / probability(1 - A[u])),
            hypotheses=(
                *_space,
                _A_POSITIVE,
                _B_POSITIVE,
                probability(_OUTSIDE) > 0,
                probability(1 - A[u]) > 0,
            ),
            note="Posterior odds are the likelihood ratio times the prior odds.",
        ),
        Claim(
            name="total_probability",
            lhs=_column(j),
            rhs=total(r[i, j] / _row(i) * _row(i, v), (i, n)),
            hypotheses=(_R,),
            note="Over any number of hypotheses.",
        ),
        Claim(
            name="posterior",
            lhs=r[i, j] / _column(j),
            rhs=(r[i, j] / _row(i)) * _row(i, v) / total(r[u, j] / _row(u) * _row(u, v), (u, n)),
            hypotheses=(_R,),
        ),
        Claim(
            name="posterior_sums_to_one",
            lhs=total(r[i, j] / _column(j), (i, n)),
            rhs=sp.S.One,
            hypotheses=(_R,),
        ),
        Claim(
            name="without_prior",
            lhs=_A_GIVEN_B,
            rhs=_B_GIVEN_A,
            hypotheses=(*_space, _A_POSITIVE, _B_POSITIVE),
            expected=Verdict.REFUTED,
            corrected_by="inversion_where_defined",
            note="The two conditional probabilities are different things.",
        ),
    ),
)

FORMULAS = (ADDITION, MULTIPLICATION, BAYES_RULE)
