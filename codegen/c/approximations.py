"""The polynomials by which the C target computes exponentials and logarithms, and the error of each.

The loops call no library for these: a polynomial without branches is what a compiler turns into SIMD.  Each
``bits`` is proved by ``codegen.certificates.show_series`` (``tests/c_target/test_c_functions.py``): the value
of the polynomial in exact arithmetic, its coefficients as they stand here, is within a factor
1 ± 2^-bits of the function on the interval.  What rounding adds is measured, for single precision over all
numbers (the same test, in its slow tier).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import factorial


@dataclass(frozen=True)
class Series:
    """``found`` approximates the function with the Taylor coefficients ``true`` on [low, high].

    ``kind``: what ``tail`` is to be put into:

    ======  ======================================  ==========================================
    exp     exp(r) = 1 + r + r r tail(r)            the whole
    expm1   exp(r) - 1 = r + r r tail(r)            divided by r
    log     log(m) = 2 s + s z tail(z), z = s s,    divided by 2 s
            with s = (m - 1) / (m + 1)
    log1p   log(1 + f) = f - f f / 2 + f f f tail   divided by f
    ======  ======================================  ==========================================
    """

    kind: str
    tail: tuple[float, ...]
    low: float
    high: float
    bits: float

    @property
    def found(self) -> list[Fraction]:
        tail = [Fraction(c) for c in self.tail]
        match self.kind:
            case "exp":
                return [Fraction(1), Fraction(1), *tail]
            case "expm1":
                return [Fraction(1), *tail]
            case "log1p":
                return [Fraction(1), Fraction(-1, 2), *tail]
            case _:
                return [Fraction(1), *(c / 2 for c in tail)]

    @property
    def true(self) -> list[Fraction]:
        """Enough terms for the rest to be nothing beside the error."""
        match self.kind:
            case "exp":
                return [Fraction(1, factorial(k)) for k in range(TERMS)]
            case "expm1":
                return [Fraction(1, factorial(k + 1)) for k in range(TERMS)]
            case "log1p":
                return [Fraction((-1) ** k, k + 1) for k in range(2 * TERMS)]
            case _:
                return [Fraction(1, 2 * k + 1) for k in range(TERMS)]

    @property
    def rest(self) -> Fraction:
        """A bound of the terms left out: a geometric series with half the ratio of ``high``, or less."""
        size = max(abs(Fraction(self.low)), abs(Fraction(self.high)))
        assert size <= Fraction(1, 2)
        return 2 * size ** len(self.true) * abs(self.true[-1])


@dataclass(frozen=True)
class Quotient:
    """``above`` over ``below`` approximates a function on [0, end], within a factor 1 ± 2^-bits."""

    above: tuple[float, ...]
    below: tuple[float, ...]
    end: float
    bits: float


TANH = Quotient(
    (0.08333327621221542, 0.0012344243004918098, 2.6411457838548813e-06),
    (1.0, 0.1148126944899559, 0.0013939905911684036, 2.726535967667587e-06),
    9.1, 25.6,
)  # fmt: skip
"""What tanh in single precision is made of (``functions.c.j2``), and how exact the whole is."""

TERMS = 24
HALF_LOG_2 = 0.34664  # the reduced argument of an exponential is at most this, with room for rounding
NINTH = 0.11112  # s s for s = x / (x + 2), x from 0 to 1
LARGEST_Z = 0.02945  # of a logarithm with 1 / sqrt 2 <= m <= sqrt 2

SERIES: Mapping[str, Series] = {
    "exp_single": Series("exp", (
        0.4999999403953552, 0.1666652113199234, 0.04166838899254799, 0.008368724025785923,
        0.0013814588310196996,
    ), -HALF_LOG_2, HALF_LOG_2, 27.5),
    "exp_short": Series("exp", (
        0.5000000067721359, 0.16666665868594444, 0.04166629480231467, 0.008333497107328744,
        0.001394467057812572, 0.0001979034935302542,
    ), -HALF_LOG_2, HALF_LOG_2, 34.1),
    "exp_double": Series("exp", (
        0.5000000000000011, 0.16666666666666413, 0.04166666666653006, 0.008333333333494593,
        0.0013888888943661382, 0.00019841269506364553, 2.480149306277083e-05, 2.7557586495978958e-06,
        2.7630262455419766e-07, 2.5000045990930663e-08,
    ), -HALF_LOG_2, HALF_LOG_2, 56.0),
    "expm1_single": Series("expm1", (
        0.5, 0.1666666567325592, 0.041666362434625626, 0.008333389647305012, 0.0013940638164058328,
        0.00019845901988446712,
    ), -HALF_LOG_2, HALF_LOG_2, 28.0),
    "expm1_double": Series("expm1", (
        0.5, 0.16666666666666677, 0.04166666666666651, 0.008333333333321683, 0.0013888888888962442,
        0.00019841269885993032, 2.4801587172438426e-05, 2.755724434388673e-06, 2.755740269344722e-07,
        2.510899040592496e-08, 2.0875325104734678e-09,
    ), -HALF_LOG_2, HALF_LOG_2, 59.0),
    "log1p_single": Series("log1p", (
        0.3333333134651184, -0.250008225440979, 0.20001231133937836, -0.16623251140117645,
        0.14201565086841583, -0.1316109150648117, 0.12763488292694092, -0.0763443112373352,
    ), -0.29290, 0.41422, 26.5),
    "log1p_unit_single": Series("log", (
        0.666664183139801, 0.400214284658432, 0.2800324261188507, 0.2800552546977997,
    ), 0.0, NINTH, 27.7),
    "log1p_unit_double": Series("log", (
        0.6666666666666631, 0.4000000000015568, 0.2857142854806419, 0.22222223956221318,
        0.18181744408505196, 0.15386549566262295, 0.13301109385662122, 0.12105018035979961,
        0.0834472964216663, 0.17010085633177305,
    ), 0.0, NINTH, 59.3),
    "log_short": Series("log", (
        0.6666666564697237, 0.400003349476011, 0.28537318772680925, 0.23582041382134428,
    ), 0.0, LARGEST_Z, 37.6),
    "log_double": Series("log", (
        0.6666666666666734, 0.39999999999414954, 0.28571428742362853, 0.22222198572101898,
        0.18183564563387802, 0.15314040033352638, 0.14796097737287187,
    ), 0.0, LARGEST_Z, 59.0),
}  # fmt: skip
"""By the name of the function in ``templates/functions.c.j2`` that evaluates ``tail``."""
