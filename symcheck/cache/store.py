"""Bytes under keys in one SQLite file: bounded, shared by processes, and never in the way.

SQLite and not a dictionary of pickles: an entry can be forged or damaged, and must be harmless to read.
It is a commit or nothing that a killed process leaves behind, and SQLite itself bounds the file.

A store never raises for what is wrong with its file or disk.  A damaged entry is a miss and is dropped; a
damaged file is begun anew; where nothing can be written, ``put`` says so.  ``trouble`` tells why.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import platformdirs

Result = TypeVar("Result")

FILE = "entries.sqlite"
MAX_BYTES = 256 << 20
MAX_ENTRY_BYTES = 16 << 20
"""No longer value is kept, and none is unpacked."""
DAY = 86_400.0
_PAGE = 4096
_WAIT_SECONDS = 5.0
_FORMAT = 1
_COLUMNS = ["key", "value", "digest", "used"]
_SCHEMA = (
    "drop table if exists entries",
    "create table entries"
    " (key text primary key, value blob not null, digest blob not null, used real not null)",
    "create index entries_by_use on entries (used)",
    f"pragma user_version = {_FORMAT}",
)
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def default_folder() -> Path:
    """``$SYMCHECK_CACHE_DIR``, or the user's cache folder."""
    chosen = os.environ.get("SYMCHECK_CACHE_DIR")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("symcheck"))


@dataclass(frozen=True)
class Info:
    """``bytes`` on disk, ``entries`` in it, and what is or was wrong with it, if anything."""

    path: Path
    entries: int
    bytes: int
    max_bytes: int
    trouble: str = ""


class Store:
    """The store in ``folder``.  May be handed to other processes, each of which opens it for itself.

    ``max_bytes`` bounds the file; beyond it, what was used longest ago is forgotten."""

    def __init__(self, folder: Path | str | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = (Path(folder) if folder is not None else default_folder()) / FILE
        self.max_bytes = max_bytes
        self.trouble = ""
        self._open: sqlite3.Connection | None = None
        self._process = 0
        self._code = 0
        self._writable = True

    def __reduce__(self) -> tuple[Any, ...]:
        return _store, (self.path.parent, self.max_bytes)

    def get(self, key: str) -> bytes | None:
        """What was put under ``key``, byte for byte; ``None`` if nothing was or if it is damaged."""
        ask = "select value, digest, used from entries where key = ?"
        row = self._try(lambda db: db.execute(ask, (key,)).fetchone())
        if row is None:
            return None
        packed, digest, used = row
        value = _unpacked(packed) if isinstance(packed, bytes) and digest == _digest(key, packed) else None
        if value is None:
            self.drop(key)
        elif not (isinstance(used, float) and 0 <= time.time() - used < DAY):  # reading seldom writes
            self._try(lambda db: db.execute("update entries set used = ? where key = ?", (time.time(), key)))
        return value

    def put(self, key: str, value: bytes) -> bool:
        """Keep ``value`` under ``key``.  False if it was not: it is too long, or there is ``trouble``."""
        if not self._writable or len(value) > MAX_ENTRY_BYTES:
            return False
        packed = zlib.compress(value, 1)
        if 4 * len(packed) > self.max_bytes:
            return False
        row = (key, packed, _digest(key, packed), time.time())
        for _ in range(2):
            if self._try(lambda db: db.execute("insert or replace into entries values (?, ?, ?, ?)", row)):
                return True
            if self._code != sqlite3.SQLITE_FULL or not self._near_bound():
                break
            self._try(self._evict)
        # a disk that is full or cannot be written is not tried again, a lock is
        self._writable = self._code in _BUSY
        return False

    def drop(self, key: str) -> None:
        """Forget one entry: for who found that it cannot be used."""
        self._try(lambda db: db.execute("delete from entries where key = ?", (key,)))

    def clear(self) -> None:
        """Forget everything."""

        def empty(db: sqlite3.Connection) -> bool:
            db.execute("delete from entries")
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)")
            return True

        self.trouble, self._writable = "", True
        if not self._try(empty):
            self.close()
            self._remove()

    def info(self) -> Info:
        """Size and state."""
        count = self._try(lambda db: db.execute("select count(*) from entries").fetchone()) or (0,)
        size = sum(p.stat().st_size for p in self._files() if p.exists())
        return Info(self.path, int(count[0]), size, self.max_bytes, self.trouble)

    def close(self) -> None:
        """Let go of the file; the next call opens it again."""
        if self._open is not None and self._process == os.getpid():
            self._open.close()
        self._open = None

    def _try(self, action: Callable[[sqlite3.Connection], Result]) -> Result | None:
        """The result of an action on the database, which is begun anew if it turns out to be damaged."""
        self._code = 0
        for _ in range(2):
            try:
                return action(self._connection())
            except sqlite3.Error as error:
                self._code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
                self.trouble = str(error)
                if self._code not in _DAMAGE:
                    return None
                self.trouble = f"it was damaged ({error}) and was begun anew"
                self.close()
                self._remove()
            except OSError as error:
                self.trouble = str(error)
                return None
        return None

    def _connection(self) -> sqlite3.Connection:
        if self._open is not None:
            if self._process == os.getpid():
                return self._open
            _INHERITED.append(self._open)  # closing it here would release the locks of the parent
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._prepare(db)
        except sqlite3.Error:
            db.close()
            raise
        self._open, self._process = db, os.getpid()
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_ENTRY_BYTES)
        db.execute("pragma trusted_schema = off")
        db.execute("pragma cell_size_check = on")
        _patiently(lambda: db.execute("pragma journal_mode = wal"))
        db.execute("pragma synchronous = normal")
        db.execute(f"pragma journal_size_limit = {_PAGE * 1000}")
        db.execute(f"pragma max_page_count = {max(self.max_bytes // _PAGE, 16)}")
        if db.execute("pragma user_version").fetchone() != (_FORMAT,):
            db.execute("begin immediate")
            if db.execute("pragma user_version").fetchone() != (_FORMAT,):  # nobody else was faster
                for statement in _SCHEMA:
                    db.execute(statement)
            db.execute("commit")
        if [row[1] for row in db.execute("pragma table_info(entries)")] != _COLUMNS:
            raise sqlite3.DatabaseError("not a file of this store")

    def _near_bound(self) -> bool:
        code = self._code
        pages = self._try(lambda db: db.execute("pragma page_count").fetchone()) or (0,)
        self._code = code
        return int(pages[0]) * _PAGE >= self.max_bytes // 2

    def _evict(self, db: sqlite3.Connection) -> None:
        """Forget a quarter, what was used longest ago first."""
        freed, last = 0, 0.0
        for used, size in db.execute("select used, length(value) from entries order by used"):
            freed, last = freed + size + _PAGE, used
            if 4 * freed >= self.max_bytes:
                break
        db.execute("delete from entries where used <= ?", (last,))

    def _files(self) -> list[Path]:
        # the log first: a log that outlives its file would be replayed into the next one
        return [self.path.with_name(self.path.name + end) for end in ("-wal", "-shm", "-journal", "")]

    def _remove(self) -> None:
        for path in self._files():
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                self.trouble = str(error)


_INHERITED: list[sqlite3.Connection] = []


def _store(folder: Path, max_bytes: int) -> Store:
    return Store(folder, max_bytes=max_bytes)


def _patiently(action: Callable[[], object]) -> None:
    """Changing the journal mode does not wait for other processes by itself."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _digest(key: str, packed: bytes) -> bytes:
    """Binds the value to its key, so that an entry is no good in the place of another."""
    name = key.encode()
    return hashlib.blake2b(len(name).to_bytes(4, "big") + name + packed, digest_size=32).digest()


def _unpacked(packed: bytes) -> bytes | None:
    unpack = zlib.decompressobj()
    try:
        value = unpack.decompress(packed, MAX_ENTRY_BYTES)
    except zlib.error:
        return None
    return value if unpack.eof else None
