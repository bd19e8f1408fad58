from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC203",
    title="Not the derivative",
    severity=Severity.ERROR,
    message="this is not the derivative of {function}",
    explanation="The column says that this cell holds the derivative of the function of its row. At the "
    "point shown, the derivative (computed with rigorous error bounds) has another value.",
    wrong="| Function | Formula | Derivative |\n|---|---|---|\n| Tanh | $\\tanh(x)$ | $1 + \\tanh^2(x)$ |\n",
    right="| Function | Formula | Derivative |\n|---|---|---|\n| Tanh | $\\tanh(x)$ | $1 - \\tanh^2(x)$ |\n",
)
