"""What stands behind an operand: subscripts, primes, arguments and indices (superscripts: ``superscripts``).

A decision is made here that the notation itself leaves open: whether a parenthesis holds an argument or a
factor.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from symcheck.latex import notation, tree
from symcheck.latex.report import Span
from symcheck.latex.superscripts import Superscripts, nucleus
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

_INVERTED = frozenset({"F", "G", "X", "Y", "Z", "Phi", "Psi"})
_INDICATORS = {("1", "bold"), ("1", "blackboard"), ("I", "blackboard"), ("I", "bold")}


class Scripts(Superscripts):
    def factor(self) -> Node:
        start = self.i
        node = self.atom()
        if isinstance(node, tree.Product) and self.tokens[start].text in notation.FONTS:
            last = self.postfix(node.factors[-1], start)  # \\mathbf{PQ}^\\top is P Q^\\top
            return replace(node, span=self.since(start), factors=(*node.factors[:-1], last))
        return self.postfix(node, start)

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
                family = self.family(node, start)
                if family is not None:
                    node = family
                    continue
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
            elif self.at("@") and isinstance(node, tree.Symbol) and node.style == "roman":  # Recall@k
                self.next()
                node = tree.Subscript(self.since(start), node, (self.atom(),))
            elif self.at("!") and isinstance(
                node, tree.Symbol | tree.Number | tree.Delimited | tree.Subscript
            ):
                self.next()
                node = tree.Factorial(self.since(start), node)
            elif self.at("(", "[", "\\{") or self.unbraced():
                applied = self.applied_to(node)
                if applied is None:
                    return node
                node = applied
            else:
                return node
        return node

    def family(self, node: Node, start: int) -> Node | None:
        """``\\{x_i\\}_{i=1}^n``: the things that a set or a list has for all i; and a word with limits."""
        word = isinstance(node, tree.Symbol) and node.style == "roman" and len(node.name) > 3
        if not word and not (isinstance(node, tree.Delimited) and node.opening in ("\\{", "(")):
            return None
        tokens = self.argument_tokens()
        binds = any(
            (t.kind == "symbol" and t.text == "=") or (t.kind == "command" and t.text == "in") for t in tokens
        )
        if not binds or not tokens or tokens[0].kind != "letter":
            return None
        lower = self.argument()
        upper = None
        if self.at("^"):
            self.next()
            upper = self.argument()
        if isinstance(node, tree.Symbol):
            body: Node = tree.Missing(self.peek().span._replace(end=self.peek().span.start))
            if not self.ends_operand():
                body = self.signed(20)
            return tree.BigOperator(self.since(start), node.name, lower, upper, body)
        return tree.BigOperator(self.since(start), "family", lower, upper, node)

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
            multiple = multiple and not self.second_index(tokens, symbol)
            scaled = symbol is not None and len(symbol.name) > 2 and symbol.style == "roman"
            scaled = scaled and any(t.text in notation.GREEK for t in tokens)
            if not any(node.operators):
                return (node,) if multiple or scaled else node.factors
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

    def second_index(self, tokens: list[Token], symbol: tree.Symbol | None) -> bool:
        """``1n`` beside ``mn`` or ``11`` on the same letter: an entry, not a multiple."""
        if symbol is None or tokens[0].text not in "123456789":
            return False
        whole = self.statement
        for k, t in enumerate(whole[:-5]):
            if t.text != symbol.name or [s.text for s in whole[k + 1 : k + 3]] != ["_", "{"]:
                continue
            first, second, end = whole[k + 3 : k + 6]
            two = first.kind == second.kind == "letter" and end.text == "}"
            number = first.kind == "number" and len(first.text) == 2 and second.text == "}"
            if two or number:
                return True
        return False

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

    # Application

    def applied_to(self, node: Node) -> Node | None:
        """``node`` applied to the bracket at the cursor, or None if the bracket is a factor."""
        bracket = self.peek().text
        symbol = nucleus(node)
        word = symbol is not None and symbol.style == "roman" and len(symbol.name) > 2
        word = word or self.indicates(node)
        if bracket == "\\{" and not word:
            return None
        start = self.i
        indicator = self.indicates(node)
        verdict, guessed = (True, False) if indicator else self.applies(node, symbol, bracket)
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
            if sliced or not (indicator or self.takes_square(node, symbol)):
                return tree.Entry(span, node, arguments.items)
        if guessed:
            self.note("application guessed", self.tokens[start].span, name)
        self.applied.add(name)
        return tree.Call(span, node, arguments, guessed)

    def indicates(self, node: Node) -> bool:
        """The bold 1 or blackboard I of ``\\mathbf{1}[x > 0]``."""
        if not isinstance(node, tree.Symbol) or (node.name, node.style) not in _INDICATORS:
            return False
        inside = self.bracket_tokens()
        related = any(t.text in notation.RELATIONS or t.text in ("=", "<", ">") for t in inside)
        return related or (self.at("\\{", "[") and any(t.kind == "text" for t in inside))

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
            transposed = len(node.base.items) == 1 and not self.composes(node.base) and self.holds_more()
            return bracket == "(" and not transposed, False
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
        if conventional and name not in self.functions and self.multiplies(node, symbol, texts):
            conventional = False
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
        again = any(t.text == name and n.text == "_" for t, n in pairwise(tokens))
        signs = any(t in ("+", "-") for t in texts)
        inverted = isinstance(node, tree.Power) and isinstance(node.exponent, tree.Sum) and not upper_case
        if inverted and self.applied_here(name):  # \\pi^{-1}(\\pi(j) + 1)
            return True, False
        if signs and (name == "pi" or (again and isinstance(node, tree.Subscript))):
            return name in self.functions, False  # \\pi (t - w); p_i (\\delta_{ij} - p_j)
        if self.spectral(symbol, node, tokens):
            return True, False
        if bare and not (single and conventional) and not isinstance(node, tree.Power):
            return False, False
        if isinstance(node, tree.Prime) or (len(name) > 1 and name not in notation.GREEK):
            return True, False
        if name in self.functions:
            return True, False
        if isinstance(node, tree.Power):
            inverse = isinstance(node.exponent, tree.Sum)
            if inverse and single and name in _INVERTED:
                return True, False
            if single and name.islower() and self.applied_here(name):  # f^2(x) beside f(x)
                return True, False
            return conventional and (inverse or isinstance(node.base, tree.Prime)) and name.islower(), False
        if conventional:
            return True, False
        if any(t.text == name for t in tokens):
            return False, False
        if self.followed_by_transpose(tokens):
            return len(tokens) == 1 and tokens[0].kind == "letter", True
        if single:
            return True, False
        if upper_case and not signs:
            return True, True
        if name in ("rho", "kappa", "psi", "chi", "xi", "mu", "nu", "omega") and not signs:
            return True, True
        return False, True

    def multiplies(self, node: Node, symbol: tree.Symbol, texts: list[str]) -> bool:
        """A letter that is a function by convention, but a factor before this sum."""
        if not any(t in ("+", "-") for t in texts):
            return False
        name = symbol.name
        if len(name) == 1 and name.isupper():  # a matrix: in bold, before I - a b^T, behind a row
            start = next((k for k, t in enumerate(self.tokens) if t.span.end > node.span.start), 0)
            before = [t.text for t in self.tokens[max(0, start - 3) : start] if t.text not in "{}"]
            row = before[-2:] in (["^", "top"], ["^", "T"])
            return symbol.style == "bold" or "I" in texts or row
        raised = self.after_bracket() == "^"
        return name == "c" or (name in ("k", "p", "q") and (raised or texts[0].isdigit()))

    def applied_here(self, name: str) -> bool:
        """The statement has this letter directly before a parenthesis."""
        texts = [t.text for t in self.statement]
        return any(a == name and b == "(" for a, b in pairwise(texts))

    def after_bracket(self) -> str:
        """What stands behind the bracket at the cursor."""
        end = self.i + len(self.bracket_tokens()) + 2
        return self.tokens[min(end, len(self.tokens) - 1)].text

    @staticmethod
    def spectral(symbol: tree.Symbol, node: Node, tokens: list[Token]) -> bool:
        """``\\lambda_{\\max}(A^\\top A)``, ``\\lambda_i(\\nabla^2 f)``: an eigenvalue of a matrix."""
        if symbol.name not in ("lambda", "sigma") or not isinstance(node, tree.Subscript) or not tokens:
            return False
        if tokens[0].text == "nabla":
            return True
        label = node.items[0]
        extreme = isinstance(label, tree.Symbol) and label.name in ("min", "max")
        return extreme and tokens[0].kind == "letter" and tokens[0].text.isupper()

    def holds_more(self) -> bool:
        """Whether the bracket at the cursor holds more than a letter: ``(y - X b)'(y - X b)`` is one."""
        tokens = self.bracket_tokens()
        return any(t.text in ("+", "-") for t in _top_level(tokens)) or len(_core(tokens)) > 2

    def composes(self, node: tree.Delimited) -> bool:
        """``(f \\circ g)(x)``, ``(f * g)(t)``; ``(a f)(t)`` and ``(f + g)(t)`` beside ``f(t)``."""
        if node.opening != "(" or len(node.items) != 1:
            return False
        inner = node.items[0]
        parts = inner.terms if isinstance(inner, tree.Sum) else getattr(inner, "factors", ())
        if len(parts) > 1 and all(isinstance(p, tree.Symbol) for p in parts):
            argument = [t.text for t in self.bracket_tokens()]
            names = {p.name for p in parts if isinstance(p, tree.Symbol)}
            texts = [t.text for t in self.statement]
            length = len(argument)
            for k in range(len(texts) - length - 2):
                if texts[k] in names and texts[k + 1 : k + length + 3] == ["(", *argument, ")"]:
                    return True
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
