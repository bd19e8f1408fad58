from collections.abc import Iterable

from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.tex_groups import Fault, group_fault


def _check(latex: str) -> Iterable[Hit]:
    fault = group_fault(latex)
    if fault is not None and fault.kind is Fault.ENVIRONMENT:
        yield Hit(start=fault.start, end=fault.end, values={"what": fault.what, "problem": fault.problem})


RULE = Rule(
    code="SC103",
    title="Environments do not match",
    severity=Severity.ERROR,
    message="{what} {problem}, so the formula does not render",
    explanation="\\begin{name} and \\end{name} stand around a part of the formula, with the same name; they "
    "nest like brackets. TeX, KaTeX and MathJax show an error otherwise.",
    wrong="$$\\begin{cases} x & x > 0 \\\\ 0 & x \\le 0 \\end{case}$$\n",
    right="$$\\begin{cases} x & x > 0 \\\\ 0 & x \\le 0 \\end{cases}$$\n",
    check=_check,
)
