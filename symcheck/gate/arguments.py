"""What the left side of a definition announces, against what its right side speaks of, read off the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symcheck.gate.binders import names_in, same
from symcheck.latex import Presentation, Span, tree
from symcheck.latex.tree import Node

_EVENT = re.compile(r"(?<![A-Za-z\\_^{])([A-Z])\s*=\s*([a-z])(?![A-Za-z_^'(])")
_LAWS = frozenset({"N", "Normal", "normal", "Bernoulli", "Poisson", "Gamma", "Beta", "Dirichlet"})


def _definitions(presentation: Presentation) -> Iterator[tuple[tree.Call, Node]]:
    """``f(x, y) = ...`` with its first right side."""
    for statement in presentation.statements:
        if statement.operators[:1] in (("=",), (":=",)) and isinstance(statement.sides[0], tree.Call):
            yield statement.sides[0], statement.sides[1]


def _letters(call: tree.Call) -> list[Node]:
    return [a for a in call.arguments.items if isinstance(a, tree.Symbol | tree.Subscript)]


def _head_name(node: Node) -> str:
    while isinstance(node, tree.Subscript | tree.Mark | tree.Prime | tree.Power):
        node = node.base
    return node.name if isinstance(node, tree.Symbol) else ""


def renamed_argument(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``b(c, a_k) = \\sum_i R(s, a_i)``: an argument that the right side never mentions, and a letter
    in calls on the right side, in the place of that argument, that the left side never mentions."""
    for head, body in _definitions(presentation):
        items = head.arguments.items
        if len(items) < 2 or set(head.arguments.separators) - {","}:
            continue
        if not all(isinstance(a, tree.Symbol | tree.Subscript) for a in items):
            continue
        outside = names_in(*items)
        inside = names_in(body)
        bound = {
            name
            for n in tree.walk(body)
            if isinstance(n, tree.BigOperator | tree.Integral)
            for name in names_in(n.lower, *(n.variables if isinstance(n, tree.Integral) else ()))
        }
        for at, lost in enumerate(items):
            if not isinstance(lost, tree.Symbol) or lost.name in inside or len(lost.name) > 7:
                continue
            instead: set[str] = set()
            for call in tree.walk(body):
                if not isinstance(call, tree.Call) or len(call.arguments.items) != len(items):
                    continue
                others = [x for k, x in enumerate(call.arguments.items) if k != at]
                mine = [x for k, x in enumerate(items) if k != at]
                alike = all(_head_name(a) == _head_name(b) != "" for a, b in zip(others, mine, strict=True))
                found = call.arguments.items[at]
                if alike and isinstance(found, tree.Symbol) and found.name not in outside | bound:
                    instead.add(found.name)
            if len(instead) == 1:
                yield lost.span, lost.name, instead.pop()


def foreign_letters(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``lbeta(a, b) = \\log\\Gamma(x) + \\log\\Gamma(y) - ...``: several arguments, none of which occurs, and
    as many other letters in their stead."""
    for head, body in _definitions(presentation):
        items = _letters(head)
        if len(items) < 2 or len(items) != len(head.arguments.items):
            continue
        if not all(isinstance(a, tree.Symbol) and a.style != "calligraphic" for a in items):
            continue
        wanted = {a.name for a in items if isinstance(a, tree.Symbol)}
        if wanted & names_in(body) or isinstance(body, tree.Call):  # a law by its name and parameters
            continue
        if any(isinstance(n, tree.BigOperator | tree.Integral | tree.Subscript) for n in tree.walk(body)):
            continue
        functions = {_head_name(n.function) for n in tree.walk(body) if isinstance(n, tree.Call)}
        letters = {
            n.name
            for n in tree.walk(body)
            if isinstance(n, tree.Symbol) and n.style == "" and len(n.name) == 1
        }
        if len(letters - functions) == len(items) and functions:
            yield head.span, ", ".join(sorted(letters - functions))


def fixed_values(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``Q(s) = E[... | S_t = s, A_t = a]``: a value that a condition fixes and that is no argument."""
    for head, body in _definitions(presentation):
        arguments = _letters(head)
        if len(arguments) != len(head.arguments.items) or not arguments:
            continue
        known = names_in(*head.arguments.items, head.function)
        for n in tree.walk(body):
            if not isinstance(n, tree.Delimited) or "|" not in n.separators:
                continue
            at = n.separators.index("|")
            fixed = [_equation(x) for x in n.items[at + 1 :]]
            if len(fixed) < 2 or None in fixed:
                continue
            values = [v for v in fixed if v is not None]
            here = [v for v in values if v.name in known]
            lost = [v for v in values if v.name not in known]
            if here and len(lost) == 1:
                yield lost[0].span, lost[0].name


def _equation(node: Node) -> tree.Symbol | None:
    """The ``s`` of ``S_t = s``."""
    match node:
        case tree.Relation(sides=(variable, tree.Symbol() as value), operators=("=",)):
            name = _head_name(variable)
            if len(name) == 1 and name.isupper() and value.name == name.lower():
                return value
    return None


def law_of_itself(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``p(x | z) = N(x; \\mu(z), \\sigma(x))``: the parameters of the law of x depend on x."""
    for statement in presentation.statements:
        for left, right in zip(statement.sides, statement.sides[1:], strict=False):
            if not isinstance(left, tree.Call) or not isinstance(right, tree.Call):
                continue
            if _head_name(right.function) not in _LAWS or ";" not in right.arguments.separators:
                continue
            if right.arguments.separators[0] != ";" or "|" not in left.arguments.separators:
                continue
            variable, *parameters = right.arguments.items
            for parameter in parameters:
                walked = list(tree.walk(parameter))
                labels = {id(i) for n in walked if isinstance(n, tree.Subscript) for i in n.items}
                for n in walked:
                    if same(n, variable) and id(n) not in labels:
                        yield n.span, presentation.text[variable.span.start : variable.span.end]


def crossed_events(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``P(Z=z \\cup X=x) = P(Z=z) + P(X=z)``: a variable at the value that belongs to another one."""
    pairs = [(m[1], m[2], Span(*m.span())) for m in _EVENT.finditer(presentation.text)]
    own = {variable for variable, value, _ in pairs if value == variable.lower()}
    for variable, value, span in pairs:
        if variable in own and value != variable.lower() and value.upper() in own:
            yield span, variable, value


def weights(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``\\alpha_2 x + (1 - \\alpha_1) y``: weights of a mixture that do not add to one."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                if not isinstance(n, tree.Sum) or len(n.terms) != 2 or n.signs not in (("+", "+"), ("", "+")):
                    continue
                one, rest = (_factors(t) for t in n.terms)
                for first, second in ((one, rest), (rest, one)):
                    for factor in second:
                        weight = _one_minus(factor)
                        if weight is None or any(same(f, weight) for f in (*one, *rest)):
                            continue
                        like = [
                            f for f in first if isinstance(f, tree.Subscript) and same(f.base, weight.base)
                        ]
                        if len(like) == 1:
                            text = presentation.text
                            yield (
                                factor.span,
                                text[like[0].span.start : like[0].span.end],
                                text[weight.span.start : weight.span.end],
                            )


def _factors(node: Node) -> tuple[Node, ...]:
    return node.factors if isinstance(node, tree.Product) else (node,)


def _one_minus(node: Node) -> tree.Subscript | None:
    match node:
        case tree.Delimited(
            items=(tree.Sum(terms=(tree.Number(text="1"), tree.Subscript() as w), signs=signs),)
        ):
            return w if signs[1] == "-" else None
    return None


def shares(presentation: Presentation) -> Iterator[tuple[Span, str, str]]:
    """``\\frac{p_t l(w_{t+1})}{p_t l(w_t) + 1 - p_t}``: a share of a sum that holds, instead
    of the numerator, a term that differs from it in one index."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                if not isinstance(n, tree.Fraction) or not isinstance(n.denominator, tree.Sum):
                    continue
                top = _factors(n.numerator)
                if len(top) < 2 or any(same(n.numerator, t) for t in n.denominator.terms):
                    continue
                for term in n.denominator.terms:
                    factors = _factors(term)
                    if len(factors) != len(top):
                        continue
                    apart = [(a, b) for a, b in zip(top, factors, strict=True) if not same(a, b)]
                    if len(apart) == 1 and _one_index_apart(*apart[0]):
                        above, below = (presentation.text[x.span.start : x.span.end] for x in apart[0])
                        yield term.span, above, below


def _one_index_apart(a: Node, b: Node) -> bool:
    """Calls that differ in one subscript only."""
    if not isinstance(a, tree.Call) or not isinstance(b, tree.Call) or not same(a.function, b.function):
        return False
    pairs = [(x, y) for x, y in zip(a.arguments.items, b.arguments.items, strict=False) if not same(x, y)]
    if len(a.arguments.items) != len(b.arguments.items) or len(pairs) != 1:
        return False
    x, y = pairs[0]
    return isinstance(x, tree.Subscript) and isinstance(y, tree.Subscript) and same(x.base, y.base)


def mixed_operator(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\partial_z = \\partial_x - \\partial_y z`` in fractions: an
    operator on one side, and a derivative of something on the other."""
    for left, operator, right in presentation.relations():
        if operator not in ("=", ":=") or not (isinstance(left, tree.Derivative) and _open(left)):
            continue
        found = [n for n in tree.walk(right) if isinstance(n, tree.Derivative)]
        if any(map(_open, found)):
            for n in found:
                if not _open(n):
                    yield n.span, presentation.text[n.span.start : n.span.end]


def _open(node: tree.Derivative) -> bool:
    return isinstance(node.body, tree.Missing)


def limit_unused(presentation: Presentation) -> Iterator[tuple[Span, str]]:
    """``\\lim_{a \\to 0} (A + \\alpha I)``: what goes to its limit does not occur."""
    for statement in presentation.statements:
        for side in statement.sides:
            for n in tree.walk(side):
                if not isinstance(n, tree.BigOperator) or n.operator != "lim":
                    continue
                match n.lower:
                    case tree.Relation(sides=(tree.Symbol(name=name), target)):
                        rest = presentation.text[n.body.span.start : statement.span.end]
                        said = names_in(n.body)
                        vague = any(isinstance(t, tree.Dots) for t in tree.walk(n.body))
                        if name in said or not said or vague or "infty" in names_in(target):
                            continue
                        if not re.search(rf"(?<![A-Za-z\\]){name}", rest):
                            yield n.span, name


__all__ = [
    "crossed_events", "fixed_values", "foreign_letters", "law_of_itself", "limit_unused",
    "mixed_operator", "renamed_argument", "shares", "weights",
]  # fmt: skip
