from collections.abc import Iterable

from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.sorts import gradient_as_value, set_as_number
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, name in set_as_number(presentation):
        problem = f"{name} is a set in this formula, and it is divided by it: its size would be |{name}|"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, gradient in gradient_as_value(presentation):
        problem = f"the left side is a number, and {gradient} makes the right side a gradient"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC312",
    title="A thing of another sort",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="A set stands where a number is needed (over which the same formula sums), or an objective, "
    "which is a number, is equated with a gradient: what is to be differentiated is differentiated already.",
    wrong="$$g = \\frac{1}{\\mathcal{B}} \\sum_{i \\in \\mathcal{B}} h(x_i)$$\n",
    right="$$g = \\frac{1}{|\\mathcal{B}|} \\sum_{i \\in \\mathcal{B}} h(x_i)$$\n",
    look=_look,
)
