from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC302",
    title="A bound index is bound again",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="Inside a sum over i, another sum over i hides the outer index: what is meant by i in it "
    "cannot be told. Give the inner sum a letter of its own.",
    wrong="$$\\sum_{i=1}^n a_i \\sum_{i=1}^n b_i c_i$$\n",
    right="$$\\sum_{i=1}^n a_i \\sum_{j=1}^n b_j c_j$$\n",
)
