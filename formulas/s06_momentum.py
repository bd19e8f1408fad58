"""Section 6 of the sheet: gradient descent with momentum, as a recurrence over the steps."""

from __future__ import annotations

import sympy as sp

from formulas.language import index, natural, real, sequence
from formulas.schema import Claim, Definition, Formula, Source, Verdict

eta, gamma, gradient = real("eta"), real("gamma"), real("G")
g, v, theta = sequence("g"), sequence("v"), sequence("theta")
t, s = natural("t"), natural("s")
(k,) = index("k")

START = sp.Eq(v[0], 0)
VELOCITY = sp.Eq(v[s + 1], gamma * v[s] + eta * g[s + 1])
UPDATE = sp.Eq(theta[s + 1], theta[s] - v[s + 1])
_constant = sp.Eq(v[s + 1], gamma * v[s] + eta * gradient)
_unrolled = sp.Sum(gamma**k * eta * g[t - k], (k, 0, t - 1))
_steady = eta / (1 - gamma) * gradient

MOMENTUM = Formula(
    id="opt.momentum",
    title="Gradient descent with momentum",
    section=6,
    names=("SGD with Momentum", "momentum", "SGD with momentum", "heavy ball", "Momentum"),
    definition=Definition(latex="v_t", expr=gamma * v[t - 1] + eta * g[t]),
    symbols={
        "v": "velocity at each step",
        "g": "gradient at each step",
        "theta": "parameter at each step",
        "gamma": "momentum",
        "eta": "learning rate",
        "G": "a gradient that stays the same",
        "t": "number of steps",
        "s": "any step",
        "k": "age of a gradient in steps",
    },
    source=Source(
        section=6,
        lines=(213,),
        printed=(r"v_t = \gamma v_{t-1} + \eta \nabla L(\theta_t) \qquad \theta_{t+1} = \theta_t - v_t",),
    ),
    references=(
        "B. T. Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational "
        "Mathematics and Mathematical Physics 4(5), 1964",
        "I. Goodfellow, Y. Bengio, A. Courville, Deep learning, MIT Press 2016, section 8.3.2",
    ),
    tags=("optimiser", "recurrence"),
    used_in=("training", "SGD"),
    see_also=("opt.gd", "opt.adam"),
    claims=(
        Claim(
            name="unrolled",
            lhs=v[t],
            rhs=_unrolled,
            hypotheses=(START, VELOCITY),
            note="The gradient of k steps ago enters with weight gamma^k: by induction over t.",
        ),
        Claim(
            name="unrolled_from_the_first_step",
            lhs=v[t],
            rhs=sp.Sum(gamma ** (t - k) * eta * g[k], (k, 1, t)),
            hypotheses=(START, VELOCITY),
        ),
        Claim(
            name="unrolled_from_any_velocity",
            lhs=v[t],
            rhs=gamma**t * v[0] + _unrolled,
            hypotheses=(VELOCITY,),
            note="What was there at the start fades like gamma^t.",
        ),
        Claim(
            name="unrolled_without_decay",
            lhs=v[t],
            rhs=sp.Sum(eta * g[t - k], (k, 0, t - 1)),
            hypotheses=(START, VELOCITY),
            expected=Verdict.REFUTED,
            corrected_by="unrolled",
        ),
        Claim(
            name="constant_gradient",
            lhs=v[t],
            rhs=(1 - gamma**t) * _steady,
            hypotheses=(START, _constant, sp.Ne(gamma, 1)),
            note="The sum of the weights is a geometric sum; it tends to the steady state if |gamma| < 1.",
        ),
        Claim(
            name="steady_state",
            lhs=gamma * _steady + eta * gradient,
            rhs=_steady,
            hypotheses=(sp.Ne(gamma, 1),),
            note="eta / (1 - gamma) times the gradient reproduces itself.",
        ),
        Claim(
            name="distance_to_steady_state",
            lhs=v[t] - _steady,
            rhs=gamma**t * (v[0] - _steady),
            hypotheses=(_constant, sp.Ne(gamma, 1)),
            note="From any start the distance shrinks by gamma at each step.",
        ),
        Claim(
            name="total_displacement",
            lhs=theta[t],
            rhs=theta[0] - sp.Sum(v[k], (k, 1, t)),
            hypotheses=(UPDATE,),
        ),
    ),
)

FORMULAS = (MOMENTUM,)
