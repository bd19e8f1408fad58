"""Class H: whole cells and blocks, where many sums nest."""

from __future__ import annotations

import sympy as sp
from sympy import Max, Piecewise, exp, log, sqrt, tanh

from formulas.language import Expr, Partial, delta, dim, index, positive, real, sigmoid, tensor, total
from formulas.schema import Claim

n, m, d, N, dk, H = (dim(name) for name in ("n", "m", "d", "N", "dk", "H"))
i, j, k, l, a, b, c, e, o, u, v, s, t, q, hh = index("i j k l a b c e o u v s t q hh")  # noqa: E741

X, grad, mask = tensor("X", N, d), tensor("grad", N, d), tensor("mask", N, N, positive=True)
Wq, Wk, Wv = (tensor(name, H, d, dk) for name in ("Wq", "Wk", "Wv"))
Wo = tensor("Wo", H, dk, d)


def projected(
    weights: sp.IndexedBase, head: sp.Symbol, row: sp.Symbol, col: sp.Symbol, over: sp.Symbol
) -> Expr:
    return total(X[row, over] * weights[head, over, col], (over, d))


def score(head: sp.Symbol, row: sp.Symbol, col: sp.Symbol) -> Expr:
    query, key = projected(Wq, head, row, c, a), projected(Wk, head, col, c, b)
    return mask[row, col] * exp(total(query * key, (c, dk)) / sqrt(dk))


def weight(head: sp.Symbol, row: sp.Symbol, col: sp.Symbol) -> Expr:
    return score(head, row, col) / total(score(head, row, l), (l, N))


def upstream(head: sp.Symbol, row: sp.Symbol, col: sp.Symbol) -> Expr:
    return total(grad[row, u] * Wo[head, col, u], (u, d))


def on_weight(head: sp.Symbol, row: sp.Symbol, col: sp.Symbol) -> Expr:
    return total(upstream(head, row, v) * projected(Wv, head, col, v, e), (v, dk))


def on_score(head: sp.Symbol, row: sp.Symbol, col: sp.Symbol) -> Expr:
    row_sum = total(weight(head, row, t) * on_weight(head, row, t), (t, N))
    return weight(head, row, col) * (on_weight(head, row, col) - row_sum)


heads = total(
    grad[i, u] * Wo[hh, q, u] * total(weight(hh, i, j) * projected(Wv, hh, j, q, e), (j, N)),
    (i, N),
    (u, d),
    (hh, H),
    (q, dk),
)
g, f, w = index("g f w")

x, h0, c0, dh = tensor("x", n), tensor("h0", d), tensor("c0", d), tensor("dh", d)


def unit(name: str, at: sp.Symbol) -> Expr:
    W, U, bias = tensor("W" + name, d, n), tensor("U" + name, d, d), tensor("b" + name, d)
    return total(W[at, k] * x[k], (k, n)) + total(U[at, l] * h0[l], (l, d)) + bias[at]


def cell(at: sp.Symbol) -> Expr:
    return sigmoid(unit("f", at)) * c0[at] + sigmoid(unit("i", at)) * tanh(unit("g", at))


lstm = total(dh[i] * sigmoid(unit("o", i)) * tanh(cell(i)), (i, d))


def on_cell(at: sp.Symbol) -> Expr:
    return dh[at] * sigmoid(unit("o", at)) * (1 - tanh(cell(at)) ** 2)


z1, z2, tau = tensor("z1", N, d), tensor("z2", N, d), positive("tau")


def similarity(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return total(z1[row, c] * z2[col, c], (c, d)) / tau


def chance(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return exp(similarity(row, col)) / total(exp(similarity(row, l)), (l, N))


info_nce = -total(log(chance(i, i)), (i, N)) / N

W1, W2, gd = tensor("W1", m, n), tensor("W2", d, m), tensor("gd", d)


def pre(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(W1[at, over] * x[over], (over, n))


def step(of: Expr) -> Expr:
    return Piecewise((1, of > 0), (0, True))


relu_network = total(gd[l] * W2[l, i] * Max(0, pre(i, k)), (l, d), (i, m))
away_from_kinks = sp.Ne(pre(s, t), 0)

logit, focus = real("logit"), positive("focus")
p = sigmoid(logit)

kernel, covariance = tensor("kernel", n, n), tensor("covariance", n, n)
direction, y = tensor("direction", n), tensor("y", n)


turn = tensor("turn", n, n)
chain, law = tensor("chain", n, n, positive=True), tensor("law", n, positive=True)

CLAIMS = (
    Claim(
        name="masked_heads_query_weight",
        lhs=Partial(heads, Wq[g, f, o]),
        rhs=total(X[i, f] * on_score(g, i, j) * projected(Wk, g, j, o, b), (i, N), (j, N)) / sqrt(dk),
    ),
    Claim(
        name="masked_heads_value_weight",
        lhs=Partial(heads, Wv[g, f, o]),
        rhs=total(weight(g, i, j) * X[j, f] * upstream(g, i, o), (i, N), (j, N)),
    ),
    Claim(
        name="masked_heads_input",
        lhs=Partial(heads, X[w, f]),
        rhs=(
            total(
                total(on_score(hh, w, j) * projected(Wk, hh, j, o, b), (j, N)) * Wq[hh, f, o],
                (hh, H),
                (o, dk),
            )
            + total(
                total(on_score(hh, i, w) * projected(Wq, hh, i, o, a), (i, N)) * Wk[hh, f, o],
                (hh, H),
                (o, dk),
            )
        )
        / sqrt(dk)
        + total(total(weight(hh, i, w) * upstream(hh, i, o), (i, N)) * Wv[hh, f, o], (hh, H), (o, dk)),
    ),
    Claim(
        name="lstm_forget_weight",
        lhs=Partial(lstm, tensor("Wf", d, n)[a, b]),
        rhs=on_cell(a) * c0[a] * sigmoid(unit("f", a)) * (1 - sigmoid(unit("f", a))) * x[b],
    ),
    Claim(
        name="lstm_input_recurrence",
        lhs=Partial(lstm, tensor("Ui", d, d)[a, b]),
        rhs=on_cell(a) * tanh(unit("g", a)) * sigmoid(unit("i", a)) * (1 - sigmoid(unit("i", a))) * h0[b],
    ),
    Claim(name="lstm_previous_cell", lhs=Partial(lstm, c0[a]), rhs=on_cell(a) * sigmoid(unit("f", a))),
    Claim(
        name="info_nce_anchor",
        lhs=Partial(info_nce, z1[a, b]),
        rhs=(total(chance(a, j) * z2[j, b], (j, N)) - z2[a, b]) / (tau * N),
    ),
    Claim(
        name="info_nce_other",
        lhs=Partial(info_nce, z2[a, b]),
        rhs=(total(chance(i, a) * z1[i, b], (i, N)) - z1[a, b]) / (tau * N),
    ),
    Claim(
        name="relu_network_weight",
        lhs=Partial(relu_network, W1[a, b]),
        rhs=total(gd[l] * W2[l, a], (l, d)) * step(pre(a, k)) * x[b],
        hypotheses=(away_from_kinks,),
    ),
    Claim(
        name="relu_network_is_homogeneous",
        lhs=total(W1[a, b] * Partial(relu_network, W1[a, b]), (a, m), (b, n)),
        rhs=relu_network,
        hypotheses=(away_from_kinks,),
    ),
    Claim(
        name="focal_gradient",
        lhs=Partial(-((1 - p) ** focus) * log(p), logit),
        rhs=(1 - p) ** focus * (focus * p * log(p) - (1 - p)),
    ),
    Claim(
        name="orthogonal_keeps_norm",
        lhs=total(total(turn[i, k] * y[k], (k, n)) ** 2, (i, n)),
        rhs=total(y[k] ** 2, (k, n)),
        hypotheses=(sp.Eq(total(turn[k, a] * turn[k, b], (k, n)), delta(a, b), evaluate=False),),
    ),
)
