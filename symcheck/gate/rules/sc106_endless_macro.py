from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC106",
    title="A macro without end",
    severity=Severity.ERROR,
    message="the expansion of {name} does not end, so the formula does not render",
    explanation="A macro whose body calls it again, directly or over other macros, never becomes a formula: "
    "TeX runs out of memory, KaTeX and MathJax stop with an error. To extend a command, keep the old one "
    "under another name with \\let first.",
    wrong="$$\\newcommand{\\loss}{\\loss + 1} \\loss = 0$$\n",
    right="$$\\newcommand{\\loss}{L + 1} \\loss = 0$$\n",
)
