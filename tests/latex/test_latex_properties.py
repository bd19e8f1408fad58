"""Properties over generated text and generated expressions."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sympy as sp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formulas.catalog import catalog
from formulas.chance import RandomSymbol
from formulas.language import Partial, Phi, delta, dim, index, real, sigmoid, softplus, tensor, total
from symcheck.latex import (
    Context,
    Declaration,
    Kind,
    LatexError,
    interpret,
    name_of,
    parse,
    to_latex,
    tokenize,
)
from symcheck.latex.names import latex_of_name

SETTINGS = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SOUP = r"""
    \frac \sum \prod _ ^ { } ( ) [ ] | \| \mid \left( \right) \left| \right| x y z i j n t p q P X 0
    1 2 1.5 + - = < \leq \cdot \odot / , ; : ! ' & \\ \quad \text{if} \text{softmax} \text{where}
    \mathbf{x} \hat \log \exp \sigma \Phi \delta_{ij} \partial \nabla \int d \begin{cases}
    \end{cases} \begin{pmatrix} \end{pmatrix} \begin{aligned} \end{aligned} \max \arg \lim \sqrt E[
    H( e^ \infty \ldots \forall \in \to \iff \mathcal{N} \mathbb{R} \top ^T ^{-1} ^{(i)} _{ij}
    _{i=1} \% A W I \Sigma D_{KL}( \sum_{i=1}^n \text{Var}(X)
"""
PIECES = [p for line in SOUP.splitlines() for p in line.split(" ") if p]


@SETTINGS
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))
def test_token_soup(latex: str) -> None:
    """No crash, no hang, spans inside the text, and the same answer twice."""
    start = time.perf_counter()
    presentation = parse(latex)
    reading = interpret(presentation)
    assert time.perf_counter() - start < 3.0
    assert parse(latex) == presentation
    for problem in reading.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(latex)
    for sentence in reading.sentences:
        for side in sentence.sides:
            assert side.expr is None or side.not_read is None
            assert 0 <= side.span.start <= side.span.end <= len(latex)
            if side.expr is not None:
                assert not [s for s in side.expr.atoms(sp.Symbol) if isinstance(s, sp.Dummy)]
            if side.not_read is not None:
                assert "Error" not in side.not_read.detail, side.not_read


@SETTINGS
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    interpret(parse(text))
    try:
        tokens = tokenize(text)
    except LatexError as error:
        assert 0 <= error.offset <= len(text)
    else:
        assert tokens[-1].kind == "stop"


n = dim("n")
i, j, k = index("i j k")
x, y, alpha = real("x"), real("y"), real("alpha")
z, w = tensor("z", n), tensor("w", n)


def _grown(inner: st.SearchStrategy[sp.Expr]) -> st.SearchStrategy[sp.Expr]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda t: t[0] + t[1]),
        pair.map(lambda t: t[0] - t[1]),
        pair.map(lambda t: t[0] * t[1]),
        pair.map(lambda t: t[0] / (1 + t[1] ** 2)),
        inner.map(lambda e: e**2),
        inner.map(sp.exp),
        inner.map(lambda e: sp.log(1 + e**2)),
        inner.map(sp.tanh),
        inner.map(sigmoid),
        inner.map(softplus),
        inner.map(Phi),
        inner.map(sp.Abs),
        inner.map(lambda e: sp.sqrt(1 + e**2)),
        pair.map(lambda t: sp.Max(*t)),
        pair.map(lambda t: sp.Piecewise((t[0], x > 0), (t[1], True))),
        inner.map(lambda e: total(e.xreplace({i: j}), (j, n)) if not e.has(j) and e.has(z, w) else e),
    )


# no bare constants: towers of functions of numbers are refused on purpose
ATOMS = st.sampled_from(
    [x, y, alpha, 2 * x, y / 3, sp.Rational(1702, 1000) * x, z[i], w[i], sp.pi * y, n * x, real("eta_min")]
)
EXPRESSIONS = st.recursive(ATOMS, _grown, max_leaves=7)


@SETTINGS
@given(EXPRESSIONS)
def test_round_trip(close: Callable[[sp.Basic, sp.Basic], bool], expr: sp.Expr) -> None:
    """What is printed is read back as an equal expression."""
    if expr.has(sp.nan, sp.zoo, sp.oo):
        return
    latex = to_latex(expr)
    reading = interpret(parse(latex + r" + \sum_{m=1}^{n} z_m w_m"))  # says that n is a size, z and w tensors
    assert reading.not_read is None, (latex, reading.not_read)
    ((side,),) = (s.sides for s in reading.sentences)
    found = side.expr
    assert found is not None
    assert close(found, expr + total(z[k] * w[k], (k, n))), latex


SHOWN = [
    (sp.exp(z[i]) / total(sp.exp(z[j]), (j, n)), r"\frac{e^{z_{i}}}{\sum_{j=1}^{n} e^{z_{j}}}"),
    (z[i] * (delta(i, j) - z[j]), r"\left(\delta_{ij} - z_{j}\right) z_{i}"),
    (x * sigmoid(sp.Rational(1702, 1000) * x), r"x \sigma\left(1.702 x\right)"),
    (Partial(sigmoid(x), x), r"\frac{\partial}{\partial x} \left(\sigma\left(x\right)\right)"),
    (
        sp.Piecewise((1, x > 0), (alpha, True)),
        r"\begin{cases} 1 & x > 0 \\ \alpha & \text{otherwise} \end{cases}",
    ),
    (-x / 2, r"-\frac{x}{2}"),
    ((x + y) ** 2 / 3, r"\frac{\left(x + y\right)^{2}}{3}"),
    (x * (y + 1), r"x \cdot \left(1 + y\right)"),
    (1 / sp.sqrt(x), r"\frac{1}{\sqrt{x}}"),
    (tensor("y_hat", n)[i], r"\hat{y}_{i}"),
    (tensor("W_1", n, n)[i, j], r"{W_{1}}_{ij}"),
    (real("eta_min"), r"\eta_{\text{min}}"),
]


@pytest.mark.parametrize(("expr", "latex"), SHOWN)
def test_printing(expr: sp.Expr, latex: str) -> None:
    assert to_latex(expr) == latex


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"x", "x"), (r"\mathbf{x}", "x"), (r"\hat{y}", "y_hat"), (r"\hat{\mathbf{y}}", "y_hat"),
        (r"\eta_{\min}", "eta_min"), (r"D_{KL}", "D_KL"), (r"\theta_{t+1}", "theta_t+1"),
        (r"W^{[l]}", "W_(l)"), (r"\theta^*", "theta_star"), (r"\Delta W", "Delta-W"),
        (r"m_t", "m_t"), (r"f'", "f_prime"), (r"\text{RMS}", "RMS"),
    ],
)  # fmt: skip
def test_names(latex: str, name: str) -> None:
    assert name_of(latex) == name
    assert name_of(latex_of_name(name)) == name


def test_a_name_is_one_symbol() -> None:
    with pytest.raises(ValueError, match="not one symbol"):
        name_of("x + y")


def declared(expr: sp.Expr) -> Context:
    """What a document would have to declare about the symbols of ``expr``."""
    symbols: dict[str, Declaration] = {}
    for a in expr.atoms(sp.Indexed):
        shape = [int(s) if s.is_Integer else str(s) for s in a.base.shape]
        label = a.base.label
        sign = "positive" if label.is_positive else "nonnegative" if label.is_nonnegative else ""
        symbols[str(label)] = Declaration.tensor(*shape, sign=sign)
    for s in expr.atoms(sp.Symbol):
        if str(s) not in symbols and s.is_integer:
            kind = Kind.SIZE if s.is_positive else Kind.NATURAL if s.is_nonnegative else Kind.INDEX
            symbols[str(s)] = Declaration(kind=kind)
        elif str(s) not in symbols:
            sign = "positive" if s.is_positive else "nonnegative" if s.is_nonnegative else ""
            symbols[str(s)] = Declaration.scalar(sign)
    return Context(symbols=symbols)


def writable(expr: sp.Expr) -> bool:
    """Whether a document can say the same: it has no words for sequences without end, for what is random, for
    an index as a number, for words as exponents, nor for names that are functions or carry an index."""
    tensors = expr.atoms(sp.Indexed)
    names = {str(s) for s in expr.atoms(sp.Symbol)}
    indices = {str(i) for a in tensors for i in a.indices}
    sums = [limits for s in expr.atoms(sp.Sum, sp.Product) for limits in s.limits]
    counted = {i for i, _, _ in sums}
    powers = [p.exp for p in expr.atoms(sp.Pow)] + [e.args[0] for e in expr.atoms(sp.exp)]
    plain = dict.fromkeys(tensors, sp.S.One)
    outside = [a.xreplace(plain) for a in expr.atoms(sp.Mul, sp.Add, sp.Pow)]
    return not (
        any(sp.oo in a.base.shape for a in tensors)
        or any(isinstance(s, RandomSymbol) for s in expr.atoms(sp.Symbol))
        or any(low != 1 for _, low, _ in sums)
        or any(i in a.args for i in counted for a in outside)
        or any(len(str(s)) > 1 for p in powers for s in p.free_symbols if not p.atoms(sp.Indexed))
        or any(n.startswith(("log", "exp")) or n.partition("_")[2] in indices - {""} for n in names)
    )


def test_the_catalog_is_read_back(alike: Callable[[sp.Basic, sp.Basic], bool]) -> None:
    """Every expression of the catalog, printed and read, is itself; at the least it is refused."""
    total_, same = 0, 0
    for formula in catalog().values():
        sides = [s for c in formula.claims for s in (c.lhs, c.rhs)]
        for expr in (formula.definition.expr, *sides):
            if not writable(expr):
                continue
            latex = to_latex(expr)
            presentation = parse(latex)
            assert presentation.not_read is None, (formula.id, latex)
            reading = interpret(presentation, declared(expr))
            found = reading.sentences[0].sides[0].expr
            total_ += 1
            if found is not None and not found.has(sp.core.function.AppliedUndef):
                # SymPy multiplies numbers out as it builds: 4 (1 - s) is 4 - 4 s
                assert alike(found, expr) or alike(sp.expand(found), sp.expand(expr)), (
                    formula.id,
                    latex,
                    found,
                )
                same += 1
    assert total_ > 0
    # the catalog has heads that documents write in words: expectation, determinant, brackets
    assert same >= 0.85 * total_
