"""Section 10 of the sheet, continued: mutual information."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, log

from formulas.language import ExpGap, Expr, delta, dim, index, tensor, total
from formulas.s10_information import COVER_THOMAS, SHANNON, adds_to_one
from formulas.schema import Claim, Definition, Formula, Relation, Source

n, M = dim("n"), dim("M")
a, b, i, j, k = index("a b i j k")
p = tensor("p", n, positive=True)
u = tensor("u", M, positive=True)
r = tensor("r", n, M, positive=True)


def _row(at: Expr) -> Expr:
    """Marginal probability of the first variable."""
    return total(r[at, b], (b, M))


def _column(at: Expr) -> Expr:
    """Marginal probability of the second variable."""
    return total(r[k, at], (k, n))


_joint_entropy = -total(r[i, j] * log(r[i, j]), (i, n), (j, M))
_row_entropy = -total(_row(i) * log(_row(i)), (i, n))
_column_entropy = -total(_column(j) * log(_column(j)), (j, M))
_rows_given_columns = -total(r[i, j] * log(r[i, j] / _column(j)), (i, n), (j, M))
_columns_given_rows = -total(r[i, j] * log(r[i, j] / _row(i)), (i, n), (j, M))
_joint_gaps = total(r[i, j] * ExpGap(log(_row(i)) + log(_column(j)) - log(r[i, j])), (i, n), (j, M))
_R = Eq(total(r[i, j], (i, n), (j, M)), 1, evaluate=False)

MUTUAL_INFORMATION = Formula(
    id="info.mutual_information",
    title="Mutual information",
    section=10,
    names=("Mutual Info", "mutual information", "information gain", "I(X;Y)"),
    definition=Definition(latex="I(X;Y)", expr=_row_entropy - _rows_given_columns),
    symbols={
        "r": "joint distribution of X (rows) and Y (columns)",
        "p": "distribution of X when independent",
        "u": "distribution of Y when independent",
    },
    source=Source(section=10, lines=(432,), printed=(r"I(X;Y) = H(X) - H(X \mid Y)",)),
    references=(SHANNON, COVER_THOMAS),
    tags=("information", "reduction"),
    used_in=("feature selection", "information bottleneck", "decision trees"),
    see_also=("info.entropy", "info.kl"),
    claims=(
        Claim(
            name="symmetric",
            lhs=_row_entropy - _rows_given_columns,
            rhs=_column_entropy - _columns_given_rows,
        ),
        Claim(
            name="divergence_from_product",
            lhs=_row_entropy - _rows_given_columns,
            rhs=total(r[i, j] * log(r[i, j] / (_row(i) * _column(j))), (i, n), (j, M)),
        ),
        Claim(
            name="by_joint_entropy",
            lhs=_row_entropy - _rows_given_columns,
            rhs=_row_entropy + _column_entropy - _joint_entropy,
        ),
        Claim(
            name="nonnegative",
            lhs=_row_entropy - _rows_given_columns,
            rhs=sp.S.Zero,
            relation=Relation.GE,
            hypotheses=(_R,),
            certificate=_joint_gaps,
        ),
        Claim(
            name="at_most_entropy",
            lhs=_row_entropy - _rows_given_columns,
            rhs=_row_entropy,
            relation=Relation.LE,
            certificate=total(
                r[i, j]
                * (
                    ExpGap(log(r[i, j]) - log(_column(j)))
                    + total((1 - delta(a, i)) * r[a, j], (a, n)) / _column(j)
                ),
                (i, n),
                (j, M),
            ),
            note="Conditional entropy of a discrete variable is not negative.",
        ),
        Claim(name="chain_rule", lhs=_joint_entropy, rhs=_column_entropy + _rows_given_columns),
        Claim(
            name="zero_for_independent_variables",
            lhs=_row_entropy - _rows_given_columns,
            rhs=sp.S.Zero,
            hypotheses=(
                Eq(r[i, j], p[i] * u[j], evaluate=False),
                adds_to_one(p),
                adds_to_one(u),
            ),
        ),
    ),
)

FORMULAS = (MUTUAL_INFORMATION,)
