"""Comments by which an author speaks to the gate.

``symcheck: ignore`` (or ``ignore=SC201,SC104``), ``symcheck: formula=act.softmax`` and
``symcheck: assume x>0``.  Readers find the comments of their format and know what they stand at; what
they say is read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from symcheck.gate.documents.document import Directives

MAX_LENGTH = 1_000  # characters of a directive
MAX_ASSUMED = 32  # relations that hold for one formula
_MARK = re.compile(r"\s*symcheck\s*:\s*(?P<body>.*?)\s*\Z", re.DOTALL)
_IGNORE = re.compile(r"ignore(?:\s*[=:]?\s*(?P<codes>SC\d{3}(?:[\s,]+SC\d{3})*))?\Z")
_FORMULA = re.compile(r"formula\s*=\s*(?P<id>[a-z]+(?:\.[a-z0-9_]+)+)\Z")
_ASSUME = re.compile(r"assume\s+(?P<relations>\S.*)\Z", re.DOTALL)


class DirectiveError(ValueError):
    """A comment that begins like a directive and is none; the message says what is wrong with it."""


def parse_directive(comment: str) -> Directives | None:
    """What ``comment`` (without its marks) orders; ``None`` if it does not address the gate."""
    marked = _MARK.match(comment)
    if marked is None:
        return None
    body = marked["body"]
    if len(body) > MAX_LENGTH:
        raise DirectiveError(f"'symcheck: {body[:40]} ...' is longer than {MAX_LENGTH:,} characters")
    if m := _IGNORE.match(body):
        return Directives(ignore=_codes(m["codes"] or ""))
    if m := _FORMULA.match(body):
        return Directives(formula=m["id"])
    if m := _ASSUME.match(body):
        return Directives(assume=tuple(r.strip() for r in re.split(r"[;,]", m["relations"]) if r.strip()))
    raise DirectiveError(
        f"'symcheck: {body}' is not understood; there are ignore, ignore=SC201, formula=ID and assume x>0"
    )


def _codes(text: str) -> frozenset[str]:
    from symcheck.gate.rules import rules  # they import the documents, whose pages import this module

    codes = frozenset(re.findall(r"SC\d{3}", text))
    unknown = sorted(codes - rules().keys())
    if unknown:
        raise DirectiveError(f"there is no rule {unknown[0]}, so 'symcheck: ignore={text}' does not hold")
    return codes


def merge(parts: Iterable[Directives]) -> Directives:
    """All of ``parts`` together.  An ``ignore`` without codes covers every rule; of the relations that are
    assumed the first ``MAX_ASSUMED`` are kept."""
    ignore: frozenset[str] | None = None
    formula: str | None = None
    assume: tuple[str, ...] = ()
    for part in parts:
        if part.ignore is not None:
            everything = not part.ignore or (ignore is not None and not ignore)
            ignore = frozenset() if everything else (ignore or frozenset()) | part.ignore
        formula = part.formula or formula
        assume += part.assume
    return Directives(ignore=ignore, formula=formula, assume=assume[:MAX_ASSUMED])
