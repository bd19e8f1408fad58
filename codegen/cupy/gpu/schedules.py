"""``python -m codegen.cupy.gpu.schedules [FUNCTION ...]``: every schedule that a row fits, side by side.

``tiers.py`` chooses a schedule by size alone; this measures whether the choice is the quickest one, and says
in the end where it is not.  Several processes compile all instances first.  Exit code 3 and one line where
there is no GPU.  Results go to ``benchmarks/results/gpu-schedules.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import importlib
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from codegen.cupy.gpu import compile_in_processes, measured
from codegen.cupy.gpu.bench import DTYPES, cold_arguments, copies
from codegen.cupy.gpu.cases import CASES, SIZES, Case, arguments
from codegen.cupy.gpu.clock import times
from codegen.cupy.ulps import dtype_of

FUNCTIONS = (
    "softmax", "layer_norm", "logsumexp", "cross_entropy", "softmax_vjp", "rms_norm_vjp", "layer_norm_vjp",
    "silu", "gelu", "rope",
)  # fmt: skip
"""Where the last measured texts lost most."""
SHAPES = tuple(SIZES[name] for name in ("65536x2048", "16384x8192", "8192x16384", "4096x32768"))
Settings = Mapping[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Schedule:
    """What the launch code is told, and what is put in place of a piece of the kernels' text.  ``tier``: how
    the kernel is called that it then launches; it is another where the row does not fit, and not timed."""

    tier: str
    settings: Settings = field(default_factory=dict)
    text: tuple[str, str] = ("", "")


PACKS = "return sizeof(T) != 4 || numbers > 12 ? 1 : numbers > 4 ? 2 : 4;"
FLAT_BLOCKS = "return sizeof(real) > 4 ? 1 : (arrays < 2 ? 2048 : arrays < 3 ? 1536 : 1024) / threads;"
GUARD = ("FULL || i < n", "i < n")
_STAGED: Settings = {"_HELD_LANES": ()}
_BLOCK: Settings = {"_HELD_LANES": (), "_STAGED_BYTES": 0}
_COLUMNS: Settings = {"_STAGED_COLUMNS_PLACES": 0}
_LANES = (8, 16, 32, 64, 128, 256, 512, 1024)


def _threads(count: int) -> Settings:
    return {"_FEW_PLACES": 0, "_STAGED_THREADS": count, "_ALONE_THREADS": count}


SCHEDULES: Mapping[str, Schedule] = {
    "held": Schedule("held", {"_STAGED_BYTES": 0}),
    "held, guarded": Schedule("held", {"_STAGED_BYTES": 0}, GUARD),
    "held, 512 threads": Schedule("held", {"_STAGED_BYTES": 0, "_HELD_LANES": _LANES[:-1]}),
    "staged": Schedule("staged", _STAGED),
    **{
        f"staged, {count} threads": Schedule("staged", {**_STAGED, **_threads(count)})
        for count in (256, 512, 1024)
    },
    "staged, one array": Schedule("staged", {**_STAGED, "_STAGED_KEPT": 1}),
    "held columns": Schedule("held_columns", {"_STAGED_COLUMNS_BYTES": 0}),
    "fetched columns": Schedule("fetched_columns", _COLUMNS),
    "fetched columns, guarded": Schedule("fetched_columns", _COLUMNS, GUARD),
    "staged columns": Schedule("staged_columns", {**_COLUMNS, "_FETCHED_REALS": 0}),
    "staged columns, one array": Schedule(
        "staged_columns", {**_COLUMNS, "_FETCHED_REALS": 0, "_STAGED_KEPT": 1}
    ),
    "columns apart": Schedule("columns_partial", {"_HELD_LANES": (), "_STAGED_COLUMNS_BYTES": 0}),
    **{
        f"block, {count} threads": Schedule(
            "block",
            {**_BLOCK, "_FEWEST_THREADS": count, "_FEW_THREADS": count, "_BLOCK_THREADS": count},
        )
        for count in (128, 256, 512)
    },
    **{
        f"{tier}, packs {count}": Schedule(tier, told, (PACKS, f"return {count};"))
        for tier, told in (("staged", _STAGED), ("block", _BLOCK))
        for count in (1, 2, 4)
    },
    **{
        f"flat, {threads} threads on an SM": Schedule(
            "flat", {}, (FLAT_BLOCKS, f"return {threads} / threads;")
        )
        for threads in (256, 1024, 1536, 2048)
    },
}


def measure(
    package: ModuleType,
    cupy: Any,
    functions: Sequence[str] = FUNCTIONS,
    sizes: Sequence[tuple[int, int]] = SHAPES,
    rounds: int = 7,
    schedules: Mapping[str, Schedule] = SCHEDULES,
) -> Iterator[Row]:
    """A row for each function, size and type: seconds and share of the copy bandwidth by schedule."""
    runtime = importlib.import_module(f"{package.__name__}._runtime")
    usual = _usual(runtime, schedules)
    try:
        for case in (c for c in CASES if c.function in functions):
            for shape in sizes:
                for dtype in DTYPES:
                    yield _one(package, cupy, runtime, usual, schedules, case, shape, dtype, rounds)
                    cupy.get_default_memory_pool().free_all_blocks()
    finally:
        _tell(runtime, usual)


def compiled_ahead(job: tuple[str, str, Sequence[int]]) -> None:
    """Launches every schedule of a function and type once, on few rows of each length, so that all its
    instances are on disk."""
    name, dtype, lengths = job
    cupy = importlib.import_module("cupy")
    package = importlib.import_module("generated.cupy_kernels")
    runtime = importlib.import_module(f"{package.__name__}._runtime")
    driver = importlib.import_module(f"{package.__name__}._driver")
    usual = _usual(runtime, SCHEDULES)
    try:
        for case, n in itertools.product((c for c in CASES if c.function == name), lengths):
            given = arguments(case, (FEW_ROWS, n), dtype_of(dtype), cupy, 0)
            for schedule in (Schedule(""), *SCHEDULES.values()):
                _tell(runtime, _told(usual, schedule))
                driver.get_plans().clear()
                with contextlib.suppress(Exception):  # said with the row when it is timed
                    getattr(package, name)(*given)
    finally:
        _tell(runtime, usual)


FEW_ROWS = 64  # as many as are not split


def _usual(runtime: ModuleType, schedules: Mapping[str, Schedule]) -> Settings:
    changed = {name for schedule in schedules.values() for name in schedule.settings}
    return {name: getattr(runtime, name) for name in (*changed, "_source")}


def _told(usual: Settings, schedule: Schedule) -> dict[str, Any]:
    """All settings of a schedule."""
    told = {**usual, **schedule.settings}
    if schedule.text != ("", ""):
        told["_source"] = _changed(usual["_source"], *schedule.text)
    return told


def _tell(runtime: ModuleType, settings: Settings) -> None:
    for name, value in settings.items():
        setattr(runtime, name, value)


def _changed(source: Callable[[str, str], str], old: str, new: str) -> Callable[[str, str], str]:
    """The texts with a piece of them exchanged."""

    @functools.cache
    def changed(real: str, text: str) -> str:
        whole = source(real, text)
        if old not in whole and old not in GUARD:  # functions of one place have no such piece
            raise ValueError(f"the kernels' text no longer has {old!r}")
        return whole.replace(old, new)

    return changed


def _one(
    package: ModuleType,
    cupy: Any,
    runtime: ModuleType,
    usual: Settings,
    schedules: Mapping[str, Schedule],
    case: Case,
    shape: tuple[int, int],
    dtype: str,
    rounds: int,
) -> Row:
    kind = dtype_of(dtype)
    moved = shape[0] * shape[1] * kind.itemsize * case.moved
    sets = cold_arguments(case, shape, kind, cupy, moved)
    function = getattr(package, case.function)
    results = [function(*given) for given in sets]
    driver = importlib.import_module(f"{package.__name__}._driver")
    took: dict[str, str] = {}
    threads: dict[str, int] = {}
    failed: dict[str, str] = {}
    variants: dict[str, list[Any]] = {}
    for name, schedule in {"usual": Schedule(""), **schedules}.items():
        told = _told(usual, schedule)
        _tell(runtime, told)
        driver.get_plans().clear()
        try:
            launched = _launched(package, lambda: function(*sets[0], out=results[0]))
        except Exception as error:  # a candidate that cannot run is said, and the others are timed
            if name == "usual":
                raise
            failed[name] = f"{type(error).__name__}: {error}"[:200]
            continue
        took[name], threads[name] = " ".join(expression for expression, _ in launched), launched[0][1]
        if name != "usual" and f"_{schedule.tier}<" not in took[name]:
            continue  # the row does not fit
        plans: dict[Any, Any] = {}

        def call(given: Any, out: Any, told: Settings = told, plans: dict[Any, Any] = plans) -> None:
            _tell(runtime, told)
            setattr(driver, "_plans", plans)  # noqa: B010 - calls of another schedule are kept apart
            function(*given, out=out)

        variants[name] = [
            lambda call=call, given=given, out=out: call(given, out)
            for given, out in zip(sets, results, strict=True)
        ]
    variants["copy"] = copies(cupy, moved, len(sets))
    found = times(cupy, variants, rounds, calls=max(4, len(sets)))
    copy = found.pop("copy").median
    return {
        "function": case.function,
        "shape": list(shape),
        "dtype": dtype,
        "kernel": {name: took[name] for name in variants if name in took},
        "threads": {name: threads[name] for name in variants if name in threads},
        "seconds": {name: t.median for name, t in found.items()},
        "share_of_copy": {name: copy / t.median for name, t in found.items()},
        "failed": failed,
    }


def _launched(package: ModuleType, thunk: Any) -> list[tuple[str, int]]:
    """The kernels that a call launches, and the threads of a block of each."""
    driver = package.get_driver()
    found: list[tuple[str, int]] = []

    class Noting:
        def __getattr__(self, name: str) -> Any:
            return getattr(driver, name)

        def kernel(self, source: str, expression: str, shared: int = 0) -> Any:
            run = driver.kernel(source, expression, shared)

            def launch(grid: Sequence[int], block: Sequence[int], args: Any, **rest: Any) -> None:
                found.append((expression, block[0]))
                run(grid, block, args, **rest)

            return launch

    package.set_driver(Noting())
    try:
        thunk()
    finally:
        package.set_driver(driver)
    return found


def show(row: Row) -> None:
    """Prints one row."""
    shares = "  ".join(f"{name} {share:.3f}" for name, share in row["share_of_copy"].items())
    shape = "x".join(map(str, row["shape"]))
    print(
        f"{shape:>12} {row['dtype']:<9} {row['function']:<15} {shares}  ({row['kernel']['usual']})",
        flush=True,
    )
    for name, why in row["failed"].items():
        print(f"{'':>12} {name} failed: {why}", flush=True)


WORTH = 1.03
"""How many times the usual schedule has to take what another takes, for that to be said."""


def quicker(rows: Sequence[Row]) -> list[str]:
    """A line for each row whose usual schedule is not the quickest."""
    found = []
    for row in rows:
        seconds = row["seconds"]
        best = min(seconds, key=seconds.__getitem__)
        if seconds["usual"] > WORTH * seconds[best]:
            shape = "x".join(map(str, row["shape"]))
            share = row["share_of_copy"]
            found.append(
                f"{row['function']} {row['dtype']} {shape}: {best} {share[best]:.2f} of copy, "
                f"usual {share['usual']:.2f}; {row['kernel'][best]} instead of {row['kernel']['usual']}"
            )
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cupy.gpu.schedules", description=__doc__)
    parser.add_argument("functions", nargs="*", help=f"{', '.join(FUNCTIONS)} unless given")
    options = parser.parse_args(given)
    functions = options.functions or FUNCTIONS
    rows: list[Row] = []

    def compile_and_measure(package: ModuleType, cupy: Any) -> Iterator[Row]:
        lengths = [n for _, n in SHAPES]
        compile_in_processes(
            compiled_ahead, [(name, dtype, lengths) for name in functions for dtype in DTYPES]
        )
        yield from measure(package, cupy, functions)

    def keep(row: Row) -> None:
        rows.append(row)
        show(row)

    code = measured(compile_and_measure, keep, "gpu-schedules.json")
    for text in quicker(rows):
        print(text)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
