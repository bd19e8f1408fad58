"""Catalogs of others: formulas of a project, beside those of the sheet.

``--catalog PATH`` and the key ``catalog`` name Python files with a tuple ``FORMULAS``; an installed package
offers one as an entry point of the group ``symcheck.catalogs`` that leads to a module with ``FORMULAS``.
Both are run with the rights of the user: they are trusted as the user's own code is.  For the gate what an
entry says is taken for true; ``symcheck prove --catalog PATH`` judges its claims.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from formulas.catalog import add, catalog
from formulas.schema import Formula, FormulaError
from symcheck.gate.config import ConfigError

GROUP = "symcheck.catalogs"
_used: tuple[str, ...] | None = None


def use(paths: Sequence[str]) -> None:
    """Take in the catalogs at ``paths`` and those of installed packages, once in each process.

    Raises ``ConfigError`` naming the file, or the entry point, and what is wrong with it.
    """
    global _used
    if tuple(paths) == _used:
        return
    if _used is not None and set(_used) - set(paths):
        raise RuntimeError("a catalog that was taken in cannot be given back in the same process")
    new: list[Formula] = []
    if _used is None:
        for entry in entry_points(group=GROUP):
            try:
                new += _formulas(entry.load(), f"entry point {entry.name}")
            except Exception as error:
                raise ConfigError(f"entry point {GROUP}:{entry.name}", _said(error)) from error
    new += [f for path in paths if path not in (_used or ()) for f in _loaded(Path(path))]
    _used = tuple(paths)
    if new:
        try:
            add(new)
        except FormulaError as error:
            raise ConfigError(" ".join(paths) or GROUP, str(error)) from None
        _forget()


def digest(paths: Iterable[str]) -> str:
    """A hash of the catalogs that are in use: what is found depends on them."""
    found = hashlib.blake2b(digest_size=16)
    for path in paths:
        found.update(Path(path).read_bytes() + b"\0")
    for entry in entry_points(group=GROUP):
        version = entry.dist.version if entry.dist is not None else ""
        found.update(f"{entry.name} {entry.value} {version}\0".encode())
    return found.hexdigest()


def _loaded(path: Path) -> list[Formula]:
    name = f"symcheck_own_catalog_{hashlib.blake2b(str(path).encode(), digest_size=8).hexdigest()}"
    if not path.is_file():
        raise ConfigError(path, "there is no such file")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ConfigError(path, "is no Python file; its name does not end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        return _formulas(module, str(path))
    except ConfigError:
        raise
    except Exception as error:  # whatever the file does
        line = _line(error, str(path.absolute()))
        raise ConfigError(path if line is None else f"{path}:{line}", _said(error)) from error


def _line(error: Exception, file: str) -> int | None:
    """The line of ``file`` at which ``error`` came up."""
    if isinstance(error, SyntaxError):
        return error.lineno if error.filename == file else None
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename == file), None)


def _said(error: Exception) -> str:
    return f"cannot be loaded: {type(error).__name__}: {error}"


def _formulas(module: ModuleType, where: str) -> list[Formula]:
    found = getattr(module, "FORMULAS", None)
    if not isinstance(found, tuple | list) or not all(isinstance(f, Formula) for f in found):
        raise ConfigError(where, "has no FORMULAS, a tuple of formulas.schema.Formula")
    return list(found)


def _forget() -> None:
    """Everything that was worked out from the catalog is worked out again."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("formulas.", "symcheck.gate.", "symcheck.latex.")):
            for value in vars(module).values():
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
    catalog()


__all__ = ["GROUP", "digest", "use"]
