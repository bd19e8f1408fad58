"""``docs/gpu.md`` says what the committed results say, and a goal that was missed is told."""

from __future__ import annotations

import copy
import json

from codegen.cupy.gpu.chosen import chosen
from codegen.cupy.gpu.page import PAGE, RUN, SWEEP, _schedules, _since, committed, page


def test_the_committed_page_is_that_of_the_committed_results() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == committed(), "run: python -m codegen.cupy.gpu.page"
    assert content["errors"]
    assert content["means"]


def test_a_slower_kernel_is_told() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    row = next(r for r in content["rows"] if r.get("goal"))
    for share, verdict in ((0.5, "not reached"), (0.95, "reached")):
        changed = copy.deepcopy(content)
        for r in changed["rows"]:
            if (r.get("label"), r.get("dtype")) == (row["label"], row["dtype"]):
                r["share_of_copy"] = share
        (line,) = [
            text
            for text in page(changed, []).partition("## Geometric")[0].splitlines()
            if text.startswith(f"| {row['label']} | {row['dtype']} |")
        ]
        assert f"| {verdict} |" in line, line


def test_texts_that_have_changed_since_are_told() -> None:
    now = {"silu": "1", "gelu": "2"}
    assert "of all 2 functions as they are now" in _since(now, {"1": {}, "2": {}})
    assert "1 of 2 functions have changed since: gelu." in _since(now, {"1": {}})
    assert "None of the texts of the 2 functions as they are now is among" in _since(now, {})


def test_what_is_launched_now_is_found_among_the_schedules_that_were_timed() -> None:
    """None of the rows that were timed is launched in a way that was seen to take 5 % longer than another."""
    rows = json.loads(SWEEP.read_text(encoding="utf-8"))["rows"]
    found = chosen(rows)
    assert len(found) == len(rows) > 50
    assert [c for c in found if c.now is None or c.now < 0.95 * c.best] == []


def test_a_choice_that_is_not_the_quickest_is_told() -> None:
    row = next(r for r in json.loads(SWEEP.read_text(encoding="utf-8"))["rows"] if r["function"] == "softmax")
    slow = copy.deepcopy(row)
    slow["share_of_copy"] = {
        n: 0.25 if row["kernel"][n] == row["kernel"]["usual"] else 0.75 for n in row["share_of_copy"]
    }
    (told,) = chosen([slow])
    assert (told.now, told.best) == (0.25, 0.75)
    unknown = copy.deepcopy(row)
    unknown["kernel"] = dict.fromkeys(row["kernel"], "another<float>")
    (untold,) = chosen([unknown])
    assert untold.now is None
    assert "not timed" in _schedules([untold])
