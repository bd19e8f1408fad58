"""Section 6 of the sheet: gradient descent and convexity."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, Max, exp, log

from formulas.language import (
    Everywhere,
    ExpGap,
    Expr,
    Field,
    Partial,
    dim,
    index,
    positive,
    real,
    smooth,
    tensor,
    total,
)
from formulas.schema import Claim, Definition, Formula, Relation, Segment, Source, Verdict

d, n = dim("d"), dim("n")
i, j, k, m = index("i j k m")
theta = tensor("theta", d)
stepped = tensor("stepped", d)
gradient = tensor("gradient", d)
step = tensor("step", d)
optimum = tensor("optimum", d)
eta, smoothness = positive("eta"), positive("smoothness")
before, after, least = real("before"), real("after"), real("least")
x, y, w = real("x"), real("y"), real("w")

NESTEROV = "Y. Nesterov, Lectures on Convex Optimization, 2nd edition, Springer 2018, sections 1.2 and 2.1"
BOYD = "S. Boyd, L. Vandenberghe, Convex Optimization, Cambridge University Press 2004, chapter 3"


def _square(of: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    return total(of[dummy] ** 2, (dummy, d))


def _distance(a: sp.IndexedBase, b: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    return total((a[dummy] - b[dummy]) ** 2, (dummy, d))


_STEP = Eq(stepped[i], theta[i] - eta * gradient[i], evaluate=False)
_above = (
    before
    + total(gradient[k] * (stepped[k] - theta[k]), (k, d))
    + smoothness / 2 * _distance(stepped, theta)
    - after
)
_SMOOTH = _above >= 0
_tangent = total(gradient[k] * (theta[k] - optimum[k]), (k, d)) - (before - least)
_drop = before - eta / 2 * _square(gradient) - after

loss = Field("loss", d)
u = real("u")


def _at(of: sp.Symbol) -> Expr:
    return theta[of]


def _line(of: sp.Symbol) -> Expr:
    """The point reached after the share u of the step."""
    return theta[of] + u * step[of]


def _end(of: sp.Symbol) -> Expr:
    return theta[of] + step[of]


_bent = total(loss(_line, by=(i, j)) * step[i] * step[j], (i, d), (j, d))
_length = total(step[m] ** 2, (m, d))

GD = Formula(
    id="opt.gd",
    title="Gradient descent",
    section=6,
    names=("Vanilla GD", "gradient descent", "Gradient Descent", "GD", "SGD"),
    definition=Definition(latex=r"\theta_{t+1}", expr=theta[i] - eta * gradient[i], indices=(i,)),
    symbols={
        "theta": "parameters",
        "step": "any step",
        "u": "share of the step",
        "stepped": "parameters after the step",
        "gradient": "gradient of the loss at the parameters",
        "optimum": "parameters of a minimum",
        "eta": "learning rate",
        "smoothness": "Lipschitz constant of the gradient",
        "before": "loss before the step",
        "after": "loss after the step",
        "least": "loss at the minimum",
        "x": "distance from the minimum of a parabola",
    },
    source=Source(section=6, lines=(209,), printed=(r"\theta_{t+1} = \theta_t - \eta \nabla L(\theta_t)",)),
    references=(NESTEROV, "A.-L. Cauchy, Méthode générale pour la résolution des systèmes d'équations, 1847"),
    tags=("optimisation", "update", "elementwise"),
    used_in=("training",),
    see_also=("opt.convexity",),
    claims=(
        Claim(
            name="descent_lemma",
            lhs=before - after,
            rhs=eta * (1 - smoothness * eta / 2) * _square(gradient),
            relation=Relation.GE,
            hypotheses=(_STEP, _SMOOTH),
            certificate=_above,
            note="For a loss below the parabola of curvature L through its tangent, as L-smooth ones are.",
        ),
        Claim(
            name="smooth_losses_lie_below_the_parabola",
            lhs=loss(_end),
            rhs=loss(_at) + total(loss(_at, by=(j,)) * step[j], (j, d)) + smoothness / 2 * _length,
            relation=Relation.LE,
            hypotheses=(Everywhere(u, _bent <= smoothness * _length),),
            certificate=Segment(
                x=u,
                f=smoothness * u**2 / 2 * _length - loss(_line),
                start=sp.S.Zero,
                end=sp.S.One,
                slope=smoothness * u * _length - total(loss(_line, by=(j,)) * step[j], (j, d)),
                curvature=smoothness * _length - _bent,
            ),
            note="Curvature at most L along the step is what the descent lemma needs.",
        ),
        Claim(
            name="decrease_of_the_best_step",
            lhs=before - after,
            rhs=_square(gradient) / (2 * smoothness),
            relation=Relation.GE,
            hypotheses=(
                Eq(stepped[i], theta[i] - gradient[i] / smoothness, evaluate=False),
                _SMOOTH,
            ),
            certificate=_above,
            note="The bound is best for the learning rate 1 / L.",
        ),
        Claim(
            name="best_learning_rate",
            lhs=eta * (1 - smoothness * eta / 2),
            rhs=1 / (2 * smoothness),
            relation=Relation.LE,
            certificate=(smoothness * eta - 1) ** 2 / (2 * smoothness),
        ),
        Claim(
            name="decrease_of_a_short_step",
            lhs=after,
            rhs=before,
            relation=Relation.LE,
            hypotheses=(_STEP, _SMOOTH, smoothness * eta <= 2),
            certificate=_above + eta * (1 - smoothness * eta / 2) * _square(gradient),
            note="A learning rate up to 2 / L never raises the loss.",
        ),
        Claim(
            name="decrease_of_any_step",
            lhs=after,
            rhs=before,
            relation=Relation.LE,
            hypotheses=(_STEP, _SMOOTH),
            expected=Verdict.REFUTED,
            corrected_by="decrease_of_a_short_step",
        ),
        Claim(
            name="long_steps_come_no_nearer",
            lhs=(x - eta * Partial(smoothness * x**2 / 2, x)) ** 2,
            rhs=x**2,
            relation=Relation.GE,
            hypotheses=(smoothness * eta >= 2,),
            certificate=smoothness * eta * (smoothness * eta - 2) * x**2,
            note="On a parabola a step of a learning rate of 2 / L or more ends no nearer to the minimum.",
        ),
        Claim(
            name="approach_on_convex_losses",
            lhs=_distance(stepped, optimum),
            rhs=_distance(theta, optimum) - 2 * eta * (after - least),
            relation=Relation.LE,
            hypotheses=(_STEP, _tangent >= 0, _drop >= 0),
            certificate=2 * eta * _tangent + 2 * eta * _drop,
            note="Summed over t steps: the loss is within ||start - optimum||^2 / (2 eta t) of the least.",
        ),
    ),
)

lam = real("lam")
at_x, at_y, between = real("at_x"), real("at_y"), real("between")
p = tensor("p", n, positive=True)
a = tensor("a", n)
b = tensor("b", n)
z = tensor("z", n)
target = tensor("target", n)
first, second = real("first"), real("second")

_WEIGHT = (lam >= 0, lam <= 1)
_mix = lam * x + (1 - lam) * y


def _lse(of: Expr, dummy: sp.Symbol) -> Expr:
    return log(total(exp(of), (dummy, n)))


def _mixed(at: sp.Symbol) -> Expr:
    return lam * a[at] + (1 - lam) * b[at]


_top = _lse(_mixed(m), m)


def _share(at: sp.Symbol) -> Expr:
    """Softmax of the mixed logits."""
    return exp(_mixed(at) - _top)


f, f_slope, f_bend = smooth("f"), smooth("f'"), smooth("f''")


def _over(at: Expr) -> Expr:
    """How far f lies above its tangent at the mixture."""
    return f(at) - f(_mix) - f_slope(_mix) * (at - _mix)


_product_loss = (1 - first * second) ** 2

CONVEXITY = Formula(
    id="opt.convexity",
    title="Convexity",
    section=6,
    names=("Convexity", "convex function", "convexity"),
    definition=Definition(latex=r"\lambda f(x) + (1-\lambda) f(y)", expr=lam * at_x + (1 - lam) * at_y),
    symbols={
        "x": "argument",
        "y": "other argument",
        "w": "third argument",
        "u": "argument between",
        "lam": "weight of the first argument",
        "at_x": "value at the first argument",
        "at_y": "value at the second argument",
        "between": "value at the mixture of both",
        "a": "logits",
        "b": "other logits",
        "target": "distribution of the classes",
        "first": "weight of the first layer",
        "second": "weight of the second layer",
    },
    source=Source(
        section=6,
        lines=(256, 258, 259),
        printed=(
            r"f \text{ convex} \iff f(\lambda x + (1-\lambda)y) \leq \lambda f(x) + (1-\lambda)f(y)",
            r"Convex → single global minimum (guaranteed convergence)",
            r"Deep learning losses are **non-convex** → saddle points, local minima",
        ),
    ),
    references=(
        BOYD,
        "J. L. W. V. Jensen, Sur les fonctions convexes et les inégalités entre les valeurs moyennes, "
        "Acta Mathematica 30, 1906",
    ),
    tags=("optimisation", "convex", "inequality"),
    used_in=("logistic regression", "guarantees for descent methods"),
    see_also=("opt.gd", "act.logsumexp", "loss.cross_entropy"),
    claims=(
        Claim(
            name="square",
            lhs=_mix**2,
            rhs=lam * x**2 + (1 - lam) * y**2,
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=lam * (1 - lam) * (x - y) ** 2,
        ),
        Claim(
            name="square_for_every_weight",
            lhs=_mix**2,
            rhs=lam * x**2 + (1 - lam) * y**2,
            relation=Relation.LE,
            conditions=_WEIGHT,
            needs=r"$0 \le \lambda \le 1$",
            stated_by=(
                r"\lambda \in [0",
                r"\lambda \in (0",
                r"0 \le \lambda",
                r"0 \leq \lambda",
                r"0 < \lambda",
            ),
            certificate=lam * (1 - lam) * (x - y) ** 2,
            printed=True,
            says=r"f \text{ convex} \iff f(\lambda x + (1-\lambda)y) \leq \lambda f(x) + (1-\lambda)f(y)",
            expected=Verdict.CONDITIONAL,
            corrected_by="square",
            note="The printed line does not say that the weight lies between 0 and 1.",
        ),
        Claim(
            name="exponential",
            lhs=exp(_mix),
            rhs=lam * exp(x) + (1 - lam) * exp(y),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=exp(_mix) * (lam * ExpGap(x - _mix) + (1 - lam) * ExpGap(y - _mix)),
        ),
        Claim(
            name="modulus_from_above",
            lhs=_mix,
            rhs=lam * Abs(x) + (1 - lam) * Abs(y),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=2 * lam * Max(-x, 0) + 2 * (1 - lam) * Max(-y, 0),
            note="With the next line: the modulus of the mixture is at most the mixture of the moduli.",
        ),
        Claim(
            name="modulus_from_below",
            lhs=-_mix,
            rhs=lam * Abs(x) + (1 - lam) * Abs(y),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=2 * lam * Max(x, 0) + 2 * (1 - lam) * Max(y, 0),
        ),
        Claim(
            name="logsumexp",
            lhs=_top,
            rhs=lam * _lse(a[k], k) + (1 - lam) * _lse(b[k], k),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=lam * total(_share(j) * ExpGap(a[j] - _lse(a[k], k) - _mixed(j) + _top), (j, n))
            + (1 - lam) * total(_share(j) * ExpGap(b[j] - _lse(b[k], k) - _mixed(j) + _top), (j, n)),
            note="By Gibbs' inequality at the softmax of the mixed logits.",
        ),
        Claim(
            name="cross_entropy_in_logits",
            lhs=_top - total(target[i] * _mixed(i), (i, n)),
            rhs=lam * (_lse(a[k], k) - total(target[i] * a[i], (i, n)))
            + (1 - lam) * (_lse(b[k], k) - total(target[i] * b[i], (i, n))),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=lam * total(_share(j) * ExpGap(a[j] - _lse(a[k], k) - _mixed(j) + _top), (j, n))
            + (1 - lam) * total(_share(j) * ExpGap(b[j] - _lse(b[k], k) - _mixed(j) + _top), (j, n)),
        ),
        Claim(
            name="cube",
            lhs=_mix**3,
            rhs=lam * x**3 + (1 - lam) * y**3,
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            expected=Verdict.REFUTED,
            corrected_by="square",
            note="Not convex: concave for negative arguments.",
        ),
        Claim(
            name="above_its_tangents",
            lhs=f(y),
            rhs=f(x) + f_slope(x) * (y - x),
            relation=Relation.GE,
            hypotheses=(Everywhere(u, f_bend(u) >= 0),),
            certificate=Segment(x=u, f=f(u), start=x, end=y, slope=f_slope(u), curvature=f_bend(u)),
            note="Any function whose second derivative is nowhere negative.",
        ),
        Claim(
            name="tangents_give_the_inequality",
            lhs=f(_mix),
            rhs=lam * f(x) + (1 - lam) * f(y),
            relation=Relation.LE,
            hypotheses=(*_WEIGHT, _over(x) >= 0, _over(y) >= 0),
            certificate=lam * _over(x) + (1 - lam) * _over(y),
            note="What lies above its tangent at the mixture satisfies the definition there.",
        ),
        Claim(
            name="stationary_point_is_minimum",
            lhs=f(y),
            rhs=f(x),
            relation=Relation.GE,
            hypotheses=(Everywhere(u, f_bend(u) >= 0), Eq(f_slope(x), 0, evaluate=False)),
            certificate=Segment(x=u, f=f(u), start=x, end=y, slope=f_slope(u), curvature=f_bend(u)),
            note="For a convex function a vanishing derivative is enough.",
        ),
        Claim(
            name="stationary_point_is_the_only_minimum",
            lhs=f(y),
            rhs=f(x),
            relation=Relation.GT,
            hypotheses=(
                Everywhere(u, f_bend(u) > 0),
                Eq(f_slope(x), 0, evaluate=False),
                sp.Ne(y, x),
            ),
            certificate=Segment(x=u, f=f(u), start=x, end=y, slope=f_slope(u), curvature=f_bend(u)),
        ),
        Claim(
            name="stationary_point_of_any_function",
            lhs=f(y),
            rhs=f(x),
            relation=Relation.GE,
            hypotheses=(Eq(f_slope(x), 0, evaluate=False),),
            expected=Verdict.REFUTED,
            corrected_by="stationary_point_is_minimum",
        ),
        Claim(
            name="local_minimum_is_global",
            lhs=at_x,
            rhs=at_y,
            relation=Relation.LE,
            hypotheses=(
                lam > 0,
                between <= lam * at_y + (1 - lam) * at_x,
                at_x <= between,
            ),
            certificate=(lam * at_y + (1 - lam) * at_x - between + (between - at_x)) / lam,
            note="What no point nearby undercuts, no point undercuts.",
        ),
        Claim(
            name="strictly_convex_has_one_minimum",
            lhs=at_x,
            rhs=at_y,
            relation=Relation.LT,
            hypotheses=(
                lam > 0,
                between < lam * at_y + (1 - lam) * at_x,
                at_x <= between,
            ),
            certificate=(lam * at_y + (1 - lam) * at_x - between + (between - at_x)) / lam,
            note="With a strict inequality every other point is higher.",
        ),
        Claim(
            name="single_minimum_of_a_flat_valley",
            lhs=Max(Abs(y) - 1, 0),
            rhs=Max(Abs(x) - 1, 0),
            relation=Relation.GT,
            hypotheses=(Eq(x, 0, evaluate=False), sp.Ne(y, 0)),
            printed=True,
            says="Convex → single global minimum (guaranteed convergence)",
            expected=Verdict.REFUTED,
            corrected_by="strictly_convex_has_one_minimum",
            note="max(|x| - 1, 0) is convex and least on a whole interval. Sure is only that a local minimum "
            "is a global one; there may be many, or none (exp).",
        ),
        Claim(
            name="valley_is_convex",
            lhs=_mix - 1,
            rhs=lam * Max(x - 1, 0) + (1 - lam) * Max(y - 1, 0),
            relation=Relation.LE,
            hypotheses=_WEIGHT,
            certificate=lam * Max(1 - x, 0) + (1 - lam) * Max(1 - y, 0),
            note="One wall of the valley: its right side is not negative either, so max(x - 1, 0) is convex.",
        ),
        Claim(
            name="minimum_of_the_exponential",
            lhs=exp(y),
            rhs=exp(x),
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="strictly_convex_has_one_minimum",
            note="Convex, and without any minimum: no x is as low as all y.",
        ),
        Claim(
            name="saddle_of_a_deep_loss_gradient",
            lhs=Partial(_product_loss, first),
            rhs=sp.S.Zero,
            hypotheses=(Eq(first, 0, evaluate=False), Eq(second, 0, evaluate=False)),
            note="The loss (1 - w2 w1)^2 of two linear layers is stationary at 0.",
        ),
        Claim(
            name="saddle_of_a_deep_loss_curvature",
            lhs=Partial(Partial(_product_loss, first), second),
            rhs=-sp.Integer(2),
            hypotheses=(Eq(first, 0, evaluate=False), Eq(second, 0, evaluate=False)),
            note="With zeros on the diagonal: falls along (1, 1), rises along (1, -1).",
        ),
        Claim(
            name="deep_loss_is_convex",
            lhs=(1 - (first + second) * (x + y) / 4) ** 2,
            rhs=((1 - first * x) ** 2 + (1 - second * y) ** 2) / 2,
            relation=Relation.LE,
            expected=Verdict.REFUTED,
            corrected_by="saddle_of_a_deep_loss_curvature",
            note="Two linear layers already make a loss that is not convex: what the sheet says of deep "
            "learning.",
        ),
    ),
)

FORMULAS = (GD, CONVEXITY)
