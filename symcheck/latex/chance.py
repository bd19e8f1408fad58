"""Probabilities over finite alphabets, expectations and the quantities of information theory.

``p(x)`` is the entry of a positive tensor p at the index x.  A letter that is seen with several variables
(``p(x, y)``, ``p(x)``, ``p(y | x)``) is one joint tensor: what is missing is summed out, a bar divides.
A random variable X runs over its values, the entries of a tensor X; its law is the letter that the formula
uses for it, or p.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.context import Convention, Declaration, Kind
from symcheck.latex.letters import random_letters
from symcheck.latex.meaning import Reader
from symcheck.latex.names import plain_name
from symcheck.latex.notation import GREEK
from symcheck.latex.report import Reason, Span
from symcheck.latex.scope import Frame
from symcheck.latex.survey import DISTRIBUTIONS, Facts
from symcheck.latex.tree import Node
from symcheck.latex.values import Axis, Meaning, Value, refuse

MAX_MEANS = 24
_MEAN = frozenset({"E"})
_LAW_LETTERS = frozenset({"p", "q", "P", "Q", "r", "u", "m", "pi"})
_DIVERGENCE = frozenset({"D_KL", "KL", "D_kl", "D"})


@dataclass(frozen=True)
class Split:
    """The arguments of ``p(x, y \\mid z)``: before and after the bar."""

    main: tuple[Node, ...]
    given: tuple[Node, ...]


def split(arguments: tree.Delimited) -> Split | None:
    """None if there is more than one bar."""
    marks = [k for k, s in enumerate(arguments.separators) if s in ("|", "||", ";")]
    if len(marks) > 1:
        return None
    cut = marks[0] + 1 if marks else len(arguments.items)
    return Split(arguments.items[:cut], arguments.items[cut:])


def _barred(call: tree.Call) -> bool:
    return any(s in ("|", "||", ";") for s in call.arguments.separators)


def _is_variable(name: str) -> bool:
    """A small letter, not a word."""
    return name.islower() and (len(name.split("_")[0]) == 1 or name.split("_")[0] in GREEK)


def letters(nodes: tuple[Node, ...]) -> tuple[str, ...] | None:
    """The names of plain variables, or None if something else is among the arguments."""
    out = []
    for n in nodes:
        if not isinstance(n, tree.Symbol) or n.name in ("pi", "e"):
            return None
        out.append(plain_name(n) or "")
    return tuple(out)


class ChanceReader(Reader):
    """Adds the notation of probability to the evaluator."""

    def __init__(self, facts: Facts, context: object) -> None:
        super().__init__(facts, context)  # type: ignore[arg-type]
        self.joint: dict[str, tuple[str, ...]] = {}
        self.kernels: dict[str, tuple[str, ...]] = {}
        self.named_laws = self.find_named_laws()
        for name, calls in facts.applied.items():
            in_order = sorted(calls, key=lambda c: c.span)
            # the widest p(x, y) first: it gives the order of the axes
            self.find_joint(name, sorted(in_order, key=lambda c: -len(c.arguments.items) * (not _barred(c))))
        self.law = self.find_law()

    # What the formula shows

    def is_distribution(self, name: str) -> bool:
        declared = self.context.symbols.get(name)
        if declared is not None:
            return declared.kind is Kind.DISTRIBUTION
        letter = name.split("_")[0]
        if letter in ("pi", "m", "r", "u"):
            return any("|" in c.arguments.separators for c in self.facts.applied.get(name, ()))
        return letter in DISTRIBUTIONS

    def find_named_laws(self) -> set[str]:
        """The p and q of ``H(p)`` and ``D_{KL}(p \\| q)``."""
        out: set[str] = set()
        for name in {"H", *_DIVERGENCE} & set(self.facts.applied):
            for call in self.facts.applied[name]:
                names = {plain_name(a) or "" for a in call.arguments.items}
                out |= {n for n in names if n.split("_")[0] in _LAW_LETTERS and n not in self.facts.variables}
        return out

    def tensor(self, name: str, rank: int, span: Span, positive: bool = False) -> sp.IndexedBase:
        law = name in self.joint or name in self.kernels or name in self.named_laws
        return super().tensor(name, rank, span, positive or law)

    def find_joint(self, name: str, calls: list[tree.Call]) -> None:
        if not self.is_distribution(name):
            return
        variables: list[str] = []
        patterns = set()
        for call in calls:
            parts = split(call.arguments)
            if parts is None:
                return
            main, given = letters(parts.main), letters(parts.given)
            if main is None or given is None or any(not _is_variable(v) for v in (*main, *given)):
                return
            patterns.add((main, given))
            variables += [v for v in (*main, *given) if v not in variables]
        if any(self.is_number(v) for v in variables) or len(variables) > 3:
            return
        if len(patterns) == 1 and (only := next(iter(patterns)))[1]:
            self.kernels[name] = (*only[0], *only[1])
            return
        if variables:
            self.joint[name] = tuple(variables)

    def is_number(self, letter: str) -> bool:
        """A letter that stands as a number without being bound by a sum."""
        return self.facts.numbers[letter] > 0 and letter not in self.facts.bound

    def find_law(self) -> str:
        """The letter of the joint law of the random variables."""
        wanted = {v.lower() for v in self.facts.variables}
        for name, variables in self.joint.items():
            if wanted & set(variables):
                missing = [v for v in self.variables() if v not in variables]
                self.joint[name] = (*variables, *missing)
                return name
        if wanted and "p" not in self.joint:
            self.joint["p"] = tuple(self.variables())
        return "p"

    def variables(self) -> list[str]:
        return sorted(v.lower() for v in self.facts.variables)

    # Laws

    def density(self, name: str, main: tuple[str, ...], given: tuple[str, ...], span: Span) -> sp.Expr:
        """``name(main | given)`` at the indices that are in scope."""
        if name in self.kernels:
            axes = [self.scope.index(v, span) for v in (*main, *given)]
            return self.law_entry(name, axes, span)
        everything = self.joint[name]
        top = self.marginal(name, everything, (*main, *given), span)
        return top / self.marginal(name, everything, given, span) if given else top

    def marginal(self, name: str, everything: tuple[str, ...], kept: tuple[str, ...], span: Span) -> sp.Expr:
        at: list[Axis] = []
        summed: list[Axis] = []
        for v in everything:
            if v in kept:
                at.append(self.scope.index(v, span))
            else:
                summed.append(self.scope.new_axis(v))
                at.append(summed[-1])
        expr = self.law_entry(name, at, span)
        for axis in reversed(summed):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return expr

    def law_entry(self, name: str, axes: list[Axis], span: Span) -> sp.Expr:
        base = self.tensor(name, len(axes), span, positive=True)
        self.symbols[name] = Declaration(kind=Kind.DISTRIBUTION, shape=(None,) * len(axes))
        for size, axis in zip(base.shape, axes, strict=True):
            self.sizes.unify(size, axis.size)
        return base[tuple(a.index for a in axes)]

    def index_as_number(self, name: str, axis: Axis) -> Value:
        """The value x of a random variable X is the entry X[x]."""
        if not self.scope.is_chance(name) and name not in {v.lower() for v in self.facts.variables}:
            return super().index_as_number(name, axis)
        return Value(self.value_of(name, axis))

    def value_of(self, letter: str, axis: Axis) -> sp.Expr:
        name = letter.upper()
        base = self.tensor(name, 1, Span(0, 0))
        self.symbols[name] = Declaration(kind=Kind.VARIABLE)
        self.sizes.unify(base.shape[0], axis.size)
        return base[axis.index]

    # Calls

    def special_call(self, name: str, node: tree.Call) -> Meaning | None:
        function = node.function
        inner = function.base if isinstance(function, tree.Subscript) else function
        letter = inner.name if isinstance(inner, tree.Symbol) else ""
        if (letter in _MEAN and node.arguments.opening == "[") or (
            letter == "E" and node.arguments.opening == "("
        ):
            return self.expectation(node)
        if letter in ("Var", "V") and isinstance(function, tree.Subscript) and len(node.arguments.items) == 1:
            body = node.arguments.items[0]
            mean = self.expectation_under(function.items, body, node).expr
            return self.expectation_under(function.items, body, node, lambda e: (e - mean) ** 2)
        if name in ("Var", "V", "var") and node.arguments.opening in ("(", "[") and self.facts.variables:
            return Value(self.variance(node.arguments.items, node.arguments.items, node))
        if name in ("Cov", "cov") and len(node.arguments.items) == 2:
            first, second = node.arguments.items
            return Value(self.variance((first,), (second,), node))
        if Convention.ENTROPY in self.context.conventions:
            if name == "H":
                return self.entropy(node)
            if (
                name in _DIVERGENCE
                and len(node.arguments.items) == 2
                and node.arguments.separators[0] in ("|", "||", ",")
            ):
                return self.divergence(node)
            if name == "I" and len(node.arguments.items) == 2:
                return self.information(node)
        if not isinstance(function, tree.Symbol | tree.Subscript) or not self.is_distribution(name):
            return None
        return self.probability(name, node)

    def probability(self, name: str, node: tree.Call) -> Value | None:
        parts = split(node.arguments)
        if parts is None:
            raise refuse(node.span, "arguments of a probability")
        step = self.step(parts.main)
        if step is not None:
            axis = self.scope.index(step, node.span)
            return Value(self.law_entry(name, [axis], node.span))
        main, given = letters(parts.main), letters(parts.given)
        everything = self.joint.get(name) or self.kernels.get(name) or ()
        if everything and main and given is not None and {*main, *given} <= set(everything):
            return Value(self.density(name, main, given, node.span))
        if name in ("P", "Pr") and self.all_events(name):
            return Value(self.chance_of(name, parts, node.span))
        if main is not None and given == () and all(self.is_number(v) for v in main):
            return None  # a density of real numbers is an ordinary function
        if node.arguments.separators or any(isinstance(i, tree.Relation) for i in node.arguments.items):
            raise refuse(node.span, f"the probability {name}(...)")
        return None

    def step(self, main: tuple[Node, ...]) -> str | None:
        """The index t of ``P(x_t \\mid x_{<t})``."""
        if len(main) != 1 or not isinstance(main[0], tree.Subscript) or len(main[0].items) != 1:
            return None
        item = main[0].items[0]
        letter = plain_name(item) if isinstance(item, tree.Symbol) and not item.style else None
        if letter is None:
            return None
        waiting = any(f.implicit for f in self.scope.frames)
        bound = self.scope.find(letter) is not None
        base = plain_name(main[0].base) or ""
        return letter if bound or waiting or self.facts.is_index(letter, base) else None

    def all_events(self, name: str) -> bool:
        for call in self.facts.applied.get(name, ()):
            for item in call.arguments.items:
                for n in tree.walk(item):
                    if not isinstance(n, tree.Symbol | tree.Sum | tree.Delimited):
                        return False
                    if isinstance(n, tree.Symbol) and not (len(n.name) == 1 and n.name.isupper()):
                        return False
                    if isinstance(n, tree.Sum) and set(n.signs[1:]) - {"cup", "cap", "setminus"}:
                        return False
        return True

    def chance_of(self, name: str, parts: Split, span: Span) -> sp.Expr:
        """Probability of an event: its indicator summed over the outcomes, each with its weight."""
        outcome = self.scope.new_axis("w")
        given = self.indicator(parts.given, outcome)
        both = self.indicator((*parts.main, *parts.given), outcome)
        weight = self.law_entry(name, [outcome], span)
        above = sp.Sum(weight * both, (outcome.index, 1, outcome.size))
        if not parts.given:
            return above
        return above / sp.Sum(weight * given, (outcome.index, 1, outcome.size))

    def indicator(self, events: tuple[Node, ...], outcome: Axis) -> sp.Expr:
        out = sp.Integer(1)
        for e in events:
            out *= self.event(e, outcome)
        return out

    def event(self, node: Node, outcome: Axis) -> sp.Expr:
        match node:
            case tree.Symbol():
                base = self.tensor(plain_name(node) or "", 1, node.span)
                self.sizes.unify(base.shape[0], outcome.size)
                return base[outcome.index]
            case tree.Delimited(items=(inner,)):
                return self.event(inner, outcome)
            case tree.Sum():
                out = self.event(node.terms[0], outcome)
                for sign, term in zip(node.signs[1:], node.terms[1:], strict=True):
                    other = self.event(term, outcome)
                    out = {
                        "cap": out * other,
                        "cup": out + other - out * other,
                        "setminus": out * (1 - other),
                    }[sign]
                return out
        raise refuse(node.span, "event")

    # Expectations

    def expectation(self, node: tree.Call) -> Value:
        if len(node.arguments.items) != 1:
            raise refuse(node.span, "expectation")
        body = node.arguments.items[0]
        if isinstance(node.function, tree.Subscript):
            return self.expectation_under(node.function.items, body, node)
        variables = self.random_in(body)
        if not variables:
            raise refuse(node.span, "an expectation that does not say over what", Reason.SYMBOL)
        return Value(self.mean(variables, lambda: self.number(body), node))

    def random_in(self, body: Node) -> list[str]:
        seen = {name.lower() for name in random_letters(body) & self.facts.variables}
        return [v for v in self.joint.get(self.law, ()) if v in seen]

    def mean(self, variables: list[str], body: object, node: tree.Call) -> sp.Expr:
        self.means += 1
        if self.means > MAX_MEANS:
            raise refuse(node.span, "too many expectations", Reason.TIME)
        frame = Frame({v: self.scope.new_axis(v) for v in variables}, chance=True)
        with self.scope.binding(frame, node.span):
            weight = self.density(self.law, tuple(variables), (), node.span)
            expr = weight * body()  # type: ignore[operator]
        for axis in reversed(list(frame.axes.values())):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return expr

    def expectation_under(
        self,
        items: tuple[Node, ...],
        body: Node,
        node: tree.Call,
        of: Callable[[sp.Expr], sp.Expr] = lambda e: e,
    ) -> Value:
        """``E_{x \\sim p}[f]`` and ``E_{q(z|x)}[f]``; ``of`` says of which function of the body it is."""
        if len(items) != 1:
            raise refuse(node.span, "an expectation over several things")
        given: tuple[str, ...] = ()
        match items[0]:
            case tree.Relation(sides=(tree.Symbol() as variable, law), operators=("~",)):
                letter, name = plain_name(variable) or "", plain_name(law)
            case tree.Call(function=law, arguments=arguments):
                parts = split(arguments)
                main = letters(parts.main) if parts else None
                after = letters(parts.given) if parts else None
                if main is None or len(main) != 1 or after is None:
                    raise refuse(node.span, "law of an expectation")
                letter, name, given = main[0], plain_name(law), after
            case _:
                raise refuse(node.span, "an expectation that does not say over what", Reason.SYMBOL)
        if name is None or letter.isupper():
            raise refuse(node.span, "law of an expectation")
        if name not in self.joint and name not in self.kernels:
            self.joint[name] = (letter,)
        frame = Frame({letter: self.scope.new_axis(letter)}, chance=True)
        with self.scope.binding(frame, node.span):
            weight = self.density(name, (letter,), given, node.span)
            expr = weight * of(self.number(body))
        axis = frame.axes[letter]
        return Value(sp.Sum(expr, (axis.index, 1, axis.size)))

    def symbol(self, node: tree.Symbol) -> Meaning:
        if node.name in self.facts.variables and not node.accents:
            axis = self.scope.find(node.name.lower())
            if axis is None:
                raise refuse(node.span, f"the random variable {node.name} as a number", Reason.SYMBOL)
            return Value(self.value_of(node.name.lower(), axis))
        return super().symbol(node)

    def variance(self, first: tuple[Node, ...], second: tuple[Node, ...], node: tree.Call) -> sp.Expr:
        a, b = first[0], second[0]
        variables = sorted({*self.random_in(a), *self.random_in(b)})
        if not variables or len(first) != 1:
            raise refuse(node.span, "a variance that does not say of what", Reason.SYMBOL)
        mean_a = self.mean(self.random_in(a), lambda: self.number(a), node)
        mean_b = self.mean(self.random_in(b), lambda: self.number(b), node)
        return self.mean(variables, lambda: (self.number(a) - mean_a) * (self.number(b) - mean_b), node)

    def moment(self, base: str, node: tree.Subscript) -> Value | None:
        item = node.items[0]
        if base not in ("mu", "sigma") or len(node.items) != 1 or not random_letters(item):
            return None
        if not random_letters(item) <= self.facts.variables:
            return None
        call = tree.Call(node.span, node.base, tree.Delimited(item.span, "(", ")", (item,)))
        if base == "mu":
            return Value(self.mean(self.random_in(item), lambda: self.number(item), call))
        return Value(sp.sqrt(self.variance((item,), (item,), call)))

    # Information

    def laws(self, nodes: tuple[Node, ...]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]] | None:
        """Arguments that are distributions: ``p`` and ``q``, or ``q(z|x)`` and ``p(z)``."""
        out: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
        for n in nodes:
            if isinstance(n, tree.Call):
                name, parts = plain_name(n.function) or "", split(n.arguments)
                main = letters(parts.main) if parts else None
                given = letters(parts.given) if parts else None
                if main is None or given is None or not (name in self.joint or name in self.kernels):
                    return None
                out.append((name, main, given))
            else:
                name = plain_name(n) or ""
                known = name in self.joint or name in self.kernels
                declared = self.context.symbols.get(name)
                single = name.split("_")[0] in _LAW_LETTERS and name not in self.facts.variables
                if not (known or single or (declared is not None and declared.kind is Kind.DISTRIBUTION)):
                    return None
                variables = self.joint.get(name) or ("x",)
                if len(variables) != 1 or name in self.kernels:
                    raise refuse(n.span, f"{name} has several variables")
                self.joint[name] = variables
                out.append((name, variables, ()))
        return out

    def entropy(self, node: tree.Call) -> Value:
        parts = split(node.arguments)
        self.means += 1
        if self.means > MAX_MEANS:
            raise refuse(node.span, "too many entropies", Reason.TIME)
        if parts is None or not 1 <= len(parts.main) <= 2:
            raise refuse(node.span, "entropy")
        found = self.laws(parts.main) if not parts.given else None
        if found is not None:
            return Value(-self.expected_log(found[0], found[-1], None, node))
        main, given = letters(parts.main), letters(parts.given)
        if main is None or given is None or not {*main, *given} <= self.facts.variables:
            raise refuse(node.span, "the entropy of something unknown", Reason.SYMBOL)
        lower = tuple(v.lower() for v in (*main, *given))
        frame = Frame({v: self.scope.new_axis(v) for v in lower}, chance=True)
        with self.scope.binding(frame, node.span):
            law = self.density(self.law, lower, (), node.span)
            inside = self.density(self.law, lower[: len(main)], lower[len(main) :], node.span)
        expr = law * sp.log(inside)
        for axis in reversed(list(frame.axes.values())):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return Value(-expr)

    def expected_log(
        self,
        weight: tuple[str, tuple[str, ...], tuple[str, ...]],
        inside: tuple[str, tuple[str, ...], tuple[str, ...]],
        below: tuple[str, tuple[str, ...], tuple[str, ...]] | None,
        node: tree.Call,
    ) -> sp.Expr:
        """Sum of ``weight * log(inside / below)`` over the variable of the first law."""
        variable = weight[1]
        frame = Frame({v: self.scope.new_axis(v) for v in variable}, chance=True)
        with self.scope.binding(frame, node.span):
            p = self.at(weight, variable, node.span)
            ratio = self.at(inside, variable, node.span)
            if below is not None:
                ratio = ratio / self.at(below, variable, node.span)
            expr = p * sp.log(ratio)
        for axis in reversed(list(frame.axes.values())):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return expr

    def at(
        self, law: tuple[str, tuple[str, ...], tuple[str, ...]], variable: tuple[str, ...], span: Span
    ) -> sp.Expr:
        """A law at the variable of another one (``p`` and ``q`` live on one alphabet)."""
        name, main, given = law
        if main == variable or given:
            return self.density(name, main, given, span)
        if len(main) != len(variable) or name in self.kernels or len(self.joint[name]) != len(main):
            raise refuse(span, "two laws with different variables")
        return self.law_entry(name, [self.scope.index(v, span) for v in variable], span)

    def divergence(self, node: tree.Call) -> Value:
        found = self.laws(node.arguments.items)
        if found is None:
            raise refuse(node.span, "the divergence of something unknown", Reason.SYMBOL)
        return Value(self.expected_log(found[0], found[0], found[1], node))

    def information(self, node: tree.Call) -> Value:
        names = letters(node.arguments.items)
        if names is None or not set(names) <= self.facts.variables or len(set(names)) != 2:
            raise refuse(node.span, "the information of something unknown", Reason.SYMBOL)
        x, y = (v.lower() for v in names)
        frame = Frame({v: self.scope.new_axis(v) for v in (x, y)}, chance=True)
        with self.scope.binding(frame, node.span):
            both = self.density(self.law, (x, y), (), node.span)
            apart = self.density(self.law, (x,), (), node.span) * self.density(self.law, (y,), (), node.span)
        expr = both * sp.log(both / apart)
        for axis in reversed(list(frame.axes.values())):
            expr = sp.Sum(expr, (axis.index, 1, axis.size))
        return Value(expr)
