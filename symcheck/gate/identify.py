"""Which catalog entry a passage speaks of, judged by the words around the formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache

from formulas.catalog import catalog
from formulas.schema import Formula
from symcheck.gate.documents import Passage


class Strength(IntEnum):
    """How firmly words name a formula.  From ``FIRM`` on, a difference from the catalog is a finding;
    a heading stands over many formulas and can only help to recognise one."""

    LOOSE = 1
    FIRM = 2
    STATED = 3


@dataclass(frozen=True)
class Candidate:
    """``formula`` may be what the passage is about; ``words`` said so."""

    formula: Formula
    strength: Strength
    words: str


_WRAPPER = re.compile(r"\\(?:operatorname|text|mathrm|mathbf|mathit)\*?\s*\{([^{}]*)\}")
_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*\.?|[IVX]+\.|[A-Z]\.\d+)\s*[·:.\-–—]?\s+")
_TAIL = re.compile(r"\s+[—–]\s+.*$|\s+-\s+.*$|\s*:\s*$|\s*:\s+.*$|[.,;]+$")
_GENERIC = re.compile(r"\s+(?:activation function|activation|function|formula|definition|equation)$")
_ARTICLE = re.compile(r"^(?:the|a|an)\s+")


def _key(words: str) -> str:
    words = words.casefold().replace("’", "'").replace("ization", "isation").replace("izing", "ising")
    words = re.sub(r"[-‐‑_\s]+", " ", words).strip(" *`\"'“”.,;:")
    return _ARTICLE.sub("", words)


@lru_cache(maxsize=4096)  # the same headings stand over many formulas
def keys_of(words: str) -> tuple[str, ...]:
    """The names under which ``words`` (a label, a heading, a cell) can be meant, each as a look-up key."""
    found: list[str] = []
    words = _TAIL.sub("", _NUMBERING.sub("", words.strip()))
    inner = re.findall(r"\(([^()]*)\)", words)
    outer = re.sub(r"\s*\([^()]*\)", "", words)
    for part in (outer, *inner):
        for name in (part, *re.split(r"\s*/\s*|\s+or\s+", part)):
            key = _key(name)
            if key:
                found += (key, _GENERIC.sub("", key))
    return tuple(found)


@cache
def names() -> dict[str, tuple[Formula, ...]]:
    """Catalog entries by the keys of their names and titles."""
    found: dict[str, dict[str, Formula]] = {}
    for formula in catalog().values():
        for name in (*formula.names, formula.title):
            plain = _WRAPPER.sub(r"\1", name).replace("\\", "")
            key = _key(plain)
            if len(key) > 1:
                found.setdefault(key, {})[formula.id] = formula
    return {key: tuple(formulas.values()) for key, formulas in found.items()}


def named_by(name: str) -> tuple[Formula, ...]:
    """The entries that a name such as the ``KL`` of ``\\mathrm{KL}(p \\| q)`` stands for."""
    return names().get(_key(name), ())


def _named(words: str | None, strength: Strength) -> Iterator[Candidate]:
    for key in keys_of(words or ""):
        for formula in names().get(key, ()):
            yield Candidate(formula, strength, key)


def candidates(passage: Passage) -> list[Candidate]:
    """The entries that the words around a formula name, the firmest first, each once."""
    found: list[Candidate] = []
    stated = passage.directives.formula
    if stated is not None and stated in catalog():
        found.append(Candidate(catalog()[stated], Strength.STATED, stated))
    found += _named(passage.row_label, Strength.FIRM)
    found += _named(passage.label, Strength.FIRM if passage.labelled else Strength.LOOSE)
    if passage.headings:
        found += _named(passage.headings[-1], Strength.LOOSE)
    best: dict[str, Candidate] = {}
    for candidate in sorted(found, key=lambda c: -c.strength):
        best.setdefault(candidate.formula.id, candidate)
    return list(best.values())


_LEAD = re.compile(r"(?:^|[\n.;*•-])\s*([^\W\d_][\w '’()/-]{2,50}?)\s*:[*\s]*[$`\\(\[\s]*$")
_AND = re.compile(r"\s*(?:&|\band\b|[—–+])\s*")
_NAMING = frozenset({"name", "rule", "concept", "metric", "method", "law", "identity", "theorem", "property"})


def widely(passage: Passage, known: Sequence[Candidate]) -> Iterator[Candidate]:
    """``known`` candidates, and after them those that words further away name, or some of the words.

    For these a formula has to say by itself that it is meant."""
    yield from known
    lead = _LEAD.search(passage.before[-80:])
    if lead is not None:
        yield from _named(lead[1], Strength.FIRM)
    if passage.row and passage.row_label is None:
        for cell in passage.row:
            if cell.header.strip(" *").casefold() in _NAMING:
                yield from _named(cell.text, Strength.FIRM)
    for words in (*passage.headings[-2:], passage.label or "", passage.row_label or ""):
        for part in _AND.split(_NUMBERING.sub("", words)):
            yield from _named(part, Strength.LOOSE)
            first = _key(part).split(" (")[0]
            for more in ("product", "network", "rule"):  # "Hadamard" for "Hadamard product"
                yield from _named(f"{first} {more}", Strength.LOOSE)


class Column(IntEnum):
    """What a table column holds, by its header."""

    OTHER = 0
    DEFINITION = 1
    DERIVATIVE = 2


_DEFINING = {"formula", "definition", "function", "expression", "equation", "f(x)", "formulation", "value"}
_DERIVING = {"derivative", "gradient", "jacobian", "f'(x)", "f′(x)", "first derivative"}


def column_role(header: str | None) -> Column:
    words = (header or "").strip(" *").casefold()
    if words in _DEFINING:
        return Column.DEFINITION
    return Column.DERIVATIVE if words in _DERIVING else Column.OTHER
