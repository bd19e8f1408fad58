"""Identities of vectors and matrices of symbolic size, written in index notation."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from formulas.language import (
    Partial,
    delta,
    dim,
    index,
    positive,
    real,
    sigmoid,
    smooth,
    tensor,
    total,
)
from formulas.schema import Claim, Relation
from symcheck.prover import Open, Proof, prove, prove_statement

m, n, d = dim("m"), dim("n"), dim("d")
i, j, k, l, p, q, r, a, b, c = index("i j k l p q r a b c")  # noqa: E741
x, y = tensor("x", n), tensor("y", n)
A, B, C, X, W = (tensor(s, n, n) for s in "ABCXW")
S = tensor("S", n, n)
Q, K, V = tensor("Q", m, d), tensor("K", n, d), tensor("V", n, d)
G = tensor("G", m, d)
Ainv = tensor("Ainv", n, n)
u, v = tensor("u", n), tensor("v", n)
s = real("s")


def eq(lhs: sp.Expr, rhs: sp.Expr) -> sp.Basic:
    return sp.Eq(lhs, rhs, evaluate=False)


def score(row: sp.Symbol, col: sp.Symbol, over: sp.Symbol) -> sp.Expr:
    return sp.exp(total(Q[row, over] * K[col, over], (over, d)))


def weight(row: sp.Symbol, col: sp.Symbol, over: sp.Symbol, other: sp.Symbol, inner: sp.Symbol) -> sp.Expr:
    return score(row, col, over) / total(score(row, other, inner), (other, n))


right_inverse = eq(total(A[p, k] * Ainv[k, q], (k, n)), delta(p, q))
orthogonal = eq(total(W[k, p] * W[k, q], (k, n)), delta(p, q))
denominator = 1 + total(v[k] * Ainv[k, l] * u[l], (k, n), (l, n))


def sherman(row: sp.Symbol, col: sp.Symbol) -> sp.Expr:
    top = total(Ainv[row, k] * u[k], (k, n)) * total(v[l] * Ainv[l, col], (l, n))
    return Ainv[row, col] - top / (1 + total(v[a] * Ainv[a, b] * u[b], (a, n), (b, n)))


TRUE = {
    "matmul_associative": (
        total(total(A[i, k] * B[k, l], (k, n)) * C[l, j], (l, n)),
        total(A[i, k] * total(B[k, l] * C[l, j], (l, n)), (k, n)),
        (),
    ),
    "trace_cyclic": (
        total(A[i, j] * B[j, k] * C[k, i], (i, n), (j, n), (k, n)),
        total(C[i, j] * A[j, k] * B[k, i], (i, n), (j, n), (k, n)),
        (),
    ),
    "gradient_of_quadratic_form": (
        Partial(total(x[i] * A[i, j] * x[j], (i, n), (j, n)), x[k]),
        total((A[k, i] + A[i, k]) * x[i], (i, n)),
        (),
    ),
    "gradient_of_least_squares": (
        Partial(total((total(A[i, j] * x[j], (j, n)) - y[i]) ** 2, (i, n)), x[k]),
        2 * total(A[i, k] * (total(A[i, j] * x[j], (j, n)) - y[i]), (i, n)),
        (),
    ),
    "power_of_dot_product": (
        total(x[i] * y[i], (i, n)) ** 3,
        total(x[i] * y[i] * x[j] * y[j] * x[k] * y[k], (i, n), (j, n), (k, n)),
        (),
    ),
    "orthogonal_keeps_norm": (
        total(total(W[i, j] * x[j], (j, n)) ** 2, (i, n)),
        total(x[i] ** 2, (i, n)),
        (orthogonal,),
    ),
    "orthogonal_keeps_inner_product": (
        total(total(W[i, j] * x[j], (j, n)) * total(W[i, k] * y[k], (k, n)), (i, n)),
        total(x[i] * y[i], (i, n)),
        (orthogonal,),
    ),
    "sherman_morrison": (
        total((A[i, p] + u[i] * v[p]) * sherman(p, j), (p, n)),
        delta(i, j),
        (right_inverse, sp.Ne(denominator, 0)),
    ),
    "softmax_rows_of_attention_sum_to_one": (
        total(weight(i, j, a, k, b), (j, n)),
        sp.S.One,
        (),
    ),
    "mean_of_attention_of_ones": (
        total(total(weight(i, j, a, k, b), (j, n)) * G[i, c], (i, m)),
        total(G[i, c], (i, m)),
        (),
    ),
    "attention_value_gradient": (
        Partial(
            total(G[i, c] * total(weight(i, j, a, k, b) * V[j, c], (j, n)), (i, m), (c, d)),
            V[p, q],
        ),
        total(weight(i, p, a, k, b) * G[i, q], (i, m)),
        (),
    ),
    "lagrange_identity": (
        total(x[i] ** 2, (i, n)) * total(y[i] ** 2, (i, n)) - total(x[i] * y[i], (i, n)) ** 2,
        total((x[i] * y[j] - x[j] * y[i]) ** 2, (i, n), (j, n)) / 2,
        (),
    ),
}

g, gamma, beta = tensor("g", n), tensor("gamma", n), tensor("beta", n)
eps = positive("eps")


def mean(t: sp.IndexedBase, at: sp.Symbol) -> sp.Expr:
    return total(t[at], (at, n)) / n


def deviation(at: sp.Symbol, other: sp.Symbol) -> sp.Expr:
    return x[at] - mean(x, other)


def spread(at: sp.Symbol, other: sp.Symbol) -> sp.Expr:
    return sp.sqrt(total(deviation(at, other) ** 2, (at, n)) / n + eps)


def layer_norm_cotangent(at: sp.Symbol) -> sp.Expr:
    h = g[at] * gamma[at]
    mean_h = total(g[k] * gamma[k], (k, n)) / n
    mean_hx = total(g[k] * gamma[k] * deviation(k, l), (k, n)) / spread(a, b) / n
    return (h - mean_h - deviation(at, l) / spread(a, b) * mean_hx) / spread(a, b)


attention_loss = total(G[i, c] * total(weight(i, j, a, k, b) * V[j, c], (j, n)), (i, m), (c, d))
row_loss = total(G[p, c] * total(weight(p, l, a, k, b) * V[l, c], (l, n)), (c, d))
through_softmax = total(
    weight(p, j, a, k, b) * (total(G[p, c] * V[j, c], (c, d)) - row_loss) * K[j, q], (j, n)
)
M1, M2, b1 = tensor("M1", d, n), tensor("M2", m, d), tensor("b1", d)


def hidden(unit: sp.Symbol) -> sp.Expr:
    return total(M1[unit, k] * x[k], (k, n)) + b1[unit]


f, h = smooth("f"), smooth("h")
df, dh = smooth("f'"), smooth("h'")
t = real("t")

TRUE |= {
    "chain_rule": (Partial(f(h(t)), t), df(h(t)) * dh(t), ()),
    "product_rule": (Partial(f(t) * h(t), t), df(t) * h(t) + f(t) * dh(t), ()),
    "quotient_rule": (
        Partial(f(t) / h(t), t),
        (df(t) * h(t) - f(t) * dh(t)) / h(t) ** 2,
        (sp.Ne(h(t), 0),),
    ),
    "second_derivative_of_composition": (
        Partial(Partial(f(h(t)), t), t),
        smooth("f''")(h(t)) * dh(t) ** 2 + df(h(t)) * smooth("h''")(t),
        (),
    ),
    "backpropagation_through_any_activation": (
        Partial(total(tensor("e", m)[r] * total(M2[r, p] * f(hidden(p)), (p, d)), (r, m)), M1[i, j]),
        total(tensor("e", m)[r] * M2[r, i], (r, m)) * df(hidden(i)) * x[j],
        (),
    ),
    "layer_norm_backward": (
        Partial(total(g[i] * (gamma[i] * deviation(i, l) / spread(a, b) + beta[i]), (i, n)), x[j]),
        layer_norm_cotangent(j),
        (),
    ),
    "layer_norm_mean_of_output": (
        total(deviation(i, l) / spread(a, b), (i, n)) / n,
        sp.S.Zero,
        (),
    ),
    "layer_norm_variance_of_output": (
        total((deviation(i, l) / spread(a, b)) ** 2, (i, n)) / n,
        1 - eps / (total(deviation(a, b) ** 2, (a, n)) / n + eps),
        (),
    ),
    "attention_query_gradient": (Partial(attention_loss, Q[p, q]), through_softmax, ()),
    "two_layer_weight_gradient": (
        Partial(total(tensor("e", m)[r] * total(M2[r, p] * sp.tanh(hidden(p)), (p, d)), (r, m)), M1[i, j]),
        total(tensor("e", m)[r] * M2[r, i], (r, m)) * (1 - sp.tanh(hidden(i)) ** 2) * x[j],
        (),
    ),
}

Minv, Cm, Cinv, M = (tensor(name, d, d) for name in ("Minv", "Cm", "Cinv", "M"))
U, N = tensor("U", n, d), tensor("N", d, n)
batch, upstream = tensor("batch", m, n), tensor("upstream", m, n)
gate, value = tensor("gate", d, d), tensor("value", d, d)


def woodbury(row: sp.Symbol, col: sp.Symbol) -> sp.Expr:
    inner = U[k, a] * Minv[a, b] * N[b, l]
    return Ainv[row, col] - total(Ainv[row, k] * inner * Ainv[l, col], (k, n), (l, n), (a, d), (b, d))


def batch_mean(feature: sp.Symbol, over: sp.Symbol) -> sp.Expr:
    return total(batch[over, feature], (over, m)) / m


def batch_spread(feature: sp.Symbol, over: sp.Symbol, other: sp.Symbol) -> sp.Expr:
    return sp.sqrt(total((batch[over, feature] - batch_mean(feature, other)) ** 2, (over, m)) / m + eps)


def normalised(row: sp.Symbol, feature: sp.Symbol) -> sp.Expr:
    return (batch[row, feature] - batch_mean(feature, k)) / batch_spread(feature, l, a)


def euclidean(t: sp.IndexedBase, at: sp.Symbol) -> sp.Expr:
    return sp.sqrt(total(t[at] ** 2, (at, n)))


inverse_of_sum = eq(total(M[p, k] * Minv[k, q], (k, d)), delta(p, q))
middle = eq(total(N[p, k] * Ainv[k, l] * U[l, q], (k, n), (l, n)), M[p, q] - Cinv[p, q])
inverse_of_middle = eq(total(Cm[p, k] * Cinv[k, q], (k, d)), delta(p, q))
own_loss = total(G[i, c] * total(weight(i, l, a, k, b) * V[l, c], (l, n)), (c, d))

TRUE |= {
    "woodbury": (
        total((A[i, p] + total(U[i, r] * Cm[r, q] * N[q, p], (r, d), (q, d))) * woodbury(p, j), (p, n)),
        delta(i, j),
        (right_inverse, middle, inverse_of_sum, inverse_of_middle),
    ),
    "batch_norm_backward": (
        Partial(total(upstream[i, c] * gamma[c] * normalised(i, c), (i, m), (c, n)), batch[p, q]),
        gamma[q]
        / batch_spread(q, l, a)
        * (
            upstream[p, q]
            - total(upstream[i, q], (i, m)) / m
            - normalised(p, q) * total(upstream[i, q] * normalised(i, q), (i, m)) / m
        ),
        (),
    ),
    "attention_key_gradient": (
        Partial(attention_loss, K[p, q]),
        total(weight(i, p, a, k, b) * (total(G[i, c] * V[p, c], (c, d)) - own_loss) * Q[i, q], (i, m)),
        (),
    ),
    "gated_unit_gradient": (
        Partial(
            total(
                G[i, c] * total(Q[i, a] * value[a, c], (a, d)) * sigmoid(total(Q[i, b] * gate[b, c], (b, d))),
                (i, m),
                (c, d),
            ),
            value[p, q],
        ),
        total(G[i, q] * Q[i, p] * sigmoid(total(Q[i, b] * gate[b, q], (b, d))), (i, m)),
        (),
    ),
    "cosine_gradient": (
        Partial(total(x[k] * y[k], (k, n)) / (euclidean(x, l) * euclidean(y, a)), x[j]),
        y[j] / (euclidean(x, l) * euclidean(y, a))
        - total(x[k] * y[k], (k, n)) * x[j] / (euclidean(x, l) ** 3 * euclidean(y, a)),
        (total(x[i] ** 2, (i, n)) > 0, total(y[i] ** 2, (i, n)) > 0),
    ),
    "double_angle_of_tanh": (sp.tanh(2 * t), 2 * sp.tanh(t) / (1 + sp.tanh(t) ** 2), ()),
    "partial_fractions": (1 / (1 + t**2) - 1 / (2 + t**2), 1 / ((1 + t**2) * (2 + t**2)), ()),
}


@pytest.mark.parametrize("name", sorted(TRUE))
def test_identity_is_proved_for_symbolic_size(name: str) -> None:
    lhs, rhs, hypotheses = TRUE[name]
    found = prove_statement(lhs, rhs, Relation.EQ, hypotheses)
    assert isinstance(found, Proof), found


@pytest.mark.parametrize("name", sorted(TRUE))
def test_it_is_not_proved_with_another_constant(name: str) -> None:
    lhs, rhs, hypotheses = TRUE[name]
    wrong = 2 * rhs if rhs != 0 else sp.S.One
    assert isinstance(prove_statement(lhs, wrong, Relation.EQ, hypotheses), Open)


def test_a_sum_is_regrouped_only_if_its_index_is_private() -> None:
    """sum_j x_j y_j / (sum_k x_k) is not y-free: the index of the numerator also stands in y."""
    w = tensor("w", n, positive=True)
    ratio = total(w[j] * y[j] / total(w[k], (k, n)), (j, n))
    assert isinstance(prove_statement(ratio, total(y[j], (j, n))), Open)
    t = positive("t")
    both = total(w[i] * total(w[j] / (t + total(w[k], (k, n))), (j, n)), (i, n))
    mass = total(w[k], (k, n))
    assert isinstance(prove_statement(both, mass - t * mass / (t + mass)), Proof)


def frobenius(of: sp.Expr) -> sp.Expr:
    return sp.sqrt(total(of**2, (p, m), (q, n)))


def test_triangle_inequality_over_two_axes() -> None:
    """The sign of a sum of squares that is taken over two axes shows in another order than that of the normal
    form, and the line that brings it there has to say so."""
    one, other = tensor("one", m, n), tensor("other", m, n)
    norms = frobenius(one[p, q]) + frobenius(other[p, q])
    apart = total(
        (one[i, j] / frobenius(one[p, q]) - other[i, j] / frobenius(other[p, q])) ** 2, (i, m), (j, n)
    )
    of_sum = frobenius(one[p, q] + other[p, q])
    claim = Claim(
        name="triangle",
        lhs=of_sum,
        rhs=norms,
        relation=Relation.LE,
        hypotheses=(total(one[p, q] ** 2, (p, m), (q, n)) > 0, total(other[p, q] ** 2, (p, m), (q, n)) > 0),
        certificate=frobenius(one[p, q]) * frobenius(other[p, q]) * apart / (norms + of_sum),
    )
    assert isinstance(prove(claim), Proof)
    assert isinstance(prove(replace(claim, hypotheses=())), Open)


def test_what_may_be_zero_does_not_cancel() -> None:
    """q (p / q) is not p where q is 0, also if it is a hypothesis that brings 1/q in."""
    mass, ratio = tensor("mass", n), tensor("ratio", n)
    by_ratio = eq(ratio[k], y[k] / mass[k])
    lhs, rhs = total(mass[i] * x[i] * ratio[i], (i, n)), total(y[i] * x[i], (i, n))
    assert isinstance(prove_statement(lhs, rhs, Relation.EQ, (by_ratio,)), Open)
    off_zero = (by_ratio, sp.Ne(mass[l], 0))
    assert isinstance(prove_statement(lhs, rhs, Relation.EQ, off_zero), Proof)
