"""``symcheck cache``, and ``--no-cache``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symcheck.cache.store import Store
from symcheck.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYMCHECK_CACHE_DIR", str(tmp_path))
    return tmp_path


def call(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


def entries() -> int:
    return int(json.loads(call("cache", "info", "--json").output)["entries"])


def test_info_and_clear() -> None:
    assert entries() == 0
    assert call("prove", "act.silu").exit_code == 0
    assert entries() > 2
    text = call("cache", "info").output
    assert "entries" in text and "MB of at most" in text
    assert call("cache", "clear").exit_code == 0
    assert entries() == 0


def test_no_cache_neither_looks_up_nor_keeps(folder: Path) -> None:
    assert call("prove", "act.silu", "--no-cache").exit_code == 0
    assert not list(folder.iterdir())
    call("prove", "act.silu")
    warm = json.loads(call("prove", "act.silu", "--json").output)
    assert {c["cached"] for c in warm["claims"]} == {"replayed"}
    fresh = json.loads(call("prove", "act.silu", "--json", "--no-cache").output)
    assert {c["cached"] for c in fresh["claims"]} == {"no"}


def test_a_refused_entry_is_told(folder: Path) -> None:
    """Each kept result is replaced by words that mean nothing: all verdicts stand, and it is said."""
    import sqlite3

    call("prove", "act.silu")
    store = Store(folder)
    db = sqlite3.connect(store.path)
    keys = [key for (key,) in db.execute("select key from entries")]
    db.close()
    for key in keys:
        store.put(key, b'{"verdict": "proved"}')
    result = call("prove", "act.silu", "--json")
    assert result.exit_code == 0
    assert {c["cached"] for c in json.loads(result.stdout)["claims"]} == {"refused"}
    assert "did not stand and were replaced" in result.stderr
    assert "replayed from the cache" in call("prove", "act.silu").output
