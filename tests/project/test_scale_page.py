"""The page about scale is written from the measurements beside it."""

from __future__ import annotations

import json

import throughput


def test_the_page_is_what_was_measured() -> None:
    data = json.loads(throughput.DATA.read_text())
    assert throughput.page(data) == throughput.PAGE.read_text(), "make scale writes it"
    ways = {(m["what"], m["how"]) for m in data["measured"]}
    for what in ("claims proved", "documents checked"):
        assert {(what, how) for how in ("1 worker", "2 workers", "Dask, 2 workers")} <= ways
    assert all(m["count"] > 0 and m["wall"] > 0 for m in data["measured"])
