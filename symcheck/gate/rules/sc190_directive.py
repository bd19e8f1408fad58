from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC190",
    title="A directive that is not understood",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="A comment that begins with 'symcheck:' orders one of three things: 'ignore' (or 'ignore=' "
    "with codes of rules that there are), 'formula=' with the id of a catalog entry, 'assume' with relations "
    "such as x > 0. "
    "A mistyped order would silently do nothing.",
    wrong="<!-- symcheck: ignroe -->\n\n$a = b$\n",
    right="<!-- symcheck: ignore -->\n\n$a = b$\n",
)
