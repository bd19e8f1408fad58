from collections.abc import Iterable

from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.tex_groups import Fault, group_fault


def _check(latex: str) -> Iterable[Hit]:
    fault = group_fault(latex)
    if fault is not None and fault.kind is Fault.FENCE:
        yield Hit(start=fault.start, end=fault.end, values={"what": fault.what, "problem": fault.problem})


RULE = Rule(
    code="SC102",
    title="\\left without \\right",
    severity=Severity.ERROR,
    message="{what} {problem}, so the formula does not render",
    explanation="\\left and \\right come in pairs, inside one group and one cell of an alignment. Where "
    "a bracket has no partner on the page, its place is taken by a dot: \\left. or \\right.",
    wrong="$$\\left(\\frac{a}{b} + c)$$\n",
    right="$$\\left(\\frac{a}{b} + c\\right)$$\n",
    check=_check,
)
