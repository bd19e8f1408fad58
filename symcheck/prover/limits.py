"""Limits that can be read off the structure of a term, as signs are.

A term tends to a term without the variable, or to plus or minus infinity, or (a *ray*) to 0 or an infinity as
a factor that does not vary is 0 or not.  Limits of sums, products and powers come from those of their parts
where these leave no doubt; functions that are continuous commute with limits; the few that settle down at
infinity are listed in ``AT_INFINITY``.  What is indeterminate is not read: it has to be rewritten first.

To believe it one has to believe these lines and the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symcheck.prover.canonical import as_constant
from symcheck.prover.report import Refused
from symcheck.prover.sign_tables import NEGATIVE, NONNEGATIVE, NONPOSITIVE, NONZERO, POSITIVE
from symcheck.prover.signs import Signs
from symcheck.terms import term as tm
from symcheck.terms.lower import KNOWN_FUNCTIONS
from symcheck.terms.statement import Approach
from symcheck.terms.term import Term


@dataclass(frozen=True)
class Limit:
    """A finite ``value``; or the sign of an infinity; or, with both, a ray: 0 where ``value`` is 0, and
    elsewhere the infinity."""

    value: Term | None
    infinite: int = 0

    @property
    def finite(self) -> bool:
        return not self.infinite


CONTINUOUS = frozenset({
    "exp", "sigmoid", "softplus", "tanh", "sinh", "cosh", "sin", "cos", "erf", "Phi", "normal_density", "abs",
    "max", "min", "ExpGap", "MillsGap",
})  # fmt: skip
"""Functions that are continuous on the whole line; undefined functions are smooth and so are too."""

AT_INFINITY: Mapping[str, tuple[Limit, Limit]] = {
    "exp": (Limit(tm.ZERO), Limit(None, 1)),
    "sigmoid": (Limit(tm.ZERO), Limit(tm.ONE)),
    "softplus": (Limit(tm.ZERO), Limit(None, 1)),
    "tanh": (Limit(tm.num(-1)), Limit(tm.ONE)),
    "erf": (Limit(tm.num(-1)), Limit(tm.ONE)),
    "Phi": (Limit(tm.ZERO), Limit(tm.ONE)),
    "normal_density": (Limit(tm.ZERO), Limit(tm.ZERO)),
    "sinh": (Limit(None, -1), Limit(None, 1)),
    "cosh": (Limit(None, 1), Limit(None, 1)),
    "abs": (Limit(None, 1), Limit(None, 1)),
}
"""Where a function tends as its argument tends to minus and to plus infinity."""


class Limits:
    """Limits of terms as ``approach`` says, under the facts that ``signs`` holds."""

    def __init__(self, approach: Approach, signs: Signs) -> None:
        self.x = approach.x
        self.target = Limit(approach.to) if approach.to is not None else Limit(None, approach.side)
        self.signs = signs

    def of(self, t: Term) -> Limit:
        """The limit of ``t``.  Raises ``Refused`` where it cannot be read."""
        if not self._varies(t):
            return Limit(t)
        if t is self.x:
            return self.target
        match t.op:
            case "add":
                return self._sum([self.of(a) for a in t.args])
            case "mul":
                return self._product(t)
            case "sum":
                return self._series(t)
            case "vec":
                return Limit(tm.vector(t.args[0], self._finite(t.args[1])))
            case "pow":
                return self._power(t)
            case "fn":
                return self._function(t)
        raise Refused(f"the limit of {t} cannot be read")

    def _finite(self, t: Term) -> Term:
        found = self.of(t)
        if not found.finite or found.value is None:
            raise Refused(f"{t} has no finite limit")
        return found.value

    def _zero(self, t: Term) -> bool:
        return as_constant(self.signs.canonical(t)) == 0

    def _sum(self, parts: list[Limit]) -> Limit:
        infinities = {p.infinite for p in parts} - {0}
        if not infinities:
            return Limit(tm.add(*[p.value for p in parts if p.value is not None]))
        if len(infinities) > 1 or any(p.infinite and p.value is not None for p in parts):
            raise Refused("a sum of opposite infinities")
        return Limit(None, infinities.pop())

    def _product(self, t: Term) -> Limit:
        fixed = tm.mul(*[a for a in t.args if not self._varies(a)])
        parts = [self.of(a) for a in t.args if self._varies(a)]
        finite = tm.mul(*[p.value for p in parts if p.finite and p.value is not None])
        if all(p.finite for p in parts):
            return Limit(fixed * finite)
        way = 1
        for p in parts:
            way *= p.infinite or 1
            if p.infinite and p.value is not None:
                raise Refused("a product with what may be 0 or infinite")
        signs = self.signs.sign(finite), self.signs.sign(fixed)
        for sign in signs:
            if sign <= NONPOSITIVE:
                way = -way
        if not signs[0] <= POSITIVE and not signs[0] <= NEGATIVE:
            raise Refused(f"0 times infinity: {finite} may be 0")
        if signs[1] <= POSITIVE or signs[1] <= NEGATIVE:
            return Limit(None, way)
        if signs[1] <= NONNEGATIVE or signs[1] <= NONPOSITIVE:
            return Limit(fixed, way)
        raise Refused(f"the sign of {fixed} does not show")

    def _varies(self, t: Term) -> bool:
        return self.x.args[0] in tm.names(t)

    def _series(self, t: Term) -> Limit:
        i, body = t.args
        inner = self.of(body)
        if inner.finite and inner.value is not None:
            return Limit(tm.sum_over(i, inner.value))
        if inner.value is not None:
            raise Refused("a sum of what may be 0 or infinite")
        return inner

    def _power(self, t: Term) -> Limit:
        base, exponent = t.args
        b, e = self.of(base), self.of(exponent)
        if not e.finite or e.value is None:
            raise Refused(f"the exponent {exponent} has no finite limit")
        number = tm.number(exponent)
        whole = number is not None and number.denominator == 1
        if b.finite and b.value is not None:
            return self._finite_power(base, b.value, e.value, number if whole else None, t)
        if b.value is not None:
            raise Refused("a power of what may be 0 or infinite")
        sign = self.signs.sign(e.value)
        if b.infinite < 0 and not whole:
            raise Refused("a power of minus infinity")
        if sign <= NEGATIVE:
            return Limit(tm.ZERO)
        if sign <= POSITIVE:
            return Limit(None, -1 if b.infinite < 0 and number is not None and number % 2 else 1)
        raise Refused(f"the sign of the exponent {e.value} does not show")

    def _finite_power(self, base: Term, b: Term, e: Term, whole: Fraction | None, t: Term) -> Limit:
        if (whole is not None and whole >= 0) or t.args[1].op == "dim":
            return Limit(tm.power(b, e))
        sign = self.signs.sign(b)
        if sign <= POSITIVE or (whole is not None and sign <= NONZERO):
            return Limit(tm.power(b, e))
        if not self._zero(b) or self._varies(t.args[1]):
            raise Refused(f"the limit {b} of {base} may be 0")
        near, way = self.signs.sign(base), self.signs.sign(e)
        if way <= POSITIVE and near <= NONNEGATIVE:
            return Limit(tm.ZERO)
        if way <= NEGATIVE and (
            near <= POSITIVE or (near <= NONZERO and whole is not None and not whole % 2)
        ):
            return Limit(None, 1)
        if way <= NEGATIVE and near <= NEGATIVE and whole is not None:
            return Limit(None, -1 if whole % 2 else 1)
        raise Refused(f"from which side {base} tends to 0 does not show")

    def _function(self, t: Term) -> Limit:
        name, *args = t.args
        if name.startswith("if_"):
            return self._branch(t)
        parts = [self.of(a) for a in args]
        values = [p.value for p in parts if p.finite and p.value is not None]
        if len(values) == len(args):
            if name == "log":
                return self._log(args[0], values[0])
            if name in CONTINUOUS or name.rstrip("'") not in KNOWN_FUNCTIONS:
                return Limit(tm.fn(name, *values))
            raise Refused(f"{name} is not known to be continuous")
        if len(args) != 1:
            raise Refused(f"{name} of what tends to infinity")
        (p,) = parts
        if name == "exp" and p.value is not None and p.infinite < 0:
            # 1 where the factor is 0, else 0: the factor has one sign
            sign = tm.fn("sign", p.value)
            return Limit(1 + sign if self.signs.sign(p.value) <= NONPOSITIVE else 1 - sign)
        if p.value is not None:
            raise Refused(f"{name} of what may be 0 or infinite")
        if name == "log" and p.infinite > 0:
            return p
        if name in AT_INFINITY:
            return AT_INFINITY[name][p.infinite > 0]
        raise Refused(f"where {name} tends at infinity is not known")

    def _log(self, inside: Term, value: Term) -> Limit:
        if self.signs.positive(value):
            return Limit(tm.fn("log", value))
        if self._zero(value) and self.signs.positive(inside):
            return Limit(None, -1)
        raise Refused(f"the limit {value} of the argument of a logarithm may be 0")

    def _branch(self, t: Term) -> Limit:
        name, test, *branches = t.args
        if self._varies(test):
            raise Refused("a case distinction that depends on the variable")
        parts = [self.of(b) for b in branches]
        values = [p.value for p in parts if p.finite and p.value is not None]
        if len(values) < 2:
            raise Refused("a branch that tends to infinity")
        return Limit(tm.fn(name, test, *values))
