from collections.abc import Iterable

from symcheck.gate.binders import repeated
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, item in repeated(presentation):
        yield Hit(start=span.start, end=span.end, values={"item": item})


RULE = Rule(
    code="SC310",
    title="The same item twice in a list",
    severity=Severity.ERROR,
    message="{item} stands in this list twice in a row",
    explanation="A list of different things (all partial derivatives, say) has the same item twice, "
    "which as a rule comes from copying.",
    wrong="We need $\\frac{\\partial f}{\\partial u}, \\frac{\\partial f}{\\partial u}, \\frac{\\partial "
    "f}{\\partial w}$.\n",
    right="We need $\\frac{\\partial f}{\\partial u}, \\frac{\\partial f}{\\partial v}, \\frac{\\partial "
    "f}{\\partial w}$.\n",
    look=_look,
)
