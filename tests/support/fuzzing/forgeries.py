"""Derivations that lie: proofs of the catalog, damaged, offered for false statements, or made up of rules.

The oracle does not ask the prover.  Statements are false by construction (``lhs = rhs`` was proved, so
``lhs = rhs + 1`` is false), or they are evaluated at admissible points by ``exact_terms``.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import product
from random import Random
from typing import Any

import mpmath as mp
from exact_terms import evaluate

from formulas import get
from formulas.schema import Relation
from symcheck.prover import CheckError, Proof, check, prove
from symcheck.prover.codec import Unreadable, decode, encode
from symcheck.prover.derivation import Derivation, Equation, Line, Substitution
from symcheck.prover.instantiate import instantiate
from symcheck.prover.report import REFUSED
from symcheck.prover.rules import RULES
from symcheck.terms import term as tm
from symcheck.terms.statement import Statement
from symcheck.terms.term import Index, Term

SUBJECTS = (
    "act.softmax/jacobian",
    "act.silu/derivative",
    "norm.rms/input_cotangent",
    "info.kl/nonnegative",
    "act.relu/derivative",
    "llm.rope/relative_position",
    "act.relu/as_cases",
    "loss.huber/slopes_meet",
    "calc.ln/of_the_modulus",
    "act.leaky_relu/as_cases",
    "act.softplus/stable_form",
    "linalg.l2_norm/square_is_dot_product",
    "linalg.trace/of_identity",
    "act.softplus/value",
    "prob.expectation/product_of_independent_quantities",
    "linalg.inverse/of_transpose",
    "calc.chain/from_the_limit",
    "calc.exp/from_the_limit",
    "calc.power/cube_from_the_limit",
    "bp.depth/equal_layers",
    "opt.adam/mean_of_first_moment",
    "opt.adam/second_moment_is_nonnegative",
    "model.rnn/through_time",
    "llm.kv_cache/whole_generation",
    "bp.depth/vanishing",
    "calc.sigmoid/tends_to_one",
    "prob.gaussian/mean",
    "calc.tanh/tends_to_one",
    "calc.ln/increasing",
    "prob.expectation/monotone",
    "opt.l2/nonnegative",
    "prob.variance/not_negative",
    "act.softmax/above_zero",
    "prob.addition/not_negative",
    "calc.exp/increasing",
    "calc.exp/above_its_tangents",
    "opt.convexity/above_its_tangents",
    "calc.ln/below_its_tangents",
    "calc.sigmoid/increasing",
)
"""One for each kind of derivation and many features; all are proved and checked in milliseconds."""


class FalseProof(AssertionError):
    """The checker accepted a derivation of something false."""


@dataclass(frozen=True)
class Forgery:
    """A statement, what is offered as its proof (an object or JSON), and whether it is false for sure."""

    goal: Statement
    offered: Any
    false: bool
    how: str


@cache
def proof(name: str) -> Proof:
    formula, claim = name.split("/")
    found = prove(get(formula).claim(claim))
    assert isinstance(found, Proof), name
    return found


@cache
def _as_json(name: str) -> str:
    return json.dumps(encode(proof(name).derivation))


def forged(chance: Random) -> Forgery:
    return chance.choice(_WAYS)(chance)


def tried(forgery: Forgery) -> str:
    """What the checker makes of it.  Raises ``FalseProof``."""
    offered = forgery.offered
    try:
        derivation = offered if isinstance(offered, Derivation) else decode(offered)
        check(forgery.goal, derivation)
    except Unreadable:
        return "unreadable"
    except CheckError:
        return "refused"
    if forgery.false or (seen := holds(forgery.goal)) is False:
        raise FalseProof(
            f"{forgery.how}: {forgery.goal.lhs} {forgery.goal.relation.value} {forgery.goal.rhs}"
        )
    return "accepted and true" if seen else "accepted, not evaluated"


# ways


def _edited(chance: Random) -> Forgery:
    """The JSON of a proof with some values changed, for the statement or for a false one."""
    name = chance.choice(SUBJECTS)
    data = json.loads(_as_json(name))
    for _ in range(chance.choice((1, 1, 2, 4))):
        _edit(data, chance)
    goal = proof(name).statement
    if chance.random() < 0.4:
        return Forgery(goal, data, False, f"edited {name}")
    return Forgery(_false(goal, chance), data, True, f"edited {name} for a false statement")


def _transplanted(chance: Random) -> Forgery:
    """A proof, perhaps edited, for another statement made false."""
    goal, name = proof(chance.choice(SUBJECTS)).statement, chance.choice(SUBJECTS)
    data = json.loads(_as_json(name))
    if chance.random() < 0.5:
        _edit(data, chance)
    return Forgery(_false(goal, chance), data, True, f"the proof of {name}")


def _consistent(chance: Random) -> Forgery:
    """One change made everywhere, in the statement and in its proof."""
    name = chance.choice(SUBJECTS)
    found = proof(name)
    change = _change(found.statement, chance)
    goal = _mapped(found.statement, change) if chance.random() < 0.9 else found.statement
    offered = _mapped(found.derivation, change) if chance.random() < 0.9 else found.derivation
    if chance.random() < 0.2:
        goal = replace(goal, facts=tuple(f for f in goal.facts if chance.random() < 0.5))
    return Forgery(goal, offered, False, f"{name} changed everywhere")


def _made_up(chance: Random) -> Forgery:
    """Instances of random rules, put together for a false statement."""
    goal = _false(proof(chance.choice(SUBJECTS)).statement, chance)
    lines = [_instance(goal, chance) for _ in range(chance.randint(1, 3))]
    known = [line for line in lines if line is not None]
    known.append(_leap(goal, known, chance))
    return Forgery(goal, Equation(tuple(known)), True, "lines made up")


def _single_rule(chance: Random) -> Forgery:
    """One instance of a rule, which is to be true wherever it is accepted."""
    goal = replace(
        proof(chance.choice(SUBJECTS)).statement, certificate=None, approach=None, relation=Relation.EQ
    )
    line = _instance(goal, chance)
    if line is None:
        return _made_up(chance)
    if chance.random() < 0.3:
        line = replace(line, rhs=_mapped(line.rhs, _change(goal, chance)))
    goal = replace(goal, lhs=line.lhs, rhs=line.rhs)
    return Forgery(goal, Equation((line,)), False, f"an instance of {line.name}")


_WAYS: tuple[Callable[[Random], Forgery], ...] = (
    _edited,
    _edited,
    _transplanted,
    _consistent,
    _made_up,
    _single_rule,
)


# statements


def _false(goal: Statement, chance: Random) -> Statement:
    """A statement that is false at every point where ``goal``, which is proved, holds."""
    one = chance.choice((1, 2, Fraction(1, 3), -1))
    if goal.relation is Relation.EQ:
        more = goal.rhs + tm.num(one)
        return replace(goal, rhs=more) if chance.random() < 0.5 else replace(goal, lhs=more, rhs=goal.rhs)
    if goal.relation in (Relation.LE, Relation.LT):
        return replace(goal, rhs=goal.lhs - tm.num(abs(one)))
    if goal.relation in (Relation.GE, Relation.GT):
        return replace(goal, rhs=goal.lhs + tm.num(abs(one)))
    return replace(goal, rhs=goal.rhs + tm.num(one))


def _sizes(goal: Statement) -> list[str]:
    found = {
        a.size for t in (goal.lhs, goal.rhs) for s in tm.subterms(t) for a in s.args if isinstance(a, Index)
    }
    return sorted(found) or ["n"]


def _parts(goal: Statement) -> list[Term]:
    return [s for t in (goal.lhs, goal.rhs) for s in tm.subterms(t)]


# edits of JSON

_VALUES: tuple[Any, ...] = (
    None, 0, 1, 2, 7, -1, "x", "exp", "log", "add", "mul", "sum", "d", "vec", "fold", "#1", "!1",
    "~1", "oo", "", [],
    {}, [["i", "n"]], {"number": "2"}, {"number": "0"}, {"number": "-1"}, True, 1.5, "9" * 50,
)  # fmt: skip


def _edit(data: Any, chance: Random) -> None:
    *way, last = chance.choice(_places(data))
    parent = data
    for step in way:
        parent = parent[step]
    old = parent[last]
    match chance.randrange(6):
        case 0:
            parent[last] = chance.choice(_VALUES)
        case 1 if isinstance(old, int) and not isinstance(old, bool):
            parent[last] = old + chance.choice((1, -1, 2))
        case 2 if isinstance(old, str):
            parent[last] = chance.choice(
                (old + "'", chance.choice(sorted(RULES)), old[:-1], "rule", "within", "chain")
            )
        case 3 if isinstance(old, list) and old:
            at = chance.randrange(len(old))
            old.insert(chance.randrange(len(old) + 1), copy.deepcopy(old[at]))
        case 4 if isinstance(old, list) and old:
            del old[chance.randrange(len(old))]
        case _:
            *way, other = chance.choice(_places(data))
            place = data
            for step in way:
                place = place[step]
            parent[last] = copy.deepcopy(place[other])


def _places(data: Any) -> list[tuple[Any, ...]]:
    out: list[tuple[Any, ...]] = []
    todo: list[tuple[Any, tuple[Any, ...]]] = [(data, ())]
    while todo:
        value, at = todo.pop()
        inside = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, below in inside:
            out.append((*at, key))
            todo.append((below, (*at, key)))
    return out


# one change everywhere


@dataclass(frozen=True)
class _Change:
    term: Callable[[Term], Term]
    index: Callable[[Index], Index] = lambda i: i


def _change(goal: Statement, chance: Random) -> _Change:
    parts = _parts(goal)
    t = chance.choice(parts)
    match chance.randrange(8):
        case 0:
            numbers = [s for s in parts if s.op == "num"] or [tm.ONE]
            a, b = chance.choice(numbers), tm.num(chance.choice((0, 1, 2, 3, -1, Fraction(1, 2))))
            return _Change(lambda s: b if s is a else s)
        case 1:
            heads = [s.args[0] for s in parts if s.op == "fn"] or ["exp"]
            a, b = (
                chance.choice(heads),
                chance.choice(("exp", "log", "tanh", "sigmoid", "abs", "sign", "cos", "sqrt")),
            )
            return _Change(lambda s: Term("fn", b, *s.args[1:]) if s.op == "fn" and s.args[0] == a else s)
        case 2:
            a, b = chance.choice((("add", "mul"), ("mul", "add")))
            return _Change(lambda s: Term(b, *s.args) if s.op == a else s)
        case 3:
            indices = sorted({i for s in parts for i in s.args if isinstance(i, Index)}) or [Index("i", "n")]
            i, j = chance.choice(indices), chance.choice(indices)
            moved = {i: j} if i.size == j.size else {i: Index(i.name, j.size)}
            return _Change(lambda s: s, lambda k: moved.get(k, k))
        case 4:
            new = chance.choice((tm.ZERO, tm.ONE, t + 1, tm.neg(t), t * t, tm.fn("exp", t), tm.num(2) * t))
            return _Change(lambda s: new if s is t else s)
        case 5:
            return _Change(lambda s: Term("pow", s.args[0], s.args[1] + 1) if s.op == "pow" else s)
        case 6:
            names = sorted({s.args[0] for s in parts if s.op == "var"}) or ["x"]
            a, b = chance.choice(names), chance.choice((*names, "fresh"))
            return _Change(lambda s: Term("var", b, *s.args[1:]) if s.op == "var" and s.args[0] == a else s)
    sizes = _sizes(goal)
    a, b = chance.choice(sizes), chance.choice((*sizes, "1", "2", "oo"))
    return _Change(
        lambda s: tm.dim(b) if s.op == "dim" and s.args[0] == a else s,
        lambda i: Index(i.name, b) if i.size == a else i,
    )


def _mapped(value: Any, change: _Change) -> Any:
    match value:
        case Term():
            kept = [_mapped(a, change) if isinstance(a, Term | Index) else a for a in value.args]
            return change.term(Term(value.op, *kept))
        case Index():
            return change.index(value)
        case tuple():
            return tuple(_mapped(v, change) for v in value)
        case Mapping():
            return {k: _mapped(v, change) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        inside = {
            f.name: _mapped(getattr(value, f.name), change) for f in dataclasses.fields(value) if f.init
        }
        return replace(value, **inside)
    return value


# instances of rules


@cache
def _holes(name: str) -> tuple[frozenset[Any], ...]:
    """The metavariables of a rule with the sizes of their indices; its indices; sizes; functions; arrays."""
    rule = RULES[name]
    terms, indices, sizes, functions = set(), set(), set(), set()
    bound = set()
    roots = [rule.lhs, rule.rhs, *(t for c in rule.conditions for t in c.of if isinstance(t, Term))]
    for s in (s for root in roots for s in tm.subterms(root)):
        own = [a for a in s.args if isinstance(a, Index)]
        sizes |= {i.size for i in own if i.size.startswith("?")}
        indices |= {i for i in own if i.name.startswith("?")}
        if s.op in tm.BINDERS:
            bound.add(s.binding[0])
        if s.op == "meta":
            where = tuple(a.size if isinstance(a, Index) else tm.ENDLESS for a in s.args[1:])
            terms.add((s.args[0], where, "meta"))
        elif s.op in ("var", "array") and s.args[0].startswith("?"):
            terms.add((s.args[0], (), s.op))
            sizes |= {s.args[1]} if s.op == "array" and s.args[1].startswith("?") else set()
        elif s.op == "dim" and s.args[0].startswith("?"):
            sizes.add(s.args[0])
        elif s.op == "fn" and s.args[0].startswith("?"):
            functions.add(s.args[0].rstrip("'"))
    return tuple(map(frozenset, (terms, indices - bound, sizes, functions)))


def _instance(goal: Statement, chance: Random) -> Line | None:
    name = chance.choice(sorted(RULES))
    terms, indices, sizes, functions = _holes(name)
    own = _sizes(goal)
    size = {s: chance.choice(own) for s in sorted(sizes)}
    parts = _parts(goal)
    plain = [s for s in parts if s.op not in ("vec", "array")]
    variables = [s for s in parts if s.op == "var"] or [tm.var("x")]
    values = {}
    for meta, where, kind in sorted(terms):
        parameters = tuple(Index(f"p{k}", size.get(s, s)) for k, s in enumerate(where))
        t = chance.choice(variables if kind == "var" or chance.random() < 0.3 else plain)
        for p in parameters:
            same = [i for i in sorted(t.free) if i.size == p.size]
            t = tm.rename(t, {chance.choice(same): p}) if same and chance.random() < 0.8 else t
        if kind == "array":
            t = next((s for s in parts if s.op == "array"), tm.array("A", chance.choice(own)))
        values[meta] = (parameters, t)
    at = {i.name: Index(chance.choice("ijk"), size.get(i.size, i.size)) for i in sorted(indices)}
    called = {f: chance.choice(("f", "g", "exp")) for f in sorted(functions)}
    subst = Substitution(values, at, size, called)
    try:
        rule = RULES[name]
        return Line(instantiate(rule.lhs, subst), instantiate(rule.rhs, subst), "rule", name, subst)
    except (*REFUSED, ValueError, KeyError, AttributeError, IndexError):
        return None


def _leap(goal: Statement, lines: list[Line], chance: Random) -> Line:
    """A last line that claims the goal from whatever stands before."""
    uses = []
    for number in range(len(lines)):
        path: list[int] = []
        t = goal.lhs
        while chance.random() < 0.6 and t.children:
            step = chance.choice([k for k, a in enumerate(t.args) if isinstance(a, Term)])
            path.append(step)
            t = t.args[step]
        uses.append((tuple(path), number))
    reason = chance.choice(("within", "within", "chain", "sym", "fact", "rule"))
    name = (
        chance.choice(sorted(RULES))
        if reason == "rule"
        else str(chance.randrange(3))
        if reason == "fact"
        else ""
    )
    return Line(goal.lhs, goal.rhs, reason, name, uses=tuple(uses))


# is it true?

_TOLERANCE = mp.mpf(10) ** -15
_POINTS = 3
_CERTAIN = ((Fraction(1), {}),)
"""One outcome: where nothing is random, an expectation is the quantity itself."""


def holds(goal: Statement) -> bool | None:
    """Whether it holds at a few admissible points; ``None`` if that cannot be told (hypotheses about several
    quantities at once, sequences, chance, points where a side is not defined)."""
    if (
        goal.laws.random
        or goal.approach is not None
        or any(f.kind == "equal" or f.pattern for f in goal.facts)
    ):
        return None
    if any(f.everywhere for f in goal.facts) or goal.integers or any(map(_sequence, _parts(goal))):
        return None
    seen = 0
    for turn in range(4 * _POINTS):
        try:
            told = _at_a_point(goal, Random(turn))
        except (ArithmeticError, LookupError, ValueError, TypeError, AttributeError, AssertionError):
            continue
        if told is False:
            return False
        seen += told is not None
        if seen >= _POINTS:
            return True
    return None


def _sequence(t: Term) -> bool:
    """An entry at a place that is a term; it would have to be an integer."""
    return t.op == "var" and bool(t.children)


def _at_a_point(goal: Statement, chance: Random) -> bool | None:
    sizes = _Sizes(chance)
    values = _values(goal, sizes, chance)
    at = {i: chance.randint(1, sizes[i.size]) for i in sorted(goal.free)}
    for fact in goal.facts:
        value = evaluate(fact.left, sizes, values, at, law=_CERTAIN)
        if not mp.isfinite(value) or mp.im(value) != 0:
            return None
        met = {"positive": value > 0, "nonnegative": value >= 0, "nonzero": value != 0}[fact.kind]
        if not met:
            return None
    left, right = (evaluate(t, sizes, values, at, law=_CERTAIN) for t in (goal.lhs, goal.rhs))
    if any(not mp.isfinite(v) or mp.im(v) != 0 for v in (left, right)):
        return None
    gap = left - right
    near = abs(gap) <= _TOLERANCE * (1 + abs(left) + abs(right))
    match goal.relation:
        case Relation.EQ:
            return bool(near)
        case Relation.LE | Relation.LT:
            return bool(near or gap < 0)
        case Relation.GE | Relation.GT:
            return bool(near or gap > 0)
    return None


class _Sizes(dict):  # type: ignore[type-arg]
    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def __missing__(self, name: str) -> int:
        self[name] = int(name) if name.isdigit() else self.chance.randint(1, 3)
        return self[name]


def _values(
    goal: Statement, sizes: Mapping[str, int], chance: Random
) -> dict[str, dict[tuple[int, ...], Any]]:
    """Every entry of every tensor, with the sign that its declaration has."""
    out: dict[str, dict[tuple[int, ...], Any]] = {}
    for t in (goal.lhs, goal.rhs, *(f.left for f in goal.facts)):
        for s in tm.subterms(t):
            if s.op != "var":
                continue
            entries = out.setdefault(s.args[0], {})
            signs = sorted(goal.signs.get(s.args[0]) or {1, -1})
            for at in product(*(range(1, sizes[i.size] + 1) for i in s.args[1:])):
                if at not in entries:
                    size = Fraction(chance.randint(1, 40), chance.randint(7, 19))
                    entries[at] = size * chance.choice(signs)
    return out
