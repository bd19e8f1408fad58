"""The place in the token list, with the bounds and the bookkeeping that every part of the grammar shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from symcheck.latex import notation
from symcheck.latex.report import Note, NotReadError, Reason, Span
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

MAX_DEPTH = 44
MAX_BARS = 120


class Cursor:
    """Reads ``tokens`` from left to right; raises ``NotReadError`` where the notation ends."""

    def __init__(self, tokens: Sequence[Token], functions: frozenset[str] = frozenset()) -> None:
        self.tokens = list(tokens)
        self.statement: Sequence[Token] = self.tokens  # all of it, where only a part is read here
        self.functions = functions
        self.notes: list[Note] = []
        self.applied: set[str] = set()
        self.multiplied: set[str] = set()
        self.i = 0
        self.depth = 0
        self.bars: list[str] = []
        self.nested = 0
        self.in_integral = 0
        self.sums: list[str] = []  # the indices of the sums and products that are open
        self.head_power = 0
        self.uses_logic = any(t.kind == "command" and t.text in ("vee", "wedge", "neg") for t in tokens)
        if sum(t.text in notation.BARS for t in tokens) > MAX_BARS:
            raise NotReadError(Reason.NOTATION, tokens[0].span | tokens[-1].span, "too many bars")

    # What the other parts of the grammar provide.
    def expr(self, power: int) -> Node:
        raise NotImplementedError

    def factor(self) -> Node:
        raise NotImplementedError

    def atom(self) -> Node:
        raise NotImplementedError

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[max(0, min(self.i + ahead, len(self.tokens) - 1))]

    def next(self) -> Token:
        t = self.peek()
        if t.kind != "stop":
            self.i += 1
        return t

    def at(self, *symbols: str) -> bool:
        t = self.peek()
        return t.kind == "symbol" and t.text in symbols

    def at_command(self, *names: str) -> bool:
        t = self.peek()
        return t.kind == "command" and t.text in names

    def expect(self, symbol: str) -> Token:
        if not self.at(symbol):
            found = self.peek().text or "the end"
            self.fail(f"expected {symbol} but found {found}", unbalanced=symbol == "}")
        return self.next()

    def fail(self, detail: str, span: Span | None = None, unbalanced: bool = False) -> NoReturn:
        raise NotReadError(Reason.NOTATION, span or self.peek().span, detail, unbalanced)

    def note(self, kind: str, span: Span, detail: str = "") -> None:
        self.notes.append(Note(kind, span, detail))

    def since(self, start: int) -> Span:
        """The span from the token number ``start`` to the last one consumed."""
        first = self.tokens[min(start, len(self.tokens) - 1)].span
        return first | self.tokens[self.i - 1].span if self.i > start else Span(first.start, first.start)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail("nesting too deep")
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Inside delimiters: bars pair up anew, and commas and words belong to the contents."""
        bars, self.bars = self.bars, []
        integral, self.in_integral = self.in_integral, 0
        sums, self.sums = self.sums, []
        self.nested += 1
        try:
            yield
        finally:
            self.bars, self.in_integral, self.sums = bars, integral, sums
            self.nested -= 1

    def argument_tokens(self) -> list[Token]:
        """The tokens of the TeX argument at the cursor, which are not consumed."""
        if not self.at("{"):
            return [] if self.peek().kind == "stop" else [self.peek()]
        depth = 0
        for j in range(self.i, len(self.tokens)):
            t = self.tokens[j]
            if t.kind == "symbol":
                depth += (t.text == "{") - (t.text == "}")
            if depth == 0:
                return self.tokens[self.i + 1 : j]
        self.fail("unbalanced braces", unbalanced=True)

    def skip_argument(self) -> Span:
        start = self.i
        self.i += len(self.argument_tokens()) + 2 if self.at("{") else 1
        return self.since(start)

    def unbraced(self) -> bool:
        """Drop the braces around a bracket at the cursor, as SymPy prints ``f{\\left(x \\right)}``."""
        if not self.at("{") or (self.peek(1).kind, self.peek(1).text) != ("symbol", "("):
            return False
        inner = self.argument_tokens()
        self.i += 1
        whole = len(self.bracket_tokens()) + 2 == len(inner)
        self.i -= 1
        if whole:
            self.tokens[self.i : self.i + len(inner) + 2] = inner
        return whole

    def bracket_tokens(self) -> list[Token]:
        """The tokens inside the bracket that opens at the cursor."""
        depth = 0
        for j in range(self.i, len(self.tokens)):
            t = self.tokens[j]
            if t.kind == "symbol":
                depth += (t.text in notation.OPENING or t.text == "{") - (
                    t.text in notation.CLOSING or t.text == "}"
                )
            if depth == 0:
                return self.tokens[self.i + 1 : j]
        return self.tokens[self.i + 1 :]

    def sum_ahead(self) -> str | None:
        """The index of the sum or product behind the sign at the cursor ("" if it shows none)."""
        if self.peek(1).kind != "command" or self.peek(1).text not in ("sum", "prod"):
            return None
        ahead = [self.peek(k) for k in (2, 3, 4)]
        letter = ahead[2] if ahead[1].text == "{" else ahead[1]
        return letter.text if ahead[0].text == "_" and letter.kind == "letter" else ""

    def ends_operand(self) -> bool:
        """No operand can start here."""
        t = self.peek()
        if t.kind in ("stop", "gap", "break", "end"):
            return True
        if t.kind == "symbol":
            if t.text in self.bars[-1:]:
                return True
            return (
                t.text in notation.CLOSING or t.text in ("}", ",", ";", "&", ":", ".", "?") or t.text in "=<>"
            ) or (t.value in ("close", "separator") and t.text in notation.BARS)
        return t.kind == "command" and (t.text in notation.RELATIONS or t.text in notation.ARROWS)


def is_prose(t: Token) -> bool:
    """Words that are no name."""
    word = t.value.strip()
    if t.text == "mathrm" and word.strip(",.:;()") in notation.UPRIGHT_PROSE:
        return True
    if t.text in ("word", "operatorname", "mathop") or (t.text.startswith("math") and " " not in word):
        return False
    if word.lower().strip(",.:;()") in notation.PROSE_WORDS or not word:
        return True
    return " " in word or word[:1] in "(),.;:" or word[-1] in ":,;"
