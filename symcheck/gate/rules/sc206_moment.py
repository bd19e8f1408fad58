from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC206",
    title="Not the moment of the law",
    severity=Severity.ERROR,
    message="this is not {moment}",
    explanation="Where a text says which law a variable has (X ~ D(...), or the row of a table), its mean, "
    "variance and standard deviation are known. The value on the page differs from them in every usual "
    "parametrisation, and a counterexample gives parameters for which it does.",
    wrong="If $X \\sim \\mathrm{Binomial}(n, p)$, then $\\sigma_X^2 = n p (1 + p)$.\n",
    right="If $X \\sim \\mathrm{Binomial}(n, p)$, then $\\sigma_X^2 = n p (1 - p)$.\n",
)
