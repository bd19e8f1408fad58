"""Our kernels and their peers on a GPU, interleaved in one run, and each as a share of the copy bandwidth."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from codegen.cupy.gpu.cases import CASES, SIZES, Case, arguments
from codegen.cupy.gpu.checks import kernel_of
from codegen.cupy.gpu.clock import launch_overhead, times
from codegen.cupy.gpu.peers import peers
from codegen.cupy.ulps import available, dtype_of
from codegen.means import means as geometric_means

QUICK = ("65536x2048", "16384x8192")
DTYPES = available(("float32", "bfloat16"))
COLD = 3  # times L2: what the sets of arguments of one variant hold together, at least
Row = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What one row of the results is about; ``index`` is that of a case, as functions cannot be sent to
    another process."""

    index: int
    size: str
    shape: tuple[int, int]
    dtype: str

    @property
    def case(self) -> Case:
        return CASES[self.index]


def jobs(names: Iterable[str], sizes: Mapping[str, tuple[int, int]] = SIZES) -> list[Job]:
    """Every case in each type and each size named."""
    return [
        Job(index, size, sizes[size], dtype)
        for size in names
        for dtype in DTYPES
        for index, case in enumerate(CASES)
        if case.step is None or dtype == "float32"
    ]


def measure(package: ModuleType, cupy: Any, chosen: Sequence[Job], *, rounds: int) -> Iterator[Row]:
    """A row for what a launch costs the CPU, before the peers have a say in that, and one for each job."""
    overhead = _overhead(package, cupy)
    yield {"function": "launch", "seconds": {"symcheck": {"median": overhead}}}
    for job in chosen:
        yield _one(package, cupy, job, rounds)
        cupy.get_default_memory_pool().free_all_blocks()


def compiled_ahead(job: Job) -> list[str]:
    """Calls every variant once, so that all compilers have its kernels on disk; what failed."""
    cupy = importlib.import_module("cupy")
    package = importlib.import_module("generated.cupy_kernels")
    given = arguments(job.case, job.shape, dtype_of(job.dtype), cupy, 0)
    _function(package, job.case)(*given)
    failed = []
    for name, (thunk, *_) in peers(job.case, [given], cupy).items():
        try:
            thunk()
        except Exception as error:  # said with the row when it is timed
            failed.append(f"{job.case.label} {job.size} {job.dtype} {name}: {error}"[:200])
    return failed


def _function(package: ModuleType, case: Case) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(package, case.function)
    if case.step is None:
        return function
    fused = kernel_of(package, case.function).steps[case.step].kernel
    names = [a.name for a in fused.arrays]
    return lambda *given, out=None: fused.one(dict(zip(names, given, strict=True)), {}, out=out)


def _one(package: ModuleType, cupy: Any, job: Job, rounds: int) -> Row:
    case, kind = job.case, dtype_of(job.dtype)
    moved = job.shape[0] * job.shape[1] * kind.itemsize * case.moved
    sets = cold_arguments(case, job.shape, kind, cupy, moved)
    function = _function(package, case)
    variants: dict[str, list[Any]] = {
        # as the peers: results are new arrays, which the pool puts where those of the call before were
        "symcheck": [lambda given=given: function(*given) for given in sets],
        "copy": copies(cupy, moved, len(sets)),
    }
    failed = {}
    for name, thunks in peers(case, sets, cupy).items():
        try:
            thunks[0]()
        except Exception as error:  # a peer that cannot do it is no failure of ours, but it is said
            failed[name] = f"{type(error).__name__}: {error}"[:200]
        else:
            variants[name] = thunks
    found = times(cupy, variants, rounds, calls=max(4, len(sets)))
    ours, copy = found["symcheck"].median, found["copy"].median
    return {
        "function": case.function,
        "label": case.label,
        "size": job.size,
        "dtype": job.dtype,
        "bytes": moved,
        "seconds": {name: asdict(t) for name, t in found.items()},
        "share_of_copy": copy / ours,
        "gigabytes_per_second": moved / ours / 1e9,
        "goal": case.goal if job.shape[1] >= case.least else None,
        "ratio": {n: t.median / ours for n, t in found.items() if n not in ("symcheck", "copy")},
        "failed": failed,
    }


def cold_arguments(case: Case, shape: tuple[int, int], kind: Any, cupy: Any, moved: int) -> list[list[Any]]:
    """Arguments of several calls that move ``moved`` bytes each, together ``COLD`` times what L2 holds."""
    l2 = int(cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)["l2CacheSize"])
    count = max(2, math.ceil(COLD * l2 / moved))
    return [arguments(case, shape, kind, cupy, seed) for seed in range(count)]


def copies(cupy: Any, size: int, count: int) -> list[Any]:
    """Copies that move as many bytes: half of them read, half written, each time to the same place."""
    target = cupy.empty(size // 8, "f4")
    sources = [cupy.zeros(size // 8, "f4") for _ in range(count)]
    return [lambda source=source: cupy.copyto(target, source) for source in sources]


def _overhead(package: ModuleType, cupy: Any) -> float:
    x = cupy.zeros((4, 32), "f4")
    out = package.softmax(x)
    return launch_overhead(cupy, lambda: package.softmax(x, out=out))


def means(rows: Sequence[Row]) -> list[Row]:
    """Geometric mean of peer time over our time, and the least one, by type and peer."""
    ratios = (
        ((row["dtype"], name), ratio, f"{row['label']} {row['size']}")
        for row in rows
        for name, ratio in row.get("ratio", {}).items()
    )
    return [
        {
            "dtype": dtype,
            "peer": peer,
            "rows": mean.count,
            "geometric_mean": mean.geometric,
            "least": mean.least,
            "least_in": mean.least_in,
        }
        for (dtype, peer), mean in geometric_means(ratios).items()
    ]


def line(row: Mapping[str, Any]) -> str:
    """One row as the table prints it."""
    if "share_of_copy" not in row:
        return (
            f"{row['function']}: {row['seconds']['symcheck']['median'] * 1e6:.1f} us of CPU time for one call"
        )
    goal = "" if row["goal"] is None else f" of {row['goal']}"
    missed = " MISSED" if row["goal"] is not None and row["share_of_copy"] < row["goal"] else ""
    ratios = "  ".join(f"{n} {r:.2f}" for n, r in row["ratio"].items())
    failed = "".join(f"\n{'':>12} {name} failed: {why}" for name, why in row["failed"].items())
    return (
        f"{row['size']:>12} {row['dtype']:<9} {row['label']:<18} {row['share_of_copy']:.3f}{goal}{missed}  "
        f"{row['gigabytes_per_second']:.0f} GB/s  {ratios}{failed}"
    )


def mean_line(mean: Mapping[str, Any]) -> str:
    """A geometric mean as the table prints it."""
    return (
        f"{mean['dtype']} {mean['peer']}: {mean['geometric_mean']:.2f}, "
        f"least {mean['least']:.2f} in {mean['least_in']}"
    )
