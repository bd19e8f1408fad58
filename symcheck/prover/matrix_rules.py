"""The rules of determinants.  What a matrix is, an earlier line has to show for all of its entries."""

from __future__ import annotations

from symcheck.prover.rule import Condition, Rule, when
from symcheck.terms import term as tm
from symcheck.terms.term import Index, Term, delta, fn, fold, meta, num, partial, sum_over

i, j = Index("?i", "?n"), Index("?j", "?n")
x = meta("x")


def _f(*at: Index) -> Term:
    return meta("f", *at)


l = Index("?l", "?n")  # noqa: E741
A, B, C = "?A", "?B", "?C"


def _det(name: str) -> Term:
    return fn("det", tm.array(name, "?n"))


def _at(name: str, row: Index, column: Index) -> Term:
    return tm.var(name, row, column)


def _g(*at: Index) -> Term:
    return meta("g", *at)


def _holds(left: Term, right: Term, *for_all: Index) -> Condition:
    return when("holds", left, right, *(for_all or (i, j)))


_INVERSE = _holds(sum_over(l, _at(A, i, l) * _at(B, l, j)), delta(i, j))

DETERMINANTS = (
    Rule(
        "det.product",
        _det(C),
        _det(A) * _det(B),
        (_holds(_at(C, i, j), sum_over(l, _at(A, i, l) * _at(B, l, j))),),
    ),
    Rule(
        "det.product_with_transpose",
        _det(C),
        _det(A) * _det(B),
        (_holds(_at(C, i, j), sum_over(l, _at(A, i, l) * _at(B, j, l))),),
    ),
    Rule("det.identity", _det(A), num(1), (_holds(_at(A, i, j), delta(i, j)),)),
    Rule("det.transpose", _det(B), _det(A), (_holds(_at(B, i, j), _at(A, j, i)),)),
    Rule(
        "det.diagonal",
        _det(C),
        fold("prod", i, Term("dim", "?n"), _f(i)),
        (_holds(_at(C, i, j), delta(i, j) * _f(i)),),
    ),
    Rule(
        "det.scaled_columns",
        _det(C),
        _det(A) * fold("prod", j, Term("dim", "?n"), _f(j)),
        (_holds(_at(C, i, j), _at(A, i, j) * _f(j)),),
    ),
    Rule(
        "det.rank_one",
        _det(C),
        1 + sum_over(l, _f(l) * _g(l)),
        (_holds(_at(C, i, j), delta(i, j) + _f(i) * _g(j)),),
    ),
    Rule("det.inverse", _det(A) * _det(B), num(1), (_INVERSE,)),
    Rule("det.of_inverse", _det(B), _det(A) ** num(-1), (_INVERSE,)),
    Rule(
        "det.columns",
        _det(A) ** num(2),
        num(1),
        (_holds(sum_over(l, _at(A, l, i) * _at(A, l, j)), delta(i, j)),),
    ),
    Rule(
        "det.rows",
        _det(A) ** num(2),
        num(1),
        (_holds(sum_over(l, _at(A, i, l) * _at(A, j, l)), delta(i, j)),),
    ),
    Rule(
        "det.kernel",
        _det(A),
        num(0),
        (
            _holds(sum_over(l, _at(A, i, l) * _f(l)), num(0), i),
            when("positive", sum_over(l, _f(l) ** 2)),
        ),
    ),
    Rule(
        "diff.det",
        partial(_det(A), x),
        _det(A) * sum_over(i, sum_over(j, _g(j, i) * partial(_at(A, i, j), x))),
        (when("variable", x), _holds(sum_over(l, _at(A, i, l) * _g(l, j)), delta(i, j))),
    ),
)
