"""Section 8 of the sheet: why the scores of attention are divided by the square root of their dimension."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.chance import E, Independent, Moments, Variance, random
from formulas.language import delta, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula, Source, Verdict

VASWANI = "Vaswani et al., Attention Is All You Need, NeurIPS 2017, footnote 4"

d_k = dim("d_k")
a, b, i, j = index("a b i j")
q, k = random("q", d_k), random("k", d_k)
mean_q, mean_k = tensor("mean_q", d_k), tensor("mean_k", d_k)
cov_q, cov_k = tensor("cov_q", d_k, d_k), tensor("cov_k", d_k, d_k)

_score = total(q[i] * k[i], (i, d_k))
_law_q = Moments(q[a], mean_q[a], q[b], cov_q[a, b])
_law_k = Moments(k[a], mean_k[a], k[b], cov_k[a, b])
_laws = (_law_q, _law_k)
_independent = Independent(q, k)
_unit_variances = (Eq(cov_q[a, a], 1, evaluate=False), Eq(cov_k[a, a], 1, evaluate=False))
_uncorrelated = tuple(Eq(c[a, b], delta(a, b), evaluate=False) for c in (cov_q, cov_k))
_centred = tuple(Eq(m[a], 0, evaluate=False) for m in (mean_q, mean_k))
_standard = (*_laws, *_centred, *_uncorrelated, _independent)

SCALING = Formula(
    id="attn.scaling",
    title="Scaling of attention scores",
    section=8,
    names=("attention scaling", "scaled dot product", "Why sqrt(d_k)"),
    definition=Definition(latex=r"q \cdot k", expr=_score),
    symbols={
        "q": "query, a random vector",
        "k": "key, a random vector",
        "mean_q": "means of the components of q",
        "mean_k": "means of the components of k",
        "cov_q": "covariances of the components of q",
        "cov_k": "covariances of the components of k",
        "d_k": "dimension of keys and queries",
    },
    source=Source(
        section=8,
        lines=(297, 298),
        printed=(
            r"If $q, k$ have components with variance 1, then $q \cdot k$ has variance $d_k$.",
            r"Dividing by $\sqrt{d_k}$ restores unit variance",
        ),
    ),
    references=(VASWANI,),
    tags=("attention", "probability"),
    used_in=("Transformer",),
    see_also=("attn.sdpa", "prob.variance"),
    claims=(
        Claim(
            name="variance",
            lhs=Variance(_score),
            rhs=d_k,
            hypotheses=(*_laws, *_unit_variances),
            conditions=(*_centred, *_uncorrelated, _independent),
            needs="all components have mean 0, those of one vector are uncorrelated, and $q$ and $k$ are "
            "independent",
            stated_by=("independent", "uncorrelated", "i.i.d.", "iid"),
            printed=True,
            says=r"If $q, k$ have components with variance 1, then $q \cdot k$ has variance $d_k$.",
            expected=Verdict.CONDITIONAL,
            corrected_by="variance_of_standard_components",
            note="The printed line asks for variance 1 of each component only. It needs also that all means "
            "are 0, that the components of one vector are uncorrelated, and that q and k are independent.",
        ),
        Claim(name="variance_of_standard_components", lhs=Variance(_score), rhs=d_k, hypotheses=_standard),
        Claim(name="mean", lhs=E(_score), rhs=sp.S.Zero, hypotheses=_standard),
        Claim(
            name="scaled_variance",
            lhs=Variance(_score / sp.sqrt(d_k)),
            rhs=sp.S.One,
            hypotheses=_standard,
        ),
        Claim(
            name="variance_in_general",
            lhs=Variance(_score),
            rhs=total(
                cov_q[i, j] * cov_k[i, j]
                + mean_q[i] * mean_q[j] * cov_k[i, j]
                + mean_k[i] * mean_k[j] * cov_q[i, j],
                (i, d_k),
                (j, d_k),
            ),
            hypotheses=(*_laws, _independent),
            note="For any independent q and k: what the conditions are for can be read off.",
        ),
        Claim(
            name="variance_if_keys_are_not_centred",
            lhs=Variance(_score),
            rhs=d_k + total(mean_k[i] ** 2, (i, d_k)),
            hypotheses=(*_laws, _centred[0], *_uncorrelated, _independent),
        ),
        Claim(
            name="without_independence",
            lhs=Variance(_score),
            rhs=d_k,
            hypotheses=(*_laws, *_centred, *_uncorrelated),
            expected=Verdict.REFUTED,
            corrected_by="variance_of_standard_components",
            note="q = k has standard components too, and q . k is then their squared length.",
        ),
        Claim(
            name="without_centring",
            lhs=Variance(_score),
            rhs=d_k,
            hypotheses=(*_laws, *_uncorrelated, _independent),
            expected=Verdict.REFUTED,
            corrected_by="variance_in_general",
        ),
        Claim(
            name="without_uncorrelated_components",
            lhs=Variance(_score),
            rhs=d_k,
            hypotheses=(*_laws, *_unit_variances, *_centred, _independent),
            expected=Verdict.REFUTED,
            corrected_by="variance_in_general",
        ),
    ),
)

FORMULAS = (SCALING,)
