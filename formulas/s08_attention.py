"""Section 8 of the sheet: attention."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy import Eq, Max, exp, sqrt

from formulas.language import Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

m, n, p, d, e = dim("m"), dim("n"), dim("p"), dim("d_k"), dim("d_v")
i, j, k, l, a, b, c, r, s, t = index("i j k l a b c r s t")  # noqa: E741
Q, K, V = tensor("Q", m, d), tensor("K", n, d), tensor("V", n, e)
G = tensor("G", m, e)
top = real("top")

ZERO, ONE = sp.S.Zero, sp.S.One
VASWANI = (
    "A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser, I. Polosukhin, "
    "Attention is all you need, NeurIPS 2017, arXiv:1706.03762"
)


def score(row: Expr, column: Expr, over: sp.Symbol) -> Expr:
    """Inner product of a query and a key over the root of their length."""
    return total(Q[row, over] * K[column, over], (over, d)) / sqrt(d)


def weight(row: Expr, column: Expr, over: sp.Symbol = a, other: sp.Symbol = k, inner: sp.Symbol = b) -> Expr:
    """Softmax of the scores of one query: the weight of a key."""
    return exp(score(row, column, over)) / total(exp(score(row, other, inner)), (other, n))


def attention(row: Expr, column: Expr, over: sp.Symbol = j) -> Expr:
    """Entry of the output: a weighted mean of the values."""
    return total(weight(row, over) * V[over, column], (over, n))


_loss = total(G[i, c] * attention(i, c), (i, m), (c, e))


def _row_loss(row: Expr) -> Expr:
    """Cotangent of one output row times that row."""
    return total(G[row, c] * attention(row, c, t), (c, e))


def _cotangent_of_score(row: Expr, column: Expr) -> Expr:
    along = total(G[row, s] * V[column, s], (s, e))
    return weight(row, column) * (along - _row_loss(row))


omega = tensor("omega", m, n, positive=True)
P = tensor("P", n, n)
Block = tuple[Expr, Expr, Expr]
"""A reference, the mass relative to it, and the mean of the values of some keys."""
s1, v1, s2, v2 = tensor("s1", n), tensor("v1", n), tensor("s2", p), tensor("v2", p)
reference, both, late = real("reference"), real("both"), real("late")
m1, m2, m3 = real("m1"), real("m2"), real("m3")
l1, l2, l3 = positive("l1"), positive("l2"), positive("l3")
o1, o2, o3 = real("o1"), real("o2"), real("o3")
_first, _second, _third = (m1, l1, o1), (m2, l2, o2), (m3, l3, o3)


def _merged_mass(x: Block, y: Block, to: Expr) -> Expr:
    """Mass of two blocks relative to the reference ``to``."""
    return x[1] * exp(x[0] - to) + y[1] * exp(y[0] - to)


def _merged_output(x: Block, y: Block, to: Expr) -> Expr:
    """Mean of the values of two blocks."""
    return (x[1] * exp(x[0] - to) * x[2] + y[1] * exp(y[0] - to) * y[2]) / _merged_mass(x, y, to)


def _pair(x: Block, y: Block, to: Expr) -> Block:
    return to, _merged_mass(x, y, to), _merged_output(x, y, to)


def _block(of: sp.IndexedBase, values: sp.IndexedBase, to: Expr) -> Block:
    """What is kept of a block of keys with these scores and values."""
    size = of.shape[0]
    mass = total(exp(of[a] - to), (a, size))
    return to, mass, total(exp(of[b] - to) * values[b], (b, size)) / mass


_left, _right = _block(s1, v1, m1), _block(s2, v2, m2)


def _swap(of: Callable[[Expr], Expr], at: Expr) -> Expr:
    """Entry ``at`` after entries r and l have changed places."""
    return of(at) - (delta(at, r) - delta(at, l)) * (of(r) - of(l))


def _swapped_weight(at: Expr) -> Expr:
    return _swap(lambda key: omega[i, key], at)


def _swapped_value(at: Expr) -> Expr:
    return _swap(lambda key: V[key, c], at)


SDPA = Formula(
    id="attn.sdpa",
    title="Scaled dot-product attention",
    section=8,
    names=(
        "Attention",
        "attention",
        "scaled dot-product attention",
        "Scaled Dot-Product Attention",
        "self-attention",
        "SDPA",
        r"\text{Attention}(Q, K, V)",
        r"\operatorname{Attention}",
        r"\mathrm{Attention}",
    ),
    definition=Definition(latex=r"\text{Attention}(Q, K, V)_{ic}", expr=attention(i, c), indices=(i, c)),
    symbols={
        "Q": "queries, one per row",
        "K": "keys, one per row",
        "V": "values, one per row, as many as keys",
        "G": "cotangent of the output",
        "top": "bound of a column of values",
        "key": "one key, where all are equal",
        "omega": "exponentials of the scores",
        "P": "permutation matrix",
        "s1": "scores of a first block of keys",
        "v1": "a column of their values",
        "s2": "scores of a second block of keys",
        "v2": "a column of their values",
        "m1": "reference of a block, such as its largest score",
        "m2": "reference of a second block",
        "m3": "reference of a third block",
        "l1": "mass of a block: sum of the exponentials of scores less the reference",
        "l2": "mass of a second block",
        "l3": "mass of a third block",
        "o1": "mean of the values of a block",
        "o2": "mean of the values of a second block",
        "o3": "mean of the values of a third block",
        "reference": "reference of all blocks",
        "both": "reference of the first two blocks",
        "late": "reference of the last two blocks",
    },
    source=Source(
        section=8,
        lines=(289,),
        printed=(r"\text{Attention}(Q, K, V) = \text{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V",),
    ),
    references=(
        VASWANI,
        "M. Milakov, N. Gimelshein, Online normalizer calculation for softmax, 2018, arXiv:1805.02867",
        "T. Dao, D. Y. Fu, S. Ermon, A. Rudra, C. Re, FlashAttention: fast and memory-efficient exact "
        "attention with IO-awareness, NeurIPS 2022, arXiv:2205.14135",
    ),
    tags=("attention", "reduction", "contraction"),
    used_in=("transformers",),
    see_also=("act.softmax", "attn.scaling"),
    claims=(
        Claim(
            name="weights_sum_to_one",
            lhs=total(weight(i, j), (j, n)),
            rhs=ONE,
        ),
        Claim(
            name="weights_are_positive",
            lhs=weight(i, j),
            rhs=ZERO,
            relation=Relation.GT,
            certificate=weight(i, j),
            note="With weights that sum to one: each output row is a convex combination of the values.",
        ),
        Claim(
            name="at_most_the_largest_value",
            lhs=attention(i, c),
            rhs=top,
            relation=Relation.LE,
            hypotheses=(V[r, c] <= top,),
            certificate=total(weight(i, j) * (top - V[j, c]), (j, n)),
        ),
        Claim(
            name="at_least_the_smallest_value",
            lhs=attention(i, c),
            rhs=top,
            relation=Relation.GE,
            hypotheses=(V[r, c] >= top,),
            certificate=total(weight(i, j) * (V[j, c] - top), (j, n)),
        ),
        Claim(
            name="of_equal_values",
            lhs=attention(i, c),
            rhs=top,
            hypotheses=(Eq(V[r, c], top, evaluate=False),),
        ),
        Claim(
            name="uniform_for_equal_keys",
            lhs=attention(i, c),
            rhs=total(V[j, c], (j, n)) / n,
            hypotheses=(Eq(K[r, s], tensor("key", d)[s], evaluate=False),),
        ),
        Claim(
            name="value_cotangent",
            lhs=Partial(_loss, V[r, s]),
            rhs=total(weight(i, r) * G[i, s], (i, m)),
        ),
        Claim(
            name="query_cotangent",
            lhs=Partial(_loss, Q[r, l]),
            rhs=total(_cotangent_of_score(r, j) * K[j, l], (j, n)) / sqrt(d),
        ),
        Claim(
            name="key_cotangent",
            lhs=Partial(_loss, K[r, l]),
            rhs=total(_cotangent_of_score(i, r) * Q[i, l], (i, m)) / sqrt(d),
        ),
        Claim(
            name="cotangents_of_scores_sum_to_zero",
            lhs=total(_cotangent_of_score(i, j), (j, n)),
            rhs=ZERO,
            note="A shift of all scores of a query changes nothing.",
        ),
        Claim(
            name="mass_after_a_swap_of_keys",
            lhs=total(_swapped_weight(j), (j, n)),
            rhs=total(omega[i, j], (j, n)),
        ),
        Claim(
            name="sum_after_a_swap_of_keys",
            lhs=total(_swapped_weight(j) * _swapped_value(j), (j, n)),
            rhs=total(omega[i, j] * V[j, c], (j, n)),
            note="Keys may stand in any order, with their values, as every order is made of swaps.",
        ),
        Claim(
            name="mass_under_a_permutation_of_keys",
            lhs=total(total(P[j, k] * omega[i, k], (k, n)), (j, n)),
            rhs=total(omega[i, j], (j, n)),
            hypotheses=(Eq(total(P[k, s], (k, n)), 1, evaluate=False),),
            note="P[j, k] is 1 where key k comes to place j: each weight goes with its key.",
        ),
        Claim(
            name="sum_under_a_permutation_of_keys",
            lhs=total(total(P[j, k] * omega[i, k], (k, n)) * total(P[j, l] * V[l, c], (l, n)), (j, n)),
            rhs=total(omega[i, j] * V[j, c], (j, n)),
            hypotheses=(Eq(total(P[k, s] * P[k, t], (k, n)), delta(s, t), evaluate=False),),
            note="For any permutation. The output, sum over mass, does not see the order of the keys.",
        ),
        Claim(
            name="queries_do_not_mix",
            lhs=Partial(attention(i, c), Q[r, l]),
            rhs=delta(i, r)
            * total(
                weight(i, j) * (V[j, c] - attention(i, c, s)) * K[j, l],
                (j, n),
            )
            / sqrt(d),
            note="An output row depends on its own query only, so outputs follow queries in any order.",
        ),
        Claim(
            name="merge_of_blocks",
            lhs=_merged_output(_left, _right, reference),
            rhs=(total(exp(s1[j]) * v1[j], (j, n)) + total(exp(s2[k]) * v2[k], (k, p)))
            / (total(exp(s1[j]), (j, n)) + total(exp(s2[k]), (k, p))),
            note="Two blocks of keys, each as reference, mass and mean, give what all keys give at once; the "
            "references are free, in practice the maxima.",
        ),
        Claim(
            name="merged_mass",
            lhs=exp(reference) * _merged_mass(_left, _right, reference),
            rhs=total(exp(s1[j]), (j, n)) + total(exp(s2[k]), (k, p)),
        ),
        Claim(
            name="merge_is_associative",
            lhs=_merged_output(_pair(_first, _second, both), _third, reference),
            rhs=_merged_output(_first, _pair(_second, _third, late), reference),
        ),
        Claim(
            name="merge_of_masses_is_associative",
            lhs=_merged_mass(_pair(_first, _second, both), _third, reference),
            rhs=_merged_mass(_first, _pair(_second, _third, late), reference),
        ),
        Claim(
            name="merge_does_not_depend_on_the_reference",
            lhs=_merged_output(_first, _second, both),
            rhs=_merged_output(_first, _second, Max(_first[0], _second[0])),
        ),
    ),
)

w, dm = dim("T"), dim("d_model")
X, WQ, WK = tensor("X", w, dm), tensor("W_Q", dm, d), tensor("W_K", dm, d)
H = tensor("H", w, d)


def _projected(row: Expr, column: Expr, by: sp.IndexedBase, dummy: sp.Symbol) -> Expr:
    return total(X[row, dummy] * by[dummy, column], (dummy, dm))


PROJECTIONS = Formula(
    id="attn.projections",
    title="Queries, keys and values",
    section=8,
    names=("query projection", "attention projections", "queries, keys and values", "Q = XW_Q"),
    definition=Definition(latex="Q_{ia}", expr=_projected(i, a, WQ, b), indices=(i, a)),
    symbols={
        "X": "token representations, one per row",
        "W_Q": "weights of the queries",
        "W_K": "weights of the keys",
        "H": "cotangent of the queries",
    },
    source=Source(section=8, lines=(291,), printed=("Q = XW_Q", "K = XW_K", "V = XW_V")),
    references=(VASWANI,),
    tags=("attention", "linear", "contraction"),
    used_in=("transformers",),
    see_also=("attn.sdpa", "linalg.matmul"),
    claims=(
        Claim(
            name="scores_are_a_bilinear_form",
            lhs=total(_projected(i, a, WQ, b) * _projected(j, a, WK, c), (a, d)),
            rhs=total(X[i, b] * total(WQ[b, a] * WK[c, a], (a, d)) * X[j, c], (b, dm), (c, dm)),
            note="Of the matrix W_Q times the transpose of W_K, whose rank is at most d_k.",
        ),
        Claim(
            name="cotangent_of_weights",
            lhs=Partial(total(H[i, a] * _projected(i, a, WQ, b), (i, w), (a, d)), WQ[r, s]),
            rhs=total(X[i, r] * H[i, s], (i, w)),
        ),
        Claim(
            name="cotangent_of_tokens",
            lhs=Partial(total(H[i, a] * _projected(i, a, WQ, b), (i, w), (a, d)), X[r, s]),
            rhs=total(H[r, a] * WQ[s, a], (a, d)),
        ),
    ),
)

width = dim("d")
_one_product = total(ONE, (i, w), (j, w), (k, width))
_products = _one_product + total(ONE, (i, w), (j, w), (c, width))
_softmax = total(sp.Integer(3), (i, w), (j, w))
_linear = 4 * total(ONE, (i, w), (j, width), (k, width))

COMPLEXITY = Formula(
    id="attn.complexity",
    title="Cost of attention",
    section=8,
    names=("attention complexity", "complexity of attention", "O(n^2 d)"),
    definition=Definition(latex=r"\text{multiplications}", expr=_products),
    symbols={},
    source=Source(section=8, lines=(293,), printed=("O(n^2 d)",)),
    references=(VASWANI,),
    tags=("attention", "cost"),
    used_in=("transformers",),
    see_also=("attn.sdpa", "attn.projections"),
    claims=(
        Claim(
            name="multiplications",
            lhs=_products,
            rhs=2 * w**2 * width,
            note="One for each query, key and component, for the scores and again for the values.",
        ),
        Claim(
            name="operations_at_most",
            lhs=2 * _products + _softmax,
            rhs=7 * w**2 * width,
            relation=Relation.LE,
            certificate=3 * w**2 * (width - 1),
            printed=True,
            note="With additions, and three operations per weight for softmax: of order n squared times d.",
        ),
        Claim(
            name="with_projections",
            lhs=_products + _linear,
            rhs=6 * w**2 * width,
            relation=Relation.LE,
            conditions=(width <= w,),
            expected=Verdict.CONDITIONAL,
            corrected_by="multiplications_with_projections",
            certificate=4 * w * width * (w - width),
            note="The four projections are within that order only if there are at least d tokens.",
        ),
        Claim(
            name="multiplications_with_projections",
            lhs=_products + _linear,
            rhs=2 * w**2 * width + 4 * w * width**2,
        ),
    ),
)

FORMULAS = (SDPA, PROJECTIONS, COMPLEXITY)
