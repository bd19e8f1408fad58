"""Signs as sets of -1, 0, 1, and what is known of the sign of each head."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from symcheck.terms import term as tm
from symcheck.terms.term import Term

Sign = frozenset[int]
ANY: Sign = frozenset({-1, 0, 1})
POSITIVE: Sign = frozenset({1})
NONNEGATIVE: Sign = frozenset({0, 1})
NEGATIVE: Sign = frozenset({-1})
NONPOSITIVE: Sign = frozenset({-1, 0})
NONZERO: Sign = frozenset({-1, 1})

# head: (its sign, the sign of 1 - head, of 1 + head) where these do not depend on the argument
HEADS: Mapping[str, tuple[Sign, Sign, Sign]] = {
    "exp": (POSITIVE, ANY, POSITIVE),
    "sigmoid": (POSITIVE, POSITIVE, POSITIVE),
    "Phi": (POSITIVE, POSITIVE, POSITIVE),
    "normal_density": (POSITIVE, POSITIVE, POSITIVE),
    "softplus": (POSITIVE, ANY, POSITIVE),
    "MillsGap": (POSITIVE, ANY, POSITIVE),
    "ExpGap": (NONNEGATIVE, ANY, POSITIVE),
    "Frac": (NONNEGATIVE, POSITIVE, POSITIVE),
    "abs": (NONNEGATIVE, ANY, POSITIVE),
    "pi": (POSITIVE, frozenset({-1}), POSITIVE),
    "sign": (ANY, NONNEGATIVE, NONNEGATIVE),
    "cos": (ANY, NONNEGATIVE, NONNEGATIVE),
    "sin": (ANY, NONNEGATIVE, NONNEGATIVE),
    "tanh": (ANY, POSITIVE, POSITIVE),
    "erf": (ANY, POSITIVE, POSITIVE),
}
# heads whose sign is an inequality of analysis rather than of algebra: a proof that leans on one says so
LEMMAS = frozenset({"ExpGap", "MillsGap"})
OF_FACT = {"positive": POSITIVE, "nonnegative": NONNEGATIVE, "nonzero": NONZERO}
# functions with a kink or a jump, where they have one
KINKS = frozenset({"max", "min", "abs", "sign", "if_positive", "if_nonnegative", "if_nonzero"})


@cache
def of_product(a: Sign, b: Sign) -> Sign:
    return frozenset(x * y for x in a for y in b)


@cache
def of_sum(a: Sign, b: Sign) -> Sign:
    out: set[int] = set()
    for x in a:
        for y in b:
            out |= {x} if x == y else ANY if x * y < 0 else {x or y}
    return frozenset(out)


def opposite(a: Sign) -> Sign:
    return frozenset(-x for x in a)


# signs of the test with which a function picks its first branch
FIRST = {"if_positive": POSITIVE, "if_nonnegative": NONNEGATIVE, "if_nonzero": NONZERO}


def kink(t: Term) -> Term:
    """What is 0 where a function of ``KINKS`` has its kink or jump."""
    head, *args = t.args
    return tm.sub(args[1], args[0]) if head in ("max", "min") else args[0]
