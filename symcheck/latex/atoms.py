"""Operands: symbols, fonts and accents, delimiters, fractions, derivatives, big operators, environments."""

from __future__ import annotations

import re
from dataclasses import replace

from symcheck.latex import notation, tree
from symcheck.latex.cursor import Cursor, is_prose
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

_SHORT_BIG = notation.BIG - {"sum", "prod", "coprod"}
_MAX_ITEMS = 400
_MACRO = re.compile(r"[A-Z]|[A-Za-z]?[A-Z][a-z]?|[A-Z][a-z]{1,3}[A-Z]|[vmb][a-z]")
"""Names as authors make them for symbols: ``\\E``, ``\\MW``, ``\\vx``, ``\\CalL``."""
_WORD_STYLES = frozenset({"roman", "sans", "", "blackboard", "calligraphic", "fraktur"})
"""In these, letters side by side are one name (``\\mathcal{GP}``), unlike in bold (a product)."""


def is_d(t: Token) -> bool:
    return (t.kind == "letter" and t.text == "d") or (t.kind == "text" and t.value.strip() == "d")


def starts_symbol(t: Token) -> bool:
    return t.kind == "letter" or (
        t.kind == "command"
        and (
            t.text in notation.GREEK
            or t.text in notation.FONTS
            or t.text in notation.ACCENTS
            or t.text == "ell"
        )
    )


class Atoms(Cursor):
    def argument(self) -> Node:
        """A TeX argument: a braced group or one token."""
        with self.deeper():
            if self.at("{"):
                self.next()
                start = self.i
                with self.inside():
                    self.nested -= 1
                    items, separators = self.items({"}"})
                    self.nested += 1
                if len(items) == 1:
                    node = items[0]
                elif items:
                    node = tree.Sequence(self.since(start), tuple(items))
                    if any(s not in (",", "") for s in separators):
                        node = tree.Delimited(self.since(start), "", "", tuple(items), tuple(separators))
                else:
                    node = tree.Missing(self.since(start))
                self.expect("}")
                return node
            t = self.peek()
            if t.kind == "number" and len(t.text) > 1 and t.text.isdigit():
                cut = t.span.start + 1
                first = replace(t, text=t.text[0], span=t.span._replace(end=cut))
                rest = replace(t, text=t.text[1:], span=t.span._replace(start=cut), spaced=False)
                self.tokens[self.i : self.i + 1] = [first, rest]
            if (t.kind == "symbol" and t.text in "-+*=<>") or (
                t.kind == "command" and t.text in notation.PRODUCTS
            ):
                self.next()
                return tree.Symbol(t.span, t.text)
            return self.atom()

    def items(self, closers: set[str]) -> tuple[list[Node], list[str]]:
        """Expressions up to a closing delimiter, and what separates them."""
        items: list[Node] = []
        separators: list[str] = []
        pending = ""
        while True:
            t = self.peek()
            if t.kind == "stop":
                self.fail("unclosed group", unbalanced=True)
            if t.kind == "symbol" and t.text in closers and not (t.text == "[" and (pending or not items)):
                return items, separators
            separator = self.separator(t, bool(items), closers)
            if separator is not None:
                self.next()
                pending = separator if not pending or pending == "," else pending
                continue
            if len(items) > _MAX_ITEMS:
                self.fail("too many items")
            start = self.i
            node = self.expr(0)
            if self.i == start:
                self.fail(f"unexpected {self.peek().text}")
            if items:
                separators.append(pending)
            items.append(node)
            pending = ""

    def separator(self, t: Token, after_item: bool, closers: set[str]) -> str | None:
        if t.kind in ("gap", "break"):
            return ""
        if t.kind == "text" and after_item and is_prose(t):
            word = t.value.strip(" ,;").lower()
            return "," if word in ("and", "or") else ";" if word in notation.CONDITION_WORDS else None
        if t.kind != "symbol":
            return None
        if t.text in (",", ";", "&"):
            return t.text if t.text != "&" else ""
        if t.text == ":" and (self.peek(1).text in ("]", ",") or self.peek(-1).text in (",", "[")):
            return None  # a slice
        if t.text == ":" and not (self.peek(1).kind == "symbol" and self.peek(1).text == "="):
            return ":" if after_item else None
        if t.text in notation.BARS and after_item and self.bar_separates(closers):
            return t.text
        return None

    def bar_separates(self, closers: set[str]) -> bool:
        """A bar after a complete operand separates iff an odd number of its kind is left in the group."""
        t = self.peek()
        if t.value in ("separator", "open", "close"):
            return t.value == "separator"
        if self.peek(1).kind == "dots" or (self.i and self.tokens[self.i - 1].kind == "dots"):
            return True
        depth = count = 0
        for j in range(self.i, len(self.tokens)):
            s = self.tokens[j]
            if s.kind in ("gap", "break") and not closers:
                break
            if s.kind != "symbol":
                continue
            if depth == 0 and s.text in closers:
                break
            depth += (s.text in notation.OPENING or s.text == "{") - (
                s.text in notation.CLOSING or s.text == "}"
            )
            if depth < 0:
                break
            count += depth == 0 and s.text == t.text
        return count % 2 == 1

    def delimited(self) -> tree.Delimited:
        """A bracket at the cursor with all that it holds."""
        start = self.i
        opening = self.next().text
        closing = notation.OPENING[opening]
        closers = {closing} | ({"]"} if opening == "(" else {")", "["} if opening == "[" else set())
        with self.inside():
            items, separators = self.items(closers)
        closed = self.next().text
        return tree.Delimited(self.since(start), opening, closed, tuple(items), tuple(separators))

    def between_bars(self) -> Node:
        start = self.i
        kind = self.next().text
        if len(self.bars) > 8:
            self.fail("too many bars")
        self.bars.append(kind)
        nested, self.nested = self.nested, 0
        body = self.expr(0)
        items = [body]
        while self.at(","):
            self.next()
            items.append(self.expr(0))
        if not self.at(kind):
            self.fail("unmatched bar", self.since(start))
        self.next()
        self.bars.pop()
        self.nested = nested
        separators = (",",) * (len(items) - 1)
        return tree.Delimited(self.since(start), kind, kind, tuple(items), separators)

    def atom(self) -> Node:
        t = self.next()
        match t.kind:
            case "number":
                return tree.Number(t.span, t.text)
            case "letter":
                if t.text == "d" and self.stochastic_differential():
                    with self.deeper():
                        start = self.i - 1
                        return tree.Differential(self.since(start), "d", self.scripted_symbol())
                return tree.Symbol(t.span, t.text)
            case "dots":
                return tree.Dots(t.span)
            case "text":
                return self.text(t)
            case "begin":
                return self.environment(t)
            case "command":
                return self.command(t)
            case "symbol":
                return self.symbol(t)
        self.i -= t.kind != "stop"
        self.fail("operand missing")

    def stochastic_differential(self) -> bool:
        """``d`` glued to a symbol where the formula has several such and no integral or fraction of them."""
        n = self.peek()
        if n.spaced or not starts_symbol(n):
            return False
        glued = 0
        for k, t in enumerate(self.tokens[:-1]):
            if t.kind == "command" and t.text in ("int", "frac"):
                return False
            follows = self.tokens[k + 1]
            fresh = k == 0 or t.spaced or self.tokens[k - 1].text in ("}", ")", "=")
            glued += (
                t.kind == "letter"
                and t.text == "d"
                and fresh
                and not follows.spaced
                and starts_symbol(follows)
            )
        return glued > 1

    def text(self, t: Token) -> Node:
        word = " ".join(t.value.split())
        if is_prose(t):
            joined = word.replace(" ", "").lower()
            if joined not in ("argmax", "argmin"):
                return tree.Prose(t.span, word)
            return self.big(t, joined)
        word = word.replace("arg max", "argmax").replace("arg min", "argmin")
        if word in _SHORT_BIG:
            return self.big(t, word)
        if word in notation.FUNCTIONS:
            return self.named(tree.Symbol(t.span, word, "roman"))
        return tree.Symbol(t.span, word, "roman")

    def symbol(self, t: Token) -> Node:
        s = t.text
        if s in notation.OPENING:
            self.i -= 1
            return self.delimited()
        if s in ("|", "||"):
            self.i -= 1
            return self.between_bars()
        if s == "{":
            self.i -= 1
            start = self.i
            node = self.argument()
            if isinstance(node, tree.Sum | tree.Relation | tree.Sequence):
                items = node.items if isinstance(node, tree.Sequence) else (node,)
                return tree.Delimited(self.since(start), "", "", items, (",",) * (len(items) - 1))
            return node
        if s in ("^", "_"):  # scripts on nothing: {}_n C_k, ^\circ
            self.i -= 1
            return tree.Missing(t.span._replace(end=t.span.start))
        if s in ("*", ":", "°"):
            return tree.Symbol(t.span, s)
        self.i -= 1
        self.fail(f"unexpected {s}", unbalanced=s in notation.CLOSING or s == "}")

    def command(self, t: Token) -> Node:
        name = t.text
        if name in notation.GREEK:
            if name == "Delta" and self.increment():
                start = self.i - 1
                body = self.scripted_symbol()
                return tree.Differential(self.since(start), "Delta", body)
            return tree.Symbol(t.span, name)
        if name in notation.LETTERLIKE:
            return tree.Symbol(t.span, name)
        if name in notation.CONSTANTS:
            return tree.Symbol(t.span, notation.CONSTANTS[name])
        if name in notation.FONTS:
            return self.font(t)
        if name in notation.ACCENTS:
            return self.accented(notation.ACCENTS[name])
        if name in notation.BIG:
            return self.big(t, name)
        if name == "arg" and self.at_command("max", "min"):
            return self.big(t, "arg" + self.next().text)
        if name in notation.FUNCTIONS:
            return self.named(tree.Symbol(t.span, name, "roman"))
        if name in notation.INTEGRALS:
            return self.integral(self.i - 1)
        if name in notation.WRAPPERS:
            return self.wrapped(name)
        if name == "cdot" and (self.ends_operand() or self.at("|", "||")):  # a place left open: \|\cdot\|
            return tree.Symbol(t.span, "cdot")
        if len(self.tokens) == 2 and name in notation.PRODUCTS | notation.SUMS:  # the operator itself
            return tree.Symbol(t.span, name)
        if name in ("%", "$", "&", "_", "#"):
            return tree.Symbol(t.span, name)
        match name:
            case "frac":
                return self.fraction()
            case "binom":
                start = self.i - 1
                top, bottom = self.argument(), self.argument()
                return tree.Binomial(self.since(start), top, bottom)
            case "sqrt":
                return self.root()
            case "nabla":
                return self.nabla()
            case "partial":
                return self.partial()
            case "stackrel" | "overset" | "underset":
                return self.stacked(name)
            case "substack":
                return self.substack()
            case "neg" | "forall" | "exists" | "nexists" | "pm" | "mp":
                self.i -= 1
                return self.expr(15)
        if _MACRO.fullmatch(name) and not self.at("{"):  # a macro of a preamble that is not here: one name
            self.note("unknown command", t.span, name)
            return tree.Symbol(t.span, name, "macro")
        self.i -= 1
        self.fail(f"unknown command \\{name}")

    def increment(self) -> bool:
        """``\\Delta`` glued to the name of a quantity, as in ``\\Delta W``."""
        n = self.peek()
        opens = self.peek(1).kind == "symbol" and self.peek(1).text == "("
        return starts_symbol(n) and not (n.kind == "letter" and opens)

    def font(self, t: Token) -> Node:
        start = self.i - 1
        style = notation.FONTS[t.text]
        if t.text in notation.SWITCHES and not self.at("{"):
            if self.nested or self.depth:
                return _styled(self.factor(), style)
            self.fail(f"font switch \\{t.text}")
        node = self.argument()
        if isinstance(node, tree.Product) and not any(node.operators):
            letters = [f.name for f in node.factors if isinstance(f, tree.Symbol) and len(f.name) == 1]
            if len(letters) == len(node.factors) and style in _WORD_STYLES:
                return tree.Symbol(self.since(start), "".join(letters), style)
        return replace(_styled(node, style), span=self.since(start))

    def accented(self, accent: str) -> Node:
        start = self.i - 1
        node = self.argument()
        if isinstance(node, tree.Delimited) and len(node.items) == 1:
            node = node.items[0]
        span = self.since(start)
        if isinstance(node, tree.Symbol):
            return replace(node, span=span, accents=(*node.accents, accent))
        if isinstance(node, tree.Subscript) and isinstance(node.base, tree.Symbol):
            return replace(node, span=span, base=replace(node.base, accents=(*node.base.accents, accent)))
        if isinstance(node, tree.Product) and all(isinstance(f, tree.Symbol) for f in node.factors):
            name = "".join(f.name for f in node.factors if isinstance(f, tree.Symbol))
            return tree.Symbol(span, name, "roman", (accent,))
        return tree.Call(
            span, tree.Symbol(span, accent, "accent"), tree.Delimited(node.span, "", "", (node,))
        )

    def wrapped(self, name: str) -> Node:
        start = self.i - 1
        inner = self.argument_tokens()
        if name == "mathop" and len(inner) == 1 and inner[0].kind in ("text", "command"):
            self.expect("{")
            t = self.next()
            self.expect("}")
            if t.kind == "command" or t.value.strip() in _SHORT_BIG | {"sum", "prod"}:
                known = (t.text if t.kind == "command" else t.value).strip()
                return self.big(t, known) if known in notation.BIG else self.command(t)
            return self.text(t)
        node = self.argument()
        if name.endswith("brace"):
            while self.at("_", "^"):
                self.next()
                span = self.skip_argument()
                self.note("remark", span)
        if isinstance(node, tree.Sum | tree.Relation | tree.Sequence):
            items = node.items if isinstance(node, tree.Sequence) else (node,)
            return tree.Delimited(self.since(start), "", "", items, (",",) * (len(items) - 1))
        return node

    def stacked(self, name: str) -> Node:
        start = self.i - 1
        above = self.i
        self.skip_argument()
        inner = self.argument_tokens()
        while inner and inner[0].kind == "symbol" and inner[0].text == "{" and inner[-1].text == "}":
            inner = inner[1:-1]
        words = [t.value.replace(" ", "") if t.kind == "text" else t.text for t in inner]
        operator = "".join(words)
        if name == "underset" and operator in _SHORT_BIG | {"sum", "prod"}:
            after = self.i
            self.i = above
            lower = self.argument()
            self.i = after
            self.skip_argument()
            return self.big(self.tokens[start], operator, lower)
        body = self.argument()
        self.note("remark", self.since(start), name)
        return body

    def substack(self) -> Node:
        start = self.i - 1
        self.expect("{")
        items: list[Node] = []
        with self.inside():
            while not self.at("}"):
                if self.peek().kind == "break" or self.at(",", "&"):
                    self.next()
                    continue
                if self.peek().kind == "stop":
                    self.fail("unclosed group", unbalanced=True)
                items.append(self.expr(0))
        self.next()
        return tree.Sequence(self.since(start), tuple(items))

    def root(self) -> Node:
        start = self.i - 1
        degree = None
        if self.at("["):
            inner = self.delimited()
            if len(inner.items) != 1:
                self.fail("degree of a root", inner.span)
            degree = inner.items[0]
        radicand = self.argument()
        return tree.Root(self.since(start), radicand, degree)

    def operand(self) -> Node:
        """Juxtaposed factors, as the body of an operator."""
        start = self.i
        factors = [self.factor()]
        while not self.stops_body(factors[-1]):
            factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        return tree.Product(self.since(start), tuple(factors), ("",) * (len(factors) - 1))

    def stops_body(self, last: Node) -> bool:
        """The argument of a function without parentheses ends before the next token."""
        t = self.peek()
        if self.ends_operand() or (t.kind in ("text", "begin", "dots") and t.kind != "dots"):
            return True
        if isinstance(last, tree.Call | tree.BigOperator | tree.Delimited | tree.Integral):
            return True
        if t.kind == "symbol":
            return t.text in ("(", "[", "\\{", "+", "-", "/", "*", "!", "|", "||")
        if t.kind != "command":
            return self.in_integral > 0 and self.at_differential()
        stops = (notation.FUNCTIONS, notation.BIG, notation.PRODUCTS, notation.SUMS, notation.LOGIC)
        others = ("stackrel", "overset", "not", "choose", "xrightarrow", "pmod", "int", "underset", "mod")
        return any(t.text in s for s in stops) or t.text in others

    def at_differential(self) -> bool:
        """``dx`` inside an integral."""
        return is_d(self.peek()) and (starts_symbol(self.peek(1)) or self.peek().kind == "text")

    def scripted_symbol(self) -> Node:
        """A symbol with its subscripts and primes, and nothing more."""
        raise NotImplementedError

    def subscript(self, base: Node) -> tuple[Node, ...]:
        raise NotImplementedError

    def fraction(self) -> Node:
        raise NotImplementedError

    # The operators with bodies live in ``operators``.
    def big(self, t: Token, name: str, lower: Node | None = None) -> Node:
        raise NotImplementedError

    def named(self, function: Node) -> Node:
        raise NotImplementedError

    def integral(self, start: int) -> Node:
        raise NotImplementedError

    def nabla(self) -> Node:
        raise NotImplementedError

    def partial(self) -> Node:
        raise NotImplementedError

    def environment(self, t: Token) -> Node:
        raise NotImplementedError


def _styled(node: Node, style: str) -> Node:
    """``node`` with its nucleus set in ``style``."""
    match node:
        case tree.Symbol():
            return replace(node, style=style or node.style)
        case tree.Number():
            return tree.Symbol(node.span, node.text, style)
        case tree.Subscript() | tree.Prime() | tree.Power() | tree.Mark() | tree.Transpose():
            return replace(node, base=_styled(node.base, style))
        case tree.Product():
            return replace(node, factors=tuple(_styled(f, style) for f in node.factors))
        case tree.Sum():
            return replace(node, terms=tuple(_styled(f, style) for f in node.terms))
        case tree.Delimited():
            return replace(node, items=tuple(_styled(f, style) for f in node.items))
    return node
