"""The rules by which a program gets a form that suits NumPy, or C: both sides of each are equal."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from codegen.c.forms import QUOTIENTS
from codegen.ir import Load, Map, Program, operands
from codegen.match import Rule
from codegen.numpy.forms import APART, BRANCH_FREE, HINGES, JOINED, MOMENTS, RECIPROCALS, TAILS, TIES

TAIL = {
    "tail": lambda a: math.erfc(a / math.sqrt(2)) / 2,
    "gauss": lambda a: math.exp(-a * a / 2),
    "mills": lambda a: math.erfc(a / math.sqrt(2)) / 2 * math.exp(a * a / 2),
}
MEANING: dict[str, Any] = {
    **TAIL,
    "tailmoment": lambda a: abs(a) * math.erfc(abs(a) / math.sqrt(2)) / 2,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "abs": abs,
    "exp": math.exp,
    "log": math.log,
    "log1p": math.log1p,
    "log_quotient": lambda a, b: math.log(a / b),
    "square": lambda a: a * a,
    "band": lambda a, k: max(-k, min(a, k)),
    "sqrt": math.sqrt,
    "max": max,
    "min": min,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "select": lambda c, a, b: a if c else b,
    "leaky": lambda a, k: a if a > 0 else k * a,
}
VALUES = {
    "c": (0.0, 1.0), "d": (0.0, 1.0), "t": (0.0, 0.3, 2.0), "q": (0.0, 0.4, 1.0), "v": (0.2, 3.0),
    "e": (1e-3, 0.5), "k": (0.25, 1.7), "j": (0.5, 3.0),
}  # fmt: skip


def value(side: Program, given: dict[str, float]) -> float:
    found: list[float] = []
    for v in side.values:
        if isinstance(v.node, Load):
            found.append(given[v.node.argument])
        elif isinstance(v.node, Map):
            found.append(float(MEANING[v.node.op](*[found[a] for a in operands(v.node)])))
        else:
            found.append(v.node.value)  # type: ignore[union-attr]
    return found[side.outputs[0].values[0]]


RULES = (*HINGES, *BRANCH_FREE, *MOMENTS, *TAILS, *TIES, *APART, *JOINED, *RECIPROCALS, *QUOTIENTS)


@pytest.mark.parametrize("rule", RULES, ids=[r.name for r in RULES])
def test_both_sides_are_equal(rule: Rule) -> None:
    names = [a.name for a in rule.pattern.arguments]
    seen = 0
    for chosen in itertools.product(*[VALUES.get(n, (-2.5, -0.1, 0.0, 0.7, 4.0)) for n in names]):
        given = dict(zip(names, chosen, strict=True))
        try:
            expected = value(rule.pattern, given)
        except ZeroDivisionError:
            continue
        seen += 1
        assert value(rule.form, given) == pytest.approx(expected, rel=1e-12, abs=1e-13), given
    assert seen
