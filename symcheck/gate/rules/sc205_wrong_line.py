from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC205",
    title="A line that is known to be wrong",
    severity=Severity.ERROR,
    message="this line is known to be wrong ({name}){note} (symcheck show {id} tells what holds)",
    explanation="Sheets copy from each other, and some wrong lines travel. The catalog keeps such lines as "
    "they are printed, with a counterexample that was computed and the statement that is proved instead. A "
    "formula that is such a line, letter by letter, gets this finding.",
    wrong="After $n$ layers: "
    "$\\frac{\\partial L}{\\partial W^1} \\propto \\prod_{l=1}^{n} W^l \\cdot \\sigma'(z^l)$\n",
    right="After $n$ layers: "
    "$\\frac{\\partial L}{\\partial a^1} \\propto \\prod_{l=2}^{n} W^l \\cdot \\sigma'(z^l)$\n",
)
