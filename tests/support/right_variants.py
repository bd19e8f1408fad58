"""Right versions of a document, made by a program: ``python tests/support/right_variants.py [FILE]``.

Other letters throughout a section, another way to write the same notation, terms of sums in another order.
Nothing that a version says differs from what the document says, so the gate must find no error in it that
it does not find in the document.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from formula_mutants import SHEET

from symcheck.gate.model import Severity
from symcheck.gate.run import check_text

_MATH = re.compile(r"(\$\$[^$]+\$\$|\$[^$\n]+\$)")
_WORD = re.compile(
    r"\\(?:text|mathrm|mathbb|mathcal|operatorname|begin|end)\{[^{}]*\}|\\[A-Za-z]+|[a-z]{3,}|[A-Za-z]"
)
_KEPT = frozenset("edEPHIDNOLTQKVUABWCJMRSfgijkmnpqtXY")
"""Letters that mean something by themselves, stand for words, or index what is counted."""
_FRESH = ("u", "v", "w", "z", "y", "r", "s", "h", "c", "b", r"\xi", r"\omega", r"\zeta", r"\psi", r"\kappa")
_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}"


def in_formulas(change: Callable[[str], str]) -> Callable[[str], str]:
    """A change of every formula of a text."""

    def changed(text: str) -> str:
        parts = re.split(r"(```.*?```)", text, flags=re.S)
        return "".join(p if p.startswith("```") else _MATH.sub(lambda m: change(m[0]), p) for p in parts)

    return changed


@in_formulas
def other_notation(latex: str) -> str:
    """``\\top``, ``\\mathrm``, ``\\mathbb{E}``, ``\\ln``, ``\\lVert``, plain brackets, wider spaces."""
    latex = re.sub(r"(?<=[A-Za-z)\]])\^T(?![A-Za-z])", r"^{\\top}", latex)
    latex = re.sub(r"\\text\{([A-Za-z]+)\}", r"\\mathrm{\1}", latex)
    latex = re.sub(r"(?<![A-Za-z\\{])E(?=[_\[])", r"\\mathbb{E}", latex)
    latex = (
        latex.replace(r"\log", r"\ln")
        .replace(r"\left", "")
        .replace(r"\right", "")
        .replace(r"\lfloor", r"\lfloor ")
    )
    latex = re.sub(r"\\mathbf\{([a-z])\}", r"\\boldsymbol{\1}", latex)
    return re.sub(r"\s([=+])\s", r" \\, \1 \\, ", latex)


@in_formulas
def fractions_on_the_line(latex: str) -> str:
    """``(a) / (b)`` for simple fractions."""
    if r"\partial" in latex or "d}{d" in latex:
        return latex
    return re.sub(rf"\\frac{_GROUP}{_GROUP}(?=\s*(?:$|[$)&\\]|\+|=))", _on_the_line, latex)


def _on_the_line(m: re.Match[str]) -> str:
    return f"[({m[1]}) / ({m[2]})]" if "cases" not in m[0] else m[0]


@in_formulas
def other_order(latex: str) -> str:
    """The last two terms of a sum, and two factors joined by a dot, the other way round."""
    latex = re.sub(r"(?<==\s)([\w\\{}^' ]+?) \+ ([\w\\{}^' ]+?)(?=\$|\s*\\qquad|\s=)", r"\2 + \1", latex)
    return re.sub(r"\(1\s?-\s?(\\?[a-z]+(?:_\w)?)\)", r"(-\1 + 1)", latex)


def other_letters(text: str) -> str:
    """In every section, letters are replaced by others that do not occur in it."""
    sections = re.split(r"(?m)^(?=### |## )", text)
    return "".join(_renamed(section, at) for at, section in enumerate(sections))


def _renamed(section: str, turn: int) -> str:
    code = re.search("```", section)
    used = {w for m in _MATH.findall(section) for w in _WORD.findall(m)}
    old = sorted(w for w in used if len(w) == 1 and w not in _KEPT)
    old += [w for w in (r"\theta", r"\eta", r"\alpha", r"\lambda", r"\tau", r"\gamma") if w in used]
    fresh = [w for w in _FRESH if w not in used]
    if code or not old or not fresh:
        return section
    names = dict(zip(old[turn % 2 : turn % 2 + 3], fresh, strict=False))

    def letter(m: re.Match[str]) -> str:
        new = names.get(m[0], m[0])
        before = " " if new != m[0] and re.search(r"\\[A-Za-z]+$", m.string[: m.start()]) else ""
        return before + new + (" " if new != m[0] and new.startswith("\\") else "")

    return in_formulas(lambda latex: _WORD.sub(letter, latex))(section)


VERSIONS: dict[str, Callable[[str], str]] = {
    "other notation": other_notation,
    "fractions on the line": fractions_on_the_line,
    "other order": other_order,
    "other letters": other_letters,
}


@dataclass(frozen=True)
class Compared:
    """What the gate says of a version: errors that it does not find in the document, each with its line, and
    how many formulas are decided in both."""

    alarms: tuple[str, ...]
    decided: int
    decided_before: int


def _errors(text: str) -> tuple[dict[int, str], Counter[str]]:
    report = check_text(text, time_limit=30)
    errors = {
        f.line: f"{f.line} {f.rule} {f.message}" for f in report.findings if f.severity is Severity.ERROR
    }
    return errors, Counter(c.judgement.status.value for c in report.formulas)


def compared(text: str) -> Iterator[tuple[str, Compared]]:
    """Each version of a text beside it."""
    before, statuses = _errors(text)
    decided = statuses.total() - statuses["unchecked"]
    for name, change in VERSIONS.items():
        errors, now = _errors(change(text))
        alarms = tuple(said for line, said in errors.items() if line not in before)
        yield name, Compared(alarms, now.total() - now["unchecked"], decided)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SHEET
    text = path.read_text(encoding="utf-8")
    for name, found in compared(text):
        lines = VERSIONS[name](text).splitlines()
        print(f"{name}: {len(found.alarms)} alarms, {found.decided} decided ({found.decided_before} before)")
        for said in found.alarms:
            print(f"  {said}\n      {lines[int(said.split()[0]) - 1]}")


if __name__ == "__main__":
    main()
