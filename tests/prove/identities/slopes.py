"""Classes A and C, continued: limits of temperature, joints, and derivatives of inverses and determinants.

The inverse of a matrix of which one entry is moved by t is known (Sherman and Morrison), so that the
derivative of what is made of the inverse by this entry is a derivative by t at 0."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Piecewise, exp, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.matrices import Det
from formulas.schema import Claim, Relation

n = dim("n")
i, j, k, l, a, b, c, e, u, v = index("i j k l a b c e u v")  # noqa: E741
z, tau = tensor("z", n), positive("tau")
t, r, knee, ratio = real("t"), real("r"), positive("knee"), positive("ratio")
X, Xi, A = tensor("X", n, n), tensor("Xi", n, n), tensor("A", n, n)
x, y = tensor("x", n), tensor("y", n)
w, p = tensor("w", n, positive=True), tensor("p", n, positive=True)


def eq(left: Expr, right: Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)


inverse = (
    eq(total(X[u, k] * Xi[k, v], (k, n)), delta(u, v)),
    eq(total(Xi[u, k] * X[k, v], (k, n)), delta(u, v)),
)
stays_regular = 1 + t * Xi[b, a]
"""Det of the moved matrix over that of X."""


def moved(row: sp.Symbol, col: sp.Symbol) -> Expr:
    """The inverse of X where t is added to its entry (a, b)."""
    return Xi[row, col] - t * Xi[row, a] * Xi[b, col] / stays_regular


_trace = total(moved(i, j) * A[j, i], (i, n), (j, n))
_trace_slope = -total(Xi[b, j] * A[j, i] * Xi[i, a], (i, n), (j, n))
_form = total(x[i] * moved(i, j) * y[j], (i, n), (j, n))
_form_slope = -total(x[i] * Xi[i, a], (i, n)) * total(Xi[b, j] * y[j], (j, n))

_others = total((1 - delta(i, j)) * exp(-(z[j] - z[i]) / tau), (i, n))
_huber = Piecewise((r**2 / 2, Abs(r) <= knee), (knee * Abs(r) - knee**2 / 2, True))
_mean_log = total(w[k] * log(p[k]), (k, n))
_geometric = exp(total(w[k] * log(p[k]), (k, n)))

CLAIMS = (
    Claim(
        name="share_of_one_by_the_gaps",
        lhs=exp(z[j] / tau) / total(exp(z[k] / tau), (k, n)),
        rhs=1 / (1 + _others),
    ),
    Claim(
        name="share_is_near_one_for_small_gaps",
        lhs=ratio - ratio / (1 + ratio),
        rhs=ratio**2 / (1 + ratio),
    ),
    Claim(name="huber_is_not_negative", lhs=_huber, rhs=sp.S.Zero, relation=Relation.GE),
    Claim(
        name="inverse_with_one_entry_moved",
        lhs=total((X[i, k] + t * delta(i, a) * delta(b, k)) * moved(k, j), (k, n)),
        rhs=delta(i, j),
        hypotheses=(*inverse, sp.Ne(stays_regular, 0)),
    ),
    Claim(
        name="trace_of_inverse_along_an_entry",
        lhs=Partial(_trace, t),
        rhs=_trace_slope / stays_regular**2,
        hypotheses=(sp.Ne(stays_regular, 0),),
    ),
    Claim(
        name="gradient_of_trace_of_inverse",
        lhs=Partial(_trace, t),
        rhs=_trace_slope,
        hypotheses=(sp.Ne(stays_regular, 0), eq(t, sp.S.Zero)),
    ),
    Claim(
        name="gradient_of_form_of_inverse",
        lhs=Partial(_form, t),
        rhs=_form_slope,
        hypotheses=(sp.Ne(stays_regular, 0), eq(t, sp.S.Zero)),
    ),
    Claim(
        name="gradient_of_log_determinant",
        lhs=Partial(log(Det(X)), X[a, b]),
        rhs=Xi[b, a],
        hypotheses=(*inverse, Det(X) > 0),
    ),
    Claim(
        name="weighted_means",
        lhs=_geometric,
        rhs=total(w[i] * p[i], (i, n)),
        relation=Relation.LE,
        hypotheses=(eq(total(w[k], (k, n)), sp.S.One),),
        certificate=_geometric * total(w[i] * ExpGap(log(p[i]) - _mean_log), (i, n)),
    ),
)
