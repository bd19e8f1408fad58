"""Plain names of symbols: the keys of a context and the names of SymPy symbols.

A name is the letter, then accents, then labels, joined by ``_``: ``y_hat``, ``eta_min``, ``theta_t+1``.
Fonts are dropped, so that a bold vector and its plain entries share one name.
"""

from __future__ import annotations

import re

from symcheck.latex import notation, tree
from symcheck.latex.parser import parse
from symcheck.latex.tree import Node

_ACCENTS = frozenset(notation.ACCENTS.values())
_MARKS = {"*": "star", "ast": "star", "dagger": "dagger", "+": "plus", "-": "minus"}
_PRINTED_MARKS = {"star": "*", "dagger": r"\dagger"}
_GREEK_TEXT = notation.GREEK | {"ell", "infty"}


def name_of(latex: str) -> str:
    """The plain name of the symbol written as ``latex``; raises ``ValueError`` if it is no symbol."""
    presentation = parse(latex)
    sides = presentation.statements[0].sides if presentation.statements else ()
    name = plain_name(sides[0]) if len(sides) == 1 else None
    if name is None:
        raise ValueError(f"{latex!r} is not one symbol")
    return name


def plain_name(node: Node) -> str | None:
    """The name of a symbol with all its scripts taken as labels, or None if ``node`` is no symbol."""
    match node:
        case tree.Symbol():
            return "_".join((node.name.replace(" ", "-"), *node.accents))
        case tree.Subscript():
            base = plain_name(node.base)
            labels = [label_text(i) for i in node.items]
            if base is None or any(text is None for text in labels):
                return None
            return f"{base}_{','.join(t for t in labels if t)}"
        case tree.Mark():
            base = plain_name(node.base)
            mark = label_text(node.mark)
            if base is None or mark is None:
                return None
            return f"{base}_{_MARKS.get(mark, mark)}"
        case tree.Prime():
            base = plain_name(node.base)
            return None if base is None else base + "_prime" * min(node.order, 4)
        case tree.Differential(letter="Delta"):
            base = plain_name(node.body)
            return None if base is None else f"Delta-{base}"
    return None


def label_text(node: Node) -> str | None:
    """A script as part of a name: ``t+1``, ``min``, ``(i)``."""
    match node:
        case tree.Number():
            return node.text
        case tree.Symbol():
            return plain_name(node)
        case tree.Subscript() | tree.Mark():
            return plain_name(node)
        case tree.Sum():
            parts = [label_text(t) for t in node.terms]
            if any(p is None for p in parts):
                return None
            signed = "".join(f"{s}{p}" for s, p in zip(node.signs, parts, strict=True))
            return signed.removeprefix("+")
        case tree.Product():
            parts = [label_text(t) for t in node.factors]
            return None if any(p is None for p in parts) else "".join(p for p in parts if p)
        case tree.Delimited(items=(inner,)):
            return _around("(", inner, ")")
        case tree.Relation(sides=(tree.Missing(), bound), operators=(operator,)):
            return _around(operator, bound, "")
        case tree.Dots():
            return "..."
    return None


def _around(before: str, node: Node, after: str) -> str | None:
    text = label_text(node)
    return None if text is None else f"{before}{text}{after}"


def latex_of_name(name: str) -> str:
    """A plain name as LaTeX: ``\\hat{y}``, ``\\eta_{\\text{min}}``."""
    head, *rest = name.split("_")
    if head.startswith("Delta-"):
        return rf"\Delta {latex_of_name('_'.join([head[6:], *rest]))}"
    out = _word(head)
    while rest and rest[0] in _ACCENTS:
        out = rf"\{rest.pop(0)}{{{out}}}"
    marks = [_PRINTED_MARKS[r] for r in rest if r in _PRINTED_MARKS]
    primes = "'" * rest.count("prime")
    labels = [_label(r) for r in rest if r not in _PRINTED_MARKS and r != "prime"]
    out += primes
    if labels:
        out += "_{" + ",".join(labels) + "}"
    if marks:
        out += "^{" + "".join(marks) + "}"
    return out


def _word(word: str) -> str:
    if word in _GREEK_TEXT:
        return "\\" + word
    return word if len(word) == 1 else rf"\mathrm{{{_escaped(word)}}}"


def _label(label: str) -> str:
    def part(m: re.Match[str]) -> str:
        word = m.group()
        if word in _GREEK_TEXT:
            return "\\" + word + " "
        return word if len(word) == 1 else rf"\text{{{_escaped(word)}}}"

    return re.sub(r"[A-Za-z][A-Za-z\-]*(?<!-)", part, label).strip()


def _escaped(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .+\-]", "", word)
