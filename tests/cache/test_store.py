"""The store under real faults: damaged bytes, killed writers, full disks, several processes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from symcheck.cache.store import MAX_ENTRY_BYTES, Store

VALUE = b"what was found " * 40


def filled(folder: Path, count: int = 200) -> Store:
    store = Store(folder)
    for n in range(count):
        assert store.put(f"key {n}", VALUE + str(n).encode())
    return store


def right(value: bytes | None, n: int) -> bool:
    """A miss or the value that was put; nothing else may ever be handed out."""
    return value is None or value == VALUE + str(n).encode()


def test_what_is_put_is_got_byte_for_byte(tmp_path: Path) -> None:
    values = [b"", b"\0\xff", os.urandom(100_000), VALUE]
    store = Store(tmp_path)
    assert store.get("missing") is None
    for n, value in enumerate(values):
        assert store.put(str(n), value)
    store.close()
    again = Store(tmp_path)
    assert [again.get(str(n)) for n in range(len(values))] == values
    assert again.put("0", b"newer") and again.get("0") == b"newer"
    assert again.info().entries == len(values) and not again.trouble


def test_clear_forgets_everything(tmp_path: Path) -> None:
    store = filled(tmp_path, 500)
    before = store.info()
    store.clear()
    after = store.info()
    assert store.get("key 1") is None
    assert before.entries == 500 and after.entries == 0 and after.bytes < before.bytes


def closed_file(folder: Path) -> Path:
    store = filled(folder)
    store.close()
    assert not list(folder.glob("*-wal")), "the log should have been put into the file"
    return store.path


@pytest.mark.parametrize("seed", range(40))
def test_a_flipped_byte_is_never_handed_out(tmp_path: Path, seed: int) -> None:
    path = closed_file(tmp_path)
    data = bytearray(path.read_bytes())
    at = seed * len(data) // 40 + seed
    data[at] ^= 0x5A
    path.write_bytes(data)
    store = Store(tmp_path)
    assert all(right(store.get(f"key {n}"), n) for n in range(200))
    assert store.put("after", b"works") and Store(tmp_path).get("after") == b"works"


def test_every_byte_of_one_entry_counts(tmp_path: Path) -> None:
    """The damage inside an entry, which SQLite itself does not see."""
    store = filled(tmp_path, 1)
    db = sqlite3.connect(store.path)
    (packed,) = db.execute("select value from entries").fetchone()
    for at in range(len(packed)):
        bad = packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :]
        db.execute("insert or replace into entries select key, ?, digest, used from entries", (bad,))
        db.commit()
        assert store.get("key 0") is None
        assert store.info().entries == 0, "a damaged entry is dropped"
        assert store.put("key 0", VALUE + b"0")


def test_a_truncated_file_is_begun_anew(tmp_path: Path) -> None:
    path = closed_file(tmp_path)
    whole = path.read_bytes()
    for length in (0, 1, 99, 4096, 5000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        store = Store(tmp_path)
        assert all(right(store.get(f"key {n}"), n) for n in range(200))
        assert store.put("after", b"works"), store.trouble
        assert Store(tmp_path).get("after") == b"works"
        store.close()
        for rest in tmp_path.iterdir():
            rest.unlink()


def test_a_file_of_another_kind_is_begun_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.path.write_text("this is no database " * 1000)
    assert store.get("x") is None
    assert store.put("x", b"1") and store.get("x") == b"1"
    assert "damaged" in store.trouble

    store.close()
    store.path.unlink()
    other = sqlite3.connect(store.path)
    other.executescript("create table entries (a); pragma user_version = 1")
    other.close()
    store = Store(tmp_path)
    assert store.put("x", b"1") and store.get("x") == b"1"


def test_an_entry_in_the_place_of_another_is_not_handed_out(tmp_path: Path) -> None:
    store = filled(tmp_path, 2)
    db = sqlite3.connect(store.path)
    value, digest = db.execute("select value, digest from entries where key = 'key 0'").fetchone()
    db.execute("update entries set value = ?, digest = ? where key = 'key 1'", (value, digest))
    db.commit()
    assert store.get("key 1") is None and store.get("key 0") == VALUE + b"0"


@pytest.mark.parametrize("value", [7, 10**9, "text", 1.5])
def test_a_column_of_another_type_is_a_miss(tmp_path: Path, value: object) -> None:
    store = filled(tmp_path, 1)
    db = sqlite3.connect(store.path)
    db.execute("update entries set value = ?, used = 'never'", (value,))
    db.commit()
    assert store.get("key 0") is None


def test_a_value_that_unpacks_to_too_much_is_a_miss(tmp_path: Path) -> None:
    import zlib

    from symcheck.cache.store import _digest

    store = filled(tmp_path, 1)
    bomb = zlib.compress(bytes(MAX_ENTRY_BYTES + 1))
    db = sqlite3.connect(store.path)
    db.execute("update entries set value = ?, digest = ?", (bomb, _digest("key 0", bomb)))
    db.commit()
    assert store.get("key 0") is None
    assert not store.put("long", bytes(MAX_ENTRY_BYTES + 1))


def test_the_file_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    bound = 2 << 20
    store = Store(tmp_path, max_bytes=bound)
    for n in range(400):
        assert store.put(f"key {n}", os.urandom(20_000)), store.trouble
    assert store.info().entries < 400
    assert store.path.stat().st_size <= bound
    assert store.get("key 399") is not None and store.get("key 0") is None
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 4 * bound


def write_for_ever(folder: str, name: str) -> None:
    store = Store(folder)
    n = 0
    while True:
        store.put(f"{name} {n % 50}", VALUE * 200 + f"{name} {n % 50}".encode())
        n += 1


@pytest.mark.parametrize("turn", range(6))
def test_a_writer_killed_in_the_middle_leaves_whole_entries(tmp_path: Path, turn: int) -> None:
    process = multiprocessing.get_context("spawn").Process(target=write_for_ever, args=(str(tmp_path), "a"))
    process.start()
    store = Store(tmp_path)
    until = time.monotonic() + 30
    while store.get("a 3") is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.003 * turn)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    found = [store.get(f"a {n}") for n in range(50)]
    assert found[0] is not None
    assert all(v is None or v == VALUE * 200 + f"a {n}".encode() for n, v in enumerate(found))
    assert store.put("after", b"works") and Store(tmp_path).get("after") == b"works"
    assert not store.trouble


def write_some(folder: str, name: str) -> None:
    store = Store(folder)
    for n in range(150):
        assert store.put(f"{name} {n}", VALUE + f"{name} {n}".encode()), store.trouble
        assert store.put(f"shared {n}", VALUE), store.trouble
        got = store.get(f"{name} {n}")
        assert got == VALUE + f"{name} {n}".encode()


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=write_some, args=(str(tmp_path), name)) for name in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [p.exitcode for p in both] == [0, 0]
    store = Store(tmp_path)
    for name in "ab":
        for n in range(150):
            assert store.get(f"{name} {n}") == VALUE + f"{name} {n}".encode()
    assert store.info().entries == 450


def test_a_store_crosses_into_a_forked_process(tmp_path: Path) -> None:
    store = filled(tmp_path, 5)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(store.get, ("key 1",)) == VALUE + b"1"
    assert store.put("parent", b"still") and store.get("parent") == b"still"
    assert pickle.loads(pickle.dumps(store)).get("parent") == b"still"


def in_a_process(action: Callable[[], None]) -> None:
    process = multiprocessing.get_context("fork").Process(target=action)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_a_file_that_may_not_grow_keeps_what_it_has(tmp_path: Path) -> None:
    """As on a full disk: writes fail with an error of the system at some point in the middle."""
    filled(tmp_path, 20).close()

    def action() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))
        store = Store(tmp_path)
        kept = [store.put(f"big {n}", os.urandom(30_000)) for n in range(20)]
        assert not all(kept) and store.trouble
        assert not store.put("small", b"1"), "it does not go on trying"
        assert store.get("key 3") == VALUE + b"3"

    in_a_process(action)
    store = Store(tmp_path)
    assert all(store.get(f"key {n}") == VALUE + str(n).encode() for n in range(20))
    assert store.put("after", b"works")


def test_a_full_disk_is_survived(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(tmp_path)], check=False)
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here (needs root)")
    try:
        store = Store(tmp_path)
        kept = [store.put(str(n), os.urandom(30_000)) for n in range(20)]
        assert kept[0] and not all(kept)
        assert "full" in store.trouble or "I/O" in store.trouble
        for n, done in enumerate(kept):
            found = store.get(str(n))
            assert found is None or len(found) == 30_000
            assert done or found is None
        store.close()
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("not a folder")
    store = Store(taken / "below")
    assert store.get("x") is None and not store.put("x", b"1")
    assert store.trouble and store.info().entries == 0


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMCHECK_CACHE_DIR", str(tmp_path / "chosen"))
    assert Store().path.parent == tmp_path / "chosen"
    assert sys.modules["symcheck.cache.store"].default_folder() == tmp_path / "chosen"
