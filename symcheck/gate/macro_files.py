"""Macros of a project from files: ``.sty`` and ``.tex``, and the options of KaTeX and MathJax.

In JSON, YAML and JavaScript a table ``macros`` is looked for at any depth: ``{"\\\\RR": "\\\\mathbb{R}"}``
for KaTeX, ``{"RR": "\\\\mathbb{R}", "pd": ["\\\\partial_{#1}", 1]}`` for MathJax.  Nothing in a file is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from symcheck.gate.config import ConfigError
from symcheck.gate.documents import DocumentError, decode
from symcheck.gate.documents.macros import MAX_ARITY, Macro, Macros

_TEX = (".sty", ".tex", ".cls", ".def")
_JAVASCRIPT = (".js", ".mjs", ".cjs")
_YAML = (".yml", ".yaml")
MAX_BYTES = 1 << 20
_MACROS = re.compile(r"[\"']?macros[\"']?\s*:\s*\{")
_PIECE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/|[{}]", re.DOTALL)


def read(paths: Iterable[Path]) -> Macros:
    """The macros of all files, later ones winning.  Raises ``ConfigError``."""
    found: list[Macro] = []
    for path in paths:
        macros = Macros()
        text = _text(path)
        if path.suffix in _TEX:
            macros.define(text)
            found += macros
        else:
            found += [m for table in _tables(path, text) for m in _from_table(path, table)]
        if not found:
            raise ConfigError(path, "defines no macros that can be read")
    return Macros(found)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise ConfigError(path, f"has {len(data):,} bytes, the limit is {MAX_BYTES:,}")
        return decode(data, str(path))
    except OSError as error:
        raise ConfigError(path, f"cannot be read: {error.strerror}") from None
    except DocumentError as error:
        raise ConfigError(path, error.message) from None


def _tables(path: Path, text: str) -> list[dict[Any, Any]]:
    try:
        if path.suffix == ".json":
            return list(_named_macros(json.loads(text)))
        if path.suffix in _YAML:
            return list(_named_macros(yaml.safe_load(text)))
        if path.suffix in _JAVASCRIPT:
            return [yaml.safe_load(table) for table in _javascript(text)]
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise ConfigError(path, f"cannot be read: {error}") from None
    endings = ", ".join((*_TEX, ".json", *_YAML, *_JAVASCRIPT))
    raise ConfigError(path, f"macro files end in {endings}")


def _named_macros(data: Any) -> Iterator[dict[Any, Any]]:
    """Every table called ``macros``; a file that is nothing but such a table counts as one."""
    if isinstance(data, dict) and data and all(isinstance(v, str | list) for v in data.values()):
        yield data
        return
    todo, seen = [data], set()
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            if isinstance(value.get("macros"), dict):
                yield value["macros"]
            todo += [v for name, v in value.items() if name != "macros"]
        elif isinstance(value, list):
            todo += value


def _javascript(text: str) -> Iterator[str]:
    """The object literals after ``macros:``, without comments.  As YAML reads them, they are data."""
    for m in _MACROS.finditer(text):
        depth, parts, at = 1, ["{"], m.end()
        for piece in _PIECE.finditer(text, m.end()):
            token = piece.group()
            parts.append(text[at : piece.start()])
            at = piece.end()
            parts.append("" if token[0] == "/" else token)
            depth += (token == "{") - (token == "}")
            if depth == 0:
                yield "".join(parts).replace("\t", " ")
                break


def _from_table(path: Path, table: dict[Any, Any]) -> Iterator[Macro]:
    for name, value in table.items():
        body, *rest = value if isinstance(value, list) and value else [value]
        arity = rest[0] if rest else 0
        default = rest[1] if len(rest) > 1 else None
        right = isinstance(name, str) and isinstance(body, str) and isinstance(arity, int)
        if not right or not 0 <= arity <= MAX_ARITY or not isinstance(default, str | None):
            raise ConfigError(
                path, f"macro {name!r}: a string, or [string, number of arguments], is expected"
            )
        if not rest:  # KaTeX takes the number from the body
            arity = max((int(n) for n in re.findall(r"#([1-9])", body)), default=0)
        command = name if name.startswith("\\") else f"\\{name}"
        yield Macro(command, body, arity, default)
