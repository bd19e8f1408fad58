from collections.abc import Iterable

from symcheck.gate.arguments import fixed_values, foreign_letters, renamed_argument
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, lost, found in renamed_argument(presentation):
        problem = f"the argument {lost} does not occur on the right side, where {found} stands in its place"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, found in foreign_letters(presentation):
        problem = f"none of the arguments occurs on the right side, which speaks of {found}"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, value in fixed_values(presentation):
        problem = f"the value {value}, which the condition fixes, is no argument of the left side"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC307",
    title="Arguments that the other side does not have",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="A definition names its arguments on the left. If the right side never mentions one of "
    "them and has another letter in its place, or fixes a value by a condition that is no argument, one "
    "of the two letters is a slip.",
    wrong="$$b(c, a_k) = \\frac{1}{K-1}\\sum_{i \\neq k} R(s, a_i)$$\n",
    right="$$b(s, a_k) = \\frac{1}{K-1}\\sum_{i \\neq k} R(s, a_i)$$\n",
    look=_look,
)
