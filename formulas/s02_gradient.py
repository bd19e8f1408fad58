"""Section 2 of the sheet, continued: gradient, Jacobian, Hessian, for any number of coordinates.

``f``, ``g`` and so on are undefined smooth functions of vectors.
"""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Ne, sqrt

from formulas.language import Expr, Field, Partial, delta, dim, index, real, smooth, tensor, total
from formulas.schema import Approach, Claim, Definition, Formula, Quotient, Relation, Source, Verdict

n, m, p = dim("n"), dim("m"), dim("p")
i, j, k, l, q, r, s = index("i j k l q r s")  # noqa: E741
x, v, w = tensor("x", n), tensor("v", n), tensor("w", n)
cotangent = tensor("cotangent", m)
a, A, B = tensor("a", n), tensor("A", n, n), tensor("B", m, n)
t, c, y = real("t"), real("c"), real("y")
f, inner, outer = Field("f", n), Field("g", n, m), Field("h", m, p)
square, square_before = Field("u", n, n), Field("b", n, n)
phi, phi_slope = smooth("phi"), smooth("phi'")

RUDIN = "W. Rudin, Principles of Mathematical Analysis, 3rd edition, McGraw-Hill 1976, chapter 9"
MAGNUS = (
    "J. R. Magnus, H. Neudecker, Matrix Differential Calculus with Applications in Statistics and "
    "Econometrics, 3rd edition, Wiley 2019"
)
BOYD = "S. Boyd, L. Vandenberghe, Convex Optimization, Cambridge University Press 2004, appendix A.4"


def at_x(of: sp.Symbol) -> Expr:
    return x[of]


def along(of: sp.Symbol) -> Expr:
    """The point reached from x after t steps in the direction v."""
    return x[of] + t * v[of]


def gradient(by: sp.Symbol) -> Expr:
    """Entry ``by`` of the gradient of f at x."""
    return f(at_x, by=(by,))


def _mapped(out: sp.Symbol) -> Expr:
    return inner(at_x, out=out)


_norm = sqrt(total(gradient(q) ** 2, (q, n)))
_UNIT = Eq(total(v[j] ** 2, (j, n)), 1, evaluate=False)
_MOVING = total(gradient(q) ** 2, (q, n)) > 0
_directional = total(gradient(j) * v[j], (j, n))


def _off(at: sp.Symbol) -> Expr:
    """How far the direction is from that of the gradient, in one coordinate."""
    return (v[at] - gradient(at) / _norm) ** 2


_AT_ZERO = Approach(x=t, to=sp.S.Zero)

GRADIENT = Formula(
    id="calc.gradient",
    title="Gradient",
    section=2,
    names=("Gradient", "gradient", r"\nabla f"),
    definition=Definition(latex=r"(\nabla f)_j", expr=Partial(f(at_x), x[j]), indices=(j,)),
    symbols={
        "x": "point",
        "v": "direction",
        "a": "coefficients of a linear function",
        "t": "length of a step",
    },
    source=Source(
        section=2,
        lines=(84,),
        printed=(
            r"\nabla f = \left[\frac{\partial f}{\partial x_1}, \frac{\partial f}{\partial x_2}, \ldots, "
            r"\frac{\partial f}{\partial x_n}\right]^T",
        ),
    ),
    references=(RUDIN,),
    tags=("calculus", "derivative", "vector"),
    used_in=("every optimiser",),
    see_also=("calc.jacobian", "calc.hessian", "opt.gd"),
    claims=(
        Claim(
            name="entries",
            lhs=Partial(f(at_x), x[j]),
            rhs=gradient(j),
            printed=True,
            note="One partial derivative per coordinate.",
        ),
        Claim(
            name="directional_derivative",
            lhs=Partial(f(along), t),
            rhs=total(f(along, by=(j,)) * v[j], (j, n)),
        ),
        Claim(
            name="directional_derivative_from_the_limit",
            lhs=(f(along) - f(at_x)) / t,
            rhs=_directional,
            relation=Relation.TENDS,
            approach=_AT_ZERO,
            certificate=Quotient(top=f(along) - f(at_x), bottom=t),
        ),
        Claim(
            name="no_direction_is_steeper",
            lhs=_directional,
            rhs=_norm,
            relation=Relation.LE,
            hypotheses=(_UNIT, _MOVING),
            certificate=_norm / 2 * total(_off(j), (j, n)),
            note="Among directions of length 1 (Cauchy-Schwarz).",
        ),
        Claim(
            name="its_direction_is_steepest",
            lhs=total(gradient(j) * (gradient(j) / _norm), (j, n)),
            rhs=_norm,
            hypotheses=(_MOVING,),
        ),
        Claim(
            name="no_other_direction_is",
            lhs=_directional + _norm / 4 * _off(k),
            rhs=_norm,
            relation=Relation.LT,
            hypotheses=(_UNIT, _MOVING, Ne(v[k] - gradient(k) / _norm, 0)),
            certificate=_norm / 4 * _off(k) + _norm / 2 * total((1 - delta(j, k)) * _off(j), (j, n)),
        ),
        Claim(
            name="cauchy_schwarz",
            lhs=_directional**2,
            rhs=total(gradient(q) ** 2, (q, n)) * total(v[r] ** 2, (r, n)),
            relation=Relation.LE,
            certificate=total((gradient(q) * v[r] - gradient(r) * v[q]) ** 2, (q, n), (r, n)) / 2,
        ),
        Claim(name="of_a_linear_function", lhs=Partial(total(a[k] * x[k], (k, n)), x[j]), rhs=a[j]),
        Claim(
            name="chain_rule_outside",
            lhs=Partial(phi(f(at_x)), x[j]),
            rhs=phi_slope(f(at_x)) * gradient(j),
        ),
        Claim(
            name="steeper_against_it",
            lhs=_directional,
            rhs=-_norm,
            relation=Relation.LE,
            hypotheses=(_UNIT, _MOVING),
            expected=Verdict.REFUTED,
            corrected_by="no_direction_is_steeper",
        ),
    ),
)

JACOBIAN = Formula(
    id="calc.jacobian",
    title="Jacobian",
    section=2,
    names=("Jacobian", "Jacobian matrix", "J_{ij}"),
    definition=Definition(latex="J_{ij}", expr=Partial(_mapped(i), x[j]), indices=(i, j)),
    symbols={
        "x": "point",
        "B": "matrix of a linear map",
        "cotangent": "cotangent of the output",
    },
    source=Source(section=2, lines=(88,), printed=(r"J_{ij} = \frac{\partial f_i}{\partial x_j}",)),
    references=(RUDIN, MAGNUS),
    tags=("calculus", "derivative", "matrix"),
    used_in=("normalising flows", "diffusion models", "backpropagation"),
    see_also=("calc.gradient", "calc.chain"),
    claims=(
        Claim(
            name="entries",
            lhs=Partial(_mapped(i), x[j]),
            rhs=inner(at_x, out=i, by=(j,)),
            printed=True,
        ),
        Claim(
            name="of_a_composition",
            lhs=Partial(outer(_mapped, out=i), x[j]),
            rhs=total(outer(_mapped, out=i, by=(k,)) * inner(at_x, out=k, by=(j,)), (k, m)),
            note="The product of the Jacobians, the outer one taken at the inner value.",
        ),
        Claim(
            name="of_a_linear_map",
            lhs=Partial(total(B[i, k] * x[k], (k, n)), x[j]),
            rhs=B[i, j],
        ),
        Claim(
            name="of_an_elementwise_map",
            lhs=Partial(phi(x[i]), x[j]),
            rhs=delta(i, j) * phi_slope(x[i]),
            note="Diagonal.",
        ),
        Claim(
            name="of_a_residual_map",
            lhs=Partial(x[i] + square(at_x, out=i), x[j]),
            rhs=delta(i, j) + square(at_x, out=i, by=(j,)),
        ),
        Claim(
            name="cotangent_of_the_input",
            lhs=Partial(total(cotangent[k] * _mapped(k), (k, m)), x[j]),
            rhs=total(cotangent[k] * inner(at_x, out=k, by=(j,)), (k, m)),
            note="What backpropagation computes: the transposed Jacobian times the cotangent.",
        ),
        Claim(
            name="of_a_composition_at_the_input",
            lhs=Partial(square(lambda at: square_before(at_x, out=at), out=i), x[j]),
            rhs=total(square(at_x, out=i, by=(k,)) * square_before(at_x, out=k, by=(j,)), (k, n)),
            expected=Verdict.REFUTED,
            corrected_by="of_a_composition",
            note="The outer Jacobian is not taken at x.",
        ),
        Claim(
            name="transposed",
            lhs=Partial(square(at_x, out=i), x[j]),
            rhs=square(at_x, out=j, by=(i,)),
            expected=Verdict.REFUTED,
            corrected_by="entries",
            note="Rows are outputs, columns inputs.",
        ),
    ),
)


def quadratic(at: sp.IndexedBase) -> Expr:
    """A quadratic function: c + a.x + x.A x / 2."""
    return c + total(a[k] * at[k], (k, n)) + total(at[q] * A[q, r] * at[r], (q, n), (r, n)) / 2


_hessian = f(at_x, by=(i, j))
_second = total(f(at_x, by=(i, j)) * v[i] * v[j], (i, n), (j, n))
_first_order = t * total(gradient(j) * v[j], (j, n))

HESSIAN = Formula(
    id="calc.hessian",
    title="Hessian",
    section=2,
    names=("Hessian", "Hessian matrix", "H_{ij}"),
    definition=Definition(latex="H_{ij}", expr=Partial(Partial(f(at_x), x[i]), x[j]), indices=(i, j)),
    symbols={
        "x": "point",
        "v": "direction",
        "t": "length of a step",
        "a": "linear coefficients of a quadratic function",
        "A": "quadratic coefficients of a quadratic function",
        "B": "matrix of a linear map",
        "c": "constant of a quadratic function",
    },
    source=Source(
        section=2,
        lines=(92,),
        printed=(r"H_{ij} = \frac{\partial^2 f}{\partial x_i \partial x_j}",),
    ),
    references=(RUDIN, MAGNUS),
    tags=("calculus", "derivative", "matrix", "symmetric"),
    used_in=("Newton's method", "analysis of loss landscapes"),
    see_also=("calc.gradient", "calc.definiteness"),
    claims=(
        Claim(name="entries", lhs=Partial(Partial(f(at_x), x[i]), x[j]), rhs=_hessian, printed=True),
        Claim(
            name="symmetric",
            lhs=Partial(Partial(f(at_x), x[i]), x[j]),
            rhs=Partial(Partial(f(at_x), x[j]), x[i]),
            note="For twice continuously differentiable functions (Schwarz).",
        ),
        Claim(
            name="is_jacobian_of_the_gradient",
            lhs=Partial(gradient(i), x[j]),
            rhs=_hessian,
        ),
        Claim(
            name="second_derivative_along_a_line",
            lhs=Partial(Partial(f(along), t), t),
            rhs=total(f(along, by=(i, j)) * v[i] * v[j], (i, n), (j, n)),
        ),
        Claim(
            name="second_order_expansion",
            lhs=(f(along) - f(at_x) - _first_order) / t**2,
            rhs=_second / 2,
            relation=Relation.TENDS,
            approach=_AT_ZERO,
            certificate=Quotient(top=f(along) - f(at_x) - _first_order, bottom=t**2),
            note="Taylor's formula to second order, in any direction.",
        ),
        Claim(
            name="of_a_quadratic_function",
            lhs=Partial(Partial(quadratic(x), x[i]), x[j]),
            rhs=(A[i, j] + A[j, i]) / 2,
        ),
        Claim(
            name="expansion_without_the_half",
            lhs=(f(along) - f(at_x) - _first_order) / t**2,
            rhs=_second,
            relation=Relation.TENDS,
            approach=_AT_ZERO,
            expected=Verdict.REFUTED,
            corrected_by="second_order_expansion",
        ),
        Claim(
            name="of_a_product_of_slopes",
            lhs=Partial(Partial(f(at_x), x[i]), x[j]),
            rhs=gradient(i) * gradient(j),
            expected=Verdict.REFUTED,
            corrected_by="entries",
        ),
    ),
)


def _moved(along_which: sp.IndexedBase) -> Expr:
    """The quadratic function at x + direction."""
    at = x
    linear = total(a[k] * (at[k] + along_which[k]), (k, n))
    both = total((at[q] + along_which[q]) * A[q, r] * (at[r] + along_which[r]), (q, n), (r, n))
    return c + linear + both / 2


def _curvature(along_which: sp.IndexedBase) -> Expr:
    return total(along_which[q] * A[q, r] * along_which[r], (q, n), (r, n))


_STATIONARY = Eq(a[s], -total((A[s, k] + A[k, s]) * x[k], (k, n)) / 2, evaluate=False)
_STATIONARY_WORDS = (
    "stationary",
    "critical point",
    r"\nabla f = 0",
    r"\nabla f(x) = 0",
    r"\nabla f(x^*) = 0",
    "gradient is zero",
    "gradient vanishes",
    "gradient is 0",
)
_FLAT = Eq(gradient(s), 0, evaluate=False)

DEFINITENESS = Formula(
    id="calc.definiteness",
    title="Definite Hessian and kind of stationary point",
    section=2,
    names=("second-order condition", "definiteness", "saddle point"),
    definition=Definition(latex="v^T H v", expr=_second),
    symbols={
        "x": "point",
        "v": "direction",
        "w": "other direction",
        "t": "length of a step",
        "a": "linear coefficients of a quadratic function",
        "A": "quadratic coefficients of a quadratic function",
        "c": "constant of a quadratic function",
        "y": "argument of a cubic",
    },
    source=Source(
        section=2,
        lines=(94, 95, 96),
        printed=(
            r"$H \succ 0$ (positive definite) → local minimum",
            r"$H \prec 0$ (negative definite) → local maximum",
            r"Mixed eigenvalues → saddle point (common in deep learning!)",
        ),
    ),
    references=(BOYD, RUDIN),
    tags=("calculus", "optimisation", "quadratic form"),
    used_in=("Newton's method", "classification of stationary points"),
    see_also=("calc.hessian", "opt.convexity"),
    claims=(
        Claim(
            name="second_order_condition",
            lhs=(f(along) - f(at_x)) / t**2,
            rhs=_second / 2,
            relation=Relation.TENDS,
            approach=_AT_ZERO,
            hypotheses=(_FLAT,),
            certificate=Quotient(top=f(along) - f(at_x), bottom=t**2),
            note="At a stationary point the sign of v.H v decides whether f rises or falls along v.",
        ),
        Claim(
            name="quadratic_function_around_a_stationary_point",
            lhs=_moved(v) - quadratic(x),
            rhs=_curvature(v) / 2,
            hypotheses=(_STATIONARY,),
            note="Exactly, not only to second order.",
        ),
        Claim(
            name="positive_definite_is_minimum",
            lhs=_moved(v),
            rhs=quadratic(x),
            relation=Relation.GT,
            hypotheses=(_curvature(v) > 0,),
            conditions=(_STATIONARY,),
            certificate=_curvature(v) / 2,
            needs=r"the gradient is 0 at the point",
            stated_by=_STATIONARY_WORDS,
            printed=True,
            says=r"$H \succ 0$ (positive definite) → local minimum",
            expected=Verdict.CONDITIONAL,
            corrected_by="quadratic_function_around_a_stationary_point",
            note="Only where the gradient is 0; elsewhere f falls against the gradient whatever H is.",
        ),
        Claim(
            name="negative_definite_is_maximum",
            lhs=_moved(v),
            rhs=quadratic(x),
            relation=Relation.LT,
            hypotheses=(_curvature(v) < 0,),
            conditions=(_STATIONARY,),
            certificate=-_curvature(v) / 2,
            needs=r"the gradient is 0 at the point",
            stated_by=_STATIONARY_WORDS,
            printed=True,
            says=r"$H \prec 0$ (negative definite) → local maximum",
            expected=Verdict.CONDITIONAL,
            corrected_by="quadratic_function_around_a_stationary_point",
        ),
        Claim(
            name="mixed_is_saddle",
            lhs=_moved(v),
            rhs=_moved(w),
            relation=Relation.GT,
            hypotheses=(_curvature(v) > 0, _curvature(w) < 0),
            conditions=(_STATIONARY,),
            certificate=_curvature(v) / 2 - _curvature(w) / 2,
            needs=r"the gradient is 0 at the point",
            stated_by=_STATIONARY_WORDS,
            printed=True,
            says=r"Mixed eigenvalues → saddle point (common in deep learning!)",
            expected=Verdict.CONDITIONAL,
            corrected_by="quadratic_function_around_a_stationary_point",
            note="Higher than the point along v, lower along w; again where the gradient is 0.",
        ),
        Claim(
            name="semidefinite_is_minimum",
            lhs=y**3,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            expected=Verdict.REFUTED,
            corrected_by="second_order_condition",
            note="y^3 is stationary at 0 with second derivative 0, and falls to one side.",
        ),
    ),
)

FORMULAS = (GRADIENT, JACOBIAN, HESSIAN, DEFINITENESS)
