from collections.abc import Iterable

from symcheck.gate.arguments import crossed_events
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, variable, value in crossed_events(presentation):
        yield Hit(start=span.start, end=span.end, values={"variable": variable, "value": value})


RULE = Rule(
    code="SC309",
    title="A variable at the value of another",
    severity=Severity.ERROR,
    message="the variable {variable} is set to {value}, the value of another variable",
    explanation="In a formula that writes each random variable with a value of its own (X = x and Z = "
    "z), an event such as X = z sets a variable to the value that belongs to another one.",
    wrong="For exclusive events $P(Z=z \\cup X=x) = P(Z=z) + P(X=z)$.\n",
    right="For exclusive events $P(Z=z \\cup X=x) = P(Z=z) + P(X=x)$.\n",
    look=_look,
)
