"""The compiled catalog: what is read back is what was built, and nothing else is ever used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from formulas import compiled
from formulas.catalog import modules
from formulas.compiled import ENTRIES, Shelf
from formulas.language import real, smooth, tensor

ROOT = Path(__file__).parents[2]
MODULE = "s04_softmax"


def built(module: str = MODULE) -> Any:
    return import_module(f"formulas.{module}").FORMULAS


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of our own in the place of the package's ``__pycache__``."""
    monkeypatch.setattr(Shelf, "place", lambda _, module: tmp_path / f"{module}.entries")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path


@pytest.mark.parametrize("module", modules())
def test_what_is_read_back_is_what_was_built(module: str, place: Path) -> None:
    found = built(module)
    assert ENTRIES.keep(module, found)
    again = ENTRIES.load(module)
    assert again is not found
    assert compiled.same(again, found)
    assert [f.place for f in again] == [f.place for f in found]
    assert repr(again) == repr(found)


def test_a_python_without_bytecode_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(path: str) -> str:
        raise NotImplementedError("sys.implementation.cache_tag is None")

    monkeypatch.setattr(compiled.importlib.util, "cache_from_source", nowhere)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert ENTRIES.load(MODULE) is None
    assert not ENTRIES.keep(MODULE, built())


def test_nothing_is_read_that_was_not_kept(place: Path) -> None:
    assert ENTRIES.load(MODULE) is None


@pytest.mark.parametrize("at", [0, 20, 40, -1])
def test_a_damaged_file_is_not_used(at: int, place: Path) -> None:
    assert ENTRIES.keep(MODULE, built())
    (file,) = place.iterdir()
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))
    assert ENTRIES.load(MODULE) is None


def test_a_file_that_was_cut_off_is_not_used(place: Path) -> None:
    assert ENTRIES.keep(MODULE, built())
    (file,) = place.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    assert ENTRIES.load(MODULE) is None


def test_what_other_sources_built_is_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ENTRIES.keep(MODULE, built())
    monkeypatch.setattr(ENTRIES, "key", bytes(len(ENTRIES.key)))
    assert ENTRIES.load(MODULE) is None


def test_every_source_of_the_catalog_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in compiled.FOLDER.glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    shelf = Shelf("entries")
    shelf.folders = (tmp_path,)
    before = shelf.sources()
    assert before == shelf.key == ENTRIES.key
    for file in sorted(tmp_path.glob("*.py")):
        text = file.read_bytes()
        file.write_bytes(text + b"\n")
        assert shelf.sources() != before, file.name
        file.write_bytes(text)
    monkeypatch.setattr(sp, "__version__", "0")
    assert shelf.sources() != before


def test_nothing_is_kept_while_the_sources_change(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shelf, "sources", lambda _: bytes(16))
    assert not ENTRIES.keep(MODULE, built())
    assert not list(place.iterdir())


def test_nothing_is_kept_where_python_keeps_no_bytecode(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert not ENTRIES.keep(MODULE, built())
    assert not list(place.iterdir())


def test_nothing_is_kept_of_what_is_no_source(place: Path) -> None:
    assert not ENTRIES.keep("s04_made_up", built())
    assert not list(place.iterdir())


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(Shelf, "place", lambda _, module: tmp_path / "file" / f"{module}.entries")
    assert not ENTRIES.keep(MODULE, built())
    assert ENTRIES.load(MODULE) is None


def test_what_does_not_read_back_alike_is_not_kept(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that loses the order of a sum's limits, the assumptions of a symbol, or a fact of a node."""
    right = compiled._node

    def turned(kind: Any, args: Any, more: Any) -> Any:
        return right(kind, args[::-1] if issubclass(kind, sp.Pow) else args, more)

    def bare(kind: Any, args: Any, more: Any) -> Any:
        return right(kind, args, () if issubclass(kind, sp.Mul) else more)

    for wrong in (turned, bare):
        wrong.__module__, wrong.__qualname__ = compiled.__name__, "_node"
        monkeypatch.setattr(compiled, "_node", wrong)
        assert not ENTRIES.keep(MODULE, built())
    monkeypatch.setattr(compiled, "_node", right)
    assert ENTRIES.keep(MODULE, built())


def test_an_entry_without_a_compiled_form_is_built_each_time(place: Path) -> None:
    entry = built()[0]
    # no type checker would let a function pass for a symbol, and here one has to
    assert not ENTRIES.keep(MODULE, (replace(entry, symbols={"f": lambda: None}),))  # type: ignore[dict-item]


def test_sameness_sees_what_equality_does_not() -> None:
    x = real("x")
    assert compiled.same(x + 1, 1 + x)
    assert not compiled.same(x + 1, sp.Symbol("x") + 1)
    assert not compiled.same(smooth("f")(x), sp.Function("f")(x))
    assert not compiled.same(sp.Integer(1), sp.Float(1))
    n = sp.Symbol("n", integer=True, positive=True)
    assert not compiled.same(tensor("a", n), tensor("a", n, positive=True))
    plain, marked = x * n, compiled._node(sp.Mul, (x * n).args, ())
    assert not compiled.same(plain, marked)  # without is_commutative


def test_a_process_that_reads_the_compiled_catalog_builds_nothing(tmp_path: Path) -> None:
    """In a package of its own: the first process builds and keeps, the second one imports no module."""
    code = (
        "import sys; from formulas.catalog import entries; e = entries('s04_softmax');"
        "print('formulas.s04_softmax' in sys.modules, len(e))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(tmp_path)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env=env, cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert [built for built, _ in said] == ["True", "False"]
    assert said[0][1] == said[1][1]
