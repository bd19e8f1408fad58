"""Section 9 of the sheet, continued: the scaling law of losses and the compute-optimal model size.

``N`` and ``D`` are real here: the law is a fit and its optimum is rounded afterwards.  The budget counts 6
operations per parameter and token.
"""

from __future__ import annotations

import sympy as sp
from sympy import Eq, exp, log

from formulas.language import Expr, Partial, positive, real
from formulas.schema import Approach, Claim, Definition, Formula, Relation, Segment, Source, Verdict

N, D, C = positive("N"), positive("D"), positive("C")
A, B, alpha, beta = positive("A"), positive("B"), positive("alpha"), positive("beta")
floor = real("floor")
multiplier = real("multiplier")
u, best, v = real("u"), real("best"), real("v")


def loss(parameters: Expr, tokens: Expr) -> Expr:
    """The fitted loss."""
    return A * parameters**-alpha + B * tokens**-beta + floor


def on_budget(size: Expr) -> Expr:
    """The loss as a function of the logarithm of N when D = C / (6 N)."""
    return A * exp(-alpha * size) + B * exp(beta * (size - log(C / 6))) + floor


def _slope(size: Expr) -> Expr:
    return -alpha * A * exp(-alpha * size) + beta * B * exp(beta * (size - log(C / 6)))


def _curvature(size: Expr) -> Expr:
    return alpha**2 * A * exp(-alpha * size) + beta**2 * B * exp(beta * (size - log(C / 6)))


_balance = Eq(A, beta * B * exp(beta * (best - log(C / 6)) + alpha * best) / alpha, evaluate=False)
"""Both terms fall equally fast at the optimum; said of A, which it determines."""
_log_best = (log(alpha * A / (beta * B)) + beta * log(C / 6)) / (alpha + beta)
"""Logarithm of the compute-optimal number of parameters."""
_log_tokens = (alpha * log(C / 6) - log(alpha * A / (beta * B))) / (alpha + beta)
"""Logarithm of the compute-optimal number of tokens."""

CHINCHILLA = Formula(
    id="llm.chinchilla",
    title="Scaling law and compute-optimal size",
    section=9,
    names=(
        "Chinchilla",
        "Chinchilla scaling law",
        "Chinchilla-optimal tokens",
        "Scaling Laws",
        "scaling law",
        "compute-optimal",
        "L(N, D)",
    ),
    definition=Definition(latex="L(N, D)", expr=loss(N, D)),
    symbols={
        "N": "number of parameters",
        "D": "number of training tokens",
        "C": "budget of operations, 6 N D",
        "A": "weight of the model's size in the loss",
        "B": "weight of the data's size in the loss",
        "alpha": "exponent of the model's size",
        "beta": "exponent of the data's size",
        "floor": "loss that no size removes",
        "multiplier": "Lagrange multiplier of the budget",
        "u": "logarithm of the number of parameters",
        "best": "logarithm of the optimal number of parameters",
        "v": "logarithm of a number of parameters between",
    },
    source=Source(
        section=9,
        lines=(391, 394),
        printed=(
            r"L(N, D) \approx A \cdot N^{-\alpha} + B \cdot D^{-\beta} + L_\infty",
            r"Chinchilla-optimal: $D \approx 20 \times N$",
        ),
    ),
    references=(
        "J. Hoffmann and others, Training compute-optimal large language models, 2022, arXiv:2203.15556, "
        "section 3.3",
        "J. Kaplan and others, Scaling laws for neural language models, 2020, arXiv:2001.08361",
    ),
    tags=("scaling", "optimisation", "fit"),
    used_in=("planning of training runs",),
    see_also=("num.gpt3",),
    claims=(
        Claim(
            name="on_the_budget",
            lhs=loss(exp(u), C / (6 * exp(u))),
            rhs=on_budget(u),
            note="With D = C / (6 N) and u = log N.",
        ),
        Claim(
            name="lagrange_condition_parameters",
            lhs=Partial(loss(N, D) - multiplier * (6 * N * D - C), N),
            rhs=sp.S.Zero,
            hypotheses=(Eq(multiplier, -alpha * A * N**-alpha / (6 * N * D), evaluate=False),),
        ),
        Claim(
            name="lagrange_condition_tokens",
            lhs=Partial(loss(N, D) - multiplier * (6 * N * D - C), D),
            rhs=sp.S.Zero,
            hypotheses=(Eq(multiplier, -beta * B * D**-beta / (6 * N * D), evaluate=False),),
            note="Both conditions have the same multiplier when alpha A N^-alpha = beta B D^-beta.",
        ),
        Claim(
            name="derivative_on_the_budget",
            lhs=Partial(on_budget(u), u),
            rhs=_slope(u),
        ),
        Claim(
            name="convex_in_log_size",
            lhs=Partial(Partial(on_budget(u), u), u),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            certificate=_curvature(u),
            note="So there is one optimum only.",
        ),
        Claim(
            name="optimum",
            lhs=on_budget(u),
            rhs=on_budget(best),
            relation=Relation.GE,
            hypotheses=(_balance,),
            certificate=Segment(
                x=v, f=on_budget(v), start=best, end=u, slope=_slope(v), curvature=_curvature(v)
            ),
            note="Where both terms weigh alike, no other size does better.",
        ),
        Claim(
            name="optimum_is_unique",
            lhs=on_budget(u),
            rhs=on_budget(best),
            relation=Relation.GT,
            hypotheses=(_balance, sp.Ne(u, best)),
            certificate=Segment(
                x=v, f=on_budget(v), start=best, end=u, slope=_slope(v), curvature=_curvature(v)
            ),
        ),
        Claim(
            name="optimal_parameters",
            lhs=alpha * A * exp(-alpha * _log_best),
            rhs=beta * B * exp(beta * (_log_best - log(C / 6))),
            note="N = (alpha A / (beta B))^(1/(alpha + beta)) (C/6)^(beta/(alpha + beta)) balances both.",
        ),
        Claim(
            name="optimal_sizes_spend_the_budget",
            lhs=6 * exp(_log_best) * exp(_log_tokens),
            rhs=C,
        ),
        Claim(
            name="growth_of_parameters",
            lhs=C * Partial(_log_best, C),
            rhs=beta / (alpha + beta),
            note="N grows like the power beta / (alpha + beta) of the budget.",
        ),
        Claim(
            name="growth_of_tokens",
            lhs=C * Partial(_log_tokens, C),
            rhs=alpha / (alpha + beta),
        ),
        Claim(
            name="tokens_per_parameter",
            lhs=log(D / N),
            rhs=((alpha - beta) * log(C / 6) - 2 * log(alpha * A / (beta * B))) / (alpha + beta),
            hypotheses=(
                Eq(N, exp(_log_best), evaluate=False),
                Eq(D, exp(_log_tokens), evaluate=False),
            ),
            note="The ratio of tokens to parameters depends on the budget unless alpha = beta.",
        ),
        Claim(
            name="tokens_per_parameter_at_equal_exponents",
            lhs=_log_tokens - _log_best,
            rhs=log(B / A) / alpha,
            hypotheses=(Eq(beta, alpha, evaluate=False),),
            note="Then it is (B / A)^(1 / alpha), whatever the budget.",
        ),
        Claim(
            name="twenty_tokens_per_parameter",
            lhs=_log_tokens,
            rhs=log(20) + _log_best,
            conditions=(
                Eq(beta, alpha, evaluate=False),
                Eq(B, A * exp(alpha * log(20)), evaluate=False),
            ),
            needs=r"the exponents $\alpha$ and $\beta$ are equal and $(B/A)^{1/\alpha} = 20$, "
            "which is a property of a fit and not of the law",
            stated_by=(r"\alpha = \beta",),
            printed=True,
            says=r"Chinchilla-optimal: $D \approx 20 \times N$",
            expected=Verdict.CONDITIONAL,
            corrected_by="tokens_per_parameter",
            note="Needs equal exponents and (B / A)^(1 / alpha) = 20: a property of the fit, not of the law.",
        ),
        Claim(
            name="loss_left_at_infinite_size",
            lhs=loss(N, D),
            rhs=B * D**-beta + floor,
            relation=Relation.TENDS,
            approach=Approach(x=N, to=sp.oo),
            note="The data's term stays however large the model.",
        ),
        Claim(
            name="exponents_exchanged",
            lhs=C * Partial(_log_best, C),
            rhs=alpha / (alpha + beta),
            expected=Verdict.REFUTED,
            corrected_by="growth_of_parameters",
            note="The exponent of the other size decides.",
        ),
    ),
)

FORMULAS = (CHINCHILLA,)
