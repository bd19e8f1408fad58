"""Macros of a project: definitions found in documents and macro files, expanded inside formulas.

Expansion works on TeX tokens as TeX does it, without categories and groups: a name, its arguments, the body
in its place.  Each character of the result knows the place of the call it came from.  The work is bounded,
so a macro that calls itself is an error with a place and no hang.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symcheck.gate.documents.located import Located

MAX_CALLS = 2_000  # in one formula
MAX_CHARACTERS = 20_000  # of a formula before and after
MAX_ARITY = 9

_TOKEN = re.compile(r"\\(?:[A-Za-z@]+|.|$)|%[^\n]*\n?|#[1-9]|\s+|.", re.DOTALL)
_COMMAND = re.compile(r"\\(?:[A-Za-z@]+|.)", re.DOTALL)
_WORD = re.compile(r"\\[A-Za-z@]+")


@dataclass(frozen=True)
class Macro:
    """``body`` has ``#1`` … for its arguments; with a ``default`` the first one is optional, in brackets.
    ``final``: the body is not expanded again (``\\let`` to something that is no macro).  ``starred``: a call
    may have a star that changes nothing here."""

    name: str
    body: str
    arity: int = 0
    default: str | None = None
    final: bool = False
    starred: bool = False


class EndlessMacro(Exception):
    """Expansion exceeds its bounds.  ``start`` and ``stop`` are the place of the call in the formula."""

    def __init__(self, name: str, start: int, stop: int) -> None:
        super().__init__(name)
        self.name, self.start, self.stop = name, start, stop


@dataclass(frozen=True, slots=True)
class _Token:
    """A token and the stretch of the original text that it stands for; ``called``: it comes out of a macro
    that was called there, and ``closes`` says that it is the last of its body."""

    text: str
    start: int
    stop: int
    called: bool = False
    closes: bool = False
    final: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    for m in _TOKEN.finditer(text):
        yield _Token(m.group(), m.start(), m.end())


class Macros:
    """Macros by name."""

    def __init__(self, macros: Iterable[Macro] = ()) -> None:
        self._known: dict[str, Macro] = {m.name: m for m in macros}

    def copy(self) -> Macros:
        return Macros(self._known.values())

    def __iter__(self) -> Iterator[Macro]:
        return iter(self._known.values())

    def __len__(self) -> int:
        return len(self._known)

    def define(self, text: str) -> list[tuple[int, int]]:
        """Take in the definitions that ``text`` holds; returns the stretches in which they stand."""
        spans: list[tuple[int, int]] = []
        for start, stop, macro, only_new in definitions(text):
            spans.append((start, stop))
            if macro is None or (only_new and macro.name in self._known):
                continue
            if macro.final and macro.body in self._known:
                other = self._known[macro.body]
                macro = Macro(macro.name, other.body, other.arity, other.default, other.final)
            self._known[macro.name] = macro
        return spans

    def expanded(self, text: str) -> Located:
        """``text`` less its definitions, which hold from here on, with every call expanded.

        The offsets are those of ``text``.  Raises ``EndlessMacro``.
        """
        whole = Located(text, ((0, 0),))
        if len(text) > MAX_CHARACTERS:
            return whole
        if "\\" not in text:
            return whole
        names = set(_COMMAND.findall(text))
        if names & DEFINING:
            spans = self.define(text)
            kept = list(_tokens(text))
            kept = [t for t in kept if not any(start <= t.start < stop for start, stop in spans)]
            return self._expand(kept)
        if names.isdisjoint(self._known):
            return whole
        return self._expand(_tokens(text))

    def _expand(self, tokens: Iterable[_Token]) -> Located:
        todo = deque(tokens)
        out: list[_Token] = []
        calls = size = 0
        while todo:
            token = todo.popleft()
            macro = None if token.final else self._known.get(token.text)
            if macro is None:
                size += len(token.text)
                out.append(token)
            else:
                calls += 1
                arguments, stop = _arguments(todo, macro, token.stop)
                body = self._body(macro, arguments, token, stop if not token.called else token.stop)
                todo.extendleft(reversed(body))
            if calls > MAX_CALLS or size > MAX_CHARACTERS or len(todo) > 2 * MAX_CHARACTERS:
                raise EndlessMacro(token.text, token.start, token.stop)
        return _joined(out)

    @staticmethod
    def _body(macro: Macro, arguments: list[list[_Token]], call: _Token, stop: int) -> list[_Token]:
        parts = [m.group() for m in _TOKEN.finditer(macro.body)]
        out: list[_Token] = []
        for at, part in enumerate(parts):
            if part[0] == "#" and len(part) == 2 and part[1].isdigit():
                number = int(part[1])
                out += arguments[number - 1] if number <= len(arguments) else []
            else:
                closes = at == len(parts) - 1 and (not call.called or call.closes)
                out.append(_Token(part, call.start, stop, True, closes, macro.final))
        return out


def _arguments(todo: deque[_Token], macro: Macro, stop: int) -> tuple[list[list[_Token]], int]:
    """The arguments of a call, taken from the front of ``todo``, and where the call ends."""
    found: list[list[_Token]] = []
    if macro.starred and todo and todo[0].text == "*":
        stop = todo.popleft().stop
    if macro.default is not None:
        taken = _bracketed(todo)
        if taken is None:
            found.append([_Token(m.group(), stop, stop, True) for m in _TOKEN.finditer(macro.default)])
        else:
            inside, stop = taken
            found.append(inside)
    while len(found) < macro.arity:
        spaces: list[_Token] = []
        while todo and (todo[0].text.isspace() or todo[0].text[0] == "%"):
            spaces.append(todo.popleft())
        if not todo or todo[0].text in ("}", "&", "\\\\"):
            todo.extendleft(reversed(spaces))
            break
        first = todo.popleft()
        stop = first.stop
        if first.text != "{":
            found.append([first])
            continue
        depth, group = 1, []
        while todo:
            token = todo.popleft()
            stop = token.stop
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0:
                break
            group.append(token)
        found.append(group)
    return found, stop


def _bracketed(todo: deque[_Token]) -> tuple[list[_Token], int] | None:
    at = next((k for k, t in enumerate(todo) if not t.text.isspace()), None)
    if at is None or todo[at].text != "[":
        return None
    depth = 0
    for k in range(at + 1, len(todo)):
        text = todo[k].text
        depth += (text == "{") - (text == "}")
        if text == "]" and depth == 0:
            taken = [todo.popleft() for _ in range(k + 1)]
            return taken[at + 1 : -1], taken[-1].stop
    return None


def _joined(tokens: list[_Token]) -> Located:
    text: list[str] = []
    pieces: list[tuple[int, int]] = []
    length = 0
    before: _Token | None = None
    for token in tokens:
        if before is not None and _WORD.fullmatch(before.text) and token.text[0].isalpha():
            # a name that a macro left in front of a letter would swallow it
            pieces.append((length, token.start))
            text.append(" ")
            length += 1
        if token.called:
            pieces += [(length + k, token.start) for k in range(len(token.text))]
            if token.closes:
                pieces[-1] = (pieces[-1][0], max(token.stop - 1, token.start))
        else:
            pieces.append((length, token.start))
        text.append(token.text)
        length += len(token.text)
        before = token
    return Located("".join(text), tuple(pieces) or ((0, 0),))


# definitions

DEFINING = frozenset({
    "\\newcommand", "\\renewcommand", "\\providecommand", "\\DeclareRobustCommand", "\\def", "\\gdef",
    "\\let", "\\DeclareMathOperator", "\\DeclarePairedDelimiter", "\\NewDocumentCommand",
    "\\RenewDocumentCommand",
})  # fmt: skip
_DEFINES = re.compile(f"(?:{'|'.join(re.escape(name) for name in sorted(DEFINING))})(?![A-Za-z@])")
_Found = tuple[int, int, Macro | None, bool]


def definitions(text: str) -> Iterator[_Found]:
    """The definitions in a text, comments aside: start, end, macro, and whether it gives way to an older one.

    What is not understood (delimited parameters, say) is no macro, and calls of it stay as they are.
    """
    at = 0
    for m in _DEFINES.finditer(text):
        line = text.rfind("\n", 0, m.start()) + 1
        if m.start() < at or re.search(r"(?<!\\)(?:\\\\)*%", text[line : m.start()]):
            continue
        reader = _Definition(text, m.end())
        try:
            macro = reader.read(m.group())
        except (IndexError, ValueError):
            continue
        at = reader.end
        yield m.start(), at, macro, m.group() == "\\providecommand"


class _Definition:
    """Reads what stands behind ``\\newcommand`` and its like."""

    def __init__(self, text: str, start: int) -> None:
        self._ahead = _TOKEN.finditer(text, start, min(len(text), start + MAX_CHARACTERS))
        self._tokens: list[_Token] = []  # as many as were looked at: a text may hold many definitions
        self.text = text
        self.at = 0

    @property
    def end(self) -> int:
        return self._tokens[self.at - 1].stop

    def _token(self) -> _Token:
        """The one that comes next.  Raises ``IndexError`` at the end."""
        while len(self._tokens) <= self.at:
            m = next(self._ahead, None)
            if m is None:
                raise IndexError(self.at)
            if not (m.group().isspace() or m.group()[0] == "%"):
                self._tokens.append(_Token(m.group(), m.start(), m.end()))
        return self._tokens[self.at]

    def read(self, command: str) -> Macro | None:
        return self._one(command, self._skip("*"))

    def _one(self, command: str, star: bool) -> Macro | None:
        name = self._name()
        if name is None:
            raise ValueError(command)
        if command == "\\DeclareMathOperator":
            return Macro(name, f"\\operatorname{'*' if star else ''}{{{self._group()}}}")
        if command == "\\DeclarePairedDelimiter":
            left, right = self._group(), self._group()
            return Macro(name, f"\\left{left} #1 \\right{right}", 1, starred=True)
        if command == "\\let":
            self._skip("=")
            return Macro(name, self._next(), final=True)
        if command in ("\\def", "\\gdef"):
            return self._def(name)
        if command.endswith("DocumentCommand"):
            return self._document_command(name)
        arity, default = 0, None
        if self._peek() == "[":
            arity = int(self._brackets())
            if self._peek() == "[":
                default = self._brackets()
        if not 0 <= arity <= MAX_ARITY:
            raise ValueError(arity)
        return Macro(name, self._group(), arity, default)

    def _def(self, name: str) -> Macro | None:
        arity = 0
        plain = True
        while self._peek() != "{":
            parameter = self._next()
            arity += 1
            plain = plain and parameter == f"#{arity}"
        body = self._group()
        return Macro(name, body, arity) if plain and arity <= MAX_ARITY else None

    def _document_command(self, name: str) -> Macro | None:
        kinds = self._group().replace(" ", "")
        body = self._group()
        optional = re.match(r"O\{([^{}]*)\}", kinds)
        rest = kinds[optional.end() :] if optional else kinds
        if set(rest) - {"m"}:
            return None
        return Macro(name, body, len(rest) + bool(optional), optional[1] if optional else None)

    def _peek(self) -> str:
        return self._token().text

    def _next(self) -> str:
        text = self._token().text
        self.at += 1
        return text

    def _skip(self, text: str) -> bool:
        try:
            found = self._peek() == text
        except IndexError:
            return False
        self.at += found
        return found

    def _name(self) -> str | None:
        braced = self._skip("{")
        name = self._next()
        if braced and not self._skip("}"):
            return None
        return name if name[0] == "\\" and len(name) > 1 else None

    def _group(self) -> str:
        """The text of the braced group, or the single token, that comes next."""
        first = self._token()
        self.at += 1
        if first.text != "{":
            return first.text
        depth = 1
        while depth:
            token = self._token()
            self.at += 1
            depth += (token.text == "{") - (token.text == "}")
        return self.text[first.stop : token.start]

    def _brackets(self) -> str:
        first = self._token()
        while self._peek() != "]":
            self.at += 1
        last = self._token()
        self.at += 1
        return self.text[first.stop : last.start]
