"""Whether the words around an equation pose it, to be solved or supposed, or state it for all values."""

from __future__ import annotations

import re

from symcheck.gate.documents import Passage

_NEAR = 240
_ENDS = re.compile(r"[.!?:]\s+(?=[A-Z])|\n\s*\n")
_STOPS = re.compile(r"[.!?;](?:\s|$)|\n\s*\n")
_OPENS = " \n\t$`\\([:"  # what stands between the words and a formula


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BEFORE = _any(
    r"\b(?:solv(?:e|es|ed|ing)|solutions?|(?:a|the) (?:root|zero) of|(?<!square )roots|zeros of)\b",
    r"\b(?:unknowns?|fixed[- ]points?|(?<!by )(?<!the following )(?<!by the )(?<!from the )equations?)\b",
    r"\b(?:intersect\w*|satisf(?:y|ies|ied|ying)|conditions?|constraints?|constrained|subject to)\b",
    r"\b(?:stationar\w+|critical points?|optim(?:um|al\w*)|minimi[sz]er|maximi[sz]er|equilibri\w+)\b",
    r"\b(?:requir(?:e|es|ed|ing)|we need|must have|equat(?:e|es|ed|ing)|threshold|break-?even)\b",
    r"\b(?:find|seek|choose|pick|setting|(?:we|and) set|determine|look(?:ing)? for)\b[^.]{0,60}$",
    r"\b(?:points?|values?|curves?|lines?|graphs?)\b[^.]{0,25}\b(?:where|at which|for which)\b[^.]{0,30}$",
    r"\bmeet where\b",
    r"\blet\b[^.$]{0,20}$",
    r"\b(?:if|when|whenever|unless|until|once|suppos(?:e|ing)|assum(?:e|es|ed|ing)|such that|so that"
    r"|provided|whether|only for)(?: that)?[^.$]{0,30}$",
)
_AFTER = _any(
    r"^\W{0,4}\s*(?:numerically|in the interval|(?:does not|cannot|must) (?:hold|be)|fails)\b",
    r"^\W{0,4}\s*(?:has|have) (?:no|one|a|two|exactly|at most)\b",
    r"^\W{0,4}\s*(?:is|can be|are)\s+(?:easily )?(?:solved|satisfied|required)\b",
    r"^\W{0,4}\s*(?:holds? )?(?:only|just|exactly|precisely)?\s*(?:if|when|in case)\b",
    r"^\W{0,4}\s*(?:holds? |only |just |exactly |precisely ){1,2}where\b",
    r"^\W{0,4}\s*(?:holds? )?(?:only|just|exactly|precisely)?\s*for\b(?! (?:all|any|every|positive|real)\b)",
    r"\b(?:solv(?:e|ed|ing)|solutions?|roots?|unknown)\b",
)


def posed(passage: Passage) -> bool:
    """Whether the sentence of an equation asks where it holds, or supposes that it does."""
    before = passage.before[-_NEAR:].rstrip(_OPENS)
    starts = [m.end() for m in _ENDS.finditer(before)]
    after = passage.after[:_NEAR]
    stop = _STOPS.search(after)
    if stop is not None and after[stop.start()] == "?":
        return True
    told = after if stop is None else after[: stop.start()]
    return bool(_BEFORE.search(before[starts[-1] if starts else 0 :]) or _AFTER.search(told))


_FOR_ALL = re.compile(
    r"(?<!if )(?<!when )(?<!such that )(?<!suppose that )(?<!suppose )(?<!assume )(?<!whether )"
    r"\b(?:for|given) (?:all|any|every|each|arbitrary)\b"
    r"(?: (?:real|complex|positive|two|numbers?|values? of|scalars?))*"
    r"[\s$(\\]*[A-Za-z][^.;:]{0,60}$|\bthe (?:following )?identit(?:y|ies)\W*$",
    re.IGNORECASE,
)


def stated_for_all(passage: Passage) -> bool:
    """Whether the words right before an equation say that it holds for all values of its letters."""
    return bool(_FOR_ALL.search(passage.before[-_NEAR:].rstrip(_OPENS)))


__all__ = ["posed", "stated_for_all"]
