"""SymPy expressions of the language of ``formulas`` -> LaTeX that ``parse`` and ``interpret`` read back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from formulas.language import Partial, Phi, normal_density, sigmoid, softplus
from symcheck.latex.names import latex_of_name

_ANY, _TERM, _FACTOR, _BASE = range(4)
"""What may stand here without parentheses: anything, a summand, a factor, the base of a power."""

_HEADS: dict[type, str] = {
    sp.log: r"\log",
    sp.sin: r"\sin",
    sp.cos: r"\cos",
    sp.tan: r"\tan",
    sp.sinh: r"\sinh",
    sp.cosh: r"\cosh",
    sp.tanh: r"\tanh",
    sp.erf: r"\operatorname{erf}",
    sp.sign: r"\operatorname{sign}",
    sp.Max: r"\max",
    sp.Min: r"\min",
    sigmoid: r"\sigma",
    Phi: r"\Phi",
    softplus: r"\operatorname{softplus}",
    normal_density: r"\varphi",
}
_RELATIONS = {"==": "=", "!=": r"\neq", "<": "<", "<=": r"\leq", ">": ">", ">=": r"\geq"}


def to_latex(expr: sp.Basic) -> str:
    """``expr`` as LaTeX math; a head without a notation of its own is ``\\operatorname{name}(...)``."""
    return _show(expr, _ANY)


def _show(e: sp.Basic, level: int) -> str:
    for kind, printer in _PRINTERS:
        if isinstance(e, kind):
            return printer(e, level)
    head = _HEADS.get(type(e)) or rf"\operatorname{{{type(e).__name__}}}"
    return head + _paren(", ".join(_show(a, _ANY) for a in e.args))


def _paren(text: str) -> str:
    return rf"\left({text}\right)"


def _number(e: sp.Rational, level: int) -> str:
    decimal = _decimal(e)
    if e.q == 1 or decimal:
        text = decimal or str(e.p)
        return _paren(text) if e < 0 and level >= _FACTOR else text
    text = rf"\frac{{{abs(e.p)}}}{{{e.q}}}"
    if e < 0:
        text = f"-{text}"
    return _paren(text) if level == _BASE or (e < 0 and level >= _FACTOR) else text


def _decimal(e: sp.Rational) -> str:
    """A short decimal for a denominator like 500; small fractions stay fractions."""
    q = int(e.q)
    for prime in (2, 5):
        while q % prime == 0:
            q //= prime
    if q != 1 or int(e.q) <= 8 or int(e.q) > 10**9:
        return ""
    digits = 0
    while (e * 10**digits).q != 1:
        digits += 1
    whole = str(abs(int(e * 10**digits))).rjust(digits + 1, "0")
    return ("-" if e < 0 else "") + whole[:-digits] + "." + whole[-digits:]


def _symbol(e: sp.Symbol, level: int) -> str:
    return latex_of_name(e.name)


def _indexed(e: sp.Indexed, level: int) -> str:
    base = latex_of_name(str(e.base.label))
    if "_{" in base:
        base = f"{{{base}}}"
    inside = [_show(i, _ANY) for i in e.indices]
    return f"{base}_{{{_side_by_side(inside)}}}"


def _side_by_side(indices: list[str]) -> str:
    letters = len(indices) > 1 and all(len(i) == 1 and i.isalpha() for i in indices)
    return ("" if letters else ",").join(indices)


def _delta(e: sp.KroneckerDelta, level: int) -> str:
    inside = [_show(i, _ANY) for i in e.args[:2]]
    return rf"\delta_{{{_side_by_side(inside)}}}"


def _sum_text(e: sp.Sum) -> str:
    signs = "".join(
        rf"\sum_{{{_show(i, _ANY)}={_show(a, _ANY)}}}^{{{_show(b, _ANY)}}} " for i, a, b in reversed(e.limits)
    )
    return signs + _show(e.function, _FACTOR)


def _sum(e: sp.Sum, level: int) -> str:
    return _paren(_sum_text(e)) if level >= _FACTOR else _sum_text(e)


def _add(e: sp.Add, level: int) -> str:
    terms = sorted(e.args, key=_negative)
    out = ""
    for k, term in enumerate(terms):
        text = _show(term, _TERM)
        if k:
            out += f" - {text[1:].lstrip()}" if text.startswith("-") else f" + {text}"
        else:
            out = text
    return _paren(out) if level >= _FACTOR else out


def _negative(e: sp.Expr) -> bool:
    return bool(e.could_extract_minus_sign())


def _mul(e: sp.Expr, level: int) -> str:
    negative = e.args[0].is_Rational and e.args[0] < 0
    top: list[sp.Expr] = []
    bottom: list[sp.Expr] = []
    for f in e.args:
        if f.is_Rational:
            p, q = abs(int(f.p)), int(f.q)
            if _decimal(abs(f)):
                top.insert(0, abs(f))
                continue
            if p != 1:
                top.insert(0, sp.Integer(p))
            if q != 1:
                bottom.insert(0, sp.Integer(q))
        elif f.is_Pow and f.base is not sp.E and f.exp.is_Rational and f.exp < 0:
            bottom.append(f.base ** (-f.exp))
        else:
            top.append(f)
    text = _factors(top, bool(bottom))
    if bottom:
        text = rf"\frac{{{text}}}{{{_factors(bottom, True)}}}"
    if negative:
        text = f"-{text}"
    return _paren(text) if level == _BASE or (negative and level >= _FACTOR) else text


def _factors(factors: list[sp.Expr], alone: bool) -> str:
    """Factors side by side; a sum comes last and needs no parentheses there."""
    if not factors:
        return "1"
    if len(factors) == 1 and alone:
        return _show(factors[0], _ANY)
    ordered = sorted(factors, key=lambda f: (isinstance(f, sp.Sum | sp.Piecewise), not f.is_number))
    texts = [_show(f, _FACTOR) for f in ordered]
    if isinstance(ordered[-1], sp.Sum):
        texts[-1] = _sum_text(ordered[-1])
    out = texts[0]
    for before, text in pairwise(texts):
        # digits would run together, and a name before a parenthesis would read as a function of it
        touching = text[0].isdigit() or (text.startswith(r"\left(") and not before[-1].isdigit())
        out += (r" \cdot " if touching else " ") + text
    return out


def _power(e: sp.Pow, level: int) -> str:
    if e.base is sp.E:
        return _exp(e, level)
    if e.exp == sp.Rational(1, 2):
        return rf"\sqrt{{{_show(e.base, _ANY)}}}"
    if e.exp.is_Rational and e.exp < 0:
        return (
            rf"\frac{{1}}{{{_show(e.base ** (-e.exp), _ANY)}}}" if level < _BASE else _paren(_power(e, _ANY))
        )
    text = f"{_show(e.base, _BASE)}^{{{_show(e.exp, _ANY)}}}"
    return _paren(text) if level == _BASE else text


def _exp(e: sp.Expr, level: int) -> str:
    argument = e.exp if isinstance(e, sp.Pow) else e.args[0]
    if argument == 1:
        return r"\exp\left(1\right)"
    short = isinstance(argument, sp.Symbol | sp.Indexed) or (
        argument.is_Mul
        and len(argument.args) == 2
        and all(isinstance(a, sp.Symbol | sp.Indexed | sp.Integer) for a in argument.args)
    )
    text = f"e^{{{_show(argument, _ANY)}}}" if short else r"\exp" + _paren(_show(argument, _ANY))
    return _paren(text) if level == _BASE else text


def _abs(e: sp.Abs, level: int) -> str:
    return rf"\left|{_show(e.args[0], _ANY)}\right|"


def _rounded(e: sp.Function, level: int) -> str:
    name = "floor" if isinstance(e, sp.floor) else "ceil"
    return rf"\left\l{name} {_show(e.args[0], _ANY)} \right\r{name}"


def _cases(e: sp.Piecewise, level: int) -> str:
    rows = []
    for value, condition in e.args:
        when = r"\text{otherwise}" if condition == sp.true else _show(condition, _ANY)
        rows.append(f"{_show(value, _ANY)} & {when}")
    text = r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"
    return _paren(text) if level >= _FACTOR else text


def _partial(e: Partial, level: int) -> str:
    body, variable = e.args
    text = rf"\frac{{\partial}}{{\partial {_show(variable, _ANY)}}} {_paren(_show(body, _ANY))}"
    return _paren(text) if level >= _FACTOR else text


def _undefined(e: AppliedUndef, level: int) -> str:
    name = e.func.__name__
    primes = "'" * name.count("'")
    return latex_of_name(name.rstrip("'")) + primes + _paren(", ".join(_show(a, _ANY) for a in e.args))


def _relation(e: Relational, level: int) -> str:
    return f"{_show(e.lhs, _ANY)} {_RELATIONS[e.rel_op]} {_show(e.rhs, _ANY)}"


def _logic(e: BooleanFunction, level: int) -> str:
    word = r" \wedge " if isinstance(e, sp.And) else r" \vee "
    return word.join(_show(a, _ANY) for a in e.args)


def _matrix(e: sp.MatrixBase, level: int) -> str:
    rows = [" & ".join(_show(e[r, c], _ANY) for c in range(e.shape[1])) for r in range(e.shape[0])]
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


def _constant(text: str) -> Callable[[sp.Basic, int], str]:
    return lambda e, level: text


_PRINTERS: tuple[tuple[type | tuple[type, ...], Callable[..., str]], ...] = (
    (sp.Rational, _number),
    (type(sp.pi), _constant(r"\pi")),
    (type(sp.E), _constant(r"\exp\left(1\right)")),
    (type(sp.oo), _constant(r"\infty")),
    (type(-sp.oo), _constant(r"-\infty")),
    (sp.Indexed, _indexed),
    (sp.IndexedBase, lambda e, level: latex_of_name(str(e.label))),
    (sp.Symbol, _symbol),
    (sp.KroneckerDelta, _delta),
    (sp.Sum, _sum),
    (sp.Add, _add),
    (sp.Mul, _mul),
    (sp.exp, _exp),
    (sp.Pow, _power),
    (sp.Abs, _abs),
    ((sp.floor, sp.ceiling), _rounded),
    (sp.Piecewise, _cases),
    (Partial, _partial),
    (AppliedUndef, _undefined),
    (Relational, _relation),
    ((sp.And, sp.Or), _logic),
    (sp.MatrixBase, _matrix),
)
