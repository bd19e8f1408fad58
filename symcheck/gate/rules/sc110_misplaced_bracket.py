from collections.abc import Iterable

from symcheck.gate.misplaced import hidden_braces, lonely_choice
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _check(latex: str) -> Iterable[Hit]:
    for start, end in hidden_braces(latex):
        problem = "the braces hold more than the brackets in them, and only the brackets show"
        yield Hit(start=start, end=end, values={"problem": problem})


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, name in lonely_choice(presentation):
        problem = f"{name} is taken of one thing, and the other one stands outside of its bracket"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC110",
    title="A bracket that ends too early",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="The argument of a function is closed before all of it is said: the largest of one "
    "thing and, outside, the thing to compare it with; or a group in braces, which do not show, around "
    "brackets that hold only a part of it.",
    wrong="The loss is $(\\max(m - a + b), 0)$.\n",
    right="The loss is $\\max(m - a + b, 0)$.\n",
    check=_check,
    look=_look,
)
