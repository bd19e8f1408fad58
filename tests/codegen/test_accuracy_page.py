"""The page of measured errors says what the table says."""

from __future__ import annotations

from codegen.accuracy_page import PLACE, page


def test_the_page_is_what_the_table_gives() -> None:
    assert PLACE.read_text(encoding="utf-8") == page(), "run: python -m codegen.accuracy_page"
