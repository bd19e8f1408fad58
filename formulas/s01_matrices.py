"""Section 1 of the sheet, continued: operations on matrices."""

from __future__ import annotations

import sympy as sp
from sympy import Eq

from formulas.language import Expr, Partial, delta, dim, index, real, tensor, total
from formulas.s01_vectors import STRANG
from formulas.schema import Claim, Definition, Formula, Source, Verdict

m, n, p, q = dim("m"), dim("n"), dim("p"), dim("q")
i, j, k, l, r, s, u, v = index("i j k l r s u v")  # noqa: E741
A, B, C = tensor("A", m, n), tensor("B", n, p), tensor("C", p, q)
B2 = tensor("B2", n, p)
G = tensor("G", m, p)
x, y = tensor("x", n), tensor("y", n)
c, t = real("c"), real("t")
X, Y, Z = tensor("X", n, n), tensor("Y", n, n), tensor("Z", n, n)
Xinv, Yinv, W = tensor("Xinv", n, n), tensor("Yinv", n, n), tensor("W", n, n)

ZERO = sp.S.Zero
PETERSEN = "K. B. Petersen, M. S. Pedersen, The Matrix Cookbook, Technical University of Denmark 2012"


def product(
    left: sp.IndexedBase, right: sp.IndexedBase, row: Expr, column: Expr, dummy: sp.Symbol = k
) -> Expr:
    """Entry of a matrix product."""
    return total(left[row, dummy] * right[dummy, column], (dummy, left.shape[1]))


def is_inverse(of: sp.IndexedBase, inverse: sp.IndexedBase) -> sp.Eq:
    """``of`` times ``inverse`` is the identity."""
    return Eq(product(of, inverse, u, v, s), delta(u, v), evaluate=False)


def same(left: Expr, right: Expr) -> sp.Eq:
    """An equation as hypothesis."""
    return Eq(left, right, evaluate=False)


_symbols = {
    "A": "matrix",
    "B": "matrix",
    "B2": "other matrix of the shape of B",
    "C": "matrix",
    "G": "cotangent of the product",
    "X": "square matrix",
    "Y": "other square matrix",
    "Z": "third square matrix",
    "Xinv": "inverse of X",
    "Yinv": "inverse of Y",
    "W": "matrix that is to be identified",
    "x": "vector",
    "y": "other vector",
    "c": "number",
    "t": "number, small where it matters",
}

MATMUL = Formula(
    id="linalg.matmul",
    title="Matrix product",
    section=1,
    names=("Matrix Multiply", "matrix multiplication", "matrix product", "matmul", "(AB)_{ij}"),
    definition=Definition(latex="(AB)_{ij}", expr=product(A, B, i, j), indices=(i, j)),
    symbols={name: _symbols[name] for name in ("A", "B", "B2", "C", "G", "X", "Y", "c", "t")},
    source=Source(section=1, lines=(24,), printed=(r"(AB)_{ij} = \sum_k A_{ik}B_{kj}",)),
    references=(f"{STRANG}, section 2.4", f"{PETERSEN}, section 2.5"),
    tags=("matrix", "contraction", "bilinear"),
    used_in=("linear layers", "attention"),
    see_also=("linalg.dot", "linalg.transpose", "linalg.trace"),
    claims=(
        Claim(
            name="associative",
            lhs=total(product(A, B, i, l) * C[l, j], (l, p)),
            rhs=total(A[i, k] * product(B, C, k, j, l), (k, n)),
        ),
        Claim(
            name="linear_in_the_second_factor",
            lhs=total(A[i, k] * (c * B[k, j] + t * B2[k, j]), (k, n)),
            rhs=c * product(A, B, i, j) + t * product(A, B2, i, j),
        ),
        Claim(name="identity", lhs=total(delta(i, k) * A[k, j], (k, m)), rhs=A[i, j]),
        Claim(
            name="cotangent_of_the_first_factor",
            lhs=Partial(total(G[l, r] * product(A, B, l, r), (l, m), (r, p)), A[i, j]),
            rhs=total(G[i, r] * B[j, r], (r, p)),
            note="The cotangent times the transpose of B.",
        ),
        Claim(
            name="cotangent_of_the_second_factor",
            lhs=Partial(total(G[l, r] * product(A, B, l, r), (l, m), (r, p)), B[i, j]),
            rhs=total(A[l, i] * G[l, j], (l, m)),
            note="The transpose of A times the cotangent.",
        ),
        Claim(
            name="commutative",
            lhs=product(X, Y, i, j),
            rhs=product(Y, X, i, j),
            expected=Verdict.REFUTED,
            corrected_by="commutator_has_no_trace",
        ),
        Claim(
            name="commutator_has_no_trace",
            lhs=total(product(X, Y, i, i) - product(Y, X, i, i), (i, n)),
            rhs=ZERO,
            note="The order matters; of the difference only the trace vanishes always.",
        ),
    ),
)

At, Bt = tensor("At", n, m), tensor("Bt", p, n)
_transposes = (same(At[u, v], A[v, u]), same(Bt[r, s], B[s, r]))

TRANSPOSE = Formula(
    id="linalg.transpose",
    title="Transpose",
    section=1,
    names=("Transpose", "transpose", "(A^T)_{ij}", "A^T"),
    definition=Definition(latex="(A^T)_{ij}", expr=A[j, i], indices=(i, j)),
    symbols={
        **{name: _symbols[name] for name in ("A", "B", "X", "x", "y")},
        "At": "transpose of A",
        "Bt": "transpose of B",
        "twice": "transpose of the transpose of A",
        "H": "cotangent of the transpose",
    },
    source=Source(section=1, lines=(25,), printed=(r"(A^T)_{ij} = A_{ji}",)),
    references=(f"{STRANG}, section 2.7",),
    tags=("matrix", "linear"),
    used_in=("attention scores", "backpropagation"),
    see_also=("linalg.matmul",),
    claims=(
        Claim(
            name="involution",
            lhs=tensor("twice", m, n)[i, j],
            rhs=A[i, j],
            hypotheses=(same(tensor("twice", m, n)[r, s], At[s, r]), _transposes[0]),
        ),
        Claim(
            name="of_product",
            lhs=product(A, B, j, i),
            rhs=product(Bt, At, i, j),
            hypotheses=_transposes,
            note="Transposes of the factors in reverse order.",
        ),
        Claim(
            name="adjoint",
            lhs=total(x[i] * product(X, X, i, j) * y[j], (i, n), (j, n)),
            rhs=total(total(X[i, k] * x[i], (i, n)) * total(X[k, j] * y[j], (j, n)), (k, n)),
            note="Moving a matrix across an inner product transposes it.",
        ),
        Claim(
            name="cotangent",
            lhs=Partial(total(tensor("H", n, m)[k, l] * A[l, k], (k, n), (l, m)), A[i, j]),
            rhs=tensor("H", n, m)[j, i],
        ),
    ),
)

_x_inverse, _y_inverse = is_inverse(X, Xinv), is_inverse(Y, Yinv)
_both_sided = (_x_inverse, is_inverse(Xinv, X))


def _moved(row: Expr, column: Expr) -> Expr:
    """Inverse of X to first order after a change of t Z."""
    correction = total(Xinv[row, r] * Z[r, s] * Xinv[s, column], (r, n), (s, n))
    return Xinv[row, column] - t * correction


INVERSE = Formula(
    id="linalg.inverse",
    title="Inverse matrix",
    section=1,
    names=("Inverse", "inverse matrix", "matrix inverse", "A^{-1}"),
    definition=Definition(latex="(X X^{-1})_{ij}", expr=product(X, Xinv, i, j), indices=(i, j)),
    symbols={name: _symbols[name] for name in ("X", "Y", "Z", "Xinv", "Yinv", "W", "x", "t")},
    source=Source(section=1, lines=(26,), printed=(r"AA^{-1} = I",)),
    references=(f"{STRANG}, section 2.5", f"{PETERSEN}, section 2.2"),
    tags=("matrix", "nonlinear"),
    used_in=("least squares", "Gaussian densities", "normalising flows"),
    see_also=("linalg.matmul", "linalg.transpose"),
    claims=(
        Claim(
            name="of_product",
            lhs=total(product(X, Y, i, l) * product(Yinv, Xinv, l, j, r), (l, n)),
            rhs=delta(i, j),
            hypotheses=(_x_inverse, _y_inverse),
            note="Inverses of the factors in reverse order.",
        ),
        Claim(
            name="of_transpose",
            lhs=total(X[k, i] * Xinv[j, k], (k, n)),
            rhs=delta(i, j),
            hypotheses=(is_inverse(Xinv, X),),
            note="The transpose of the inverse inverts the transpose.",
        ),
        Claim(
            name="unique",
            lhs=W[i, j],
            rhs=Xinv[i, j],
            hypotheses=(*_both_sided, is_inverse(X, W)),
        ),
        Claim(
            name="solution_of_a_linear_system",
            lhs=total(X[i, k] * total(Xinv[k, l] * x[l], (l, n)), (k, n)),
            rhs=x[i],
            hypotheses=(_x_inverse,),
        ),
        Claim(
            name="nothing_else_goes_to_zero",
            lhs=x[i],
            rhs=ZERO,
            hypotheses=(is_inverse(Xinv, X), same(total(X[u, k] * x[k], (k, n)), ZERO)),
            note="A matrix that sends a vector other than 0 to 0 has no inverse.",
        ),
        Claim(
            name="resolvent_identity",
            lhs=Yinv[i, j] - Xinv[i, j],
            rhs=-total(Yinv[i, k] * (Y[k, l] - X[k, l]) * Xinv[l, j], (k, n), (l, n)),
            hypotheses=(_x_inverse, is_inverse(Yinv, Y)),
            note="Exact; as Y tends to X this is the differential of the inverse.",
        ),
        Claim(
            name="difference_quotient",
            lhs=(Yinv[i, j] - Xinv[i, j]) / t,
            rhs=-total(Yinv[i, k] * Z[k, l] * Xinv[l, j], (k, n), (l, n)),
            hypotheses=(
                _x_inverse,
                is_inverse(Yinv, Y),
                same(Z[u, v], (Y[u, v] - X[u, v]) / t),
                sp.Ne(t, 0),
            ),
            note="Y is X + tZ. As t tends to 0, this is the derivative of the inverse along Z: -Xinv Z Xinv.",
        ),
        Claim(
            name="solves_the_differentiated_equation",
            lhs=product(Z, Xinv, i, j)
            - total(X[i, k] * Xinv[k, l] * Z[l, r] * Xinv[r, j], (k, n), (l, n), (r, n)),
            rhs=ZERO,
            hypotheses=(_x_inverse,),
            note="X Xinv = I by the product rule, with Z for dX and -Xinv Z Xinv for the derivative of the "
            "inverse; nothing_else_goes_to_zero says that no other matrix solves it.",
        ),
        Claim(
            name="differential",
            lhs=total((X[i, k] + t * Z[i, k]) * _moved(k, j), (k, n)),
            rhs=delta(i, j)
            - t**2 * total(Z[i, k] * Xinv[k, l] * Z[l, u] * Xinv[u, j], (k, n), (l, n), (u, n)),
            hypotheses=(_x_inverse,),
            note="X + tZ times Xinv - t Xinv Z Xinv is the identity up to t squared: the derivative of the "
            "inverse along Z is -Xinv Z Xinv.",
        ),
    ),
)


def trace(of: sp.IndexedBase, dummy: sp.Symbol = i) -> Expr:
    """Sum of the diagonal."""
    return total(of[dummy, dummy], (dummy, of.shape[0]))


F = tensor("F", n, m)
D = tensor("D", m, n)

TRACE = Formula(
    id="linalg.trace",
    title="Trace",
    section=1,
    names=("Trace", "trace", r"\text{tr}(A)", r"\operatorname{tr}", r"\mathrm{tr}"),
    definition=Definition(latex=r"\text{tr}(X)", expr=trace(X)),
    symbols={
        **{name: _symbols[name] for name in ("A", "X", "Y", "Z", "Xinv", "c", "t")},
        "D": "matrix of the shape of A",
        "F": "matrix of the shape of the transpose of A",
    },
    source=Source(section=1, lines=(27,), printed=(r"\text{tr}(A) = \sum_i A_{ii}",)),
    references=(f"{PETERSEN}, sections 1.1 and 2.5",),
    tags=("matrix", "linear", "reduction"),
    used_in=("matrix calculus", "covariances"),
    see_also=("linalg.matmul", "linalg.hadamard"),
    claims=(
        Claim(
            name="linear",
            lhs=total(c * X[i, i] + t * Y[i, i], (i, n)),
            rhs=c * trace(X) + t * trace(Y),
        ),
        Claim(
            name="cyclic_for_two",
            lhs=total(product(A, F, i, i), (i, m)),
            rhs=total(product(F, A, j, j), (j, n)),
            note="The factors need not be square.",
        ),
        Claim(
            name="cyclic_for_three",
            lhs=total(X[i, j] * Y[j, k] * Z[k, i], (i, n), (j, n), (k, n)),
            rhs=total(Z[i, j] * X[j, k] * Y[k, i], (i, n), (j, n), (k, n)),
        ),
        Claim(
            name="any_order_of_three",
            lhs=total(X[i, j] * Y[j, k] * Z[k, i], (i, n), (j, n), (k, n)),
            rhs=total(Y[i, j] * X[j, k] * Z[k, i], (i, n), (j, n), (k, n)),
            expected=Verdict.REFUTED,
            corrected_by="cyclic_for_three",
        ),
        Claim(
            name="inner_product_of_matrices",
            lhs=total(total(A[k, i] * D[k, i], (k, m)), (i, n)),
            rhs=total(A[i, j] * D[i, j], (i, m), (j, n)),
            note="The trace of the transpose of A times D.",
        ),
        Claim(
            name="derivative_of_trace_of_product",
            lhs=Partial(total(A[k, l] * F[l, k], (k, m), (l, n)), F[i, j]),
            rhs=A[j, i],
            note="The transpose of A.",
        ),
        Claim(name="derivative", lhs=Partial(trace(X, k), X[i, j]), rhs=delta(i, j)),
        Claim(name="of_identity", lhs=total(delta(i, i), (i, n)), rhs=n),
        Claim(
            name="similarity_invariance",
            lhs=total(X[i, j] * Y[j, k] * Xinv[k, i], (i, n), (j, n), (k, n)),
            rhs=trace(Y),
            hypotheses=(is_inverse(Xinv, X),),
        ),
    ),
)

H = tensor("H", m, n)
left, right = tensor("x", m), tensor("y", n)
_quadratic = total(left[i] * A[i, j] * D[i, j] * right[j], (i, m), (j, n))

HADAMARD = Formula(
    id="linalg.hadamard",
    title="Hadamard product",
    section=1,
    names=(
        "Hadamard (element-wise)",
        "Hadamard product",
        "element-wise product",
        "elementwise product",
        r"A \odot B",
        r"\odot",
    ),
    definition=Definition(latex=r"(A \odot D)_{ij}", expr=A[i, j] * D[i, j], indices=(i, j)),
    symbols={
        "A": "matrix",
        "D": "matrix of the same shape",
        "H": "cotangent of the product",
        "x": "vector with an entry for each row",
        "y": "vector with an entry for each column",
        "P": "product of A and D",
        "Q": "product of D and A",
    },
    source=Source(section=1, lines=(28,), printed=(r"(A \odot B)_{ij} = A_{ij} B_{ij}",)),
    references=("R. A. Horn, C. R. Johnson, Topics in Matrix Analysis, Cambridge University Press 1991",),
    tags=("matrix", "elementwise", "bilinear"),
    used_in=("gates", "masks", "backpropagation"),
    see_also=("linalg.matmul", "linalg.trace"),
    claims=(
        Claim(
            name="commutative",
            lhs=tensor("P", m, n)[i, j],
            rhs=tensor("Q", m, n)[i, j],
            hypotheses=(
                same(tensor("P", m, n)[u, v], A[u, v] * D[u, v]),
                same(tensor("Q", m, n)[r, s], D[r, s] * A[r, s]),
            ),
        ),
        Claim(
            name="bilinear_form_as_trace",
            lhs=_quadratic,
            rhs=total(
                delta(i, k) * left[i] * A[k, l] * delta(l, r) * right[l] * D[i, r],
                (i, m),
                (k, m),
                (l, n),
                (r, n),
            ),
            note="The trace of diag(x) A diag(y) times the transpose of D.",
        ),
        Claim(
            name="cotangent",
            lhs=Partial(total(H[k, l] * A[k, l] * D[k, l], (k, m), (l, n)), A[i, j]),
            rhs=H[i, j] * D[i, j],
        ),
        Claim(
            name="scaling_of_rows",
            lhs=total(delta(i, k) * left[k] * A[k, j], (k, m)),
            rhs=left[i] * A[i, j],
            note="A diagonal matrix from the left multiplies rows, entry by entry.",
        ),
    ),
)

FORMULAS = (MATMUL, TRANSPOSE, INVERSE, TRACE, HADAMARD)
