from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC401",
    title="A hypothesis is missing",
    severity=Severity.WARNING,
    message="true only under a condition that the document does not state here: {conditions}",
    explanation="The formula holds under a condition, and there are values for which it fails without. State "
    "the condition next to the formula, or tell the gate with <!-- symcheck: assume x>0 -->.",
    wrong="| Function | Formula | Derivative |\n|---|---|---|\n"
    "| ReLU | $\\max(0, x)$ | $\\begin{cases}1 & x > 0 \\\\ 0 & x \\leq 0\\end{cases}$ |\n",
    right="| Function | Formula | Derivative |\n|---|---|---|\n"
    "| ReLU | $\\max(0, x)$ | $\\begin{cases}1 & x > 0 \\\\ 0 & x < 0\\end{cases}$ |\n",
)
