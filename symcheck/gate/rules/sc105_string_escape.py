from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC105",
    title="A string escape eats a command",
    severity=Severity.ERROR,
    message="in this string {escape} is a control character, so {command} is lost; put r before the quotes",
    explanation="In a Python string without the prefix r, \\f, \\b, \\a, \\v, \\t, \\r and \\n are control "
    "characters: of \\frac{a}{b} only rac{a}{b} is left, after a form feed. Write the docstring as "
    'r"""...""", or double each backslash.',
    wrong='def half(x):\n    """Half, $\\frac{x}{2}$."""\n',
    right='def half(x):\n    r"""Half, $\\frac{x}{2}$."""\n',
    file="example.py",
)
