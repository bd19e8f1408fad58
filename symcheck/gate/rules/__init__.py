"""The rules of the gate, one small file each: ``sc101_braces.py`` holds rule SC101.

1xx rendering and the document itself, 2xx algebra, calculus and definitions, 3xx scope and shapes,
4xx missing hypotheses.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from symcheck.gate.rules.rule import Hit, Rule

__all__ = ["Hit", "Rule", "of_the_text", "of_the_tree", "rule", "rules"]


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its code, in order."""
    found: dict[str, Rule] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if not info.name.startswith("sc"):
            continue
        module = importlib.import_module(f"{__name__}.{info.name}")
        entry: Rule = module.RULE
        if not info.name.startswith(f"{entry.code.lower()}_") or entry.code in found:
            raise ValueError(f"{info.name}.py holds rule {entry.code}")
        found[entry.code] = entry
    return found


@cache
def of_the_text() -> tuple[Rule, ...]:
    """The rules that read the LaTeX of a formula alone."""
    return tuple(entry for entry in rules().values() if entry.check is not None)


@cache
def of_the_tree() -> tuple[Rule, ...]:
    """The rules that read how a formula is put together."""
    return tuple(entry for entry in rules().values() if entry.look is not None or entry.around is not None)


def rule(code: str) -> Rule:
    """The rule with this code; ``KeyError`` naming the known codes if there is none."""
    try:
        return rules()[code]
    except KeyError:
        raise KeyError(f"no rule {code!r}; there are {', '.join(rules())}") from None
