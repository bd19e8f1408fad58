"""The tensor IR: building, sharing, axes, and what it refuses."""

from __future__ import annotations

import pytest

from codegen.ir import (
    BATCH,
    SCALAR_OPS,
    Argument,
    Builder,
    IRError,
    Kind,
    Map,
    Output,
    Program,
    Reduce,
    heads,
    rebuild,
)


def softmax_by_hand() -> Program:
    """Stable softmax along "n", as the pipeline makes it."""
    b = Builder("softmax", (Argument(name="input", axes=(BATCH, "n")),))
    x = b.load("input")
    shift = b.map("finite_or_zero", b.reduce("max", "n", x))
    e = b.map("exp", b.map("sub", x, shift))
    y = b.map("div", e, b.reduce("sum", "n", e))
    return b.finish([Output("output", (BATCH, "n"), (y,))], ["act.softmax/shift_invariance"])


def rotation_by_hand() -> Program:
    """One rotary embedding: argument of shape (*, h, 2), the pair axis unrolled."""
    b = Builder(
        "rope",
        (
            Argument(name="input", axes=(BATCH, "h"), literal=(2,)),
            Argument(name="position", kind=Kind.INTEGER, axes=(BATCH,)),
            Argument(name="theta", axes=("h",)),
        ),
    )
    x, y = b.load("input", 0), b.load("input", 1)
    c = b.map("cosprod", b.load("position"), b.load("theta"))
    s = b.map("sinprod", b.load("position"), b.load("theta"))
    first = b.map("sub", b.map("mul", x, c), b.map("mul", y, s))
    second = b.map("add", b.map("mul", x, s), b.map("mul", y, c))
    return b.finish([Output("output", (BATCH, "h"), (first, second), literal=(2,))])


def test_softmax_reads_as_a_short_program() -> None:
    assert str(softmax_by_hand()).splitlines() == [
        "softmax(input: real[*,n])",
        "  v0 : [*,n] = load input",
        "  v1 : [*] = reduce max over n of v0",
        "  v2 : [*] = finite_or_zero v1",
        "  v3 : [*,n] = sub v0 v2",
        "  v4 : [*,n] = exp v3",
        "  v5 : [*] = reduce sum over n of v4",
        "  v6 : [*,n] = div v4 v5",
        "  output = v6",
    ]


def test_axes_come_from_operands() -> None:
    program = rotation_by_hand()
    assert program.row_axes == ("h",)
    table = next(v for v in program.values if isinstance(v.node, Map) and v.node.op == "cosprod")
    assert table.axes == (BATCH, "h")
    assert not program.is_elementwise
    assert heads(program) == ()


def test_equal_nodes_are_one_value() -> None:
    b = Builder("f", (Argument(name="x", axes=(BATCH,)),))
    x = b.load("x")
    assert b.map("exp", x) == b.map("exp", b.load("x"))


def test_unused_values_are_dropped() -> None:
    b = Builder("f", (Argument(name="x", axes=(BATCH,)),))
    x = b.load("x")
    b.map("exp", x)
    program = b.finish([Output("y", (BATCH,), (b.map("neg", x),))])
    assert [type(v.node).__name__ for v in program.values] == ["Load", "Map"]


def test_rebuild_changes_nodes_and_keeps_the_rest() -> None:
    def no_guard(b: Builder, node: object) -> int | None:
        return node.args[0] if isinstance(node, Map) and node.op == "finite_or_zero" else None

    changed = rebuild(softmax_by_hand(), no_guard)
    assert len(changed.values) == len(softmax_by_hand().values) - 1
    assert changed.licences == softmax_by_hand().licences


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda b: b.map("sine", 0), "no scalar operation"),
        (lambda b: b.map("exp", 0, 0), "takes 1 operands"),
        (lambda b: b.map("exp", 7), "does not exist"),
        (lambda b: b.add(Reduce("sum", "m", 0)), "does not vary along 'm'"),
        (lambda b: b.add(Reduce("product", "n", 0)), "no monoid"),
        (lambda b: b.add(Reduce("max", "n", 0, 1)), "no component"),
        (lambda b: b.load("y"), "no argument"),
        (lambda b: b.load("x", 0), "not a component"),
    ],
)
def test_ill_formed_values_are_refused(make, message: str) -> None:  # type: ignore[no-untyped-def]
    b = Builder("f", (Argument(name="x", axes=(BATCH, "n")),))
    b.load("x")
    with pytest.raises(IRError, match=message):
        make(b)


def test_every_operation_states_its_meaning() -> None:
    for op in SCALAR_OPS.values():
        assert len(op.meaning.variables) == op.arity, op.name
