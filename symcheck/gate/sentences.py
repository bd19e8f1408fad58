"""Printed lines of the catalog that are words alone, found in the text of a document.

"Convex, so there is a single global minimum" holds no formula that could be judged.  Where the catalog keeps
such a line with a claim that does not hold as it stands, the same words in a document get what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from formulas.catalog import catalog
from formulas.schema import Claim, Formula, Verdict
from symcheck.gate.context import DISCLAIMER
from symcheck.gate.documents import Remark
from symcheck.gate.page import conditions, judged_lines, refutation, sentence

_WORD = re.compile(r"\w+")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_NEAR = 200
"""Characters around a sentence in which a text may say that it is wrong, or what it needs."""


def known_sentences(text: str) -> Iterator[Remark]:
    """The known sentences of a text, in no order, less those that the text itself calls wrong."""
    for pattern, formula, claim in _sentences():
        for m in pattern.finditer(text):
            near = text[max(0, m.start() - _NEAR) : m.end() + _NEAR]
            if DISCLAIMER.search(near) or _in_code(text, m.start()):
                continue
            found = _remark(m.start(), m.end(), formula, claim, near.casefold())
            if found is not None:
                yield found


def _in_code(text: str, at: int) -> bool:
    """Whether a place lies between backticks: quoted, and not said."""
    line = text.rfind("\n", 0, at) + 1
    return text.count("`", line, at) % 2 == 1 or len(_FENCE.findall(text, 0, line)) % 2 == 1


def _remark(start: int, stop: int, formula: Formula, claim: Claim, near: str) -> Remark | None:
    if claim.expected is Verdict.CONDITIONAL:
        if any(words.casefold() in near for words in claim.stated_by):
            return None
        needs = {"conditions": conditions(claim)}
        return Remark(start=start, stop=stop, rule="SC401", values=needs, formula=formula.id)
    counterexample = refutation(formula.id, claim.name)
    if counterexample is None:
        return None
    note = f": {claim.note}" if claim.note else ""
    values = {"name": formula.title, "note": note, "id": formula.id}
    return Remark(
        start=start, stop=stop, rule="SC205", values=values, formula=formula.id, counterexample=counterexample
    )


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], Formula, Claim], ...]:
    found = []
    for formula in catalog().values():
        for printed, claims in judged_lines(formula):
            claim = next((c for c in claims if c.expected is not Verdict.PROVED), None)
            if claim is not None and sentence(printed):
                words = r"[^\w\n]{1,8}".join(map(re.escape, _WORD.findall(printed)))
                found.append((re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE), formula, claim))
    return tuple(found)
