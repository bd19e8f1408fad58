"""Section 8, beyond the sheet: attention without the exponential."""

from __future__ import annotations

from formulas.language import Partial, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula

n, m, d, e = dim("N"), dim("M"), dim("d"), dim("e")
i, j, c, v, a, b = index("i j c v a b")
Q, K, V, G = tensor("Q", n, d), tensor("K", m, d), tensor("V", m, e), tensor("G", n, e)

_direct = total(total(Q[i, c] * K[j, c], (c, d)) * V[j, v], (j, m))
_state = total(K[j, c] * V[j, v], (j, m))
_loss = total(G[i, v] * _direct, (i, n), (v, e))

LINEAR = Formula(
    id="attn.linear",
    title="Linear attention",
    section=8,
    names=("linear attention", "linear transformer"),
    definition=Definition(latex=r"O_{iv}", expr=_direct, indices=(i, v)),
    symbols={"Q": "queries", "K": "keys", "V": "values", "G": "cotangent of the output"},
    references=("A. Katharopoulos et al., Transformers are RNNs, ICML 2020, arXiv:2006.16236",),
    tags=("attention",),
    used_in=("long sequences", "recurrent inference"),
    see_also=("attn.scaling",),
    claims=(
        Claim(
            name="by_the_state",
            lhs=_direct,
            rhs=total(Q[i, c] * _state, (c, d)),
            note="Keys and values first: the cost grows with the length, not with its square.",
        ),
        Claim(
            name="cotangent_of_values",
            lhs=Partial(_loss, V[a, b]),
            rhs=total(total(Q[i, c] * K[a, c], (c, d)) * G[i, b], (i, n)),
        ),
        Claim(
            name="cotangent_of_queries",
            lhs=Partial(_loss, Q[a, b]),
            rhs=total(G[a, v] * total(K[j, b] * V[j, v], (j, m)), (v, e)),
        ),
    ),
)

FORMULAS = (LINEAR,)
