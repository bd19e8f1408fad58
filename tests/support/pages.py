"""Pages of documentation as something to run: files, commands with their output, Python.

In a page's fences the first word is the language, and then may follow
``file=NAME``        the block is written to that file;
``elsewhere=PATH``   that file of the repository runs the commands instead (installing, the whole suite).
A ``console`` block has commands after ``$ `` and under each what it prints; ``...`` stands for any text.
A ``python`` block is run, with what earlier ones on the page defined; after ``>>>`` the output is compared.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
WRITTEN_BY_COMMANDS = ("accuracy", "cheatsheet", "comparison", "errata", "trust")
"""Pages that are generated and have drift checks of their own."""
_INFO = re.compile(r"(\w+)=(\S+)")


@dataclass(frozen=True)
class Block:
    """A fence: its language, its marks, its text, and the line where it begins."""

    language: str
    text: str
    line: int
    marks: dict[str, str] = field(default_factory=dict)


def pages() -> list[Path]:
    """Every page that people write."""
    top = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    docs = [p for p in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in p.parts]
    return top + [p for p in docs if p.parent.name != "rules" and p.stem not in WRITTEN_BY_COMMANDS]


def blocks(page: Path) -> Iterator[Block]:
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence" and not token.info.startswith("{"):
            language, *_ = token.info.split() or [""]
            assert token.map is not None
            yield Block(language, token.content, token.map[0] + 1, dict(_INFO.findall(token.info)))


class Session:
    """One page being run in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "__page__"}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
        self.environment["SYMCHECK_CACHE_DIR"] = str(folder / ".cache")
        self.done = 0

    def run(self, block: Block) -> None:
        """Raises ``AssertionError`` where something else happens than the page says."""
        if "elsewhere" in block.marks:
            assert (ROOT / block.marks["elsewhere"]).is_file(), f"line {block.line}: no such file"
        elif "file" in block.marks:
            place = self.folder / block.marks["file"]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
        elif block.language == "console":
            self._console(block)
        elif block.language == "python":
            self._python(block)

    def _console(self, block: Block) -> None:
        commands = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
        assert not commands[0].strip(), f"line {block.line}: a console block begins with a command after $"
        for command, _, expected in (c.partition("\n") for c in commands[1:]):
            got = self._shell(command)
            _compare(expected, got, f"line {block.line}: $ {command}")
            self.done += 1

    def _shell(self, command: str) -> str:
        script = f"(exit {self.names.get('?', 0)}); {command}"
        ran = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        self.names["?"] = ran.returncode
        return ran.stdout + ran.stderr

    def _python(self, block: Block) -> None:
        before = Path.cwd()
        sys.path.insert(0, str(self.folder))
        os.chdir(self.folder)
        try:
            if ">>> " in block.text:
                test = doctest.DocTestParser().get_doctest(block.text, self.names, "page", None, block.line)
                runner = doctest.DocTestRunner(
                    optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False
                )
                said: list[str] = []
                runner.run(test, out=said.append, clear_globs=False)
                assert not runner.summarize(verbose=False).failed, "".join(said)
                self.names.update(test.globs)
            else:
                exec(compile(block.text, f"<line {block.line}>", "exec"), self.names)
        finally:
            os.chdir(before)
            sys.path.remove(str(self.folder))
        self.done += 1


def _compare(expected: str, got: str, where: str) -> None:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    right = doctest.OutputChecker().check_output(expected.strip() + "\n", got.strip() + "\n", flags)
    assert right, f"{where}\nthe page says\n{expected}\nand it printed\n{got}"
