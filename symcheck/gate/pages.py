"""The documentation pages of the rules, made from the rules: ``docs/rules/``.

``python -m symcheck.gate.pages`` writes them (a test compares them), ``--explain`` prints one.
"""

from __future__ import annotations

import re
from pathlib import Path

from symcheck.gate.rules import rule, rules

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
_LANGUAGES = {".md": "markdown", ".py": "python", ".rst": "rst", ".tex": "latex", ".ipynb": "json"}
_GROUPS = {
    "SC1": "Rendering, and the document itself",
    "SC2": "Algebra, calculus and definitions",
    "SC3": "Scope and shapes",
    "SC4": "Missing hypotheses",
    "SC5": "Probability",
    "SC6": "Branches",
    "SC7": "Arithmetic",
}


def page(code: str) -> str:
    """The page of a rule, as text to read.  ``KeyError`` naming the known codes if there is none."""
    entry = rule(code)
    language = _LANGUAGES.get(Path(entry.file).suffix, "")
    fence = "````" if "```" in entry.wrong + entry.right else "```"
    return (
        f"# {entry.code} · {entry.title}\n\nSeverity: {entry.severity.value}\n\n{entry.explanation}\n\n"
        f"## Wrong\n\n{fence}{language}\n{entry.wrong.strip()}\n{fence}\n\n"
        f"## Right\n\n{fence}{language}\n{entry.right.strip()}\n{fence}\n"
    )


def _markdown(text: str) -> str:
    """A page whose words mean themselves: its examples are left as they are."""
    head, mark, examples = text.partition("## Wrong")
    return re.sub(r"([\\<$*])", r"\\\1", head) + mark + examples


def index() -> str:
    """The list of the rules."""
    out = ["# Rules of the gate", ""]
    group = ""
    for code, entry in rules().items():
        if code[:3] != group:
            group = code[:3]
            out += [
                "",
                f"## {_GROUPS.get(group, group + 'xx')}",
                "",
                "| rule | severity | |",
                "|---|---|---|",
            ]
        out.append(f"| [{code}]({code}.md) | {entry.severity.value} | {entry.title} |")
    return "\n".join(out).replace("\n\n\n", "\n\n") + "\n"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {"README.md": index(), **{f"{code}.md": _markdown(page(code)) for code in rules()}}


def main() -> None:
    """Write the pages, and take away those of rules that are no more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for file in FOLDER.glob("*.md"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
