"""The page of the benchmark says what the committed run says, and what the goals are."""

from __future__ import annotations

import json

from codegen.bench.page import BEYOND, GOALS, PAGE, RUN, page


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
