"""Class C: matrices and tensors of symbolic shape, and networks made of them."""

from __future__ import annotations

import sympy as sp
from sympy import cos, exp, sin, sqrt

from formulas.language import Expr, Partial, delta, dim, index, positive, real, sigmoid, smooth, tensor, total
from formulas.schema import Claim

n, m, d, h, r, N, M = (dim(name) for name in ("n", "m", "d", "h", "r", "N", "M"))
i, j, k, l, a, b, c, e, o, u, v = index("i j k l a b c e o u v")  # noqa: E741
A, B, C, X, Xi = (tensor(name, n, n) for name in ("A", "B", "C", "X", "Xi"))
x, y, g = tensor("x", n), tensor("y", n), tensor("g", m)
scale, lam, tau, gamma = real("scale"), positive("lam"), positive("tau"), positive("gamma")
f, df, loss, dloss = smooth("f"), smooth("f'"), smooth("loss"), smooth("loss'")


def eq(left: Expr, right: Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)


def product(*factors: sp.IndexedBase, at: tuple[sp.Symbol, sp.Symbol], over: tuple[sp.Symbol, ...]) -> Expr:
    """Entry ``at`` of a product of matrices."""
    chain = (at[0], *over, at[1])
    entries = [t[chain[q], chain[q + 1]] for q, t in enumerate(factors)]
    sizes = [t.shape[1] for t in factors[:-1]]
    return total(sp.Mul(*entries), *zip(over, sizes, strict=True)) if over else entries[0]


def transposed(name: str, of: sp.IndexedBase) -> tuple[sp.IndexedBase, sp.Basic]:
    t = tensor(name, of.shape[1], of.shape[0])
    return t, eq(t[a, b], of[b, a])


P, Z, Zi = tensor("P", n, m), tensor("Z", m, m), tensor("Zi", m, m)

W, bias = tensor("W", m, n), tensor("bias", m)
W2, bias2, target = tensor("W2", d, m), tensor("bias2", d), tensor("target", d)


def pre(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(W[at, over] * x[over], (over, n)) + bias[at]


def second(at: sp.Symbol, over: sp.Symbol, inner: sp.Symbol) -> Expr:
    return total(W2[at, over] * f(pre(over, inner)), (over, m)) + bias2[at]


one_layer = total(loss(f(pre(i, k))), (i, m))
two_layers = total((f(second(l, a, k)) - target[l]) ** 2, (l, d)) / 2


def error(at: sp.Symbol) -> Expr:
    return (f(second(at, a, k)) - target[at]) * df(second(at, b, c))


Q, K, V, O = tensor("Q", N, d), tensor("K", M, d), tensor("V", M, h), tensor("O", N, h)  # noqa: E741


def score(row: sp.Symbol, col: sp.Symbol, over: sp.Symbol) -> Expr:
    return exp(total(Q[row, over] * K[col, over], (over, d)) / sqrt(d))


def weight(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return score(row, col, a) / total(score(row, b, c), (b, M))


def slope(row: sp.Symbol, col: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(O[row, over] * V[col, over], (over, h))


attention = total(O[i, v] * weight(i, j) * V[j, v], (i, N), (j, M), (v, h))


def through(row: sp.Symbol, col: sp.Symbol) -> Expr:
    return weight(row, col) * (slope(row, col, e) - total(weight(row, l) * slope(row, l, o), (l, M)))


w1, w2, w3 = tensor("w1", h, n), tensor("w2", h, n), tensor("w3", m, h)


def gate(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(w1[at, over] * x[over], (over, n))


def value(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(w2[at, over] * x[over], (over, n))


def silu(of: Expr) -> Expr:
    return of * sigmoid(of)


def silu_slope(of: Expr) -> Expr:
    return sigmoid(of) * (1 + of * (1 - sigmoid(of)))


def back(at: sp.Symbol, over: sp.Symbol) -> Expr:
    return total(g[over] * w3[over, at], (over, m))


swiglu = total(g[i] * w3[i, a] * silu(gate(a, k)) * value(a, l), (i, m), (a, h))

q0, q1, k0, k1, theta = (tensor(name, h) for name in ("q0", "q1", "k0", "k1", "theta"))
here, there, shift = real("here"), real("there"), real("shift")


def turned(first: sp.IndexedBase, other: sp.IndexedBase, by: Expr) -> tuple[Expr, Expr]:
    angle = by * theta[c]
    return (
        first[c] * cos(angle) - other[c] * sin(angle),
        first[c] * sin(angle) + other[c] * cos(angle),
    )


def rotary(at: Expr, to: Expr) -> Expr:
    (qa, qb), (ka, kb) = turned(q0, q1, at), turned(k0, k1, to)
    return total(qa * ka + qb * kb, (c, h))


left, right = tensor("left", n, m), tensor("right", r, d)
left2, right2 = tensor("left2", m, N), tensor("right2", d, M)
middle = tensor("middle", m, d)

adjacency = tensor("adjacency", n, n, positive=True)


data, label, weights = tensor("data", m, n), tensor("label", m), tensor("weights", n)
square = total(weights[k] ** 2, (k, n))
direction = tensor("direction", n)

LB, LA, W0, GM = tensor("LB", m, r), tensor("LA", r, n), tensor("W0", m, n), tensor("GM", m, n)
lora = total(GM[i, j] * (W0[i, j] + total(LB[i, a] * LA[a, j], (a, r))), (i, m), (j, n))

BT, b_transposed = transposed("BT", B)
AT, a_transposed = transposed("AT", A)

CLAIMS = (
    Claim(
        name="transpose_of_product",
        lhs=total(A[j, k] * B[k, i], (k, n)),
        rhs=total(BT[i, k] * AT[k, j], (k, n)),
        hypotheses=(b_transposed, a_transposed),
    ),
    Claim(
        name="trace_of_three_is_cyclic",
        lhs=total(A[i, j] * B[j, k] * C[k, i], (i, n), (j, n), (k, n)),
        rhs=total(C[i, j] * A[j, k] * B[k, i], (i, n), (j, n), (k, n)),
    ),
    Claim(
        name="gradient_of_trace",
        lhs=Partial(total(A[a, b] * X[b, a], (a, n), (b, n)), X[i, j]),
        rhs=A[j, i],
    ),
    Claim(
        name="gradient_of_quadratic_form",
        lhs=Partial(total(x[a] * A[a, b] * x[b], (a, n), (b, n)), x[i]),
        rhs=total((A[i, k] + A[k, i]) * x[k], (k, n)),
    ),
    Claim(
        name="gradient_of_least_squares",
        lhs=Partial(total((total(data[a, k] * x[k], (k, n)) - label[a]) ** 2, (a, m)), x[i]),
        rhs=2 * total(data[a, i] * (total(data[a, k] * x[k], (k, n)) - label[a]), (a, m)),
    ),
    Claim(
        name="gradient_of_two_sided_trace",
        lhs=Partial(total(X[a, b] * A[a, c] * X[c, e] * B[e, b], (a, n), (b, n), (c, n), (e, n)), X[i, j]),
        rhs=total(A[i, c] * X[c, e] * B[e, j], (c, n), (e, n))
        + total(A[c, i] * X[c, e] * B[j, e], (c, n), (e, n)),
    ),
    Claim(
        name="gradient_of_square_norm",
        lhs=Partial(total(X[a, b] ** 2, (a, n), (b, n)), X[i, j]),
        rhs=2 * X[i, j],
    ),
    Claim(
        name="push_through",
        lhs=total(Xi[i, k] * P[k, j], (k, n)),
        rhs=total(P[i, k] * Zi[k, j], (k, m)),
        hypotheses=(
            eq(total(X[a, k] * Xi[k, b], (k, n)), delta(a, b)),
            eq(total(Xi[a, k] * X[k, b], (k, n)), delta(a, b)),
            eq(total(Z[a, k] * Zi[k, b], (k, m)), delta(a, b)),
            eq(total(Zi[a, k] * Z[k, b], (k, m)), delta(a, b)),
            eq(total(X[a, k] * P[k, b], (k, n)), total(P[a, k] * Z[k, b], (k, m))),
        ),
    ),
    Claim(
        name="linear_weight", lhs=Partial(one_layer, W[c, e]), rhs=dloss(f(pre(c, k))) * df(pre(c, k)) * x[e]
    ),
    Claim(name="linear_bias", lhs=Partial(one_layer, bias[c]), rhs=dloss(f(pre(c, k))) * df(pre(c, k))),
    Claim(
        name="linear_input",
        lhs=Partial(one_layer, x[e]),
        rhs=total(W[i, e] * dloss(f(pre(i, k))) * df(pre(i, k)), (i, m)),
    ),
    Claim(name="second_weight", lhs=Partial(two_layers, W2[o, i]), rhs=error(o) * f(pre(i, k))),
    Claim(
        name="first_weight",
        lhs=Partial(two_layers, W[i, j]),
        rhs=total(W2[l, i] * error(l), (l, d)) * df(pre(i, k)) * x[j],
    ),
    Claim(name="lora_up", lhs=Partial(lora, LB[e, o]), rhs=total(GM[e, j] * LA[o, j], (j, n))),
    Claim(name="lora_down", lhs=Partial(lora, LA[e, o]), rhs=total(LB[i, e] * GM[i, o], (i, m))),
    Claim(
        name="attention_value",
        lhs=Partial(attention, V[u, k]),
        rhs=total(weight(i, u) * O[i, k], (i, N)),
    ),
    Claim(
        name="attention_query",
        lhs=Partial(attention, Q[u, k]),
        rhs=total(through(u, j) * K[j, k], (j, M)) / sqrt(d),
    ),
    Claim(
        name="attention_key",
        lhs=Partial(attention, K[u, k]),
        rhs=total(through(i, u) * Q[i, k], (i, N)) / sqrt(d),
    ),
    Claim(
        name="attention_row_sums",
        lhs=total(weight(i, l) * slope(i, l, o), (l, M)),
        rhs=total(O[i, v] * total(weight(i, j) * V[j, v], (j, M)), (v, h)),
    ),
    Claim(
        name="gated_gate",
        lhs=Partial(swiglu, w1[b, j]),
        rhs=back(b, i) * value(b, l) * silu_slope(gate(b, k)) * x[j],
    ),
    Claim(name="gated_value", lhs=Partial(swiglu, w2[b, j]), rhs=back(b, i) * silu(gate(b, k)) * x[j]),
    Claim(
        name="gated_input",
        lhs=Partial(swiglu, x[j]),
        rhs=total(
            back(a, i) * (value(a, l) * silu_slope(gate(a, k)) * w1[a, j] + silu(gate(a, k)) * w2[a, j]),
            (a, h),
        ),
    ),
    Claim(
        name="rotary_is_relative",
        lhs=rotary(here, there),
        rhs=total(
            (q0[c] * k0[c] + q1[c] * k1[c]) * cos((here - there) * theta[c])
            + (q0[c] * k1[c] - q1[c] * k0[c]) * sin((here - there) * theta[c]),
            (c, h),
        ),
    ),
    Claim(name="rotary_shift", lhs=rotary(here + shift, there + shift), rhs=rotary(here, there)),
    Claim(
        name="rotary_keeps_norm",
        lhs=total(turned(q0, q1, here)[0] ** 2 + turned(q0, q1, here)[1] ** 2, (c, h)),
        rhs=total(q0[c] ** 2 + q1[c] ** 2, (c, h)),
    ),
    Claim(
        name="vectorised_product",
        lhs=total(total(left[i, k] * middle[k, l], (k, m)) * right[j, l], (l, d)),
        rhs=total(right[j, l] * left[i, k] * middle[k, l], (l, d), (k, m)),
    ),
    Claim(
        name="ridge_gradient",
        lhs=Partial(
            total((total(data[a, k] * weights[k], (k, n)) - label[a]) ** 2, (a, m)) + lam * square,
            weights[j],
        ),
        rhs=2 * total(data[a, j] * (total(data[a, k] * weights[k], (k, n)) - label[a]), (a, m))
        + 2 * lam * weights[j],
    ),
)
