"""Words that turn the name beside a formula into the name of something else.

``the hazard rate of the Weibull distribution`` is not its density, ``the inverse is computed as`` not the
function, and ``a variant of SGD`` not SGD.  What such words announce may come close to a known form of the
thing named, and is no slip of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from symcheck.gate.documents import Passage
from symcheck.gate.near import Slip
from symcheck.gate.slips import Form
from symcheck.latex import Statement
from symcheck.latex.tree import Call, Subscript, Symbol

LEADING = 300  # characters of text in front of a formula that can name what it defines
TRAILING = 120
BEFORE = 240
"""Characters in front of a formula, of its sentence and the one before it."""

_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n")
_DERIVED = re.compile(
    r"(?i)\b(?:inverse|hazards?(?:[ -](?:rate|function))?|cumulative hazard|survival|survivor|reliability|"
    r"quantile|percent[- ]point|percentile|characteristic function|generating function|odds|"
    r"low(?:er)?[- ]fidelity)\b"
)
_VARIANT = re.compile(
    r"(?i)\b(?:variants?|variations?|modification|generali[sz]ation|extension|adaptation|modif(?:y|ies|ied)|"
    r"generali[sz]es?|extends?|adapts?|unlike)\s+(?:(?:of|to|on|the|a|an|standard|usual|original)\s+)*"
    r"(?::\w+:`~?(?:\w+\.)*)?"
)
_QUALIFIED = re.compile(
    r"(?i)(?:squared?[ -]root|sqrt|log|weighted|modified|generali[sz]ed|smooth(?:ed)?|relaxed|adaptive|"
    r"inverse|signed|truncated|scaled|unnormali[sz]ed|approximate|partial)[ _-]?$"
)
_AT_A_POINT = re.compile(
    r"(?i)\bvalues?\s+(?:of|at|for|in)\s+(?:the\s+)?(?:null|zero|zeroth|origin|centre|center|constant|first|last|"
    r"boundary|mode|maximum|minimum|peak|limit)\b"
)
_LIFETIMES = re.compile(r"(?i)\b(?:hazards?|survival|survivor|lifetimes?|time[- ]to[- ]event)\b")
_OF_LIFETIMES = frozenset({"S", "h", "H", "Lambda", "Q"})


def gives_another(passage: Passage, statement: Statement, form: Form, name: str) -> bool:
    """Whether the words in front of a statement say that it gives something other than ``name``."""
    if announces_another(passage, (name, *form.standard.names)):
        return True
    around = passage.before + passage.after + passage.following
    return _head(statement) in _OF_LIFETIMES and form.left is None and bool(_LIFETIMES.search(around))


def announces_another(passage: Passage, names: Sequence[str]) -> bool:
    """Whether what follows is said to be the inverse of something, its hazard rate, its value at one point,
    or a variant of one of ``names``."""
    own = " ".join(names).casefold()
    if _AT_A_POINT.search(_last(passage.before)):
        return True
    if any(m.group().casefold() not in own for m in _DERIVED.finditer(_last(passage.before))):
        return True
    known = tuple(name.casefold() for name in names)
    within = passage.fragment.within
    if any(_qualifies(text, name) for text in (within, _last(passage.before)) for name in known):
        return True
    return any(
        passage.before[m.end() :].casefold().startswith(known) for m in _VARIANT.finditer(passage.before)
    )


def _qualifies(text: str, name: str) -> bool:
    """Whether a word in front of a name makes it another: ``SqrtLasso``."""
    at = text.casefold().rfind(name)
    return at > 0 and bool(_QUALIFIED.search(text[:at]))


def _last(text: str) -> str:
    """The sentence that leads to a formula, or the one before it if hardly any of that is there."""
    sentences = [s for s in _END.split(text[-BEFORE:]) if s.strip()]
    return sentences[-1] if sentences else ""


def _head(statement: Statement) -> str | None:
    """The letter of the function that a statement gives."""
    left = statement.sides[0]
    function = left.function if isinstance(left, Call) else left
    while isinstance(function, Subscript):
        function = function.base
    return function.name if isinstance(function, Symbol) and isinstance(left, Call) else None


def speaks_of_losses(passage: Passage) -> bool:
    """Whether the text speaks of losses, and of nothing that is made as large as possible."""
    text = " ".join((passage.before[-LEADING:], passage.after[:TRAILING], passage.latex, passage.label or ""))
    return bool(_LOSS.search(text)) and not _GAIN.search(_NEGATIVE.sub("", text))


_LOSS = re.compile(r"(?i)\b(?:loss(?:es)?|minimi[sz]\w*|cost function|entropy|divergence)\b|negative log")
_NEGATIVE = re.compile(r"(?i)negative[\s-]+log[\s-]*likelihood")
_GAIN = re.compile(r"(?i)maximi[sz]|likelihood|reward|objective|bound|score|utility|ascent")


def unsigned(passage: Passage, slips: Sequence[Slip]) -> bool:
    """Whether bars are missing around what the text says is not negative."""
    if [(s.kind, s.wanted.kind) for s in slips] != [("missing function", "abs")]:
        return False
    text = " ".join((passage.before[-LEADING:], passage.after[:TRAILING], passage.following[:TRAILING]))
    return bool(_NOT_NEGATIVE.search(text))


_NOT_NEGATIVE = re.compile(r"\\math(?:bf|bb) *\{?R\}?(?:\^\{?\w\}?)?_\{?\+")
