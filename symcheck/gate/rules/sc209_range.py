from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC209",
    title="Not the range of the function",
    severity=Severity.ERROR,
    message="this is not the range of {function}",
    explanation="A cell of a column that is called Range gives the interval in which the function of its "
    "row has its values. Either there is an argument for which the value lies outside, which the "
    "counterexample gives, or it is proved that the values stay away from an end of the interval.",
    wrong="| Function | Formula | Range |\n|---|---|---|\n| ReLU | $\\max(0, x)$ | $[0, 1]$ |\n",
    right="| Function | Formula | Range |\n|---|---|---|\n| ReLU | $\\max(0, x)$ | $[0, \\infty)$ |\n",
)
