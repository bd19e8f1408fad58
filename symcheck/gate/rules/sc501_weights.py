from collections.abc import Iterable

from symcheck.gate.arguments import weights
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, weight, other in weights(presentation):
        yield Hit(start=span.start, end=span.end, values={"weight": weight, "other": other})


RULE = Rule(
    code="SC501",
    title="Weights that do not add to one",
    severity=Severity.ERROR,
    message="the weights {weight} and 1 - {other} do not add to one",
    explanation="A mixture of two things has the weights w and 1 - w. If both weights carry the same "
    "letter with different indices, one index is a slip.",
    wrong="$$Z_t = \\alpha_2 A Z_{t-1} + (1 - \\alpha_1) Z_0$$\n",
    right="$$Z_t = \\alpha_2 A Z_{t-1} + (1 - \\alpha_2) Z_0$$\n",
    look=_look,
)
