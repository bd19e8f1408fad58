"""``docs/accuracy.md`` from the committed table of measured errors: ``python -m codegen.accuracy_page``."""

from __future__ import annotations

from pathlib import Path

from codegen.accuracy import DTYPES, TARGET_ULP
from codegen.tables import Bound, table

PLACE = Path(__file__).parent.parent / "docs" / "accuracy.md"
HEAD = f"""# Accuracy of the NumPy kernels

Written by `python -m codegen.accuracy_page` from `codegen/accuracy_table.json`, which
`python -m codegen.accuracy` measures; a test compares.

Each figure is the worst error, and in brackets the mean error, in units of the last place on results that
are well conditioned: rounding the arguments alone moves them by no more than one unit. The reference is the
symbolic form and its true derivatives in ball arithmetic of at least 80 bits. The target is
{TARGET_ULP:g} units; exceptions carry their reason. Next to last stands the worst error over all results,
divided by their condition number. Kernels over several axes that are missing here are held against PyTorch in
float64 by the tests only.

| function | float16 | float32 | float64 | over the condition number | exception |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The text of the page."""
    rows: dict[str, dict[str, Bound]] = {}
    for bound in table():
        rows.setdefault(bound.function, {})[bound.dtype] = bound
    lines = []
    for name, found in sorted(rows.items()):
        cells = [f"{found[d].worst} ({found[d].mean})" if d in found else "" for d in DTYPES]
        scaled = max(b.scaled for b in found.values())
        reasons = "; ".join(dict.fromkeys(b.reason for b in found.values() if b.reason))
        lines.append(f"| {name} | {' | '.join(cells)} | {scaled} | {reasons} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
