"""A softmax over a long axis tile by tile: merged states are those of all keys, memory stays in bounds."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensor_blocks import blocks_of

import generated.numpy_kernels as shipped
from codegen.generate import kernel_programs
from codegen.licences import catalog_licensing
from codegen.numpy.tiles import LAWS, tiled
from formulas.schema import Verdict
from generated.numpy_kernels import _scratch, _tensors, _tiles, attention

RNG = np.random.default_rng(11)
ATTENTION = ["scaled_dot_product_attention", "causal_attention", "multihead_attention"]


def arguments(name: str, places: int, width: int, scale: float = 1.0) -> list[Any]:
    heads = (3,) if name == "multihead_attention" else ()
    shapes = [(*heads, places, width)] * 3
    found = [scale * RNG.standard_normal(s) for s in shapes]
    return [*found, RNG.standard_normal((3, width, 4))] if heads else found


def test_the_merge_of_states_is_proved() -> None:
    licensing = catalog_licensing()
    assert [licensing.verdict_of(claim) for claim in LAWS] == [Verdict.PROVED] * len(LAWS)
    assert all(law in (shipped.causal_attention_vjp.__doc__ or "").replace("\n    ", " ") for law in LAWS)


def test_every_attention_has_tiles_and_nothing_else_pretends_to() -> None:
    kernels = [v for v in vars(attention).values() if isinstance(v, _tensors.TensorKernel)]
    assert {k.name for k in kernels if k.tiles is not None} == {
        *ATTENTION,
        *(f"{name}_vjp" for name in ATTENTION),
    }
    (swiglu,) = (k for k in kernel_programs(["attn.swiglu"]) if k.kernel.name == "swiglu")
    assert tiled(swiglu.forward, "n") is None


@pytest.mark.parametrize("name", ATTENTION)
@pytest.mark.parametrize("scale", [0.1, 1.0, 8.0])
def test_tiles_change_nothing(name: str, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    args = arguments(name, 150, 6, scale)
    forward, back = getattr(shipped, name), getattr(shipped, f"{name}_vjp")
    whole = forward(*args)
    g = RNG.standard_normal(whole.shape)
    slopes = back(g, *args)
    calls = _counted(monkeypatch)
    blocks_of(monkeypatch, 1)
    np.testing.assert_allclose(forward(*args), whole, rtol=1e-11, atol=1e-13)
    for one, other in zip(back(g, *args), slopes, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11 * np.abs(other).max())
    assert calls[0] > 4


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls = [0]
    merged = _tiles.Tiles.merged

    def count(self: Any, a: Any, b: Any) -> Any:
        calls[0] += 1
        return merged(self, a, b)

    monkeypatch.setattr(_tiles.Tiles, "merged", count)
    return calls


@settings(deadline=None, max_examples=60)
@given(
    st.integers(2, 6),
    st.sampled_from([0.1, 3.0, 40.0, 300.0]),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)
def test_a_merged_state_is_that_of_all_keys(parts: int, scale: float, seed: int, masked: bool) -> None:
    rng = np.random.default_rng(seed)
    scores, dp = scale * rng.standard_normal((4, 5 * parts)), rng.standard_normal((4, 5 * parts))
    if masked:
        scores[:2, 5:] = -np.inf
    tiles = attention._CAUSAL_ATTENTION_VJP.tiles
    assert tiles is not None
    (relative,) = tiles.relative

    def state(s: Any, d: Any) -> dict[str, Any]:
        top = s.max(-1)
        e = np.exp(s - np.clip(top, -1e300, 1e300)[:, None])
        mass = e.sum(-1)
        largest = np.take_along_axis(d, e.argmax(-1)[:, None], -1)[:, 0]
        origin = np.where(2 * e.max(-1) >= mass, largest, 0)
        return {"top": top, "mass": mass, "origin": origin, relative: (e * (d - origin[:, None])).sum(-1)}

    found = state(scores[:, :5], dp[:, :5])
    for at in range(5, 5 * parts, 5):
        found = tiles.merged(found, state(scores[:, at : at + 5], dp[:, at : at + 5]))
    wanted = state(scores, dp)
    np.testing.assert_allclose(found["top"], wanted["top"])
    np.testing.assert_allclose(found["mass"], wanted["mass"], rtol=1e-13)
    mean = found["origin"] + found[relative] / found["mass"]
    np.testing.assert_allclose(
        mean, wanted["origin"] + wanted[relative] / wanted["mass"], rtol=1e-11, atol=1e-13
    )
    sure = np.abs(2 - wanted["mass"]) > 1e-9
    np.testing.assert_allclose(found["origin"][sure], wanted["origin"][sure])


@pytest.mark.parametrize("name", ["scaled_dot_product_attention", "causal_attention"])
def test_one_weight_of_nearly_1_leaves_the_others_their_digits(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    args = arguments(name, 96, 4)
    args[0][:, 0] += 40
    args[1][0, 0] = 6  # the first key has all the weight, for every query
    g = RNG.standard_normal(args[2].shape)
    single = [a.astype(np.float32) for a in (g, *args)]
    exact = getattr(shipped, f"{name}_vjp")(*(a.astype(np.float64) for a in single))
    for size in (1, 1 << 19):
        blocks_of(monkeypatch, size)
        got = getattr(shipped, f"{name}_vjp")(*single)
        small = np.abs(exact[0]) < 1e-12 * np.abs(g).max()
        assert small.any()
        np.testing.assert_allclose(got[0], exact[0], rtol=2e-3, atol=float(np.finfo(np.float32).tiny))


@pytest.mark.parametrize("name", ["scaled_dot_product_attention", "causal_attention"])
def test_memory_does_not_grow_with_the_number_of_keys(name: str) -> None:
    """Peak memory beyond the results: a few matrices of a block, for 2048 places and for 12288."""
    blocks = []
    for places in (2048, 12288):
        args = [a.astype(np.float32) for a in arguments(name, places, 4)]
        g = np.ones_like(args[2])
        _scratch.STORE.buffers.clear()
        tracemalloc.start()
        getattr(shipped, name)(*args)
        getattr(shipped, f"{name}_vjp")(g, *args)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        blocks.append((most - 4 * g.nbytes) / _tensors.BLOCK_BYTES)
    assert max(blocks) < 16, blocks
    assert blocks[1] < 1.25 * blocks[0], blocks


def test_a_wrong_merge_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    args = arguments("causal_attention", 150, 6)
    whole = shipped.causal_attention(*args)
    blocks_of(monkeypatch, 1)
    monkeypatch.setattr(_tiles, "finite_or_zero", lambda x: 0 * x)
    monkeypatch.setattr(_tiles, "_scaled", lambda total, by: total)
    assert not np.allclose(shipped.causal_attention(*args), whole, rtol=1e-6)
