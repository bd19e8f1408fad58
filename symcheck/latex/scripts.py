"""What stands behind an operand: subscripts, superscripts, primes, arguments and indices.

Two decisions are made here that the notation itself leaves open: what a superscript is (power,
transpose, or part of the name), and whether a parenthesis holds an argument or a factor.
"""

from __future__ import annotations

import re

from symcheck.latex import notation, tree
from symcheck.latex.operators import Operators
from symcheck.latex.report import Span
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

_MARKS = frozenset(
    {"*", "+", "-", "ast", "star", "dagger", "perp", "circ", "#", "natural", "times", "sharp", "bot"}
)
_LAYER = frozenset({"l", "ell", "L", "+", "-"})


def nucleus(node: Node) -> tree.Symbol | None:
    """The symbol under scripts and accents."""
    while True:
        match node:
            case tree.Subscript() | tree.Power() | tree.Mark() | tree.Transpose() | tree.Prime():
                node = node.base
            case tree.Symbol():
                return node
            case _:
                return None


class Scripts(Operators):
    def factor(self) -> Node:
        start = self.i
        return self.postfix(self.atom(), start)

    def scripted_symbol(self) -> Node:
        start = self.i
        node = self.atom()
        while self.at("_", "'"):
            if self.next().text == "_":
                node = tree.Subscript(self.since(start), node, self.subscript(node))
            else:
                node = tree.Prime(self.since(start), node, 1)
        return node

    def postfix(self, node: Node, start: int) -> Node:
        links = 0
        while self.peek().kind in ("symbol", "command"):
            links += 1
            if links > 12:
                self.fail("too many scripts")
            if self.at("_"):
                braced = links == 1 and self.tokens[start].text == "{"
                if isinstance(node, tree.Subscript) and not braced:
                    self.fail("double subscript")
                self.next()
                items = self.subscript(node)
                if (
                    not braced
                    and isinstance(node, tree.Transpose | tree.Power | tree.Mark)
                    and not isinstance(node.base, tree.Call)
                ):
                    inner = tree.Subscript(self.since(start), node.base, items)
                    node = _rebase(node, inner, self.since(start))
                else:
                    node = tree.Subscript(self.since(start), node, items)
            elif self.at("^"):
                if isinstance(node, tree.Power | tree.Mark):
                    self.fail("double superscript")
                self.next()
                node = self.superscript(node, start)
            elif self.at("'"):
                order = 0
                while self.at("'"):
                    self.next()
                    order += 1
                node = tree.Prime(self.since(start), node, order)
            elif self.at("!") and isinstance(
                node, tree.Symbol | tree.Number | tree.Delimited | tree.Subscript
            ):
                self.next()
                node = tree.Factorial(self.since(start), node)
            elif self.at("(", "[", "\\{"):
                applied = self.applied_to(node)
                if applied is None:
                    return node
                node = applied
            else:
                return node
        return node

    # Subscripts

    def subscript(self, base: Node) -> tuple[Node, ...]:
        tokens = self.argument_tokens()
        span = tokens[0].span | tokens[-1].span if tokens else self.peek().span
        text = "".join(t.text for t in tokens)
        symbol = nucleus(base)
        if label := self.label(tokens, text):
            self.skip_argument()
            return (tree.Symbol(span, label, "roman"),)
        if tokens and all(t.kind == "letter" for t in tokens) and len(tokens) > 1:
            self.skip_argument()
            return tuple(tree.Symbol(t.span, t.text) for t in tokens)
        if self.double_digit(tokens, symbol):
            self.skip_argument()
            t = tokens[0]
            cut = t.span.start + 1
            return (
                tree.Number(Span(t.span.start, cut), t.text[0]),
                tree.Number(Span(cut, t.span.end), t.text[1]),
            )
        if tokens and self.signs_only(tokens):
            self.skip_argument()
            return tuple(tree.Symbol(t.span, t.text) for t in tokens if t.text != ",")
        if self.at("{") and tokens and tokens[0].kind == "symbol" and tokens[0].text in ("<", ">", ":"):
            return (self.before(tokens),)
        node = self.argument()
        if isinstance(node, tree.Sequence):
            return node.items
        plain = (tree.Symbol, tree.Number, tree.Subscript)
        if isinstance(node, tree.Product) and all(isinstance(f, plain) for f in node.factors):
            multiple = isinstance(node.factors[0], tree.Number) and len(node.factors) == 2
            if not any(node.operators):
                return (node,) if multiple else node.factors
        if isinstance(node, tree.Delimited) and node.opening in ("(", "", "[") and len(node.items) > 1:
            return node.items
        return (node,)

    @staticmethod
    def label(tokens: list[Token], text: str) -> str:
        """A subscript that is a word."""
        if len(tokens) == 1:
            t = tokens[0]
            if t.kind == "text":
                return " ".join(t.value.split())
            known = notation.BIG | notation.FUNCTIONS
            return t.text if t.kind == "command" and t.text in known else ""
        if len(tokens) > 1 and all(t.kind == "letter" for t in tokens):
            if text in notation.LABEL_WORDS or len(text) > 3 or (text.isupper() and text.isascii()):
                return text
            return "" if set(text) <= notation.INDEX_LETTERS else text
        return ""

    @staticmethod
    def double_digit(tokens: list[Token], symbol: tree.Symbol | None) -> bool:
        if len(tokens) != 1 or symbol is None or tokens[0].kind != "number":
            return False
        text = tokens[0].text
        return (
            len(text) == 2
            and text.isdigit()
            and "0" not in text
            and symbol.name[:1].isalpha()
            and (len(symbol.name) == 1)
        )

    @staticmethod
    def signs_only(tokens: list[Token]) -> bool:
        """``_{i,:}``, ``_{\\cdot j}``, ``_+``: slices and signs."""
        marks = ("cdot", "bullet", "*", "+", "-", ":", "ast")
        if len(tokens) > 5 or not any(t.text in marks for t in tokens):
            return False
        if len(tokens) > 1 and any(t.text in "+-" for t in tokens) and tokens[-1].text not in "+-":
            return False
        return all(
            (t.kind in ("letter", "number") and len(t.text) == 1) or t.text in (*marks, ",") for t in tokens
        ) and (
            not any(t.text == ":" for t in tokens)
            or all(t.text in (":", ",") or t.kind == "letter" for t in tokens)
        )

    def before(self, tokens: list[Token]) -> Node:
        """``_{<t}``, ``_{\\leq t}``, ``_{:n}``: a range open on one side."""
        start = self.i
        self.next()
        mark = self.next()
        missing = tree.Missing(mark.span._replace(end=mark.span.start))
        if self.at("="):
            self.next()
        bound = self.expr(0)
        items = [bound]
        while self.at(","):
            self.next()
            items.append(self.expr(0))
        self.expect("}")
        node = tree.Relation(self.since(start), (missing, bound), (mark.text,))
        return node if len(items) == 1 else tree.Sequence(self.since(start), (node, *items[1:]))

    # Superscripts

    def superscript(self, node: Node, start: int) -> Node:
        tokens = self.argument_tokens()
        words = [t.value.strip() if t.kind == "text" else t.text for t in tokens if t.text not in "{}"]
        text = "".join(w for w in words if w not in ("mathsf", "mathrm", "rm", "sf", "mathit"))
        symbol = nucleus(node)
        if not tokens:
            self.argument()
            self.fail("empty superscript")
        if text in ("top", "T", "-T", "-top", "⊤") and self.transposes(node, symbol, text):
            self.skip_argument()
            span = self.since(start)
            if text[0] != "-":
                return tree.Transpose(span, node)
            end = span._replace(start=span.end)
            minus = tree.Sum(end, (tree.Number(end, "1"),), ("-",))
            return tree.Transpose(span, tree.Power(span, node, minus))
        if all(t.text in ("'", "prime") for t in tokens):
            self.skip_argument()
            return tree.Prime(self.since(start), node, len(tokens))
        if self.is_mark(tokens, node):
            span = self.skip_argument()
            name = "".join(w.strip() for w in words)
            return tree.Mark(self.since(start), node, tree.Symbol(span, name, "roman"))
        if self.is_index_in_brackets(tokens, node):
            mark = self.argument()
            return tree.Mark(self.since(start), node, mark)
        if self.is_name_part(tokens, words, node, symbol):
            mark = self.argument()
            return tree.Mark(self.since(start), node, mark)
        exponent = self.argument()
        return tree.Power(self.since(start), node, exponent)

    @staticmethod
    def transposes(node: Node, symbol: tree.Symbol | None, text: str) -> bool:
        if isinstance(node, tree.Number):
            return False
        if isinstance(node, tree.Delimited):
            return node.opening in ("(", "[", "")
        if symbol is None:
            return not isinstance(node, tree.Fraction)
        if symbol.name in ("e", "ell"):
            return False
        scalar = symbol.name in notation.MULTIPLIED_GREEK and symbol.style != "bold" and text == "T"
        return not scalar

    @staticmethod
    def is_mark(tokens: list[Token], node: Node) -> bool:
        if isinstance(node, tree.Number):
            return False
        return all(t.text in _MARKS or t.kind == "text" for t in tokens)

    @staticmethod
    def is_index_in_brackets(tokens: list[Token], node: Node) -> bool:
        """``x^{(i)}``, ``W^{[l]}``; a number or a parenthesis is raised to a power instead."""
        if len(tokens) < 3 or tokens[0].text not in ("(", "[", "<<", "<") or isinstance(node, tree.Number):
            return False
        if isinstance(node, tree.Delimited) or (isinstance(node, tree.Symbol) and node.name == "e"):
            return False
        depth = 0
        for k, t in enumerate(tokens):
            depth += (t.text in ("(", "[", "<<", "<")) - (t.text in (")", "]", ">>", ">"))
            if depth == 0:
                return k == len(tokens) - 1
        return False

    def is_name_part(
        self, tokens: list[Token], words: list[str], node: Node, symbol: tree.Symbol | None
    ) -> bool:
        if symbol is None or not isinstance(node, tree.Symbol | tree.Subscript):
            return False
        if tokens[0].text == "pi" and symbol.name.isupper() and len(symbol.name) == 1 and symbol.name != "E":
            return True
        if words == ["0"] and isinstance(node, tree.Subscript):
            return True
        if len(words) == 1 and words[0] in ("Q", "K", "V", "O") and symbol.name in ("W", "b"):
            return True
        if symbol.style == "blackboard":
            return False
        layered = any(w in ("l", "ell") for w in words) and all(w in _LAYER or w.isdigit() for w in words)
        return layered and symbol.name not in ("e", "lambda") and not symbol.name.isdigit()

    # Application

    def applied_to(self, node: Node) -> Node | None:
        """``node`` applied to the bracket at the cursor, or None if the bracket is a factor."""
        bracket = self.peek().text
        symbol = nucleus(node)
        word = symbol is not None and symbol.style == "roman" and len(symbol.name) > 2
        if bracket == "\\{" and not word:
            return None
        start = self.i
        verdict, guessed = self.applies(node, symbol, bracket)
        name = symbol.name if symbol is not None else ""
        if not verdict:
            if guessed:
                self.multiplied.add(name)
                self.note("product guessed", self.peek().span, name)
            return None
        arguments = self.delimited()
        span = node.span | arguments.span
        if bracket == "[":
            sliced = (
                any(isinstance(i, tree.Symbol) and i.name == ":" for i in arguments.items)
                or ":" in arguments.separators
            )
            if sliced or not self.takes_square(node, symbol):
                return tree.Entry(span, node, arguments.items)
        if guessed:
            self.note("application guessed", self.tokens[start].span, name)
        self.applied.add(name)
        return tree.Call(span, node, arguments, guessed)

    @staticmethod
    def takes_square(node: Node, symbol: tree.Symbol | None) -> bool:
        """Names that are applied with square brackets (``E[X]``)."""
        if symbol is None:
            return False
        if symbol.name in ("E", "V", "P", "H", "I", "F", "L", "J", "D") or symbol.style in (
            "calligraphic",
            "blackboard",
        ):
            return True
        return len(symbol.name) > 1 and symbol.name not in notation.GREEK and not symbol.accents

    def applies(self, node: Node, symbol: tree.Symbol | None, bracket: str) -> tuple[bool, bool]:
        """(it is an application, by convention only)."""
        if isinstance(node, tree.Delimited):
            return bracket == "(" and self.composes(node), False
        if isinstance(node, tree.Prime) and isinstance(node.base, tree.Delimited):
            return bracket == "(", False
        if isinstance(node, tree.Derivative):
            return bracket == "(" and not isinstance(node.body, tree.Missing), False
        if symbol is None or isinstance(node, tree.Transpose):
            return False, False
        name = symbol.name
        tokens = self.bracket_tokens()
        top = _top_level(tokens)
        texts = [t.text for t in top]
        core = _core(tokens)
        single = len(core) == 1 and (
            core[0].kind in ("letter", "number", "text", "dots") or core[0].text in notation.GREEK
        )
        upper_case = len(name) == 1 and name.isupper()
        conventional = name in notation.APPLIED_LETTERS or symbol.style in (
            "calligraphic",
            "blackboard",
            "fraktur",
        )
        conventional = conventional or name in self.functions
        if bracket == "[":
            return self.indexes(node, symbol, tokens, texts), False
        separators = [
            t for t in top if t.kind == "symbol" and (t.text in (",", ";") or t.value == "separator")
        ]
        bar = any(t in ("|", "||") for t in texts) and texts[0] not in ("|", "||")
        related = any(
            (t.kind == "command" and t.text in notation.RELATIONS) or t.text in ("=", "<", ">") for t in top
        )
        if separators or bar or related:
            return True, False
        bare = any(
            t.text == name and not (k + 1 < len(tokens) and tokens[k + 1].text in ("(", "_"))
            for k, t in enumerate(tokens)
        )
        if bare and not (single and conventional) and not isinstance(node, tree.Power):
            return False, False
        if isinstance(node, tree.Prime) or (len(name) > 1 and name not in notation.GREEK):
            return True, False
        if name in self.functions:
            return True, False
        if isinstance(node, tree.Power):
            inverse = isinstance(node.exponent, tree.Sum)
            return conventional and (inverse or isinstance(node.base, tree.Prime)) and name.islower(), False
        if conventional:
            return True, False
        if any(t.text == name for t in tokens):
            return False, False
        if self.followed_by_transpose(tokens):
            return len(tokens) == 1 and tokens[0].kind == "letter", True
        if single:
            return True, False
        signs = any(t in ("+", "-") for t in texts)
        if upper_case and not signs:
            return True, True
        if name in ("rho", "kappa", "psi", "chi", "xi", "mu", "nu", "omega") and not signs:
            return True, True
        return False, True

    @staticmethod
    def composes(node: tree.Delimited) -> bool:
        """``(f \\circ g)(x)``, ``(f * g)(t)``."""
        if node.opening != "(" or len(node.items) != 1:
            return False
        inner = node.items[0]
        if isinstance(inner, tree.Product):
            return bool(set(inner.operators) & {"circ", "ast", "star"}) and "" not in inner.operators
        return False

    def indexes(self, node: Node, symbol: tree.Symbol, tokens: list[Token], texts: list[str]) -> bool:
        if self.takes_square(node, symbol) and symbol.name not in ("V", "L", "J", "D", "F"):
            return True
        if self.takes_square(node, symbol) and not self.peek().spaced and "," not in texts:
            return True
        simple = all(
            t.kind in ("number", "letter") or t.text in (",", ":", "+", "-", "cdot", "pi") for t in tokens
        )
        named = symbol.name[:1].isalpha() and isinstance(node, tree.Symbol | tree.Subscript)
        return (
            simple and bool(tokens) and not self.peek().spaced and named and not isinstance(node, tree.Power)
        )

    def followed_by_transpose(self, tokens: list[Token]) -> bool:
        j = self.i + len(tokens) + 2
        after = [t.text for t in self.tokens[j : j + 5]]
        if not after or after[0] != "^":
            return False
        return re.match(r"\^\{?(T|top|-1)(\}|$|\W)", "".join(after[:4])) is not None or after[1:2] == ["T"]


def _rebase(node: Node, base: Node, span: Span) -> Node:
    match node:
        case tree.Transpose():
            return tree.Transpose(span, base)
        case tree.Power():
            return tree.Power(span, base, node.exponent)
        case tree.Mark():
            return tree.Mark(span, base, node.mark)
    return node


def _top_level(tokens: list[Token]) -> list[Token]:
    """The tokens outside brackets, braces and pairs of bars marked as such."""
    out, depth = [], 0
    for t in tokens:
        if t.kind == "symbol" and (t.text in notation.CLOSING or t.text == "}" or t.value == "close"):
            depth -= 1
        if depth == 0:
            out.append(t)
        if t.kind == "symbol" and (t.text in notation.OPENING or t.text == "{" or t.value == "open"):
            depth += 1
            if depth == 1 and t.text in notation.BARS:
                out.pop()
    return out


def _core(tokens: list[Token]) -> list[Token]:
    """The tokens without fonts, accents, braces and scripts."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        t = tokens[k]
        if t.kind == "symbol" and t.text in ("_", "^"):
            k += 1
            depth = 0
            while k < len(tokens):
                s = tokens[k]
                k += 1
                depth += (s.text == "{") - (s.text == "}")
                if depth == 0 and not (
                    s.kind == "command" and (s.text in notation.FONTS or s.text in notation.ACCENTS)
                ):
                    break
            continue
        decoration = t.kind == "command" and (t.text in notation.FONTS or t.text in notation.ACCENTS)
        if not (decoration or t.text in ("{", "}", "'", "prime")):
            out.append(t)
        k += 1
    return out
