"""From what a document says around a formula to the context in which it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import sympy as sp

from formulas.language import Expr, Phi, normal_density, sigmoid, total
from symcheck.gate.decide import proved
from symcheck.gate.documents import Passage
from symcheck.gate.forms import definitions
from symcheck.latex import Context, Convention, Kind, Reading, interpret, parse

RELATIONS = {
    "=": sp.Eq, "!=": sp.Ne, "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge,
}  # fmt: skip

_ASCII = {"!=": r"\neq ", ">=": r"\geq ", "<=": r"\leq "}

# a letter that a document may define otherwise than convention has it
_LETTERS: tuple[tuple[str, Convention, Callable[[sp.Expr], sp.Expr]], ...] = (
    (r"\sigma", Convention.SIGMA, sigmoid),
    (r"\Phi", Convention.PHI, Phi),
    (r"\phi", Convention.DENSITY, normal_density),
    (r"\varphi", Convention.DENSITY, normal_density),
)
EARLIER = 8
"""How many formulas before one are kept in sight ..."""
EARLIER_LENGTH = 400
"""... and how long each may be, in characters."""
_DEFINES = re.compile(r"\s*(\\[A-Za-z]+|[A-Za-z])\s*\(\s*(?:\\mathbf\s*\{?)?[a-z](?:_\w)?\}?\s*\)\s*&?\s*:?=")


def defined_letter(latex: str) -> str | None:
    """The letter that a formula of the form ``f(x) = ...`` defines."""
    start = _DEFINES.match(latex)
    return start[1] if start is not None else None


# a function by its name, as what it is; the text says ``let $g$ be the softplus``
_NAMED = {
    "softplus": r"\log(1 + e^{x})",
    "hyperbolic tangent": r"\tanh(x)",
    "tanh": r"\tanh(x)",
    "logistic sigmoid": r"\frac{1}{1 + e^{-x}}",
    "sigmoid": r"\frac{1}{1 + e^{-x}}",
    "logistic function": r"\frac{1}{1 + e^{-x}}",
    "silu": r"\frac{x}{1 + e^{-x}}",
    "swish": r"\frac{x}{1 + e^{-x}}",
    "exponential function": "e^{x}",
    "identity function": "x",
}
_IS_CALLED = re.compile(
    r"\$\s*(\\[A-Za-z]+|[A-Za-z])\s*(?:\([^()$]{1,12}\))?\s*\$,?\s+(?:is|be|denotes?|stands\s+for)\s+(?:the\s+|a\s+)?("
    + "|".join(_NAMED)
    + r")\b",
    re.IGNORECASE,
)


def named_functions(text: str) -> tuple[str, ...]:
    """``\\sigma(x) = \\log(1 + e^{x})`` for a text that lets ``\\sigma`` be the softplus."""
    return tuple(f"{letter}(x) = {_NAMED[name.casefold()]}" for letter, name in _IS_CALLED.findall(text))


def attach_definitions(passages: Sequence[Passage]) -> list[Passage]:
    """The passages of one document, each with the formulas that define a conventional letter it uses, and
    with those that stand before it in its section."""
    defining: dict[str, list[str]] = {}
    letters = {letter for letter, _, _ in _LETTERS}
    for passage in passages:
        letter = defined_letter(passage.latex)
        if letter in letters and len(passage.latex) <= EARLIER_LENGTH:
            defining.setdefault(str(letter), []).append(passage.latex)
    out: list[Passage] = []
    before: dict[tuple[str, ...], list[str]] = {}
    called: dict[tuple[str, ...], list[str]] = {}
    for p in passages:
        earlier, names = before.setdefault(p.headings, []), called.setdefault(p.headings, [])
        for latex in named_functions(f"{p.before}{p.latex}{p.after}"):
            if latex not in names:
                names.append(latex)
                earlier.append(latex)
        elsewhere = tuple(t for k, texts in defining.items() if k in p.latex for t in texts[:4])
        elsewhere += tuple(t for t in names if str(defined_letter(t)) in p.latex)
        out.append(replace(p, elsewhere=elsewhere, earlier=tuple(earlier[-EARLIER:])))
        if len(p.latex) <= EARLIER_LENGTH:
            earlier.append(p.latex)
    return out


def context_of(passage: Passage) -> Context:
    """Title and conventions that hold for a passage."""
    title = passage.row_label or passage.label or (passage.headings[-1] if passage.headings else "")
    conventions = set(Convention)
    if "phi" in passage.latex and not _speaks_of_normal(passage):
        conventions.discard(Convention.DENSITY)
    for latex in passage.elsewhere:
        for letter, convention, meaning in _LETTERS:
            if defined_letter(latex) == letter and not _means(latex, meaning):
                conventions.discard(convention)
    return Context(title=title, conventions=frozenset(conventions))


_NORMAL = re.compile(
    r"(?i)\b(?:normal|gaussians?|gelu|probit|mills|erf|bell[- ]curve|brownian|black[- ]?scholes|pdf)\b"
    r"|(?-i:\\Phi\b)"
)


def _speaks_of_normal(passage: Passage) -> bool:
    """Whether the text or a formula near by speaks of the normal law, whose density phi then is: elsewhere it
    is a feature, a potential, a sigmoid."""
    near = (passage.before, passage.latex, passage.after, passage.following, *passage.headings)
    row = (text for cell in passage.row for text in (cell.header, cell.text, *cell.latex))
    beside = (passage.label, *row, *passage.elsewhere, *passage.earlier)
    return any(bool(_NORMAL.search(text)) for text in (*near, *beside) if text)


def meant_otherwise(passage: Passage) -> bool:
    """Whether a formula speaks of a letter that its section defined otherwise than convention has it before.
    (What is matched of phi is its use for features.)"""
    for letter, convention, meaning in _LETTERS:
        if convention is Convention.DENSITY or letter not in passage.latex:
            continue
        calls = re.escape(letter) + r"\s*(?:'|\^\s*\{?\s*\\prime\s*\}?)?\s*(?:\\left)?\s*\("
        if len(re.findall(calls, passage.latex)) > 1:
            said = [latex for latex in passage.earlier if defined_letter(latex) == letter]
            if said and not any(_means(latex, meaning) for latex in said):
                return True
    return False


@lru_cache(maxsize=256)
def _means(latex: str, meaning: Callable[[sp.Expr], sp.Expr]) -> bool:
    """Whether ``f(x) = ...`` defines the function that the letter stands for by convention."""
    reading = interpret(parse(latex), Context())
    for sentence in reading.sentences:
        for head, expr in definitions(sentence):
            if len(head.arguments) == 1 and isinstance(head.arguments[0], sp.Symbol):
                return proved(meaning(head.arguments[0]), expr)
    return False


def assumptions(passage: Passage, reading: Reading) -> tuple[sp.Basic, ...]:
    """What the author asks to assume (``<!-- symcheck: assume x>0 -->``), in the symbols of ``reading``."""
    known: dict[str, sp.Basic] = {}
    for sentence in reading.sentences:
        for side in sentence.sides:
            if side.expr is not None:
                known.update({str(s): s for s in side.expr.free_symbols})
    return tuple(
        relation(_in_symbols(left, known), _in_symbols(right, known), evaluate=False)
        for text in passage.directives.assume
        for relation, left, right in assumed(text)
    )


def assumed(text: str) -> list[tuple[type[sp.Rel], Expr, Expr]]:
    """The relations that ``text`` asks to assume; none if it cannot be read."""
    for ascii_sign, command in _ASCII.items():
        text = text.replace(ascii_sign, command)
    return [
        (relation, link.left.expr, link.right.expr)
        for sentence in interpret(parse(text), Context()).sentences
        for link in sentence.links()
        if (relation := RELATIONS.get(link.operator)) is not None
        and link.left.expr is not None
        and link.right.expr is not None
    ]


def _in_symbols(expr: Expr, known: dict[str, sp.Basic]) -> Expr:
    return expr.xreplace({s: known[str(s)] for s in expr.free_symbols if str(s) in known})


DISCLAIMER = re.compile(
    r"\b(?:wrong(?:ly)?|incorrect(?:ly)?|mistakes?|erroneous(?:ly)?|inconsistent|invalid|misconceptions?|"
    r"false claim|does not hold|do not hold|is not true|does not (?:quite )?work)\b|[✗✘❌]",
    re.IGNORECASE,
)

# "if symmetry does not hold, ..." says nothing of the formula; "if x < 0, this does not hold" does
_UNDER_A_CONDITION = re.compile(r"\bif\b[^.,]{0,60}?\bdo(?:es)? not hold\b", re.IGNORECASE)

# what was wrong in an earlier printing is not the formula that is shown
_MENDED = re.compile(r"\b(?:was|were|been|later)\s+(?:later\s+)?(?:fixed|corrected|mended)\b|\bfixed later\b")
_BELOW = re.compile(r"\b(?:below|next|following)\b")

_ASKING = re.compile(r"\b(?:is|are|does|do|can|could|why|whether|when)\s*\$?\s*$", re.IGNORECASE)


def disclaimed(passage: Passage) -> bool:
    """Whether the words next to a formula say that it is wrong, or ask: then that is what it is shown for."""
    last = re.split(r"(?<=[.!?])\s+", passage.before[-200:])[-2:]
    said = _UNDER_A_CONDITION.sub("", " ".join(s for s in last if not _MENDED.search(s) or _BELOW.search(s)))
    near = [said, passage.after[:120], passage.following[:120], passage.column or "", *passage.headings[-1:]]
    near += [cell.header for cell in passage.row] + [cell.text for cell in passage.row]
    if _ASKING.search(passage.before[-40:]) and "?" in passage.after[:80]:
        return True
    inside = re.findall(r"\\text\w*\s*\{([^{}]*)\}", passage.latex)
    return any(DISCLAIMER.search(words) for words in (*near, *inside))


_CASE = re.compile(
    r"\b(?:independen\w+|uncorrelated|disjoint|(?:mutually )?exclusive|incompatible)\b", re.IGNORECASE
)


def particular(passage: Passage) -> bool:
    """Whether the words next to a formula speak of events or variables of a particular kind."""
    near = [passage.before[-200:], passage.after[:120], passage.label or "", passage.row_label or ""]
    return any(_CASE.search(words) for words in (*near, *passage.headings[-1:]))


def distribution_names(reading: Reading) -> frozenset[str]:
    """The names that a formula uses for distributions."""
    return frozenset(n for n, declared in reading.symbols.items() if declared.kind is Kind.DISTRIBUTION)


def distributions(reading: Reading) -> tuple[sp.Basic, ...]:
    """That the entries of each distribution a formula speaks of sum to 1."""
    found: dict[str, sp.Basic] = {}
    for sentence in reading.sentences:
        for side in sentence.sides:
            for entry in side.expr.atoms(sp.Indexed) if isinstance(side.expr, sp.Expr) else ():
                declared = reading.symbols.get(str(entry.base))
                if declared is not None and declared.kind is Kind.DISTRIBUTION:
                    axes = [(sp.Symbol(f"k_{at}", integer=True), n) for at, n in enumerate(entry.base.shape)]
                    whole = total(entry.base[tuple(k for k, _ in axes)], *axes)
                    found[str(entry.base)] = sp.Eq(whole, 1, evaluate=False)
    return tuple(found.values())
