from collections.abc import Iterable

from symcheck.gate.branches import jumps
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, place, before, behind in jumps(presentation):
        values = {"place": place, "before": before, "behind": behind}
        yield Hit(start=span.start, end=span.end, values=values)


RULE = Rule(
    code="SC402",
    title="A jump where two cases meet",
    severity=Severity.WARNING,
    message="at {place} the cases meet with {before} and {behind}",
    explanation="The two cases of a function that varies have different values at the number where they "
    "meet. Losses and activations seldom jump, so a constant may be missing in one of the cases. Steps "
    "between constants are not told.",
    wrong="$$\nf(x) = \\begin{cases} x^2 & x < 1 \\\\ 2x & x \\ge 1 \\end{cases}\n$$\n",
    right="$$\nf(x) = \\begin{cases} x^2 & x < 1 \\\\ 2x - 1 & x \\ge 1 \\end{cases}\n$$\n",
    look=_look,
)
