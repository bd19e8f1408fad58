"""Replays the lines of an equation: each must follow from a rule, a hypothesis or earlier lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from formulas.schema import Relation
from symcheck.prover import chance
from symcheck.prover.canonical import Canonical
from symcheck.prover.derivation import Equation, Line, Substitution
from symcheck.prover.form import Form
from symcheck.prover.instantiate import instantiate
from symcheck.prover.report import REFUSED, CheckError, Refused, Report
from symcheck.prover.rule import Condition, Rule
from symcheck.prover.rules import RULES
from symcheck.prover.sign_tables import KINKS, Sign, kink
from symcheck.prover.signs import Seen, Signs
from symcheck.prover.steps import put
from symcheck.terms import term as tm
from symcheck.terms.lower import KNOWN_FUNCTIONS
from symcheck.terms.statement import STAIRS, Statement
from symcheck.terms.term import Index, Path, Term

if TYPE_CHECKING:
    from symcheck.prover.checker import Checker


def check(goal: Statement, d: Equation, checker: Checker) -> None:
    """Replay the lines of ``d``, of which the last one is to be the goal."""
    if goal.relation is not Relation.EQ:
        raise CheckError("an inequality is not shown by an equation")
    Replay(goal, checker.report, checker.same).run(d)


_NOTHING: frozenset[str] = frozenset()
_UP, _DOWN, _FLAT = frozenset({0, 1}), frozenset({0, -1}), frozenset({0})
# signs of the test, 0 among them, with which a function still keeps to one branch
_CONSTANT: Mapping[str, tuple[Sign, ...]] = {
    "max": (_UP, _DOWN),
    "min": (_UP, _DOWN),
    "abs": (_UP, _DOWN),
    "if_positive": (_DOWN,),
    "if_nonnegative": (_UP,),
    "if_nonzero": (_FLAT,),
    "sign": (_FLAT,),
}


class Replay:
    """One list of lines against one goal."""

    def __init__(self, goal: Statement, report: Report, same: Canonical) -> None:
        self.goal = goal
        self.report = report
        self.same = same
        self.lines: tuple[Line, ...] = ()
        self.closed: list[frozenset[str]] = []
        self.form = Form.of(goal)
        self._apart: set[Term] = set()
        self._seen: Seen = {}

    def run(self, d: Equation) -> None:
        self.lines = d.lines
        for k, line in enumerate(d.lines):
            try:
                self._form(line)
                self.closed.append(self._line(k, line))
            except REFUSED as error:
                raise CheckError(f"step {k + 1} ({line.name or line.reason}): {error}") from None
            except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
                # a derivation is input: one that is not even well formed is refused like any other
                what = f"malformed, {type(error).__name__}: {error}"
                raise CheckError(f"step {k + 1} ({line.name or line.reason}): {what}") from None
        for side in (self.goal.lhs, self.goal.rhs):
            self._differentiable(side)
        self.report.steps += len(d.lines)
        left, right = (d.lines[-1].lhs, d.lines[-1].rhs) if d.lines else (self.goal.lhs, self.goal.lhs)
        if not self.same.same(left, self.goal.lhs):
            raise CheckError(f"the derivation starts from {left}, not from the left side of the claim")
        if not self.same.same(right, self.goal.rhs):
            raise CheckError(f"the derivation ends at {right}, not at the right side of the claim")

    def _differentiable(self, t: Term) -> None:
        """Derivatives in the goal exist: what has a kink or a jump is away from it, in the branch at hand,
        or a line rewrites the body, all around, to one where this shows."""
        for s in tm.subterms(t):
            if s.op == "d" and (where := self._kink(s)) and not any(map(self._smooths, self._rewritten(s))):
                raise CheckError(f"not differentiable everywhere: {where}")

    def _smooths(self, t: Term) -> bool:
        return self._kink(t) is None

    def _rewritten(self, t: Term) -> Iterator[Term]:
        """The derivatives to which lines bring ``t`` by rewriting its body."""
        for line in self.lines:
            inside = line.reason == "within" and all(path[:1] == (0,) for path, _ in line.uses)
            same = line.rhs.op == "d" and line.rhs.args[1] is t.args[1] and self.same.same(line.lhs, t)
            if inside and same:
                yield line.rhs

    def _kink(self, t: Term) -> str | None:
        """A kink or jump that the body of a derivative may have where it is taken."""
        name = t.args[1].args[0]
        for inner in tm.subterms(t.args[0]):
            if inner.op == "fn" and inner.args[0] in STAIRS and name in tm.names(inner):
                return f"{inner} jumps"
            if inner.op == "fold" and name in tm.names(inner.args[2]):
                return f"{inner} jumps with its range"
            if inner.op == "pow" and name in tm.names(inner.args[0]) and self._near_edge(*inner.args):
                return f"{inner.args[0]} may be 0 in {inner}"
            if inner.op == "fn" and inner.args[0] in KINKS and name in tm.names(kink(inner)):
                test = self._near_kink(inner, name)
                if test is not None:
                    return f"{test} may be 0 in {inner}"
        return None

    def _near_edge(self, base: Term, exponent: Term) -> bool:
        """Whether a root may be taken of 0: a statement needs only that it is taken of no negative number."""
        e = tm.number(exponent)
        return (
            e is not None
            and e.denominator != 1
            and not Signs(self.same, self.goal, self._seen).positive(base)
        )

    def _near_kink(self, t: Term, name: str) -> Term | None:
        """The test of a branch that does not show which way it goes, if it does not."""
        head, test = t.args[0], kink(t)
        signs = Signs(self.same, self.goal, self._seen)
        sign = signs.sign(test)
        closed = {n for f in signs.used if not f.open for n in tm.names(f.left)} | signs.integral
        closed |= {n for n in signs.leaned if 0 in self.goal.signs[n]}
        constant = any(sign <= s for s in _CONSTANT[head])
        return test if name in closed or not (0 not in sign or constant) else None

    def _form(self, line: Line) -> None:
        """Terms, indices and sizes of a line are such as the goal could have."""
        self._term(line.lhs)
        self._term(line.rhs)
        put = line.subst
        for parameters, t in put.terms.values():
            self._term(t)
            for i in parameters:
                self.form.require_index(i)
        for i in put.indices.values():
            self.form.require_index(i)
        for size in put.sizes.values():
            self.form.require_size(size)

    def _term(self, t: Term) -> None:
        if t not in self._apart:
            self.form.require(t)
            self._binders(t)

    def _binders(self, t: Term) -> None:
        """Facts may speak of the goal's free indices: no line may bind such a name."""
        if t in self._apart:
            return
        if t.op == "meta":
            raise Refused("a metavariable is left over")
        if t.op in tm.BINDERS and t.binding[0] in self.goal.free:
            raise Refused(f"binds {t.binding[0]}, an index of the claim")
        for c in t.children:
            if c not in self._apart:
                self._binders(c)
        self._apart.add(t)

    def _line(self, k: int, line: Line) -> frozenset[str]:
        """Verify one line; returns the names about which it uses closed facts."""
        match line.reason:
            case "rule":
                return self._rule(k, line)
            case "fact":
                return self._fact(line)
            case "within":
                return self._within(k, line)
            case "chain":
                return self._chain(k, line)
            case "sym":
                ((_, n),) = line.uses
                other = self._earlier(k, n)
                self._agree(line, other.rhs, other.lhs)
                return self.closed[n]
        raise Refused(f"unknown reason {line.reason}")

    def _earlier(self, k: int, n: int) -> Line:
        if not 0 <= n < k:
            raise Refused(f"uses step {n + 1}, which does not come before it")
        return self.lines[n]

    def _agree(self, line: Line, lhs: Term, rhs: Term) -> None:
        for mine, theirs, side in ((line.lhs, lhs, "left"), (line.rhs, rhs, "right")):
            if not self.same.same(mine, theirs):
                raise Refused(f"the {side} side is {mine}, but the reason gives {theirs}")

    def _rule(self, k: int, line: Line) -> frozenset[str]:
        rule = RULES.get(line.name)
        if rule is None:
            raise Refused(f"there is no rule {line.name}")
        left, right = instantiate(rule.lhs, line.subst), instantiate(rule.rhs, line.subst)
        self.form.require(left)
        self.form.require(right)
        self._agree(line, left, right)
        self.report.rules.add(rule.name)
        shown = [self._earlier(k, n) for n in line.shown]
        if not rule.conditions:
            return _NOTHING.union(*[self.closed[n] for n in line.shown])
        signs = Signs(self.same, self.goal, self._seen)
        signs.known = {self.same(other.rhs): other.lhs for other in shown}
        for condition in rule.conditions:
            self._condition(rule, condition, line.subst, signs, shown)
        self.report.lemmas |= signs.lemmas
        self.report.facts |= signs.used
        closed = {n for f in signs.used if not f.open for n in tm.names(f.left)}
        closed |= {n for n in signs.leaned if 0 in self.goal.signs[n]} | signs.integral
        closed |= {n for condition in rule.conditions for n in chance.closed(condition, line.subst)}
        return frozenset(closed.union(*[self.closed[n] for n in line.shown]))

    def _condition(
        self, rule: Rule, condition: Condition, subst: Substitution, signs: Signs, shown: list[Line]
    ) -> None:
        if condition.kind == "distinct":
            i, j = (subst.indices[p.name] for p in condition.of if isinstance(p, Index))
            if not (i.constant and j.constant and i.size == j.size and i != j):
                raise Refused(f"{i} and {j} are not distinct constants")
            return
        terms = [instantiate(t, subst) for t in condition.of if isinstance(t, Term)]
        t = terms[0]
        match condition.kind:
            case "positive":
                holds = signs.positive(t)
            case "nonnegative":
                holds = signs.nonnegative(t)
            case "nonzero":
                holds = signs.nonzero(t)
            case "integer":
                holds = signs.integer(t)
            case "natural":
                holds = signs.integer(t) and signs.nonnegative(t)
            case "variable":
                holds = t.op == "var"
            case "undefined":
                holds = t.op == "fn" and t.args[0].rstrip("'") not in KNOWN_FUNCTIONS
            case "smooth":
                holds = signs.smooth(t, terms[1].args[0])
            case "free_of":
                holds = terms[1].args[0] not in tm.names(t)
            case "holds":
                holds = self._general(condition, subst) and any(
                    self.same.same(other.lhs, t) and self.same.same(other.rhs, terms[1]) for other in shown
                )
            case kind if kind in chance.CONDITIONS:
                holds = chance.holds(condition, subst, self.goal, self.same)
            case _:
                raise Refused(f"unknown condition {condition.kind}")
        # what is shown for an index of the claim is shown for one value only
        every = [subst.indices[i.name] for i in condition.of if isinstance(i, Index)]
        some = condition.kind not in chance.CONDITIONS and any(
            i in self.goal.free or i.constant for i in every
        )
        if some or not holds:
            raise Refused(f"{rule.name} needs {t} to be {condition.kind}, which does not show")
        self._require_own(condition, subst)

    def _require_own(self, condition: Condition, subst: Substitution) -> None:
        """The indices of a condition stand for nothing else: a value of a metavariable that has one of them
        in it would be a different one for each of their values."""
        named = {i.name for i in condition.of if isinstance(i, Index)}
        elsewhere = {i for name, i in subst.indices.items() if name not in named}
        for parameters, body in subst.terms.values():
            elsewhere |= body.free - set(parameters)
        taken = elsewhere & {subst.indices[name] for name in named}
        if taken:
            raise Refused(f"{min(taken)} stands for all values of an index and in what is put into the rule")

    def _general(self, condition: Condition, subst: Substitution) -> bool:
        """Whether the indices of a condition stand for all values: what is shown of an index of the claim,
        or of one index twice, is shown for some values only."""
        for_all = [(p, subst.indices[p.name]) for p in condition.of if isinstance(p, Index)]
        chosen = [i for _, i in for_all]
        return (
            len(set(chosen)) == len(chosen)
            and not any(i in self.goal.free or i.constant for i in chosen)
            and all(subst.sizes.get(p.size) == i.size for p, i in for_all)
        )

    def _fact(self, line: Line) -> frozenset[str]:
        equalities = [f for f in self.goal.facts if f.kind == "equal"]
        n = int(line.name)
        if not 0 <= n < len(equalities):
            raise Refused("there is no such hypothesis")
        fact = equalities[n]
        to: dict[Index, Index | Term] = {}
        signs = Signs(self.same, self.goal, self._seen)
        for p in fact.pattern:
            if p.name in line.subst.indices:
                to[p] = line.subst.indices[p.name]
                if p.size != line.subst.indices[p.name].size:
                    raise Refused("an index of another range is put into a hypothesis")
            elif p.name in line.subst.terms:
                to[p] = step = line.subst.terms[p.name][1]
                if p.size != tm.ENDLESS or not (signs.integer(step) and signs.positive(step)):
                    raise Refused(f"{step} does not show to be an integer from 1, as a hypothesis needs")
        self._agree(line, put(fact.left, to), put(fact.right, to))
        self.report.facts |= {fact, *signs.used}
        closed = {n for f in signs.used for n in tm.names(f.left)} | signs.leaned | signs.integral
        return frozenset(tm.names(fact.left) | tm.names(fact.right) | closed)

    def _within(self, k: int, line: Line) -> frozenset[str]:
        new, closed = line.lhs, set[str]()
        paths = sorted(p for p, _ in line.uses)
        if any(q[: len(p)] == p for p, q in pairwise(paths)):
            raise Refused("two positions overlap")
        for path, n in line.uses:
            other = self._earlier(k, n)
            if not self.same.same(self._at(line.lhs, path), other.lhs):
                raise Refused(f"step {n + 1} says nothing of the subterm at {path}")
            crossed = self._differentiated(line.lhs, path) & self.closed[n]
            if crossed:
                raise Refused(
                    f"step {n + 1} holds only where a hypothesis on {', '.join(sorted(crossed))} does: "
                    "it cannot be used under a derivative by that"
                )
            new = tm.replace_at(new, path, other.rhs)
            closed |= self.closed[n]
        if not self.same.same(new, line.rhs):
            raise Refused(f"this gives {new}, not {line.rhs}")
        return frozenset(closed)

    def _at(self, t: Term, path: Path) -> Term:
        try:
            return tm.at(t, path)
        except IndexError as error:
            raise Refused(str(error)) from None

    def _differentiated(self, t: Term, path: Path) -> set[str]:
        out: set[str] = set()
        for step in path:
            if t.op == "d":
                if step != 0:
                    raise Refused("the variable of a derivative cannot be rewritten")
                out.add(t.args[1].args[0])
            t = t.args[step]
        return out

    def _chain(self, k: int, line: Line) -> frozenset[str]:
        links = [self._earlier(k, n) for _, n in line.uses]
        if not links:
            raise Refused("an empty chain")
        for a, b in pairwise(links):
            if not self.same.same(a.rhs, b.lhs):
                raise Refused(f"the chain breaks: {a.rhs} is not {b.lhs}")
        self._agree(line, links[0].lhs, links[-1].rhs)
        return frozenset(x for _, n in line.uses for x in self.closed[n])
