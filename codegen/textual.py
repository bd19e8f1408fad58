"""Layout of generated Python: long calls broken one argument to a line, blank lines normalised.

The text never depends on a formatter being installed.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable

WIDTH = 110
HEADER = (
    "Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run\n"
    "`symcheck generate`."
)
HEADER_EXPORTED = "Derived from proved formulas by symcheck. Do not edit: run `symcheck export` again."
HEADER_BY_HAND = "Written by hand for symcheck. Do not edit: run `symcheck export` again."
_CLOSE = {"(": ")", "[": "]", "{": "}"}


def formatted(text: str) -> str:
    """``text`` with long bracketed lines broken, at most two blank lines, one newline at the end."""
    lines: list[str] = []
    quoted = False
    for line in text.splitlines():
        inside = quoted or '"""' in line
        if line.count('"""') % 2:
            quoted = not quoted
        lines.extend([line.rstrip()] if inside else wrapped(line.rstrip()))
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n") + "\n"


def wrapped(line: str) -> list[str]:
    """``line`` as it is, or broken at the commas of its last outer bracket if it is too long."""
    if len(line) <= WIDTH or line.lstrip().startswith("#"):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    start = next((i for i, c in enumerate(line) if c in _CLOSE), -1)
    if start < 0:
        return [line]
    parts, end = _parts(line, start)
    if not parts:
        return [line]
    broken = [line[: start + 1]]
    for part in parts:
        broken.extend(wrapped(f"{indent}    {part},"))
    return [*broken, indent + line[end:]]


def _parts(line: str, start: int) -> tuple[list[str], int]:
    """The comma-separated parts of the bracket that opens at ``start``, and where it closes."""
    depth, at, parts, quote = 0, start + 1, [], ""
    for i in range(start, len(line)):
        c = line[i]
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in _CLOSE:
            depth += 1
        elif c in _CLOSE.values():
            depth -= 1
            if depth == 0:
                parts.append(line[at:i].strip())
                return [p for p in parts if p], i
        elif c == "," and depth == 1:
            parts.append(line[at:i].strip())
            at = i + 1
    return [], start


def all_of(names: Iterable[str]) -> str:
    """The statement ``__all__``."""
    listed = ", ".join(f'"{name}"' for name in sorted(names))
    return formatted(f"__all__ = [{listed}]").rstrip()


def body_of(text: str, imports: list[ast.stmt], *, drop_all: bool = False) -> str:
    """The module ``text`` without docstring and imports, and if ``drop_all`` without ``__all__``, to stand
    with others in one file; the imports that are not relative go to ``imports``."""
    lines = text.splitlines()
    kept = list(lines)
    tree = ast.parse(text)
    for node in tree.body:
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        is_docstring = node is tree.body[0] and isinstance(node, ast.Expr)
        is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        if is_import and not getattr(node, "level", 0) and getattr(node, "module", "") != "__future__":
            imports.append(node)
        if is_import or is_docstring or (is_all and drop_all):
            kept[first:last] = [""] * (last - first)
    return "\n".join(line for line in kept if not line.startswith(("# ruff:", "# Copied"))).strip("\n")


def needed(text: str, names: Iterable[str]) -> str:
    """The module ``text`` without the statements of which ``names`` make no use; a comment stays with what
    comes after it."""
    lines, start = text.splitlines(), 0
    left: list[tuple[ast.stmt, list[str]]] = []
    for node in ast.parse(text).body:
        end = node.end_lineno or node.lineno
        left.append((node, lines[start:end]))
        start = end
    kept: list[ast.stmt] = []
    wanted = {"annotations", *names}
    while found := [node for node, _ in left if node not in kept and defined(node) & wanted]:
        kept += found
        wanted.update(name for node in found for name in used(node))
    return "\n".join(line for node, own in left if node in kept for line in _cut(node, own, wanted)) + "\n"


def used(node: ast.AST) -> set[str]:
    """The names of the module that a statement uses, or all statements of a module use."""
    if isinstance(node, ast.Module):
        return {name for part in node.body for name in used(part)}
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    return {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)} - own


def defined(node: ast.stmt) -> set[str]:
    """The names to which a statement gives a meaning."""
    match node:
        case ast.Import(names) | ast.ImportFrom(names=names):
            return {a.asname or a.name for a in names}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        case ast.AnnAssign(target=ast.Name(name)):
            return {name}
    return set()


def _cut(node: ast.stmt, lines: list[str], wanted: set[str]) -> list[str]:
    """The lines of a statement; of an import without the names that nobody wants."""
    if not isinstance(node, ast.ImportFrom):
        return lines
    names = [a for a in node.names if (a.asname or a.name) in wanted]
    return [ast.unparse(ast.ImportFrom(node.module, names, node.level))]


def import_lines(imports: Iterable[ast.stmt]) -> list[str]:
    """The statements ``imports`` with one line for each module, the standard library first."""
    plain: set[str] = set()
    members: dict[str, set[str]] = {}
    for node in imports:
        if isinstance(node, ast.Import):
            plain.add(ast.unparse(node))
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            members.setdefault(node.module, set()).update(map(ast.unparse, node.names))
    taken = [f"from {module} import {', '.join(sorted(members[module]))}" for module in sorted(members)]
    lines = [*sorted(plain), *taken]
    own = [line for line in lines if re.split(r"[ .]", line)[1] in sys.stdlib_module_names]
    others = [line for line in lines if line not in own]
    return [*own, *([""] if own and others else []), *others]
