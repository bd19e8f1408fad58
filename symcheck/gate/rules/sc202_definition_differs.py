from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC202",
    title="Not the definition of what it is called",
    severity=Severity.ERROR,
    message="this is not {title}: it differs from the definition in the catalog",
    explanation="The words around the formula (its row, its label, the name on its left side) name a "
    "quantity that the catalog defines. For every way to match the letters, the formula has another value. "
    "Factors such as the base of a logarithm, a mean instead of a sum or a half in a loss count as "
    "conventions and are not reported.",
    wrong="| Quantity | Formula |\n|---|---|\n| Entropy | $H(X) = \\sum p(x) \\log p(x)$ |\n",
    right="| Quantity | Formula |\n|---|---|\n| Entropy | $H(X) = -\\sum p(x) \\log p(x)$ |\n",
)
