"""Operators that take a body: sums and their like, named functions, integrals, gradients, environments."""

from __future__ import annotations

from symcheck.latex import notation, tree
from symcheck.latex.cursor import is_prose
from symcheck.latex.derivatives import Derivatives
from symcheck.latex.report import Span
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node


class Operators(Derivatives):
    def limits(self) -> tuple[Node | None, Node | None]:
        lower = upper = None
        while self.at("_", "^"):
            if self.next().text == "_":
                if lower is not None:
                    self.fail("two lower limits")
                lower = self.argument()
            else:
                if upper is not None:
                    self.fail("two upper limits")
                upper = self.argument()
        return lower, upper

    def big(self, t: Token, name: str, lower: Node | None = None) -> Node:
        start = next(k for k in range(self.i - 1, -1, -1) if self.tokens[k] is t)
        wide = self.head_power <= 10 and name in notation.WIDE
        low, upper = self.limits()
        lower = lower if lower is not None else low
        upper = _end(lower, upper)
        head = tree.Symbol(self.since(start), name, "roman")
        if name in notation.WIDE and self.at("(", "\\{", "["):
            back = self.i
            inner = self.delimited()
            arguments = len(inner.items) > 1 or bool(inner.separators)
            if arguments or lower is None:
                function: Node = head if lower is None else tree.Subscript(head.span, head, (lower,))
                return tree.Call(self.since(start), function, inner)
            self.i = back
        if self.ends_operand():
            body: Node = tree.Missing(self.peek().span._replace(end=self.peek().span.start))
        elif wide:
            body = self.expr(10)
        else:
            self.sums.append(_index(lower))
            body = self.signed(20)
            self.sums.pop()
        return tree.BigOperator(self.since(start), name, lower, upper, body)

    def signed(self, power: int) -> Node:
        """An operand that may start with a minus sign."""
        start = self.i
        if self.at("-", "+"):
            sign = self.next().text
            with self.deeper():
                body = self.signed(power)
            return tree.Sum(self.since(start), (body,), (sign,))
        return self.expr(power)

    def named(self, function: Node) -> Node:
        start = self.i - 1
        while self.at("_", "^", "'"):
            mark = self.next().text
            if mark == "_":
                function = tree.Subscript(self.since(start), function, self.subscript(function))
            elif mark == "'":
                function = tree.Prime(self.since(start), function, 1)
            else:
                exponent = self.argument()
                function = tree.Power(self.since(start), function, exponent)
        if self.at("(", "[", "\\{") or self.unbraced():
            arguments = self.delimited()
            return tree.Call(self.since(start), function, arguments)
        t = self.peek()
        signed = self.at("-")
        if (
            self.ends_operand()
            or (t.kind == "command" and t.text in notation.PRODUCTS)
            or self.at("+", "/", "*")
        ):
            return function
        with self.deeper():
            body = self.body()
        if signed and self.at("+", "-") and isinstance(function, tree.Symbol) and function.name == "exp":
            self.fail("nothing tells where the exponent ends")
        return tree.Call(self.since(start), function, tree.Delimited(body.span, "", "", (body,)))

    def body(self) -> Node:
        """The argument of a named function written without parentheses."""
        while self.peek().kind == "gap":
            self.next()
        start = self.i
        if self.at("-"):
            self.next()
            with self.deeper():
                inner = self.body()
            return tree.Sum(self.since(start), (inner,), ("-",))
        return self.operand()

    def integral(self, start: int) -> Node:
        lower, upper = self.limits()
        self.in_integral += 1
        while self.peek().kind == "gap":
            self.next()
        span = self.peek().span
        body: Node = tree.Number(span._replace(end=span.start), "1")
        if not self.at_differential():
            body = self.signed(20)
            while self.at("+", "-") and self.differential_ahead():
                sign = self.next().text
                term = self.signed(20)
                whole = body.span | term.span
                if isinstance(body, tree.Sum):
                    body = tree.Sum(whole, (*body.terms, term), (*body.signs, sign))
                else:
                    body = tree.Sum(whole, (body, term), ("+", sign))
        variables: list[Node] = []
        while self.at_differential():
            t = self.next()
            if t.kind == "text" and not self.starts_name():
                break
            variables.append(self.scripted_symbol())
        self.in_integral -= 1
        if not variables:
            self.note("integral without differential", self.since(start))
        return tree.Integral(self.since(start), lower, upper, body, tuple(variables))

    def starts_name(self) -> bool:
        return self.peek().kind in ("letter", "command", "text")

    def differential_ahead(self) -> bool:
        for t in self.tokens[self.i : self.i + 40]:
            if t.kind == "gap" or (t.kind == "symbol" and t.text in "=<>"):
                return False
            if (t.kind == "letter" and t.text == "d") or (t.kind == "text" and t.value.strip() == "d"):
                return True
        return False

    def nabla(self) -> Node:
        start = self.i - 1
        variable = order = None
        while self.at("_", "^"):
            if self.next().text == "_":
                items = self.subscript(tree.Symbol(self.since(start), "nabla"))
                variable = items[0] if len(items) == 1 else tree.Sequence(self.since(start), items)
            else:
                order = self.argument()
        operator = "nabla"
        if self.at_command("cdot", "times"):
            operator = "div" if self.next().text == "cdot" else "curl"
        t = self.peek()
        if (
            self.ends_operand()
            or self.at("+", "-", "/")
            or (t.kind == "command" and t.text in notation.PRODUCTS)
        ):
            body: Node = tree.Missing(t.span._replace(end=t.span.start))
        else:
            with self.deeper():
                self.head_power = 40
                body = self.factor()
                turned = _turned(body)
                if turned is not None:  # the transposed gradient, not that of something transposed
                    gradient = tree.Nabla(self.since(start), operator, variable, order, turned)
                    return tree.Transpose(self.since(start), gradient)
                vector = isinstance(body, tree.Transpose) or (
                    isinstance(body, tree.Symbol) and body.style == "bold" and body.name.islower()
                )
                after = self.peek()
                times = after.kind == "command" and after.text in notation.PRODUCTS | notation.SUMS
                ends = self.ends_operand() or times or self.at("+", "-", "/", "*")
                if (vector and not self.stops_body(body)) or (_coefficient(body) and not ends):
                    rest = self.operand()
                    factors = rest.factors if isinstance(rest, tree.Product) else (rest,)
                    body = tree.Product(body.span | rest.span, (body, *factors), ("",) * len(factors))
        return tree.Nabla(self.since(start), operator, variable, order, body)

    def partial(self) -> Node:
        start = self.i - 1
        if self.at("_"):
            self.next()
            variables = self.subscript(tree.Symbol(self.since(start), "partial"))
            body = self.factor()
            return tree.Derivative(self.since(start), "partial", None, body, variables)
        order = None
        if self.at("^"):
            self.next()
            order = self.argument()
        if self.ends_operand() or self.at("/"):
            return tree.Symbol(self.since(start), "partial")
        with self.deeper():
            body = self.factor()
        return tree.Differential(self.since(start), "partial", body, order)

    def environment(self, t: Token) -> Node:
        name = t.value
        if name not in notation.CASES and name not in notation.MATRICES:
            self.i -= 1
            self.fail(f"environment {name}")
        start = self.i - 1
        rows: list[list[list[Node]]] = [[[]]]
        with self.deeper(), self.inside():
            while self.peek().kind != "end":
                self.cell_part(rows, name in notation.CASES)
                if len(rows) > 400:
                    self.fail("too many rows")
        self.next()
        rows = [r for r in rows if any(r)]
        span = self.since(start)
        if name in notation.CASES:
            return tree.Cases(span, tuple(self.case(r, span) for r in rows))
        cells = [[self.cell(c, span) for c in r] for r in rows]
        width = max((len(r) for r in cells), default=0)
        if name != "array" and any(len(r) != width for r in cells):
            self.fail("matrix with rows of different length", span)
        return tree.Matrix(span, name, tuple(tuple(r) for r in cells))

    def cell_part(self, rows: list[list[list[Node]]], cases: bool) -> None:
        t = self.peek()
        cell = rows[-1][-1]
        if t.kind == "stop":
            self.fail("unclosed environment", unbalanced=True)
        if t.kind == "break":
            self.next()
            rows.append([[]])
        elif self.at("&"):
            self.next()
            rows[-1].append([])
        elif t.kind == "gap":
            self.next()
            if cases and cell and len(rows[-1]) == 1 and not self.at("&"):
                rows[-1].append([])
        elif self.at(",", ".", ";"):
            self.next()
        elif t.kind == "text" and cell and len(rows[-1]) > 1 and t.value.strip(" ,").lower() == "or":
            self.next()
            before = cell.pop()
            other = self.expr(0)
            cell.append(tree.Logic(before.span | other.span, "or", (before, other)))
        elif t.kind == "text" and cases and is_prose(t) and self.case_word(t):
            self.next()
            if cell and len(rows[-1]) == 1:
                rows[-1].append([])
            if t.value.strip(" ,.").lower() in ("otherwise", "else"):
                rows[-1][-1].append(tree.Prose(t.span, "otherwise"))
        else:
            at = self.i
            cell.append(self.expr(0))
            if self.i == at:
                self.fail(f"unexpected {t.text}")

    @staticmethod
    def case_word(t: Token) -> bool:
        word = t.value.strip(" ,.:").lower()
        return word in notation.CONDITION_WORDS or word in ("otherwise", "else", "and", "")

    def case(self, row: list[list[Node]], span: Span) -> tuple[Node, Node | None]:
        cells = [c for c in row if c]
        if len(cells) > 2 or not cells:
            self.fail("row of cases", span)
        value = self.cell(cells[0], span)
        if len(cells) == 1:
            return value, None
        condition = self.cell(cells[1], span)
        return value, condition

    @staticmethod
    def cell(parts: list[Node], span: Span) -> Node:
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return tree.Missing(span)
        return tree.Sequence(parts[0].span | parts[-1].span, tuple(parts))


def _index(lower: Node | None) -> str:
    """The letter that a sum binds; "?" if it shows none."""
    first = lower.sides[0] if isinstance(lower, tree.Relation) else lower
    return first.name if isinstance(first, tree.Symbol) else "?"


def _end(lower: Node | None, upper: Node | None) -> Node | None:
    """``n`` of a range from ``i=1`` to ``i=n``, in which the end names its letter again."""
    match lower, upper:
        case (
            tree.Relation(sides=(tree.Symbol(name=letter), _), operators=("=",)),
            tree.Relation(sides=(tree.Symbol(name=again), end), operators=("=",)),
        ) if letter == again:
            return end
    return upper


def _coefficient(node: Node) -> bool:
    """``\\frac{1}{n}``, ``\\frac{\\lambda}{2}``: nobody takes the gradient of that."""
    match node:
        case tree.Number():
            return True
        case tree.Fraction(numerator=tree.Number(), denominator=tree.Number() | tree.Symbol()):
            return True
        case tree.Fraction(numerator=tree.Symbol(), denominator=tree.Number()):
            return True
    return False


def _turned(body: Node) -> Node | None:
    """``f(x)`` of a ``\\nabla f(x)^T``; None if what is transposed is a vector."""
    match body:
        case tree.Transpose(base=tree.Call() as inner):
            return inner
        case tree.Transpose(
            base=tree.Symbol(name="f" | "L" | "J" | "ell", style="" | "calligraphic") as inner
        ):
            return inner
        case tree.Call(function=function, arguments=tree.Delimited(opening="", items=(inner,))):
            bare = _turned(inner)
            if bare is not None:
                return tree.Call(body.span, function, tree.Delimited(bare.span, "", "", (bare,)))
    return None
