"""Forms of a realised program that suit NumPy: choices by arithmetic, numbers joined, shared exponentials.

Every rule here is an identity of real numbers at all values for which both sides are defined (a condition c
is 0 or 1); ``tests/codegen/test_numpy_forms.py`` evaluates both sides of each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codegen.ir import (
    BATCH,
    Builder,
    Const,
    Kind,
    Load,
    Map,
    Node,
    Program,
    Reduce,
    Ref,
    Size,
    operands,
    rebuild,
    with_operands,
)
from codegen.match import Binding, Rule, replay
from codegen.notation import read_term
from codegen.passes.simplify import fold, ring_rule, term_program

FINITE = 64.0  # beyond this t the upper tail is 0 in every dtype


def _exact(pattern: str, form: str, guard: Callable[[Builder, Binding], bool] | None = None) -> Rule:
    return Rule(
        f"{pattern} -> {form}", term_program(read_term(pattern)), term_program(read_term(form)), guard=guard
    )


def _numbers(*names: str) -> Callable[[Builder, Binding], bool]:
    """A guard: these variables are numbers, the others are not."""
    return lambda b, found: all((n in names) == (not b.axes(r)) for n, r in found.variables.items())


def _given(b: Builder, found: Binding) -> bool:
    """k is computed of scalar arguments."""
    return _numbers("k")(b, found) and not isinstance(b.node(found.variables["k"]), Const | Size)


def _near_two(b: Builder, found: Binding) -> bool:
    node = b.node(found.variables["k"])
    return isinstance(node, Const) and 1 <= node.value < 4


def _is_magnitude(b: Builder, found: Binding) -> bool:
    node = b.node(found.variables["t"])
    return isinstance(node, Map) and node.op == "abs"


# ``np.where`` costs ten to fifty passes over memory, so choices are made by arithmetic.  The rules hold for
# 0 <= t and 0 <= q <= 1 where these letters stand.
HINGES: tuple[Rule, ...] = (_exact("(mul x (select (lt 0 x) 1 k))", "(leaky x k)", _numbers("k")),)
SHORTER: tuple[Rule, ...] = (
    _exact(
        "(add (mul y (sub q (min x 0))) (mul (sub 1 y) (add q (max x 0))))",
        "(add q (mul x (sub (lt 0 x) y)))",
    ),
)
BRANCH_FREE: tuple[Rule, ...] = (
    _exact("(select c 1 (exp (neg t)))", "(max c (exp (neg t)))", _is_magnitude),
    _exact("(select c (sub 1 (tail t)) (tail t))", "(abs (sub c (tail t)))"),
    _exact("(select c (sub 1 x) x)", "(sub c (mul (sub (mul 2 c) 1) x))"),
    _exact("(select c 1 k)", "(add c (mul k (sub 1 c)))", lambda b, f: not b.axes(f.variables["k"])),
    *SHORTER,
)
# in single precision it has a shorter form than its parts
MOMENTS: tuple[Rule, ...] = (_exact("(mul (abs a) (tail (abs a)))", "(tailmoment a)"),)
# exp(-t t / 2) is shared between the tail and the density; t is kept finite, for inf * 0 is NaN
TAILS: tuple[Rule, ...] = (
    _exact("(mul (abs a) (tail (abs a)))", f"(mul (gauss a) (mul (mills (abs a)) (min (abs a) {FINITE})))"),
    _exact("(tail (abs a))", "(mul (gauss a) (mills (abs a)))"),
    ring_rule("(gauss (abs a))", "(gauss a)"),
)


def _are_truths(b: Builder, found: Binding) -> bool:
    return all(b.values[found.variables[n]].kind is Kind.BOOLEAN for n in ("c", "d"))


# The slope of the smaller of x and y, half of each where they are equal, if that of y is 1 where c and d
# hold, else 0.  Where x or y is no number, what the slope is multiplied by is none either.
TIES: tuple[Rule, ...] = (
    _exact(
        "(add (mul (mul (mul 0.5 (add (lt y x) (le y x))) c) d) (mul 0.5 (add (lt x y) (le x y))))",
        "(max (mul c d) (mul 0.5 (add (lt x y) (le x y))))",
        _are_truths,
    ),
    _exact("(mul (lt k (min x m)) (lt x m))", "(mul (lt k x) (lt x m))"),
)
# An exponential makes |t| ulp of one ulp of its argument t: twice x, and little more, rounds less.
APART: tuple[Rule, ...] = (
    _exact(
        "(mul k (add x (mul j (mul x (square x)))))",
        "(sub (mul 2 x) (mul x (sub (sub 2 k) (mul (mul j k) (square x)))))",
        lambda b, f: _numbers("j", "k")(b, f) and _near_two(b, f),
    ),
)
# numbers that a call computes once, instead of one operation for each entry
JOINED: tuple[Rule, ...] = (
    _exact("(sub x (mul k x))", "(mul (sub 1 k) x)", _numbers("k")),
    _exact("(div (mul x y) k)", "(mul (div 1 k) (mul x y))", _given),
    ring_rule("(neg (sub a b))", "(sub b a)"),
    _exact(
        "(mul (sub (abs r) (mul 0.5 (min (abs r) k))) (min (abs r) k))",
        "(mul (sub r (mul 0.5 (band r k))) (band r k))",
        _numbers("k"),
    ),
    _exact("(mul j (mul k x))", "(mul (mul j k) x)", _numbers("j", "k")),
    _exact("(div (mul k x) (mul j y))", "(div (mul (div k j) x) y)", _numbers("j", "k")),
    _exact(
        "(div x (add e (sqrt (div v k))))",
        "(div (mul (sqrt k) x) (add (mul e (sqrt k)) (sqrt v)))",
        _numbers("e", "k"),
    ),
)


def _of_a_row(b: Builder, found: Binding) -> bool:
    """v is one number for each row, and x is longer."""
    axes = b.axes(found.variables["v"])
    return bool(axes) and len(axes) < len(b.axes(found.variables["x"]))


def _sum_of_exponentials(b: Builder, found: Binding) -> bool:
    """v is the sum of a row of exponentials, and x is longer."""
    node = b.node(found.variables["v"])
    if isinstance(node, Map) and node.op == "watch":
        node = b.node(node.args[0])
    if not (isinstance(node, Reduce) and node.monoid == "sum" and _of_a_row(b, found)):
        return False
    inner = b.node(node.arg)
    return isinstance(inner, Map) and inner.op == "exp"


# A division takes nearly twice as long as a product.  The reciprocal of a root neither overflows nor becomes
# subnormal, so nothing is lost for a small or a large v; for 0 and infinity it gives what the division does.
# A sum of exponentials is at least 1 where the largest is exp(0), and a quick body watches that it is no less
# than 1/2; above 2^126 its reciprocal loses two bits, where an ulp of the argument counts for 88.
RECIPROCALS: tuple[Rule, ...] = (
    _exact("(div x (sqrt v))", "(mul x (div 1 (sqrt v)))", _of_a_row),
    _exact("(div x v)", "(mul x (div 1 v))", _sum_of_exponentials),
)


def branch_free(program: Program) -> Program:
    """``program`` without choices between whole arrays, where a rule knows how."""
    for rules in (HINGES, BRANCH_FREE, TIES):
        program = replay(program, rules, fold)
    for rule in (*MOMENTS, *TAILS):
        program = replay(program, (rule,), fold)
    return program


def suited(program: Program) -> Program:
    """``program`` in the form with the fewest passes over memory that the rules know."""
    return sums_first(
        one_plus_exp(signed(replay(branch_free(program), (*APART, *JOINED, *RECIPROCALS), fold)))
    )


def sums_first(program: Program) -> Program:
    """``program`` with each sum along a row directly after what it adds, which is in cache then and may be
    overwritten by what follows."""
    uses = program.uses()
    order: list[Ref] = []
    placed: set[Ref] = set()

    def place(r: Ref) -> None:
        if r not in placed:
            placed.add(r)
            order.append(r)
            for u in uses[r]:
                node = program.values[u].node
                if isinstance(node, Reduce) and node.monoid == "sum" and node.axis != BATCH:
                    place(u)

    for r in range(len(program.values)):
        place(r)
    at = {r: i for i, r in enumerate(order)}
    values = [program.values[r] for r in order]
    moved = [replace(v, node=with_operands(v.node, tuple(at[o] for o in operands(v.node)))) for v in values]
    outputs = tuple(replace(o, values=tuple(at[r] for r in o.values)) for o in program.outputs)
    return replace(program, values=tuple(moved), outputs=outputs)


def signed(program: Program) -> Program:
    """A sign goes into the constant of a product that nothing else uses."""
    uses = program.uses()

    def change(b: Builder, node: Node) -> Ref | None:
        if not (isinstance(node, Map) and node.op == "neg"):
            return None
        inner = b.node(node.args[0])
        if isinstance(inner, Map) and inner.op == "mul" and isinstance(b.node(inner.args[0]), Const):
            constant = b.node(inner.args[0])
            assert isinstance(constant, Const)
            return b.map("mul", b.const(-constant.value), inner.args[1])
        return None

    single = all(
        len(uses[v.node.args[0]]) == 1
        for v in program.values
        if isinstance(v.node, Map) and v.node.op == "neg"
    )
    return rebuild(program, change) if single else program


def one_plus_exp(program: Program) -> Program:
    """1 + exp(x) as one operation where the exponential has no other use."""
    uses = program.uses()
    alone = {
        v.node
        for r, v in enumerate(program.values)
        if isinstance(v.node, Map) and v.node.op == "exp" and len(uses[r]) == 1
    }
    if len(alone) != sum(isinstance(v.node, Map) and v.node.op == "exp" for v in program.values):
        return program

    def change(b: Builder, node: Node) -> Ref | None:
        if isinstance(node, Map) and node.op == "add" and b.axes(node.args[0]):
            for one, other in (node.args, node.args[::-1]):
                inner = b.node(one)
                if b.node(other) == Const(1.0) and isinstance(inner, Map) and inner.op == "exp":
                    return b.map("one_plus_exp", inner.args[0])
        return None

    return rebuild(program, change)


def number_values(program: Program) -> frozenset[Ref]:
    """The values that depend on scalar arguments and constants alone, without the constants."""
    found: set[Ref] = set()
    for r, value in enumerate(program.values):
        node = value.node
        if isinstance(node, Load) and program.argument(node.argument).is_scalar:
            found.add(r)
        elif isinstance(node, Map) and all(
            a in found or isinstance(program.values[a].node, Const) for a in node.args
        ):
            found.update([r] if found.intersection(node.args) else [])
    return frozenset(found)


# passes over memory; others cost one
COSTS = {
    "exp": 5.0, "expm1": 4.0, "log": 5.0, "log1p": 5.0, "tanh": 3.0, "sqrt": 4.0, "pow": 9.0, "div": 1.6,
    "mills": 20.0, "tailmoment": 30.0, "gauss": 8.0, "expgap": 25.0, "select": 20.0, "max": 1.3, "min": 1.3,
    "one_plus_exp": 5.0,
}  # fmt: skip


def cost(program: Program) -> float:
    """About how many passes over memory the statements of ``program`` make."""
    widest = max((len(v.axes) for v in program.values), default=0)
    return sum(
        COSTS.get(v.node.op, 1.0) if isinstance(v.node, Map) else 1.0
        for v in program.values
        if len(v.axes) == widest and operands(v.node)
    )


__all__ = ["branch_free", "cost", "number_values", "suited"]
