"""Real arithmetic: ring rules, constants, and factors that do not vary along a sum.

Every rule is an identity of real numbers and is checked when this module is imported: the two sides'
meanings must cancel.  None of them is about stability; those carry a licence and live in ``rewrites``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import sympy as sp

from codegen.domains import needs
from codegen.ir import BATCH, Argument, Builder, Const, Gather, Map, Node, Output, Program, Reduce, Ref, Size
from codegen.match import Rule, replay
from codegen.notation import Term, expression, meaning, read_term

RING = (
    ("(add a 0)", "a"),
    ("(sub a 0)", "a"),
    ("(sub 0 a)", "(neg a)"),
    ("(mul a 1)", "a"),
    ("(mul a 0)", "0"),
    ("(mul a -1)", "(neg a)"),
    ("(div a 1)", "a"),
    ("(div a -1)", "(neg a)"),
    ("(neg (neg a))", "a"),
    ("(neg (sub a b))", "(sub b a)"),
    ("(add a (neg b))", "(sub a b)"),
    ("(sub a (neg b))", "(add a b)"),
    ("(sub (neg a) b)", "(neg (add a b))"),
    ("(abs (neg a))", "(abs a)"),
    ("(square (neg a))", "(square a)"),
    ("(mul a a)", "(square a)"),
    ("(add a a)", "(mul 2 a)"),
    ("(sub a a)", "0"),
    ("(div (square a) (square b))", "(square (div a b))"),
    ("(div (mul h (square a)) (square b))", "(mul h (square (div a b)))"),
    ("(max (neg a) 0)", "(neg (min a 0))"),
    ("(select c a (mul b a))", "(mul a (select c 1 b))"),
    ("(select c (mul b a) a)", "(mul a (select c b 1))"),
    ("(le 0 (neg a))", "(le a 0)"),
    ("(lt 0 (neg a))", "(lt a 0)"),
)
"""Both sides have a value for the same real values of the letters (``c``: 0 or 1), and it is the same."""

WIDER = (
    ("(div 0 a)", "0"),
    ("(div (mul a b) a)", "b"),
)
"""The right side has a value where the left one has none, for a = 0, and elsewhere the same: a derivative is
not NaN there because its parts are.  No rule takes a value away."""

SHIFTS = (
    ("(sub (add (hold m) a) b)", "(add (sub (hold m) b) a)"),
    ("(sub b (add (hold m) a))", "(sub (sub b (hold m)) a)"),
)
"""A held maximum is subtracted first: the difference of two large numbers is then exact or nearly so."""


FRACTIONS = (
    ("(add (div m a) (mul x (div t (square a))))", "(div (add (mul m a) (mul x t)) (square a))"),
    (
        "(add (div m a) (mul w (mul x (div t (square a)))))",
        "(div (add (mul m a) (mul w (mul x t))) (square a))",
    ),
)
"""Used last: over a common denominator the errors of the denominator cancel in part, and a pass is saved."""


def term_program(term: Term, names: tuple[str, ...] | None = None) -> Program:
    """A term as a pattern; its letters are variables that may vary along anything."""
    found: dict[str, None] = {}
    _letters(term, found)
    builder = Builder("rule", [Argument(name=n, axes=(BATCH,)) for n in (names or tuple(found))])

    def add(t: Term) -> Ref:
        if isinstance(t, str):
            return builder.load(t)
        if isinstance(t, float):
            return builder.const(t)
        name, *args = t
        return builder.map(name, *[add(a) for a in args])

    return builder.finish([Output("output", (BATCH,), (add(term),))])


def _letters(term: Term, found: dict[str, None]) -> None:
    if isinstance(term, str):
        found[term] = None
    elif isinstance(term, tuple):
        for part in term[1:]:
            _letters(part, found)


def ring_rule(pattern: str, form: str, *, wider: bool = False) -> Rule:
    """The rule, once its sides are seen to be equal and to have a value at the same places, the right one at
    more if it is ``wider``; ``ValueError`` if they are not."""
    left, right = read_term(pattern), read_term(form)
    sides = expression(left), expression(right)
    if not all(_equal(*case) for case in _sign_cases(*map(meaning, sides))):
        raise ValueError(f"{pattern} and {form} are not equal")
    less, more = (needs(side, {}) for side in sides)
    if more - less or bool(less - more) != wider:
        raise ValueError(f"{pattern} and {form} have a value at different places: {less} and {more}")
    return Rule(f"{pattern} -> {form}", term_program(left), term_program(right))


def _equal(left: sp.Basic, right: sp.Basic) -> bool:
    if isinstance(left, sp.logic.boolalg.Boolean):
        return bool(left == right)
    return bool(sp.cancel(sp.expand(left - right)) == 0)


def _sign_cases(left: sp.Basic, right: sp.Basic) -> list[tuple[sp.Basic, sp.Basic]]:
    """Both sides with each letter positive, negative or 0, if they have kinks; else both as they are."""
    kinks = (sp.Max, sp.Min, sp.Abs, sp.core.relational.Relational)
    if not left.has(*kinks) and not right.has(*kinks):
        return [(left, right)]
    letters = sorted(left.free_symbols | right.free_symbols, key=str)
    positive = [sp.Symbol(f"{s}_positive", positive=True) for s in letters]
    cases = []
    for signs in itertools.product((-1, 0, 1), repeat=len(letters)):
        put = {s: k * p for s, p, k in zip(letters, positive, signs, strict=True)}
        cases.append((left.xreplace(put).doit(), right.xreplace(put).doit()))
    return cases


RULES: tuple[Rule, ...] = (
    *(ring_rule(p, f) for p, f in (*RING, *SHIFTS)),
    *(ring_rule(p, f, wider=True) for p, f in WIDER),
)

COMMON_DENOMINATOR: tuple[Rule, ...] = tuple(ring_rule(p, f) for p, f in FRACTIONS)

_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "square": lambda a: a * a,
    "sqrt": math.sqrt,
    "abs": abs,
}


def fold(b: Builder, node: Node) -> Ref | None:
    """The simpler value that ``node`` equals, where that takes more than a pattern to see."""
    if isinstance(node, Map):
        return _constants(b, node)
    if isinstance(node, Reduce) and node.monoid == "sum":
        return _sum(b, node)
    return None


def _constants(b: Builder, node: Map) -> Ref | None:
    values = [b.node(a) for a in node.args]
    if node.op in _ARITHMETIC and all(isinstance(v, Const) for v in values):
        numbers = [v.value for v in values if isinstance(v, Const)]
        if not (node.op == "div" and numbers[1] == 0):
            return b.const(_ARITHMETIC[node.op](*numbers))
    if node.op == "mul" and isinstance(values[1], Const) and not isinstance(values[0], Const):
        return b.map("mul", node.args[1], node.args[0])
    if node.op == "mul" and isinstance(values[0], Const) and isinstance(values[1], Map):
        inner = values[1]
        if inner.op == "mul" and isinstance(b.node(inner.args[0]), Const):
            return b.map("mul", b.map("mul", node.args[0], inner.args[0]), inner.args[1])
    if node.op == "mul" and isinstance(values[0], Const) and values[0].value < 0 and values[0].value != -1:
        return b.map("neg", b.map("mul", b.const(-values[0].value), node.args[1]))
    if node.op == "div":
        return _division(b, node)
    return _sign(b, node) if node.op == "mul" else None


def _sign(b: Builder, node: Map) -> Ref | None:
    """A sign leaves a product or quotient, unless it sits on the part that varies less and costs less."""
    for position, ref in enumerate(node.args):
        inner = b.node(ref)
        if isinstance(inner, Map) and inner.op == "neg":
            others = [a for i, a in enumerate(node.args) if i != position]
            if set(b.axes(ref)) >= {a for o in others for a in b.axes(o)}:
                args = tuple(inner.args[0] if i == position else a for i, a in enumerate(node.args))
                return b.map("neg", b.map(node.op, *args))
    return None


def _division(b: Builder, node: Map) -> Ref | None:
    """Numbers meet first: (c x) / s is (c / s) x where c and s are numbers.  A shared factor stays outside:
    (w x) / s is w (x / s) where w is the same for all rows.  A quotient is picked from quotients known."""
    above, below = node.args
    top = b.node(above)
    if isinstance(top, Gather):
        whole = b.find(Map("div", (top.arg, below)))
        if whole is not None:  # the quotient is there already
            return b.add(Gather(whole, top.index, top.axis))
    if isinstance(top, Map) and top.op == "mul" and not b.axes(below):
        for one, other in (top.args, top.args[::-1]):
            if not b.axes(one) and b.axes(other):
                return b.map("mul", b.map("div", one, below), other)
    if isinstance(top, Map) and top.op == "mul" and BATCH in b.axes(below):
        for one, other in (top.args, top.args[::-1]):
            if b.axes(one) and BATCH not in b.axes(one):
                return b.map("mul", one, b.map("div", other, below))
    return _sign(b, node)


def _sum(b: Builder, node: Reduce) -> Ref | None:
    """Factors that do not vary along the axis leave the sum."""
    if node.axis not in b.axes(node.arg):
        return b.map("mul", b.add(Size(node.axis)), node.arg)
    inner = b.node(node.arg)
    if not isinstance(inner, Map):
        return None
    if inner.op == "neg":
        return b.map("neg", b.reduce("sum", node.axis, inner.args[0]))
    if inner.op in ("mul", "div"):
        first, second = inner.args
        if node.axis not in b.axes(second):
            return b.map(inner.op, b.reduce("sum", node.axis, first), second)
        if inner.op == "mul" and node.axis not in b.axes(first):
            return b.map("mul", first, b.reduce("sum", node.axis, second))
    return None


def simplify(program: Program) -> Program:
    """``program`` with the ring rules applied."""
    return replay(program, RULES, fold)
