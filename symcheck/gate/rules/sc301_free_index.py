from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC301",
    title="A free index on one side only",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="An index that no sum binds has to occur on both sides of an equation, or on none: otherwise "
    "one side is one number and the other is one for each value of the index.",
    wrong="$$v_i = \\sum_k A_{jk} u_k$$\n",
    right="$$v_j = \\sum_k A_{jk} u_k$$\n",
)
