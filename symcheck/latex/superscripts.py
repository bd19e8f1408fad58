"""What a superscript is: a power, a transposition, or a part of the name."""

from __future__ import annotations

from symcheck.latex import notation, tree
from symcheck.latex.operators import Operators
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

_MARKS = frozenset(
    {"*", "+", "-", "ast", "star", "dagger", "perp", "circ", "#", "natural", "times", "sharp", "bot"}
)
_UNITS = frozenset({"a", "z", "h", "delta", "W", "w", "b"})
"""What the units of a layer have, of which ``L`` is the last."""
_PARAMETERS = frozenset({"theta", "omega", "beta", "mu", "xi", "eta", "varepsilon", "epsilon"})
"""Greek letters that are vectors where they multiply one."""
_TENSOR_INDICES = frozenset({"i", "j", "k", "l", "mu", "nu", "rho", "alpha", "beta", "lambda", "sigma"})
_ROOTS_OF_UNITY = frozenset({"omega", "zeta", "e", "W", "q"})
_CHOSEN = frozenset("kmrij")
"""Upper letters of a number of choices."""
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


class Superscripts(Operators):
    def superscript(self, node: Node, start: int) -> Node:
        tokens = self.argument_tokens()
        words = [t.value.strip() if t.kind == "text" else t.text for t in tokens if t.text not in "{}"]
        text = "".join(w for w in words if w not in ("mathsf", "mathrm", "rm", "sf", "mathit"))
        symbol = nucleus(node)
        if not tokens:
            self.argument()
            self.fail("empty superscript")
        if text in ("top", "T", "-T", "-top", "⊤") and (
            self.transposes(node, symbol, text) or self.multiplies_a_vector(node)
        ):
            self.skip_argument()
            span = self.since(start)
            if text[0] != "-":
                return tree.Transpose(span, node)
            end = span._replace(start=span.end)
            minus = tree.Sum(end, (tree.Number(end, "1"),), ("-",))
            return tree.Transpose(span, tree.Power(span, node, minus))
        if len(tokens) > 1 and tokens[0].text == "prime" and text[5:] in ("top", "T"):
            self.skip_argument()
            span = self.since(start)
            return tree.Transpose(span, tree.Prime(span, node, 1))
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
        if self.is_choice(words, node, symbol):
            self.fail("C_n^k: a binomial coefficient to some, a power to others")
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

    def multiplies_a_vector(self, node: Node) -> bool:
        """``\\theta^T x``: the parameters of a model, unlike the discount of ``\\gamma^T V``."""
        if not isinstance(node, tree.Symbol) or node.name not in _PARAMETERS:
            return False
        after = self.peek(3 if self.at("{") else 1)
        fonts = after.kind == "command" and (after.text in notation.FONTS or after.text in notation.ACCENTS)
        greek = after.kind == "command" and after.text in notation.GREEK
        return fonts or greek or (after.kind == "letter" and after.text not in "dnmtT")

    @staticmethod
    def is_mark(tokens: list[Token], node: Node) -> bool:
        if isinstance(node, tree.Number):
            if [t.text for t in tokens] == ["circ"]:
                return True  # degrees
            return [t.value.strip() for t in tokens] in (["th"], ["st"], ["nd"], ["rd"])
        return all(t.text in _MARKS or t.kind == "text" for t in tokens)

    @staticmethod
    def is_index_in_brackets(tokens: list[Token], node: Node) -> bool:
        """``x^{(i)}``, ``W^{[l]}``; a number or a parenthesis is raised to a power instead."""
        if len(tokens) < 3 or tokens[0].text not in ("(", "[", "<<", "<") or isinstance(node, tree.Number):
            return False
        if isinstance(node, tree.Delimited):
            return False
        if isinstance(node, tree.Symbol) and node.name == "e":  # e^{(k)} is an error, e^{(x + 1)} a power
            return len(tokens) == 3 and tokens[1].text in "ijklmnt"
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
        if self.is_space(words, node, symbol) or self.is_upper_index(words, node, symbol):
            return True
        capitals = len(words) > 1 and all(len(w) == 1 and w.isupper() for w in words)
        if capitals and symbol.name != "e" and (symbol.accents or self.subscripted(node)):
            return True  # \hat{F}^{AJ}_k
        if self.is_tensor_index(words, node, symbol) or (symbol.name == "chi" and words == ["2"]):
            return True
        if words == ["L"] and symbol.name in _UNITS and self.subscripted(node):
            return True
        if len(words) == 1 and words[0].isdigit() and self.has_layers(symbol.name):
            return True
        if tokens[0].text == "pi" and symbol.name.isupper() and len(symbol.name) == 1 and symbol.name != "E":
            return True
        if words == ["0"] and isinstance(node, tree.Subscript):
            return True
        if len(words) == 1 and words[0] in ("Q", "K", "V", "O") and symbol.name in ("W", "b"):
            return True
        if symbol.style == "blackboard":
            return False
        layered = any(w in ("l", "ell") for w in words) and all(w in _LAYER or w.isdigit() for w in words)
        number = symbol.name == "lambda" or (symbol.name == "e" and not isinstance(node, tree.Subscript))
        return layered and not number and not symbol.name.isdigit()

    def subscripted(self, node: Node) -> bool:
        """Whether the name has a subscript, before this superscript or after it."""
        return isinstance(node, tree.Subscript) or self.peek(3 if self.at("{") else 1).text == "_"

    def is_space(self, words: list[str], node: Node, symbol: tree.Symbol) -> bool:
        """``\\ell^p`` and ``L^2(\\mu)``: spaces and their norms."""
        if (
            len(words) != 1
            or words[0] not in ("p", "q", "1", "2", "infty")
            or not isinstance(node, tree.Symbol)
        ):
            return False
        if symbol.name == "ell" and not symbol.accents and (words[0].isalpha() or len(self.tokens) < 8):
            return True
        end = self.i + (3 if self.at("{") else 1)
        after = self.tokens[min(end, len(self.tokens) - 1)].text
        return symbol.name in ("L", "ell") and symbol.style in ("", "calligraphic") and after in ("(", "_")

    @staticmethod
    def is_upper_index(words: list[str], node: Node, symbol: tree.Symbol) -> bool:
        """``x_t^i``: a second index, unlike the power of ``x_t^2``, ``x_i^k`` and ``\\lambda_t^i``."""
        if words not in (["i"], ["j"]) or not isinstance(node, tree.Subscript):
            return False
        latin = len(symbol.name) == 1 and symbol.name != "e"
        return latin and all(isinstance(i, tree.Symbol | tree.Sum) for i in node.items)

    def is_choice(self, words: list[str], node: Node, symbol: tree.Symbol | None) -> bool:
        """``C_n^k`` and ``C^k_n``."""
        if symbol is None or (symbol.name, symbol.style) not in (("C", ""), ("C", "roman")) or symbol.accents:
            return False
        if len(words) != 1 or words[0] not in _CHOSEN:
            return False
        if isinstance(node, tree.Subscript):
            return len(node.items) == 1 and isinstance(node.items[0], tree.Symbol | tree.Number)
        end = self.i + (3 if self.at("{") else 1)
        lower = [t.text for t in self.tokens[end : end + 4] if t.text not in ("{", "}")]
        return isinstance(node, tree.Symbol) and lower[:1] == ["_"] and lower[1:2] in (["n"], ["N"], ["m"])

    def is_tensor_index(self, words: list[str], node: Node, symbol: tree.Symbol) -> bool:
        """``g^{ij}`` beside ``g_{jk}``, ``\\Gamma^k_{ij}``: upper indices, where others stand below."""
        if not set(words) <= _TENSOR_INDICES or symbol.name in _ROOTS_OF_UNITY:
            return False
        if len(words) > 1:
            return bool(set(words) & self.lower_letters())
        after = self.i + (3 if self.at("{") else 1)
        lower = [t.text for t in self.tokens[after : after + 5]]
        two = lower[:2] == ["_", "{"] and lower[4:5] != [","] and set(lower[2:4]) <= _TENSOR_INDICES
        return isinstance(node, tree.Symbol) and two and len(words) == 1

    def lower_letters(self) -> set[str]:
        """The letters that stand below somewhere in the statement."""
        found: set[str] = set()
        tokens = self.statement
        for k, t in enumerate(tokens[:-1]):
            if t.text == "_":
                group = tokens[k + 1 : k + 2]
                if group[0].text == "{":
                    end = next((j for j in range(k + 2, len(tokens)) if tokens[j].text == "}"), len(tokens))
                    group = tokens[k + 2 : end]
                found |= {g.text for g in group}
        return found

    def has_layers(self, name: str) -> bool:
        """The formula has ``W^l`` or ``W^{l+1}`` for this letter, so ``W^1`` is that of the first layer."""
        texts = [t.text for t in self.statement]
        return name not in ("e", "lambda") and any(
            texts[k] == name
            and texts[k + 1] == "^"
            and "l" in (texts[k + 2], texts[k + 3])[: 1 + (texts[k + 2] == "{")]
            for k in range(len(texts) - 3)
        )
