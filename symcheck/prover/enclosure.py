"""Ball enclosures of one-variable terms, for bounds on an interval.

The checker's own evaluator: it reads terms, not SymPy, and shares nothing with the falsifier.
"""

from __future__ import annotations

from fractions import Fraction

from flint import arb, arb_series, ctx, fmpq

from symcheck.terms.term import Term, number


class Undefined(ArithmeticError):
    """The enclosure reaches a point where the term is not defined."""


class Enclosure:
    """Encloses terms at ``bits`` of precision."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def value(self, t: Term) -> arb:
        """A ball around the value of a term without variables."""
        return self._run(t, None, arb_series([arb(0)], 1), 1)[0]

    def over(self, f: Term, x: Term, low: Fraction, high: Fraction) -> arb:
        """A ball around the values of f for x in [low, high], by the mean value theorem."""
        middle = (low + high) / 2
        with_radius = self._arb((high - low) / 2)
        box = self._arb(middle) + with_radius * arb(0, 1)
        centre = self._run(f, x, arb_series([self._arb(middle)], 1), 1)[0]
        slope = self._run(f, x, arb_series([box, 1], 2), 2)[1]
        return centre + slope * (with_radius * arb(0, 1))

    def _arb(self, value: Fraction) -> arb:
        ctx.prec = self.bits
        return arb(fmpq(value.numerator, value.denominator))

    def _run(self, t: Term, x: Term | None, at: arb_series, order: int) -> arb_series:
        before, ctx.prec = ctx.prec, self.bits
        cap, ctx.cap = ctx.cap, order
        try:
            out = self._series(t, x, at)
            if not all(out[k].is_finite() for k in range(order)):
                raise Undefined(str(t))
            return out
        finally:
            ctx.prec, ctx.cap = before, cap

    def _series(self, t: Term, x: Term | None, at: arb_series) -> arb_series:
        if t is x:
            return at
        match t.op:
            case "num":
                return arb_series([self._arb(t.args[0])])
            case "add":
                out = arb_series([0])
                for a in t.args:
                    out = out + self._series(a, x, at)
                return out
            case "mul":
                out = arb_series([1])
                for a in t.args:
                    out = out * self._series(a, x, at)
                return out
            case "pow":
                return self._power(t, x, at)
            case "fn":
                return self._function(t.args[0], [self._series(a, x, at) for a in t.args[1:]])
        raise Undefined(f"no enclosure for {t.op}")

    def _power(self, t: Term, x: Term | None, at: arb_series) -> arb_series:
        e = number(t.args[1])
        base = self._series(t.args[0], x, at)
        if e is None:
            raise Undefined(f"power {t.args[1]}")
        if e.denominator == 1:
            positive = base ** int(abs(e))
            return positive if e >= 0 else _inverse(positive)
        if not base[0] > 0:
            raise Undefined("root of a negative number")
        return (base.log() * arb_series([self._arb(e)])).exp()

    def _function(self, name: str, args: list[arb_series]) -> arb_series:
        match name:
            case "pi":
                return arb_series([arb.pi()])
            case "exp":
                return args[0].exp()
            case "erf":
                return args[0].erf()
            case "sigmoid":
                return _inverse(1 + (-args[0]).exp())
            case "tanh":
                return 1 - 2 * _inverse(1 + (2 * args[0]).exp())
            case "Phi":
                return (1 + (args[0] * arb_series([(arb(1) / 2).sqrt()])).erf()) * arb_series([arb(1) / 2])
            case "normal_density":
                scale = arb_series([1 / (2 * arb.pi()).sqrt()])
                return (args[0] * args[0] * arb_series([arb(-1) / 2])).exp() * scale
            case "log":
                if not args[0][0] > 0:
                    raise Undefined("logarithm of a number that may be negative")
                return args[0].log()
            case "sin":
                return args[0].sin()
            case "cos":
                return args[0].cos()
        raise Undefined(f"no enclosure for {name}")


def _inverse(series: arb_series) -> arb_series:
    if series[0].contains(0):
        raise Undefined("division by a number that may be 0")
    return 1 / series
