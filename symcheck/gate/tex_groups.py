"""Nesting in TeX source: groups, ``\\left``/``\\right`` pairs, environments.

Only what makes TeX, KaTeX and MathJax refuse a formula is reported, so parentheses are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(
    r"\\(?P<begin>begin|end)\s*\{(?P<name>[A-Za-z]+\*?)\}"
    r"|\\(?P<word>[A-Za-z]+)"
    r"|\\(?P<escape>.)"
    r"|(?<!\\)%(?P<comment>[^\n]*)"
    r"|(?P<mark>[{}&])",
    re.DOTALL,
)


class Fault(StrEnum):
    BRACE = "brace"
    FENCE = "fence"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, kw_only=True)
class GroupFault:
    """Where nesting breaks: the token that opened or closed without a partner."""

    kind: Fault
    start: int
    end: int
    what: str
    problem: str


_KIND = {"{": Fault.BRACE, "left": Fault.FENCE, "begin": Fault.ENVIRONMENT}
_UNCLOSED = {
    Fault.BRACE: "is never closed",
    Fault.FENCE: r"has no \right",
    Fault.ENVIRONMENT: "is never ended",
}


def group_fault(latex: str) -> GroupFault | None:
    """The first place where groups do not nest, or ``None``."""
    stack: list[tuple[str, str, int, int]] = []  # opening kind, text, start, end

    def unclosed() -> GroupFault:
        kind, text, start, end = stack[-1]
        fault = _KIND[kind]
        return GroupFault(kind=fault, start=start, end=end, what=text, problem=_UNCLOSED[fault])

    for m in _TOKEN.finditer(latex):
        text, start, end = m.group(), m.start(), m.end()
        top = stack[-1][0] if stack else None
        if m["begin"] == "begin":
            stack.append(("begin", text, start, end))
        elif m["begin"] == "end":
            if top != "begin":
                if stack:
                    return unclosed()
                return GroupFault(
                    kind=Fault.ENVIRONMENT, start=start, end=end, what=text, problem="ends what was not begun"
                )
            opened = stack.pop()
            if opened[1].split("{")[1] != text.split("{")[1]:
                return GroupFault(
                    kind=Fault.ENVIRONMENT, start=start, end=end, what=text, problem=f"meets {opened[1]}"
                )
        elif m["word"] == "left":
            stack.append(("left", text, start, end))
        elif m["word"] == "right":
            if top != "left":
                if top == "{":
                    return unclosed()
                return GroupFault(
                    kind=Fault.FENCE, start=start, end=end, what=text, problem=r"has no \left before it"
                )
            stack.pop()
        elif m["mark"] == "{":
            stack.append(("{", "{", start, end))
        elif m["mark"] == "}":
            if top != "{":
                if top == "left":
                    return unclosed()
                return GroupFault(
                    kind=Fault.BRACE, start=start, end=end, what="}", problem="closes what was not opened"
                )
            stack.pop()
        elif (m["mark"] == "&" or m["escape"] == "\\") and top == "left":
            return unclosed()
    return unclosed() if stack else None
