"""Both sides multiplied by a matrix whose inverse a hypothesis gives.

Where ``sum_k F(a, k) G(k, b) = delta(a, b)``, a side t(j) is ``sum_k (sum_c t(c) F(c, k)) G(k, j)`` and also
``sum_k F(j, k) (sum_c G(k, c) t(c))``: if the inner sums of both sides have one normal form, so have the
sides one value.  Rewriting alone never finds this, since it takes F G away as soon as it stands there.
"""

from __future__ import annotations

from dataclasses import dataclass

from symcheck.prover.derivation import Equation, Substitution
from symcheck.prover.normalise import Normaliser
from symcheck.prover.recorder import Recorder, Ref
from symcheck.terms import term as tm
from symcheck.terms.statement import Fact, Statement
from symcheck.terms.term import Index, Term


@dataclass(frozen=True)
class _Pair:
    """``sum over k of first(a, k) second(k, b)`` is the unit matrix, by the equality fact of this number."""

    number: int
    fact: Fact
    k: Index
    a: Index
    b: Index
    first: Term
    second: Term


def by_an_inverse(goal: Statement, budget: int) -> Equation | None:
    """A derivation of an equation by multiplying both sides from one side, if one is found."""
    equalities = [f for f in goal.facts if f.kind == "equal"]
    for number, fact in enumerate(equalities):
        pair = _pair(number, fact)
        if pair is None:
            continue
        for j in sorted(goal.free, key=str):
            if j.size == pair.a.size and not j.constant:
                for near, far in ((pair.a, pair.b), (pair.b, pair.a)):
                    found = _multiplied(goal, budget, pair, j, near, far)
                    if found is not None:
                        return found
    return None


def _pair(number: int, fact: Fact) -> _Pair | None:
    left, right = fact.left, fact.right
    if len(fact.pattern) != 2 or left.op != "sum" or right.op != "delta":
        return None
    k, body = left.args
    if body.op != "mul" or len(body.args) != 2 or set(right.args) != set(fact.pattern):
        return None
    for first, second in (body.args, body.args[::-1]):
        one, other = first.free - {k}, second.free - {k}
        if len(one) == len(other) == 1 and one | other == set(fact.pattern):
            (a,), (b,) = one, other
            return _Pair(number, fact, k, a, b, first, second)
    return None


def _multiplied(
    goal: Statement, budget: int, pair: _Pair, j: Index, near: Index, far: Index
) -> Equation | None:
    """With c for ``far`` and j for ``near``: the factor with c meets the sides, the other stays outside."""
    recorder = Recorder()
    normal = Normaliser(goal, recorder, budget)
    k, c = Index("~1", pair.k.size), Index("~2", j.size)
    names = {near: j, far: c, pair.k: k}
    inside, outside = (
        tm.rename(t, names)
        for t in ((pair.second, pair.first) if far == pair.b else (pair.first, pair.second))
    )
    ends: list[Ref] = []
    forms = []
    for side in (goal.lhs, goal.rhs):
        moved = tm.rename(side, {j: c})
        inner = tm.sum_over(c, tm.mul(inside, moved))
        with normal.deepened(2):
            p, shown = normal.norm(inner)
        forms.append(p)
        around, line = _spread(recorder, pair, side, moved, inside, outside, {near: j, far: c}, k, c, j)
        result = tm.sum_over(k, tm.mul(outside, p.term))
        ends.append(recorder.chain(side, result, [line, recorder.within(around, result, [((1, 1), shown)])]))
    if forms[0] != forms[1]:
        return None
    return recorder.finish(recorder.chain(goal.lhs, goal.rhs, [ends[0], recorder.sym(ends[1])]))


def _spread(
    recorder: Recorder,
    pair: _Pair,
    side: Term,
    moved: Term,
    inside: Term,
    outside: Term,
    to: dict[Index, Index],
    k: Index,
    c: Index,
    j: Index,
) -> tuple[Term, Ref]:
    """``side = sum_c delta(c, j) side(c) = sum_k outside (sum_c inside side(c))``."""
    picked = Substitution({"f": ((c,), moved)}, {"?j": j}, {"?n": c.size})
    _, delta = recorder.rule("sum.delta", picked)
    unit = recorder.fact(pair.number, pair.fact, to)
    product = tm.sum_over(k, tm.mul(inside, outside))
    opened = recorder.within(
        tm.sum_over(c, tm.mul(tm.delta(c, j), moved)),
        tm.sum_over(c, tm.mul(product, moved)),
        [((1, 0), recorder.sym(unit))],
    )
    body = tm.mul(inside, outside, moved)
    order = Substitution({"f": ((c, k), body)}, {}, {"?n": c.size, "?m": k.size})
    _, swapped = recorder.rule("sum.swap", order)
    around = tm.sum_over(k, tm.mul(outside, tm.sum_over(c, tm.mul(inside, moved))))
    return around, recorder.chain(side, around, [recorder.sym(delta), opened, swapped])
