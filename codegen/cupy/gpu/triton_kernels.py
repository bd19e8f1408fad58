"""Row kernels as Triton's tutorials write them: a program for each row, the whole row in registers.

Triton compiles their source text and reads annotations as its own, so they carry no types; it is not
installed where the types are checked, hence the ignored decorators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import triton
import triton.language as tl


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _softmax(x, y, n, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=-float("inf")).to(tl.float32)
    e = tl.exp(v - tl.max(v, 0))
    tl.store(y + row * n + at, e / tl.sum(e, 0), mask=at < n)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _rms_norm(x, w, y, n, eps, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(v * v, 0) / n + eps)
    weight = tl.load(w + at, mask=at < n, other=0.0).to(tl.float32)
    tl.store(y + row * n + at, v * scale * weight, mask=at < n)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _layer_norm(x, w, b, y, n, eps, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, BLOCK)
    v = tl.load(x + row * n + at, mask=at < n, other=0.0).to(tl.float32)
    d = tl.where(at < n, v - tl.sum(v, 0) / n, 0.0)
    scale = tl.rsqrt(tl.sum(d * d, 0) / n + eps)
    weight = tl.load(w + at, mask=at < n, other=0.0).to(tl.float32)
    bias = tl.load(b + at, mask=at < n, other=0.0).to(tl.float32)
    tl.store(y + row * n + at, d * scale * weight + bias, mask=at < n)


def _launch(kernel: Any, x: Any, *rest: Any) -> Any:
    y = x.new_empty(x.shape)
    rows, n = x.shape
    block = triton.next_power_of_2(n)
    vectors = [r for r in rest if not isinstance(r, float)]
    numbers = [r for r in rest if isinstance(r, float)]
    kernel[(rows,)](x, *vectors, y, n, *numbers, BLOCK=block, num_warps=min(16, max(4, block // 1024)))
    return y


KERNELS: Mapping[str, Callable[..., Any]] = {
    "softmax": lambda x: _launch(_softmax, x),
    "rms_norm": lambda x, w: _launch(_rms_norm, x, w, 1e-6),
    "layer_norm": lambda x, w, b: _launch(_layer_norm, x, w, b, 1e-5),
}


def fits(x: Any) -> bool:
    """Whether a row fits into the registers of one program."""
    return bool(x.shape[-1] <= 65536)
