"""Kernels over several axes: contractions, blocks, causal limits, and no matrix of all scores."""

# ruff: noqa: E501

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensor_blocks import blocks_of

import generated.numpy_kernels as shipped
from codegen.ir import BATCH, Argument, Builder, Contract, Output
from codegen.passes.contract import contractions
from generated.numpy_kernels import _contractions, attention

RNG = np.random.default_rng(4)
LENGTHS = {"n": 3, "m": 4, "d": 5, "k": 2}
SPECS = [
    "*nd,*md->*nm", "*nm,*md->*nd", "*nm,*nd->*md", "*d,dk->*k", "*nd,dk->*nk", "*nd,*nk->dk", "*d,*k->dk",
    "nd,*d->*n", "*n,*n->*", "*nd,*nd->*n", "nd,dm->nm", "*ndk,dkm->*nm", "*nm,*m->*n", "*nm,mdk->*ndk",
    "*ndk,*nm->mdk", "n,n->", "*nk,*ndk->*nd", "nd,*nd->*n", "*nmd,*nkd->*nmk",
]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("leading", [(), (6,), (2, 3)])
def test_contractions_are_those_of_einsum(spec: str, leading: tuple[int, ...]) -> None:
    arrays = [
        RNG.standard_normal((*(leading if part[0] == "*" else ()), *[LENGTHS[c] for c in part.lstrip("*")]))
        for part in spec.split("->")[0].split(",")
    ]
    expected = np.einsum(spec.replace("*", "xyz"[: len(leading)]), *arrays)
    np.testing.assert_allclose(_contractions.contract(spec, *arrays), expected, rtol=1e-12)
    out = np.empty_like(expected)
    assert _contractions.contract(spec, *arrays, out) is out
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_a_sum_of_products_becomes_a_contraction() -> None:
    b = Builder("f", [Argument(name="a", axes=(BATCH, "n", "d")), Argument(name="w", axes=("d", "k"))])
    total = b.reduce("sum", "d", b.map("mul", b.load("a"), b.load("w")))
    program = contractions(b.finish([Output("output", (BATCH, "n", "k"), (total,))]))
    assert any(isinstance(v.node, Contract) for v in program.values)
    assert not any(set(v.axes) == {BATCH, "n", "d", "k"} for v in program.values)


def arguments(name: str, places: int) -> list[Any]:
    heads = (2,) if name == "multihead_attention" else ()
    shapes = [(*heads, places, 6), (*heads, places, 6), (*heads, places, 5)]
    found = [RNG.standard_normal(s) for s in shapes]
    return [*found, RNG.standard_normal((2, 5, 4))] if heads else found


ATTENTION = ["scaled_dot_product_attention", "causal_attention", "multihead_attention"]


@pytest.mark.parametrize("name", ATTENTION)
def test_blocks_change_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    args = arguments(name, 100)
    forward, back = getattr(shipped, name), getattr(shipped, f"{name}_vjp")
    whole = forward(*args)
    g = RNG.standard_normal(whole.shape)
    slopes = back(g, *args)
    blocks_of(monkeypatch, 1)
    np.testing.assert_allclose(forward(*args), whole, rtol=1e-12)
    for one, other in zip(back(g, *args), slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ATTENTION)
def test_no_matrix_of_all_scores(name: str) -> None:
    places = 2000
    args = [a.astype(np.float32) for a in arguments(name, places)]
    g = np.ones_like(getattr(shipped, name)(*args))
    tracemalloc.start()
    getattr(shipped, name)(*args)
    getattr(shipped, f"{name}_vjp")(g, *args)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < places * places * 4 / 2


def test_causal_attention_does_not_read_the_future() -> None:
    q, k, v = arguments("causal_attention", 50)
    before = shipped.causal_attention(q, k, v)
    k[30:], v[30:] = 1e3, -1e6
    np.testing.assert_array_equal(shipped.causal_attention(q, k, v)[:30], before[:30])
    assert attention._CAUSAL_ATTENTION.limit == "n'"


def row_by_row(g: Any, q: Any, k: Any, v: Any) -> list[Any]:
    """Causal attention and its cotangents, each query by itself with the keys that it sees."""
    found = [np.zeros_like(x) for x in (v, q, k, v)]
    with np.errstate(all="ignore"):
        for i in range(len(q)):
            here, seen = slice(i, i + 1), slice(0, i + 1)
            found[0][here] = shipped.scaled_dot_product_attention(q[here], k[seen], v[seen])
            slopes = shipped.scaled_dot_product_attention_vjp(g[here], q[here], k[seen], v[seen])
            for total, where, part in zip(found[1:], (here, seen, seen), slopes, strict=True):
                total[where] += part
    return found


@pytest.mark.parametrize("block", [1, 1 << 19])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("which", range(4))
def test_what_is_not_finite_stays_within_the_rows_that_see_it(
    which: int, value: float, dtype: Any, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A weight of 0 times NaN is NaN: a masked key, or a query that does not see a key, may not count."""
    blocks_of(monkeypatch, block)
    q, k, v = (x.astype(dtype) for x in arguments("causal_attention", 40))
    given = [RNG.standard_normal(v.shape).astype(dtype), q, k, v]
    given[which][23, 1] = value
    wanted = row_by_row(*given)
    got = [shipped.causal_attention(*given[1:]), *shipped.causal_attention_vjp(*given)]
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    assert np.isfinite(got[0][:23]).all() and np.isfinite(got[1][:23]).all()
    batch = [np.stack([np.ones_like(x), x]) for x in given]
    np.testing.assert_array_equal(shipped.causal_attention(*batch[1:])[1], got[0])
    assert np.isfinite(shipped.causal_attention(*batch[1:])[0]).all()


def test_large_scores_do_not_overflow() -> None:
    q, k, v = (a.astype(np.float32) for a in arguments("scaled_dot_product_attention", 20))
    got = shipped.scaled_dot_product_attention(100 * q, 100 * k, v)
    assert np.isfinite(got).all()
    assert (got <= v.max(0) + 1e-5).all() and (got >= v.min(0) - 1e-5).all()


X = np.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shipped.linear(X, np.ones((4, 2)), np.ones(4)), ValueError, r"linear: weight has shape \(4, 2\), expected \(n, m\) with m = 3 like input"),
        (lambda: shipped.linear(X, np.ones((4, 3), np.float32), np.ones(4)), TypeError, "linear: weight has dtype float32, expected float64 like input"),
        (lambda: shipped.linear_vjp(X, X, np.ones((4, 3)), np.ones(4)), ValueError, r"linear_vjp: g has shape \(2, 3\), expected \(2, 4\) like the forward result"),
        (lambda: shipped.embedding(np.array([0, 4]), np.ones((4, 3))), ValueError, "embedding: input holds 4, expected 0 <= input < 4"),
        (lambda: shipped.embedding(X, np.ones((4, 3))), TypeError, "embedding: input has dtype float64, expected integers"),
        (lambda: shipped.trace(X), ValueError, r"trace: input has shape \(2, 3\)"),
        (lambda: shipped.linear(X, np.ones((4, 3)), np.ones(4), out=X), ValueError, r"linear: out has shape \(2, 3\), expected \(2, 4\)"),
    ],
)  # fmt: skip
def test_messages_name_function_and_argument(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_rows_of_an_embedding_are_added_where_they_came_from() -> None:
    places, weight = np.array([[0, 3], [3, 3]]), RNG.standard_normal((5, 2)).astype(np.float32)
    g = np.ones((2, 2, 2), np.float32)
    got = shipped.embedding_vjp(g, places, weight)
    np.testing.assert_array_equal(got[:, 0], [1, 0, 0, 3, 0])
    assert shipped.embedding_vjp(g[:0], places[:0], weight).tolist() == np.zeros((5, 2)).tolist()


def test_a_layout_that_was_seen_is_still_checked() -> None:
    """What a second call of the same shapes skips is nothing that depends on values or on ``out``."""
    table, good = np.ones((5, 3), np.float32), np.array([0, 4])
    shipped.embedding(good, table)
    with pytest.raises(ValueError, match="input"):
        shipped.embedding(np.array([0, 5]), table)
    with pytest.raises(ValueError, match="out has shape"):
        shipped.embedding(good, table, out=np.empty((2, 4), np.float32))
    x = np.random.default_rng(0).standard_normal((4, 4))
    weight, bias = x.T.copy(), np.zeros(4)
    wanted = shipped.linear(x, weight, bias)
    own = x.copy()
    assert shipped.linear(own, weight, bias, out=own) is own  # the result lies where an argument does
    np.testing.assert_array_equal(own, wanted)
    view = x.copy()
    shipped.linear(view[:2], weight, bias, out=view[1:3])
    np.testing.assert_array_equal(view[1:3], wanted[:2])


ATTENTIONS = ("scaled_dot_product_attention", "causal_attention")


@pytest.mark.parametrize("name", [*ATTENTIONS, *(f"{n}_vjp" for n in ATTENTIONS)])
@pytest.mark.parametrize("spoilt", [None, np.nan, np.inf, 1e30])
def test_small_matrices_of_all_leading_axes_are_one_block(name: str, spoilt: float | None) -> None:
    given = [RNG.normal(size=(2, 3, 16, 8)).astype(np.float32) for _ in range(3 + name.endswith("_vjp"))]
    if spoilt is not None:
        given[-2][1, 0, 9, 2] = spoilt  # a key
    function = getattr(shipped, name)
    together = function(*given)
    for at in np.ndindex(2, 3):
        alone = function(*(x[at] for x in given))
        pairs = zip(together, alone, strict=True) if name.endswith("_vjp") else [(together, alone)]
        for x, y in pairs:
            np.testing.assert_allclose(x[at], y, rtol=1e-4, atol=1e-5)


def test_small_matrices_may_broadcast() -> None:
    q, k, v = (RNG.normal(size=s) for s in ((4, 1, 16, 8), (3, 16, 8), (16, 8)))
    found = shipped.scaled_dot_product_attention(q, k, v)
    whole = [np.broadcast_to(x, (4, 3, 16, 8)).copy() for x in (q, k, v)]
    np.testing.assert_allclose(found, shipped.scaled_dot_product_attention(*whole), rtol=1e-12)


def test_an_overflow_in_another_thread_is_seen() -> None:
    """Flags that a thread of BLAS raises are not NumPy's; 2000 rows are shared between two."""
    code = (
        "import numpy as np, generated.numpy_kernels as shipped\n"
        "w = np.random.default_rng(0).standard_normal((128, 128)).astype('f4')\n"
        "w[:, 0], w[:, 1] = 1e20, -1e20\n"
        "for row in range(0, 2000, 499):\n"
        "    x = np.ones((2000, 128), 'f4')\n"
        "    x[row, :2] = 1e30\n"
        "    assert np.isfinite(shipped.linear(x, w, np.zeros(128, 'f4'))).all(), row\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@given(
    st.integers(0, 40),
    st.sampled_from([1, 3, 300]),
    st.integers(1, 12),
    st.sampled_from(["f4", "f8"]),
    st.booleans(),
)
def test_rows_are_scattered_as_they_are_added(
    n: int, width: int, length: int, dtype: str, strided: bool
) -> None:
    rng = np.random.default_rng(n)
    index, x = rng.integers(0, length, n), rng.standard_normal((n, width)).astype(dtype)
    expected = np.zeros((length, width))
    np.add.at(expected, index, x.astype("f8"))
    out = np.full((width, length), np.nan, dtype).T if strided else np.full((length, width), np.nan, dtype)
    assert _contractions.scatter(index, x, np.asarray(float(length)), out) is out
    np.testing.assert_allclose(
        out, expected, rtol=1e-6 if dtype == "f4" else 1e-13, atol=1e-6 if dtype == "f4" else 1e-13
    )


def test_what_is_as_large_as_a_result_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of columns would compute the degrees of the graph anew."""
    counted = []
    contract = _contractions.contract
    monkeypatch.setattr(
        _contractions, "contract", lambda *given, **named: counted.append(1) or contract(*given, **named)
    )
    a, x, w = (RNG.uniform(0, 1, (600, 600)).astype("f4") for _ in range(3))
    shipped.gcn_layer(a, x, w)
    assert len(counted) == 2
