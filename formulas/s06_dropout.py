"""Section 6 of the sheet: dropout."""

from __future__ import annotations

from formulas.chance import Bernoulli, Covariance, E, Moments, Variance, random
from formulas.language import delta, dim, index, nonnegative, tensor
from formulas.schema import Claim, Definition, Formula, Source, Verdict

SRIVASTAVA = "Srivastava et al., Dropout, JMLR 15, 2014, section 10"

n = dim("n")
a, b, i, j = index("a b i j")
mask = random("mask", n)
f = tensor("f", n)
p = nonnegative("p")

_h = mask[i] * f[i] / (1 - p)
_kept = (Bernoulli(mask[a], 1 - p), p < 1)
_apart = Moments(mask[a], 1 - p, mask[b], p * (1 - p) * delta(a, b))

DROPOUT = Formula(
    id="opt.dropout",
    title="Dropout",
    section=6,
    names=("Dropout", "inverted dropout"),
    definition=Definition(latex="h", expr=_h, indices=(i,)),
    symbols={
        "mask": "1 for a unit that is kept, 0 for one that is dropped",
        "f": "activations f(x)",
        "p": "probability with which a unit is dropped",
    },
    source=Source(section=6, lines=(252,), printed=(r"h = \text{mask} \odot f(x) / (1-p)",)),
    references=(SRIVASTAVA,),
    tags=("regularisation", "probability"),
    used_in=("fully connected layers", "Transformer"),
    see_also=("prob.bernoulli", "opt.l2"),
    claims=(
        Claim(
            name="mean",
            lhs=E(_h),
            rhs=f[i],
            hypotheses=_kept,
            note="A unit is kept with probability 1 - p: dividing by it keeps the mean.",
        ),
        Claim(
            name="variance",
            lhs=Variance(_h),
            rhs=f[i] ** 2 * p / (1 - p),
            hypotheses=_kept,
        ),
        Claim(
            name="second_moment",
            lhs=E(_h**2),
            rhs=f[i] ** 2 / (1 - p),
            hypotheses=_kept,
        ),
        Claim(
            name="covariance",
            lhs=Covariance(_h, mask[j] * f[j] / (1 - p)),
            rhs=delta(i, j) * f[i] ** 2 * p / (1 - p),
            hypotheses=(*_kept, _apart),
            note="Masks of different units are uncorrelated.",
        ),
        Claim(name="mean_without_scaling", lhs=E(mask[i] * f[i]), rhs=(1 - p) * f[i], hypotheses=_kept),
        Claim(
            name="mask_of_dropped_units",
            lhs=E(_h),
            rhs=f[i],
            hypotheses=(Bernoulli(mask[a], p), p < 1),
            expected=Verdict.REFUTED,
            corrected_by="mean",
            note="With p the probability that mask is 1, the printed scaling is wrong.",
        ),
    ),
)

FORMULAS = (DROPOUT,)
