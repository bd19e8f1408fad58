"""A stand-in for CuPy on a machine without a GPU: arrays are NumPy's, kernels run on the host harness.

It has what the launch code, the checks and the benchmarks for a GPU use, under the same names and with the
same arguments, so that these can be run to the end here.  It says nothing of values on a GPU, nor of time.
"""

from __future__ import annotations

import ctypes
import time
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from codegen.cupy.harness import HostError, HostModule

SHARED_LIMIT = 232448
_KINDS = {2: np.float16, 14: "bfloat16", 0: np.float32, 1: np.float64}


class Array(np.ndarray):
    """NumPy's, with the address where CuPy has it."""

    @property
    def data(self) -> Any:  # type: ignore[override]
        return SimpleNamespace(ptr=self.ctypes.data)


def _mine(function: Any) -> Any:
    def call(*arguments: Any, **options: Any) -> Any:
        found = function(*arguments, **options)
        if Stream.capturing is not None:
            Stream.kept.append(found)
        return found.view(Array) if isinstance(found, np.ndarray) else found

    return call


class RawKernel:
    """One instance; ``max_dynamic_shared_size_bytes`` has to be asked for above 48 KB."""

    def __init__(self, module: HostModule, name: str) -> None:
        self.module = module
        self.name = name
        self.max_dynamic_shared_size_bytes = 48 * 1024

    def __call__(self, grid: Any, block: Any, args: Any, *, shared_mem: int = 0) -> None:
        if shared_mem > self.max_dynamic_shared_size_bytes:
            raise HostError(f"{self.name}: {shared_mem} bytes of shared memory were not asked for")
        if Stream.capturing is not None:
            Stream.capturing.append(lambda: self(grid, block, args, shared_mem=shared_mem))
            return
        self.module.launch(self.name, grid, block, args, shared_mem=shared_mem)


class RawModule:
    """Built when a kernel is asked for, as CuPy does."""

    def __init__(self, *, code: str, options: tuple[str, ...], name_expressions: tuple[str, ...]) -> None:
        assert options == ("--std=c++17",)
        self.code = code
        self.expressions = name_expressions

    def get_function(self, name: str) -> RawKernel:
        return RawKernel(HostModule(self.code, self.expressions), name)


class Stream:
    """Runs at once, unless it is capturing.  ``kept``: what a pool would not give away meanwhile."""

    capturing: list[Any] | None = None
    kept: list[Any]

    def __init__(self, *, non_blocking: bool = False) -> None:
        self.non_blocking = non_blocking

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def synchronize(self) -> None:
        assert Stream.capturing is None

    def begin_capture(self) -> None:
        Stream.capturing, Stream.kept = [], []

    def end_capture(self) -> Any:
        work, Stream.capturing = Stream.capturing, None
        assert work, "nothing was captured"

        def launch(stream: Stream) -> None:
            for step in work:
                step()

        return SimpleNamespace(launch=launch)


class Event:
    """A moment of the host's clock."""

    def record(self) -> None:
        self.at = time.perf_counter()

    def synchronize(self) -> None:
        assert self.at


class Device:
    """One device."""

    id = 0

    @property
    def attributes(self) -> dict[str, int]:
        return {"MaxSharedMemoryPerBlockOptin": SHARED_LIMIT}

    def synchronize(self) -> None:
        assert Stream.capturing is None, "a capture may not be waited for"


def _gemm(
    handle: int, transa: int, transb: int, m: int, n: int, k: int, alpha: int, a: int, a_kind: int, lda: int,
    stride_a: int, b: int, b_kind: int, ldb: int, stride_b: int, beta: int, c: int, c_kind: int, ldc: int,
    stride_c: int, batch: int, compute: int, algorithm: int,
) -> None:  # fmt: skip
    """What cuBLAS does, columns first: C = alpha op(A) op(B) + beta C, over memory of the host."""

    def now() -> None:
        wide = np.float64 if compute == 70 else np.float32
        one = np.ctypeslib.as_array(ctypes.cast(alpha, ctypes.POINTER(ctypes.c_byte)), (wide().itemsize,))
        factor = one.view(wide)[0]
        left = _columns(a, a_kind, k if transa else m, m if transa else k, lda, stride_a, batch)
        right = _columns(b, b_kind, n if transb else k, k if transb else n, ldb, stride_b, batch)
        out = _columns(c, c_kind, m, n, ldc, stride_c, batch)
        left, right = (x.swapaxes(1, 2) if t else x for x, t in ((left, transa), (right, transb)))
        out[...] = factor * np.matmul(left.astype(wide), right.astype(wide))

    if Stream.capturing is not None:
        keep = np.ctypeslib.as_array(ctypes.cast(alpha, ctypes.POINTER(ctypes.c_byte)), (8,)).copy()
        alpha = keep.ctypes.data
        Stream.capturing.append(lambda _=keep: now())
    else:
        now()


def _guarded_gemm(*arguments: Any) -> None:
    if Stream.capturing is not None:
        raise NotImplementedError("calling cuBLAS API during stream capture is currently unsupported")
    _gemm(*arguments)


class CublasLibrary:
    """The functions of libcublas that are called without CuPy; arguments become what their types say."""

    def __getitem__(self, name: str) -> Any:
        functions = {"cublasSetStream_v2": lambda handle, stream: None, "cublasGemmStridedBatchedEx": _gemm}

        def function(*arguments: Any) -> int:
            assert len(arguments) == len(function.argtypes)
            kinds = zip(function.argtypes, arguments, strict=True)
            functions[name](*[kind(value).value for kind, value in kinds])
            return 0

        function.argtypes = ()
        return function


def load_library(name: Any, *arguments: Any, **options: Any) -> Any:
    """``ctypes.CDLL``."""
    return CublasLibrary() if name == "libcublas.so.13" else _load_library(name, *arguments, **options)


_load_library = ctypes.CDLL


def _columns(at: int, kind: int, rows: int, columns: int, ld: int, stride: int, batch: int) -> Any:
    """A stack of matrices, entry (i, j) of each at i + j ld."""
    from codegen.cupy.ulps import dtype_of

    dtype = np.dtype(dtype_of("bfloat16") if kind == 14 else _KINDS[kind])
    assert ld >= rows, "the leading dimension is too small"
    size = ((batch - 1) * stride + (columns - 1) * ld + rows) * dtype.itemsize
    memory = np.ctypeslib.as_array(ctypes.cast(at, ctypes.POINTER(ctypes.c_byte)), (size,)).view(dtype)
    steps = (stride * dtype.itemsize, dtype.itemsize, ld * dtype.itemsize)
    return np.lib.stride_tricks.as_strided(memory, (batch, rows, columns), steps)


def _empty(*arguments: Any, **named: Any) -> Any:
    """Full of NaN: the memory of an array before may hold the very results that a kernel leaves out."""
    array = np.empty(*arguments, **named)
    array.reshape(-1).view("u1")[...] = 0xFF
    return array


def _shares_memory(one: Any, other: Any) -> bool:
    """CuPy asks the GPU."""
    if Stream.capturing is not None:
        raise RuntimeError("the current stream is capturing, so D2H transfers are disallowed")
    return np.shares_memory(one, other)


def modules() -> dict[str, ModuleType]:
    """``cupy`` and the part of ``cupy_backends`` that is imported."""
    cupy = ModuleType("cupy")
    cupy.empty = _mine(_empty)
    for name in ("zeros", "ascontiguousarray", "broadcast_to", "arange", "where", "sort", "diagonal",
                 "asarray", "exp", "isnan",
                 "cumsum", "take_along_axis", "moveaxis"):  # fmt: skip
        setattr(cupy, name, _mine(getattr(np, name)))
    runtime = SimpleNamespace(
        getDevice=lambda: 0,
        streamIsCapturing=lambda stream: Stream.capturing is not None,
        CUDA_R_16F=2, CUDA_R_16BF=14, CUDA_R_32F=0, CUDA_R_64F=1,
        driverGetVersion=lambda: 13000, runtimeGetVersion=lambda: 13000,
        getDeviceProperties=lambda number: {
            "name": b"none (host harness)", "major": 9, "minor": 0, "multiProcessorCount": 132,
            "l2CacheSize": 1 << 12,
        },
    )  # fmt: skip
    cuda = SimpleNamespace(
        Device=Device, Event=Event, Stream=Stream, runtime=runtime, is_available=lambda: True,
        get_elapsed_time=lambda begin, end: (end.at - begin.at) * 1e3,
        device=SimpleNamespace(get_cublas_handle=lambda: 7),
        get_current_stream=lambda: SimpleNamespace(ptr=0), set_allocator=lambda allocator: None,
    )  # fmt: skip
    cupy.__dict__.update(
        __version__="stand-in", ndarray=np.ndarray, RawModule=RawModule, cuda=cuda, copyto=np.copyto,
        may_share_memory=np.may_share_memory, shares_memory=_shares_memory,
        asnumpy=lambda a: np.array(a, subok=False), fuse=lambda: lambda function: function,
        lib=SimpleNamespace(
            stride_tricks=SimpleNamespace(as_strided=_mine(np.lib.stride_tricks.as_strided))
        ),
        RawKernel=lambda code, name: lambda grid, block, args: None,  # to wait for a time, as none passes
        get_default_memory_pool=lambda: SimpleNamespace(free_all_blocks=lambda: None),
    )  # fmt: skip
    cublas = ModuleType("cupy_backends.cuda.libs.cublas")
    cublas.__dict__.update(
        gemmStridedBatchedEx=_guarded_gemm,
        getVersion=lambda handle: 130000,
        CUBLAS_COMPUTE_32F=68,
        CUBLAS_COMPUTE_64F=70,
        CUBLAS_GEMM_DEFAULT=-1,
    )
    libs = ModuleType("cupy_backends.cuda.libs")
    libs.__dict__["cublas"] = cublas
    parts = {
        "cupy_backends": ModuleType("cupy_backends"),
        "cupy_backends.cuda": ModuleType("cupy_backends.cuda"),
    }
    return {"cupy": cupy, **parts, "cupy_backends.cuda.libs": libs, "cupy_backends.cuda.libs.cublas": cublas}
