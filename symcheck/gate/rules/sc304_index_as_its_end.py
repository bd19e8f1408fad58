from collections.abc import Iterable

from symcheck.gate.binders import self_limited
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, index in self_limited(presentation):
        yield Hit(start=span.start, end=span.end, values={"index": index})


RULE = Rule(
    code="SC304",
    title="An index that ends at itself",
    severity=Severity.ERROR,
    message="the index {index} is also the name of its last value",
    explanation="The letter that a sum, a product or a list binds must not be the name of its own last "
    "value: inside, the letter means the running value, at the end it means a fixed number, and no "
    "reading satisfies both.",
    wrong="A history is $w^t = \\{w_s\\}_{t=0}^t$.\n",
    right="A history is $w^t = \\{w_s\\}_{s=0}^t$.\n",
    look=_look,
)
