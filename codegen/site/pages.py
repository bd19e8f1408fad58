"""What the pages show, put together from verdicts, kernels and measurements."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from codegen.sections import MODULES, TITLES
from codegen.site.benchmarks import bars, on_gpu, recorded
from codegen.tables import bounds
from formulas.schema import Formula, Verdict
from symcheck.explain import explain, lines
from symcheck.judge import Judgement, conditions_latex, definition, statement_latex

GENERATED = Path(__file__).parents[2] / "generated"
ORDER = tuple(Verdict)


@dataclass(frozen=True)
class Page:
    """One formula with all that is known of it."""

    formula: Formula
    statement: str
    judgements: tuple[Judgement, ...]

    @property
    def counts(self) -> list[tuple[str, int]]:
        found = [j.verdict for j in self.judgements]
        return [(v.value, found.count(v)) for v in ORDER if v in found]

    @property
    def file(self) -> str:
        return f"{self.formula.id}.html"

    @property
    def search(self) -> str:
        """Words under which the index finds the page."""
        f = self.formula
        return " ".join([f.id, f.title, *f.names, *f.tags, *f.used_in]).lower()


def pages(judgements: Iterable[Judgement]) -> list[Page]:
    """A page for each formula that has a verdict, in the order of the catalog."""
    by_formula: dict[str, list[Judgement]] = {}
    for j in judgements:
        by_formula.setdefault(j.formula.id, []).append(j)
    return [Page(js[0].formula, definition(js[0].formula), tuple(js)) for js in by_formula.values()]


def by_section(found: Sequence[Page]) -> list[tuple[int, str, list[Page]]]:
    """The pages of each section that has any."""
    numbers = sorted({p.formula.section for p in found})
    return [(n, TITLES[n].rstrip("."), [p for p in found if p.formula.section == n]) for n in numbers]


def claim(j: Judgement) -> dict[str, Any]:
    """One claim as the page of its formula shows it."""
    steps = list(lines(explain(j.proof.derivation, j.proof.statement))) if j.proof is not None else []
    return {
        "name": j.claim.name,
        "anchor": j.claim.name,
        "statement": statement_latex(j.claim),
        "verdict": j.verdict.value,
        "trust": j.proof.trust if j.proof else None,
        "trivial": j.proof.trivial if j.proof else False,
        "printed": j.claim.printed,
        "corrected_by": j.claim.corrected_by,
        "conditions": conditions_latex(j.claim),
        "counterexample": j.counterexample,
        "note": j.claim.note,
        "reason": j.reason,
        "points": j.falsification.points,
        "steps": steps,
    }


@cache
def _sources(target: str, section: int) -> Mapping[str, str]:
    module = GENERATED / f"{target}_kernels" / f"{MODULES.get(section, '')}.py"
    if not module.is_file():
        return {}
    text = module.read_text(encoding="utf-8")
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[node.lineno - 1 : node.end_lineno])
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


def kernels(formula: Formula) -> list[dict[str, Any]]:
    """The shipped functions of a formula: source, error in ulp by dtype, times beside peers, GPU runs."""
    out = []
    for kernel in formula.kernels:
        for name in (kernel.name, f"{kernel.name}_vjp"):
            source = _sources("numpy", formula.section).get(name)
            if source is not None:
                on_cupy = name in _sources("cupy", formula.section)
                out.append(
                    {
                        "name": name,
                        "source": source,
                        "bounds": bounds(name),
                        "cupy": on_cupy,
                        "timed": bars(name),
                        "gpu": on_gpu(name) if on_cupy else None,
                        "never_on_gpu": on_cupy and recorded() and on_gpu(name) is None,
                    }
                )
    return out
