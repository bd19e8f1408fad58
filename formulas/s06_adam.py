"""Section 6 of the sheet: Adam and AdamW, as recurrences over the steps.

Expectation is linear, so the expectation of a moving average obeys the recurrence of the average itself with
the expectation of the gradient in place of the gradient: ``M`` and ``V`` are the sequences of E[m_t] and
E[v_t] for gradients of one distribution.
"""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, index, natural, nonnegative, positive, real, sequence
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

KINGMA = "D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, 2015, arXiv:1412.6980"
LOSHCHILOV = "I. Loshchilov, F. Hutter, Decoupled weight decay regularization, 2019, arXiv:1711.05101"

beta, mean, second = real("beta"), real("G"), real("Q")
eta, lam, eps = positive("eta"), positive("lam"), positive("epsilon")
theta, gradient, c = real("theta"), real("g_1"), positive("c")
first, other, larger = real("m_hat"), positive("v_hat"), positive("w_hat")
g, m, v = sequence("g"), sequence("m"), sequence("v")
M, V, scaled, squared = sequence("M"), sequence("V"), sequence("m_c"), sequence("v_c")
t, s = natural("t"), natural("s")
(k,) = index("k")


def _average(of: sp.IndexedBase, entry: Expr) -> tuple[sp.Basic, ...]:
    """A moving average that starts at 0."""
    return sp.Eq(of[0], 0), sp.Eq(of[s + 1], beta * of[s] + (1 - beta) * entry)


_FIRST, _SECOND = _average(m, g[s + 1]), _average(v, g[s + 1] ** 2)
_MEAN, _MEAN_SQUARE = _average(M, mean), _average(V, second)
_SCALED, _SQUARED = _average(scaled, c * g[s + 1]), _average(squared, (c * g[s + 1]) ** 2)
_decays = (beta > 0, beta < 1)
_step = eta * first / (sp.sqrt(other) + eps)

ADAM = Formula(
    id="opt.adam",
    title="Adam",
    section=6,
    names=("Adam", "adam", "Adam optimizer"),
    definition=Definition(latex=r"\theta_{t+1}", expr=theta - _step),
    symbols={
        "m": "first moment at each step",
        "v": "second moment at each step",
        "g": "gradient at each step",
        "M": "expectation of the first moment at each step",
        "V": "expectation of the second moment at each step",
        "m_c": "first moment for gradients that are c times as large",
        "v_c": "second moment for gradients that are c times as large",
        "beta": "decay of the moment in question (beta_1 or beta_2)",
        "G": "expectation of the gradient",
        "Q": "expectation of the squared gradient",
        "m_hat": "first moment, bias corrected",
        "v_hat": "second moment, bias corrected",
        "w_hat": "the same for gradients that are c times as large",
        "eta": "learning rate",
        "epsilon": "guard of the denominator",
        "theta": "parameter",
        "g_1": "first gradient",
        "c": "factor by which the loss is scaled",
        "t": "number of steps",
        "s": "any step",
        "k": "age of a gradient in steps",
    },
    source=Source(
        section=6,
        lines=(217, 218, 219, 220),
        printed=(
            r"m_t = \beta_1 m_{t-1} + (1-\beta_1) g_t",
            r"v_t = \beta_2 v_{t-1} + (1-\beta_2) g_t^2",
            r"\hat{m}_t = \frac{m_t}{1-\beta_1^t} \qquad \hat{v}_t = \frac{v_t}{1-\beta_2^t}",
            r"\theta_{t+1} = \theta_t - \frac{\eta}{\sqrt{\hat{v}_t} + \epsilon} \hat{m}_t",
        ),
    ),
    references=(KINGMA,),
    tags=("optimiser", "recurrence", "moving average"),
    used_in=("training",),
    see_also=("opt.adamw", "opt.momentum"),
    claims=(
        Claim(
            name="unrolled",
            lhs=m[t],
            rhs=(1 - beta) * sp.Sum(beta**k * g[t - k], (k, 0, t - 1)),
            hypotheses=_FIRST,
        ),
        Claim(
            name="second_moment_unrolled",
            lhs=v[t],
            rhs=(1 - beta) * sp.Sum(beta**k * g[t - k] ** 2, (k, 0, t - 1)),
            hypotheses=_SECOND,
        ),
        Claim(
            name="weights_add_up",
            lhs=sp.Sum((1 - beta) * beta**k, (k, 0, t - 1)),
            rhs=1 - beta**t,
            note="What is missing to 1 is what the correction divides by.",
        ),
        Claim(name="mean_of_first_moment", lhs=M[t], rhs=(1 - beta**t) * mean, hypotheses=_MEAN),
        Claim(name="mean_of_second_moment", lhs=V[t], rhs=(1 - beta**t) * second, hypotheses=_MEAN_SQUARE),
        Claim(
            name="first_moment_is_unbiased",
            lhs=M[t],
            rhs=mean,
            hypotheses=_MEAN,
            expected=Verdict.REFUTED,
            corrected_by="mean_of_first_moment",
            note="Why there is a correction.",
        ),
        Claim(
            name="mean_off_by_one_step",
            lhs=M[t],
            rhs=(1 - beta ** (t + 1)) * mean,
            hypotheses=_MEAN,
            expected=Verdict.REFUTED,
            corrected_by="mean_of_first_moment",
        ),
        Claim(
            name="bias_correction",
            lhs=M[t] / (1 - beta**t),
            rhs=mean,
            hypotheses=(sp.Eq(M[t], (1 - beta**t) * mean), *_decays, t > 0),
            note="With mean_of_first_moment: the corrected moment has the expectation of the gradient.",
        ),
        Claim(
            name="correction_is_defined",
            lhs=beta**t,
            rhs=sp.S.One,
            relation=Relation.LT,
            hypotheses=(*_decays, t > 0),
            certificate=1 - beta**t,
            note="From the first step on there is no division by 0.",
        ),
        Claim(
            name="second_moment_is_nonnegative",
            lhs=v[t],
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(*_SECOND, *_decays),
            certificate=beta * v[t - 1] + (1 - beta) * g[t] ** 2,
        ),
        Claim(
            name="scaled_first_moment",
            lhs=scaled[t],
            rhs=c * m[t],
            hypotheses=(*_FIRST, *_SCALED),
        ),
        Claim(
            name="scaled_second_moment",
            lhs=squared[t],
            rhs=c**2 * v[t],
            hypotheses=(*_SECOND, *_SQUARED),
        ),
        Claim(
            name="step_does_not_depend_on_scale",
            lhs=c * first / sp.sqrt(larger),
            rhs=first / sp.sqrt(other),
            hypotheses=(sp.Eq(larger, c**2 * other),),
            note="At epsilon = 0; with the two claims before it, for a loss that is multiplied by c.",
        ),
        Claim(
            name="step_does_not_depend_on_scale_with_epsilon",
            lhs=c * first / (sp.sqrt(larger) + eps),
            rhs=first / (sp.sqrt(other) + eps),
            hypotheses=(sp.Eq(larger, c**2 * other),),
            expected=Verdict.REFUTED,
            corrected_by="step_does_not_depend_on_scale",
        ),
        Claim(
            name="first_step",
            lhs=gradient / sp.sqrt(gradient**2),
            rhs=sp.sign(gradient),
            hypotheses=(sp.Ne(gradient, 0),),
            note="At t = 1 the corrected moments are g and g^2: the step is eta along the sign.",
        ),
    ),
)

_decoupled = theta - eta * (first / (sp.sqrt(other) + eps) + lam * theta)
_coupled = theta - eta * sp.sign(gradient + lam * theta)

ADAMW = Formula(
    id="opt.adamw",
    title="AdamW",
    section=6,
    names=("AdamW", "adamw", "decoupled weight decay"),
    definition=Definition(latex=r"\theta_{t+1}", expr=_decoupled),
    symbols={
        "theta": "parameter",
        "eta": "learning rate",
        "lam": "weight decay",
        "m_hat": "first moment, bias corrected",
        "v_hat": "second moment, bias corrected",
        "epsilon": "guard of the denominator",
        "g_1": "first gradient",
        "w": "weight decay of 0",
    },
    source=Source(
        section=6,
        lines=(226,),
        printed=(
            r"\theta_{t+1} = \theta_t - \eta\left(\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \epsilon} + "
            r"\lambda \theta_t\right)",
        ),
    ),
    references=(LOSHCHILOV,),
    tags=("optimiser", "regularisation"),
    used_in=("training of language models",),
    see_also=("opt.adam", "opt.l2"),
    claims=(
        Claim(
            name="shrinks_before_the_step",
            lhs=_decoupled,
            rhs=(1 - eta * lam) * theta - _step,
            note="Every parameter decays by the same factor, whatever its gradients were.",
        ),
        Claim(
            name="without_decay_is_adam",
            lhs=theta - eta * (first / (sp.sqrt(other) + eps) + nonnegative("w") * theta),
            rhs=theta - _step,
            hypotheses=(sp.Eq(nonnegative("w"), 0),),
        ),
        Claim(
            name="is_adam_with_l2_penalty",
            lhs=theta - eta * (sp.sign(gradient) + lam * theta),
            rhs=_coupled,
            hypotheses=(sp.Ne(gradient, 0), sp.Ne(gradient + lam * theta, 0)),
            expected=Verdict.REFUTED,
            corrected_by="first_step_without_gradient",
            note="The first steps at epsilon = 0: with the penalty in the gradient only its sign counts.",
        ),
        Claim(
            name="first_step_without_gradient",
            lhs=theta - eta * sp.sign(lam * theta),
            rhs=theta - eta,
            hypotheses=(theta > 0,),
            note="With the penalty in the gradient a parameter without other gradient moves by eta, however "
            "small lambda is; AdamW moves it by eta lambda theta.",
        ),
    ),
)

FORMULAS = (ADAM, ADAMW)
