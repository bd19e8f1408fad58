from collections.abc import Iterable

from symcheck.gate.arguments import limit_unused
from symcheck.gate.binders import choice_unused, unused
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.sorts import unindexed
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, index, other in unused(presentation):
        problem = f"the index {index} is bound and does not occur in what follows, where {other} stands"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, index in unindexed(presentation):
        problem = f"the index {index} is bound and nothing in what follows has it"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, index in choice_unused(presentation):
        problem = f"the minimum or maximum is taken over {index}, which does not occur in what follows"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, index in limit_unused(presentation):
        problem = f"the limit is taken in {index}, which does not occur in what follows"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC303",
    title="A bound index that is not used",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="A sum, product, minimum or limit runs over a variable, and what it is taken of does not "
    "contain that variable but another one in its stead. Such a sum only multiplies by the number of its "
    "terms; as a rule one of the two letters is a slip.",
    wrong="The masses add to one: $$\\sum_{i=1}^k P(A_k) = 1$$\n",
    right="The masses add to one: $$\\sum_{i=1}^k P(A_i) = 1$$\n",
    look=_look,
)
