from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC204",
    title="One slip away from a standard definition",
    severity=Severity.ERROR,
    message="this is one slip away from the standard definition of {name}: {slip}",
    explanation="The words around the formula name a quantity with a standard definition. The formula "
    "is that "
    "definition up to the letters used, but for one place: a sign, an exponent, an index, a function. "
    "All usual "
    "forms of the definition were compared, and customary factors such as a half or a mean for a sum "
    "count as "
    "the same. If another quantity is meant, `<!-- symcheck: ignore SC204 -->` before the formula says so.",
    wrong="The Jaccard index of two sets is\n\n$$J(A, B) = \\frac{|A \\cup B|}{|A \\cup B|}$$\n",
    right="The Jaccard index of two sets is\n\n$$J(A, B) = \\frac{|A \\cap B|}{|A \\cup B|}$$\n",
)
