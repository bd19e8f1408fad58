"""The checker believes nothing: corrupted derivations are refused, whatever is corrupted."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from formulas import claims, get
from formulas.language import Partial, dim, index, natural, real, tensor, total
from formulas.schema import Claim, Relation, Verdict
from symcheck.prover import CheckError, Open, Proof, check, prove, prove_statement
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Derivation, Equation, Line, Substitution
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.sign_tables import ANY, POSITIVE
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement, of_claim
from symcheck.terms.term import Index

SUBJECTS = [
    "act.softmax/jacobian",
    "act.silu/derivative",
    "norm.rms/input_cotangent",
    "info.kl/nonnegative",
    "act.relu/derivative",
    "llm.rope/relative_position",
]


def _proof(name: str) -> Proof:
    formula, claim = name.split("/")
    found = prove(get(formula).claim(claim))
    assert isinstance(found, Proof), found
    return found


def _equations(d: Derivation) -> list[Equation]:
    match d:
        case Equation():
            return [d]
        case Cases():
            return [e for b in d.branches.values() for e in _equations(b)]
        case Signed():
            return _equations(d.equation)
    return []


def _put(d: Derivation, old: Equation, new: Equation) -> Derivation:
    match d:
        case Equation():
            return new if d is old else d
        case Cases():
            return replace(d, branches={s: _put(b, old, new) for s, b in d.branches.items()})
        case Signed():
            return replace(d, equation=_put(d.equation, old, new))
    return d


def _corruptions(line: Line, k: int) -> list[Line]:
    out = [
        replace(line, rhs=tm.neg(line.rhs)),
        replace(line, rhs=line.rhs + 1),
        replace(line, lhs=tm.mul(tm.num(2), line.lhs)),
        replace(line, rhs=tm.mul(line.rhs, tm.var("intruder"))),
    ]
    if line.reason == "rule":
        out.append(replace(line, name="sum.no_such_rule"))
        out.append(replace(line, name="exp.zero" if line.name != "exp.zero" else "log.one"))
        for meta, (parameters, value) in line.subst.terms.items():
            changed = {**line.subst.terms, meta: (parameters, value + 1)}
            if meta != "x" and not meta.startswith("?"):
                out.append(replace(line, subst=replace(line.subst, terms=changed)))
        if line.subst.sizes:
            sizes = dict.fromkeys(line.subst.sizes, "other")
            out.append(replace(line, subst=replace(line.subst, sizes=sizes)))
    if line.uses:
        out.append(replace(line, uses=tuple((p, k) for p, _ in line.uses)))
        out.append(
            replace(line, uses=tuple(((*p, 7), n) for p, n in line.uses)) if line.reason == "within" else line
        )
        out.append(replace(line, uses=()))
    return [x for x in out if x != line]


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_corrupted_line_is_refused(name: str) -> None:
    proof = _proof(name)
    check(proof.statement, proof.derivation)
    same = Canonical()
    tried = 0
    for equation in _equations(proof.derivation):
        for k, line in enumerate(equation.lines):
            for bad in _corruptions(line, k):
                if same.same(bad.lhs, line.lhs) and same.same(bad.rhs, line.rhs):
                    if (bad.name, bad.subst, bad.uses) == (line.name, line.subst, line.uses):
                        continue  # 0 written as -0 is no corruption
                    if not bad.uses and same.same(bad.lhs, bad.rhs):
                        continue  # a line that holds by ring laws alone needs nothing
                lines = (*equation.lines[:k], bad, *equation.lines[k + 1 :])
                with pytest.raises(CheckError):
                    check(proof.statement, _put(proof.derivation, equation, Equation(lines)))
                tried += 1
    assert tried > 20


def test_a_changed_sign_in_the_derivation_is_named_by_its_step() -> None:
    proof = _proof("act.softmax/jacobian")
    lines = list(proof.derivation.lines)  # type: ignore[union-attr]
    k = next(n for n, line in enumerate(lines) if line.name == "sum.delta")
    lines[k] = replace(lines[k], rhs=tm.neg(lines[k].rhs))
    with pytest.raises(CheckError, match=rf"step {k + 1} \(sum.delta\)"):
        check(proof.statement, Equation(tuple(lines)))


def test_a_proof_does_not_carry_over_to_another_claim() -> None:
    proof = _proof("act.softmax/jacobian")
    other = of_claim(get("act.softmax").claim("jacobian"))
    wrong = replace(other, rhs=tm.neg(other.rhs))
    with pytest.raises(CheckError, match="right side"):
        check(wrong, proof.derivation)
    with pytest.raises(CheckError):
        check(wrong, Equation(()))


n = dim("n")
i, j, k = index("i j k")
p = tensor("p", n, positive=True)
x = real("x")
y = real("y")


def test_an_equality_hypothesis_is_not_used_under_a_derivative_by_what_it_binds() -> None:
    """sum p = 1 holds on the simplex only: d/dp_j (sum p) is 1 and not d/dp_j 1 = 0."""
    mass = total(p[k], (k, n))
    one = sp.Eq(mass, 1, evaluate=False)
    found = prove_statement(Partial(mass, p[j]), sp.S.Zero, Relation.EQ, (one,))
    assert isinstance(found, Open)
    lowered = of_claim(Claim(name="c", lhs=Partial(mass, p[j]), rhs=sp.S.Zero, hypotheses=(one,)))
    fact = lowered.facts[0]
    given = Line(fact.left, fact.right, "fact", "0")
    inside = Line(lowered.lhs, tm.partial(tm.ONE, lowered.lhs.args[1]), "within", uses=(((0,), 0),))
    zero = Substitution({"a": ((), tm.ONE), "x": ((), lowered.lhs.args[1])})
    constant = Line(inside.rhs, tm.ZERO, "rule", "diff.constant", zero)
    chain = Line(lowered.lhs, tm.ZERO, "chain", uses=(((), 1), ((), 2)))
    with pytest.raises(CheckError, match="under a derivative"):
        check(lowered, Equation((given, inside, constant, chain)))


def test_a_weak_sign_is_not_used_under_a_derivative() -> None:
    """|x| = x for x >= 0, but its derivative at 0 is not that of x."""
    assert isinstance(prove_statement(Partial(sp.Abs(x), x), sp.S.One, Relation.EQ, (x >= 0,)), Open)
    assert isinstance(prove_statement(Partial(sp.Abs(x), x), sp.S.One, Relation.EQ, (x > 0,)), Proof)


def test_no_line_may_bind_an_index_of_the_claim() -> None:
    """A fact about the fixed index i says nothing of the bound index of a sum."""
    at, size = Index("i", "n"), "n"
    fact = Fact("equal", tm.var("v", at), tm.ONE)
    total_v = tm.sum_over(Index("%1", size), tm.var("v", Index("%1", size)))
    goal = Statement(total_v + tm.var("v", at), tm.dim("n") + 1, facts=(fact,))
    given = Line(fact.left, fact.right, "fact", "0")
    captured = tm.sum_over(at, tm.var("v", at))
    bad = Line(captured, tm.sum_over(at, tm.ONE), "within", uses=(((1,), 0),))
    with pytest.raises(CheckError, match="binds i"):
        check(goal, Equation((given, bad)))


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.log(x * y), sp.log(x) + sp.log(y)),
        (sp.sqrt(x**2), x),
        (sp.log(x**2), 2 * sp.log(x)),
        ((x**2 - 1) / (x - 1), x + 1),
        (sp.Abs(x), x),
        (sp.Max(x, y), x),
    ],
)
def test_conditional_identities_are_not_proved_without_their_condition(lhs: sp.Expr, rhs: sp.Expr) -> None:
    assert isinstance(prove_statement(lhs, rhs), Open)


def test_identities_of_small_sizes_are_not_proved() -> None:
    """(sum p)^2 = sum p^2 holds for n = 1 only; tr(W)^3 - 3 tr W tr W^2 + 2 tr W^3 = 0 for n <= 2."""
    W = tensor("W", n, n)
    square = total(p[i], (i, n)) ** 2
    assert isinstance(prove_statement(square, total(p[i] ** 2, (i, n))), Open)
    t1 = total(W[i, i], (i, n))
    t2 = total(W[i, j] * W[j, i], (i, n), (j, n))
    t3 = total(W[i, j] * W[j, k] * W[k, i], (i, n), (j, n), (k, n))
    assert isinstance(prove_statement(t1**3 - 3 * t1 * t2 + 2 * t3, sp.S.Zero), Open)


def test_a_certificate_without_a_visible_sign_is_refused() -> None:
    claim = Claim(name="c", lhs=sp.S.Zero, rhs=x**3, relation=Relation.LE, certificate=x**3)
    assert isinstance(prove(claim), Open)
    claim = Claim(name="c", lhs=sp.S.Zero, rhs=x**2, relation=Relation.LT, certificate=x**2)
    assert isinstance(prove(claim), Open), "x^2 is not > 0 at 0"


def test_a_gap_between_boxes_is_noticed() -> None:
    proof = _proof("act.gelu/logistic_error")
    d = proof.derivation
    boxes = d.boxes  # type: ignore[union-attr]
    with pytest.raises(CheckError, match="gap"):
        check(proof.statement, replace(d, boxes=boxes[:5] + boxes[6:]))
    with pytest.raises(CheckError, match="end at"):
        check(proof.statement, replace(d, boxes=boxes[:-1]))
    tight = replace(proof.statement, rhs=tm.num(Fraction(203, 10000)))
    with pytest.raises(CheckError, match="does not show"):
        check(tight, d)


def test_cases_must_be_complete() -> None:
    proof = _proof("act.relu/as_cases")
    d = proof.derivation
    assert isinstance(d, Cases)
    for sign in d.branches:
        rest = {s: b for s, b in d.branches.items() if s != sign}
        with pytest.raises(CheckError, match="missing"):
            check(proof.statement, replace(d, branches=rest))


def test_what_the_catalog_expects_to_be_refuted_is_not_proved() -> None:
    wrong = [c for _, c in claims() if c.expected is Verdict.REFUTED]
    assert wrong
    assert all(isinstance(prove(c), Open) for c in wrong)


def test_terms_of_lines_carry_no_metavariables() -> None:
    goal = Statement(tm.meta("a"), tm.meta("a"))
    line = Line(tm.meta("a"), tm.meta("a"), "within")
    with pytest.raises(CheckError, match="metavariable"):
        check(goal, Equation((line,)))


def test_definedness_must_be_carried_by_the_claim() -> None:
    goal = Statement(tm.fn("log", tm.var("x")), tm.fn("log", tm.var("x")))
    with pytest.raises(CheckError, match="not defined everywhere"):
        check(goal, Equation(()))


def test_a_relation_may_be_meant_where_it_is_defined() -> None:
    lhs, rhs = (x**2 - 1) / (x - 1), x + 1
    assert isinstance(prove_statement(lhs, rhs), Open)
    assert isinstance(prove_statement(lhs, rhs, where_defined=True), Proof)
    v = tensor("v", n)
    norm = sp.sqrt(total(v[k] ** 2, (k, n)))
    unit = total((v[i] / norm) ** 2, (i, n))
    assert isinstance(prove_statement(unit, sp.S.One), Open)
    assert isinstance(prove_statement(unit, sp.S.One, where_defined=True), Proof)
    assert isinstance(prove_statement(sp.sqrt(x**2), x, where_defined=True), Open)


def test_a_summand_is_not_counted_twice_towards_a_fact() -> None:
    """From a >= b nothing follows about the sign of a + a + c with c of any sign."""
    a, b = real("a"), real("b")
    claim = Claim(
        name="c", lhs=sp.S.Zero, rhs=2 * a, relation=Relation.LE, hypotheses=(sp.Ge(a, b),),
        certificate=sp.Add(a, a, evaluate=False),
    )  # fmt: skip
    assert isinstance(prove(claim), Open)
    lowered = of_claim(claim)
    signs = Signs(Canonical(), lowered)
    ta, tb, tc = (tm.var(s) for s in "abc")
    assert signs.sign(tm.Term("add", ta, ta, tm.ONE)) == ANY
    assert signs.sign(tm.Term("add", ta, tm.neg(tb), tm.ONE)) == POSITIVE
    assert signs.sign(tm.Term("add", ta, tm.neg(tb), tc)) == ANY


def test_being_an_integer_is_not_used_under_a_derivative() -> None:
    """(-1)^(2 m) = 1 for integers m, but it is not constant near an integer."""
    m = natural("m")
    lowered = of_claim(Claim(name="c", lhs=Partial(sp.Pow(x, m), m), rhs=sp.S.Zero))
    signs = Signs(Canonical(), lowered)
    assert signs.integer(tm.var("m"))
    assert "m" in signs.integral


def test_a_fact_about_a_jump_is_closed() -> None:
    jump = tm.fn("if_nonnegative", tm.var("x"), tm.ONE, tm.neg(tm.ONE))
    assert not Fact("positive", jump).open
    assert Fact("positive", tm.var("x")).open
