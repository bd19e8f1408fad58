"""Operators with binding powers (a Pratt parser): logic 3-6, relations 10, bars 12, sums 20, signs 25,
products 30, juxtaposition 40; scripts and applications bind tightest."""

from __future__ import annotations

from symcheck.latex import notation, tree
from symcheck.latex.cursor import is_prose
from symcheck.latex.scripts import Scripts
from symcheck.latex.tokens import Token
from symcheck.latex.tree import Node

RELATION, BAR, SUM, SIGN, PRODUCT, JUXTAPOSED = 10, 12, 20, 25, 30, 40


class Grammar(Scripts):
    def expr(self, power: int) -> Node:
        with self.deeper():
            start = self.i
            self.head_power = power
            left = self.prefix(start)
            while (extended := self.infix(left, power, start)) is not None:
                left = extended
            return left

    def prefix(self, start: int) -> Node:
        t = self.peek()
        if t.kind == "symbol" and t.text in ("+", "-"):
            self.next()
            if self.nested and (self.at(",", ")", "\\}")):  # the sign itself: (R, +), {+, -}
                return tree.Symbol(t.span, t.text)
            body = self.expr(SIGN)
            return tree.Sum(self.since(start), (body,), (t.text,))
        if t.kind == "command":
            if t.text in ("pm", "mp"):
                self.next()
                body = self.expr(SIGN)
                return tree.Sum(self.since(start), (body,), (notation.SUMS[t.text],))
            if t.text == "neg":
                self.next()
                return tree.Logic(self.since(start), "not", (self.expr(15),))
            if t.text in ("forall", "exists", "nexists"):
                return self.quantifier(start)
            if t.text in notation.RELATIONS or t.text in notation.ARROWS or t.text in notation.LOGIC:
                return tree.Missing(t.span._replace(end=t.span.start))
            if t.text == "not":
                return tree.Missing(t.span._replace(end=t.span.start))
        if t.kind == "symbol" and (t.text in "=<>" or (t.text == ":" and self.peek(1).text == "=")):
            return tree.Missing(t.span._replace(end=t.span.start))
        return self.factor()

    def quantifier(self, start: int) -> Node:
        name = self.next().text
        if self.at("!"):
            self.next()
        bound: list[Node] = [self.scripted_symbol()]
        while self.at(","):
            self.next()
            bound.append(self.scripted_symbol())
        over = bound[0] if len(bound) == 1 else tree.Sequence(bound[0].span | bound[-1].span, tuple(bound))
        while not self.at("(") and (extended := self.infix(over, RELATION - 1, start)) is not None:
            over = extended
        if self.at("("):
            return tree.Logic(self.since(start), name, (over, self.factor()))
        return tree.Logic(self.since(start), name, (over,))

    def infix(self, left: Node, power: int, start: int) -> Node | None:
        t = self.peek()
        if t.kind in ("stop", "gap", "break", "end"):
            return None
        if t.kind == "symbol" and (t.text in notation.CLOSING or t.text in ("}", ",", ";", "&", "?", ".")):
            return None
        if t.kind == "text":
            return self.after_text(left, t, power)
        if t.kind == "command" and self.logic_name(t) in notation.LOGIC:
            return self.logic(left, notation.LOGIC[self.logic_name(t)], power, start)
        if self.at_relation():
            return self.relation(left, power, start)
        if t.kind == "symbol" and t.text in ("+", "-"):
            return self.sum(left, t.text, power, start)
        if t.kind == "command" and t.text in notation.SUMS:
            return self.sum(left, notation.SUMS[t.text], power, start)
        if t.kind == "symbol" and t.text in ("/", "*"):
            return self.product(left, "ast" if t.text == "*" else "/", power, start)
        if t.kind == "command" and t.text in notation.PRODUCTS:
            return self.product(left, notation.PRODUCTS[t.text], power, start)
        if t.kind == "symbol" and t.text in notation.BARS:
            return self.bar(left, t, power, start)
        if t.kind == "symbol" and t.text == ":":
            return self.colon(left, power, start)
        if t.kind == "command" and t.text in ("mod", "pmod"):
            return self.old_style(left, t.text, start)
        if t.kind == "command" and t.text in ("choose", "over"):  # all of the group is above it
            return self.old_style(left, t.text, start) if power == 0 else None
        if self.in_integral and self.at_differential():
            return None
        return self.juxtapose(left, start) if power < JUXTAPOSED else None

    def logic_name(self, t: Token) -> str:
        return "iff" if t.text == "equiv" and self.uses_logic else t.text

    def after_text(self, left: Node, t: Token, power: int) -> Node | None:
        start = self.i
        if not is_prose(t):
            loose = t.value[:1].isspace() or t.value[-1:].isspace()
            if loose and not isinstance(left, tree.Number) and t.text == "text" and not self.nested:
                if power >= BAR:
                    return None
                self.next()
                predicate = tree.Prose(t.span, t.value.strip())
                return tree.Logic(left.span | predicate.span, "is", (left, predicate))
            if self.in_integral and self.at_differential():
                return None
            return self.juxtapose(left, start) if power < JUXTAPOSED else None
        word = t.value.strip(" ,;").lower()
        if (
            not self.nested
            or word in notation.CONDITION_WORDS
            or word in ("and", "or", "otherwise", "else", "")
        ):
            return None
        return self.juxtapose(left, start) if power < JUXTAPOSED else None

    def logic(self, left: Node, name: str, power: int, start: int) -> Node | None:
        binding = notation.LOGIC_POWER[name]
        if power >= binding:
            return None
        self.next()
        while self.peek().kind == "gap":
            self.next()
        if self.peek().kind == "stop":
            end = self.peek().span
            return tree.Logic(self.since(start) | left.span, name, (left, tree.Missing(end)))
        right = self.expr(binding)
        return tree.Logic(self.since(start) | left.span, name, (left, right))

    # Relations

    def at_relation(self) -> bool:
        t = self.peek()
        if t.kind == "symbol":
            return t.text in notation.SIGN_RELATIONS or (t.text in (":", "+", "-") and self.assigns())
        if t.kind != "command":
            return False
        if t.text in ("stackrel", "overset", "underset"):
            return self.stacked_relation() is not None
        return t.text in notation.RELATIONS or t.text in notation.ARROWS or t.text == "not"

    def assigns(self) -> bool:
        """The sign at the cursor is glued to an equals sign: ``:=``, ``+=``."""
        return (
            self.peek(1).kind == "symbol"
            and self.peek(1).text == "="
            and (self.peek().text == ":" or not self.peek(1).spaced)
        )

    def stacked_relation(self) -> str | None:
        here = self.i
        self.next()
        label = self.argument_tokens()
        self.skip_argument()
        inner = self.argument_tokens()
        self.i = here
        if len(inner) != 1:
            return None
        t = inner[0]
        words = "".join(x.value if x.kind == "text" else x.text for x in label)
        tables = (notation.RELATIONS, notation.ARROWS, notation.LOGIC, notation.SIGN_RELATIONS)
        name = next((table[t.text] for table in tables if t.text in table), None)
        if name is None:
            return None
        if "def" in words or words in ("!", "triangle", "Delta"):
            return ":="
        return name

    def operator(self) -> str:
        """Consumes the relation at the cursor."""
        t = self.next()
        if t.kind == "symbol":
            if t.text == ":":
                self.next()
                return ":="
            if t.text == "=" and self.at(":") and self.peek(1).text != "=":
                self.next()
                return "=:"
            if t.text == "=" and self.at(">"):
                self.next()
                return "=>"
            if t.text in "<>+-" and self.at("="):
                self.next()
                return t.text + "="
            return notation.SIGN_RELATIONS[t.text]
        if t.text in ("stackrel", "overset", "underset"):
            self.i -= 1
            name = self.stacked_relation() or "="
            self.next()
            span = self.skip_argument()
            self.note("remark", span, "over a relation")
            self.skip_argument()
            return name
        if t.text in ("xrightarrow", "xleftarrow"):
            if self.at("["):
                self.delimited()
            self.skip_argument()
            return notation.ARROWS[t.text]
        if t.text == "not":
            if not (self.at_relation()):
                self.fail("negation of something that is no relation")
            inner = self.operator()
            return {"=": "!=", "in": "notin"}.get(inner, "!" + inner)
        if t.text == "perp" and self.at_command("perp"):
            self.next()
            return "independent"
        return notation.RELATIONS.get(t.text) or notation.ARROWS[t.text]

    def relation(self, left: Node, power: int, start: int) -> Node | None:
        if power >= RELATION:
            return None
        sides, operators = [left], []
        while self.at_relation():
            operators.append(self.operator())
            t = self.peek()
            if t.kind == "gap" and self.peek(1).kind not in ("stop", "text", "gap"):
                self.next()
            if self.ends_operand() and not self.at_relation():
                sides.append(tree.Missing(t.span._replace(end=t.span.start)))
                break
            sides.append(self.expr(RELATION))
            if len(sides) > 100:
                self.fail("too many sides")
        return tree.Relation(left.span | self.since(start), tuple(sides), tuple(operators))

    # Sums and products

    def sum(self, left: Node, sign: str, power: int, start: int) -> Node | None:
        if power >= SUM:
            return None
        self.next()
        self.refuse_script(sign)
        if self.ends_operand() and sign in ("+", "-"):
            self.fail("operand missing")
        signed = self.at("-", "+") or self.at_command("pm", "mp")
        right = self.prefix(self.i) if signed else self.expr(SUM)
        span = left.span | right.span
        if isinstance(left, tree.Sum):
            return tree.Sum(span, (*left.terms, right), (*left.signs, sign))
        return tree.Sum(span, (left, right), ("+", sign))

    def refuse_script(self, operator: str) -> None:
        """``a \\oplus_0 b``: an operator with a name of its own."""
        if self.at("_", "^") and operator not in ("+", "-", "/"):
            self.fail(f"{operator} with an index")

    def product(self, left: Node, operator: str, power: int, start: int) -> Node | None:
        if power >= PRODUCT:
            return None
        ahead = self.sum_ahead() if self.sums else None
        if ahead is not None and (operator == "/" or ahead in self.sums):
            return None  # a quotient or product of sums, not a sum of quotients or products
        self.next()
        self.refuse_script(operator)
        if operator == "cdot" and self.ends_operand():  # f(\cdot), (x, \cdot)
            dot = self.tokens[self.i - 1]
            return tree.Product(left.span | dot.span, (left, tree.Symbol(dot.span, "cdot")), ("",))
        if operator == "/":
            return self.slash(left)
        if operator == "times" and isinstance(left, tree.Number) and self.ends_operand():  # 100 times
            end = self.tokens[self.i - 1].span
            missing = tree.Missing(end._replace(start=end.end))
            return tree.Product(left.span | end, (left, missing), (operator,))
        right = self.signed(PRODUCT)
        span = left.span | right.span
        if isinstance(left, tree.Product) and all(left.operators):
            return tree.Product(span, (*left.factors, right), (*left.operators, operator))
        return tree.Product(span, (left, right), (operator,))

    def slash(self, left: Node) -> Node:
        """``a / bc`` is a/(bc) where b and c are written together; ``1/2 x`` is half of x."""
        height = 0
        inner: Node = left
        while isinstance(inner, tree.Fraction):
            inner, height = inner.numerator, height + 1
        if height > 12:
            self.fail("too many slashes")
        start = self.i
        if self.at("-"):
            right = self.signed(PRODUCT)
            return tree.Fraction(left.span | right.span, left, right)
        factors = [self.factor()]
        number = isinstance(left, tree.Number) and isinstance(factors[0], tree.Number)
        several = isinstance(left, tree.Differential) and isinstance(factors[0], tree.Differential)
        while several and self.at_command("partial"):
            factors.append(self.factor())
        while not number and self.extends_denominator(factors):
            factors.append(self.factor())
        right = factors[0]
        if len(factors) > 1:
            right = tree.Product(self.since(start), tuple(factors), ("",) * (len(factors) - 1))
        found = self.inline_derivative(left, right)
        if found is not None:
            letter, order, body, variables = found
            if isinstance(body, tree.Missing) and not (self.ends_operand() or self.at("+", "-", "/")):
                body = self.operand()
                right = body
            return tree.Derivative(left.span | right.span, letter, order, body, variables)
        return tree.Fraction(left.span | right.span, left, right)

    @staticmethod
    def inline_derivative(left: Node, right: Node) -> tuple[str, Node | None, Node, tuple[Node, ...]] | None:
        """``\\partial f / \\partial x`` and ``dx/dt``: letter, order, body, variables."""
        match left, right:
            case tree.Differential(letter="partial"), tree.Differential(letter="partial"):
                variable = right.body
                if left.order is not None and isinstance(variable, tree.Power):
                    variable = variable.base
                return "partial", left.order, left.body, (variable,)
            case tree.Differential(letter="partial", order=tree.Node() as order), tree.Product() if not any(
                right.operators
            ):
                bodies = [f.body for f in right.factors if isinstance(f, tree.Differential)]
                if len(bodies) == len(right.factors):
                    return "partial", order, left.body, tuple(bodies)
            case (
                tree.Product(factors=(tree.Symbol(name="d", style=""), body), operators=("",)),
                tree.Product(factors=(tree.Symbol(name="d", style=""), variable), operators=("",)),
            ):
                return "d", None, body, (variable,)
            case (
                tree.Symbol(name="d", style=""),
                tree.Product(factors=(tree.Symbol(name="d", style=""), variable), operators=("",)),
            ):
                end = left.span._replace(start=left.span.end)
                return "d", None, tree.Missing(end), (variable,)
            case tree.Symbol(name="partial"), tree.Differential(letter="partial", order=None):
                end = left.span._replace(start=left.span.end)
                return "partial", None, tree.Missing(end), (right.body,)
        return None

    def extends_denominator(self, factors: list[Node]) -> bool:
        t = self.peek()
        if self.stops_body(factors[-1]) or isinstance(factors[-1], tree.Root | tree.Fraction | tree.Power):
            return False
        if t.kind not in ("letter", "command", "number"):
            return False
        if t.kind == "command" and (t.text in ("frac", "nabla", "partial") or t.text in notation.INTEGRALS):
            return False
        if isinstance(factors[0], tree.Number) or not t.spaced:
            self.note("slash", t.span, "the denominator was taken to go on")
            return True
        return False

    def juxtapose(self, left: Node, start: int) -> Node:
        self.head_power = JUXTAPOSED
        right = self.factor()
        span = left.span | right.span
        if isinstance(left, tree.Product) and not any(left.operators):
            if len(left.factors) > 600:
                self.fail("too many factors")
            return tree.Product(span, (*left.factors, right), (*left.operators, ""))
        return tree.Product(span, (left, right), ("",))

    # Bars, colons, old-style fractions

    def bar(self, left: Node, t: Token, power: int, start: int) -> Node | None:
        if (self.bars and self.bars[-1] == t.text and t.value not in ("open", "separator")) or (
            t.value == "close" and self.bars
        ):
            return None
        if (
            t.text == "|"
            and self.peek(1).text == "_"
            and not isinstance(left, tree.Sequence)
            and t.value != "open"
        ):
            self.next()
            self.next()
            at = self.argument()
            upper = None
            if self.at("^"):
                self.next()
                upper = self.argument()
            return tree.Evaluated(left.span | self.since(start), left, at, upper)
        closers = {")", "]", "\\}", "}", ">>"} if self.nested else set()
        if self.bar_separates(closers):
            if self.nested or power >= BAR:
                return None
            self.next()
            right = [self.expr(BAR)]
            while self.at(","):
                self.next()
                right.append(self.expr(BAR))
            span = left.span | self.since(start)
            return tree.Delimited(span, "", "", (left, *right), (t.text, *[","] * (len(right) - 1)))
        if t.value == "close":
            self.fail("unmatched bar")
        return self.juxtapose(left, start) if power < JUXTAPOSED else None

    def colon(self, left: Node, power: int, start: int) -> Node | None:
        if self.nested or power >= 2:
            return None
        self.next()
        if self.ends_operand():
            return tree.Logic(left.span | self.since(start), ":", (left,))
        right = self.expr(2)
        return tree.Logic(left.span | right.span, ":", (left, right))

    def old_style(self, left: Node, name: str, start: int) -> Node:
        self.next()
        if name in ("mod", "pmod"):
            modulus = self.argument()
            return tree.Product(left.span | modulus.span, (left, modulus), ("mod",))
        if isinstance(left, tree.Relation):
            self.fail(f"\\{name} without braces has the whole formula above it")
        right = self.expr(0)
        span = left.span | right.span
        return tree.Binomial(span, left, right) if name == "choose" else tree.Fraction(span, left, right)
