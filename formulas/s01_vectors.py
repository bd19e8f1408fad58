"""Section 1 of the sheet: vectors."""

from __future__ import annotations

import sympy as sp
from sympy import Abs, Eq, Max, Ne, Rational, sqrt

from formulas.language import Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n = dim("n")
i, j, k, m = index("i j k m")
a, b, c = tensor("a", n), tensor("b", n), tensor("c", n)
s, t = real("s"), real("t")
scale, other_scale = positive("scale"), positive("other_scale")

ZERO, HALF = sp.S.Zero, Rational(1, 2)
STRANG = "G. Strang, Introduction to Linear Algebra, 5th edition, Wellesley-Cambridge Press 2016"
BOYD = "S. Boyd, L. Vandenberghe, Introduction to Applied Linear Algebra, Cambridge University Press 2018"


def dot(of: sp.IndexedBase, with_: sp.IndexedBase, dummy: sp.Symbol = i) -> Expr:
    """Inner product of two vectors."""
    return total(of[dummy] * with_[dummy], (dummy, of.shape[0]))


def norm(of: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    """Euclidean norm."""
    return sqrt(total(of[dummy] ** 2, (dummy, of.shape[0])))


def norm1(of: sp.IndexedBase) -> Expr:
    """Sum of the moduli of the entries."""
    return total(Abs(of[i]), (i, of.shape[0]))


_square_of_sum = total((a[i] + b[i]) ** 2, (i, n))
_square_of_difference = total((a[i] - b[i]) ** 2, (i, n))
_lagrange = total((a[i] * b[j] - a[j] * b[i]) ** 2, (i, n), (j, n)) / 2
_off_zero = (total(a[i] ** 2, (i, n)) > 0, total(b[i] ** 2, (i, n)) > 0)
_a_off_zero, _b_off_zero = _off_zero[:1], _off_zero[1:]

DOT = Formula(
    id="linalg.dot",
    title="Dot product",
    section=1,
    names=("Dot Product", "dot product", "inner product", "scalar product", r"\mathbf{a} \cdot \mathbf{b}"),
    definition=Definition(latex=r"\mathbf{a} \cdot \mathbf{b}", expr=dot(a, b)),
    symbols={
        "a": "vector",
        "b": "other vector",
        "c": "third vector",
        "s": "number",
        "t": "other number",
    },
    source=Source(
        section=1,
        lines=(14,),
        printed=(r"\mathbf{a} \cdot \mathbf{b} = \sum_{i} a_i b_i",),
    ),
    references=(f"{STRANG}, section 1.2", f"{BOYD}, section 1.4"),
    tags=("vector", "reduction", "bilinear"),
    used_in=("attention scores", "linear layers", "retrieval"),
    see_also=("linalg.cosine", "linalg.l2_norm"),
    claims=(
        Claim(name="symmetric", lhs=dot(a, b), rhs=total(b[j] * a[j], (j, n))),
        Claim(
            name="bilinear",
            lhs=total((s * a[i] + t * c[i]) * b[i], (i, n)),
            rhs=s * dot(a, b) + t * dot(c, b),
        ),
        Claim(
            name="transpose_times_vector",
            lhs=dot(a, b),
            rhs=total(a[i] * delta(i, j) * b[j], (i, n), (j, n)),
            note="The product of a row and a column with the identity between them.",
        ),
        Claim(name="gradient", lhs=Partial(dot(a, b), a[j]), rhs=b[j]),
        Claim(
            name="polarisation",
            lhs=4 * dot(a, b),
            rhs=_square_of_sum - _square_of_difference,
            note="Inner products are determined by norms.",
        ),
        Claim(
            name="parallelogram",
            lhs=_square_of_sum + _square_of_difference,
            rhs=2 * dot(a, a) + 2 * dot(b, b),
        ),
        Claim(
            name="cauchy_schwarz",
            lhs=dot(a, b) ** 2,
            rhs=dot(a, a) * dot(b, b),
            relation=Relation.LE,
            certificate=_lagrange,
        ),
    ),
)


def cosine(of: sp.IndexedBase, to: sp.IndexedBase, factor: Expr = sp.S.One, other: Expr = sp.S.One) -> Expr:
    """Cosine similarity of two vectors, each times a factor."""
    squares = [total((f * v[k]) ** 2, (k, n)) for f, v in ((factor, of), (other, to))]
    return total(factor * of[i] * other * to[i], (i, n)) / (sqrt(squares[0]) * sqrt(squares[1]))


def unit_distance(sign: int) -> Expr:
    """Half the squared distance of the directions of a and of b, or of -b."""
    return total((a[i] / norm(a) + sign * b[i] / norm(b)) ** 2, (i, n)) / 2


COSINE = Formula(
    id="linalg.cosine",
    title="Cosine similarity",
    section=1,
    names=(
        "Cosine Similarity",
        "cosine similarity",
        "cosine",
        r"\cos\theta",
        r"\text{sim}",
        r"\operatorname{sim}",
    ),
    definition=Definition(latex=r"\cos\theta", expr=cosine(a, b)),
    symbols={
        "a": "vector, not 0",
        "b": "other vector, not 0",
        "scale": "positive factor",
        "other_scale": "other positive factor",
        "s": "factor of either sign",
    },
    source=Source(
        section=1,
        lines=(15,),
        printed=(r"\cos\theta = \frac{\mathbf{a} \cdot \mathbf{b}}{\|\mathbf{a}\| \|\mathbf{b}\|}",),
    ),
    references=(f"{STRANG}, section 1.2", f"{BOYD}, section 3.4"),
    tags=("vector", "reduction", "similarity"),
    used_in=("embeddings", "retrieval", "contrastive losses"),
    see_also=("linalg.dot", "linalg.l2_norm"),
    claims=(
        Claim(
            name="lagrange_identity",
            lhs=dot(a, a) * dot(b, b) - dot(a, b) ** 2,
            rhs=_lagrange,
            note="What Cauchy-Schwarz leaves open, as a sum of squares.",
        ),
        Claim(
            name="at_most_one",
            lhs=cosine(a, b),
            rhs=sp.S.One,
            relation=Relation.LE,
            hypotheses=_off_zero,
            certificate=unit_distance(-1),
        ),
        Claim(
            name="at_least_minus_one",
            lhs=cosine(a, b),
            rhs=sp.S.NegativeOne,
            relation=Relation.GE,
            hypotheses=_off_zero,
            certificate=unit_distance(1),
        ),
        Claim(
            name="sine_squared",
            lhs=1 - cosine(a, b) ** 2,
            rhs=_lagrange / (dot(a, a) * dot(b, b)),
            hypotheses=_off_zero,
        ),
        Claim(
            name="scale_invariance",
            lhs=cosine(a, b, scale, other_scale),
            rhs=cosine(a, b),
            hypotheses=_off_zero,
        ),
        Claim(name="odd", lhs=cosine(a, b, -scale), rhs=-cosine(a, b), hypotheses=_off_zero),
        Claim(
            name="scale_invariance_for_every_factor",
            lhs=cosine(a, b, s),
            rhs=cosine(a, b),
            hypotheses=(*_off_zero, Ne(s, 0)),
            expected=Verdict.REFUTED,
            corrected_by="scale_invariance",
            note="A negative factor turns the sign.",
        ),
        Claim(
            name="one_for_the_same_direction",
            lhs=cosine(a, b),
            rhs=sp.S.One,
            hypotheses=(Eq(b[j], scale * a[j], evaluate=False), *_off_zero),
        ),
        Claim(
            name="gradient",
            lhs=Partial(cosine(a, b), a[j]),
            rhs=b[j] / (norm(a) * norm(b)) - cosine(a, b) * a[j] / total(a[m] ** 2, (m, n)),
            hypotheses=_off_zero,
        ),
        Claim(
            name="gradient_orthogonal_to_the_vector",
            lhs=total(a[j] * Partial(cosine(a, b), a[j]), (j, n)),
            rhs=ZERO,
            hypotheses=_off_zero,
            note="Moving along the vector itself does not change its angle.",
        ),
    ),
)

_norms = norm(a) + norm(b)
_norm_of_sum = sqrt(total((a[k] + b[k]) ** 2, (k, n)))

L2_NORM = Formula(
    id="linalg.l2_norm",
    title="Euclidean norm",
    section=1,
    names=("L2 Norm", "L2 norm", "Euclidean norm", "2-norm", r"\|\mathbf{a}\|", r"\lVert a \rVert_2", "norm"),
    definition=Definition(latex=r"\|\mathbf{a}\|", expr=norm(a)),
    symbols={"a": "vector", "b": "other vector", "s": "number"},
    source=Source(section=1, lines=(16,), printed=(r"\|\mathbf{a}\| = \sqrt{\sum a_i^2}",)),
    references=(f"{STRANG}, section 1.2", f"{BOYD}, section 3.1"),
    tags=("vector", "reduction", "norm", "convex"),
    used_in=("weight decay", "gradient clipping", "distances"),
    see_also=("linalg.dot", "linalg.l1_norm", "linalg.cosine"),
    claims=(
        Claim(
            name="homogeneous",
            lhs=sqrt(total((s * a[k]) ** 2, (k, n))),
            rhs=Abs(s) * norm(a),
        ),
        Claim(
            name="triangle_inequality",
            lhs=_norm_of_sum,
            rhs=_norms,
            relation=Relation.LE,
            hypotheses=_off_zero,
            certificate=2 * norm(a) * norm(b) * unit_distance(-1) / (_norms + _norm_of_sum),
            note="For vectors that are not 0; if one of them is, both sides are the norm of the other.",
        ),
        Claim(
            name="triangle_inequality_with_zero",
            lhs=_norm_of_sum,
            rhs=norm(a),
            hypotheses=(Eq(b[j], 0, evaluate=False),),
        ),
        Claim(name="square_is_dot_product", lhs=norm(a) ** 2, rhs=dot(a, a)),
        Claim(name="gradient", lhs=Partial(norm(a), a[j]), rhs=a[j] / norm(a), hypotheses=_a_off_zero),
        Claim(
            name="gradient_has_norm_one",
            lhs=total((a[j] / norm(a)) ** 2, (j, n)),
            rhs=sp.S.One,
            hypotheses=_a_off_zero,
        ),
        Claim(
            name="hessian",
            lhs=Partial(Partial(norm(a), a[i]), a[j]),
            rhs=(delta(i, j) - a[i] * a[j] / total(a[m] ** 2, (m, n))) / norm(a),
            hypotheses=_a_off_zero,
        ),
        Claim(
            name="subgradients_at_zero",
            lhs=norm(a),
            rhs=dot(a, b),
            relation=Relation.GE,
            hypotheses=(*_off_zero, norm(b) <= 1),
            certificate=norm(a) * (1 - norm(b)) + norm(a) * norm(b) * unit_distance(-1),
            note="Every b of norm at most 1 supports the norm at 0.",
        ),
    ),
)

_turn = sp.sign(a[i] + b[i])
_side = sp.sign(a[i])


def _excess(sign: Expr, of: Expr) -> Expr:
    """Modulus less sign times value, as two visibly nonnegative parts."""
    return (1 - sign) * Max(of, 0) + (1 + sign) * Max(-of, 0)


_mixed = total((1 - delta(i, j)) * Abs(a[i]) * Abs(a[j]), (i, n), (j, n))

L1_NORM = Formula(
    id="linalg.l1_norm",
    title="L1 norm",
    section=1,
    names=("L1 Norm", "L1 norm", "1-norm", "Manhattan norm", r"\|\mathbf{a}\|_1", r"\lVert a \rVert_1"),
    definition=Definition(latex=r"\|\mathbf{a}\|_1", expr=norm1(a)),
    symbols={"a": "vector", "b": "other vector", "s": "number"},
    source=Source(section=1, lines=(17,), printed=(r"\|\mathbf{a}\|_1 = \sum |a_i|",)),
    references=(
        f"{BOYD}, section 3.1",
        "R. Tibshirani, Regression shrinkage and selection via the lasso, Journal of the Royal Statistical "
        "Society B 58, 1996",
    ),
    tags=("vector", "reduction", "norm", "convex", "piecewise linear"),
    used_in=("sparsity", "lasso"),
    see_also=("linalg.l2_norm", "loss.mae"),
    claims=(
        Claim(name="homogeneous", lhs=total(Abs(s * a[i]), (i, n)), rhs=Abs(s) * norm1(a)),
        Claim(
            name="triangle_inequality",
            lhs=total(Abs(a[i] + b[i]), (i, n)),
            rhs=norm1(a) + norm1(b),
            relation=Relation.LE,
            certificate=total(_excess(_turn, a[i]) + _excess(_turn, b[i]), (i, n)),
        ),
        Claim(
            name="at_least_euclidean",
            lhs=norm(a) ** 2,
            rhs=norm1(a) ** 2,
            relation=Relation.LE,
            certificate=_mixed,
        ),
        Claim(
            name="at_least_euclidean_root",
            lhs=norm(a),
            rhs=norm1(a),
            relation=Relation.LE,
            hypotheses=_a_off_zero,
            certificate=_mixed / (norm(a) + norm1(a)),
        ),
        Claim(
            name="at_most_root_n_euclidean",
            lhs=norm1(a) ** 2,
            rhs=n * norm(a) ** 2,
            relation=Relation.LE,
            certificate=total((Abs(a[i]) - Abs(a[j])) ** 2, (i, n), (j, n)) / 2,
        ),
        Claim(
            name="at_most_root_n_euclidean_root",
            lhs=norm1(a),
            rhs=sqrt(n) * norm(a),
            relation=Relation.LE,
            hypotheses=_a_off_zero,
            certificate=total((Abs(a[i]) - Abs(a[j])) ** 2, (i, n), (j, n))
            / (2 * (sqrt(n) * norm(a) + norm1(a))),
        ),
        Claim(
            name="gradient",
            lhs=Partial(norm1(a), a[j]),
            rhs=sp.sign(a[j]),
            hypotheses=(Ne(a[k], 0),),
            note="Where no entry is 0.",
        ),
        Claim(
            name="subgradient",
            lhs=norm1(b),
            rhs=norm1(a) + total(_side * (b[i] - a[i]), (i, n)),
            relation=Relation.GE,
            certificate=total(_excess(_side, b[i]), (i, n)),
            note="The signs, with 0 for an entry 0, are a subgradient everywhere.",
        ),
    ),
)

_along = total(a[k] * b[k], (k, n)) / total(b[m] ** 2, (m, n))


def projection(at: Expr) -> Expr:
    """Entry ``at`` of the projection of a onto the line of b."""
    return _along * b[at]


def _onto_multiple(factor: Expr) -> Expr:
    """The projection onto the line of ``factor * b``."""
    across = total(a[k] * factor * b[k], (k, n)) / total((factor * b[m]) ** 2, (m, n))
    return across * (factor * b[i])


def _distance(factor: Expr) -> Expr:
    return total((a[i] - factor * b[i]) ** 2, (i, n))


PROJECTION = Formula(
    id="linalg.projection",
    title="Projection onto a line",
    section=1,
    names=(
        "Projection",
        "projection",
        "orthogonal projection",
        "vector projection",
        r"\text{proj}_{\mathbf{b}}\mathbf{a}",
        r"\operatorname{proj}",
    ),
    definition=Definition(latex=r"\text{proj}_{\mathbf{b}}\mathbf{a}", expr=projection(i), indices=(i,)),
    symbols={
        "a": "vector",
        "b": "direction, not 0",
        "c": "other vector",
        "t": "number",
        "scale": "positive factor",
    },
    source=Source(
        section=1,
        lines=(18,),
        printed=(
            r"\text{proj}_{\mathbf{b}}\mathbf{a} = "
            r"\frac{\mathbf{a} \cdot \mathbf{b}}{\|\mathbf{b}\|^2}\mathbf{b}",
        ),
    ),
    references=(f"{STRANG}, section 4.2",),
    tags=("vector", "linear", "reduction"),
    used_in=("Gram-Schmidt", "least squares"),
    see_also=("linalg.dot",),
    claims=(
        Claim(
            name="residual_is_orthogonal",
            lhs=total((a[i] - projection(i)) * b[i], (i, n)),
            rhs=ZERO,
            hypotheses=_b_off_zero,
        ),
        Claim(
            name="idempotent",
            lhs=total(projection(j) * b[j], (j, n)) / total(b[m] ** 2, (m, n)) * b[i],
            rhs=projection(i),
            hypotheses=_b_off_zero,
        ),
        Claim(
            name="nearest_point_of_the_line",
            lhs=_distance(t),
            rhs=_distance(_along),
            relation=Relation.GE,
            hypotheses=_b_off_zero,
            certificate=(t - _along) ** 2 * total(b[m] ** 2, (m, n)),
        ),
        Claim(
            name="no_other_is_as_near",
            lhs=_distance(t),
            rhs=_distance(_along),
            relation=Relation.GT,
            hypotheses=(*_b_off_zero, Ne(t, _along)),
            certificate=(t - _along) ** 2 * total(b[m] ** 2, (m, n)),
        ),
        Claim(
            name="pythagoras",
            lhs=total(a[i] ** 2, (i, n)),
            rhs=total(projection(i) ** 2, (i, n)) + total((a[i] - projection(i)) ** 2, (i, n)),
            hypotheses=_b_off_zero,
        ),
        Claim(
            name="length_of_the_direction_does_not_matter",
            lhs=_onto_multiple(scale),
            rhs=projection(i),
            hypotheses=_b_off_zero,
        ),
        Claim(
            name="turned_direction",
            lhs=_onto_multiple(-scale),
            rhs=projection(i),
            hypotheses=_b_off_zero,
            note="Only the line matters, not which way b points along it.",
        ),
        Claim(
            name="symmetric",
            lhs=total(projection(i) * c[i], (i, n)),
            rhs=total(a[i] * total(c[k] * b[k], (k, n)) / total(b[m] ** 2, (m, n)) * b[i], (i, n)),
            hypotheses=_b_off_zero,
            note="The projection is its own transpose.",
        ),
        Claim(
            name="jacobian",
            lhs=Partial(projection(i), a[j]),
            rhs=b[i] * b[j] / total(b[m] ** 2, (m, n)),
            hypotheses=_b_off_zero,
        ),
    ),
)

FORMULAS = (DOT, COSINE, L2_NORM, L1_NORM, PROJECTION)
