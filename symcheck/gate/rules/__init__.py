"""The rules of the gate, one small file each: ``sc101_braces.py`` holds rule SC101.

1xx rendering and the document itself, 2xx algebra, calculus and definitions, 3xx scope and shapes,
4xx missing hypotheses.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from symcheck.gate.rules.rule import Hit, Rule

__all__ = ["Hit", "Rule", "rule", "rules"]


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


def rule(code: str) -> Rule:
    """The rule with this code; ``KeyError`` naming the known codes if there is none."""
    try:
        return rules()[code]
    except KeyError:
        raise KeyError(f"no rule {code!r}; there are {', '.join(rules())}") from None
