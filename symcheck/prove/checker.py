"""The independent checker: replays a derivation and believes nothing that it has not recomputed.

It does not search, does not simplify and knows nothing of how a derivation was found.  What it takes for
granted is in ``canonical`` (equality), ``rules`` (the calculus), ``signs`` (visible signs) and, for bounds
on the whole line, ball arithmetic (``enclosure``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from formulas.schema import Relation
from symcheck.prove.canonical import Canonical, TooLarge
from symcheck.prove.derivation import Bounded, Cases, Derivation, Equation, Line, Signed, Substitution
from symcheck.prove.enclosure import Enclosure, Undefined
from symcheck.prove.form import Form, IllFormed, well_formed
from symcheck.prove.rules import RULES, Condition, Rule
from symcheck.prove.signs import KINKS, NONNEGATIVE, POSITIVE, Sign, Signs
from symcheck.terms import statement as st
from symcheck.terms import term as tm
from symcheck.terms.lower import KNOWN_FUNCTIONS
from symcheck.terms.statement import Fact, Kind, Statement
from symcheck.terms.term import Index, Path, Term


class CheckError(Exception):
    """A step that does not follow; the message names the step and the reason."""


@dataclass
class Report:
    """On what an accepted derivation rests."""

    steps: int = 0
    rules: set[str] = field(default_factory=set)
    lemmas: set[str] = field(default_factory=set)
    facts: set[Fact] = field(default_factory=set)


class _Refused(Exception):
    pass


_REFUSED = (_Refused, IllFormed, TooLarge)


def check(statement: Statement, derivation: Derivation) -> Report:
    """Replay ``derivation`` as a proof of ``statement``.  Raises ``CheckError``."""
    report = Report()
    try:
        well_formed(statement)
        _require_defined(statement)
        _check(statement, derivation, report)
    except _REFUSED as error:
        raise CheckError(str(error)) from None
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        # a derivation is input: one that is not even well formed is refused like any other
        raise CheckError(f"malformed derivation, {type(error).__name__}: {error}") from None
    return report


def _require_defined(statement: Statement) -> None:
    missing = undefined(statement)
    if missing:
        fact = missing[0]
        sign = {"positive": "> 0", "nonnegative": ">= 0", "nonzero": "!= 0"}[fact.kind]
        raise CheckError(f"not defined everywhere: {fact.left} {sign} must be shown or assumed")


def _check(goal: Statement, d: Derivation, report: Report) -> None:
    match d:
        case Equation():
            if goal.relation is not Relation.EQ:
                raise CheckError("an inequality is not shown by an equation")
            _Replay(goal, report).run(d)
        case Cases():
            _cases(goal, d, report)
        case Signed():
            _signed(goal, d, report)
        case Bounded():
            _bounded(goal, d, report)
        case _:
            raise CheckError(f"no derivation but {type(d).__name__}")


def _signs(goal: Statement) -> Signs:
    return Signs(Canonical(), goal.signs, goal.integers, goal.facts)


def _cases(goal: Statement, d: Cases, report: Report) -> None:
    Form.of(goal).require(d.on)
    if d.on.free - goal.free:
        raise CheckError(f"cases on {d.on}, whose indices the goal does not have")
    signs = _signs(goal)
    possible = signs.sign(d.on)
    report.facts |= signs.used
    for sign in possible:
        if sign not in d.branches:
            raise CheckError(f"the case that {d.on} has sign {sign:+d} is missing")
        _check(goal.given(case_fact(d.on, sign)), d.branches[sign], report)


def case_fact(on: Term, sign: int) -> Fact:
    """What may be assumed in the branch where ``on`` has this sign."""
    if sign == 0:
        return Fact("equal", on, tm.ZERO)
    return Fact("positive", on if sign > 0 else tm.neg(on))


def difference(goal: Statement) -> Term:
    """Larger side minus smaller side of an inequality."""
    upward = goal.relation in (Relation.LE, Relation.LT)
    return tm.sub(goal.rhs, goal.lhs) if upward else tm.sub(goal.lhs, goal.rhs)


def equation(goal: Statement, lhs: Term, rhs: Term, *facts: Fact) -> Statement:
    """The goal ``lhs = rhs`` in the setting of another."""
    return Statement(lhs, rhs, Relation.EQ, (*goal.facts, *facts), goal.signs, goal.integers)


def _signed(goal: Statement, d: Signed, report: Report) -> None:
    if goal.relation is Relation.EQ:
        raise CheckError("a sign shows an inequality, not an equation")
    Form.of(goal).require(d.certificate)
    _require_defined(equation(goal, d.certificate, d.certificate))
    _check(equation(goal, difference(goal), d.certificate), d.equation, report)
    wanted = POSITIVE if goal.relation in (Relation.LT, Relation.GT) else NONNEGATIVE
    _require_sign(goal, d.certificate, wanted, report)


def _require_sign(goal: Statement, t: Term, wanted: frozenset[int], report: Report) -> None:
    signs = _signs(goal)
    found = signs.sign(t)
    report.steps += 1
    report.facts |= signs.used
    report.lemmas |= signs.lemmas
    if not found <= wanted:
        raise CheckError(f"the sign of {t} does not show (could be {sorted(found)})")


def _bounded(goal: Statement, d: Bounded, report: Report) -> None:
    bound, line = goal.rhs, goal.certificate
    if not (goal.relation is Relation.LE and goal.lhs.op == "fn" and goal.lhs.args[0] == "abs"):
        raise CheckError("a bound on the line is about |f| <= c")
    if not isinstance(line, st.Line):
        raise CheckError("a bound on the line needs its certificate")
    f, x = goal.lhs.args[1], line.x
    if tm.names(goal.lhs) | tm.names(line.majorant) != tm.names(x) or x.op != "var" or goal.facts:
        raise CheckError(f"a bound on the line is about a function of {x} alone")
    _check(equation(goal, replace_var(f, x, tm.neg(x)), f), d.even, report)
    _boxes(f, x, bound, line.until, d.boxes)
    beyond = Fact("nonnegative", tm.sub(x, line.until))
    tail = equation(goal, f, f, beyond)
    parts = (
        (tm.sub(line.majorant, f), line.gaps[0], d.below),
        (tm.add(line.majorant, f), line.gaps[1], d.above),
        (tm.neg(tm.partial(line.majorant, x)), line.fall, d.fall),
    )
    for lhs, rhs, part in parts:
        _check(equation(tail, lhs, rhs), part, report)
        _require_sign(tail, rhs, NONNEGATIVE, report)
    end = Enclosure(192).value(replace_var(line.majorant, x, line.until))
    if not end <= Enclosure(192).value(bound):
        raise CheckError(f"the majorant is {end.str(5)} at {line.until}, above the bound")
    report.steps += len(d.boxes) + 1
    report.lemmas.add("ball arithmetic")


def _boxes(f: Term, x: Term, bound: Term, until: Term, boxes: tuple[tuple[str, str], ...]) -> None:
    enclosure = Enclosure(192)
    limit = enclosure.value(bound)
    at = tm.ZERO.args[0]
    for low, high in boxes:
        lo, hi = (Fraction(v) for v in (low, high))
        if lo != at or hi <= lo:
            raise CheckError(f"the boxes leave a gap at {at}")
        try:
            if not enclosure.over(f, x, lo, hi).__abs__() <= limit:
                raise CheckError(f"|f| <= {bound} does not show on [{low}, {high}]")
        except Undefined as error:
            raise CheckError(f"f is not enclosed on [{low}, {high}]: {error}") from None
        at = hi
    if not enclosure.value(until) <= enclosure.value(tm.num(at)):
        raise CheckError(f"the boxes end at {at}, before {until}")


def replace_var(t: Term, x: Term, new: Term) -> Term:
    """``t`` with the scalar symbol x replaced by a term without bound indices."""
    if t is x:
        return new
    return tm.rebuild(t, [replace_var(c, x, new) for c in t.children]) if t.children else t


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


class _Replay:
    """One list of lines against one goal."""

    def __init__(self, goal: Statement, report: Report) -> None:
        self.goal = goal
        self.report = report
        self.same = Canonical()
        self.lines: tuple[Line, ...] = ()
        self.closed: list[frozenset[str]] = []
        self.form = Form.of(goal)

    def run(self, d: Equation) -> None:
        self.lines = d.lines
        for side in (self.goal.lhs, self.goal.rhs):
            self._differentiable(side)
        for k, line in enumerate(d.lines):
            try:
                self._form(line)
                self.closed.append(self._line(k, line))
            except _REFUSED as error:
                raise CheckError(f"step {k + 1} ({line.name or line.reason}): {error}") from None
            except (KeyError, ValueError, IndexError, TypeError, AttributeError) as error:
                # a derivation is input: one that is not even well formed is refused like any other
                what = f"malformed, {type(error).__name__}: {error}"
                raise CheckError(f"step {k + 1} ({line.name or line.reason}): {what}") from None
        self.report.steps += len(d.lines)
        left, right = (d.lines[-1].lhs, d.lines[-1].rhs) if d.lines else (self.goal.lhs, self.goal.lhs)
        if not self.same.same(left, self.goal.lhs):
            raise CheckError(f"the derivation starts from {left}, not from the left side of the claim")
        if not self.same.same(right, self.goal.rhs):
            raise CheckError(f"the derivation ends at {right}, not at the right side of the claim")

    def _differentiable(self, t: Term) -> None:
        """Derivatives in the goal exist: what has a kink or a jump is away from it, in the branch at hand."""
        for s in tm.subterms(t):
            if s.op == "d":
                name = s.args[1].args[0]
                for inner in tm.subterms(s.args[0]):
                    if inner.op == "fn" and inner.args[0] in KINKS and name in tm.names(inner):
                        self._away_from_kink(inner, name)

    def _away_from_kink(self, t: Term, name: str) -> None:
        head, *args = t.args
        test = args[0] - args[1] if head in ("max", "min") else args[0]
        signs = Signs(self.same, self.goal.signs, self.goal.integers, self.goal.facts)
        sign = signs.sign(test)
        closed = {n for f in signs.used if not f.open for n in tm.names(f.left)} | signs.integral
        closed |= {n for n in signs.leaned if 0 in self.goal.signs[n]}
        constant = any(sign <= s for s in _CONSTANT[head])
        if name in closed or not (0 not in sign or constant):
            raise CheckError(f"not differentiable everywhere: {test} may be 0 in {t}")

    def _form(self, line: Line) -> None:
        """Terms, indices and sizes of a line are such as the goal could have."""
        for t in (line.lhs, line.rhs, *(t for _, t in line.subst.terms.values())):
            self.form.require(t)
            self._binders(t)
        for i in (*line.subst.indices.values(), *(i for ps, _ in line.subst.terms.values() for i in ps)):
            self.form.require_index(i)
        for size in line.subst.sizes.values():
            self.form.require_size(size)

    def _binders(self, t: Term) -> None:
        """Facts may speak of the goal's free indices: no line may bind such a name."""
        for s in tm.subterms(t):
            if s.op == "meta":
                raise _Refused("a metavariable is left over")
            if s.op == "sum" and s.args[0] in self.goal.free:
                raise _Refused(f"binds {s.args[0]}, an index of the claim")

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
        raise _Refused(f"unknown reason {line.reason}")

    def _earlier(self, k: int, n: int) -> Line:
        if not 0 <= n < k:
            raise _Refused(f"uses step {n + 1}, which does not come before it")
        return self.lines[n]

    def _agree(self, line: Line, lhs: Term, rhs: Term) -> None:
        for mine, theirs, side in ((line.lhs, lhs, "left"), (line.rhs, rhs, "right")):
            if not self.same.same(mine, theirs):
                raise _Refused(f"the {side} side is {mine}, but the reason gives {theirs}")

    def _rule(self, k: int, line: Line) -> frozenset[str]:
        rule = RULES.get(line.name)
        if rule is None:
            raise _Refused(f"there is no rule {line.name}")
        self._agree(line, instantiate(rule.lhs, line.subst), instantiate(rule.rhs, line.subst))
        signs = Signs(self.same, self.goal.signs, self.goal.integers, self.goal.facts)
        shown = [self._earlier(k, n) for n in line.shown]
        signs.known = {self.same(other.rhs): other.lhs for other in shown}
        for condition in rule.conditions:
            self._condition(rule, condition, line.subst, signs)
        self.report.rules.add(rule.name)
        self.report.lemmas |= signs.lemmas
        self.report.facts |= signs.used
        closed = {n for f in signs.used if not f.open for n in tm.names(f.left)}
        closed |= {n for n in signs.leaned if 0 in self.goal.signs[n]} | signs.integral
        return frozenset(closed.union(*[self.closed[n] for n in line.shown]))

    def _condition(self, rule: Rule, condition: Condition, subst: Substitution, signs: Signs) -> None:
        if condition.kind == "distinct":
            i, j = (subst.indices[p.name] for p in condition.of if isinstance(p, Index))
            if not (i.constant and j.constant and i.size == j.size and i != j):
                raise _Refused(f"{i} and {j} are not distinct constants")
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
                holds = all(signs.smooth(t, name) for name in tm.names(terms[1]))
                # what is shown for an index of the claim is shown for one value only
                every = [subst.indices[i.name] for i in condition.of if isinstance(i, Index)]
                holds = holds and not any(i in self.goal.free or i.constant for i in every)
            case "free_of":
                holds = not (tm.names(t) & tm.names(terms[1]))
            case _:
                raise _Refused(f"unknown condition {condition.kind}")
        if not holds:
            raise _Refused(f"{rule.name} needs {t} to be {condition.kind}, which does not show")

    def _fact(self, line: Line) -> frozenset[str]:
        equalities = [f for f in self.goal.facts if f.kind == "equal"]
        n = int(line.name)
        if not 0 <= n < len(equalities):
            raise _Refused("there is no such hypothesis")
        fact = equalities[n]
        to = {p: line.subst.indices[p.name] for p in fact.pattern if p.name in line.subst.indices}
        if any(p.size != i.size for p, i in to.items()):
            raise _Refused("an index of another range is put into a hypothesis")
        self._agree(line, tm.rename(fact.left, to), tm.rename(fact.right, to))
        self.report.facts.add(fact)
        return tm.names(fact.left) | tm.names(fact.right)

    def _within(self, k: int, line: Line) -> frozenset[str]:
        new, closed = line.lhs, set[str]()
        paths = [p for p, _ in line.uses]
        for p in paths:
            if any(q != p and q[: len(p)] == p for q in paths) or paths.count(p) > 1:
                raise _Refused("two positions overlap")
        for path, n in line.uses:
            other = self._earlier(k, n)
            if not self.same.same(self._at(line.lhs, path), other.lhs):
                raise _Refused(f"step {n + 1} says nothing of the subterm at {path}")
            crossed = self._differentiated(line.lhs, path) & self.closed[n]
            if crossed:
                raise _Refused(
                    f"step {n + 1} holds only where a hypothesis on {', '.join(sorted(crossed))} does: "
                    "it cannot be used under a derivative by that"
                )
            new = tm.replace_at(new, path, other.rhs)
            closed |= self.closed[n]
        if not self.same.same(new, line.rhs):
            raise _Refused(f"this gives {new}, not {line.rhs}")
        return frozenset(closed)

    def _at(self, t: Term, path: Path) -> Term:
        try:
            return tm.at(t, path)
        except IndexError as error:
            raise _Refused(str(error)) from None

    def _differentiated(self, t: Term, path: Path) -> set[str]:
        out: set[str] = set()
        for step in path:
            if t.op == "d":
                if step != 0:
                    raise _Refused("the variable of a derivative cannot be rewritten")
                out |= tm.names(t.args[1])
            t = t.args[step]
        return out

    def _chain(self, k: int, line: Line) -> frozenset[str]:
        links = [self._earlier(k, n) for _, n in line.uses]
        if not links:
            raise _Refused("an empty chain")
        for a, b in pairwise(links):
            if not self.same.same(a.rhs, b.lhs):
                raise _Refused(f"the chain breaks: {a.rhs} is not {b.lhs}")
        self._agree(line, links[0].lhs, links[-1].rhs)
        return frozenset(x for _, n in line.uses for x in self.closed[n])


def instantiate(pattern: Term, subst: Substitution) -> Term:
    """A rule's side with its metavariables replaced.  Binders get names that occur nowhere else, so
    nothing can be captured."""
    return _instantiate(pattern, subst, {})


def _instantiate(p: Term, subst: Substitution, bound: dict[str, Index]) -> Term:
    def index(i: Index) -> Index:
        if not i.name.startswith("?"):
            return i
        found = bound.get(i.name) or subst.indices.get(i.name)
        if found is None:
            raise _Refused(f"no value for index {i.name}")
        return found

    match p.op:
        case "meta":
            name, *at = p.args
            if name not in subst.terms:
                raise _Refused(f"no value for {name}")
            parameters, body = subst.terms[name]
            if len(parameters) != len(at):
                raise _Refused(f"{name} takes {len(at)} indices")
            to = dict(zip(parameters, map(index, at), strict=True))
            if any(i.size != j.size for i, j in to.items()):
                raise _Refused(f"{name}: an index ranges over another size")
            return tm.rename(body, to)
        case "sum":
            i, body = p.args
            size = subst.sizes.get(i.size)
            if size is None:
                raise _Refused(f"no value for size {i.size}")
            fresh = tm.fresh_index(size)
            return tm.sum_over(fresh, _instantiate(body, subst, {**bound, i.name: fresh}))
        case "dim" if p.args[0].startswith("?"):
            return tm.dim(subst.sizes[p.args[0]])
        case "delta":
            i, j = map(index, p.args)
            if i.size != j.size:
                raise _Refused(f"delta of indices over {i.size} and {j.size}")
            return tm.delta(i, j)
        case "var" if p.args[0].startswith("?"):
            if p.args[0] not in subst.terms:
                raise _Refused(f"no value for {p.args[0]}")
            template = subst.terms[p.args[0]][1]
            return tm.var(template.args[0], *map(index, p.args[1:]))
        case "fn" if p.args[0].startswith("?"):
            name = p.args[0].rstrip("'")
            actual = subst.functions[name] + "'" * p.args[0].count("'")
            return Term("fn", actual, *[_instantiate(a, subst, bound) for a in p.args[1:]])
    args = [_instantiate(a, subst, bound) if isinstance(a, Term) else a for a in p.args]
    return Term(p.op, *args)


def undefined(goal: Statement) -> list[Fact]:
    """What the statement's own text needs and the facts do not show: non-zero denominators, positive
    arguments of logarithms and bases of real powers.  A claim must carry what it needs."""
    missing: list[Fact] = []
    for t in (goal.lhs, goal.rhs):
        _undefined(t, goal, missing)
    return missing


def _undefined(t: Term, goal: Statement, missing: list[Fact]) -> None:
    if t.op == "fn" and t.args[0].startswith("if_"):
        _undefined_branches(t, goal, missing)
        return
    needed = _needs(t)
    if needed is not None:
        kind, of = needed
        if not getattr(_signs(goal), kind)(of):
            bound = tuple(sorted(of.free - goal.free))
            missing.append(Fact(kind, of, tm.ZERO, bound))
    for c in t.children:
        _undefined(c, goal, missing)


def _needs(t: Term) -> tuple[Kind, Term] | None:
    """The sign that the outermost operation of ``t`` needs of its argument."""
    if t.op == "fn" and t.args[0] == "log":
        return "positive", t.args[1]
    if t.op != "pow":
        return None
    base, exponent = t.args
    e = tm.number(exponent)
    if e is None:
        return None if exponent.op == "dim" else ("positive", base)
    if e.denominator != 1:
        return ("positive" if e < 0 else "nonnegative"), base
    return ("nonzero", base) if e < 0 else None


def _undefined_branches(t: Term, goal: Statement, missing: list[Fact]) -> None:
    """Each branch needs to be defined only where it is taken."""
    test, then, other = t.args[1:]
    kind = t.args[0].removeprefix("if_")
    otherwise = {
        "positive": Fact("nonnegative", tm.neg(test)),
        "nonnegative": Fact("positive", tm.neg(test)),
        "nonzero": Fact("equal", test, tm.ZERO),
    }
    _undefined(test, goal, missing)
    _undefined(then, goal.given(Fact(kind, test)), missing)
    _undefined(other, goal.given(otherwise[kind]), missing)
