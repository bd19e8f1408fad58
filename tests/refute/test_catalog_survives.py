"""The whole catalog: what is expected to hold survives, what is expected to fail is refuted."""

from __future__ import annotations

import formulas
from formulas.schema import Verdict
from symcheck.refute.falsify import falsify


def test_catalog() -> None:
    wrong: list[str] = []
    tried = 0
    for entry, claim in formulas.claims():
        name, tried = f"{entry.id}/{claim.name}", tried + 1
        found = falsify(claim)
        if found.vacuous:
            wrong.append(f"{name}: no sample meets its hypotheses")
        elif claim.expected is Verdict.REFUTED:
            if found.counterexample is None:
                wrong.append(f"{name}: no counterexample")
        elif found.counterexample is not None:
            wrong.append(f"{name}: {found.counterexample.text}")
        elif found.points < 20 and not found.exhausted:
            wrong.append(f"{name}: {found.points} effective points ({found.reason})")
        if claim.expected is Verdict.CONDITIONAL and not falsify(claim, with_conditions=False).counterexample:
            wrong.append(f"{name}: no counterexample without its conditions")
    assert tried > 100
    assert not wrong, "\n".join(wrong)
