"""Which standards the words around a formula name, and which names belong to it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from formulas.catalog import catalog
from symcheck.gate.documents import Passage
from symcheck.gate.forms import printed
from symcheck.gate.page import sentence
from symcheck.gate.qualified import LEADING, TRAILING
from symcheck.gate.shape import Shape, shape_of
from symcheck.gate.standards import Standard, standards
from symcheck.latex import Statement, parse

BESIDE = 120  # characters of text in which everyday words can name something


@cache
def known_forms() -> tuple[Standard, ...]:
    """The standard definitions, and what is printed of the entries of the catalog."""
    return (*standards(), *_catalog_lines())


def _catalog_lines() -> Iterator[Standard]:
    """The printed lines of the catalog's entries that say what something is."""
    for formula in catalog().values():
        if formula.definition is None or not (formula.names or formula.title):
            continue
        lines = tuple(
            text
            for text, page in printed(formula.id)
            if page.statements and "$" not in text and ("=" in text or "\\" in text) and not sentence(text)
        )
        if lines:
            names = tuple(dict.fromkeys((formula.title, *formula.names)))
            # of several statements, the signs may be turned in all
            several = any(len(parse(line).statements) > 1 for line in lines)
            yield Standard(names, lines, "catalog", formula=formula.id, either_sign=several)


_WORD = re.compile(r"[A-Za-z]+|[^\sA-Za-z]")


def _beginning(word: str) -> str:
    return word[:3].casefold()


@cache
def standards_by_name() -> tuple[dict[str, re.Pattern[str]], dict[str, tuple[Standard, ...]]]:
    """Patterns for all names (abbreviations as they are, words in any case) by their first three letters,
    and who bears each."""
    bearers: dict[str, dict[int, Standard]] = {}
    for standard in known_forms():
        for name in standard.names:
            bearers.setdefault(_key(name), {})[id(standard)] = standard
    groups: dict[str, list[str]] = {}
    for name in sorted({n for s in known_forms() for n in s.names}, key=len, reverse=True):
        first = _WORD.match(name)
        part = re.escape(name) if _short(name) else f"(?i:{re.escape(name)})"
        groups.setdefault(_beginning(first.group() if first else name), []).append(part)
    patterns = {
        key: re.compile(rf"(?<![A-Za-z\\])(?:{'|'.join(parts)})(?:s|es)?(?![A-Za-z])")
        for key, parts in groups.items()
    }
    return patterns, {key: tuple(found.values()) for key, found in bearers.items()}


def _mentions(text: str) -> list[re.Match[str]]:
    """The names in a text, in their order, none inside another."""
    patterns, _ = standards_by_name()
    found: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        if found and word.start() < found[-1].end():
            continue
        pattern = patterns.get(_beginning(word.group()))
        match = pattern.match(text, word.start()) if pattern is not None else None
        if match is not None:
            found.append(match)
    return found


_EVERYDAY = frozenset(
    ["geometric", "variance", "return", "returns", "precision", "recall", "accuracy", "momentum", "distance",
     "attention", "covariance", "residual", "surrogate", "advantage", "discriminator", "homogeneity",
     "completeness", "ridge", "lasso", "binomial", "projection"]
)  # fmt: skip


_WORD_IN_LATEX = re.compile(
    r"\\(?:text|mathrm|operatorname|mathsf|texttt|mathtt)\w*\*?\s*\{+((?:[^{}\\]|\\[_ ])*)\}"
)


_IDENTIFIER = re.compile(r"(?:[a-z]\w{2,}|[A-Z]\w*[A-Z_]\w*)$")  # hard_tanh, HuberLoss; no word of a sentence


def squashed(name: str) -> str:
    """A name without what differs between its spellings: ``hard_tanh``, ``Hardtanh``, ``hard-tanh``."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


@cache
def standards_by_spelling() -> dict[str, tuple[Standard, ...]]:
    found: dict[str, dict[int, Standard]] = {}
    for standard in known_forms():
        for name in standard.names:
            found.setdefault(squashed(name), {})[id(standard)] = standard
    return {name: tuple(bearers.values()) for name, bearers in found.items()}


def _short(name: str) -> bool:
    return len(name) <= 5 and not name.islower()


def _key(name: str) -> str:
    return re.sub(r"[-\s]+", " ", name if _short(name) else name.casefold()).strip()


def named(passage: Passage, statement: Statement) -> Iterator[tuple[Standard, str]]:
    """The standards that the words around a statement name, the nearest name first, each once."""
    words = [w.replace("\\", "") for w in _WORD_IN_LATEX.findall(passage.latex)]
    near = [
        *words,
        *re.findall(r"[A-Za-z]{3,}|(?<![A-Za-z\\])[A-Z]{2}", passage.latex),
        passage.label or "",
        passage.row_label or "",
    ]
    texts = [
        " ; ".join(near),
        passage.before[-LEADING:],
        passage.after[:TRAILING],
        passage.following[:TRAILING],
        passage.headings[-1] if passage.headings else "",
        _spaced(passage.fragment.within),
    ]
    seen: set[int] = set()
    for word in (*words, *_spaced(passage.fragment.within).split(" ; ")):
        for standard in standards_by_spelling().get(squashed(word), ()) if _IDENTIFIER.match(word) else ():
            if id(standard) not in seen:
                seen.add(id(standard))
                yield standard, word
    _, bearers = standards_by_name()
    for at, text in enumerate(texts):
        text = text.replace("-\n", "-").replace("\n", " ")
        for m in reversed(_mentions(text)):
            if at and m.group() in _EVERYDAY and len(text) - m.end() > BESIDE:
                continue
            for key in (
                _key(m.group()),
                _key(m.group().removesuffix("s")),
                _key(m.group().removesuffix("es")),
            ):
                for standard in bearers.get(key, ()):
                    if id(standard) not in seen:
                        seen.add(id(standard))
                        yield standard, m.group()


def _spaced(within: str) -> str:
    """The function whose docstring it is: ``HuberLoss`` as it is and in words, ``huber_loss`` in words."""
    name = _documented(within)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.removesuffix("_gen")).replace("_", " ")
    return f"{name} ; {words}" if name else ""


def _documented(within: str) -> str:
    """The last name of what has the docstring in which a formula stands; "" if it stands elsewhere."""
    return within.rpartition(" ")[2].rpartition(".")[2] if within.startswith("docstring") else ""


def own_names(passage: Passage, sides: list[Shape]) -> frozenset[str]:
    """The names that belong to a formula alone, squashed: the word that it defines, the function in whose
    docstring it stands, the label before it, the words of its row."""
    words = [_spelled_out(sides[0])] if len(sides) > 1 else []
    if len(sides) > 1 and sides[0].kind == "at" and sides[0].parts[0].kind == "word":
        words.append(sides[0].parts[0].name)
    words.append(_documented(passage.fragment.within).removesuffix("_gen"))
    words += [passage.row_label or "", (passage.label or "") if passage.labelled else ""]
    return frozenset(spelled for word in words if (spelled := squashed(word)))


def names_beside(passage: Passage, sides: list[Shape]) -> frozenset[str]:
    """The names that the other statements of a display define, squashed."""
    statements = parse(passage.latex).statements
    if len(statements) < 2:
        return frozenset()
    lefts = (shape_of(s.sides[0]) for s in statements if len(s.sides) > 1)
    return frozenset(squashed(_spelled_out(left)) for left in lefts if left != sides[0]) - {""}


def _spelled_out(left: Shape) -> str:
    """The word that a left side is, also if it is typed as letters: ``A I C``."""
    if left.kind == "mul" and name_like(left):
        return "".join(part.name for part in left.parts)
    return left.name if left.kind in ("word", "call") else ""


def name_like(shape: Shape) -> bool:
    """Whether a left side can be what is defined: a name, perhaps with arguments, indices or a power."""
    if shape.kind in ("pow", "prime", "T"):
        return name_like(shape.parts[0])
    if shape.kind == "mul":  # a name of several letters, typed without \\text
        return all(p.kind in ("sym", "at") for p in shape.parts) and shape.parts[0].name.isupper()
    if shape.kind == "big":  # a word with limits
        return shape.name not in ("sum", "prod", "max", "min", "argmax", "argmin", "lim", "sup", "inf")
    elementary = shape.kind == "call" and shape.name in ("exp", "log", "sin", "cos", "max", "min")
    return shape.kind in ("sym", "at", "word", "call", "norm", "inner", "other") and not elementary
