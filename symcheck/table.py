"""Claims by verdict, as the table that ``make`` ends with."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from formulas.schema import Verdict
from symcheck.judge import Judgement


def verdict_table(results: Sequence[Judgement]) -> Table:
    """One row a section, one column a verdict."""
    table = Table("section", *[v.value for v in Verdict], "not as expected", title="claims by verdict")
    for section in sorted({j.about.section for j in results}):
        rows = [j for j in results if j.about.section == section]
        counts = [str(sum(j.verdict is v for j in rows) or "") for v in Verdict]
        table.add_row(str(section), *counts, str(sum(not j.holds for j in rows) or ""))
    totals = [str(sum(j.verdict is v for j in results)) for v in Verdict]
    table.add_section()
    table.add_row("all", *totals, str(sum(not j.holds for j in results)))
    return table
