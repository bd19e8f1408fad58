from collections.abc import Iterable

from symcheck.gate.brackets import closed_nearby, lone_bracket
from symcheck.gate.documents import Passage
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule


def _check(latex: str) -> Iterable[Hit]:
    lone = lone_bracket(latex)
    if lone is not None:
        yield Hit(start=lone.start, end=lone.end, values={"what": lone.text})


def _unless(hit: Hit, passage: Passage) -> bool:
    """An interval over two formulas, a bracket that the text around closes."""
    return closed_nearby(hit.values["what"], passage.before, passage.after)


RULE = Rule(
    code="SC107",
    title="A bracket without a partner",
    severity=Severity.ERROR,
    message="the bracket {what} has no partner in this formula",
    explanation="Every ( and [ is closed within the formula, and every ) and ] was opened there. TeX prints "
    "such a formula without complaint, but what belongs to the function, the exponent or the sum is lost. "
    "Half-open intervals such as [0, 1) are pairs, and \\left. and \\right. stand for a missing bracket.",
    wrong="The variance is $E[(X - E[X]^2]$.\n",
    right="The variance is $E[(X - E[X])^2]$.\n",
    check=_check,
    unless=_unless,
)
