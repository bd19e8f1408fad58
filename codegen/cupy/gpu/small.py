"""``python -m codegen.cupy.gpu.small [FAULT]``: every function once on small data, and some of them by every
schedule, for compute-sanitizer.

With the name of one of its tools: a kernel with the fault that this tool looks for, instead.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence

from codegen.cupy.gpu import rows
from codegen.cupy.gpu.checks import kernel_of, on_gpu, typed
from codegen.cupy.gpu.vectors import read

_KERNEL = 'extern "C" __global__ void fault(float* x) {{ __shared__ float s[256]; {} }}'
FAULTS: Mapping[str, str] = {
    "memcheck": "if (threadIdx.x == 0) x[256] = 1;",
    "racecheck": "s[threadIdx.x] = threadIdx.x; x[threadIdx.x] = s[255 - threadIdx.x];",
    "synccheck": "if (threadIdx.x < 16) __syncthreads(); x[threadIdx.x] = threadIdx.x;",
    "initcheck": "x[threadIdx.x] += 1;",
}
"""Tool -> the body of a kernel of 256 threads on as many numbers that were never written."""


BY_EVERY_SCHEDULE = (
    "softmax", "softmax_vjp", "layer_norm_vjp", "cross_entropy", "silu", "scaled_dot_product_attention_vjp",
    "lstm_cell_state_vjp",
)  # fmt: skip
TYPES = ("float32", "float16")
MOST = 40  # rows: under a tool a launch takes hundreds of times as long


def main(arguments: Sequence[str]) -> None:
    """Runs on the GPU that CuPy finds."""
    cupy = importlib.import_module("cupy")
    cupy.cuda.set_allocator(None)  # an array of its own for each: the end of one is not within another
    for name in arguments:
        kernel = cupy.RawKernel(_KERNEL.format(FAULTS[name]), "fault")
        kernel((1,), (256,), (cupy.empty(256, "f4"),))
    if not arguments:
        package = importlib.import_module("generated.cupy_kernels")
        for vector in read():
            on_gpu(package, cupy, vector.function, typed(vector.given, "float32"))
            if vector.function in BY_EVERY_SCHEDULE:
                for shape in rows.shapes_of(kernel_of(package, vector.function)):
                    if shape.rows <= MOST:
                        for dtype in TYPES:
                            rows.call(package, cupy, vector, shape, dtype)
    cupy.cuda.Device().synchronize()
    print(f"CuPy {cupy.__version__}: done")


if __name__ == "__main__":
    main(sys.argv[1:])
