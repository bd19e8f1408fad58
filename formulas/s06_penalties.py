"""Section 6 of the sheet: penalties on the parameters, and clipping of the gradient by its norm."""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Partial, dim, index, nonnegative, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k, l = index("i j k l")  # noqa: E741
theta, g = tensor("theta", n), tensor("g", n)
lam, loss = nonnegative("lam"), real("L")
eta, c, share = real("eta"), positive("c"), positive("u")

_squares = lam * total(theta[k] ** 2, (k, n))
_moduli = lam * total(sp.Abs(theta[k]), (k, n))
GOODFELLOW = "I. Goodfellow, Y. Bengio, A. Courville, Deep learning, MIT Press 2016, section 7.1"

L2 = Formula(
    id="opt.l2",
    title="L2 penalty",
    section=6,
    names=("L2 / Weight Decay", "L2 regularization", "weight decay", "ridge penalty"),
    definition=Definition(latex=r"L_{reg}", expr=loss + _squares),
    symbols={
        "L": "loss without penalty",
        "lam": "weight of the penalty",
        "theta": "parameters",
        "eta": "learning rate",
        "g": "gradient of the loss without penalty",
    },
    source=Source(section=6, lines=(250,), printed=(r"L + \lambda\sum\theta_i^2",)),
    references=(GOODFELLOW,),
    tags=("regularisation",),
    used_in=("ridge regression", "training"),
    see_also=("opt.l1", "opt.adamw"),
    claims=(
        Claim(name="gradient", lhs=Partial(_squares, theta[j]), rhs=2 * lam * theta[j]),
        Claim(
            name="gradient_without_factor",
            lhs=Partial(_squares, theta[j]),
            rhs=lam * theta[j],
            expected=Verdict.REFUTED,
            corrected_by="gradient",
            note="The form lambda/2 times the sum has this gradient.",
        ),
        Claim(
            name="gradient_descent_decays",
            lhs=theta[j] - eta * (g[j] + Partial(_squares, theta[j])),
            rhs=(1 - 2 * eta * lam) * theta[j] - eta * g[j],
            note="In plain gradient descent the penalty and a decay of the weights by 2 eta lambda are one.",
        ),
        Claim(name="nonnegative", lhs=_squares, rhs=sp.S.Zero, relation=Relation.GE, certificate=_squares),
    ),
)

L1 = Formula(
    id="opt.l1",
    title="L1 penalty",
    section=6,
    names=("L1", "L1 regularization", "Lasso penalty"),
    definition=Definition(latex=r"L_{reg}", expr=loss + _moduli),
    symbols={
        "L": "loss without penalty",
        "lam": "weight of the penalty",
        "theta": "parameters",
        "c": "positive factor",
    },
    source=Source(section=6, lines=(251,), printed=(r"L + \lambda\sum\|\theta_i\|",)),
    references=(GOODFELLOW,),
    tags=("regularisation", "sparsity"),
    used_in=("Lasso",),
    see_also=("opt.l2",),
    claims=(
        Claim(
            name="gradient",
            lhs=Partial(_moduli, theta[j]),
            rhs=lam * sp.sign(theta[j]),
            hypotheses=(sp.Ne(theta[i], 0),),
            note="Where no parameter is 0; it does not shrink with the parameter, which can so reach 0.",
        ),
        Claim(
            name="gradient_at_zero",
            lhs=Partial(_moduli, theta[j]),
            rhs=lam * sp.sign(theta[j]),
            hypotheses=(lam > 0,),
            expected=Verdict.REFUTED,
            corrected_by="gradient",
            note="At 0 there is a kink: every number from -lambda to lambda is a subgradient.",
        ),
        Claim(
            name="homogeneous",
            lhs=total(sp.Abs(c * theta[k]), (k, n)),
            rhs=c * total(sp.Abs(theta[k]), (k, n)),
        ),
    ),
)


def _square(v: sp.Symbol) -> Expr:
    return total(g[v] ** 2, (v, n))


def _scaled(v: sp.Symbol) -> Expr:
    return c * g[v] / sp.sqrt(_square(l))


# norms are compared by their squares: both are nonnegative
_clipped = sp.Piecewise((g[i], _square(l) <= c**2), (_scaled(i), True))
_long = total(g[j] ** 2, (j, n)) > c**2

CLIP = Formula(
    id="opt.clip",
    title="Gradient clipping by norm",
    section=6,
    names=("Gradient Clipping", "gradient clipping", "clip by norm", "clip_grad_norm"),
    definition=Definition(latex=r"\hat{g}", expr=_clipped, indices=(i,)),
    symbols={"g": "gradient", "c": "largest norm", "u": "norm of a gradient as a share of c"},
    source=Source(
        section=6,
        lines=(234,),
        printed=(
            r"\hat{g} = \begin{cases}g & \text{if } \|g\| \leq c \\ "
            r"c \cdot \frac{g}{\|g\|} & \text{otherwise}\end{cases}",
        ),
    ),
    references=(
        "R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, 2013, "
        "arXiv:1211.5063",
    ),
    tags=("optimiser",),
    used_in=("training of language models", "RNN"),
    see_also=("linalg.l2_norm", "opt.gd"),
    claims=(
        Claim(
            name="short_gradient_is_kept",
            lhs=_clipped,
            rhs=g[i],
            hypotheses=(sp.Eq(total(g[j] ** 2, (j, n)), (c * share) ** 2), share <= 1),
            note="A norm of at most c: some share of it.",
        ),
        Claim(
            name="long_gradient_is_scaled",
            lhs=_clipped,
            rhs=_scaled(i),
            hypotheses=(_long,),
        ),
        Claim(
            name="norm_of_a_long_gradient",
            lhs=sp.sqrt(total(_scaled(k) ** 2, (k, n))),
            rhs=c,
            hypotheses=(_long,),
            note="With short_gradient_is_kept: the norm of the result is the smaller of the norm and c.",
        ),
        Claim(
            name="direction_is_kept",
            lhs=total(_scaled(k) * g[k], (k, n)),
            rhs=c * sp.sqrt(_square(j)),
            hypotheses=(total(g[i] ** 2, (i, n)) > c**2,),
            note="The inner product with the gradient is the product of the norms: they are parallel.",
        ),
        Claim(
            name="positive_multiple",
            lhs=c / sp.sqrt(_square(k)),
            rhs=sp.S.Zero,
            relation=Relation.GT,
            hypotheses=(_long,),
            certificate=c / sp.sqrt(_square(k)),
            note="The factor is not negative: no entry turns its sign.",
        ),
        Claim(
            name="continuous",
            lhs=_scaled(i),
            rhs=g[i],
            hypotheses=(sp.Eq(total(g[j] ** 2, (j, n)), c**2), total(g[j] ** 2, (j, n)) > 0),
            note="On the sphere where the cases meet, both say the same.",
        ),
        Claim(
            name="clipping_each_entry",
            lhs=_scaled(i),
            rhs=sp.Min(g[i], c),
            hypotheses=(_long,),
            expected=Verdict.REFUTED,
            corrected_by="long_gradient_is_scaled",
            note="Clipping by value is another operation: it changes the direction.",
        ),
    ),
)

FORMULAS = (L2, L1, CLIP)
