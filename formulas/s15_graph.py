"""Section 15 of the sheet: graph convolution."""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, delta, dim, index, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n, m, w = dim("n"), dim("m"), dim("w")
i, j, k, a, b, u, v, c, e, q = index("i j k a b u v c e q")
A, root, y = tensor("A", n, n), tensor("r", n, positive=True), tensor("y", n)
E = tensor("E", n, n)
H, W, P, M = tensor("H", n, m), tensor("W", m, w), tensor("P", n, n), tensor("M", n, n)


def looped(row: sp.Symbol, column: sp.Symbol) -> Expr:
    """The adjacency matrix with a loop at each node."""
    return A[row, column] + delta(row, column)


def normalised(row: sp.Symbol, column: sp.Symbol) -> Expr:
    """With r the inverse square roots of the degrees."""
    return root[row] * looped(row, column) * root[column]


_weights = A[u, v] >= 0
_symmetric = sp.Eq(A[u, v], A[v, u])
_degrees = sp.Eq(total(A[u, k], (k, n)) + 1, 1 / root[u] ** 2)
# every graph is of this form: it lets the falsifier draw graphs instead of looking for them
_drawn = (
    sp.Eq(E[u, v] ** 2 + E[v, u] ** 2, A[u, v]),
    sp.Eq(1 / sp.sqrt(total(A[u, k], (k, n)) + 1), root[u]),
)
_graph = (_weights, _symmetric, _degrees, *_drawn)
_form = total(y[i] * normalised(i, j) * y[j], (i, n), (j, n))
_length = total(y[a] ** 2, (a, n))


def _squares(sign: int) -> Expr:
    gaps = (root[i] * y[i] + sign * root[j] * y[j]) ** 2
    loops = (root[i] * y[i] + sign * root[i] * y[i]) ** 2
    return total(A[i, j] * gaps, (i, n), (j, n)) / 2 + total(loops, (i, n)) / 2


GCN = Formula(
    id="model.gcn",
    title="Graph convolutional network",
    section=15,
    names=("GCN", "Graph Convolutional Network", "graph convolution"),
    definition=Definition(
        latex=r"\hat{D}^{-1/2} \hat{A} \hat{D}^{-1/2}", expr=normalised(i, j), indices=(i, j)
    ),
    symbols={
        "A": "weights of the edges",
        "E": "any matrix, of whose squared entries symmetric weights are made",
        "r": "inverse square roots of the degrees with loops",
        "y": "any vector",
        "H": "features of the nodes",
        "W": "weights of the layer",
        "P": "permutation matrix",
        "M": "propagation matrix",
    },
    source=Source(
        section=15,
        lines=(597, 599),
        printed=(
            r"H^{(l+1)} = \sigma\left(\hat{D}^{-1/2}\hat{A}\hat{D}^{-1/2} H^{(l)} W^{(l)}\right)",
            r"\hat{A} = A + I",
        ),
    ),
    references=(
        "T. N. Kipf, M. Welling, Semi-supervised classification with graph convolutional networks, 2017, "
        "arXiv:1609.02907",
    ),
    tags=("graph", "layer", "spectrum"),
    used_in=("GNN",),
    see_also=("model.laplacian", "linalg.symmetric"),
    claims=(
        Claim(name="symmetric", lhs=normalised(i, j), rhs=normalised(j, i), hypotheses=(_symmetric,)),
        Claim(
            name="degree_is_at_least_one",
            lhs=total(looped(i, j), (j, n)),
            rhs=sp.S.One,
            relation=Relation.GE,
            hypotheses=(_weights,),
            certificate=total(A[i, j], (j, n)),
            note="The loop counts: no division by 0, even for a node without edges.",
        ),
        Claim(
            name="form_at_most_length",
            lhs=_form,
            rhs=_length,
            relation=Relation.LE,
            hypotheses=_graph,
            certificate=_squares(-1),
            note="All eigenvalues are at most 1.",
        ),
        Claim(
            name="form_at_least_minus_length",
            lhs=_form,
            rhs=-_length,
            relation=Relation.GE,
            hypotheses=_graph,
            certificate=_squares(1),
            note="All eigenvalues are at least -1.",
        ),
        Claim(
            name="form_without_normalisation",
            lhs=total(y[i] * looped(i, j) * y[j], (i, n), (j, n)),
            rhs=_length,
            relation=Relation.LE,
            hypotheses=(_weights, _symmetric),
            expected=Verdict.REFUTED,
            corrected_by="form_at_most_length",
            note="Without the degrees a layer can amplify.",
        ),
        Claim(
            name="square_roots_of_degrees_are_kept",
            lhs=total(normalised(i, j) / root[j], (j, n)),
            rhs=1 / root[i],
            hypotheses=(_degrees,),
            note="The eigenvalue 1 is reached, by the square roots of the degrees.",
        ),
        Claim(
            name="degrees_of_renamed_nodes",
            lhs=total(P[i, a] * looped(a, b) * P[j, b], (a, n), (b, n), (j, n)),
            rhs=total(P[i, a] * looped(a, b), (a, n), (b, n)),
            hypotheses=(sp.Eq(total(P[k, u], (k, n)), 1),),
            note="A node takes its degree along.",
        ),
        Claim(
            name="equivariant",
            lhs=total(
                P[i, a] * M[a, b] * P[j, b] * P[j, c] * H[c, e] * W[e, v],
                (a, n),
                (b, n),
                (j, n),
                (c, n),
                (e, m),
            ),
            rhs=total(P[i, a] * M[a, b] * H[b, e] * W[e, v], (a, n), (b, n), (e, m)),
            hypotheses=(
                sp.Eq(
                    total(P[k, u] * P[k, q], (k, n)),
                    delta(u, q),
                ),
            ),
            note="Nodes renamed before a layer or after it: the same, as the activation acts on each entry.",
        ),
    ),
)

FORMULAS = (GCN,)
