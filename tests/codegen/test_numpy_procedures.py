"""Sampling filters, byte-pair merges and convolution sizes against their definitions."""

from __future__ import annotations

import collections
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import generated.numpy_kernels as shipped

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


def merged(ids: list[int], left: int, right: int, new: int) -> list[int]:
    found, at = [], 0
    while at < len(ids):
        if ids[at : at + 2] == [left, right]:
            found.append(new)
            at += 2
        else:
            found.append(ids[at])
            at += 1
    return found


@given(st.lists(st.integers(0, 2), min_size=2, max_size=30), st.integers(0, 2), st.integers(0, 2))
def test_a_merge_goes_from_the_left(ids: list[int], left: int, right: int) -> None:
    got = shipped.bpe_merge(np.array(ids), left, right, 9)
    assert got.tolist() == merged(ids, left, right, 9)
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


@given(st.lists(st.sampled_from([-3, 0, 7, 10**12]), min_size=2, max_size=40), st.booleans())
def test_the_most_frequent_pair_of_equals_is_the_smallest(ids: list[int], many: bool) -> None:
    ids = [*range(50, 90), *ids] if many else ids  # more pairs than can be counted in an array
    counts = collections.Counter(itertools.pairwise(ids))
    best = min(counts, key=lambda pair: (-counts[pair], pair))
    assert shipped.bpe_pair(np.array(ids)) == (*best, counts[best])
