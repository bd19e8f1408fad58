"""What becomes of the items of ``items``: ``python -m identities.table`` (from ``tests/prove``) writes
``docs/classes.md``."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from formulas import get
from formulas.schema import Verdict
from identities.items import CLASSES, TITLES, TRUE_EDITS, Item, claim
from symcheck.judge import judge
from symcheck.prover import prove, prove_equivalent
from symcheck.refute.weigh import judge_mutants

PAGE = Path(__file__).parents[3] / "docs" / "classes.md"
FEW, MORE = 5, 14
"""Wrong variants that are tried of a claim; of one of which most edits happen to be true."""
WANTED = 3

HEAD = """# What the prover decides: the classes, item by item

Written by `python -m identities.table` (in `tests/prove`); `tests/prove/test_identity_classes.py` holds
every line of it but the seconds, which are those of search and re-check on one core. Sizes are symbolic
throughout. A wrong variant is an edit of the statement; it is counted if a counterexample was found. No wrong
variant was proved and none was left undecided. Edits that happen to be true are not counted: they are proved,
but for the few that `TRUE_EDITS` (`tests/prove/identities/items.py`) lists with the reason why they are true.
"""


@dataclass(frozen=True)
class Row:
    """One item: the verdict on each of its claims, and what became of its wrong variants."""

    item: Item
    verdicts: tuple[Verdict, ...]
    trusts: tuple[str, ...]
    seconds: float
    refuted: int
    equivalent: int
    survived: tuple[str, ...]

    @property
    def told(self) -> str:
        """The part of its line that does not depend on the machine."""
        verdicts = ", ".join(dict.fromkeys(v.value for v in self.verdicts))
        rests = "lemma" if "lemma" in self.trusts else "kernel"
        names = "<br>".join(f"`{name}`" for name in self.item.claims)
        return f"| {self.item.title} | {names} | {verdicts} | {rests} |"

    @property
    def line(self) -> str:
        return f"{self.told} {self.seconds:.2f} | {self.refuted} |"


def row(item: Item) -> Row:
    """Judge the claims of an item, and its wrong variants."""
    results, seconds = [], 0.0
    for name in item.claims:
        stated = claim(name)
        start = time.process_time()
        found = prove(stated)
        seconds += time.process_time() - start
        of = get(name.split("/")[0]) if "/" in name else replace(get("act.softmax"), id="classes.own")
        results.append(judge(of, stated, prover=lambda _, found=found: found))
    for limit in (FEW, MORE):
        mutants = [judge_mutants(claim(name), prove_equivalent, limit) for name in item.claims]
        if sum(m.refuted for m in mutants) >= WANTED:
            break
    return Row(
        item,
        tuple(r.verdict for r in results),
        tuple(r.proof.trust for r in results if r.proof is not None),
        seconds,
        sum(m.refuted for m in mutants),
        sum(m.equivalent for m in mutants),
        tuple(
            s for name, m in zip(item.claims, mutants, strict=True) for s in m.survived if not _true(name, s)
        ),
    )


def _true(name: str, edit: str) -> bool:
    return any(name == of and edit.startswith(beginning) for of, beginning in TRUE_EDITS)


def page() -> str:
    """The page: a table for each class."""
    parts = [HEAD]
    for letter, items in CLASSES.items():
        parts.append(f"## {letter}. {TITLES[letter]}\n")
        parts.append("| item | claims | verdict | rests on | seconds | wrong variants refuted |")
        parts.append("|---|---|---|---|---|---|")
        parts += [row(item).line for item in items]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
