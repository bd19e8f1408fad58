from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC104",
    title="A bar splits a formula in a table",
    severity=Severity.ERROR,
    message="the bar | inside this formula ends the table cell, and the row falls apart; write \\vert",
    explanation="In a Markdown table every | that is not escaped is a border, inside a formula too. The "
    "formula is cut, the rest of the row moves to the right, and the last cells are lost. \\vert, \\lvert, "
    "\\rvert and \\mid mean the same and are safe; \\| reaches TeX as a plain |.",
    wrong="| norm | formula |\n|---|---|\n| sum of sizes | $\\sum_i |a_i|$ |\n",
    right="| norm | formula |\n|---|---|\n| sum of sizes | $\\sum_i \\lvert a_i \\rvert$ |\n",
)
