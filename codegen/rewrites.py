"""Stabilising rewrites as data: a pattern, its stable form, and the catalog claim that makes them equal.

A rewrite is used only after ``codegen.rewriting`` has seen that its claim exists, that the claim's two sides
are the rewrite's two sides (up to names), that it carries no hypotheses, and that its verdict is ``proved``.
A rewrite without a claim must hold by the definitions of the operations in it: where no value is 0, and
where any of them is, and where one side has a value the other must have one.  That 0 log 0 = 0 is a
convention of the operations which say so (``ScalarOp.zero_at_zero``), and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sympy as sp
from sympy import Abs, Eq, Max, Min, Piecewise, exp, log, sqrt

from codegen.match import Rule
from codegen.notation import fold, held_top, op
from codegen.passes.simplify import ring_rule
from formulas.language import (
    Phi,
    delta,
    dim,
    index,
    normal_density,
    positive,
    real,
    sigmoid,
    softplus,
    tensor,
    total,
)


class RewriteRefused(ValueError):
    """A rewrite that nothing proved; the message names it, its claim and the reason."""


class Stage(StrEnum):
    """When a rewrite is used: on the forward program before it is differentiated, or when the operations
    that only name a function are replaced, first those that have a better form as part of a product.
    ``QUICK`` ones come before these where a target sees floating-point flags (``codegen.quick``), and
    ``QUICKEST`` ones before them in a program of their own."""

    STABILISE = "stabilise"
    PRODUCTS = "products"
    REALISE = "realise"
    QUICK = "quick"
    QUICKEST = "quickest"


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """``pattern`` is replaced by ``form``; both hold for all real values of their symbols.

    ``claim``   id of the claim "pattern = form" (in either order); empty where both are equal by definition.
    ``choose``  values for symbols that stand in ``form`` only: the claim holds for every value of them.
    ``fresh``   tensors that must not be shifted by a held maximum already.
    ``largest_is_one``  tensors that must be exponentials shifted by the (finite) maximum.
    ``varying`` symbols that must not be single numbers.
    ``given``   symbols that must be arguments of the kernel as they are.
    ``places``  free indices that stand for one place, given as an integer.
    """

    name: str
    pattern: sp.Expr
    form: sp.Expr
    stage: Stage
    claim: str = ""
    choose: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    fresh: tuple[sp.IndexedBase, ...] = ()
    largest_is_one: tuple[sp.IndexedBase, ...] = ()
    places: tuple[sp.Symbol, ...] = ()
    varying: tuple[sp.Symbol, ...] = ()
    given: tuple[sp.Symbol, ...] = ()
    why: str = ""


n = dim("n")
i, k, t = index("i k t")
x, y, c = real("x"), real("y"), real("c")
p, q = positive("p"), positive("q")
half = sp.Rational(1, 2)
z, e, g = tensor("z", n), tensor("e", n, positive=True), tensor("g", n)
_each = (k, n)
_decay = exp(-Abs(x))
_at_largest = fold("max", op.select(op.eq(e[k], 1), g[k], -sp.oo), _each)
_bent = Min(Abs(x), y)
_huber = _bent * (Abs(x) - _bent / 2)
_near = op.saturated(x)
_others = e[k] * (1 - delta(k, t))
_zero = Piecewise((1, Eq(x, 0)), (0, True))
_shift = held_top(z[k], _each, finite=False)
_finite_shift = held_top(z[k], _each, finite=True)
_rest = fold("max_rest", z[k], _each, component=1)
_lesser = sigmoid(-Abs(x))
_slope_left = op.mul(op.add(op.sub(1, Abs(x)), op.mul(Abs(x), _lesser)), _lesser)
SILU_SLOPE = Piecewise((1 - _slope_left, x >= 0), (_slope_left, True))

REWRITES: tuple[Rewrite, ...] = (
    Rewrite(
        name="logsumexp of shifted logits keeps the rest apart",
        pattern=log(total(exp(z[k] - _shift), _each)),
        form=op.log1p(_rest),
        stage=Stage.STABILISE,
        why="the largest term is exp(0) = 1; without it a small remainder is not rounded away",
    ),
    Rewrite(
        name="softmax shifted by the maximum",
        pattern=exp(z[i]) / total(exp(z[k]), _each),
        form=exp(z[i] + c) / total(exp(z[k] + c), _each),
        choose={c: -_finite_shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.softmax/shift_invariance",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="mean with softmax weights shifted by the maximum",
        pattern=op.div(total(op.mul(exp(z[k]), g[k]), _each), total(exp(z[k]), _each)),
        form=op.div(total(op.mul(exp(z[k] + c), g[k]), _each), total(exp(z[k] + c), _each)),
        choose={c: -_finite_shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.softmax/weighted_mean_shift",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="logsumexp shifted by the maximum",
        pattern=log(total(exp(z[k]), _each)),
        form=c + log(total(exp(z[k] - c), _each)),
        choose={c: _shift},
        fresh=(z,),
        stage=Stage.STABILISE,
        claim="act.logsumexp/shift",
        why="no exponential exceeds 1",
    ),
    Rewrite(
        name="one plus the rest is the sum",
        pattern=1 + _rest,
        form=total(exp(z[k] - _finite_shift), _each),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="softmax cotangent taken from the largest entry",
        pattern=op.sub(g[i], op.div(total(op.mul(e[k], g[k]), _each), total(e[k], _each))),
        form=op.sub(
            op.sub(g[i], c),
            op.div(total(op.mul(e[k], op.sub(g[k], c)), _each), total(e[k], _each)),
        ),
        choose={c: op.hold(op.select(op.le(total(e[k], _each), 2), _at_largest, 0))},
        fresh=(g,),
        largest_is_one=(e,),
        stage=Stage.STABILISE,
        claim="act.softmax/cotangent_shift",
        why="where one share is above 1/2, its cotangent as origin makes what cancels exactly 0",
    ),
    Rewrite(
        name="softmax less one at a place",
        pattern=op.sub(op.mul(op.div(y, total(e[k], _each)), e[i]), op.mul(y, delta(i, t))),
        form=op.sub(
            op.mul(op.div(y, total(_others, _each) + e[t]), e[i] * (1 - delta(i, t))),
            op.mul(op.mul(op.div(y, total(_others, _each) + e[t]), total(_others, _each)), delta(i, t)),
        ),
        places=(t,),
        stage=Stage.STABILISE,
        claim="loss.cross_entropy/gradient_by_the_others",
        why="1 minus a share close to 1 is the sum of the other shares",
    ),
    Rewrite(
        name="complement of the sigmoid",
        pattern=1 - sigmoid(x),
        form=sigmoid(-x),
        stage=Stage.STABILISE,
        claim="act.sigmoid/symmetry",
        why="no cancellation where the sigmoid is close to 1",
    ),
    Rewrite(
        name="slope of tanh by the slope of the sigmoid",
        pattern=1 - sp.tanh(x) ** 2,
        form=4 * op.sigmoid_slope(2 * x),
        stage=Stage.STABILISE,
        claim="act.tanh/slope_by_sigmoid",
        why="no cancellation where tanh is close to 1 or -1",
    ),
    Rewrite(
        name="slope of x times the sigmoid",
        pattern=op.add(sigmoid(x), op.mul(x, op.sigmoid_slope(x))),
        form=op.silu_slope(x),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="GELU, tanh form, by the sigmoid",
        pattern=x / 2 * (1 + sp.tanh(sqrt(2 / sp.pi) * (x + sp.Rational(44715, 1000000) * x**3))),
        form=x * sigmoid(2 * (sqrt(2 / sp.pi) * (_near + sp.Rational(44715, 1000000) * _near**3))),
        stage=Stage.STABILISE,
        claim="act.gelu_tanh/as_sigmoid",
        why="no cancellation in 1 + tanh for negative x; the sigmoid is 0 or 1 before its cube overflows",
    ),
    Rewrite(name="Huber by its clipped slope", pattern=_huber, form=op.huber(x, y), stage=Stage.STABILISE),
    Rewrite(name="x log x with 0 log 0 = 0", pattern=p * log(p), form=op.xlogx(p), stage=Stage.STABILISE),
    Rewrite(name="x log y with 0 log 0 = 0", pattern=p * log(y), form=op.xlogy(p, y), stage=Stage.STABILISE),
    Rewrite(
        name="logarithm of a quotient", pattern=log(x / y), form=op.logratio(x, y), stage=Stage.STABILISE
    ),
    Rewrite(
        name="x log (x / y) with 0 log 0 = 0",
        pattern=p * op.logratio(p, y),
        form=op.xlogratio(p, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="one minus a power",
        pattern=1 - op.pow(p, y),
        form=-op.expm1(y * log(p)),
        stage=Stage.STABILISE,
        why="nothing cancels for a base close to 1",
    ),
    Rewrite(
        name="sine of a product",
        pattern=sp.sin(x * y),
        form=op.sinprod(x, y),
        varying=(x, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="cosine of a product",
        pattern=sp.cos(x * y),
        form=op.cosprod(x, y),
        varying=(x, y),
        stage=Stage.STABILISE,
    ),
    Rewrite(
        name="GELU by the upper tail",
        pattern=x * Phi(x),
        form=Max(0, x) - Abs(x) * op.tail(Abs(x)),
        stage=Stage.PRODUCTS,
        claim="act.gelu/tail_form",
        why="no cancellation for negative x",
    ),
    Rewrite(
        name="normal distribution by the upper tail",
        pattern=Phi(x),
        form=Piecewise((1 - op.tail(Abs(x)), x > 0), (op.tail(Abs(x)), True)),
        stage=Stage.REALISE,
        claim="act.gelu/cdf_by_tail",
        why="no cancellation for negative x",
    ),
    Rewrite(
        name="normal density",
        pattern=normal_density(x),
        form=op.gauss(x) / sqrt(2 * sp.pi),
        stage=Stage.REALISE,
    ),
    Rewrite(
        name="slope of SiLU by the magnitude",
        pattern=op.silu_slope(x),
        form=SILU_SLOPE,
        stage=Stage.PRODUCTS,
        claim="act.silu/slope_by_magnitude",
        why="1 - |x| is exact where the two terms of the sum would cancel by a factor of three",
    ),
    Rewrite(
        name="sigmoid left of 0",
        pattern=_lesser,
        form=_decay / (1 + _decay),
        stage=Stage.REALISE,
    ),
    Rewrite(
        name="sigmoid without overflow",
        pattern=sigmoid(x),
        form=Piecewise((1, x >= 0), (_decay, True)) / (1 + _decay),
        stage=Stage.REALISE,
        claim="act.sigmoid/stable_form",
        why="one exponential, which never exceeds 1; small values keep their digits",
    ),
    Rewrite(
        name="slope of the sigmoid without overflow",
        pattern=op.sigmoid_slope(x),
        form=_decay / (1 + _decay) ** 2,
        stage=Stage.REALISE,
        claim="act.sigmoid/slope_stable_form",
        why="one exponential, which never exceeds 1; nothing cancels",
    ),
    Rewrite(
        name="softplus without overflow",
        pattern=softplus(x),
        form=Max(0, x) + log(1 + _decay),
        stage=Stage.REALISE,
        claim="act.softplus/stable_form",
        why="one exponential, which never exceeds 1",
    ),
    Rewrite(name="Huber's function", pattern=op.huber(x, y), form=_huber, stage=Stage.REALISE),
    Rewrite(name="x log x at 0", pattern=op.xlogx(x), form=x * log(x + _zero), stage=Stage.PRODUCTS),
    Rewrite(name="x log y at x = 0", pattern=op.xlogy(x, y), form=x * log(y + _zero), stage=Stage.PRODUCTS),
    Rewrite(
        name="x log (x / y) at x = 0",
        pattern=op.xlogratio(x, y),
        form=x * op.logratio(x + _zero, y + _zero),
        stage=Stage.PRODUCTS,
    ),
    Rewrite(
        name="logarithm of a quotient in two parts",
        pattern=op.logratio(p, q),
        form=log(Max(p / q, half)) + log(2 * Min(p / q, half)),
        stage=Stage.REALISE,
        claim="info.kl/log_ratio_split",
        why="one of the two terms is log 1 or log 1/2, and the first can be taken without cancellation",
    ),
    Rewrite(
        name="quotient near 1",
        pattern=Max(p / q, half),
        form=1 + Max((p - q) / q, -half),
        stage=Stage.REALISE,
        claim="info.kl/ratio_less_one",
        why="p - q is exact where p / q is close to 1",
    ),
)

PRIMITIVES: tuple[Rule, ...] = tuple(
    ring_rule(pattern, form)
    for pattern, form in (
        ("(log (add 1 a))", "(log1p a)"),
        ("(log (sub 1 a))", "(log1p (neg a))"),
        ("(sub (exp a) 1)", "(expm1 a)"),
        ("(select c 1 0)", "c"),
    )
)
"""Operations that name a whole expression which a target evaluates without cancellation."""

__all__ = ["REWRITES", "Rewrite", "RewriteRefused", "Stage"]
