"""String literals of Python and JSON, decoded with the place of each character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from symcheck.gate.documents.located import Located

_PYTHON_ESCAPE = re.compile(
    r"\\(?:(?P<line>\n)|(?P<octal>[0-7]{1,3})|x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})"
    r"|U(?P<U>[0-9A-Fa-f]{8})|N\{(?P<name>[^}]+)\}|(?P<one>[\\'\"abfnrtv]))"
)
_PYTHON_ONE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_JSON_ESCAPE = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9A-Fa-f]{2})\\u(?P<low>[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|u(?P<u>[0-9A-Fa-f]{4})|(?P<one>[\\/\"bfnrt]))"
)
_JSON_ONE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# the readers take lines that end in \n, and no NUL
_SET_RIGHT = {"\r": "", "\0": "\N{REPLACEMENT CHARACTER}"}


# commands of which an escape takes the first letters: those of letters a, b, f, n, r, t and v
_COMMAND = re.compile(
    r"\\(?:alpha|approx|arg|ast|bar|begin|beta|big|Big|binom|boldsymbol|bm|bigl|bmod|forall|frac|nabla|neq?|neg|nu"
    r"|not|rangle|rceil|rfloor|rho|right|rVert|rvert|tanh?|tau|text\w*|theta|tilde|times|to|top|triangleq|varepsilon"
    r"|varphi|varrho|varsigma|vartheta|vdots|vec|vee|vert)(?![A-Za-z])"
)


def eaten_commands(text: str, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
    """TeX commands in the Python literal ``text[start:stop]`` whose first letters are an escape: start, end
    and the escape.  A tab or line end may be meant, so these count only between dollars or in a role."""
    prefix = re.compile(r"[A-Za-z]*").match(text, start)
    if prefix is not None and "r" in prefix.group().lower():
        return
    for m in _PYTHON_ESCAPE.finditer(text, start, stop):
        command = _COMMAND.match(text, m.start()) if m["one"] in ("a", "b", "f", "n", "r", "t", "v") else None
        if command is None:
            continue
        before = text[text.rfind("\n", 0, m.start()) + 1 : m.start()]
        inside = before.count("$") % 2 == 1 or re.search(r":math:`[^`]*\Z", before) is not None
        if inside or m["one"] in "abfv":
            yield command.start(), command.end(), m.group()


class LiteralError(ValueError):
    """Something in a literal that cannot be decoded."""


def _decoded(text: str, start: int, stop: int, escape: re.Pattern[str], one: Mapping[str, str]) -> Located:
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = 0
    at = start
    while at < stop:
        m = escape.search(text, at, stop)
        plain = m.start() if m is not None else stop
        if plain > at:
            parts.append(text[at:plain])
            pieces.append((length, at))
            length += plain - at
        if m is None:
            break
        value = _value(m, one)
        value = _SET_RIGHT.get(value, value)
        if value:
            parts.append(value)
            pieces.append((length, m.start()))
            length += len(value)
        at = m.end()
    return Located("".join(parts), tuple(pieces) or ((0, start),))


def _value(m: re.Match[str], one: Mapping[str, str]) -> str:
    found = {name: value for name, value in m.groupdict().items() if value is not None}
    name, value = next(iter(found.items()))
    match name:
        case "line":
            return ""
        case "octal":
            return chr(int(value, 8))
        case "name":
            try:
                return unicodedata.lookup(value)
            except KeyError:
                raise LiteralError(f"\\N{{{value}}} is no character") from None
        case "high":
            return chr(0x10000 + ((int(value, 16) - 0xD800) << 10) + (int(found["low"], 16) - 0xDC00))
        case "one":
            return one.get(value, value)
    code = int(value, 16)
    if code > 0x10FFFF:
        raise LiteralError(f"\\U{value} is no character")
    return chr(code) if not 0xD800 <= code < 0xE000 else "\N{REPLACEMENT CHARACTER}"  # half a character


def python_string(text: str, start: int, stop: int) -> Located:
    """The value of the literal ``text[start:stop]``, quotes and prefix included."""
    m = re.compile(r"([A-Za-z]*)('''|\"\"\"|'|\")").match(text, start, stop)
    if m is None or not text.endswith(m[2], m.end(), stop):
        raise LiteralError("no string literal")
    inside = m.end(), stop - len(m[2])
    if "r" in m[1].lower():
        return Located(text[slice(*inside)], ((0, inside[0]),))
    return _decoded(text, *inside, _PYTHON_ESCAPE, _PYTHON_ONE)


def json_string(text: str, start: int, stop: int) -> Located:
    """The value of the JSON string whose text between the quotes is ``text[start:stop]``."""
    return _decoded(text, start, stop, _JSON_ESCAPE, _JSON_ONE)
