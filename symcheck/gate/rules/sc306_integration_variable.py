from collections.abc import Iterable

from symcheck.gate.binders import integration_leaks
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, variable in integration_leaks(presentation):
        yield Hit(start=span.start, end=span.end, values={"variable": variable})


RULE = Rule(
    code="SC306",
    title="A variable of integration outside of its integral",
    severity=Severity.ERROR,
    message="the variable {variable} is integrated away on one side and occurs on the other",
    explanation="The value of a definite integral does not depend on its variable of integration, so "
    "that variable cannot occur on the other side of an equation.",
    wrong="So $\\int_0^a f(t) \\, dt = \\exp(t) - 1$.\n",
    right="So $\\int_0^a f(t) \\, dt = \\exp(a) - 1$.\n",
    look=_look,
)
