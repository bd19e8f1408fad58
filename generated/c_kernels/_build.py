# Copied by `symcheck generate` from the generator's sources. Do not edit.
"""Shared objects from C text: the user's compiler, and a cache of what it made.

The compiler is ``$CC``, else cc, gcc or clang.  An object is kept in a directory of the user's own under a
name made from the text, the flags, the version of the compiler and what it takes "this machine" to be, so
that it is never run on another one.  Nothing is loaded whose bytes are not those that the compiler wrote.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import itertools
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CompilerMissing", "NotBuilt", "cache_directory", "compiler", "library", "say_once"]

# No flag that lets the compiler reorder sums, forget NaN or contract products, which are all written out;
# what is said of traps lets it compute both sides of a choice.
FLAGS = (
    "-std=gnu11", "-O3", "-fPIC", "-shared", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math",
    "-ffp-contract=off",
)  # fmt: skip
# Of each line the first that the compiler takes.  With jumps threaded, two choices by one condition become
# two copies of what lies between, divisions among it, of which SIMD computes both.
WISHES = (
    ("-march=native", "-mcpu=native"),
    ("-mprefer-vector-width=512",),
    ("-fno-split-loops",),
    ("-fno-thread-jumps",),
)
CANDIDATES = ("cc", "gcc", "clang")
SECONDS = 120


class NotBuilt(RuntimeError):
    """No shared object; the message says why."""


class CompilerMissing(NotBuilt):
    """There is no C compiler."""


@dataclass(frozen=True)
class Compiler:
    """``identity``: its version and what "native" means to it."""

    command: tuple[str, ...]
    flags: tuple[str, ...]
    identity: str


def compiler() -> Compiler:
    """The compiler of this environment; ``CompilerMissing`` if there is none."""
    return _compiler(os.environ.get("CC", ""), os.environ.get("PATH", ""))


@functools.lru_cache(maxsize=8)
def _compiler(chosen: str, path: str) -> Compiler:
    commands = [tuple(shlex.split(chosen))] if chosen else [(c,) for c in CANDIDATES]
    for command in commands:
        if not command or shutil.which(command[0], path=path) is None:
            continue
        if _macros(command, ()) is None:
            continue
        flags: tuple[str, ...] = ()
        for wish in WISHES:
            taken = (w for w in wish if _macros(command, (*flags, w)) is not None)
            flags += tuple(itertools.islice(taken, 1))
        return Compiler(command, (*FLAGS, *flags), _macros(command, flags) or "")
    looked = f"$CC={chosen}" if chosen else "$CC is not set; no " + ", ".join(CANDIDATES)
    raise CompilerMissing(f"no working C compiler ({looked})")


def _macros(command: Sequence[str], flags: Sequence[str]) -> str | None:
    """What the compiler defines under ``flags``, its version among it; ``None`` if it refuses them."""
    try:
        found = subprocess.run(
            [*command, *flags, "-Werror", "-dM", "-E", "-x", "c", os.devnull],
            capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout if found.returncode == 0 and "__VERSION__" in found.stdout else None


def cache_directory() -> Path:
    """Where objects are kept: ``$SYMCHECK_C_CACHE``, else below the user's cache directory.

    A directory into which others may write is not used: another one, for this process, is.
    """
    chosen = os.environ.get("SYMCHECK_C_CACHE")
    place = Path(chosen) if chosen else _user_cache() / "symcheck" / "c"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_private(place) and os.access(place, os.W_OK):
            return place
    except OSError:
        pass
    return _temporary()


def _user_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _is_private(place: Path) -> bool:
    found = place.stat()
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@functools.cache
def _temporary() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="symcheck-c-", ignore_cleanup_errors=True)
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[Any] = []  # removed when the process ends
_LOCK = threading.Lock()
_LOADED: dict[str, ctypes.CDLL] = {}


def library(text: str) -> ctypes.CDLL:
    """The shared object of the C ``text``, kept or built now; ``NotBuilt`` says why there is none."""
    if os.name != "posix":
        raise NotBuilt("compiled kernels are for POSIX systems")
    cc = compiler()
    key = hashlib.sha256("\0".join((text, *cc.command, *cc.flags, cc.identity)).encode()).hexdigest()
    with _LOCK:
        found = _LOADED.get(key)
        if found is None:
            found = _LOADED[key] = _load(key, text, cc)
        return found


def _load(key: str, text: str, cc: Compiler) -> ctypes.CDLL:
    folder = cache_directory()
    place = _kept(folder, key) or _built(folder, key, text, cc)
    try:
        return ctypes.CDLL(str(place))
    except OSError as error:
        raise NotBuilt(f"{place} does not load: {error}") from None


# An object is named by its own bytes, and a note under the key holds that name: two processes that build
# the same text at once cannot leave a note that does not belong to an object, and whoever reads one checks
# it.
def _kept(folder: Path, key: str) -> Path | None:
    try:
        name = (folder / f"{key}.name").read_text(encoding="ascii").strip()
        place = folder / f"{name}.so"
        if len(name) == 64 and name.isalnum() and _digest(place.read_bytes()) == name:
            return place
    except (OSError, UnicodeError):
        pass
    return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _built(folder: Path, key: str, text: str, cc: Compiler) -> Path:
    with tempfile.TemporaryDirectory(prefix="build-", dir=folder) as made:
        source, made_object = Path(made) / "kernel.c", Path(made) / "kernel.so"
        source.write_text(text, encoding="utf-8")
        _compile([*cc.command, *cc.flags, "kernel.c", "-o", "kernel.so", "-lm"], Path(made))
        name = _digest(made_object.read_bytes())
        place = folder / f"{name}.so"
        made_object.replace(place)
        note = Path(made) / "name"
        note.write_text(name, encoding="ascii")
        note.replace(folder / f"{key}.name")
    return place


def _compile(command: list[str], folder: Path) -> None:
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, cwd=folder,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise NotBuilt(f"{shlex.join(command)}: {error}") from None
    if found.returncode != 0 or not (folder / "kernel.so").exists():
        said = " ".join(found.stderr.strip().splitlines()[:3])
        raise NotBuilt(f"{shlex.join(command)} failed: {said or f'exit status {found.returncode}'}")


_SAID: set[str] = set()


def say_once(reason: str, stacklevel: int) -> None:
    """Warns that NumPy is used instead, once for each reason in a process."""
    if reason not in _SAID:
        _SAID.add(reason)
        with contextlib.suppress(ValueError):
            warnings.warn(
                f"symcheck's C kernels run as NumPy kernels: {reason}", RuntimeWarning, stacklevel=stacklevel
            )
