"""LaTeX math -> tokens with offsets.  One pass, no recursion, no look-back; work is bounded by ``Limits``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symcheck.latex import notation
from symcheck.latex.plain_words import broken_command, typed_name
from symcheck.latex.report import LatexError, Span


@dataclass(frozen=True)
class Limits:
    """Bounds of the work that one formula may cause."""

    characters: int = 20_000
    tokens: int = 6_000
    depth: int = 48
    digits: int = 60


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is one of

    ``letter``   one letter;
    ``number``   digits as written, thousands separators removed;
    ``command``  ``text`` is its name without backslash, synonyms resolved (``\\dfrac`` is ``frac``);
    ``text``     ``\\text{..}`` or a word set in a font: ``text`` is the command, ``value`` the words;
    ``symbol``   punctuation and delimiters (``( [ \\{ << |_ | ||``); for bars and delimiters ``value`` is
                 ``open``, ``close`` or ``separator`` where the author said so (``\\left``, ``\\mid``);
    ``gap``      ``\\quad``;  ``break``  ``\\\\``;  ``dots``  an ellipsis;
    ``begin``, ``end``  of the environment ``value``;
    ``stop``     the end of the text.

    ``spaced``: white space stands before it."""

    kind: str
    text: str
    span: Span
    value: str = ""
    spaced: bool = False


_PIECE = re.compile(
    r"(?P<space>(?:\s|~|%[^\n]*(?:\n|$))+)"
    r"|(?P<command>\\(?:[A-Za-z]+\*?|.|$))"
    r"|(?P<number>\d+(?:(?:\{,\}|,\\!|\\,)\d{3}(?!\d))*(?:\.\d+)?(?:e-?\d+(?![A-Za-z]))?|\.\d+)"
    r"|(?P<letter>[^\W\d_])"
    r"|(?P<symbol>\.\.\.|.)",
    re.DOTALL,
)
_GLUED = re.compile(r"(?:sin|cos|tan|log|ln|exp)(?=[xyzuvpnNXYP](?![A-Za-z]))")
"""A function set without a blank before its argument: ``sinx``."""
_NUCLEUS = re.compile(r"(?:\\[A-Za-z]+|[})\]]|(?<![A-Za-z])[A-Za-z]|[\^_][A-Za-z]{2})$")
_NAME = 40  # characters of a command
_LOWERED = re.compile(r"\{|\\[A-Za-z]|[A-Za-z0-9](?![A-Za-z])")
"""``x\\_t``, written for a Markdown that would take the bare underscore for emphasis."""
_WORD = re.compile(r"[A-Za-z]+(?:_[a-z]+)?")
_LENGTH = re.compile(r"\s*\[\s*-?[\d.]*\s*(?:pt|em|ex|mm|cm|in|\\baselineskip)?\s*\]")
_EXPONENT = re.compile(r"\\(?:text|mathrm|textrm)\s*\{e(-?|\+?)\}\s*(-?\d+)")
_BETWEEN = re.compile(r"\{,\}|,\\!|\\,|,")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_SIGN = re.compile(r"\s*\{\s*([-+*/=<>])\s*\}")
_SPACING = re.compile(r"\\[,;:! ]|~|\\quad|\\qquad|\$")
_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 .\-_/']*")


class _Tokenizer:
    def __init__(self, text: str, limits: Limits) -> None:
        self.text, self.limits = text, limits
        self.at = 0
        self.depth = 0
        self.spaced = False
        self.delimiter = ""
        self.out: list[Token] = []

    def run(self) -> list[Token]:
        if len(self.text) > self.limits.characters:
            raise LatexError("formula too long", self.limits.characters)
        while self.at < len(self.text):
            self.piece()
            if len(self.out) > self.limits.tokens:
                raise LatexError("too many tokens", self.at)
        end = len(self.text)
        self.out.append(Token("stop", "", Span(end, end)))
        return self.out

    def emit(self, kind: str, text: str, start: int, value: str = "") -> None:
        self.out.append(Token(kind, text, Span(start, self.at), value, self.spaced))
        self.spaced = False
        self.delimiter = ""

    def piece(self) -> None:
        m = _PIECE.match(self.text, self.at)
        if m is None:  # pragma: no cover - the last alternative matches any character
            raise LatexError("unreadable character", self.at)
        start, self.at = m.start(), m.end()
        piece = m.group()
        match m.lastgroup:
            case "space":
                self.spaced = True
            case "command":
                self.command(piece[1:], start)
            case "number":
                self.number(piece, start)
            case "letter":
                self.letter(piece, start)
            case _:
                self.symbol(piece, start)

    def number(self, piece: str, start: int) -> None:
        if len(piece) > self.limits.digits:
            raise LatexError("number too long", start)
        if m := _EXPONENT.match(self.text, self.at):
            piece, self.at = f"{piece}e{m[1].strip('+')}{m[2]}", m.end()
        thousands = _THOUSANDS.match(self.text, start)
        if thousands is not None and thousands.end() > self.at and self._open(start):
            piece, self.at = thousands.group(), thousands.end()
        self.emit("number", _BETWEEN.sub("", piece), start)

    def _open(self, end: int) -> bool:
        """No bracket is open and no script begins here: a comma separates thousands, not entries."""
        before = self.text[:end].rstrip()
        balance = sum(before.count(c) for c in "([{") - sum(before.count(c) for c in ")]}")
        return balance <= 0 and before[-1:] not in ("_", "^", ",")

    def letter(self, piece: str, start: int) -> None:
        if piece in notation.UNICODE:
            self.unicode(piece, start)
            return
        before = self.text[start - 1] if start else " "
        m = _WORD.match(self.text, start)
        if m and self.text.startswith("\\_", m.end()) and (name := typed_name(self.text, start)) is not None:
            self.at = name[0]
            self.emit("text", "word", start, name[1])
        elif m and m.group() in notation.CATALOGUED_WORDS and not before.isalpha() and before != "\\":
            self.at = m.end()
            self.emit("text", "word", start, m.group())
        elif (glued := _GLUED.match(self.text, start)) and not before.isalpha() and before != "\\":
            self.at = glued.end()
            self.emit("text", "word", start, glued.group())
        elif (name := typed_name(self.text, start)) is not None:
            self.at = name[0]
            self.emit("text", "word", start, name[1])
        else:
            self.emit("letter", piece, start)

    def unicode(self, piece: str, start: int) -> None:
        known = notation.UNICODE[piece]
        if known[0] == "\\":
            self.command(known[1:], start)
        elif known.isalpha():
            self.emit("letter", known, start)
        else:
            self.symbol(known, start)

    def symbol(self, piece: str, start: int) -> None:
        if piece in notation.UNICODE:
            self.unicode(piece, start)
        elif piece in ("...", "…"):
            self.emit("dots", "...", start)
        elif piece == "|" and self.text.startswith("|", self.at) and not self.delimiter and self._double():
            self.at += 1
            self.emit("symbol", "||", start)
        else:
            self.depth += (piece == "{") - (piece == "}")
            if self.depth > self.limits.depth:
                raise LatexError("nesting too deep", start)
            if piece == "." and self.delimiter:  # \left. and \right.
                self.delimiter = ""
                return
            if piece in "<>" and self.delimiter:
                piece = piece * 2
            self.emit("symbol", piece, start, self.delimiter)

    def _double(self) -> bool:
        """``||`` is a norm bar unless the bars of the text only pair up one by one."""
        if not hasattr(self, "_doubled"):
            bars = re.sub(r"\\\|", "", self.text)
            self._doubled = bars.count("|") == 2 * bars.count("||")
        return self._doubled

    def command(self, name: str, start: int) -> None:
        if not name:
            raise LatexError("backslash at the end", start)
        plain = name.rstrip("*") if len(name) > 1 else name
        plain = notation.SYNONYMS.get(plain, plain)
        if plain in notation.SIZES:
            self.sized(plain)
        elif plain in notation.SPACES or plain in notation.SILENT_SYMBOLS:
            self.spaced = True
        elif plain in ("quad", "qquad"):
            self.emit("gap", plain, start)
        elif plain in ("\\", "newline", "cr"):
            if m := _LENGTH.match(self.text, self.at):
                self.at = m.end()
            if plain == "\\" and (broken := broken_command(self.text, self.at)) is not None:
                raise LatexError(f"\\\\ makes {broken} plain letters", start)
            self.emit("break", "\\\\", start)
        elif plain in notation.DISCARDED_ARGUMENT:
            self.argument()
            self.spaced = True
        elif plain in notation.FIRST_ARGUMENT_DISCARDED:
            self.argument()
        elif plain in ("begin", "end"):
            self.environment(plain, start)
        elif plain in notation.DOTS:
            self.emit("dots", "...", start)
        elif plain in notation.ALIASES:
            self.aliased(plain, start)
        elif plain == "mid":
            self.emit("symbol", "|", start, "separator")
        elif plain == "parallel":
            self.emit("symbol", "||", start, "separator")
        elif plain in ("mathrel", "mathbin") and (m := _SIGN.match(self.text, self.at)):
            self.at = m.end()
            self.emit("symbol", m[1], start)
        elif plain == "colon":
            self.emit("symbol", ":", start)
        elif plain == "_" and self.lowers(start):
            self.emit("symbol", "_", start)
        elif plain in notation.TEXTS or plain in notation.FONTS:
            self.words(plain, start)
        else:
            self.emit("command", plain, start)

    def sized(self, name: str) -> None:
        side = {"l": "open", "r": "close", "t": "open" if name == "left" else "close"}
        self.delimiter = "separator" if name == "middle" else side.get(name[-1], "sized")
        if name[-1] == "m":
            self.delimiter = "separator"

    def aliased(self, name: str, start: int) -> None:
        value = self.delimiter
        if name in ("lvert", "lVert"):
            value = "open"
        elif name in ("rvert", "rVert"):
            value = "close"
        self.emit(
            "symbol", {"rbrace": "\\}", "lbrace": "\\{"}.get(name, notation.ALIASES[name]), start, value
        )

    def argument(self) -> str:
        """The raw text of the braced group or single character that follows, which is skipped."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        if self.at >= len(self.text):
            raise LatexError("missing argument", self.at)
        if self.text[self.at] != "{":
            m = _PIECE.match(self.text, self.at)
            assert m is not None
            self.at = m.end()
            return m.group()
        start, depth = self.at, 0
        while self.at < len(self.text):
            c = self.text[self.at]
            self.at += 2 if c == "\\" else 1
            depth += (c == "{") - (c == "}")
            if depth == 0:
                return self.text[start + 1 : self.at - 1]
        raise LatexError("unbalanced braces", start, unbalanced=True)

    def environment(self, which: str, start: int) -> None:
        name = self.argument().strip().rstrip("*")
        if which == "begin" and name in ("array", "alignedat", "alignat", "subarray", "numcases"):
            self.argument()
        if which == "begin" and name in ("aligned", "gathered") and (m := _LENGTH.match(self.text, self.at)):
            self.at = m.end()
        self.emit(which, name, start, name)

    def lowers(self, start: int) -> bool:
        """Whether the ``\\_`` that begins at ``start`` stands for an index."""
        near = max(0, start - _NAME)
        return bool(_LOWERED.match(self.text, self.at) and _NUCLEUS.search(self.text, near, start))

    def words(self, name: str, start: int) -> None:
        """``\\text{..}`` always; a font only if it sets a word and not one letter."""
        back, depth = self.at, self.depth
        if name in notation.SWITCHES and name in ("bf", "it", "cal"):
            self.emit("command", name, start)
            return
        raw = self.argument()
        value = _SPACING.sub(" ", raw).replace("\\_", "_").replace("\\&", "&").replace("\\-", "-")
        word = value.strip()
        if name in notation.TEXTS or (
            name not in ("boldsymbol", "bm", "mathbb", "mathfrak", "mathcal", "mathscr", "pmb", "symbf")
            and len(word) > 1
            and _PLAIN_WORD.fullmatch(word)
            and not (notation.FONTS[name] == "bold" and re.fullmatch(r"[A-Z]{2,3}|[a-z]{2}", word))
        ):
            if any(c in value for c in "\\{^") or ("_" in value and not _PLAIN_WORD.fullmatch(word)):
                inner = re.fullmatch(
                    r"\s*\\(?:text|mathrm|bf|rm|it|texttt)\s*\{?([A-Za-z ]+)\}?\s*|\{([A-Za-z ]+)\}", value
                )
                if inner is None and name in ("operatorname", "mathop"):
                    raise LatexError("nested commands in a name", start)
                if inner is not None:
                    value = inner[1] or inner[2]
            self.emit("text", name, start, value)
            return
        self.at, self.depth = back, depth
        self.emit("command", name, start)


def tokenize(text: str, limits: Limits = DEFAULT_LIMITS) -> list[Token]:
    """The tokens of ``text``, ended by one of kind ``stop``.

    Raises ``LatexError`` (with an offset) on text that is too long, nested too deep or broken off."""
    return _Tokenizer(text, limits).run()
