"""Forms that are right unless a floating-point flag is raised, for targets that see the flags.

The forms of ``codegen.rewrites`` hold for every input and pay for it: a comparison and an absolute value so
that no exponential overflows, a test for 0 before each logarithm.  The forms here leave that out.  Where it
was needed, an operation overflows, divides by 0 or is invalid, and a target that watches these flags computes
the block again by the careful form.  Each is equal to what it replaces, by definition or by the claim it
names, wherever it has a value (``x log x`` has none at 0, and log 0 raises a flag); what must be seen is that
no wrong number appears without a flag, and ``tests/codegen/test_quick.py`` looks for one.
"""

from __future__ import annotations

import sympy as sp
from sympy import Abs, exp, log

from codegen.match import Rule
from codegen.notation import op
from codegen.passes.simplify import ring_rule
from codegen.rewrites import REWRITES, SILU_SLOPE, Rewrite, Stage, k, n, x, y
from formulas.language import sigmoid, softplus, tensor, total

P, Q = tensor("P", n, positive=True), tensor("Q", n, positive=True)
_divergence = total(op.mul(P[k], op.log1p(op.div(op.sub(P[k], Q[k]), Q[k]))), (k, n))
_by_quotient = total(op.mul(P[k], log(op.div(P[k], Q[k]))), (k, n))
X, Y = tensor("X", n), tensor("Y", n)
_gaps = total(op.add(op.sub(op.expm1(X[k]), X[k]), op.square(Y[k])), (k, n))

QUICK: tuple[Rewrite, ...] = (
    Rewrite(
        name="slope of SiLU by one exponential",
        pattern=op.silu_slope(x),
        form=op.mul(op.div(exp(x), 1 + exp(x)), op.add(1, op.div(x, 1 + exp(x)))),
        given=(x,),
        stage=Stage.QUICK,
        why=(
            "exp(x) overflows; by the magnitude the error would be 2.5 instead of 5.1 ulp, but a call at "
            "64 x 128 would take 1.5 times as long, longer than the textbook's"
        ),
    ),
    Rewrite(
        name="slope of SiLU of a multiple by one exponential",
        pattern=op.silu_slope(x),
        form=SILU_SLOPE,
        stage=Stage.QUICK,
        claim="act.silu/slope_by_magnitude",
        why="the exponential of |x| overflows where the slope is too close to 0 or 1 for this form",
    ),
    Rewrite(
        name="multiple of the sigmoid by one exponential",
        pattern=op.mul(y, sigmoid(x)),
        form=op.div(y, 1 + exp(-x)),
        stage=Stage.QUICK,
        why="exp(-x) overflows where the sigmoid is too small for this form",
    ),
    Rewrite(
        name="sigmoid by one exponential",
        pattern=sigmoid(x),
        form=1 / (1 + exp(-x)),
        stage=Stage.QUICK,
        why="exp(-x) overflows where the sigmoid is too small for this form",
    ),
    Rewrite(
        name="slope of the sigmoid by one exponential",
        pattern=op.sigmoid_slope(x),
        form=exp(-x) / (1 + exp(-x)) ** 2,
        stage=Stage.QUICK,
        why="the square overflows where the slope is too small for this form",
    ),
    Rewrite(
        name="maximum as it is",
        pattern=op.finite_or_zero(x),
        form=x,
        stage=Stage.QUICK,
        why="the difference of two infinities is invalid",
    ),
    Rewrite(
        name="cube as it is",
        pattern=op.saturated(x),
        form=x,
        stage=Stage.QUICK,
        why="the cube, or the exponential of it, overflows",
    ),
    Rewrite(
        name="softplus by one exponential",
        pattern=softplus(x),
        form=op.log1p(exp(x)),
        stage=Stage.QUICK,
        why="exp(x) overflows",
    ),
    Rewrite(
        name="x log x for x > 0",
        pattern=op.xlogx(x),
        form=x * log(x),
        stage=Stage.QUICK,
        why="log 0 is a division by 0",
    ),
    Rewrite(
        name="x log y for y > 0",
        pattern=op.xlogy(x, y),
        form=x * log(y),
        stage=Stage.QUICK,
        why="log 0 is a division by 0",
    ),
    Rewrite(
        name="x log (x / y) for x, y > 0",
        pattern=op.xlogratio(x, y),
        form=x * op.logratio(x, y),
        stage=Stage.QUICK,
        why="log 0 and x / 0 are divisions by 0",
    ),
    Rewrite(
        name="divergence by the logarithm of the quotient",
        pattern=total(op.mul(P[k], op.logratio(P[k], Q[k])), (k, n)),
        form=op.watch(_by_quotient, op.sub(_by_quotient, sp.Rational(1, 256))),
        stage=Stage.QUICKEST,
        why=(
            "the rounding of p / q moves the sum as much as that of q does, which the sum of p bounds: too "
            "much for a divergence that is small beside that"
        ),
    ),
    Rewrite(
        name="divergence by one logarithm",
        pattern=total(op.mul(P[k], op.logratio(P[k], Q[k])), (k, n)),
        form=op.watch(_divergence, op.sub(_divergence, Abs(total(op.sub(P[k], Q[k]), (k, n))))),
        stage=Stage.QUICK,
        why=(
            "the rounding of (p - q) / q counts for as much as q where q is far above p; in a sum that q "
            "weighs no more than the divergence itself, unless the sums of p and q differ by more than it"
        ),
    ),
    Rewrite(
        name="1 + log (x / y) by the logarithm of the quotient",
        pattern=op.add(op.logratio(x, y), 1),
        form=op.add(log(op.div(x, y)), 1),
        stage=Stage.QUICK,
        why="log 0 and x / 0 are divisions by 0; digits that a logarithm near 0 lacks do not count beside 1",
    ),
    Rewrite(
        name="sum of exp(x) - 1 - x and squares by expm1",
        pattern=total(op.add(op.expgap(X[k]), op.square(Y[k])), (k, n)),
        form=op.watch(_gaps, op.sub(_gaps, op.mul(sp.Rational(1, 4), n))),
        stage=Stage.QUICK,
        why=(
            "errors of e |x| where |x| < 1 and the difference cancels make at most e sqrt(2.8 n s) of a sum "
            "s of n terms (exp(x) - 1 - x > 0.36 x x there, and Cauchy-Schwarz), 3.4 e s where s >= n / 4"
        ),
    ),
)

PRODUCTS: tuple[Rule, ...] = (ring_rule("(mul a (div 1 b))", "(div a b)"),)
"""Used with them: a reciprocal that is only a factor."""

EVERY: tuple[Rewrite, ...] = (*REWRITES, *QUICK)

__all__ = ["EVERY", "PRODUCTS", "QUICK"]
