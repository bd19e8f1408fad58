from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC108",
    title="A blank beside a dollar",
    severity=Severity.ERROR,
    message="the blank {side} dollar keeps this from being a formula: it is shown as it is written",
    explanation="In Markdown a dollar that begins a formula has no blank after it, and one that ends it none "
    "before it. Pandoc, the preview of VS Code, GitLab and most other renderers show the source otherwise, "
    "since the dollar may be an amount of money. Formulas with a blank at both dollars are left alone: some "
    "renderers take them.",
    wrong="The variance is $\\sigma^2 = $ E[X^2] here.\n",
    right="The variance is $\\sigma^2 =$ E[X^2] here.\n",
)
