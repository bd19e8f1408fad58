"""Measures how much symcheck does in a second, and writes ``docs/scale.md``.

``make scale``; the whole of it takes some minutes on a quiet machine.  Wall time is what one waits, processor
time what one pays for: on a machine that does other things only the second says something about symcheck.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from dask_cluster import LocalDask
from fuzzing import pages
from fuzzing.campaign import machine

from symcheck import cluster
from symcheck.cache.store import Store
from symcheck.gate.run import check_paths
from symcheck.run import run

ROOT = Path(__file__).parents[2]
DATA, PAGE = ROOT / "docs" / "scale.json", ROOT / "docs" / "scale.md"


@dataclass(frozen=True)
class Measured:
    """``count`` things done in so many seconds; ``cpu`` is None where other processes did it."""

    what: str
    how: str
    count: int
    wall: float
    cpu: float | None
    load: float


def measured(what: str, how: str, work: Callable[[], int], *, here: bool = True) -> Measured:
    before, began = time.process_time(), time.perf_counter()
    count = work()
    wall = time.perf_counter() - began
    found = Measured(
        what, how, count, wall, time.process_time() - before if here else None, os.getloadavg()[0]
    )
    print(found, flush=True)
    return found


def documents(folder: Path, count: int) -> None:
    """Documents with a heading, a table or a display and some prose each."""
    for number in range(count):
        chance = Random(f"throughput {number}")
        (folder / f"{number}.md").write_text(pages.markdown(chance, 6), encoding="utf-8")


def measure(ids: tuple[str, ...], count: int) -> list[Measured]:
    out = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "docs"
        folder.mkdir()
        documents(folder, count)
        with LocalDask(Path(name)) as dask:
            ways: list[tuple[str, int | None, str | None]] = [
                ("without workers", 0, None), ("1 worker", 1, None), ("2 workers", 2, None),
                ("Dask, 2 workers", None, dask.address),
            ]  # fmt: skip
            for how, jobs, address in ways:
                out.append(
                    measured(
                        "claims proved", how, lambda j=jobs, a=address: len(run(ids, jobs=j, scheduler=a)),
                        here=jobs == 0,
                    )
                )  # fmt: skip
                out.append(
                    measured(
                        "documents checked", how,
                        lambda j=jobs, a=address: len(check_paths([folder], jobs=j, scheduler=a).files),
                        here=jobs == 0,
                    )
                )  # fmt: skip
        store = Store(Path(name) / "cache")
        check_paths([folder], jobs=2, store=store)
        again = lambda: len(check_paths([folder], jobs=0, store=store).files)  # noqa: E731
        out.append(measured("documents unchanged", "from the cache", again))
    return out


def page(data: dict[str, object]) -> str:
    rows = [Measured(**r) for r in data["measured"]]  # type: ignore[attr-defined]
    m = data["machine"]
    table = ["| what | how | count | wall | a second | processor time | each | load |"]
    table.append("|---|---|--:|--:|--:|--:|--:|--:|")
    for r in rows:
        each = f"{1000 * (r.cpu if r.cpu is not None else r.wall) / r.count:.1f} ms"
        cpu = f"{r.cpu:.2f} s" if r.cpu is not None else "–"
        rate = f"{r.wall:.1f} s | {r.count / r.wall:.1f}"
        table.append(f"| {r.what} | {r.how} | {r.count} | {rate} | {cpu} | {each} | {r.load:.0f} |")
    one = next(r for r in rows if r.what == "documents checked" and r.how == "without workers")
    kept = next(r for r in rows if r.what == "documents unchanged")
    assert one.cpu is not None and kept.cpu is not None
    each, again = one.cpu / one.count, kept.cpu / kept.count
    days = 1e6 * each / 86_400
    return TEXT.format(
        cpu=m["cpu"], cores=m["cores"], python=m["python"], table="\n".join(table),  # type: ignore[index]
        each=f"{each * 1000:.0f}", days=f"{days:.1f}", hours64=f"{1e6 * each / 64 / 3600:.1f}",
        again=f"{again * 1000:.2f}", hours_again=f"{1e6 * again / 64 / 3600:.4f}",
    )  # fmt: skip


TEXT = (Path(__file__).parent / "scale_page.txt").read_text(encoding="utf-8")


def main() -> None:
    cluster.CONNECT_SECONDS = 120.0
    ids = tuple(sys.argv[1:]) or ("act.softmax", "act.gelu", "act.silu", "info.kl", "loss.huber", "norm.rms")
    found = {"machine": machine(), "measured": [asdict(m) for m in measure(ids, 200)]}
    DATA.write_text(json.dumps(found, indent=1) + "\n")
    PAGE.write_text(page(found))


if __name__ == "__main__":
    main()
