"""Random formulas as people write them: every notation that the reader knows, in any combination."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from formulas import claims
from symcheck.gate.standards import standards
from symcheck.judge import statement_latex
from symcheck.latex import notation

LETTERS = [
    *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    *(rf"\{name} " for name in sorted(notation.GREEK | notation.LETTERLIKE)),
    *(rf"\{name} " for name in sorted(notation.CONSTANTS)),
    r"\mathbf{x}", r"\mathbf{W}", r"\boldsymbol{\theta}", r"\mathcal{L}", r"\mathbb{R}", r"\hat{y}",
    r"\bar{x}", r"\tilde{h}", r"\hat{\mathbf{y}}", "x_i", "w_{ij}", "z_{t-1}", "x^{(i)}", r"\sigma^2",
    r"\theta_{t+1}", r"d_{\text{model}}", r"d_k", "1_n", "0", "1", "2", "10", "0.5", "1{,}000", "1e-8",
    "α", "𝒳", "ℝ", "x'", "f''", r"\mathrm{d}x", r"\mathbf{1}", r"W^{[l]}", r"\|x\|", "n!", r"\ell_2",
]  # fmt: skip
FUNCTIONS = [
    *(rf"\{name} " for name in sorted(notation.FUNCTIONS)[:20]),
    *(rf"\operatorname{{{name}}}" for name in ("softmax", "ReLU", "Var", "Attention", "tr", "KL", "nope")),
    r"\text{MSE}", r"\mathrm{GELU}", "softmax", "f", "g", r"\sigma", r"\phi", r"\Phi", "D_{KL}", r"\nabla f",
    "p", "q", "H", r"\mathbb{E}", "P", r"\exp", r"\log_2", r"\sin^2", r"f^{-1}", "J",
]  # fmt: skip
RELATIONS = [
    "=", "=", "=", "=", "<", ">", *(rf"\{name} " for name in sorted(notation.RELATIONS)),
    *(rf"\{name} " for name in sorted(notation.ARROWS)[:8]), ":=", "&=", r"\iff ", r"\implies ",
]  # fmt: skip
INFIX = [
    "+", "+", "-", "-", " ", " ", "/", "*",
    *(rf"\{name} " for name in sorted({**notation.SUMS, **notation.PRODUCTS})),
]  # fmt: skip
CONDITIONS = [
    r"\quad x > 0", r", \quad i = 1, \dots, n", r"\text{ for all } i", r"\text{where } a \neq 0", r"\tag{1}",
    r"\qquad (x \in \mathbb{R}^n)", r"\quad \text{if } n \ge 1", ".", ",",
]  # fmt: skip


COMMON_LETTERS = [
    *"abcijkmnpqstuvwxyzABCDLWX", *LETTERS[LETTERS.index(r"\mathbf{x}") :], "1", "2", r"\theta ", r"\sigma ",
]  # fmt: skip
COMMON_RELATIONS = ["=", "=", "=", "=", r"\le ", r"\geq ", r"\approx ", ":=", r"\sim ", r"\in "]
COMMON_INFIX = ["+", "+", "-", "-", " ", " ", "/", r" \cdot ", r" \odot ", r" \times "]


class Formulas:
    """One formula from a source of chance.  ``budget`` bounds how many parts it has."""

    def __init__(self, chance: Random, budget: int = 24) -> None:
        self.chance = chance
        self.budget = budget
        wild = chance.random() < 0.4
        self.letters = LETTERS if wild else COMMON_LETTERS
        self.relations = RELATIONS if wild else COMMON_RELATIONS
        self.infixes = INFIX if wild else COMMON_INFIX
        self.forms = _FORMS if wild else _COMMON_FORMS

    def sentence(self) -> str:
        """Sides joined by relations, perhaps in an environment, perhaps with a condition."""
        kind = self.chance.random()
        if kind < 0.06:
            return self._aligned()
        out = self.expression(4)
        for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
            out += f" {self._one(self.relations)} {self.expression(4)}"
        if kind > 0.85:
            out += self._one(CONDITIONS)
        return out

    def expression(self, depth: int) -> str:
        self.budget -= 1
        if depth <= 0 or self.budget <= 0:
            return self._one(self.letters)
        return self._one(self.forms)(self, depth - 1)

    def _one(self, options: Sequence) -> object:
        return self.chance.choice(options)

    def _index(self) -> str:
        return self.chance.choice("ijkntlm")

    def _aligned(self) -> str:
        name = self._one(sorted(notation.ALIGNMENTS))
        rows = [f"{self.expression(3)} &= {self.expression(3)}" for _ in range(self.chance.randint(1, 3))]
        return rf"\begin{{{name}}}" + r" \\ ".join(rows) + rf"\end{{{name}}}"

    def infix(self, depth: int) -> str:
        return f"{self.expression(depth)}{self._one(self.infixes)}{self.expression(depth)}"

    def fraction(self, depth: int) -> str:
        command = self._one(("frac", "dfrac", "tfrac", "binom"))
        return rf"\{command}{{{self.expression(depth)}}}{{{self.expression(depth)}}}"

    def root(self, depth: int) -> str:
        return rf"\sqrt{self._one(('', '[3]', '[n]'))}{{{self.expression(depth)}}}"

    def script(self, depth: int) -> str:
        mark = self._one("^_")
        inner = self.expression(depth)
        base = self._one(self.letters)
        if self.chance.random() < 0.3:
            base = rf"\left({self.expression(depth)}\right)"
        return f"{base}{mark}{{{inner}}}"

    def bracket(self, depth: int) -> str:
        left, right = self._one(
            (("(", ")"), ("[", "]"), (r"\{", r"\}"), ("|", "|"), (r"\|", r"\|"), (r"\lfloor ", r"\rfloor "),
             (r"\left(", r"\right)"), (r"\bigl[", r"\bigr]"), (r"\langle ", r"\rangle "), ("(", "]"))
        )  # fmt: skip
        return f"{left}{self.expression(depth)}{right}"

    def call(self, depth: int) -> str:
        arguments = [self.expression(depth) for _ in range(self.chance.choice((1, 1, 1, 2, 3)))]
        between = self._one((", ", " | ", r" \mid ", r" \| ", "; "))
        return f"{self._one(FUNCTIONS)}({between.join(arguments)})"

    def applied(self, depth: int) -> str:
        return rf"\{self._one(sorted(notation.FUNCTIONS))} {self.expression(depth)}"

    def big(self, depth: int) -> str:
        name = self._one(sorted(notation.BIG | notation.INTEGRALS)) if self.chance.random() < 0.3 else "sum"
        i = self._index()
        low = self._one((f"_{{{i}=1}}", f"_{i}", f"_{{{i} \\neq j}}", f"_{{{i} \\in S}}", ""))
        high = self._one(("^n", "^{m}", r"^\infty", "", f"^{{{self.expression(0)}}}"))
        return rf"\{name}{low}{high} {self.expression(depth)}_{i}"

    def derivative(self, depth: int) -> str:
        d = self._one((r"\partial", "d", r"\mathrm{d}"))
        x = self._one(self.letters)
        if self.chance.random() < 0.5:
            return rf"\frac{{{d} {self.expression(depth)}}}{{{d} {x}}}"
        return rf"\frac{{{d}}}{{{d} {x}}} {self.expression(depth)}"

    def chance_of(self, depth: int) -> str:
        head = self._one(
            (r"\mathbb{E}", r"\mathbb{E}_{x \sim p}", r"\text{Var}", r"\operatorname{Cov}", "P", r"\Pr")
        )
        return f"{head}[{self.expression(depth)}]"

    def cases(self, depth: int) -> str:
        first = self._one(("x > 0", r"x \le 0", r"\text{otherwise}"))
        rows = [f"{self.expression(depth)} & {first}"]
        rows += [f"{self.expression(depth)} & \\text{{if }} {self.expression(depth)} \\ge 0"]
        return r"\begin{cases}" + r" \\ ".join(rows) + r"\end{cases}"

    def matrix(self, depth: int) -> str:
        name = self._one(sorted(notation.MATRICES))
        rows = [" & ".join(self.expression(0) for _ in range(2)) for _ in range(2)]
        return rf"\begin{{{name}}}" + r" \\ ".join(rows) + rf"\end{{{name}}}"

    def dressed(self, depth: int) -> str:
        command = self._one(sorted({*notation.ACCENTS, *notation.FONTS, *notation.WRAPPERS}))
        return rf"\{command}{{{self.expression(depth)}}}"

    def spelled(self, depth: int) -> str:
        return (
            rf"\{self._one(sorted(notation.TEXTS))}{{{self._one(('softmax', 'if', 'x and y', 'in', 'a_b'))}}}"
        )

    def letter(self, depth: int) -> str:
        return self._one(self.letters)


_FORMS: tuple[Callable[[Formulas, int], str], ...] = (
    *[Formulas.infix] * 6, *[Formulas.fraction] * 2, Formulas.root, *[Formulas.script] * 3,
    *[Formulas.bracket] * 2, *[Formulas.call] * 3, *[Formulas.big] * 3, *[Formulas.derivative] * 2,
    Formulas.chance_of, Formulas.cases, Formulas.matrix, Formulas.dressed, Formulas.spelled,
    Formulas.applied, *[Formulas.letter] * 4,
)  # fmt: skip


_COMMON_FORMS: tuple[Callable[[Formulas, int], str], ...] = (
    *[Formulas.infix] * 6, *[Formulas.fraction] * 2, Formulas.root, *[Formulas.script] * 2,
    *[Formulas.bracket] * 2, *[Formulas.call] * 2, *[Formulas.big] * 3, Formulas.derivative,
    Formulas.chance_of, *[Formulas.letter] * 6,
)  # fmt: skip


@cache
def known() -> tuple[tuple[str, str], ...]:
    """Names and formulas that the gate compares with: what matching has to do with them is worth a look."""
    out = [(s.names[0], form) for s in standards() for form in s.forms]
    return (*out, *((f.title, statement_latex(c)) for f, c in claims()))


def formula(chance: Random) -> str:
    """A formula: mostly grown by the grammar, else one that the gate knows with a part put in."""
    if chance.random() < 0.75:
        return Formulas(chance).sentence()
    _, text = chance.choice(known())
    at = chance.randrange(len(text) + 1)
    return text if chance.random() < 0.5 else text[:at] + Formulas(chance, 3).expression(2) + text[at:]
