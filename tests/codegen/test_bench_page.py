"""The page of the benchmark says what the committed run says, and what the goals are."""

from __future__ import annotations

import json

from codegen.bench.cases import COMPARED
from codegen.bench.compiled import COMPILED_TARGET, speed_ups
from codegen.bench.page import BEYOND, GOALS, PAGE, RUN, page
from codegen.bench.slower import PEER, REASONS, slower


def test_the_page_is_what_the_run_gives() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    assert content["rows"]
    assert PAGE.read_text(encoding="utf-8") == page(content), "run: python -m codegen.bench.page"


def test_a_goal_that_is_missed_is_called_so() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    for mean in [*content["geometric_means"], *content["compiled"]]:
        mean["geometric_mean"] = 0.5
    text = page(content)
    assert text.count("not reached") == len(GOALS) + len(content["compiled"])
    assert "| reached |" not in text


def test_the_sum_of_passes_and_memory_is_told() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    for row in content["rows"]:
        row["passes"] = row["memory"] = row["seconds"]["symcheck"]
    assert "0.50 at 64x128, 0.50 at 1024x1024" in page(content)


def test_a_goal_beyond_the_floor_is_called_so() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    for mean in content["geometric_means"]:
        mean["geometric_mean"] = 0.5
    for row in content["rows"]:
        row["floor"] = 1e-9
    assert BEYOND not in page(content)
    for row in content["rows"]:
        row["floor"] = 10 * max(row["seconds"].values())
    assert page(content).count(f"| {BEYOND} |") == len(GOALS)


def test_kernels_in_c_that_their_bytes_bound_are_named() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    timed = [r for r in content["rows"] if COMPILED_TARGET in r["seconds"]]
    for row in timed:
        row["memory"] = row["seconds"]["symcheck"] / 6
        row["copy_seconds"], row["least_copy_seconds"] = 3.0, 2.0
    first = timed[0]
    first["memory"] *= 6
    content["compiled"] = speed_ups(timed)
    assert all(1 < s["floor"] <= 9.01 for s in content["compiled"])
    text = page(content)
    assert f"In float32 it is below 2 at {first['size']} {first['kernel']} 1.50." in text
    assert BEYOND not in text.split("## The kernels in C")[1]
    for row in timed:
        row["memory"] = row["seconds"]["symcheck"]
    content["compiled"] = [s | {"geometric_mean": 1.2} for s in speed_ups(timed)]
    assert page(content).split("## The kernels in C")[1].count(f"| {BEYOND} | 1.50 |") == len(
        content["compiled"]
    )


def test_a_run_without_the_fastest_copy_has_no_floor_of_c() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    rows = [{k: v for k, v in r.items() if k != "least_copy_seconds"} for r in content["rows"]]
    found = speed_ups(rows)
    assert found and not any("floor" in s for s in found)
    assert "floor of C" not in page(content | {"rows": rows, "compiled": found})


def test_each_function_that_is_slower_is_listed_once_for_each_size() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    rows = [r for r in content["rows"] if r["kernel"] not in COMPARED]
    slow = [r for r in rows if r["dtype"] == "float32" and round(r["ratio"].get(PEER, 1), 2) < 1]
    table = slower(rows)
    assert sum(line.split("|")[3].count(" 0.") for line in table.splitlines()[6:]) == len(slow) > 0
    assert {name for names in REASONS.values() for name in names} <= {r["kernel"] for r in rows}
    for row in rows:
        row["ratio"] = {PEER: 1.0}
    assert slower(rows) == ""
    rows[0]["ratio"] = {PEER: 0.5}
    assert f"| {rows[0]['kernel']} 0.50 |" in slower(rows)
