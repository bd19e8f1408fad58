"""Layout of generated Python: long calls broken one argument to a line, blank lines normalised.

The text never depends on a formatter being installed.
"""

from __future__ import annotations

import re

WIDTH = 110
HEADER = (
    "Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run\n"
    "`symcheck generate`."
)
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
