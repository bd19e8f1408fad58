"""Renaming without capture, bijections of symbols, and what happens if prover and falsifier disagree."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from formulas.catalog import catalog
from formulas.check import index_ranges
from formulas.language import dim, index, positive, real, tensor, total
from symcheck.gate import decide as deciding
from symcheck.gate.decide import Disagreement, Verdict, confirmed, decide, proved, refuted
from symcheck.gate.forms import difference, forms, head_owners, slips, telling
from symcheck.gate.identify import keys_of, names
from symcheck.gate.renaming import Signature, bindings, merged, renamed, tidy

n, m = dim("n"), dim("m")
i, j, k = index("i j k")
x, y, yhat = tensor("x", n), tensor("y", n), tensor("yhat", n)
a, b = real("a"), real("b")


def test_renaming_does_not_capture() -> None:
    expr = x[i] * total(x[j], (j, n))
    out = renamed(expr, {i: j})
    assert index_ranges(out) == {j: n}
    assert out.atoms(sp.Sum).pop().limits[0][0] not in (i, j)
    assert proved(out, x[j] * total(x[k], (k, n)))


@given(st.permutations([i, j, k]))
def test_tidy_changes_names_of_bound_indices_only(order: list[sp.Symbol]) -> None:
    first, second, free = order
    expr = total(x[first] * total(y[second], (second, n)), (first, n)) / x[free]
    assert Signature.of(tidy(expr)) == Signature.of(expr)
    assert proved(tidy(expr), expr)


def test_estimates_are_bound_to_estimates() -> None:
    loss = total(y[i] * sp.log(yhat[i]), (i, n))
    u, uhat = tensor("u", m), tensor("u_hat", m)
    other = total(u[k] * sp.log(uhat[k]), (k, m))
    found = list(bindings(Signature.of(other), Signature.of(loss)))
    assert [{str(s): str(t) for s, t in f.items()} for f in found] == [{"u": "y", "u_hat": "yhat", "m": "n"}]


def test_kinds_and_sizes_have_to_agree() -> None:
    matrix = tensor("A", n, m)
    assert not list(bindings(Signature.of(x[i]), Signature.of(a)))
    assert not list(bindings(Signature.of(x[i]), Signature.of(matrix[i, j])))
    square = tensor("B", n, n)
    assert not list(bindings(Signature.of(matrix[i, j]), Signature.of(square[i, j])))


def test_common_symbols_carry_the_assumptions_of_the_catalog() -> None:
    p = positive("p")
    (binding,) = bindings(Signature.of(sp.exp(a)), Signature.of(sp.exp(p)))
    ours, theirs = merged(binding)
    assert renamed(sp.exp(a), ours) == renamed(sp.exp(p), theirs) == sp.exp(positive("a"))


def test_a_disagreement_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not confirmed(a + b, a - b)
    monkeypatch.setattr(deciding, "proved", lambda *_: True)
    with pytest.raises(Disagreement, match="was proved and fails at"):
        confirmed(a + b, a - b)


def test_decisions() -> None:
    assert decide(sp.tanh(a), -sp.tanh(-a)).verdict is Verdict.PROVED
    assert decide(sp.exp(a + b), sp.exp(a) + sp.exp(b)).verdict is Verdict.REFUTED
    steep = decide(sp.Abs(a), a)
    assert steep.verdict is Verdict.CONDITIONAL and [str(c) for c in steep.conditions] == ["a > 0"]
    assert decide(a / a * b / b, sp.Integer(1)).verdict is Verdict.PROVED
    assert refuted(sp.log(1 - sp.exp(a)), sp.log(1 + sp.exp(a))) is not None


def test_every_entry_can_be_compared_with() -> None:
    assert len(catalog()) > 10
    for formula_id in catalog():
        assert forms(formula_id)
    owners = head_owners()
    assert owners["softmax"] == ("act.softmax",) and "log" not in owners
    assert names()["softmax"][0].id == "act.softmax"


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("SiLU / Swish", "swish"),
        ("4.2 · KL-Divergence:", "kl divergence"),
        ("RMSNorm (Root Mean Square Normalization)", "root mean square normalisation"),
        ("The softmax function", "softmax"),
        ("Rotary Embedding (RoPE) — used in many", "rope"),
    ],
)
def test_names_in_words(words: str, key: str) -> None:
    assert key in set(keys_of(words))


def test_telling_names() -> None:
    assert all(map(telling, ("softmax", "RMS", "D_KL", "LSE")))
    assert not any(map(telling, ("H", "sigma", "x_hat", "L", "R_m", "y_hat")))


@given(st.lists(st.sampled_from("abc"), max_size=5), st.lists(st.sampled_from("abc"), max_size=5))
def test_slips_is_a_distance(one: list[str], other: list[str]) -> None:
    assert slips(one, other, 9) == slips(other, one, 9)
    assert (slips(one, other, 9) == 0) == (one == other)
    assert slips([*one, "d"], one, 9) == 1


def test_difference_counts_nodes() -> None:
    assert difference(sp.exp(a), sp.exp(b)) == 0
    assert difference(sp.exp(-a), sp.exp(a)) == 2
