"""What an input goes through, and what must hold of the outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import scipy.integrate  # noqa: F401  (workers start with it: gate.preload)

from fuzzing import forgeries, grammar, pages
from fuzzing.damage import damaged
from symcheck.gate.documents import Document, DocumentError, decode, read_text
from symcheck.gate.documents.macros import EndlessMacro, Macros
from symcheck.gate.judge import judge
from symcheck.gate.model import Finding, Status
from symcheck.latex import LatexError, NotRead, interpret, parse, tokenize

CORPUS = Path(__file__).parents[2] / "fuzz" / "corpus"


class Broken(AssertionError):
    """Something that must hold of the outcome does not."""


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


@dataclass(frozen=True)
class Target:
    """``make`` an input, ``process`` it to a word that says how it ended.

    ``share``    of all inputs of a campaign;
    ``seconds``  of processor time that one input may take;
    ``allowed``  audit events that are no harm here;
    ``stops``    whether being stopped at the limit is what is promised (a formula is judged in a worker
                 that is killed), or is a defect.
    """

    name: str
    make: Callable[[Random], Any]
    process: Callable[[Any], str]
    share: float
    seconds: float = 2.0
    allowed: frozenset[str] = frozenset()
    stops: bool = False


@cache
def seeds(ending: str) -> tuple[str, ...]:
    """The committed inputs with this ending."""
    files = sorted(CORPUS.glob(f"*{ending}"))
    return tuple(decode(f.read_bytes(), f.name) for f in files)


def _or_seed(ending: str, make: Callable[[Random], str], times: int = 3) -> Callable[[Random], str]:
    """Something made or, one time in five, from the corpus; damaged a little."""

    def chosen(chance: Random) -> str:
        known = seeds(ending)
        text = chance.choice(known) if known and chance.random() < 0.2 else make(chance)
        return damaged(text, chance, times)

    return chosen


# formulas


def _tokens(text: str) -> str:
    try:
        tokens = tokenize(text)
    except LatexError as error:
        _require(0 <= error.offset <= len(text), f"an offset outside the text: {error.offset}")
        return "refused"
    at = 0
    for token in tokens:
        _require(at <= token.span.start <= token.span.end <= len(text), f"spans out of order at {token}")
        at = token.span.start
    _require(tokens[-1].kind == "stop", "no end")
    return "tokens"


def _within(not_read: NotRead | None, text: str) -> None:
    if not_read is not None:
        span = not_read.span
        _require(0 <= span.start <= span.end <= len(text), f"a span outside the text: {span}")


def _parsed(text: str) -> str:
    tree = parse(text)
    _within(tree.not_read, text)
    for statement in tree.statements:
        _require(0 <= statement.span.start <= statement.span.end <= len(text), "a statement outside the text")
        _within(statement.not_read, text)
    return "read" if tree.not_read is None else "not read"


def _typed(text: str) -> str:
    reading = interpret(parse(text))
    for not_read in (reading.not_read, *(s.not_read for s in reading.sentences)):
        _within(not_read, text)
    for problem in reading.problems:
        _require(
            0 <= problem.span.start <= problem.span.end <= len(text), f"a problem outside the text: {problem}"
        )
    sides = [s for sentence in reading.sentences for s in sentence.sides]
    return "meaning" if any(s.expr is not None for s in sides) else "no meaning"


# documents


def _read(text: str, file: str) -> Document | None:
    try:
        document = read_text(decode(text.encode("utf-8", "surrogatepass"), file), file)
    except DocumentError as error:
        _require(
            str(error).startswith(file) and len(str(error)) > len(file) + 5,
            f"an error without a place: {error}",
        )
        _require(error.line is None or error.line >= 1, f"an error outside the file: {error}")
        return None
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for fragment in [p.fragment for p in document.passages] + [f.fragment for f in document.flaws]:
        for line, column in (fragment.start, fragment.end, *(p[1:] for p in fragment.pieces)):
            inside = 1 <= line <= len(rows) and 1 <= column <= len(rows[line - 1]) + 2
            _require(inside, f"a formula outside the file: {line}:{column} of {fragment}")
    return document


def _reader(file: str) -> Callable[[str], str]:
    def process(text: str) -> str:
        document = _read(text, file)
        return "refused" if document is None else "formulas" if document.passages else "no formula"

    return process


def _judged(text: str) -> str:
    document = _read(text, "t.md")
    statuses: set[Status] = set()
    for passage in document.passages[:3] if document is not None else ():
        found = judge(passage)
        _require((found.status is Status.UNCHECKED) == (found.reason is not None), f"no reason: {found}")
        _require(all(map(_placed, found.findings)), f"a finding without a place: {found}")
        statuses.add(found.status)
    ranked = [
        s for s in (Status.ERRATA, Status.VERIFIED, Status.MATCHED, Status.CONDITIONAL) if s in statuses
    ]
    return ranked[0].value if ranked else "unchecked" if statuses else "no formula"


def _placed(finding: Finding) -> bool:
    return (1, 1) <= (finding.line, finding.column) <= (finding.end_line, finding.end_column)


def _matching(chance: Random) -> str:
    """A formula under a name that the gate knows: what is compared most closely."""
    name, right = chance.choice(grammar.known())
    text = right if chance.random() < 0.5 else grammar.formula(chance)
    text = damaged(text, chance, 2).replace("\n", " ")
    if chance.random() < 0.3:
        return f"# {name}\n\n| Name | Formula | Derivative |\n|---|---|---|\n| {name} | ${text}$ | $x$ |\n"
    return f"# {name}\n\n**{name}** is ${text}$ for all $x$.\n"


def _macros(chance: Random) -> str:
    return damaged(f"{chance.choice(pages.MACROS)}{chance.choice(pages.MACROS)} {pages.math(chance)} "
                   f"{chance.choice(pages.CALLS)}{chance.choice(pages.CALLS)}", chance)  # fmt: skip


def _expanded(text: str) -> str:
    macros = Macros()
    macros.define(text)
    try:
        found = macros.expanded(text)
    except EndlessMacro as error:
        _require(0 <= error.start <= error.stop <= len(text), "a call outside the text")
        return "endless"
    _require(len(found.text) <= 60_000, f"{len(found.text)} characters")
    _require(all(0 <= at <= len(text) for _, at in found.pieces), "a place outside the text")
    return "expanded"


_PARSING = frozenset({"compile", "open '', 'rb', 0"})

TARGETS = {
    t.name: t
    for t in (
        Target("tokens", _or_seed(".formula", grammar.formula), _tokens, 0.27),
        Target("parser", _or_seed(".formula", grammar.formula), _parsed, 0.274),
        Target("typing", _or_seed(".formula", grammar.formula, 2), _typed, 0.07, 5.0),
        Target("matching", _matching, _judged, 0.022, 10.0, stops=True),
        Target("macros", _macros, _expanded, 0.08),
        Target("markdown", _or_seed(".md", pages.markdown), _reader("t.md"), 0.08, 5.0),
        Target("tex", _or_seed(".tex", pages.tex), _reader("t.tex"), 0.05, 5.0),
        Target("rest", _or_seed(".rst", pages.rest), _reader("t.rst"), 0.04, 5.0),
        Target("notebook", _or_seed(".ipynb", pages.notebook), _reader("t.ipynb"), 0.05, 5.0),
        # ``ast.parse`` compiles (what would be run were executed, too) and for its message opens no file
        Target("docstrings", _or_seed(".py", pages.python), _reader("t.py"), 0.03, 5.0, _PARSING),
        Target("checker", forgeries.forged, forgeries.tried, 0.034, 10.0),
    )
}  # fmt: skip
