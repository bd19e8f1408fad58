"""What became of the mutants of every claim, as a page.

``symcheck prove --mutants --json > found.json``, and then
``python tests/support/mutant_scores.py found.json COMMIT`` writes ``docs/mutants.json`` and the page.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
DATA, PAGE = DOCS / "mutants.json", DOCS / "mutants.md"
COUNTS = ("tried", "refuted", "equivalent", "survived")

Score = dict[str, Any]

HEAD = """# Mutants: would the checks see a wrong claim?

Written by `tests/support/mutant_scores.py` from a run of `symcheck prove --mutants` over the whole catalog
([mutants.json](mutants.json)), never by hand; `tests/docs/test_mutants_page.py` holds it.

{tried:,} mutants of {claims:,} proved claims: {refuted:,} refuted by a counterexample, {equivalent:,} shown
to be true as well, {survived:,} survived, which makes **{share:.2%} accounted for**. {full:,} claims have no
survivor. Measured at {commit}.

A mutant is a claim with one edit: a sign turned, a summand or factor dropped, an exponent or a constant
changed, indices or tensors exchanged, one function put for another. Of each claim up to {limit} are tried, of
every kind and from all over both sides, the same ones in every run. A mutant that holds is *shown* to hold:
by a proof that the checker accepts, or because it is an instance of the claim. One that only widens the gap
of an inequality is turned over first, so that it has to be refuted. The prover is asked only about mutants
that no point contradicts; that it proves none of the others is tested on a sample
(`tests/refute/test_mutants.py`).

| section | claims | tried | refuted | shown true | survived | accounted for |
|--:|--:|--:|--:|--:|--:|--:|
"""

TAIL = """
## Survivors

No point was found that contradicts these, and no proof that they hold. Some are true: another claim of the
catalog, or an edit that only matters where the hypotheses exclude it. The others are wrong in a region that
no point fell into, as where a threshold was moved.

| claim | tried | what survived |
|---|--:|---|
"""


def scores(found: dict[str, Any]) -> list[Score]:
    """The claims of ``symcheck prove --mutants --json`` of which mutants were tried."""
    kept = []
    for claim in found["claims"]:
        mutants = claim["mutants"]
        if mutants["tried"]:
            counts = {name: mutants[name] for name in COUNTS}
            kept.append(
                {"id": claim["id"], "section": claim["section"], **counts, "names": mutants["survivors"]}
            )
    return kept


def page(data: dict[str, Any]) -> str:
    """The page that shows ``mutants.json``."""
    rows: list[Score] = data["claims"]
    by_section: dict[int, list[Score]] = defaultdict(list)
    for row in rows:
        by_section[row["section"]].append(row)
    told = {"claims": len(rows), "full": sum(not r["survived"] for r in rows), "share": _share(rows)}
    counts = {name: sum(r[name] for r in rows) for name in COUNTS}
    out = [HEAD.format(**told, **counts, commit=data["commit"], limit=max(r["tried"] for r in rows))]
    for section, members in sorted(by_section.items()):
        cells = [len(members), *(sum(r[name] for r in members) for name in COUNTS)]
        out.append(f"| {section} | {' | '.join(f'{c:,}' for c in cells)} | {_share(members):.1%} |\n")
    out.append(TAIL)
    for row in sorted((r for r in rows if r["survived"]), key=lambda r: str(r["id"])):
        names = "<br>".join(f"`{name.replace('|', '¦')}`" for name in row["names"])
        out.append(f"| `{row['id']}` | {row['tried']} | {names} |\n")
    return "".join(out)


def _share(rows: list[Score]) -> float:
    tried = sum(r["tried"] for r in rows)
    return 1 - sum(r["survived"] for r in rows) / tried if tried else 0.0


def main() -> None:
    source, commit = sys.argv[1:]
    found = json.loads(Path(source).read_text(encoding="utf-8"))
    data = {"commit": commit, "claims": scores(found)}
    rows = [json.dumps(row, ensure_ascii=False) for row in data["claims"]]
    text = f'{{"commit": {json.dumps(commit)}, "claims": [\n' + ",\n".join(rows) + "\n]}\n"
    DATA.write_text(text, encoding="utf-8")
    PAGE.write_text(page(json.loads(text)), encoding="utf-8")


if __name__ == "__main__":
    main()
