"""``python -m codegen.cupy.gpu.attention [HEADSxPLACESxWIDTH ...]``: does a fused attention kernel pay?

Attention here is two matrix products by cuBLAS and a fused softmax between them; the scores go through
memory. A kernel that folds them online would not store them, but without tensor cores it is bound by
arithmetic: 4 d operations for each score, and an exponential. ``fused_bound`` is the time that such a
kernel needs at the very least on this device (all its lanes busy with fused multiply-adds and nothing
else); where what we have is not slower than that, it cannot pay. The errors against the NumPy kernels in
float64 stand beside the times, and one of ours above what is allowed is exit code 1. Exit code 3 and one line
where there is no GPU. Results go to ``benchmarks/results/gpu-attention.json``.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from codegen.cupy.gpu import measured
from codegen.cupy.gpu.clock import times
from codegen.cupy.gpu.peers import to_torch
from codegen.cupy.gpu.rows import NARROW_PRODUCT
from codegen.cupy.ulps import available, dtype_of, errors

DTYPES = available(("bfloat16", "float32"))
LANES = 128  # fused multiply-adds that a multiprocessor (8.0 and newer) begins in a cycle
Row = dict[str, Any]

SHAPES: tuple[tuple[int, int, int], ...] = (
    (4096, 128, 16),
    (512, 512, 32),
    (256, 1024, 64),
    (64, 2048, 64),
    (64, 2048, 128),
    (16, 4096, 128),
)
"""(batch times heads, places, width of a head): short rows and narrow heads first."""


def measure(
    package: ModuleType,
    cupy: Any,
    shapes: Sequence[tuple[int, int, int]] = SHAPES,
    dtypes: Sequence[str] = DTYPES,
    rounds: int = 7,
) -> Iterator[Row]:
    """A row for each shape and type."""
    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
    clock = 1e3 * properties.get("clockRate", 1.98e6)
    peak = 2 * LANES * properties["multiProcessorCount"] * clock
    for shape in shapes:
        for dtype in dtypes:
            yield _one(package, cupy, shape, dtype, peak, rounds)
            cupy.get_default_memory_pool().free_all_blocks()


def _one(
    package: ModuleType, cupy: Any, shape: tuple[int, int, int], dtype: str, peak: float, rounds: int
) -> Row:
    heads, n, d = shape
    rng = np.random.default_rng(0)
    one = [rng.standard_normal((1, n, d), np.float32).astype(dtype_of(dtype)) for _ in range(3)]
    given = [cupy.ascontiguousarray(cupy.broadcast_to(cupy.asarray(x), shape)) for x in one]
    numpy_kernels = importlib.import_module("generated.numpy_kernels")
    out = package.scaled_dot_product_attention(*given)
    variants: dict[str, list[Callable[[], Any]]] = {
        "symcheck": [lambda: package.scaled_dot_product_attention(*given, out=out)]
    }
    variants |= _torch(given)
    found = times(cupy, variants, rounds, calls=4)
    wanted = numpy_kernels.scaled_dot_product_attention(*[x[0].astype(float) for x in one])
    ulp = {name: _error(cupy, dtype, thunks[0](), wanted) for name, thunks in variants.items()}
    ours = found["symcheck"].median
    operations = 4 * heads * n * n * d
    bound = operations / peak
    return {
        "shape": list(shape),
        "dtype": dtype,
        "seconds": {name: t.median for name, t in found.items()},
        "ulp": ulp,
        "allowed": NARROW_PRODUCT if dtype_of(dtype).itemsize == 2 else 96 + n**0.5,
        "teraflops": operations / ours / 1e12,
        "fused_bound": bound,
        "may_pay": bound < ours,
    }


def _error(cupy: Any, dtype: str, result: Any, wanted: Any) -> float:
    """The worst error in ulp in the first, a middle and the last of the heads, which are all alike."""
    heads = result.reshape(-1, *wanted.shape)
    worst = 0.0
    for head in (0, len(heads) // 2, len(heads) - 1):
        error = errors(dtype, _on_host(cupy, heads[head]), wanted, by_row=True)
        worst = max(worst, float(np.where(np.isnan(error), np.inf, error).max()))
    return worst


def _on_host(cupy: Any, array: Any) -> Any:
    return cupy.asnumpy(array) if isinstance(array, cupy.ndarray) else array.float().cpu().numpy()


def _torch(given: Sequence[Any]) -> dict[str, list[Callable[[], Any]]]:
    """PyTorch's own choice of kernel (a fused one with tensor cores in 16 bits), where it is installed."""
    try:
        torch: Any = importlib.import_module("torch")
    except ImportError:
        return {}
    if not torch.cuda.is_available():
        return {}
    query, key, value = [to_torch(torch, x)[None] for x in given]
    attend = torch.nn.functional.scaled_dot_product_attention
    return {"torch": [lambda: attend(query, key, value)]}


def show(row: Row) -> None:
    """Prints one row."""
    spent = "  ".join(f"{name} {1e6 * s:.0f} us" for name, s in row["seconds"].items())
    verdict = "a fused kernel may pay" if row["may_pay"] else "a fused kernel cannot pay"
    shape = " x ".join(map(str, row["shape"]))
    bound = f"fused bound {1e6 * row['fused_bound']:.0f} us"
    off = ", ".join(f"{name} {ulp:.2g}" for name, ulp in row["ulp"].items())
    print(f"{shape:>18} {row['dtype']:<9} {spent}  {bound}: {verdict}; ulp: {off}", flush=True)


def too_large(rows: Sequence[Row]) -> list[str]:
    """A line for each error of ours above what is allowed."""
    return [
        f"{' x '.join(map(str, row['shape']))} {row['dtype']}: {row['ulp']['symcheck']:.3g} ulp, "
        f"at most {row['allowed']:.3g} allowed"
        for row in rows
        if not row["ulp"]["symcheck"] <= row["allowed"]
    ]


def main(given: Sequence[str] | None = None) -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cupy.gpu.attention", description=__doc__)
    parser.add_argument("shapes", nargs="*", type=_shape, help="HEADSxPLACESxWIDTH; a choice unless given")
    shapes = parser.parse_args(given).shapes or SHAPES
    rows: list[Row] = []

    def keep(row: Row) -> None:
        rows.append(row)
        show(row)

    code = measured(lambda package, cupy: measure(package, cupy, shapes), keep, "gpu-attention.json")
    wrong = too_large(rows)
    for text in wrong:
        print(text)
    return code or int(bool(wrong))


def _shape(text: str) -> tuple[int, int, int]:
    heads, places, width = map(int, text.split("x"))
    return heads, places, width


if __name__ == "__main__":
    raise SystemExit(main())
