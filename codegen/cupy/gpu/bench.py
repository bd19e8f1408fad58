"""Our kernels and their peers on a GPU, interleaved in one run, and each as a share of the copy bandwidth."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import ModuleType
from typing import Any

from codegen.cupy.gpu.cases import CASES, SIZES, Case, arguments
from codegen.cupy.gpu.clock import launch_overhead, times
from codegen.cupy.gpu.peers import peers
from codegen.cupy.ulps import dtype_of

QUICK = ("65536x2048", "16384x8192")
DTYPES = ("float32", "bfloat16")
COLD = 3  # times L2: what the sets of arguments of one variant hold together, at least
Row = dict[str, Any]


def measure(
    package: ModuleType,
    cupy: Any,
    *,
    quick: bool,
    cases: Sequence[Case] = CASES,
    sizes: Mapping[str, tuple[int, int]] = SIZES,
) -> list[Row]:
    """A row for each function, size and type."""
    chosen = {n: s for n, s in sizes.items() if not quick or n in QUICK or sizes is not SIZES}
    rows = []
    for size, shape in chosen.items():
        for dtype in DTYPES[:1] if quick else DTYPES:
            for case in cases:
                rows.append(_one(package, cupy, case, size, shape, dtype, rounds=5 if quick else 15))
                cupy.get_default_memory_pool().free_all_blocks()
    overhead = _overhead(package, cupy)
    rows.append({"function": "launch", "seconds": {"symcheck": {"median": overhead}}})
    return rows


def _one(
    package: ModuleType, cupy: Any, case: Case, size: str, shape: tuple[int, int], dtype: str, rounds: int
) -> Row:
    kind = dtype_of(dtype)
    unit = shape[0] * shape[1] * kind.itemsize
    l2 = int(cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["l2CacheSize"])
    count = max(2, math.ceil(COLD * l2 / (unit * case.moved)))
    sets = [arguments(case, shape, kind, cupy, seed) for seed in range(count)]
    function = getattr(package, case.function)
    results = [function(*given) for given in sets]
    variants: dict[str, list[Any]] = {
        "symcheck": [
            lambda given=given, out=out: function(*given, out=out)
            for given, out in zip(sets, results, strict=True)
        ],
        "copy": _copies(cupy, unit * case.moved, count),
    }
    failed = {}
    for name, thunks in peers(case, sets, cupy).items():
        try:
            thunks[0]()
        except Exception as error:  # a peer that cannot do it is no failure of ours, but it is said
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            variants[name] = thunks
    found = times(cupy, variants, rounds, calls=max(4, count))
    ours, copy = found["symcheck"].median, found["copy"].median
    return {
        "function": case.function,
        "size": size,
        "dtype": dtype,
        "bytes": unit * case.moved,
        "seconds": {name: asdict(t) for name, t in found.items()},
        "share_of_copy": copy / ours,
        "gigabytes_per_second": unit * case.moved / ours / 1e9,
        "goal": case.goal if shape[1] >= case.least else None,
        "ratio": {n: t.median / ours for n, t in found.items() if n not in ("symcheck", "copy")},
        "failed": failed,
    }


def _copies(cupy: Any, size: int, count: int) -> list[Any]:
    """Copies that move as many bytes: half of them read, half written."""
    pairs = [(cupy.zeros(size // 8, "f4"), cupy.empty(size // 8, "f4")) for _ in range(count)]
    return [lambda a=a, b=b: cupy.copyto(b, a) for a, b in pairs]


def _overhead(package: ModuleType, cupy: Any) -> float:
    x = cupy.zeros((4, 32), "f4")
    out = package.softmax(x)
    return launch_overhead(cupy, lambda: package.softmax(x, out=out))


def means(rows: Sequence[Row]) -> list[Row]:
    """Geometric mean of peer time over our time, and the least one, by type and peer."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for row in rows:
        for name, ratio in row.get("ratio", {}).items():
            found.setdefault((row["dtype"], name), []).append((ratio, f"{row['function']} {row['size']}"))
    return [
        {
            "dtype": dtype,
            "peer": peer,
            "rows": len(ratios),
            "geometric_mean": math.exp(statistics.fmean(math.log(r) for r, _ in ratios)),
            "least": min(ratios)[0],
            "least_in": min(ratios)[1],
        }
        for (dtype, peer), ratios in found.items()
    ]


def show(content: Mapping[str, Any]) -> None:
    """Prints the table."""
    print(", ".join(f"{k} {v}" for k, v in content["device"].items()))
    for row in content["rows"]:
        if "share_of_copy" not in row:
            micro = row["seconds"]["symcheck"]["median"] * 1e6
            print(f"{row['function']}: {micro:.1f} us of CPU time for one call")
            continue
        goal = "" if row["goal"] is None else f" of {row['goal']}"
        missed = " MISSED" if row["goal"] is not None and row["share_of_copy"] < row["goal"] else ""
        ratios = "  ".join(f"{n} {r:.2f}" for n, r in row["ratio"].items())
        print(
            f"{row['size']:>12} {row['dtype']:<9} {row['function']:<18} "
            f"{row['share_of_copy']:.3f}{goal}{missed}  {row['gigabytes_per_second']:.0f} GB/s  {ratios}"
        )
        for name, why in row["failed"].items():
            print(f"{'':>12} {name} failed: {why}")
    for m in content["means"]:
        print(
            f"{m['dtype']} {m['peer']}: {m['geometric_mean']:.2f}, least {m['least']:.2f} in {m['least_in']}"
        )
