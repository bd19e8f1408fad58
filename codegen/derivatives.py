"""Partial derivatives of the scalar operations, as data.

A term uses the operands ``a``, ``b``, ``c`` and the result ``y``.  At kinks the choice is PyTorch's:
``max(x, constant)`` and ``abs`` have derivative 0 there, ``max`` of two arguments gives each a half.
Every smooth entry is checked against SymPy's derivative of the operation's meaning when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sympy as sp

from codegen.ir import Program
from codegen.notation import expression, meaning, read_term
from codegen.operations import SCALAR_OPS
from codegen.passes.simplify import term_program
from formulas.language import DEFINITIONS

PARTIALS: Mapping[str, tuple[str, ...]] = {
    "add": ("1", "1"),
    "sub": ("1", "-1"),
    "mul": ("b", "a"),
    "div": ("(div 1 b)", "(neg (div y b))"),
    "neg": ("-1",),
    "square": ("(mul 2 a)",),
    "sqrt": ("(div 0.5 y)",),
    "pow": ("(mul b (pow a (sub b 1)))", "(mul y (log a))"),
    "exp": ("y",),
    "expm1": ("(exp a)",),
    "expgap": ("(expm1 a)",),
    "log": ("(div 1 a)",),
    "log1p": ("(div 1 (add 1 a))",),
    "tanh": ("(sub 1 (square y))",),
    "sin": ("(cos a)",),
    "cos": ("(neg (sin a))",),
    "sinprod": ("(mul b (cosprod a b))", "(mul a (cosprod a b))"),
    "cosprod": ("(neg (mul b (sinprod a b)))", "(neg (mul a (sinprod a b)))"),
    "huber": ("(max (neg b) (min a b))", "(max 0 (sub (abs a) b))"),
    "xlogx": ("(add (log a) 1)",),
    "xlogy": ("(log b)", "(div a b)"),
    "xlogratio": ("(add (logratio a b) 1)", "(neg (div a b))"),
    "logratio": ("(div 1 a)", "(neg (div 1 b))"),
    "sigmoid": ("(sigmoid_slope a)",),
    "sigmoid_slope": ("(mul y (sub 1 (mul 2 (sigmoid a))))",),
    "softplus": ("(sigmoid a)",),
    "Phi": ("(normal_density a)",),
    "normal_density": ("(neg (mul a y))",),
    "gauss": ("(neg (mul a y))",),
    "tail": ("(neg (normal_density a))",),
    "hold": ("0",),
    "saturated": ("1",),
    "select": ("0", "(select a 1 0)", "(select a 0 1)"),
    "abs": ("(sub (lt 0 a) (lt a 0))",),
    "max": ("(mul 0.5 (add (lt b a) (le b a)))", "(mul 0.5 (add (lt a b) (le a b)))"),
    "min": ("(mul 0.5 (add (lt a b) (le a b)))", "(mul 0.5 (add (lt b a) (le b a)))"),
}

AGAINST_CONSTANT: Mapping[str, tuple[str, str]] = {
    "max": ("(lt b a)", "(lt a b)"),
    "min": ("(lt a b)", "(lt b a)"),
}
"""Used in place of ``PARTIALS`` where one operand is the same everywhere (``max(x, 0)``)."""

KINKED = frozenset({"select", "abs", "max", "min"})


@cache
def partial(op: str, position: int, against_constant: bool = False) -> Program:
    """The derivative of ``op`` by one operand, as a program over a, b, c and y."""
    table = AGAINST_CONSTANT if against_constant and op in AGAINST_CONSTANT else PARTIALS
    term = read_term(table[op][position])
    if op not in KINKED and op != "hold" and not _agrees(op, position):
        raise ValueError(f"the derivative of {op} by operand {position} is wrong: {table[op][position]}")
    return term_program(term, ("a", "b", "c", "y"))


def _agrees(op: str, position: int) -> bool:
    """Exact agreement with the scalar derivative of the meaning, at 40 digits in several places."""
    lambda_ = SCALAR_OPS[op].meaning
    names = sp.symbols("a b c", real=True)[: SCALAR_OPS[op].arity]
    value = _unfold(lambda_(*names))
    true = sp.diff(value, names[position])
    given = _unfold(
        meaning(expression(read_term(PARTIALS[op][position]))).xreplace({sp.Symbol("y", real=True): value})
    )
    for numbers in ((sp.Rational(3, 7), sp.Rational(5, 3)), (sp.Rational(13, 8), sp.Rational(2, 9))):
        at = dict(zip(names, numbers, strict=False))
        if abs((true - given).xreplace(at).evalf(40)) > sp.Float("1e-30"):
            return False
    return True


def _unfold(e: sp.Basic) -> sp.Basic:
    if not e.args:
        return e
    args = [_unfold(a) for a in e.args]
    return DEFINITIONS[type(e)](*args) if type(e) in DEFINITIONS else e.func(*args)
