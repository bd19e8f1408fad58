"""Lines, columns and gaps: where one statement ends and the next begins."""

from __future__ import annotations

from symcheck.latex import notation
from symcheck.latex.tokens import Token

_CONTINUES = {"+", "-", "=", "<", ">"}


def _is_operator(t: Token) -> bool:
    if t.kind == "symbol":
        return t.text in _CONTINUES or t.text in ("/", "*")
    tables = (notation.RELATIONS, notation.PRODUCTS, notation.SUMS, notation.ARROWS)
    return t.kind == "command" and any(t.text in table for table in tables)


def _joins(before: Token, after: Token) -> bool:
    """A gap between these two separates nothing."""
    implies = any(t.kind == "command" and t.text in notation.LOGIC for t in (before, after))
    return implies or _is_operator(before)


def segments(tokens: list[Token]) -> list[list[Token]]:
    """The statements of a formula as token lists, each ended by a ``stop``.

    ``\\quad`` and line breaks separate statements; a line that starts with an operator, or follows one
    that ends with an operator, goes on with the statement before."""
    out: list[list[Token]] = [[]]
    environments: list[str] = []
    depth = 0
    k = 0
    while k < len(tokens) - 1:
        t = tokens[k]
        k += 1
        if t.kind == "symbol":
            depth += (t.text in "{(" or t.text in ("[", "\\{")) - (t.text in ("}", ")", "]", "\\}"))
        if t.kind == "begin":
            environments.append(t.value)
            if t.value in notation.ALIGNMENTS:
                continue
        elif t.kind == "end":
            name = environments.pop() if environments else t.value
            if name in notation.ALIGNMENTS:
                continue
        elif all(e in notation.ALIGNMENTS for e in environments):
            if t.kind == "symbol" and t.text == "&":
                continue
            if t.kind == "break":
                k = _line_break(tokens, k, out, depth)
                continue
            if t.kind == "gap" and depth <= 0:
                if out[-1] and not (_joins(out[-1][-1], tokens[k]) or _only_words(tokens, k)):
                    out.append([])
                continue
        out[-1].append(t)
    end = tokens[-1]
    return [[*s, end] for s in out if s]


def _only_words(tokens: list[Token], k: int) -> bool:
    """A remark follows the gap: ``\\qquad \\text{(1st moment)}``, ``\\quad \\text{if } x > 0``."""
    t = tokens[k]
    return (
        t.kind == "text"
        and t.text != "word"
        and (
            t.value.strip()[:1] == "("
            or t.value.strip(" ,:").lower() in notation.CONDITION_WORDS | {"and", "or"}
        )
    )


def _line_break(tokens: list[Token], k: int, out: list[list[Token]], depth: int) -> int:
    while tokens[k].kind in ("gap", "break") or (tokens[k].kind == "symbol" and tokens[k].text == "&"):
        k += 1
    following = tokens[k]
    if depth > 0 or (out[-1] and _is_operator(out[-1][-1])):
        return k
    stacked = following.kind == "command" and following.text in ("stackrel", "overset")
    if out[-1] and (stacked or (_is_operator(following) and following.text != "sim")):
        while out[-1] and out[-1][-1].kind == "symbol" and out[-1][-1].text == ",":
            out[-1].pop()
        return k
    out.append([])
    return k
