"""False statements and forged derivations that an independent review once got accepted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from formulas.chance import E, Gaussian, random
from formulas.language import (
    Everywhere,
    Field,
    Frac,
    Partial,
    delta,
    dim,
    index,
    natural,
    real,
    sequence,
    smooth,
    tensor,
    total,
)
from formulas.schema import Approach, Claim, Relation, Segment
from symcheck.prover import CheckError, Open, Proof, check, prove, prove_lowered, prove_statement
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.kinds.taylor import Taylor
from symcheck.prover.rules import RULES
from symcheck.refute.falsify import falsify_statement
from symcheck.terms import term as tm
from symcheck.terms.laws import Laws, Normal
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index, Term

n, N, x, y = dim("n"), natural("N"), real("x"), real("y")
i, j, k = index("i j k")
A, z = tensor("A", n, n), tensor("z", n)
NONZERO = sp.Piecewise((1, sp.Ne(x, 0)), (0, True))
UP, DOWN = sp.Piecewise((1, x > 0), (0, True)), sp.Piecewise((1, -x > 0), (0, True))


def odd_index(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (Partial(x * NONZERO, x), NONZERO),
        (Partial(x * UP + x * DOWN, x), UP + DOWN),
        (Partial(x * sp.Abs(y) * sp.Abs(x), x), sp.Abs(y) * sp.Abs(x)),
        (Partial(sp.Abs(x) + x - sp.Max(x, -x), x), sp.S.One),
        (total(A[k, odd_index("%1")], (k, n)), total(A[k, k], (k, n))),
        (total(A[k, odd_index("bound1")], (k, n)), total(A[k, k], (k, n))),
        (delta(odd_index("#1"), odd_index("#2")) * z[odd_index("#1")], sp.S.Zero),
        (z[odd_index("~1")], z[odd_index("!1")]),
        (sp.Abs(x) + sp.Symbol("x", positive=True), x + sp.Symbol("x", positive=True)),
    ],
)
def test_a_false_equation_stays_open(lhs: sp.Expr, rhs: sp.Expr) -> None:
    assert isinstance(prove_statement(lhs, rhs), Open)


@pytest.mark.parametrize("size", [N, sp.Integer(0), sp.Integer(-5), n - 1, real("r")])
def test_a_sum_that_may_be_empty_is_not_a_sum_over_an_axis(size: sp.Expr) -> None:
    positive = sp.Sum(sp.exp(y), (k, 1, size))
    found = prove_statement(sp.S.Zero, positive, Relation.LT)
    assert isinstance(found, Open)


def test_a_sum_over_no_integers_is_zero() -> None:
    """By the convention of empty sums, not by that of Karr, which SymPy's ``doit`` follows."""
    assert isinstance(prove_statement(sp.Sum(sp.exp(y), (k, 1, sp.Integer(-5))), sp.S.Zero), Proof)
    assert isinstance(prove_statement(sp.Sum(k, (k, 1, sp.Integer(-3))), sp.Integer(3)), Open)


def test_summands_that_are_not_zero_may_add_up_to_zero() -> None:
    found = prove_statement(
        total(z[k], (k, n)) / total(z[i], (i, n)), sp.S.One, Relation.EQ, [sp.Ne(z[j], 0)]
    )
    assert isinstance(found, Open)


X = tm.var("x")
TRIVIAL = Statement(X, X)


def empty_axis() -> Equation:
    line = Line(
        tm.sum_over(Index("%1", "0"), tm.ONE), tm.ZERO, "rule", "sum.one", Substitution(sizes={"?n": "0"})
    )
    return Equation((line,))


def constant_outside() -> Equation:
    two = Index("#2", "n")
    lhs = tm.sum_over(Index("%1", "n"), tm.delta(Index("%1", "n"), two))
    subst = Substitution({"f": ((Index("p", "n"),), tm.ONE)}, {"?j": two}, {"?n": "n"})
    return Equation((Line(lhs, tm.ONE, "rule", "sum.delta", subst),))


def floating_number() -> Equation:
    return Equation((Line(Term("num", 1e20), Term("num", 1e20), "within"),))


def unknown_node() -> Equation:
    return Equation((Line(Term("zzz"), Term("zzz"), "within"),))


def too_many_parts() -> Equation:
    return Equation((Line(Term("pow", X, X, X), Term("pow", X, X, X), "within"),))


def hidden_name() -> Equation:
    i0 = Index("\x001", "n")
    return Equation((Line(tm.var("v", i0), tm.var("v", i0), "within"),))


@pytest.mark.parametrize(
    "forged", [empty_axis, constant_outside, floating_number, unknown_node, too_many_parts, hidden_name]
)
def test_a_forged_line_is_refused(forged: object) -> None:
    goal = Statement(tm.var("v", Index("i", "n")), tm.var("v", Index("i", "n")))
    with pytest.raises(CheckError):
        check(goal, forged())  # type: ignore[operator]


@pytest.mark.parametrize("nonsense", [None, 3, Cases("x", {}), Cases(X, {}), Signed("c", Equation(()))])  # type: ignore[arg-type]
def test_what_is_no_derivation_is_refused(nonsense: object) -> None:
    with pytest.raises(CheckError):
        check(TRIVIAL, nonsense)  # type: ignore[arg-type]


def test_a_sum_is_not_differentiated_by_a_fact_about_one_index() -> None:
    """log v_k is differentiable at the one k of which v_k > 0 is known, not for all."""
    goal = Statement(tm.var("v", Index("k", "n")), tm.var("v", Index("k", "n")))
    of, by = Index("k", "n"), tm.var("v", Index("k", "n"))
    body = tm.fn("log", tm.var("v", of))
    subst = Substitution({"f": ((of,), body), "x": ((), by)}, {"?i": of}, {"?n": "n"})
    inner = Index("%1", "n")
    lhs = tm.partial(tm.sum_over(inner, tm.rename(body, {of: inner})), by)
    rhs = tm.sum_over(inner, tm.partial(tm.rename(body, {of: inner}), by))
    with pytest.raises(CheckError):
        check(goal, Equation((Line(lhs, rhs, "rule", "diff.sum", subst),)))


def test_numbers_in_lines_are_fractions() -> None:
    assert type(tm.num(Fraction(1, 2)).args[0]) is Fraction


X_ = random("X")
M = random("M", integer=True, positive=True)
w = tensor("w", n)
P_, Q_, R_, S_ = (Index(name, "n") for name in "pqrs")
MATRICES = {f"?{name}": ((), tm.array(name, "n")) for name in "ABC"}


def test_a_law_that_speaks_of_the_number_is_a_hypothesis_of_induction() -> None:
    """At N = 0, and at N + 1 where the mean is N; but at N, where the mean is N, it is N."""
    found = prove_statement(N * (E(X_) - N + 1), sp.S.Zero, Relation.EQ, [Gaussian(X_, N, X_, 1)])
    assert isinstance(found, Open)


def test_a_law_that_speaks_of_the_variable_is_a_hypothesis_of_a_limit() -> None:
    """E X = x, so that (E X)/x does not tend to 0."""
    claim = Claim(
        name="c", lhs=E(X_) / x, rhs=sp.S.Zero, relation=Relation.TENDS,
        hypotheses=(Gaussian(X_, x, X_, 1),), approach=Approach(x=x, to=sp.oo),
    )  # fmt: skip
    assert isinstance(prove(claim), Open)


def test_a_law_that_speaks_of_the_variable_is_a_hypothesis_of_taylor() -> None:
    """a = E X = x at one x only: that 2 a x - x^2 is stationary there says nothing of x = a + 1."""
    U, a = tm.var("U"), tm.var("a")
    normal = {"U": Normal((), X, (), tm.ONE)}
    setting = Statement(
        X, X, facts=(Fact("equal", a, tm.mean(U)),), laws=Laws(frozenset({"U"}), normal=normal)
    )
    f = 2 * a * X - X * X
    slope = prove_lowered(setting.equation(tm.partial(f, X), 2 * a - 2 * X), 1000)
    moment = prove_lowered(setting.equation(tm.mean(U), X), 1000)
    assert isinstance(slope, Proof) and isinstance(slope.derivation, Equation)
    assert isinstance(moment, Proof) and isinstance(moment.derivation, Equation)
    first, then = moment.derivation.lines, slope.derivation.lines
    shifted = tuple(replace(q, uses=tuple((p, k + len(first)) for p, k in q.uses)) for q in then)
    at = len(first) + len(then)
    lines = (
        *first,
        *shifted,
        Line(a, tm.mean(U), "fact", "0"),
        Line(a, X, "chain", uses=(((), at), ((), len(first) - 1))),
        Line(2 * a - 2 * X, tm.ZERO, "within", uses=(((0, 1), at + 1),)),
        Line(tm.partial(f, X), tm.ZERO, "chain", uses=(((), at - 1), ((), at + 2))),
    )
    flat = Equation(lines)
    check(setting.equation(tm.partial(f, X), tm.ZERO), flat)
    goal = replace(setting, lhs=tm.ZERO, rhs=tm.num(-1), relation=Relation.LE)
    with pytest.raises(CheckError, match="variable of its own"):
        check(goal, Taylor(X, f, a, a + 1, Equation(()), tm.ZERO, flat, None, None))


@pytest.mark.parametrize(("lhs", "rhs"), [(E(M), M), (E(M**2), E(M) ** 2)])
def test_a_random_count_is_no_size(lhs: sp.Expr, rhs: sp.Expr) -> None:
    assert isinstance(prove_statement(lhs, rhs), Open)


@pytest.mark.parametrize("root", [sp.sqrt(z[i] ** 2 + w[i] ** 2), sp.sqrt(total(z[k] ** 2, (k, n)))])
def test_a_norm_is_not_differentiable_at_zero(root: sp.Expr) -> None:
    lhs = Partial(root + z[i], z[i]) - Partial(root, z[i])
    assert isinstance(prove_statement(lhs, sp.S.One), Open)
    away = sp.Gt(root.args[0], 0)
    assert isinstance(prove_statement(lhs, sp.S.One, Relation.EQ, [away]), Proof)


def _summed_over(
    name: str, subst: Substitution, i: Index, evidence: tuple[Line, ...], **setting: object
) -> None:
    """Have the checker look at an instance of a rule, used for all values of an index that is free in it."""
    left, right = (instantiate(side, subst) for side in (RULES[name].lhs, RULES[name].rhs))
    goal = Statement(tm.sum_over(i, left), tm.sum_over(i, right), **setting)  # type: ignore[arg-type]
    rule = Line(left, right, "rule", name, subst, shown=tuple(range(len(evidence))))
    check(
        goal, Equation((*evidence, rule, Line(goal.lhs, goal.rhs, "within", uses=(((1,), len(evidence)),))))
    )


def _entries_of_C(at: tuple[Index, Index], value: Term) -> tuple[Fact, Line]:
    """What the entries of C are, and the line that says so of these indices."""
    fact = Fact("equal", tm.var("C", P_, Q_), tm.rename(value, {at[0]: P_, at[1]: Q_}), (P_, Q_))
    instance = Substitution(indices={"p": at[0], "q": at[1]})
    return fact, Line(tm.var("C", *at), value, "fact", "0", instance)


def test_the_determinant_of_an_entrywise_product() -> None:
    """C[r,s] = A[r,s] w[r,s] does not scale the columns of A."""
    fact, line = _entries_of_C((R_, S_), tm.var("A", R_, S_) * tm.var("w", R_, S_))
    subst = Substitution({**MATRICES, "f": ((P_,), tm.var("w", R_, P_))}, {"?i": R_, "?j": S_}, {"?n": "n"})
    with pytest.raises(CheckError, match="all values"):
        _summed_over("det.scaled_columns", subst, R_, (line,), facts=(fact,))


def test_any_matrix_is_not_one_of_rank_one() -> None:
    fact, line = _entries_of_C((R_, S_), tm.delta(R_, S_) + tm.var("w", R_, S_))
    bodies = {"f": ((P_,), tm.var("w", P_, S_)), "g": ((P_,), tm.ONE)}
    subst = Substitution({**MATRICES, **bodies}, {"?i": R_, "?j": S_}, {"?n": "n"})
    with pytest.raises(CheckError, match="all values"):
        _summed_over("det.rank_one", subst, S_, (line,), facts=(fact,))


@pytest.mark.parametrize(("at", "body"), [((R_, S_), tm.var("K", R_, S_)), ((S_, S_), tm.var("K", P_, P_))])
def test_a_covariance_is_not_that_with_one_entry(at: tuple[Index, Index], body: Term) -> None:
    law = Laws(frozenset({"U"}), normal={"U": Normal((P_,), tm.ZERO, (Q_,), tm.var("K", P_, Q_))})
    entry, other = at
    terms = {
        "a": ((), tm.var("U", Index("t", "n"))), "?x": ((), tm.var("U", entry)), "m": ((), tm.ZERO),
        "c": ((P_,), body),
    }  # fmt: skip
    subst = Substitution(terms, {"?i0": entry, "?j0": other}, {"?n0": "n"})
    with pytest.raises(CheckError, match="all values"):
        _summed_over("mean.gaussian1", subst, S_, (), laws=law)


def test_a_sum_is_not_differentiated_by_what_shows_of_the_diagonal() -> None:
    """|A[k,s]| is differentiable at the k = s of which A[k,k] > 0 is known, not at others."""
    fact = Fact("positive", tm.var("A", P_, P_), tm.ZERO, (P_,))
    terms = {"f": ((P_,), tm.fn("abs", tm.var("A", P_, S_))), "x": ((), tm.var("A", R_, R_))}
    subst = Substitution(terms, {"?i": S_}, {"?n": "n"})
    with pytest.raises(CheckError, match="all values"):
        _summed_over("diff.sum", subst, S_, (), facts=(fact,))


def test_what_cancels_has_no_sign() -> None:
    """x/x y is not y where x = 0: (x/x y) (x/x y)^-1 = 1 would give 0 = 1."""
    top = tm.Term("mul", X, tm.power(X, -1), tm.var("y"))
    subst = Substitution({"u": ((), top), "r": ((), tm.ONE), "s": ((), tm.num(-1))})
    product = tm.Term("mul", top, tm.power(top, -1))
    lines = (
        Line(X, tm.ZERO, "fact", "0"),
        Line(product, tm.ONE, "rule", "pow.add_int", subst),
        Line(product, tm.ZERO, "within", uses=(((0, 0), 0),)),
        Line(tm.ZERO, product, "sym", uses=(((), 2),)),
        Line(tm.ZERO, tm.ONE, "chain", uses=(((), 3), ((), 1))),
    )
    facts = (Fact("equal", X, tm.ZERO), Fact("positive", tm.var("y")))
    with pytest.raises(CheckError, match="nonzero"):
        check(Statement(tm.ZERO, tm.ONE, facts=facts), Equation(lines))


I_, K_ = Index("i", "n"), Index("%1", "n")
TOLD = Fact("nonnegative", tm.var("v", I_))


def test_a_certificate_does_not_bind_an_index_of_the_claim() -> None:
    """v[i] >= 0 for one i says nothing of the sum of v."""
    goal = Statement(tm.ZERO, tm.sum_over(K_, tm.var("v", K_)), Relation.LE, (TOLD,))
    with pytest.raises(CheckError, match="binds"):
        check(goal, Signed(tm.sum_over(I_, tm.var("v", I_)), Equation(())))


def test_a_statement_does_not_bind_an_index_of_its_facts() -> None:
    every = tm.sum_over(I_, tm.var("v", I_))
    with pytest.raises(CheckError, match="binds"):
        check(Statement(tm.ZERO, every, Relation.LE, (TOLD,)), Signed(every, Equation(())))


def test_a_case_of_equality_is_no_unknown_function() -> None:
    at_zero = sp.Piecewise((1, sp.Eq(x, 0)), (0, True))
    assert isinstance(prove_statement(at_zero, 1 - NONZERO), Proof)
    assert isinstance(prove_statement(Partial(at_zero + x, x) - Partial(at_zero, x), sp.S.One), Open)


def test_no_case_distinction_by_an_outcome() -> None:
    assert isinstance(prove_statement(E(sp.Abs(X_)), sp.Abs(E(X_))), Open)


def test_what_a_branch_needs_is_not_assumed_elsewhere() -> None:
    """log x is read only where y > 0: nothing is said of x elsewhere."""
    in_a_branch = sp.Piecewise((sp.log(x), y > 0), (0, True))
    lhs, rhs = sp.Abs(x) + in_a_branch, x + in_a_branch
    assert isinstance(prove_statement(lhs, rhs, where_defined=True), Open)
    assert isinstance(prove_statement(lhs, rhs, Relation.EQ, [x > 0]), Proof)


def test_a_field_with_a_prime_in_its_name_is_no_derivative() -> None:
    other, f = Field("f'", n, n), Field("f", n)
    lhs, rhs = other(lambda k: z[k], out=i), f(lambda k: z[k], by=(i,))
    assert isinstance(prove_statement(lhs, rhs), Open)


def test_a_test_that_is_away_from_zero_has_no_rule_of_its_own() -> None:
    """The derivative stays open: it does not end the search with an error."""
    away = sp.Piecewise((x, sp.Ne(x, 0)), (0, True))
    assert isinstance(prove_statement(Partial(away, x), 2 * NONZERO, Relation.EQ, [sp.Ne(x, 0)]), Open)


@pytest.mark.parametrize(
    "test", [sp.floor(x) + sp.floor(y), Frac(x) - Frac(y), y - Frac(x), sp.ceiling(x) * sp.floor(y)]
)
def test_a_fact_about_a_function_that_jumps_may_end_where_it_holds(test: sp.Expr) -> None:
    """floor(x) + floor(y) > 0 holds at x = 1, y = 0, and not at smaller x."""
    taken = sp.Piecewise((x, test > 0), (0, True))
    assert isinstance(prove_statement(taken, x, Relation.EQ, [test > 0]), Proof)
    assert isinstance(prove_statement(Partial(taken, x), sp.S.One, Relation.EQ, [test > 0]), Open)


def test_a_sum_is_not_differentiated_by_the_end_of_its_range() -> None:
    s = sp.Sum(k, (k, 1, N))
    assert isinstance(prove_statement(Partial(s + N, N) - Partial(s, N), sp.S.One), Open)


f, df = smooth("f"), smooth("f'")
g = sequence("g")
UNSIGNED = sp.Symbol("q", nonpositive=True)
EVEN, PRIME = sp.Symbol("e", even=True), sp.Symbol("e", prime=True)
T = natural("T")
BELOW = sp.Symbol("e", integer=True, negative=True)


@pytest.mark.parametrize(
    ("lhs", "rhs", "given"),
    [
        (z[j], sp.S.Zero, sp.Eq(z[EVEN], 0)),
        (g[N + 1], sp.S.Zero, sp.Eq(g[BELOW], 0)),
        (g[N + 1], sp.S.Zero, sp.Eq(g[PRIME], 0)),
        (z[j], z[i], Everywhere(z[i], z[i] >= 0)),
    ],
)
def test_a_hypothesis_is_not_read_as_a_stronger_one(lhs: sp.Expr, rhs: sp.Expr, given: sp.Basic) -> None:
    """What is assumed of a symbol that a hypothesis quantifies, and has no place in the prover's reading."""
    found = prove_statement(lhs, rhs, Relation.EQ, (given,))
    assert isinstance(found, Open) and found.reason.startswith("outside the engine's theory")


def test_a_slope_for_some_numbers_is_no_slope_for_all() -> None:
    claim = Claim(
        name="c", lhs=f(x), rhs=f(y), relation=Relation.GE,
        hypotheses=(x >= y, Everywhere(UNSIGNED, df(UNSIGNED) >= 0)),
        certificate=Segment(x=UNSIGNED, f=f(UNSIGNED), start=y, end=x, slope=df(UNSIGNED)),
    )  # fmt: skip
    found = prove(claim)
    assert isinstance(found, Open) and "is not a real" in found.reason
    t = real("t")
    everywhere = replace(
        claim, hypotheses=(x >= y, Everywhere(t, df(t) >= 0)),
        certificate=Segment(x=t, f=f(t), start=y, end=x, slope=df(t)),
    )  # fmt: skip
    assert isinstance(prove(everywhere), Proof)


def test_a_limit_is_taken_where_the_variable_has_values() -> None:
    claim = Claim(
        name="c", lhs=UNSIGNED, rhs=sp.S.Zero, relation=Relation.TENDS,
        approach=Approach(x=UNSIGNED, to=sp.S.Zero, side="+"),
    )  # fmt: skip
    assert isinstance(prove(claim), Open)


@pytest.mark.parametrize(
    ("claimed", "given"),
    [
        (z[j], (sp.Eq(z[k], 0), k > 1)),
        (z[j], (sp.Eq(z[k], 0), sp.Ne(k, j))),
        (g[N], (sp.Eq(g[T], 0), T > 4)),
    ],
)
def test_a_hypothesis_does_not_say_of_which_values_another_speaks(
    claimed: sp.Expr, given: tuple[sp.Basic, ...]
) -> None:
    """Each quantifies by itself: z[k] = 0 would be read as of every k."""
    found = prove_statement(claimed, sp.S.Zero, Relation.EQ, given)
    assert isinstance(found, Open) and "another one about all values" in found.reason
    refuted = falsify_statement(claimed, sp.S.Zero, Relation.EQ, given)
    assert not refuted.points and "another one about all values" in refuted.reason
