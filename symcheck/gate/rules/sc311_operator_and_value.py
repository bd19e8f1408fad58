from collections.abc import Iterable

from symcheck.gate.arguments import mixed_operator
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, found in mixed_operator(presentation):
        yield Hit(start=span.start, end=span.end, values={"found": found})


RULE = Rule(
    code="SC311",
    title="An operator equal to a value",
    severity=Severity.ERROR,
    message="{found} is a derivative of something, where the other side is an operator",
    explanation="If the left side is a derivative that waits for its function, every derivative on the "
    "right side has to wait for it too.",
    wrong="$$\\frac{\\partial}{\\partial z} = \\frac{1}{2} \\left(\\frac{\\partial}{\\partial x} - "
    "\\frac{\\partial z}{\\partial y}\\right)$$\n",
    right="$$\\frac{\\partial}{\\partial z} = \\frac{1}{2} \\left(\\frac{\\partial}{\\partial x} - "
    "\\frac{\\partial}{\\partial y}\\right)$$\n",
    look=_look,
)
