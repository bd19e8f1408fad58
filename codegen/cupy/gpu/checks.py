"""What is checked on a GPU.

Each check takes the package and CuPy and raises ``AssertionError``; none needs more than NumPy and CuPy, and
bfloat16 is left out where ``ml_dtypes`` is not installed.
"""

from __future__ import annotations

import functools
import importlib
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from codegen.cupy.gpu.vectors import Vector
from codegen.cupy.tables import ROUNDED_ONCE, bounds
from codegen.cupy.ulps import available, dtype_of, errors

UNARY_BITS = ("float16", "bfloat16")
WITHIN = {"focal_loss": (0.0, 1.0)}  # functions of one array that is not all numbers


def dtypes() -> tuple[str, ...]:
    """The types that can be checked here."""
    return available(("float32", "float16", "float64", "bfloat16"))


@dataclass(frozen=True)
class Measured:
    """The worst error of one function in one type and region, in ulp, and what it may be."""

    function: str
    dtype: str
    where: str
    worst: float
    allowed: float


def measured(package: ModuleType, cupy: Any, vector: Vector) -> Iterator[Measured]:
    """One function in every type against the committed vector.

    CuPy's elementary functions are 1 to 5 ulp away from glibc's, with which the bounds were measured, so
    float32 and float64 may be off by twice the bound and 8 ulp."""
    for dtype in dtypes():
        (bound,) = [b for b in bounds(vector.function) if (b.dtype, b.where) == (dtype, vector.where)]
        got = on_gpu(package, cupy, vector.function, typed(vector.given, dtype))
        allowed = 2 * bound.worst + 8
        if dtype in UNARY_BITS:
            allowed = ROUNDED_ONCE if bound.worst <= ROUNDED_ONCE else 1.5 * bound.worst + 0.5
        worst = 0.0
        for which, (result, wanted) in enumerate(zip(got, vector.wanted, strict=True)):
            error = errors(dtype, result, wanted, by_row=vector.by_row)
            if vector.conditions:
                error = error / vector.conditions[which]
            worst = max(worst, float(np.where(np.isnan(error), np.inf, error).max()))
        yield Measured(vector.function, dtype, vector.where, worst, allowed)


def values(package: ModuleType, cupy: Any, vectors: Sequence[Vector]) -> int:
    """Every function in every type against the committed vectors; how many calls were compared."""
    found = [m for vector in vectors for m in measured(package, cupy, vector)]
    wrong = [m for m in found if m.worst > m.allowed]
    assert not wrong, wrong
    assert found
    return len(found)


PROCEDURES = ("top_k", "top_p")
"""What is written by hand with CuPy's own functions, and so has no kernel and no committed vector."""
LIMITS: Mapping[str, Sequence[float]] = {"top_k": (1, 3, 700), "top_p": (1e-6, 0.5, 0.97, 1.0)}


def procedures(package: ModuleType, cupy: Any, names: Iterable[str] = PROCEDURES) -> Iterator[Measured]:
    """The procedures in every type against the NumPy package: rows with ties, both zeros, subnormals,
    infinities and NaN along either axis; the worst error is 0, or infinite where another entry is kept."""
    peer = importlib.import_module("generated.numpy_kernels")
    rng = np.random.default_rng(3)
    x = np.round(rng.standard_normal((37, 1000)) * 2, 1)
    x[0, ::2], x[1, 5], x[2, 7], x[3, ::3] = 0.0, np.inf, np.nan, -np.inf
    x[0, 1::2] *= 0.0  # zeros of both signs
    for dtype in dtypes():
        logits = x.astype(dtype_of(dtype))
        logits[4] = rng.integers(1, 100, 1000).astype(f"u{logits.itemsize}").view(logits.dtype)
        known = logits.astype(np.float32) if dtype == "bfloat16" else logits
        for name in names:
            worst = 0.0
            for limit, axis in itertools.product(LIMITS[name], (-1, 0)):
                found = cupy.asnumpy(getattr(package, name)(cupy.asarray(logits), limit, axis=axis))
                wanted = getattr(peer, name)(known, limit, axis=axis)
                same = np.array_equal(found.astype(wanted.dtype), wanted, equal_nan=True)
                worst = worst if same else np.inf
            yield Measured(name, dtype, "", worst, 0.0)


def every_16_bit_number(package: ModuleType, cupy: Any, functions: Iterable[str] | None = None) -> int:
    """Functions of one array, and their slopes, on all 65 536 numbers of a type, against the NumPy kernels in
    float64.  Where a slope passes through 0 all but a remainder cancels, and 1 ulp is allowed."""
    peer = importlib.import_module("generated.numpy_kernels")
    compared = 0
    for name in functions if functions is not None else (*unary(package), *slopes(package)):
        forward = name.removesuffix("_vjp")
        for dtype in [d for d in dtypes() if d in UNARY_BITS]:
            x = np.arange(2**16, dtype=np.uint16).view(dtype_of(dtype))
            with np.errstate(all="ignore"):
                exact = x.astype(float)
                low, high = WITHIN.get(forward, (-np.inf, np.inf))
                # CuPy flushes float32 subnormals
                usual = (low < exact) & (exact < high) & (np.abs(exact) >= 2.0**-120)
                given = {"input": x} if name == forward else {"g": np.ones_like(x), "input": x}
                (got,) = on_gpu(package, cupy, name, given)
                wanted = value = getattr(peer, forward)(exact[usual])
                if name != forward:
                    wanted = getattr(peer, name)(np.ones(len(value)), exact[usual])
            defined = np.isfinite(wanted) & np.isfinite(value)
            assert defined.any(), (name, dtype)
            error = errors(dtype, got[usual][defined], wanted[defined], by_row=False)
            cancels = (name != forward) & (np.abs(wanted[defined]) < 2.0**-10)
            over = error - np.where(cancels, 1.0, ROUNDED_ONCE)
            assert over.max() <= 0, (name, dtype, float(error[over.argmax()]))
            compared += 1
    return compared


def unary(package: ModuleType) -> list[str]:
    """The elementwise functions of one array and nothing else that has no default."""
    return _elementwise(package, ["input"])


def slopes(package: ModuleType) -> list[str]:
    """Their backward passes, of the cotangent and that array."""
    forward = unary(package)
    return [n for n in _elementwise(package, ["g", "input"]) if n.removesuffix("_vjp") in forward]


def _elementwise(package: ModuleType, arrays: list[str]) -> list[str]:
    kernels = {name: kernel_of(package, name) for name in package.__all__}
    return [
        name
        for name, kernel in kernels.items()
        if type(kernel).__name__ == "ElementwiseKernel" and [a.name for a in kernel.arrays] == arrays
    ]


def same_bits(package: ModuleType, cupy: Any, vectors: Sequence[Vector]) -> int:
    """Two calls give the same bits, as does one on a stream of its own and one replayed from a CUDA graph."""
    compared = 0
    for vector in vectors:
        arrays = to_gpu(cupy, typed(vector.given, "float32"))
        function = getattr(package, vector.function)
        first = _bits(cupy, function(**arrays))
        assert first == _bits(cupy, function(**arrays)), f"{vector.function}: another call, other bits"
        stream = cupy.cuda.Stream(non_blocking=True)
        cupy.cuda.Device().synchronize()
        with stream:
            found = function(**arrays)
        stream.synchronize()
        assert first == _bits(cupy, found), f"{vector.function}: other bits on a side stream"
        if not _sorts(package, vector.function):  # CuPy's sort waits for the device
            out = several(found)
            with stream:
                stream.begin_capture()
                try:
                    function(**arrays, out=out if isinstance(found, tuple) else out[0])
                finally:  # or everything after it would be captured
                    graph = stream.end_capture()
                for array in out:
                    array.fill(0)
                graph.launch(stream)
            stream.synchronize()
            assert first == _bits(cupy, found), f"{vector.function}: other bits from a graph"
        compared += 1
    return compared


def failing_launch_is_an_error(package: ModuleType, cupy: Any) -> None:
    """More shared memory than there is must not pass in silence."""
    driver = package.get_driver()
    text = "template <typename T> __global__ void f(T* x) { x[0] = T(1); }"
    x = cupy.zeros(1, "f4")
    try:
        driver.kernel(text, "f<float>")((1,), (32,), (x,), shared_mem=2**24)
        cupy.cuda.Device().synchronize()
    except Exception:
        return
    raise AssertionError("a launch with 16 MB of shared memory was taken")


def on_gpu(package: ModuleType, cupy: Any, name: str, given: Mapping[str, Any]) -> list[Any]:
    """The results of one call, back as NumPy arrays."""
    return [cupy.asnumpy(r) for r in several(getattr(package, name)(**to_gpu(cupy, given)))]


def to_gpu(cupy: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with arrays on the GPU."""
    return {n: cupy.asarray(v) if isinstance(v, np.ndarray) else v for n, v in given.items()}


def typed(given: Mapping[str, Any], dtype: str) -> dict[str, Any]:
    """The arguments in another type; integers stay."""
    kind = dtype_of(dtype)
    return {
        n: v.astype(kind) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for n, v in given.items()
    }


def kernel_of(package: ModuleType, name: str) -> Any:
    """What the launch code knows of a function; ``None`` for what is no kernel."""
    function = getattr(package, name)
    module = importlib.import_module(function.__module__) if callable(function) else None
    return getattr(module, f"_{name.upper()}", None)


@functools.cache
def fused_kernels(package: ModuleType) -> Mapping[str, Any]:
    """The kernels of one place and along rows by name; some are steps of functions over several axes."""
    found = {}
    for kernel in (kernel_of(package, name) for name in package.__all__):
        for one in (kernel, *(getattr(step, "kernel", None) for step in getattr(kernel, "steps", ()))):
            if type(one).__name__ in ("ElementwiseKernel", "RowKernel"):
                found[one.name] = one
    return found


def row_kernels(package: ModuleType) -> Mapping[str, Any]:
    """Those along rows."""
    return {n: k for n, k in fused_kernels(package).items() if type(k).__name__ == "RowKernel"}


def _sorts(package: ModuleType, name: str) -> bool:
    steps = getattr(kernel_of(package, name), "steps", ())
    return any(type(step).__name__ == "Scatter" for step in steps)


def several(results: Any) -> tuple[Any, ...]:
    return results if isinstance(results, tuple) else (results,)


def _bits(cupy: Any, results: Any) -> list[bytes]:
    return [cupy.asnumpy(r).tobytes() for r in several(results)]
