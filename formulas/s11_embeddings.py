"""Section 11 of the sheet: embeddings, similarities and compressed vectors."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, sqrt

from formulas.language import Expr, Partial, delta, dim, index, nonnegative, real, tensor, total
from formulas.s01_vectors import cosine, dot, unit_distance
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

vocabulary, d, tokens = dim("V"), dim("d"), dim("T")
i, j, k, l, x, r, s, t = index("i j k l x r s t")  # noqa: E741
E = tensor("E", vocabulary, d)
G = tensor("G", tokens, d)
chosen = tensor("chosen", tokens, vocabulary)

ZERO, ONE = sp.S.Zero, sp.S.One


def embedded(token: Expr, column: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry of the embedding of a token, which a row of ``chosen`` picks."""
    return total(chosen[token, dummy] * E[dummy, column], (dummy, vocabulary))


_loss = total(G[t, j] * embedded(t, j), (t, tokens), (j, d))

LOOKUP = Formula(
    id="embed.lookup",
    title="Embedding lookup",
    section=11,
    names=(
        "Embedding Lookup",
        "embedding lookup",
        "embedding layer",
        "token embedding",
        r"\text{embed}(x)",
        "nn.Embedding",
    ),
    definition=Definition(latex=r"\text{embed}(x)_j", expr=E[x, j], indices=(x, j)),
    symbols={
        "E": "embeddings, one row per entry of the vocabulary",
        "chosen": "one row per token, 1 at its entry of the vocabulary and else 0",
        "G": "cotangent of the embedded tokens",
    },
    source=Source(
        section=11,
        lines=(444,),
        printed=(r"\text{embed}(x) = E[x, :]", r"E \in \mathbb{R}^{|V| \times d}"),
    ),
    references=(
        "T. Mikolov, K. Chen, G. Corrado, J. Dean, Efficient estimation of word representations in vector "
        "space, 2013, arXiv:1301.3781",
    ),
    tags=("embedding", "linear"),
    used_in=("language models",),
    see_also=("linalg.matmul", "embed.metrics"),
    claims=(
        Claim(
            name="one_hot_times_matrix",
            lhs=total(delta(k, x) * E[k, j], (k, vocabulary)),
            rhs=E[x, j],
            note="A product with a one-hot row picks a row.",
        ),
        Claim(
            name="gradient_of_a_row",
            lhs=Partial(E[x, j], E[r, s]),
            rhs=delta(x, r) * delta(j, s),
            note="Only the row that was looked up gets a gradient.",
        ),
        Claim(
            name="gradient_is_scatter_add",
            lhs=Partial(_loss, E[r, s]),
            rhs=total(chosen[t, r] * G[t, s], (t, tokens)),
            note="Each entry of the vocabulary collects the cotangents of the tokens that are it.",
        ),
        Claim(
            name="parameters",
            lhs=total(ONE, (k, vocabulary), (j, d)),
            rhs=vocabulary * d,
        ),
    ),
)

n = dim("n")
a, b, c = tensor("a", n), tensor("b", n), tensor("c", n)
wanted, far = real("wanted"), nonnegative("far")


def distance(of: sp.IndexedBase, to: sp.IndexedBase, dummy: sp.Symbol = k) -> Expr:
    """Euclidean distance."""
    return sqrt(total((of[dummy] - to[dummy]) ** 2, (dummy, n)))


def _squared(of: sp.IndexedBase, to: sp.IndexedBase) -> Expr:
    return total((of[k] - to[k]) ** 2, (k, n))


def _unit(*vectors: sp.IndexedBase) -> tuple[sp.Eq, ...]:
    return tuple(Eq(total(v[l] ** 2, (l, n)), 1, evaluate=False) for v in vectors)


_off_zero = (total(a[i] ** 2, (i, n)) > 0, total(b[i] ** 2, (i, n)) > 0)
_first, _second = distance(a, b), distance(b, c)
_apart = (_squared(a, b) > 0, _squared(b, c) > 0)
_gap = total(((a[i] - b[i]) / _first - (b[i] - c[i]) / _second) ** 2, (i, n))

METRICS = Formula(
    id="embed.metrics",
    title="Similarity and distance of embeddings",
    section=11,
    names=("similarity metrics", "Euclidean (L2)", "Euclidean distance", r"\|\mathbf{a} - \mathbf{b}\|_2"),
    definition=Definition(latex=r"\|\mathbf{a} - \mathbf{b}\|_2", expr=distance(a, b)),
    symbols={
        "a": "vector",
        "b": "other vector",
        "c": "third vector",
        "wanted": "any number",
        "far": "any number >= 0",
    },
    source=Source(
        section=11,
        lines=(452, 453, 454),
        printed=(
            r"\frac{\mathbf{a} \cdot \mathbf{b}}{\|\mathbf{a}\| \|\mathbf{b}\|}",
            "[-1, 1]",
            r"\mathbf{a} \cdot \mathbf{b}",
            r"(-\infty, \infty)",
            r"\|\mathbf{a} - \mathbf{b}\|_2",
            r"[0, \infty)",
        ),
    ),
    references=(
        "C. D. Manning, P. Raghavan, H. Schuetze, Introduction to Information Retrieval, Cambridge "
        "University Press 2008, chapters 6 and 14",
    ),
    tags=("embedding", "similarity", "reduction"),
    used_in=("retrieval", "nearest neighbours", "clustering"),
    see_also=("linalg.cosine", "linalg.dot", "linalg.l2_norm", "embed.ann"),
    claims=(
        Claim(
            name="cosine_at_most_one",
            lhs=cosine(a, b),
            rhs=ONE,
            relation=Relation.LE,
            hypotheses=_off_zero,
            certificate=unit_distance(-1),
            printed=True,
        ),
        Claim(
            name="cosine_at_least_minus_one",
            lhs=cosine(a, b),
            rhs=sp.S.NegativeOne,
            relation=Relation.GE,
            hypotheses=_off_zero,
            certificate=unit_distance(1),
            printed=True,
        ),
        Claim(
            name="cosine_reaches_minus_one",
            lhs=cosine(a, b),
            rhs=sp.S.NegativeOne,
            hypotheses=(Eq(b[j], -a[j], evaluate=False), *_off_zero),
        ),
        Claim(
            name="cosine_reaches_one",
            lhs=cosine(a, b),
            rhs=ONE,
            hypotheses=(Eq(b[j], a[j], evaluate=False), *_off_zero),
        ),
        Claim(
            name="dot_product_takes_every_value",
            lhs=total(wanted * b[i] / total(b[k] ** 2, (k, n)) * b[i], (i, n)),
            rhs=wanted,
            hypotheses=_off_zero[1:],
            printed=True,
            note="No number is out of reach: the range is the whole line.",
        ),
        Claim(
            name="distance_nonnegative",
            lhs=distance(a, b),
            rhs=ZERO,
            relation=Relation.GE,
            certificate=distance(a, b),
            printed=True,
        ),
        Claim(
            name="distance_takes_every_value",
            lhs=sqrt(total((b[k] + far * delta(k, 1) - b[k]) ** 2, (k, n))),
            rhs=far,
            printed=True,
            note="A vector moved along the first axis.",
        ),
        Claim(
            name="distance_zero_if_equal",
            lhs=distance(a, b),
            rhs=ZERO,
            hypotheses=(Eq(b[j], a[j], evaluate=False),),
        ),
        Claim(
            name="distance_positive_if_different",
            lhs=distance(a, b),
            rhs=ZERO,
            relation=Relation.GT,
            hypotheses=(sp.Ne(a[j], b[j]), _squared(a, b) > 0),
            certificate=distance(a, b),
        ),
        Claim(
            name="triangle_inequality",
            lhs=distance(a, c),
            rhs=_first + _second,
            relation=Relation.LE,
            hypotheses=_apart,
            certificate=_first * _second * _gap / (_first + _second + distance(a, c)),
        ),
        Claim(
            name="distance_of_unit_vectors",
            lhs=_squared(a, b),
            rhs=2 - 2 * cosine(a, b),
            hypotheses=(*_unit(a, b), *_off_zero),
            note="For unit vectors the nearest is the most similar.",
        ),
        Claim(
            name="rankings_agree_for_unit_vectors",
            lhs=_squared(a, b) - _squared(a, c),
            rhs=2 * (dot(a, c) - dot(a, b)),
            hypotheses=_unit(b, c),
            note="One candidate is farther exactly if its inner product with the query is smaller.",
        ),
        Claim(
            name="rankings_agree_for_all_vectors",
            lhs=_squared(a, b) - _squared(a, c),
            rhs=2 * (dot(a, c) - dot(a, b)),
            expected=Verdict.REFUTED,
            corrected_by="rankings_agree_for_unit_vectors",
            note="Lengths of the candidates matter otherwise.",
        ),
        Claim(
            name="dot_product_of_unit_vectors_is_cosine",
            lhs=cosine(a, b),
            rhs=dot(a, b),
            hypotheses=(*_unit(a, b), *_off_zero),
        ),
        Claim(
            name="gradient_of_distance",
            lhs=Partial(distance(a, b), a[j]),
            rhs=(a[j] - b[j]) / distance(a, b),
            hypotheses=(_squared(a, b) > 0,),
        ),
    ),
)

blocks, width, codes = dim("M"), dim("w"), dim("K")
query, code = tensor("q", blocks, width), tensor("code", blocks, codes, width)
pick = tensor("pick", blocks, codes)


def _coded(block: Expr, entry: Expr, dummy: sp.Symbol = k) -> Expr:
    """Entry of the vector that stands for a compressed item."""
    return total(pick[block, dummy] * code[block, dummy, entry], (dummy, codes))


def _table(block: Expr, at: Expr) -> Expr:
    """Squared distance of a block of the query to a codeword, computed once per query."""
    return total((query[block, s] - code[block, at, s]) ** 2, (s, width))


asked, meant, stored = tensor("asked", n), tensor("meant", n), tensor("stored", n)
_true, _error, _lossy = distance(asked, meant), distance(meant, stored), distance(asked, stored)


def _direction_gap(x: tuple[sp.IndexedBase, ...], y: tuple[sp.IndexedBase, ...]) -> Expr:
    """Squared difference of two directions, each from one point to another."""
    return total(((x[0][i] - x[1][i]) / distance(*x) - (y[0][i] - y[1][i]) / distance(*y)) ** 2, (i, n))


ANN = Formula(
    id="embed.ann",
    title="Product quantisation",
    section=11,
    names=("Product Quantization", "product quantisation", "PQ", "approximate nearest neighbour"),
    definition=Definition(
        latex=r"\hat{d}(q, y)^2",
        expr=total(pick[i, l] * _table(i, l), (i, blocks), (l, codes)),
    ),
    symbols={
        "q": "query, in blocks",
        "asked": "query, as one vector",
        "meant": "item, as one vector",
        "code": "codewords of each block",
        "pick": "1 for the codeword that stands for a block of the item, else 0",
        "stored": "the item as its codewords give it back",
    },
    source=Source(section=11, lines=(462,), printed=("**PQ**: Product Quantization",)),
    references=(
        "H. Jegou, M. Douze, C. Schmid, Product quantization for nearest neighbor search, IEEE Transactions "
        "on Pattern Analysis and Machine Intelligence 33, 2011",
    ),
    tags=("embedding", "retrieval", "reduction"),
    used_in=("vector databases",),
    see_also=("embed.metrics",),
    claims=(
        Claim(
            name="distance_is_a_sum_of_table_entries",
            lhs=total(pick[i, l] * _table(i, l), (i, blocks), (l, codes)),
            rhs=total((query[i, r] - _coded(i, r)) ** 2, (i, blocks), (r, width)),
            hypotheses=(
                Eq(pick[i, k] * pick[i, l], delta(k, l) * pick[i, k], evaluate=False),
                Eq(total(pick[j, s], (s, codes)), 1, evaluate=False),
            ),
            note="Asymmetric distance: one look-up per block, for a query that is not compressed.",
        ),
        Claim(
            name="error_at_most",
            lhs=_lossy,
            rhs=_true + _error,
            relation=Relation.LE,
            hypotheses=(_squared(asked, meant) > 0, _squared(meant, stored) > 0),
            certificate=_true
            * _error
            * _direction_gap((asked, meant), (meant, stored))
            / (_true + _error + _lossy),
            note="The distance is off by no more than the item is from its codewords.",
        ),
        Claim(
            name="error_at_most_below",
            lhs=_true,
            rhs=_lossy + distance(stored, meant),
            relation=Relation.LE,
            hypotheses=(_squared(asked, stored) > 0, _squared(stored, meant) > 0),
            certificate=_lossy
            * distance(stored, meant)
            * _direction_gap((asked, stored), (stored, meant))
            / (_true + distance(stored, meant) + _lossy),
        ),
        Claim(
            name="bits_of_a_code",
            lhs=total(sp.log(codes) / sp.log(2), (i, blocks)),
            rhs=blocks * sp.log(codes) / sp.log(2),
            note="Instead of a number per entry.",
        ),
    ),
)

FORMULAS = (LOOKUP, METRICS, ANN)
