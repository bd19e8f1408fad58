"""Patterns over the IR: find one, put its replacement in, and tell whether two are the same.

A pattern is a one-output program whose arguments are its variables.  A variable with the axis "n"
matches a value that varies along the axis bound to "n"; one without matches values that do not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from codegen.ir import (
    BATCH,
    Builder,
    Contract,
    Gather,
    IRError,
    Kind,
    Load,
    Map,
    Node,
    OneHot,
    Place,
    Program,
    Reduce,
    Ref,
    Size,
    Value,
    operands,
    with_operands,
)

MAX_DEPTH = 40
COMMUTATIVE = frozenset({"add", "mul", "max", "min"})


@dataclass(frozen=True)
class Binding:
    """What the variables and the axes of a pattern stand for."""

    variables: Mapping[str, Ref] = field(default_factory=dict)
    axes: Mapping[str, str] = field(default_factory=dict)


def matches(pattern: Program, values: list[Value], ref: Ref) -> Iterator[Binding]:
    """Every way in which ``pattern`` matches at ``ref``."""
    root = pattern.outputs[0].values[0]
    for found in _at(pattern, root, values, ref, Binding()):
        if _axes_agree(pattern, values, found):
            yield found


def _at(pattern: Program, at: Ref, values: list[Value], ref: Ref, known: Binding) -> Iterator[Binding]:
    node, other = pattern.values[at].node, values[ref].node
    if isinstance(node, Load):
        bound = known.variables.get(node.argument)
        if bound is None:
            yield Binding({**known.variables, node.argument: ref}, known.axes)
        elif bound == ref:
            yield known
        return
    axes = _bind_axes(node, other, known.axes)
    if axes is None:
        return
    known = Binding(known.variables, axes)
    mine, theirs = operands(node), operands(other)
    orders = [theirs]
    if isinstance(node, Map) and node.op in COMMUTATIVE and theirs[0] != theirs[1]:
        orders.append((theirs[1], theirs[0]))
    for order in orders:
        yield from _all(pattern, mine, values, order, known)


def _all(
    pattern: Program, mine: tuple[Ref, ...], values: list[Value], theirs: tuple[Ref, ...], known: Binding
) -> Iterator[Binding]:
    if not mine:
        yield known
        return
    for found in _at(pattern, mine[0], values, theirs[0], known):
        yield from _all(pattern, mine[1:], values, theirs[1:], found)


def _named_axes(node: Node) -> tuple[str, ...]:
    match node:
        case Reduce() | OneHot() | Gather() | Size() | Place():
            return (node.axis,)
        case Contract():
            return node.axes
        case _:
            return ()


def _with_axes(node: Node, axes: tuple[str, ...]) -> Node:
    match node:
        case Reduce() | OneHot() | Gather() | Size() | Place():
            return replace(node, axis=axes[0])
        case Contract():
            return replace(node, axes=axes)
        case _:
            return node


def _sort(node: Node) -> tuple[object, ...]:
    """The same for two nodes if they differ at most in operands and in axes that a pattern may name."""
    match node:
        case Map():
            return (Map, node.op, len(node.args))
        case Reduce():
            return (Reduce, node.monoid, node.component)
        case Contract():
            return (Contract, len(node.args), len(node.axes))
        case OneHot() | Gather() | Size() | Place():
            return (type(node),)
        case _:
            return (type(node), with_operands(node, (0,) * len(operands(node))))


def _bind_axes(node: Node, other: Node, known: Mapping[str, str]) -> Mapping[str, str] | None:
    """The axis binding extended so that both nodes are of the same sort, or ``None``."""
    if _sort(node) != _sort(other):
        return None
    mine = _named_axes(node)
    if not mine:
        return known
    axes = dict(known)
    for a, b in zip(mine, _named_axes(other), strict=True):
        if axes.setdefault(a, b) != b:
            return None
    return axes


def _axes_agree(pattern: Program, values: list[Value], found: Binding) -> bool:
    for variable in pattern.arguments:
        ref = found.variables.get(variable.name)
        if ref is None:  # a free choice, which stands on the other side only
            continue
        if variable.kind is Kind.INTEGER and values[ref].kind is not Kind.INTEGER:
            return False
        for mine, theirs in found.axes.items():
            if (mine in variable.axes) != (theirs in values[ref].axes):
                return False
    return True


def instantiate(form: Program, builder: Builder, binding: Binding) -> Ref:
    """Adds ``form`` to ``builder`` with its variables and axes replaced."""
    new: list[Ref] = []
    for value in form.values:
        if isinstance(value.node, Load):
            new.append(binding.variables[value.node.argument])
            continue
        node = with_operands(value.node, tuple(new[r] for r in operands(value.node)))
        axes = tuple(binding.axes.get(a, a) for a in _named_axes(node))
        new.append(builder.add(_with_axes(node, axes)))
    return new[form.outputs[0].values[0]]


def same_statement(left: tuple[Program, Program], right: tuple[Program, Program]) -> bool:
    """Whether two pairs of one-output programs state the same, up to the names of variables and axes.

    What ``right`` assumes of a variable (``positive``), ``left`` must assume too.
    """
    first, second = left
    positive = frozenset(a.name for a in first.arguments if a.positive)
    for found in matches(first, list(right[0].values), right[0].outputs[0].values[0]):
        images = _variables(found, right[0], positive)
        if images is None:
            continue
        for also in matches(second, list(right[1].values), right[1].outputs[0].values[0]):
            others = _variables(also, right[1], positive)
            if others is not None and _compatible(images, others) and _compatible(found.axes, also.axes):
                return True
    return False


def _variables(found: Binding, target: Program, positive: frozenset[str]) -> dict[str, str] | None:
    """The renaming, if every variable was matched by a variable of its own."""
    names = {}
    for name, ref in found.variables.items():
        node = target.values[ref].node
        if not isinstance(node, Load) or (target.argument(node.argument).positive and name not in positive):
            return None
        names[name] = node.argument
    return names if len(set(names.values())) == len(names) else None


def _compatible(a: Mapping[str, str], b: Mapping[str, str]) -> bool:
    """Whether two partial renamings have a common one-to-one extension."""
    if any(b.get(k, v) != v for k, v in a.items()):
        return False
    both = {**a, **b}
    return len(set(both.values())) == len(both)


@dataclass(frozen=True, eq=False)
class Rule:
    """Replace ``pattern`` by ``form``.

    ``known``    only where the root of the form has been computed already (reuse, not more work).
    ``guard``    a further condition on the match.
    ``licence``  the catalog claim that makes both equal; empty for rules of real arithmetic.
    """

    name: str
    pattern: Program
    form: Program
    licence: str = ""
    known: bool = False
    guard: Callable[[Builder, Binding], bool] | None = None

    @functools.cached_property
    def root(self) -> tuple[object, ...] | None:
        """The sort of node at which it may fit; ``None`` if its pattern is a variable, which fits all."""
        node = self.pattern.values[self.pattern.outputs[0].values[0]].node
        return None if isinstance(node, Load) else _sort(node)


def rules_at(rules: tuple[Rule, ...], node: Node) -> tuple[Rule, ...]:
    """Of ``rules`` those that may fit at ``node``, in their order."""
    return _by_root(rules)(_sort(node))


@functools.lru_cache(maxsize=64)
def _by_root(rules: tuple[Rule, ...]) -> Callable[[tuple[object, ...]], tuple[Rule, ...]]:
    """Of ``rules`` those that may fit at a node of a sort, in their order."""
    return functools.cache(lambda sort: tuple(r for r in rules if r.root is None or r.root == sort))


class Rewriter(Builder):
    """A builder that applies rules to each node as it is added, until none fits."""

    def __init__(
        self, template: Program, rules: tuple[Rule, ...], fold: Callable[[Builder, Node], Ref | None]
    ) -> None:
        super().__init__(template.name, template.arguments)
        self.rules = rules
        self.fold = fold
        self.licences: list[str] = list(template.licences)
        self._result: dict[Node, Ref] = {}
        self._depth = 0

    def add(self, node: Node) -> Ref:
        if node in self._result:
            return self._result[node]
        folded = self.fold(self, node)
        if folded is None:
            folded = self._rewritten(super().add(node))
        self._result[node] = folded
        return folded

    def _rewritten(self, ref: Ref) -> Ref:
        for rule in rules_at(self.rules, self.node(ref)):
            for binding in matches(rule.pattern, self.values, ref):
                if rule.guard is not None and not rule.guard(self, binding):
                    continue
                if rule.known and not self._is_known(rule.form, binding):
                    continue
                if rule.licence:
                    self.licences.append(rule.licence)
                return self._instantiated(rule, binding)
        return ref

    def _instantiated(self, rule: Rule, binding: Binding) -> Ref:
        if self._depth > MAX_DEPTH:
            raise IRError(f"{self.name}: rule {rule.name!r} applies to its own result without end")
        self._depth += 1
        try:
            return instantiate(rule.form, self, binding)
        finally:
            self._depth -= 1

    def _is_known(self, form: Program, binding: Binding) -> bool:
        """Whether the parts of ``form`` below its root that join two variables exist already."""
        probe: dict[Ref, Ref] = {}
        for i, value in enumerate(form.values):
            if isinstance(value.node, Load):
                probe[i] = binding.variables[value.node.argument]
                continue
            if i == form.outputs[0].values[0]:
                return True
            node = with_operands(value.node, tuple(probe[r] for r in operands(value.node)))
            if node not in self._known:
                return False
            probe[i] = self._known[node]
        return True


def replay(program: Program, rules: tuple[Rule, ...], fold: Callable[[Builder, Node], Ref | None]) -> Program:
    """``program`` rebuilt with ``rules`` applied everywhere."""
    rewriter = Rewriter(program, rules, fold)
    new: list[Ref] = []
    for value in program.values:
        new.append(rewriter.add(with_operands(value.node, tuple(new[r] for r in operands(value.node)))))
    outputs = [replace(o, values=tuple(new[r] for r in o.values)) for o in program.outputs]
    return rewriter.finish(outputs, rewriter.licences)


__all__ = [
    "BATCH",
    "COMMUTATIVE",
    "Binding",
    "Rewriter",
    "Rule",
    "instantiate",
    "matches",
    "replay",
    "rules_at",
    "same_statement",
]
