"""What README and documentation show is what happens: files are written, commands and Python run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import ROOT, Block, Session, blocks, pages

PAGES = pages()
RUNNABLE = {"console", "python"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    session = Session(tmp_path)
    for block in blocks(page):
        session.run(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_command_hides_in_a_block_without_a_language(page: Path) -> None:
    bare = [b.line for b in blocks(page) if not b.language]
    assert not bare, f"{page.name}: say the language of the blocks at lines {bare} (text for a drawing)"


def test_the_pages_run_something() -> None:
    assert sum(b.language in RUNNABLE for page in PAGES for b in blocks(page)) > 20


@pytest.mark.parametrize(
    "block",
    [
        Block("console", "$ echo one\ntwo\n", 1),
        Block("console", "$ false\n$ echo $?\n0\n", 1),
        Block("console", "echo no dollar\n", 1),
        Block("python", ">>> 1 + 1\n3\n", 1),
        Block("python", "assert 1 == 2\n", 1),
        Block("console", "$ make\n", 1, {"elsewhere": "no/such/file"}),
    ],
)
def test_a_page_that_lies_is_caught(block: Block, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        Session(tmp_path).run(block)


def test_a_page_that_tells_the_truth_passes(tmp_path: Path) -> None:
    session = Session(tmp_path)
    session.run(Block("markdown", "hello\n", 1, {"file": "notes.md"}))
    session.run(Block("console", "$ cat notes.md\nhel...\n$ false\n$ echo $?\n1\n", 2))
    session.run(Block("python", "x = 2\n", 3))
    session.run(Block("python", ">>> x + 1\n3\n", 4))
    assert session.done == 5
