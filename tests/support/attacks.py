"""Attempts to have something false accepted.  Each returns True if the attack got through.

Healthy code stops them all; ``test_kernel_faults`` breaks the kernel in one place at a time and sees
at least one of them (or of the rules' numerical tests) get through.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import chance_attacks
import kind_attacks
import matrix_attacks
import sympy as sp
from exact_terms import evaluate

from formulas.language import ExpGap, Partial, delta, dim, index, real, tensor, total
from formulas.schema import Claim, Relation
from symcheck.prover import CheckError, Proof, check, prove, prove_statement
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.kinds.cases import Cases
from symcheck.prover.kinds.signed import Signed
from symcheck.prover.rule import Rule
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement, of_claim
from symcheck.terms.term import Index, Term

n = dim("n")
i, j, k, l = index("i j k l")  # noqa: E741
x, y, t = real("x"), real("y"), real("t")
v, w, p = tensor("v", n), tensor("w", n), tensor("p", n, positive=True)
I, J = Index("i", "n"), Index("j", "n")  # noqa: E741
X, Y = tm.var("x"), tm.var("y")


def proved(lhs: sp.Expr, rhs: sp.Expr, *hypotheses: sp.Basic) -> bool:
    try:
        return isinstance(prove_statement(lhs, rhs, Relation.EQ, hypotheses), Proof)
    except CheckError:
        return False


def shown(relation: Relation, rhs: sp.Expr, certificate: sp.Expr, *hypotheses: sp.Basic) -> bool:
    """Whether ``0 relation rhs`` is proved by a certificate."""
    claim = Claim(
        name="c", lhs=sp.S.Zero, rhs=rhs, relation=relation, certificate=certificate, hypotheses=hypotheses
    )
    try:
        return isinstance(prove(claim), Proof)
    except CheckError:
        return False


def accepted(goal: Statement, *lines: Line) -> bool:
    try:
        check(goal, Equation(lines))
    except CheckError:
        return False
    return True


def same(a: Term, b: Term) -> bool:
    return Canonical().same(a, b)


def instance(name: str, **terms: Term) -> Substitution:
    return Substitution({key: ((), value) for key, value in terms.items()})


def _rule_line(lhs: Term, rhs: Term, name: str, subst: Substitution) -> bool:
    return accepted(Statement(lhs, rhs), Line(lhs, rhs, "rule", name, subst))


CONDITIONED = tuple(
    rule.name
    for rule in RULES.values()
    if any(c.kind in ("positive", "nonnegative", "nonzero", "integer", "natural") for c in rule.conditions)
    and not any(c.kind == "holds" for c in rule.conditions)
)


def with_functions(rule: Rule, subst: Substitution) -> Substitution:
    """Values besides for what a rule has as functions of an index: entries of a sequence or of a vector."""
    terms, sizes = dict(subst.terms), {"?n": "n", "?m": "m"}
    indices: dict[str, Index] = {}
    for t in (rule.lhs, *(t for c in rule.conditions for t in c.of if isinstance(t, Term))):
        for m in tm.subterms(t):
            indices |= {
                a.name: Index(a.name[1:], sizes.get(a.size, a.size)) for a in m.args if isinstance(a, Index)
            }
            if m.op == "meta" and len(m.args) > 1:
                ends = [sizes.get(a.size, a.size) if isinstance(a, Index) else tm.ENDLESS for a in m.args[1:]]
                at = tuple(Index(f"q{k}", size) for k, size in enumerate(ends))
                read = [tm.value_of(i) if i.size == tm.ENDLESS else i for i in at]
                terms[m.args[0]] = (at, tm.var(m.args[0].upper(), *read))
    return Substitution(terms, indices, sizes)


def unconditional_rules() -> list[str]:
    """Rules with conditions on signs that are accepted of symbols of which nothing is known."""
    sizes = tuple(Fact("positive", tm.dim(name)) for name in ("n", "m"))
    goal = Statement(tm.fn("exp", tm.ZERO), tm.ONE, facts=sizes)
    good = Line(goal.lhs, goal.rhs, "rule", "exp.zero")
    out = []
    for name in CONDITIONED:
        rule = RULES[name]
        values = {"a": X, "b": Y, "c": Y, "u": tm.var("z"), "r": tm.var("r"), "s": tm.var("s"), "x": X}
        subst = with_functions(rule, instance("", **values))
        bad = Line(instantiate(rule.lhs, subst), instantiate(rule.rhs, subst), "rule", rule.name, subst)
        if accepted(goal, bad, good):
            out.append(rule.name)
    return out


SIDE_CONDITIONS: dict[str, Callable[[], bool]] = {
    "a rule where its conditions do not show": lambda: bool(unconditional_rules()),
    "0/0 = 1": lambda: proved(x * (x + y) ** -1, 1 - y * (x + y) ** -1),
    "log of a product": lambda: proved(sp.log(x * y), sp.log(x) + sp.log(y)),
    "max is its left argument": lambda: proved(sp.Max(x, y), x) or proved(sp.Max(x, y), y),
    "abs is the identity": lambda: proved(sp.Abs(x), x) or proved(sp.Abs(x), -x),
    "a branch is taken": lambda: any(proved(sp.Piecewise((x, y > 0), (t, True)), side) for side in (x, t)),
    "derivative of what depends on x": lambda: _rule_line(
        tm.partial(X, X), tm.ZERO, "diff.constant", instance("", a=X, x=X)
    ),
    "derivative by what is no variable": lambda: (
        _rule_line(tm.partial(X * X, X * X), tm.ZERO, "diff.constant", instance("", a=Y, x=X * X))
        or _rule_line(tm.partial(Y, X + 1), tm.ZERO, "diff.constant", instance("", a=Y, x=X + 1))
    ),
    "distinct constants": lambda: accepted(
        Statement(tm.delta(I, J), tm.ZERO),
        Line(tm.delta(I, J), tm.ZERO, "rule", "delta.distinct", Substitution(indices={"?i": I, "?j": J})),
    ),
}

SIGNS: dict[str, Callable[[], bool]] = {
    "a square is positive": lambda: shown(Relation.LT, x**2, x**2),
    "a cube is nonnegative": lambda: shown(Relation.LE, x**3, x**3),
    "a gap is positive at 0": lambda: shown(Relation.LT, sp.exp(x) - 1 - x, ExpGap(x)),
    "a difference of positives is positive": lambda: shown(Relation.LE, p[i] - p[j], p[i] - p[j]),
    "a symbol is nonnegative": lambda: shown(Relation.LE, x, x),
    "a product with one sign known": lambda: shown(Relation.LE, x * sp.exp(y), x * sp.exp(y)),
    "a logarithm is nonnegative": lambda: shown(Relation.LE, sp.log(p[i]), sp.log(p[i])),
    "a sum of any terms": lambda: shown(Relation.LE, total(v[i], (i, n)), total(v[i], (i, n))),
    "a weak hypothesis is strict": lambda: shown(Relation.LT, x, x, x >= 0),
    "a hypothesis on another symbol": lambda: shown(Relation.LE, y, y, x >= 0),
    "a hypothesis with the other sign": lambda: shown(Relation.LE, x, x, x <= 0),
    "nonzero is positive": lambda: (
        shown(Relation.LE, x, x, sp.Ne(x, 0)) or shown(Relation.LE, -x, -x, sp.Ne(x, 0))
    ),
}


def _evaluates_alike(a: Term, b: Term) -> bool:
    """Whether two terms have equal values at sizes 1 to 3."""
    values = {
        "v": {(q,): Fraction(q * q + 1, 3) for q in (1, 2, 3)},
        "w": {(q,): Fraction(5 - q, 2) for q in (1, 2, 3)},
        "A": {(q, r): Fraction(2 * q - 3 * r * r, 4) for q in (1, 2, 3) for r in (1, 2, 3)},
    }
    for size in (2, 3):
        at = {I: 1, J: 2, Index("a", "n"): 1, Index("b", "n"): 2}
        if evaluate(a, {"n": size}, values, at, exact=True) != evaluate(
            b, {"n": size}, values, at, exact=True
        ):
            return False
    return True


def _sameness() -> bool:
    """Whether the checker takes two terms of different value for the same."""
    a, b = Index("a", "n"), Index("b", "n")
    vi, vj, wi, va, vb, wa = (
        tm.var(s, q) for s, q in (("v", I), ("v", J), ("w", I), ("v", a), ("v", b), ("w", a))
    )
    A = [tm.var("A", q, r) for q, r in ((I, J), (J, I), (a, b), (b, a), (I, a), (a, I), (a, a))]
    atoms = [vi, vj, wi, tm.delta(I, J), tm.num(2), tm.dim("n"), *A[:2]]
    sums = [
        tm.sum_over(a, va),
        tm.sum_over(a, wa),
        tm.sum_over(a, va * wa),
        tm.sum_over(a, va * va),
        tm.sum_over(a, A[4]),
        tm.sum_over(a, A[5]),
        tm.sum_over(a, A[6]),
        tm.sum_over(a, vi),
        tm.sum_over(a, vi * va),
        tm.sum_over(a, tm.sum_over(b, A[2] * va)),
        tm.sum_over(a, tm.sum_over(b, A[2] * vb)),
        tm.sum_over(a, tm.sum_over(b, A[2])),
        tm.sum_over(a, va * tm.sum_over(b, vb)),
        tm.sum_over(a, tm.delta(a, I) * va),
        tm.sum_over(a, va) ** 2,
        tm.sum_over(a, va + wa),
        tm.sum_over(a, va - wa),
    ]
    pool = (
        atoms
        + sums
        + [f * g for f in atoms[:4] for g in atoms[:4]]
        + [f + g for f in atoms[:4] for g in sums[:4]]
    )
    free_a, free_b = tm.sum_over(a, tm.var("A", a, b)), tm.sum_over(b, tm.var("A", a, b))
    pool += [
        va * tm.dim("n"),
        va * tm.sum_over(b, tm.ONE),
        va * tm.sum_over(a, tm.ONE),
        free_a,
        free_b,
        vi + vi,
        vi + wi + vi,
    ]
    pool += (
        [-f for f in pool[:6]]
        + [tm.power(f, 2) for f in atoms[:3]]
        + [tm.power(tm.num(2), -1), tm.num(Fraction(1, 4))]
    )
    return any(same(f, g) and not _evaluates_alike(f, g) for f in pool for g in pool)


def _under_a_derivative() -> bool:
    mass = total(p[k], (k, n))
    lowered = of_claim(
        Claim(name="c", lhs=Partial(mass, p[j]), rhs=sp.S.Zero, hypotheses=(sp.Eq(mass, 1, evaluate=False),))
    )
    by = lowered.lhs.args[1]
    inside = tm.partial(tm.ONE, by)
    return accepted(
        lowered,
        Line(lowered.facts[0].left, tm.ONE, "fact", "0"),
        Line(lowered.lhs, inside, "within", uses=(((0,), 0),)),
        Line(inside, tm.ZERO, "rule", "diff.constant", Substitution({"a": ((), tm.ONE), "x": ((), by)})),
        Line(lowered.lhs, tm.ZERO, "chain", uses=(((), 1), ((), 2))),
    )


def _weak_sign_under_a_derivative() -> bool:
    return proved(Partial(sp.Abs(x), x), sp.S.One, x >= 0)


def _captured_fact() -> bool:
    fact = Fact("equal", tm.var("v", I), tm.ONE)
    a = Index("a", "n")
    at_i = tm.var("v", I)
    goal = Statement(tm.sum_over(a, tm.var("v", a)) + at_i, tm.sum_over(a, tm.ONE) + 1, facts=(fact,))
    given = Line(fact.left, fact.right, "fact", "0")
    captured = Line(tm.sum_over(I, at_i) + at_i, goal.rhs, "within", uses=(((0, 1), 0), ((1,), 0)))
    return accepted(goal, given, captured)


def _captured_in_a_certificate() -> bool:
    """v[i] >= 0 for one i says nothing of the sum of v."""
    a = Index("a", "n")
    fact = Fact("nonnegative", tm.var("v", I))
    goal = Statement(tm.ZERO, tm.sum_over(a, tm.var("v", a)), Relation.LE, (fact,))
    try:
        check(goal, Signed(tm.sum_over(I, tm.var("v", I)), Equation(())))
    except CheckError:
        return False
    return True


def _norm_at_zero() -> bool:
    norm = sp.sqrt(v[i] ** 2 + w[i] ** 2)
    return proved(Partial(norm + v[i], v[i]) - Partial(norm, v[i]), sp.S.One)


def _index_to_come() -> bool:
    """An index with the name that a rule's binder is about to get: sum_a d[a,a] v[a] = v[that]."""
    now = int(tm.fresh_index("n").name[1:])
    return any(_captured_by(Index(f"!{now + ahead}", "n")) for ahead in range(1, 120))


def _captured_by(later: Index) -> bool:
    a = Index("a", "n")
    every = tm.sum_over(a, tm.var("v", a))
    diagonal = tm.sum_over(a, tm.delta(a, a) * tm.var("v", a))
    at = tm.var("v", later)
    f = Substitution({"f": ((a,), tm.var("v", a))}, {"?j": later}, {"?n": "n"})
    body = diagonal.args[1]
    lines = (
        Line(diagonal, at, "rule", "sum.delta", f),
        Line(body.args[0], tm.ONE, "rule", "delta.same", Substitution(indices={"?i": a}, sizes={"?n": "n"})),
        Line(diagonal, every, "within", uses=(((1, 0), 1),)),
        Line(at, diagonal, "sym", uses=(((), 0),)),
        Line(at, every, "chain", uses=(((), 3), ((), 2))),
        Line(tm.sum_over(later, at), tm.sum_over(later, every), "within", uses=(((1,), 4),)),
    )
    return accepted(Statement(every, tm.sum_over(I, every)), *lines)


def _lines_out_of_order() -> bool:
    goal = Statement(X, Y)
    circular = (Line(X, Y, "sym", uses=(((), 1),)), Line(Y, X, "sym", uses=(((), 0),)))
    itself = Line(X, Y, "chain", uses=(((), 0),))
    return accepted(goal, *circular) or accepted(goal, itself)


def _wrong_goal() -> bool:
    line = Line(tm.fn("exp", tm.ZERO), tm.ONE, "rule", "exp.zero")
    return (
        accepted(Statement(tm.fn("exp", tm.ZERO), Y), line)
        or accepted(Statement(X, tm.ONE), line)
        or accepted(Statement(X, Y))
        or accepted(Statement(X, Y), Line(X, Y, "rule", "exp.zero"))
        or accepted(Statement(X, Y), line, Line(X, Y, "sym", uses=(((), 0),)))
    )


def _broken_chain() -> bool:
    first = Line(tm.fn("exp", tm.ZERO), tm.ONE, "rule", "exp.zero")
    second = Line(tm.fn("sin", tm.ZERO), tm.ZERO, "rule", "sin.zero")
    link = Line(first.lhs, tm.ZERO, "chain", uses=(((), 0), ((), 1)))
    return accepted(Statement(first.lhs, tm.ZERO), first, second, link)


def _wrong_place() -> bool:
    first = Line(tm.fn("exp", tm.ZERO), tm.ONE, "rule", "exp.zero")
    elsewhere = Line(X + Y, tm.ONE + Y, "within", uses=(((0,), 0),))
    more = Line(first.lhs + Y, tm.ONE + X, "within", uses=(((0,), 0),))
    return accepted(Statement(X + Y, tm.ONE + Y), first, elsewhere) or accepted(
        Statement(first.lhs + Y, tm.ONE + X), first, more
    )


def _variable_of_a_derivative_rewritten() -> bool:
    fact = Fact("equal", X, Y)
    goal = Statement(tm.partial(X * X, X), tm.partial(X * X, Y), facts=(fact,))
    given = Line(X, Y, "fact", "0")
    return accepted(goal, given, Line(goal.lhs, goal.rhs, "within", uses=(((1,), 0),)))


def _missing_case() -> bool:
    claim = Claim(name="c", lhs=sp.Abs(x), rhs=x, hypotheses=(x > 0,))
    half = prove(claim)
    assert isinstance(half, Proof)
    goal = Statement(tm.fn("abs", X), X)
    try:
        check(goal, Cases(X, {1: half.derivation}))
    except CheckError:
        return False
    return True


def _meta_dependence() -> bool:
    """A metavariable without the index cannot hold it: delta(i, j) a = delta(i, j) a only."""
    body = tm.var("v", I)
    subst = Substitution({"f": ((), body)}, {"?i": I, "?j": J}, {"?n": "n"})
    goal = Statement(tm.delta(I, J) * body, tm.delta(I, J) * tm.var("w", J))
    return accepted(goal, Line(goal.lhs, goal.rhs, "rule", "delta.substitute", subst))


def _other_size() -> bool:
    other = Index("j", "m")
    subst = Substitution({"f": ((I,), tm.var("v", I))}, {"?j": other}, {"?n": "n"})
    lhs = tm.sum_over(I, tm.delta(I, other) * tm.var("v", I))
    rhs = tm.var("v", other)
    return accepted(Statement(lhs, rhs), Line(lhs, rhs, "rule", "sum.delta", subst))


def _undefined() -> bool:
    log = tm.fn("log", X)
    return accepted(Statement(log, log)) or accepted(Statement(tm.power(X, -1), tm.power(X, -1)))


def _calculus() -> bool:
    """Wrong derivatives that would pass if a rule were broken."""
    s = total(v[k] ** 2, (k, n))
    wrong = [
        (Partial(s, v[j]), v[j]),
        (Partial(s, v[j]), total(2 * v[k], (k, n))),
        (Partial(sp.exp(x) * x, x), sp.exp(x)),
        (Partial(v[i], v[j]), sp.S.One),
        (total(delta(i, k) * v[k] * w[k], (k, n)), v[i]),
        (total(v[i] * w[k], (k, n)), v[i] * w[i]),
        (total(v[k], (k, n)) ** 2, total(v[k] ** 2, (k, n))),
        (total(total(v[k] * w[l], (l, n)), (k, n)), total(v[k] * w[k], (k, n))),
    ]
    return any(proved(a, b) for a, b in wrong)


def _signed(t: Term, *facts: Fact, **signs: frozenset[int]) -> bool:
    """Whether ``t > 0`` is accepted because its sign shows."""
    try:
        check(Statement(tm.ZERO, t, Relation.LT, facts, signs), Signed(t, Equation(())))
    except CheckError:
        return False
    return True


_UP = frozenset({1})


def _number_in_a_power() -> bool:
    """w z - w x may have either sign, and x 2^3 - 4 x is not negative."""
    difference = tm.add(tm.mul(X, tm.var("w"), tm.power(tm.num(-1), 3)), tm.mul(tm.var("w"), Y))
    four = tm.add(tm.mul(tm.num(4), X), tm.mul(tm.num(-1), X, tm.power(tm.num(2), 3)))
    return _signed(difference, x=_UP, y=_UP, w=_UP) or _signed(four, x=_UP)


def _twice_the_same() -> bool:
    """2 x > y does not say that x > 2 y, however one of the two is written."""
    root_x, root_y = (tm.power(t, Fraction(1, 2)) for t in (X, Y))
    fact = Fact("positive", tm.add(X, tm.mul(root_x, root_x), -Y))
    return _signed(tm.add(X, -Y, -tm.mul(root_y, root_y)), fact, x=_UP, y=_UP)


STRUCTURE: dict[str, Callable[[], bool]] = {
    "a power of a number is forgotten": _number_in_a_power,
    "what is twice the same counts once": _twice_the_same,
    "terms of different value are the same": _sameness,
    "an equation among hypotheses under a derivative": _under_a_derivative,
    "a weak sign under a derivative": _weak_sign_under_a_derivative,
    "a fact about a fixed index for a bound one": _captured_fact,
    "a certificate that binds an index of the claim": _captured_in_a_certificate,
    "a norm differentiated at 0": _norm_at_zero,
    "an index whose name is yet to be given": _index_to_come,
    "lines that rest on themselves": _lines_out_of_order,
    "a derivation of something else": _wrong_goal,
    "a chain that breaks": _broken_chain,
    "a rewriting where it does not fit": _wrong_place,
    "the variable of a derivative rewritten": _variable_of_a_derivative_rewritten,
    "a missing case": _missing_case,
    "a metavariable with a hidden index": _meta_dependence,
    "an index of another size": _other_size,
    "an undefined statement": _undefined,
    "wrong derivatives and sums": _calculus,
}

ATTACKS: dict[str, Callable[[], bool]] = (
    SIDE_CONDITIONS
    | SIGNS
    | STRUCTURE
    | chance_attacks.ATTACKS
    | matrix_attacks.ATTACKS
    | kind_attacks.ATTACKS
)
