from collections.abc import Iterable

from symcheck.gate.documents import Passage
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.torn import torn
from symcheck.latex import Presentation


def _around(passage: Passage, presentation: Presentation) -> Iterable[Hit]:
    for span, name, place, before, behind in torn(passage, presentation):
        values = {"name": name, "place": place, "before": before, "behind": behind}
        yield Hit(start=span.start, end=span.end, values=values)


RULE = Rule(
    code="SC403",
    title="A jump in what is continuous",
    severity=Severity.ERROR,
    message="{name} is continuous, and these cases meet at {place} with {before} and {behind}",
    explanation="The words name a function without jumps (the Huber loss, the ELU, soft thresholding), or "
    "say that it is continuous. Where two of the cases meet, they have different values, whatever the "
    "parameters are. A constant or a sign is missing in one of the cases, or a bound is wrong. Derivatives "
    "may jump, and nothing is said of them.",
    wrong="The Huber loss is\n\n$$\nL(r) = \\begin{cases} \\frac{1}{2} r^2 & |r| \\le \\delta \\\\ "
    "\\delta |r| & |r| > \\delta \\end{cases}\n$$\n",
    right="The Huber loss is\n\n$$\nL(r) = \\begin{cases} \\frac{1}{2} r^2 & |r| \\le \\delta \\\\ "
    "\\delta (|r| - \\frac{1}{2} \\delta) & |r| > \\delta \\end{cases}\n$$\n",
    around=_around,
)
