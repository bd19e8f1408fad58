"""Section 6 of the sheet: schedules of the learning rate."""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Partial, positive, real
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

SGDR = (
    "I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, arXiv:1608.03983"
)

low, high = real("eta_min"), real("eta_max")
t, T, warmup, decay = real("t"), positive("T"), positive("T_w"), positive("D")


def cosine(step: Expr, length: Expr) -> Expr:
    """From ``high`` at step 0 to ``low`` at step ``length``."""
    return low + (high - low) / 2 * (1 + sp.cos(step * sp.pi / length))


_during = (t >= 0, t <= T)
_ordered = low <= high
_symbols = {
    "eta_min": "learning rate at the end",
    "eta_max": "largest learning rate",
    "t": "step",
    "T": "number of steps",
}

COSINE = Formula(
    id="opt.cosine",
    title="Cosine annealing",
    section=6,
    names=("Cosine Annealing", "cosine annealing", "cosine schedule"),
    definition=Definition(latex=r"\eta_t", expr=cosine(t, T)),
    symbols=_symbols,
    source=Source(
        section=6,
        lines=(240,),
        printed=(
            r"\eta_t = \eta_{min} + \frac{1}{2}(\eta_{max} - \eta_{min})\left(1 + \cos\frac{t\pi}{T}\right)",
        ),
    ),
    references=(SGDR,),
    tags=("schedule",),
    used_in=("training of language models",),
    see_also=("opt.warmup_cosine",),
    claims=(
        Claim(name="start", lhs=cosine(t, T), rhs=high, hypotheses=(sp.Eq(t, 0),)),
        Claim(name="end", lhs=cosine(t, T), rhs=low, hypotheses=(sp.Eq(t, T),)),
        Claim(name="middle", lhs=cosine(t, T), rhs=(low + high) / 2, hypotheses=(sp.Eq(2 * t, T),)),
        Claim(
            name="slope",
            lhs=Partial(cosine(t, T), t),
            rhs=-(high - low) * sp.pi / (2 * T) * sp.sin(t * sp.pi / T),
        ),
        Claim(
            name="falls",
            lhs=Partial(cosine(t, T), t),
            rhs=sp.S.Zero,
            relation=Relation.LE,
            hypotheses=(*_during, _ordered),
            certificate=(high - low) / 2 * sp.pi / T * sp.sin(t * sp.pi / T),
            note="The sine is not negative from 0 to pi.",
        ),
        Claim(
            name="falls_for_ever",
            lhs=Partial(cosine(t, T), t),
            rhs=sp.S.Zero,
            relation=Relation.LE,
            hypotheses=(t >= 0, _ordered),
            expected=Verdict.REFUTED,
            corrected_by="falls",
            note="Beyond T the rate rises again.",
        ),
        Claim(
            name="symmetric_about_the_middle",
            lhs=cosine(t, T) + cosine(T - t, T),
            rhs=low + high,
        ),
    ),
)

_rise = high * t / warmup
_decay = cosine(t - warmup, decay)
_schedule = sp.Piecewise((_rise, t < warmup), (_decay, True))

WARMUP_COSINE = Formula(
    id="opt.warmup_cosine",
    title="Warm-up and cosine decay",
    section=6,
    names=("Warmup + Cosine Decay", "warmup", "cosine decay with warmup"),
    definition=Definition(latex=r"\eta_t", expr=_schedule),
    symbols={**_symbols, "T_w": "number of warm-up steps", "D": "number of steps of the decay"},
    source=Source(
        section=6,
        lines=(244,),
        printed=(
            r"\eta_t = \begin{cases}\eta_{max} \cdot \frac{t}{T_{warmup}} & t < T_{warmup} \\ "
            r"\text{cosine decay} & t \geq T_{warmup}\end{cases}",
        ),
    ),
    references=(SGDR,),
    tags=("schedule",),
    used_in=("training of language models",),
    see_also=("opt.cosine",),
    claims=(
        Claim(name="start", lhs=_schedule, rhs=sp.S.Zero, hypotheses=(sp.Eq(t, 0),)),
        Claim(
            name="warm_up_ends_at_the_largest",
            lhs=_rise,
            rhs=high,
            hypotheses=(sp.Eq(t, warmup),),
        ),
        Claim(
            name="decay_starts_at_the_largest",
            lhs=_schedule,
            rhs=high,
            hypotheses=(sp.Eq(t, warmup),),
            note="With warm_up_ends_at_the_largest: continuous, if the cosine counts from there.",
        ),
        Claim(
            name="decay_counted_from_the_start",
            lhs=cosine(t, T),
            rhs=high,
            hypotheses=(sp.Eq(t, warmup),),
            expected=Verdict.REFUTED,
            corrected_by="decay_starts_at_the_largest",
            note="Read with the cosine of the line above it, counted from step 0, the schedule jumps.",
        ),
        Claim(name="end", lhs=_schedule, rhs=low, hypotheses=(sp.Eq(t, warmup + decay),)),
        Claim(
            name="warm_up_slope",
            lhs=Partial(_rise, t),
            rhs=high / warmup,
        ),
    ),
)

FORMULAS = (COSINE, WARMUP_COSINE)
