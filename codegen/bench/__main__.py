"""``python -m codegen.bench [--quick]``: one interleaved run of all cases, sizes and peers.

The ``COMPARED`` kernels are run at all sizes, and their means are what goals are about and what one compares
with an earlier run.  All other functions are run at ``EVERY_SIZES``, in single precision and in fewer rounds.

Times are process CPU times (all threads, page faults included), the least over rounds A B C C B A, so that
what else runs on the machine enters as little as it can; every library is told to use one thread.  Our
kernels, NumPy's and the compiled ones (``symcheck C``), write into ``out=``, and so do peers named so;
"symcheck, new result" and all other peers allocate as in normal use.

What an allocation costs depends on what a process did before.  glibc maps a large array anew, and each of its
pages is faulted in, until an array as large has been given back once; from then on it keeps that much.  A run
starts with giving back an array of the largest size that it keeps (``_settle``), so arrays of up to 32 MiB
cost no page faults for anybody, whatever was imported or timed before.  Without it textbook expressions with
several temporaries take up to ten times as long, as they do in a process that begins with them.  Arguments
and what is given as ``out=`` begin at lines of the cache (``cases.aligned``), as PyTorch's and JAX's own do.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import inspect
import json
import math
import os
import platform
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from codegen.bench.cases import CASES, COMPARED, PROCEDURES, Case, aligned, arguments, peers_of
from codegen.bench.compiled import COMPILED_TARGET, compiled_kernel, speed_ups
from codegen.bench.floor import floor_thunks, pass_seconds
from codegen.bench.peers import LATER
from codegen.means import means

ROOT = Path(__file__).parent.parent.parent / "benchmarks"
SIZES = {"64x128": (64, 128), "1024x1024": (1024, 1024), "4096x4096": (4096, 4096)}
SIZES |= {"8x32000": (8, 32000), "512x50257": (512, 50257)}
WIDE = frozenset({"softmax", "log_softmax", "logsumexp", "cross_entropy", "cross_entropy_vjp", "layer_norm"})
SAMPLE_SECONDS = 0.0006  # short ones, and many: the least of them is one that nothing else disturbed
ROUNDS, QUICK_ROUNDS, FEW_ROUNDS = 30, 5, 8
EVERY_SIZES, EVERY_DTYPE = frozenset({"64x128", "1024x1024"}), "float32"
OTHER_ROUNDS, OTHER_SECONDS = (
    10,
    0.5,
)  # of a kernel that is not compared: rounds, and for all of them together
CACHED_SECONDS = 0.01  # what takes longer works on arrays that no cache holds
KEPT_BYTES = 31 << 20  # glibc's dynamic threshold ends at 32 MiB
FEW_ROUNDS_ABOVE = 10_000_000  # entries; a call takes long then, and varies little
COMPILED = frozenset({("1024x1024", "float32"), ("4096x4096", "float32")})  # it takes seconds for each shape
ALL_DTYPES = frozenset({"64x128", "1024x1024"})  # other sizes are run in the first dtype only
Thunk = Callable[[], Any]


def main() -> None:
    """Runs everything, prints a table, writes JSON and a picture."""
    parser = argparse.ArgumentParser(description="CPU benchmarks of the NumPy kernels against their peers")
    parser.add_argument("--quick", action="store_true", help="three sizes, few rounds, nothing is written")
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--dtypes", nargs="+", default=["float32", "float64"])
    parser.add_argument("--kernels", nargs="+", help="these functions only; nothing is written")
    parser.add_argument("--compared", action="store_true", help="the compared kernels only")
    options = parser.parse_args()
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    rows: list[dict[str, Any]] = []
    load = os.getloadavg()
    warnings.simplefilter("ignore")
    _settle()
    for size in options.sizes:
        for dtype in options.dtypes[: 1 if options.quick or size not in ALL_DTYPES else None]:
            copy, least_copy = _copy_speeds(SIZES[size], dtype)
            for case in CASES:
                if case.kernel not in (options.kernels or _wanted(size, dtype, options.compared)):
                    continue
                few = math.prod(SIZES[size]) > FEW_ROUNDS_ABOVE
                found = _measure(case, size, dtype, min(rounds, FEW_ROUNDS) if few else rounds, copy)
                rows.append(found | {"copy_seconds": copy, "least_copy_seconds": least_copy})
                _show(rows[-1])
    _summary(rows)
    if not options.quick and not options.kernels:
        ROOT.mkdir(exist_ok=True)
        content = {
            "machine": _machine() | {"load_before": load},
            "rows": rows,
            "geometric_means": _means(rows, compared=True),
            "geometric_means_of_all": [] if options.compared else _means(rows, compared=False),
            "compiled": speed_ups([r for r in rows if r["kernel"] in COMPARED]),
            "compiled_of_all": [] if options.compared else speed_ups(_of_every_size(rows)),
        }
        (ROOT / "cpu.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        importlib.import_module("codegen.bench.picture").draw(content, ROOT / "cpu.png")
        importlib.import_module("codegen.bench.page").write(content)


def _wanted(size: str, dtype: str, compared: bool) -> frozenset[str]:
    """The functions that are run at a size in a dtype."""
    if size == "512x50257":
        return WIDE
    others = not compared and size in EVERY_SIZES and dtype == EVERY_DTYPE
    return frozenset(c.kernel for c in CASES) if others else COMPARED


def _of_every_size(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the sizes and the dtype in which everything is run."""
    return [r for r in rows if r["size"] in EVERY_SIZES and r["dtype"] == EVERY_DTYPE]


def _settle() -> None:
    """Brings the allocator into the state in which it keeps what is given back, for everybody alike."""
    np.ones(KEPT_BYTES, np.uint8)


def _measure(case: Case, size: str, dtype: str, rounds: int, copy: float) -> dict[str, Any]:
    args = arguments(case, SIZES[size], dtype)
    kernel = getattr(importlib.import_module("generated.numpy_kernels"), case.kernel)
    fresh = _results(kernel(*args))
    with np.errstate(all="ignore"):
        thunks: dict[str, Thunk] = {"symcheck": lambda: kernel(*args)}
        if case not in PROCEDURES:
            thunks = {
                "symcheck": lambda: kernel(*args, out=fresh),
                "symcheck, new result": lambda: kernel(*args),
            }
        if case.kernel in COMPARED:
            thunks |= floor_thunks(kernel, args)
        compiled = None if case in PROCEDURES else compiled_kernel(case.kernel)
        if compiled is not None:
            own = _results(compiled(*args))
            thunks[COMPILED_TARGET] = lambda: compiled(*args, out=own)
        for name, peer in peers_of(case).items():
            if name != "torch.compile" or (size, dtype) in COMPILED:
                thunks[name] = partial(peer, *args)
        thunks = {n: t for n, t in thunks.items() if _runs(n, t)}
        times = _interleaved(thunks, rounds if case.kernel in COMPARED else 0)
    ours = times["symcheck"]
    moved = sum(a.nbytes for a in args if isinstance(a, np.ndarray))
    moved += sum(r.nbytes for r in (fresh if isinstance(fresh, tuple) else (fresh,)) if hasattr(r, "nbytes"))
    rows, n = SIZES[size]
    memory = copy * moved / (2 * rows * n * np.dtype(dtype).itemsize)
    width = n if "axis" in inspect.signature(kernel).parameters else 1
    passes = pass_seconds(times, rows * n, width)
    return {
        "kernel": case.kernel,
        "size": size,
        "dtype": dtype,
        "floor": None if passes is None else max(passes, memory),
        "passes": passes,
        "memory": memory,
        "seconds": times,
        "ratio": {name: t / ours for name, t in times.items()},
        "bytes": moved,
    }


def _results(found: Any) -> Any:
    """Arrays for ``out=`` that lie as the arguments do."""
    if isinstance(found, tuple):
        return tuple(aligned(x) if isinstance(x, np.ndarray) else x for x in found)
    return aligned(found)


def _runs(name: str, thunk: Thunk) -> bool:
    """Whether a peer can do the operation at all; says so if not."""
    try:
        thunk()
    except Exception as error:
        print(f"{name} left out: {type(error).__name__}: {str(error).splitlines()[0][:100]}")
        return False
    return True


def _interleaved(thunks: dict[str, Thunk], rounds: int) -> dict[str, float]:
    """Least CPU seconds of each, one sample of each in every round; with ``rounds`` 0 up to ``OTHER_ROUNDS``,
    as many as ``OTHER_SECONDS`` allow, and no less than two.

    A call before each sample brings the arrays back into the caches, where they fit, and every second round
    goes backwards: JAX works on copies of its own, so who comes after it finds other arrays there than who
    comes second.  That was always us, at up to a fifth of the time of what moves much memory.
    """
    repeats, cached, each = {}, {}, 0.0
    for name, thunk in thunks.items():
        thunk()
        start = time.process_time()
        thunk()
        once = max(time.process_time() - start, 1e-7)
        cached[name] = once < CACHED_SECONDS
        repeats[name] = max(1, min(2000, math.ceil(SAMPLE_SECONDS / once)))
        each += once * repeats[name]
    rounds = rounds or max(2, min(OTHER_ROUNDS, int(OTHER_SECONDS / each)))
    samples: dict[str, list[float]] = {name: [] for name in thunks}
    for turn in range(rounds):
        for name, thunk in list(thunks.items())[:: -1 if turn % 2 else 1]:
            if cached[name]:
                thunk()
            start = time.process_time()
            for _ in range(repeats[name]):
                thunk()
            samples[name].append((time.process_time() - start) / repeats[name])
    return {name: min(found) for name, found in samples.items()}


def _copy_speeds(shape: tuple[int, int], dtype: str) -> tuple[float, float]:
    """The seconds of NumPy's copy, and of the fastest: C writes what no cache holds past the caches, and its
    ``relu`` costs no more than a copy so made."""
    a, b = aligned(np.ones(shape, dtype)), aligned(np.ones(shape, dtype))
    thunks: dict[str, Thunk] = {"copy": lambda: np.copyto(b, a)}
    relu = compiled_kernel("relu")
    if relu is not None:
        thunks["relu"] = lambda: relu(a, out=b)
    times = _interleaved(thunks, ROUNDS)
    return times["copy"], min(times.values())


def _show(row: dict[str, Any]) -> None:
    ratios = "  ".join(f"{n} {r:.2f}" for n, r in row["ratio"].items() if n != "symcheck")
    copies = row["seconds"]["symcheck"] / row["copy_seconds"]
    above = row["seconds"]["symcheck"] / row["floor"] if row["floor"] else math.nan
    micro = row["seconds"]["symcheck"] * 1e6
    print(
        f"{row['size']:>10} {row['dtype']} {row['kernel']:<33} {micro:>10.1f} us "
        f"{copies:>6.1f} copies {above:>5.2f} floors  {ratios}"
    )


def _means(rows: list[dict[str, Any]], compared: bool) -> list[dict[str, Any]]:
    """Geometric means of peer time over our time, and the least one, by size, dtype and peer: of the compared
    kernels without the peers that came later, or of all functions where all are run."""
    rows = [r for r in rows if r["kernel"] in COMPARED] if compared else _of_every_size(rows)
    ratios = (
        ((row["size"], row["dtype"], name), ratio, row["kernel"])
        for row in rows
        for name, ratio in row["ratio"].items()
        if name not in ("symcheck", COMPILED_TARGET) and not (compared and (row["kernel"], name) in LATER)
    )
    return [
        {
            "size": size,
            "dtype": dtype,
            "peer": peer,
            "kernels": mean.count,
            "geometric_mean": mean.geometric,
            "least": mean.least,
            "least_kernel": mean.least_in,
        }
        for (size, dtype, peer), mean in means(ratios).items()
    ]


def _summary(rows: list[dict[str, Any]]) -> None:
    both = {
        f"the {len(COMPARED)} kernels that are compared from run to run": (
            [r for r in rows if r["kernel"] in COMPARED],
            _means(rows, compared=True),
        ),
        "all functions": (_of_every_size(rows), _means(rows, compared=False)),
    }
    for title, (chosen, found) in both.items():
        print(f"\n{title}: time of the peer / time of symcheck, geometric mean (least, kernel)")
        for s in speed_ups(chosen):
            print(
                f"{s['size']:>10} {s['dtype']} our NumPy / our C {s['geometric_mean']:.2f} "
                f"over {s['kernels']} (at the floor {s.get('floor', math.nan):.2f}) "
                f"({s['least']:.2f} {s['least_kernel']})"
            )
        for m in found:
            least = f"{m['least']:.2f} {m['least_kernel']}"
            print(
                f"{m['size']:>10} {m['dtype']} {m['peer']:<15} {m['geometric_mean']:>6.2f} "
                f"over {m['kernels']} ({least})"
            )


def _machine() -> dict[str, Any]:
    names = ("numpy", "scipy", "sympy", "numexpr", "numba", "torch", "jax")
    versions = {}
    for name in names:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return {
        "processor": _processor(),
        "python": platform.python_version(),
        "versions": versions,
        "load_after": os.getloadavg(),
        "allocator": "glibc malloc, no mallopt, after an array of 31 MiB was given back: arrays of up to "
        "that size come without page faults, larger ones are mapped anew",
        "arrays": "Arguments and `out=` of all peers begin at lines of the cache.",
        "threads": 1,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
