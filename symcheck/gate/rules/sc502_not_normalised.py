from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC502",
    title="A density that does not integrate to one",
    severity=Severity.ERROR,
    message="this density integrates to {mass}, not to 1",
    explanation="The text calls the formula a density, and its integral was computed at several values "
    "of the "
    "parameters. On none of the usual supports (the line, a half-line, the unit interval) is it one.",
    wrong="A variable has the probability density\n\n$$f(x; \\nu) = \\frac{1}{\\nu} e^{-\\nu x}$$\n",
    right="A variable has the probability density\n\n$$f(x; \\nu) = \\nu e^{-\\nu x}$$\n",
)
