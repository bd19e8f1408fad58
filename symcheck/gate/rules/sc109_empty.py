from collections.abc import Iterable

from symcheck.gate.misplaced import empty_operands
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule


def _check(latex: str) -> Iterable[Hit]:
    for start, end, what in empty_operands(latex):
        yield Hit(start=start, end=end, values={"what": what})


RULE = Rule(
    code="SC109",
    title="An operand that is not there",
    severity=Severity.ERROR,
    message="{what} is empty",
    explanation="A fraction, a root or a pair of bars has nothing in it. TeX prints the empty place without "
    "complaint, and the formula says nothing.",
    wrong="Precision is $\\frac{|A \\cap B|}{\\left|\\right|}$.\n",
    right="Precision is $\\frac{|A \\cap B|}{\\left|B\\right|}$.\n",
    check=_check,
)
