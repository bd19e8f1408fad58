"""Sampling filters, byte-pair merges and convolution sizes against their definitions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import generated.numpy_kernels as shipped
from codegen.procedures import AS_DEFINED, OTHERWISE, PROCEDURES, outcomes

RNG = np.random.default_rng(9)


def probabilities(x: Any) -> Any:
    e = np.exp(x.astype(float) - x.max())
    return e / e.sum()


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8), st.integers(1, 9))
def test_top_k_keeps_the_k_largest(logits: list[int], k: int) -> None:
    x = np.array(logits, np.float32)
    kept = np.isfinite(got := shipped.top_k(x, k))
    assert kept.sum() == min(k, len(x))
    assert not kept.any() or kept.all() or x[kept].min() >= x[~kept].max()
    np.testing.assert_array_equal(got[kept], x[kept])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8), st.floats(0.01, 1))
def test_top_p_keeps_the_smallest_sufficient_set(logits: list[float], p: float) -> None:
    x = np.array(logits)
    kept, share = np.isfinite(shipped.top_p(x, p)), probabilities(x)
    mass = share[kept].sum()
    assert mass >= p - 1e-12
    assert kept.all() or x[kept].min() >= x[~kept].max()
    assert kept.sum() == 1 or mass - share[kept].min() < p + 1e-12


def test_top_p_is_monotone() -> None:
    x = RNG.standard_normal((5, 20)).astype(np.float32)
    before = np.zeros(x.shape, bool)
    for p in (0.1, 0.4, 0.8, 1.0):
        kept = np.isfinite(shipped.top_p(x, p))
        assert (kept | ~before).all()
        before = kept


@given(st.lists(st.integers(0, 2), min_size=2, max_size=30), st.integers(0, 2), st.integers(0, 2))
def test_a_merge_goes_from_the_left(ids: list[int], left: int, right: int) -> None:
    got = shipped.bpe_merge(np.array(ids), left, right, 9)
    assert got.tolist() == PROCEDURES["bpe_merge"].definition(np.array(ids), left, right, 9)
    assert len(ids) - len(got) == (got == 9).sum()


def test_a_worked_run() -> None:
    ids = np.frombuffer(b"aaabdaaabac", np.uint8).astype(int)
    left, right, count = shipped.bpe_pair(ids)
    assert (chr(left), chr(right), count) == ("a", "a", 4)
    after = shipped.bpe_merge(ids, left, right, ord("Z"))
    assert "".join(map(chr, after)) == "ZabdZabac"


@pytest.mark.parametrize("size", range(12))
def test_convolution_sizes_are_counts(size: int) -> None:
    for kernel in (1, 2, 5):
        for stride in (1, 2, 3):
            for padding in (0, 1, 2):
                starts = range(0, size + 2 * padding - kernel + 1, stride)
                assert shipped.conv_output_size(size, kernel, stride, padding) == len(starts)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: shipped.top_k(np.ones(3, int), 1), TypeError, "top_k: input has dtype int64"),
        (lambda: shipped.top_k(np.ones(3), 0), ValueError, "top_k: k is 0, expected at least 1"),
        (lambda: shipped.top_k(np.ones(3), True), TypeError, "top_k: k is bool, expected an integer"),
        (lambda: shipped.top_k(np.ones(3), 1, axis=1), ValueError, "top_k: axis 1 is out of range for input"),
        (lambda: shipped.top_k(np.ones(3), 1, axis=0.5), TypeError, "top_k: axis is float"),
        (lambda: shipped.top_k(np.ones(3), 1, out=np.ones(4)), ValueError, r"top_k: out has shape \(4,\)"),
        (lambda: shipped.top_k(np.float32([1, 2]), 1, out=np.ones(2)), TypeError, "top_k: out has dtype"),
        (lambda: shipped.top_p(np.ones(3), "a"), TypeError, "top_p: p is str, expected one real number"),
        (lambda: shipped.top_p(np.ones(()), 0.5), ValueError, "top_p: input has shape"),
        (lambda: shipped.bpe_merge([1], 0, 1, 0.5), TypeError, "bpe_merge: new is float"),
        (lambda: shipped.bpe_merge(np.uint8([1]), 0, 1, 256), ValueError, "bpe_merge: new is 256, which"),
        (lambda: shipped.conv_output_size(3.5, 1), TypeError, "conv_output_size: size is float"),
        (lambda: shipped.top_p(np.ones(3), 1.5), ValueError, "top_p: p is 1.5"),
        (lambda: shipped.bpe_pair([1]), ValueError, "bpe_pair: ids has 1 entries"),
        (lambda: shipped.bpe_merge([0.5], 0, 1, 2), TypeError, "bpe_merge: ids has dtype float64"),
        (lambda: shipped.conv_output_size(3, 0), ValueError, "conv_output_size: kernel is 0"),
    ],
)
def test_messages(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@given(
    st.lists(st.sampled_from([0.0, 1.0, np.inf, np.nan, -np.inf]), min_size=1, max_size=7), st.integers(1, 7)
)
def test_top_k_keeps_the_first_of_equal_ones(logits: list[float], k: int) -> None:
    x = np.array([logits, logits[::-1]])
    order = np.argsort(np.where(np.isnan(x), -np.inf, -x), -1, kind="stable")[:, :k]
    wanted = np.full_like(x, -np.inf)
    np.put_along_axis(wanted, order, np.take_along_axis(x, order, -1), -1)
    np.testing.assert_array_equal(shipped.top_k(x, k), wanted)
    np.testing.assert_array_equal(shipped.top_k(x[0], k), wanted[0])


FILTERS = [(shipped.top_k, 2), (shipped.top_p, 0.7)]


@pytest.mark.parametrize(("function", "amount"), FILTERS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
def test_any_axis_and_any_out(function: Any, amount: Any, dtype: str) -> None:
    x = RNG.standard_normal((3, 70, 7)).astype(dtype)
    for axis in (-1, 0, 1, 2):
        wanted = np.moveaxis(function(np.ascontiguousarray(np.moveaxis(x, axis, -1)), amount), -1, axis)
        assert wanted.dtype == x.dtype.newbyteorder("=")
        for out in (None, np.empty(x.shape, wanted.dtype), np.empty(x.shape[::-1], wanted.dtype).T):
            found = function(x, amount, axis=axis, out=out)
            assert out is None or found is out
            np.testing.assert_array_equal(found, wanted)
        space = np.concatenate([np.ravel(x), np.zeros(5)]).astype(wanted.dtype)
        for shift in (0, 5):  # out is the argument, or lies across it
            own = space.copy()
            given = own[: x.size].reshape(x.shape)
            np.testing.assert_array_equal(
                function(given, amount, axis=axis, out=own[shift : x.size + shift].reshape(x.shape)), wanted
            )
    assert function(x[:0], amount).shape == (0, 70, 7) and function(x[..., :0], amount).shape == (3, 70, 0)


def test_blocks_of_rows_are_seamless() -> None:
    """Also that a block with NaN, or with equal ones, takes no other way than its rows by themselves."""
    x = RNG.integers(-40, 40, (300, 501)).astype(np.float32)
    x[7, 3], x[250, 9], x[251, :2] = np.nan, np.inf, -np.inf
    for function, amount in FILTERS:
        np.testing.assert_array_equal(function(x, amount), [function(row, amount) for row in x])


@pytest.mark.parametrize(("function", "amount"), FILTERS)
def test_of_numbers_that_are_none(function: Any, amount: Any) -> None:
    low = np.array([-np.inf] * 3)
    np.testing.assert_array_equal(function(low, amount), low)
    found = function(np.array([1.0, np.nan, 3.0, np.inf]), amount)
    assert np.isnan(found[1]) and np.isneginf(found[[0, 2]]).all()
    assert np.signbit(function(np.array([-0.0]), amount)).all()


def test_the_end_of_a_set_of_logits_far_apart() -> None:
    """What adds nothing to the sum is outside, whatever p; 1e30 overflows no exponential."""
    x = np.array([1e30, 0, -1e30, 1e30])
    np.testing.assert_array_equal(shipped.top_p(x, 0.5), [1e30, -np.inf, -np.inf, -np.inf])
    np.testing.assert_array_equal(shipped.top_p(x, 1.0), [1e30, -np.inf, -np.inf, 1e30])


@given(st.lists(st.sampled_from([-3, 0, 7, 10**12]), min_size=2, max_size=40), st.booleans())
def test_the_most_frequent_pair_of_equals_is_the_smallest(ids: list[int], many: bool) -> None:
    ids = [*range(50, 90), *ids] if many else ids  # more pairs than can be counted in an array
    assert shipped.bpe_pair(np.array(ids)) == PROCEDURES["bpe_pair"].definition(np.array(ids))


def test_extremes() -> None:
    """Each procedure of the package has a definition; what is refused is refused in its name."""
    found = outcomes(shipped)
    assert set(found) == set(shipped.procedures.__all__)
    for name, row in found.items():
        refused = {e: outcome for e, outcome in row.items() if outcome != AS_DEFINED}
        assert all(PROCEDURES[name].definition(*PROCEDURES[name].extremes[e]) is None for e in refused)
        assert all(outcome.startswith(f"{name}: ") for outcome in refused.values())


def test_what_is_not_as_defined_is_seen() -> None:
    def naive(x: Any, p: float) -> Any:
        """By sums of single precision, without a shift."""
        with np.errstate(all="ignore"):
            order = np.argsort(-x, -1)
            mass = np.cumsum(np.take_along_axis(np.exp(x), order, -1), -1)
            kept = mass - np.take_along_axis(np.exp(x), order, -1) < p * mass[..., -1:]
            return np.where(np.take_along_axis(kept, np.argsort(order, -1), -1), x, -np.inf)

    wrong = {
        "top_p": naive,
        "top_k": lambda x, k: np.where(x >= np.sort(x, -1)[..., -k:][..., :1], x, -np.inf),
        "bpe_pair": lambda ids: (1, 1, len(ids)),
        "bpe_merge": lambda ids, left, right, new: ids,
        "conv_output_size": lambda size, kernel, stride, padding: (
            (size + 2 * padding - kernel) // max(1, stride) + 1
        ),
    }
    seen = {
        name: {extreme for extreme, outcome in row.items() if outcome.startswith(OTHERWISE)}
        for name, row in outcomes(SimpleNamespace(**wrong)).items()
    }
    assert "1e+30" in seen["top_p"] and "zero" not in seen["top_p"]
    assert "all equal" in seen["top_k"] and "1e+30" not in seen["top_k"]
    assert "no entry" in seen["bpe_pair"] and "one pair" in seen["bpe_merge"]
    assert seen["conv_output_size"] == {
        "shorter than the kernel",
        "size -1",
        "kernel 0",
        "stride 0",
        "padding -1",
    }
