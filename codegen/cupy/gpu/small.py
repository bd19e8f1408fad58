"""``python -m codegen.cupy.gpu.small``: every function once on small data, for compute-sanitizer."""

from __future__ import annotations

import importlib

from codegen.cupy.gpu.checks import on_gpu, typed
from codegen.cupy.gpu.vectors import read


def main() -> None:
    """Runs on the GPU that CuPy finds."""
    cupy = importlib.import_module("cupy")
    package = importlib.import_module("generated.cupy_kernels")
    for vector in read():
        on_gpu(package, cupy, vector.function, typed(vector.given, "float32"))
    print(f"CuPy {cupy.__version__}: done")


if __name__ == "__main__":
    main()
