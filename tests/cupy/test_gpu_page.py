"""``docs/gpu.md`` says what the committed results say, and a goal that was missed is told."""

from __future__ import annotations

import copy
import json

from codegen.cupy.gpu.page import PAGE, RUN, _since, page


def test_the_committed_page_is_that_of_the_committed_results() -> None:
    content = json.loads(RUN.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == page(content), "run: python -m codegen.cupy.gpu.page"
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
            for text in page(changed).partition("## Geometric")[0].splitlines()
            if text.startswith(f"| {row['label']} | {row['dtype']} |")
        ]
        assert line.endswith(f"| {verdict} |"), line


def test_texts_that_have_changed_since_are_told() -> None:
    now = {"silu": "1", "gelu": "2"}
    assert "of all 2 functions as they are now" in _since(now, {"1": {}, "2": {}})
    assert "1 of 2 functions have changed since: gelu." in _since(now, {"1": {}})
    assert "None of the texts of the 2 functions as they are now is among" in _since(now, {})
