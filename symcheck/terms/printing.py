"""Terms for people: plain text for the terminal and LaTeX for pages."""

from __future__ import annotations

import re
from fractions import Fraction

from symcheck.terms.term import ZERO, Index, Term, number, subterms

_NAMED = ("var", "array", "dim")
_LETTERS = "klpqrstuvwabc"
Names = dict[Index, str]


def _binder(i: Index, t: Term, names: Names, avoid: frozenset[str]) -> str:
    taken = {names.get(j, str(j)) for j in t.free} | set(names.values()) | avoid
    if i.name[0] not in "%!~" and i.name not in taken:
        return i.name
    return next((c for c in _LETTERS if c not in taken), i.name)


def _split(t: Term) -> tuple[bool, list[Term], list[Term]]:
    """(negative, numerator, denominator) of a product."""
    factors = list(t.args) if t.op == "mul" else [t]
    top: list[Term] = []
    bottom: list[Term] = []
    negative = False
    for f in factors:
        value = number(f)
        if value is not None:
            negative ^= value < 0
            if abs(value).numerator != 1:
                top.insert(0, Term("num", Fraction(abs(value).numerator)))
            if value.denominator != 1:
                bottom.insert(0, Term("num", Fraction(value.denominator)))
        elif f.op == "pow" and (e := _value(f.args[1])) is not None and e < 0 and not _is_exp(f.args[0]):
            bottom.append(f.args[0] if e == -1 else Term("pow", f.args[0], Term("num", -e)))
        else:
            top.append(f)
    return negative, top, bottom


def _value(t: Term) -> Fraction | None:
    """The value of a term made of numbers alone."""
    if t.op == "num":
        value: Fraction = t.args[0]
        return value
    if t.op not in ("add", "mul"):
        return None
    out = Fraction(t.op == "mul")
    for part in map(_value, t.args):
        if part is None:
            return None
        out = out * part if t.op == "mul" else out + part
    return out


def _is_exp(t: Term) -> bool:
    return t.op == "fn" and t.args[0] == "exp"


_GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|phi|chi|psi|omega"
    "|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega"
)
_SHORT = {"eps": "epsilon", "lam": "lambda"}
_ACCENT = re.compile(r"([^\W_]+?)_?(hat|bar|tilde)")
_COUNTED = re.compile(r"([A-Za-z]+)(\d+)")


def latex_name(name: str) -> str:
    """How a symbol's name is written: ``yhat`` with its accent, Greek by command, ``x0`` with its number,
    ``d_model`` with its subscript."""
    name = _SHORT.get(name, name)
    if len(name) == 1:
        return name
    if _GREEK.fullmatch(name):
        return f"\\{name}"
    if accented := _ACCENT.fullmatch(name):
        return rf"\{accented[2]}{{{latex_name(accented[1])}}}"
    if counted := _COUNTED.fullmatch(name):
        return rf"{{{latex_name(counted[1])}_{{{counted[2]}}}}}"
    head, _, below = name.partition("_")
    if head and below:
        return rf"{{{latex_name(head)}_{{{below if below.isdecimal() else latex_name(below)}}}}}"
    return rf"\mathrm{{{name}}}"


class _Writer:
    """One notation; ``latex`` and ``plain`` differ in a handful of words."""

    def __init__(self, latex: bool, avoid: frozenset[str] = frozenset()) -> None:
        """``avoid``: letters that no sum runs over, since they mean something beside it."""
        self.latex = latex
        self.avoid = avoid

    def brace(self, s: str) -> str:
        return f"{{{s}}}" if self.latex else s if len(s) == 1 or s.isalnum() else f"({s})"

    def paren(self, s: str) -> str:
        return rf"\left({s}\right)" if self.latex else f"({s})"

    def frac(self, a: str, b: str, simple: bool) -> str:
        if self.latex:
            return rf"\frac{{{a}}}{{{b}}}"
        return f"{a}/{b}" if simple else f"{a}/({b})"

    def index(self, i: Index, names: Names) -> str:
        return names.get(i, str(i))

    def coordinate(self, i: Index | Term, names: Names) -> str:
        return self.index(i, names) if isinstance(i, Index) else self.term(i, names)

    def symbol(self, name: str) -> str:
        return latex_name(name) if self.latex else name

    def term(self, t: Term, names: Names, level: int = 0) -> str:
        """``level``: 0 anything, 1 a summand, 2 a factor, 3 the base of a power."""
        if t.op in ("add", "mul") and (known := _value(t)) is not None:
            t = Term("num", known)
        match t.op:
            case "num":
                value: Fraction = t.args[0]
                text = str(value.numerator)
                if value.denominator != 1:
                    text = self.frac(str(abs(value.numerator)), str(value.denominator), True)
                    text = f"-{text}" if value < 0 else text
                return (
                    self.paren(text)
                    if (level >= 2 and value < 0) or (level == 3 and value.denominator != 1)
                    else text
                )
            case "dim":
                return self.symbol(t.args[0]) if isinstance(t.args[0], str) else str(t.args[0])
            case "var":
                name, *indices = t.args
                if not indices:
                    return self.symbol(name)
                inside = ",".join(self.coordinate(i, names) for i in indices)
                return f"{self.symbol(name)}_{self.brace(inside)}" if self.latex else f"{name}[{inside}]"
            case "array":
                return self.symbol(t.args[0])
            case "meta":
                name, *indices = t.args
                return name + (f"({','.join(self.coordinate(i, names) for i in indices)})" if indices else "")
            case "ord":
                return self.index(t.args[0], names)
            case "delta":
                inside = "".join(self.index(i, names) for i in t.args)
                return (
                    (rf"\delta_{{{inside}}}")
                    if self.latex
                    else f"δ[{','.join(self.index(i, names) for i in t.args)}]"
                )
            case "add":
                return self._add(t, names, level)
            case "mul":
                return self._mul(t, names, level)
            case "pow":
                return self._pow(t, names, level)
            case "sum":
                i, body = t.args
                letter = _binder(i, t, names, self.avoid)
                inner = self.term(body, {**names, i: letter}, 2)
                sign = rf"\sum_{{{letter}}}" if self.latex else f"Σ_{letter}"
                if i not in body.free:  # nothing else says how many summands there are
                    size = self.symbol(str(i.size))
                    sign = rf"\sum_{{{letter}=1}}^{{{size}}}" if self.latex else f"Σ_{letter}≤{i.size}"
                text = f"{sign} {inner}"
                return self.paren(text) if level >= 2 else text
            case "fold":
                join, i, high, body = t.args
                letter = _binder(i, t, names, self.avoid)
                inner = self.term(body, {**names, i: letter}, 2)
                end = self.term(high, names)
                if self.latex:
                    sign = rf"\{join}_{{{letter}=1}}^{{{end}}}"
                else:
                    sign = f"{'Σ' if join == 'sum' else 'Π'}_({letter}=1..{end})"
                text = f"{sign} {inner}"
                return self.paren(text) if level >= 2 else text
            case "d":
                body, by = t.args
                names = {**{i: str(i) for i in by.free}, **names}  # no sum inside is over their letters
                if self.latex:
                    inner = self.paren(self.term(body, names))
                    return rf"\frac{{\partial}}{{\partial {self.term(by, names)}}}{inner}"
                return f"∂({self.term(body, names)})/∂{self.term(by, names)}"
            case "mean":
                inner = self.term(t.args[0], names)
                return rf"\mathbb{{E}}\left[{inner}\right]" if self.latex else f"E[{inner}]"
            case "vec":
                i, body = t.args
                if body.op == "var" and body.args[1:] == (i,):
                    return self.symbol(body.args[0])
                letter = _binder(i, t, names, self.avoid)
                inner = self.paren(self.term(body, {**names, i: letter}))
                return f"{inner}_{letter}"
            case "fn" if len(t.args) > 1 and t.args[1].op == "vec":
                return self._field(t, names)
            case "fn":
                text = self._fn(t, names)
                return self.paren(text) if level == 3 and _is_exp(t) else text
        raise AssertionError(t.op)

    def _add(self, t: Term, names: Names, level: int) -> str:
        out = ""
        parts = [self.term(a, names, 1) for a in t.args]
        first = next((k for k, s in enumerate(parts) if not s.startswith("-")), 0)
        for k, s in enumerate([parts[first], *parts[:first], *parts[first + 1 :]]):
            if k and s.startswith("-"):
                out += f" - {s[1:]}"
            else:
                out += f" + {s}" if k else s
        return self.paren(out) if level >= 2 else out or "0"

    def _mul(self, t: Term, names: Names, level: int) -> str:
        negative, top, bottom = _split(t)
        dot = r" \, " if self.latex else "·"
        alone = self.latex and bool(bottom)
        one = len(top) == 1 and alone
        upper = dot.join(self.term(f, names, 0 if one else 2) for f in top) or "1"
        text = upper
        if bottom:
            alone_below = len(bottom) == 1
            lower_level = 0 if self.latex and alone_below else 3 if alone_below else 2
            lower = dot.join(self.term(f, names, lower_level) for f in bottom)
            text = self.frac(upper, lower, len(bottom) == 1)
        text = f"-{text}" if negative else text
        return self.paren(text) if level == 3 or (level == 2 and negative) else text

    def _pow(self, t: Term, names: Names, level: int) -> str:
        base, exponent = t.args
        e = _value(exponent)
        if e == 1:
            return self.term(base, names, level)
        if _is_exp(base) and e is not None:
            return self.term(Term("fn", "exp", _scaled(Term("num", e), base.args[1])), names, level)
        if e == Fraction(1, 2):
            inner = self.term(base, names)
            return rf"\sqrt{{{inner}}}" if self.latex else f"√({inner})"
        if e is not None and e < 0:
            return self._mul(Term("mul", t), names, level)
        text = f"{self.term(base, names, 3)}^{self.brace(self.term(exponent, names, 0))}"
        return self.paren(text) if level == 3 else text

    def _field(self, t: Term, names: Names) -> str:
        """A function of a vector: its component below, before it the coordinates it is differentiated by."""
        name, vector, *where = t.args
        base = name.rstrip("'")
        order = len(name) - len(base)
        shown = [self.term(a, names) for a in where]
        outs, slots = shown[: len(shown) - order], shown[len(shown) - order :]
        mark = r"\partial_" if self.latex else "∂_"
        partials = "".join(f"{mark}{self.brace(s)} " for s in slots)
        component = f"_{self.brace(','.join(outs))}" if outs else ""
        return f"{partials}{self.symbol(base)}{component}{self.paren(self.term(vector, names))}"

    def _fn(self, t: Term, names: Names) -> str:
        name, *args = t.args
        inner = [self.term(a, names) for a in args]
        if name == "pi":
            return r"\pi" if self.latex else "π"
        if name == "exp":
            return f"e^{self.brace(inner[0])}"
        if name == "ExpGap" and self.latex:
            less = self.term(args[0], names, 2)
            return self.paren(f"e^{{{inner[0]}}} - 1 - {less}")
        if name == "abs":
            return rf"\left|{inner[0]}\right|" if self.latex else f"|{inner[0]}|"
        if name.startswith("if_"):
            word = {"if_positive": "> 0", "if_nonnegative": r"\geq 0" if self.latex else "≥ 0"}.get(
                name, r"\ne 0" if self.latex else "≠ 0"
            )
            if self.latex:
                rows = rf"{inner[1]} & {inner[0]} {word}\\ {inner[2]} & \text{{otherwise}}"
                return rf"\begin{{cases}}{rows}\end{{cases}}"
            return f"[{inner[1]} if {inner[0]} {word} else {inner[2]}]"
        shown = {"sigmoid": "σ", "Phi": "Φ", "normal_density": "φ", "Variance": "Var", "Covariance": "Cov"}
        if self.latex:
            special = {
                "sigmoid": r"\sigma",
                "Phi": r"\Phi",
                "normal_density": r"\varphi",
                "Variance": r"\operatorname{Var}",
                "Covariance": r"\operatorname{Cov}",
            }
            standard = name in ("log", "sin", "cos", "tanh", "cosh", "sinh", "max", "min", "det")
            standard = standard or bool(_GREEK.fullmatch(name.rstrip("'")))
            if name == "floor":
                return rf"\left\lfloor {inner[0]} \right\rfloor"
            head = special.get(name, f"\\{name}" if standard else rf"\operatorname{{{name}}}")
            return head + self.paren(", ".join(inner))
        return f"{shown.get(name, name)}({', '.join(inner)})"


def _scaled(c: Term, t: Term) -> Term:
    value = number(c)
    if value == 1:
        return t
    inner = number(t)
    if value is not None and inner is not None:
        return Term("num", value * inner)
    if t.op == "mul" and value is not None and (first := number(t.args[0])) is not None:
        rest = t.args[1:]
        scaled = value * first
        if scaled == 1 and rest:
            return Term("mul", *rest) if len(rest) > 1 else rest[0]
        return Term("mul", Term("num", scaled), *rest)
    return Term("mul", c, *(t.args if t.op == "mul" else (t,)))


_PLAIN, _LATEX = _Writer(False), _Writer(True)


def plain(t: Term) -> str:
    """``t`` in one line of Unicode text."""
    return _PLAIN.term(t, {})


def latex(t: Term, avoid: frozenset[str] = frozenset(), level: int = 0) -> str:
    """``t`` as LaTeX math; no sum runs over a letter of ``avoid``, which stand for something beside it.

    ``level`` is where it is put: 0 alone, 1 as a summand, 2 as a factor or after a limit."""
    return (_Writer(True, avoid) if avoid else _LATEX).term(t, {}, level)


def balanced(t: Term, avoid: frozenset[str]) -> tuple[str, str]:
    """What is added in ``t`` and what is subtracted, as LaTeX: two sides to compare, for ``t`` and 0."""
    writer = _Writer(True, avoid)
    written = [writer.term(part, {}, 1) for part in _summands(t) if part != ZERO]
    more = " + ".join(s for s in written if not s.startswith("-"))
    less = [s[1:] for s in written if s.startswith("-")]
    if len(less) == 1:
        less = [_bare(less[0])]
    return more or "0", " + ".join(less) or "0"


def _summands(t: Term) -> list[Term]:
    return [part for a in t.args for part in _summands(a)] if t.op == "add" else [t]


def _bare(text: str) -> str:
    """Without brackets around the whole of it."""
    opening, closing = r"\left(", r"\right)"
    if not (text.startswith(opening) and text.endswith(closing)):
        return text
    depth = 0
    for bracket in re.finditer(r"\\(left|right)\b", text):
        depth += 1 if bracket[1] == "left" else -1
        if depth == 0:
            return text[len(opening) : -len(closing)] if bracket.end() == len(text) - 1 else text
    return text


def letters(*terms: Term) -> frozenset[str]:
    """What a sum should not run over where these stand: their free indices, and the names in them."""
    free = {str(i) for t in terms for i in t.free}
    return frozenset(free | {str(s.args[0]) for t in terms for s in subterms(t) if s.op in _NAMED})
