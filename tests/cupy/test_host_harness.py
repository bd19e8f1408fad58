"""The host harness catches what it claims to catch: 22 planted bugs, and no false alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from codegen.cupy import harness
from codegen.cupy.harness import HostError, HostModule, Mode, Order

needs_compiler = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))

GELU = r"""
__global__ void __launch_bounds__(256) gelu(const float* __restrict__ x, float* __restrict__ y, long long n) {
  const long long n4 = n / 4;
  const long long stride = (long long)gridDim.x * blockDim.x;
  const long long tid = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  for (long long i = tid; i < n4; i += stride) {
    float4 v = reinterpret_cast<const float4*>(x)[i];
    v.x *= normcdff(v.x);
    v.y *= normcdff(v.y);
    v.z *= normcdff(v.z);
    v.w *= normcdff(v.w);
    reinterpret_cast<float4*>(y)[i] = v;
  }
  for (long long i = n4 * 4 + tid; i < n; i += stride) {
    float v = x[i];
    y[i] = v * normcdff(v);
  }
}
"""

SOFTMAX = r"""
__device__ __forceinline__ float warp_max(float v) {
  for (int o = 16; o > 0; o >>= 1) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, o));
  return v;
}
__device__ __forceinline__ float warp_sum(float v) {
  for (int o = 16; o > 0; o >>= 1) v += __shfl_down_sync(0xffffffffu, v, o);
  return v;
}
__global__ void __launch_bounds__(256) softmax(const float* __restrict__ x, float* __restrict__ y, int cols) {
  __shared__ float red[32];
  const float* xr = x + (long long)blockIdx.x * cols;
  float* yr = y + (long long)blockIdx.x * cols;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, nwarp = blockDim.x >> 5;
  float m = __int_as_float(0xff800000);
  for (int c = threadIdx.x; c < cols; c += blockDim.x) m = fmaxf(m, __ldg(xr + c));
  m = warp_max(m);
  if (lane == 0) red[warp] = m;
  __syncthreads();
  m = warp_max(lane < nwarp ? red[lane] : __int_as_float(0xff800000));
  __syncthreads();
  float s = 0.f;
  for (int c = threadIdx.x; c < cols; c += blockDim.x) s += expf(xr[c] - m);
  s = warp_sum(s);
  if (lane == 0) red[warp] = s;
  __syncthreads();
  if (warp == 0) { s = warp_sum(lane < nwarp ? red[lane] : 0.f); if (lane == 0) red[0] = s; }
  __syncthreads();
  const float inv = 1.0f / red[0];
  for (int c = threadIdx.x; c < cols; c += blockDim.x) yr[c] = expf(xr[c] - m) * inv;
}
"""

NORM_BACKWARD = r"""
__global__ void norm_backward(const float* __restrict__ dy, const float* __restrict__ x,
    const float* __restrict__ gamma, const float* __restrict__ mean, const float* __restrict__ rstd,
    float* __restrict__ dx, float* __restrict__ dgamma, float* __restrict__ dbeta,
    int rows, int cols, int rows_per_block) {
  extern __shared__ float smem[];
  float* s1 = smem; float* s2 = smem + blockDim.x; float* pg = smem + 2 * blockDim.x; float* pb = pg + cols;
  const int t = threadIdx.x;
  for (int c = t; c < cols; c += blockDim.x) { pg[c] = 0.f; pb[c] = 0.f; }
  const int r0 = blockIdx.x * rows_per_block, r1 = min(r0 + rows_per_block, rows);
  for (int r = r0; r < r1; ++r) {
    const long long o = (long long)r * cols; const float mu = mean[r], rs = rstd[r];
    float a = 0.f, b = 0.f;
    for (int c = t; c < cols; c += blockDim.x) {
      const float xh = (x[o + c] - mu) * rs, g = dy[o + c] * gamma[c];
      a += g; b = fmaf(g, xh, b); pg[c] += dy[o + c] * xh; pb[c] += dy[o + c];
    }
    s1[t] = a; s2[t] = b;
    __syncthreads();
    for (int k = blockDim.x >> 1; k > 0; k >>= 1) {
      if (t < k) { s1[t] += s1[t + k]; s2[t] += s2[t + k]; }
      __syncthreads();
    }
    const float ma = s1[0] / cols, mb = s2[0] / cols;
    __syncthreads();
    for (int c = t; c < cols; c += blockDim.x) {
      const float xh = (x[o + c] - mu) * rs;
      dx[o + c] = rs * (dy[o + c] * gamma[c] - ma - xh * mb);
    }
  }
  for (int c = t; c < cols; c += blockDim.x) { atomicAdd(dgamma + c, pg[c]); atomicAdd(dbeta + c, pb[c]); }
}
"""

SCALE = r"""
#define BOUNDS(threads) __launch_bounds__(threads, 1024 / (threads))
template <typename T, int LANES>
__global__ void BOUNDS(LANES > 64 ? LANES : 64)
    scale(const T* x, T* y, int n) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = T(2) * x[i];
}
"""

Launch = Callable[..., float]  # (module, name, **how) -> largest error


def _error(value: Any, reference: Any) -> float:
    return float(np.max(np.abs(value - reference) / (np.abs(reference) + 1e-3)))


def run_gelu(module: HostModule, name: str, **how: Any) -> float:
    from scipy.special import ndtr

    x = np.random.default_rng(1).standard_normal(2051, dtype="f4")
    y = np.full_like(x, np.nan)
    module.launch(name, (3,), (256,), (x, y, 2051), **how)
    return _error(y, x * ndtr(x.astype("f8")))


def run_softmax(
    module: HostModule, name: str, rows: int = 3, columns: int = 700, threads: int = 256, **how: Any
) -> float:
    x = np.random.default_rng(1).standard_normal((rows, columns), dtype="f4")
    y = np.full_like(x, np.nan)
    module.launch(name, (rows,), (threads,), (x, y, np.int32(columns)), **how)
    e = np.exp(x.astype("f8"))
    return _error(y, e / e.sum(1, keepdims=True))


def run_norm(module: HostModule, name: str, less: int = 0, rows: Any = None, **how: Any) -> float:
    rng = np.random.default_rng(1)
    dy, x = (rng.standard_normal((19, 200), dtype="f4") for _ in range(2))
    gamma = rng.standard_normal(200, dtype="f4")
    mean, rstd = x.mean(1), (1 / np.sqrt(x.var(1) + 1e-5)).astype("f4")
    dx, dgamma, dbeta = np.full_like(x, np.nan), np.zeros(200, "f4"), np.zeros(200, "f4")
    count = np.int32(19) if rows is None else rows
    arguments = (dy, x, gamma, mean, rstd, dx, dgamma, dbeta, count, np.int32(200), np.int32(4))
    module.launch(name, (5,), (64,), arguments, shared_mem=4 * (128 + 400) - less, **how)
    dy8, xh = dy.astype("f8"), (x.astype("f8") - mean[:, None]) * rstd[:, None]
    g = dy8 * gamma
    dx8 = rstd[:, None] * (g - g.mean(1, keepdims=True) - xh * (g * xh).mean(1, keepdims=True))
    return max(_error(dx, dx8), _error(dgamma, (dy8 * xh).sum(0)), _error(dbeta, dy8.sum(0)))


def run_scale(module: HostModule, name: str, threads: int = 64, **how: Any) -> float:
    x = np.arange(500, dtype="f4")
    y = np.full_like(x, np.nan)
    module.launch(name, (-(-500 // threads),), (threads,), (x, y, np.int32(500)), **how)
    return _error(y, 2 * x)


@dataclass(frozen=True)
class Planted:
    """One bug: ``old`` becomes ``new`` at the ``nth`` place, or the launch itself is wrong."""

    name: str
    kernel: str
    old: str = ""
    new: str = ""
    nth: int = 0
    launch: tuple[tuple[str, Any], ...] = ()
    caught_as: str = ""

    def text(self) -> str:
        source = KERNELS[self.kernel][0]
        parts = source.split(self.old) if self.old else [source]
        assert not self.old or len(parts) > self.nth + 1, self.name
        head, tail = self.old.join(parts[: self.nth + 1]), self.old.join(parts[self.nth + 1 :])
        return head + self.new + tail


KERNELS: dict[str, tuple[str, Launch]] = {
    "gelu": (GELU, run_gelu),
    "softmax": (SOFTMAX, run_softmax),
    "norm_backward": (NORM_BACKWARD, run_norm),
    "scale<float, 32>": (SCALE, run_scale),
}

PLANTED = (
    Planted(
        "no barrier, read before write",
        "softmax",
        old="__syncthreads();",
        new="",
        caught_as="race (read after write)|uninitialised",
    ),
    Planted(
        "no barrier, write after read",
        "softmax",
        old="__syncthreads();",
        new="",
        nth=1,
        caught_as="race (write after read)",
    ),
    Planted(
        "no barrier before the broadcast",
        "softmax",
        old="__syncthreads();",
        new="",
        nth=3,
        caught_as="race",
    ),
    Planted(
        "half the mask",
        "softmax",
        old="0xffffffffu, v, o));",
        new="0x0000ffffu, v, o));",
        caught_as="not in the mask",
    ),
    Planted(
        "tree over half the warp",
        "softmax",
        old="int o = 16; o > 0; o >>= 1) v +=",
        new="int o = 8; o > 0; o >>= 1) v +=",
    ),
    Planted(
        "48 threads, full mask",
        "softmax",
        launch=(("threads", 48),),
        caught_as="not in the mask",
    ),
    Planted(
        "barrier in one warp",
        "softmax",
        old="if (warp == 0) {",
        new="if (warp == 0) { __syncthreads();",
        caught_as="divergent",
    ),
    Planted(
        "half the lanes skip",
        "softmax",
        old="  m = warp_max(m);",
        new="  if (lane < 16) m = warp_max(m);",
        caught_as="deadlock",
    ),
    Planted(
        "threads return before a barrier",
        "softmax",
        old="  float m = __int_as_float(0xff800000);",
        new="  if (threadIdx.x >= cols) return;\n  float m = __int_as_float(0xff800000);",
        launch=(("columns", 100),),
        caught_as="returned",
    ),
    Planted(
        "tail writes past the end",
        "gelu",
        old="i < n;",
        new="i <= n;",
        caught_as="out of bounds",
    ),
    Planted(
        "tail reads past the end",
        "gelu",
        old="float v = x[i];",
        new="float v = x[i + 1]; v = x[i] + 0.0f * v;",
        caught_as="out of bounds read",
    ),
    Planted(
        "last pack past the end",
        "gelu",
        old="n / 4;",
        new="(n + 3) / 4;",
        caught_as="out of bounds",
    ),
    Planted(
        "misaligned pack",
        "gelu",
        launch=(("shift", 4), ("shifted", (0,))),
        caught_as="misaligned",
    ),
    Planted(
        "sum between blocks without atomic",
        "norm_backward",
        old="atomicAdd(dgamma + c, pg[c]);",
        new="dgamma[c] += pg[c];",
        caught_as="race",
    ),
    Planted(
        "partial sums not zeroed",
        "norm_backward",
        old="pg[c] = 0.f; ",
        new="",
        caught_as="uninitialised",
    ),
    Planted(
        "no barrier in the tree",
        "norm_backward",
        old="      __syncthreads();\n    }",
        new="    }",
        caught_as="race",
    ),
    Planted(
        "no barrier before reuse",
        "norm_backward",
        old="mb = s2[0] / cols;\n    __syncthreads();",
        new="mb = s2[0] / cols;",
        caught_as="race",
    ),
    Planted(
        "barrier inside a condition",
        "norm_backward",
        old="s2[t] += s2[t + k]; }\n      __syncthreads();",
        new="s2[t] += s2[t + k]; __syncthreads(); }",
        caught_as="__syncthreads|deadlock|race",
    ),
    Planted(
        "too little dynamic shared memory",
        "norm_backward",
        launch=(("less", 64),),
        caught_as="dynamic shared memory",
    ),
    Planted(
        "Python int for an int",
        "norm_backward",
        launch=(("rows", 19),),
        caught_as="the kernel has i4",
    ),
    Planted(
        "read by several blocks, written by one after its own barrier",
        "scale<float, 32>",
        old="if (i < n) y[i]",
        new="T* const z = const_cast<T*>(x);\n  const T seen = z[0];\n  __syncthreads();\n"
        "  if (i == gridDim.x * blockDim.x - 1) z[0] = seen;\n  if (i < n) y[i]",
        caught_as="race (write after read)|race (read after write)",
    ),
    Planted(
        "more threads than the launch bounds",
        "softmax",
        launch=(("threads", 512),),
        caught_as="a block of 512 threads, but the launch bounds are 256",
    ),
    Planted(
        "launch bounds of an instance",
        "scale<float, 32>",
        launch=(("threads", 96),),
        caught_as="a block of 96 threads, but the launch bounds are 64",
    ),
)


def _together(kernel: str) -> tuple[str, dict[str, str]]:
    """All variants of one kernel in one text, each in its namespace: one build instead of many."""
    variants = {"right": KERNELS[kernel][0]}
    variants |= {f"bug{i}": p.text() for i, p in enumerate(PLANTED) if p.kernel == kernel and p.old}
    source = "".join(f"namespace {space} {{{text}}}\n" for space, text in variants.items())
    return source, {space: f"{space}::{kernel}" for space in variants}


@pytest.fixture(scope="module")
def modules() -> Callable[[str, Mode], HostModule]:
    built: dict[tuple[str, Mode], HostModule] = {}

    def module(kernel: str, mode: Mode) -> HostModule:
        if (kernel, mode) not in built:
            source, names = _together(kernel)
            built[kernel, mode] = HostModule(source, tuple(names.values()), mode)
        return built[kernel, mode]

    return module


@needs_compiler
@pytest.mark.parametrize("number", range(len(PLANTED)), ids=[p.name for p in PLANTED])
def test_planted_bug_is_caught(number: int, modules: Any) -> None:
    bug = PLANTED[number]
    name = f"bug{number}::{bug.kernel}" if bug.old else f"right::{bug.kernel}"
    module = modules(bug.kernel, Mode.CHECK)
    run = KERNELS[bug.kernel][1]
    for order in Order:
        how = {"order": order, "seed": 3, **dict(bug.launch)}
        if not bug.caught_as:  # nothing forbidden happens, but the numbers are wrong
            assert run(module, name, **how) > 5e-3
            continue
        with pytest.raises((HostError, TypeError)) as caught:
            run(module, name, **how)
        assert any(part in str(caught.value) for part in bug.caught_as.split("|")), (order, str(caught.value))


def test_all_planted_bugs_differ() -> None:
    assert len(PLANTED) == len({(p.kernel, p.old, p.new, p.nth, p.launch) for p in PLANTED}) == 23


@needs_compiler
@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("kernel", list(KERNELS))
def test_no_false_alarm(kernel: str, mode: Mode, modules: Any) -> None:
    for order in Order:
        assert KERNELS[kernel][1](modules(kernel, mode), f"right::{kernel}", order=order, seed=3) < 1e-3


@needs_compiler
def test_fast_mode_shows_write_after_read_when_one_warp_runs_ahead(modules: Any) -> None:
    number = next(i for i, p in enumerate(PLANTED) if p.caught_as == "race (write after read)")
    module = modules("softmax", Mode.FAST)
    errors = [
        run_softmax(module, f"bug{number}::softmax", order=Order.ONE_WARP_AHEAD, seed=seed)
        for seed in range(4)
    ]
    assert max(errors) > 5e-3


@needs_compiler
def test_traffic_counts_bytes_and_sectors(modules: Any) -> None:
    module = modules("gelu", Mode.CHECK)
    run_gelu(module, "right::gelu")
    packs = [a for a in module.traffic() if a.width == 16]
    loaded = [a for a in packs if a.loads]
    stored = [a for a in packs if a.stores]
    assert [(a.loads, a.bytes_loaded, a.sectors_loaded) for a in loaded] == [(512, 8192, 256)]
    assert [(a.stores, a.bytes_stored, a.sectors_stored) for a in stored] == [(512, 8192, 256)]


@needs_compiler
def test_half_and_bfloat16_round_to_nearest_even() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes gives NumPy its bfloat16")
    source = """
    #include <cuda_fp16.h>
    #include <cuda_bf16.h>
    template <typename T> __global__ void round_trip(const float* x, T* y, float* z, long long n) {
      const long long i = blockIdx.x * 256ll + threadIdx.x;
      if (i < n) { y[i] = T(x[i]); z[i] = (float)y[i]; }
    }"""
    rng = np.random.default_rng(2)
    random = rng.integers(0, 2**32, 20000, dtype=np.uint32).view("f4")
    halves = np.arange(2**16, dtype=np.uint16).view("f2").astype("f4")
    x = np.concatenate([random, halves, np.float32([0.0, -0.0, np.inf, -np.inf, 65520.0, 65519.996])])
    for expression, dtype in (
        ("round_trip<__half>", np.float16),
        ("round_trip<__nv_bfloat16>", ml_dtypes.bfloat16),
    ):
        module = HostModule(source, (expression,))
        y, z = np.zeros(x.shape, dtype), np.zeros_like(x)
        with np.errstate(over="ignore", invalid="ignore"):
            wanted = x.astype(dtype)
        module.launch(expression, (-(-len(x) // 256),), (256,), (x, y, z, len(x)), flush=False)
        np.testing.assert_array_equal(np.isnan(x), np.isnan(z))
        np.testing.assert_array_equal(y[~np.isnan(x)].view("u2"), wanted[~np.isnan(x)].view("u2"))
        np.testing.assert_array_equal(z[~np.isnan(x)], wanted[~np.isnan(x)].astype("f4"))


@needs_compiler
def test_a_text_that_does_not_build_says_why() -> None:
    with pytest.raises(HostError, match="undeclared_name"):
        HostModule('extern "C" __global__ void f(float* y) { y[0] = undeclared_name; }')
    with pytest.raises(HostError, match="no kernel"):
        HostModule("__device__ float f() { return 1.0f; }")


def test_shared_memory_that_would_not_be_watched_is_refused() -> None:
    source = """
    template <typename T> __global__ void f(T* y) {
      __shared__ T s[32];
      y[threadIdx.x] = s[threadIdx.x];
    }"""
    with pytest.raises(HostError, match="use extern __shared__"):
        HostModule(source, ("f<float>",), Mode.CHECK)


def test_without_a_compiler_the_message_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(harness.CompilerMissingError, match="no C\\+\\+ compiler \\(no-such-compiler\\)"):
        HostModule('extern "C" __global__ void f(float* y) { y[0] = 1.0f; }')
