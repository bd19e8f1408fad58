from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC201",
    title="The two sides differ",
    severity=Severity.ERROR,
    message="the two sides of {relation} are not equal",
    explanation="Both sides of the relation were evaluated at the same values with rigorous error bounds, "
    "and they are different. The relation also fails where all quantities are positive, and where they lie "
    "between 0 and 1, so no silent assumption about signs saves it.",
    wrong="The derivative of the logistic function: $\\sigma'(x) = \\sigma(x)(1 + \\sigma(x))$.\n",
    right="The derivative of the logistic function: $\\sigma'(x) = \\sigma(x)(1 - \\sigma(x))$.\n",
)
