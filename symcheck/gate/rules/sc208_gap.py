from collections.abc import Iterable

from symcheck.gate.branches import INFINITE, gaps
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, low, high in gaps(presentation):
        if abs(low) < INFINITE and abs(high) < INFINITE:
            values = {"low": str(low), "high": str(high)}
            yield Hit(start=span.start, end=span.end, values=values)


RULE = Rule(
    code="SC208",
    title="A gap between the cases",
    severity=Severity.ERROR,
    message="between {low} and {high} none of the cases holds",
    explanation="Cases that reach from minus to plus infinity are meant to cover every number. Here an "
    "interval in the middle is left out, mostly because a bound of one case lost its sign or was moved.",
    wrong="$$\n\\begin{cases} -1 & x < -1 \\\\ x & 0 \\le x \\le 1 \\\\ 1 & x > 1 \\end{cases}\n$$\n",
    right="$$\n\\begin{cases} -1 & x < -1 \\\\ x & -1 \\le x \\le 1 \\\\ 1 & x > 1 \\end{cases}\n$$\n",
    look=_look,
)
