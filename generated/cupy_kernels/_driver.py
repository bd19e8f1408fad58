"""Between the launch code and the machine.

``CupyDriver`` is the driver in use unless ``set_driver`` puts another in its place; a driver has

``xp``       the array namespace (CuPy, or NumPy under a test harness)
``kernel``   ``(source, expression, shared) -> callable(grid, block, args, shared_mem=...)``, for launches
             with at most ``shared`` bytes of dynamic shared memory
``shared_limit``  how many these may be
``matmul``   ``(left, right, out, scale)``: out = scale * left @ right for each pair of a stack of matrices
``address``  ``(array) -> int``, on which the width of memory accesses depends
``device``   ``() -> int``, the number of the current device

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

__all__ = ["INSTALL", "CupyDriver", "Driver", "get_driver", "set_driver"]

INSTALL = (
    "running a CUDA kernel needs CuPy: pip install cupy-cuda13x (for driver 580 or newer) or cupy-cuda12x; "
    "importing the kernels, and the NumPy kernels, need neither CuPy nor a GPU"
)


_WITHOUT_ASKING = 48 * 1024  # bytes of shared memory that every launch may have


class Driver(Protocol):
    """See the module's docstring."""

    xp: Any

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]: ...

    def shared_limit(self) -> int: ...

    def matmul(self, left: Any, right: Any, out: Any, scale: float) -> None: ...

    def address(self, array: Any) -> int: ...

    def device(self) -> int: ...


class CupyDriver:
    """Runs kernels on the current device and stream of CuPy; each is compiled when first used."""

    def __init__(self) -> None:
        try:
            import cupy
        except ImportError as error:
            raise ImportError(INSTALL) from error
        self.xp: Any = cupy
        self._kernels: dict[tuple[int, str, str], Any] = {}
        self._asked: dict[tuple[int, str, str], int] = {}

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        key = (self.device(), source, expression)
        if key not in self._kernels:
            module = self.xp.RawModule(code=source, options=("--std=c++17",), name_expressions=(expression,))
            self._kernels[key] = module.get_function(expression)
        kernel: Any = self._kernels[key]
        if shared > _WITHOUT_ASKING and self._asked.get(key, 0) < shared:
            kernel.max_dynamic_shared_size_bytes = self._asked[key] = shared
        function: Callable[..., None] = kernel
        return function

    def shared_limit(self) -> int:
        return int(self.xp.cuda.Device().attributes["MaxSharedMemoryPerBlockOptin"])

    def matmul(self, left: Any, right: Any, out: Any, scale: float) -> None:
        """Sums in float32, or float64 for that; ``out`` is in C order, float32 or the type of the factors.

        cuBLAS counts columns first: what it is asked for is the transpose, out' = right' left'.
        """
        from cupy_backends.cuda.libs import cublas

        runtime = self.xp.cuda.runtime
        kinds = {
            "float16": runtime.CUDA_R_16F,
            "bfloat16": runtime.CUDA_R_16BF,
            "float32": runtime.CUDA_R_32F,
            "float64": runtime.CUDA_R_64F,
        }
        double = out.dtype.name == "float64"
        compute = cublas.CUBLAS_COMPUTE_64F if double else cublas.CUBLAS_COMPUTE_32F
        factor = np.array([scale, 0.0], "f8" if double else "f4")
        batch, m, k = left.shape
        n = right.shape[2]
        left, left_turned, left_step = self._matrices(left)
        right, right_turned, right_step = self._matrices(right)
        size = left.dtype.itemsize
        handle = self.xp.cuda.device.get_cublas_handle()
        stream = self.xp.cuda.get_current_stream().ptr
        capturing = runtime.streamIsCapturing(stream)
        gemm = _captured(cublas, handle, stream) if capturing else cublas.gemmStridedBatchedEx
        gemm(
            handle,
            int(right_turned),
            int(left_turned),
            n,
            m,
            k,
            factor.ctypes.data,
            right.data.ptr,
            kinds[right.dtype.name],
            right_step,
            right.strides[0] // size,
            left.data.ptr,
            kinds[left.dtype.name],
            left_step,
            left.strides[0] // size,
            factor.ctypes.data + factor.itemsize,
            out.data.ptr,
            kinds[out.dtype.name],
            n,
            m * n,
            batch,
            compute,
            cublas.CUBLAS_GEMM_DEFAULT,
        )

    def _matrices(self, stack: Any) -> tuple[Any, bool, int]:
        """The stack, copied if need be, whether its matrices lie transposed, and how many numbers apart their
        rows (then: columns) lie."""
        size = stack.dtype.itemsize
        _, rows, columns = stack.shape
        for turned, one, other, long in ((False, 2, 1, columns), (True, 1, 2, rows)):
            close = stack.strides[one] == size or stack.shape[one] == 1
            step = stack.strides[other] // size if stack.shape[other] > 1 else long
            if close and step >= long:
                return stack, turned, step
        return self.xp.ascontiguousarray(stack), False, columns

    def address(self, array: Any) -> int:
        return int(array.data.ptr)

    def device(self) -> int:
        return int(self.xp.cuda.runtime.getDevice())


def _captured(cublas: Any, handle: int, stream: int) -> Callable[..., None]:
    """``cublas.gemmStridedBatchedEx`` while ``stream`` is captured, which CuPy refuses but cuBLAS allows."""
    library = ctypes.CDLL(_CUBLAS.format(cublas.getVersion(handle) // 10000))  # the one that CuPy has loaded

    def call(name: str, types: Sequence[Any], *arguments: Any) -> None:
        function = library[name]
        function.argtypes = types
        status = function(*arguments)
        if status:
            raise RuntimeError(f"{name}: status {status} of cuBLAS")

    call("cublasSetStream_v2", (ctypes.c_void_p, ctypes.c_void_p), handle, stream)
    return functools.partial(call, "cublasGemmStridedBatchedEx", _GEMM)


_CUBLAS = "cublas64_{}.dll" if sys.platform == "win32" else "libcublas.so.{}"
_MATRICES = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_longlong)
_GEMM = (
    ctypes.c_void_p,
    *[ctypes.c_int] * 5,
    ctypes.c_void_p,
    *_MATRICES * 2,
    ctypes.c_void_p,
    *_MATRICES,
    *[ctypes.c_int] * 3,
)

_state: dict[str, Driver] = {}
_plans: dict[tuple[Any, ...], Any] = {}


def get_plans() -> dict[tuple[Any, ...], Any]:
    """How calls were made through the driver in use, by what they depend on."""
    return _plans


def set_driver(driver: Driver | None) -> None:
    """Launch through ``driver`` from now on; ``None`` returns to CuPy."""
    _state.pop("driver", None)
    _plans.clear()
    if driver is not None:
        _state["driver"] = driver


def get_driver() -> Driver:
    """The driver in use; ``ImportError`` saying what to install if it is CuPy and CuPy is missing."""
    if "driver" not in _state:
        _state["driver"] = CupyDriver()
    return _state["driver"]
