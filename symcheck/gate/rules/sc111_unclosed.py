from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC111",
    title="A formula that nothing closes",
    severity=Severity.ERROR,
    message="{mark} opens a formula and no {closing} closes it in its paragraph: it is not shown as one",
    explanation="A formula ends in the paragraph in which it begins. Without its closing mark Markdown shows "
    "the source, TeX stops at the next blank line with an error, and reStructuredText complains. Nothing in "
    "it can be checked, and the marks of the formulas after it may be paired wrongly. A single mark counts "
    "only if a command of mathematics follows it in its paragraph, since a dollar may be an amount of money.",
    wrong="$$\n\\frac{d}{dx} x^2 = 2x\n\nHere $x$ is a number.\n",
    right="$$\n\\frac{d}{dx} x^2 = 2x\n$$\n\nHere $x$ is a number.\n",
)
