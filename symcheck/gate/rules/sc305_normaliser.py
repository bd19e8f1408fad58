from collections.abc import Iterable

from symcheck.gate.arguments import shares
from symcheck.gate.binders import normalisers
from symcheck.gate.model import Severity
from symcheck.gate.outcomes import foreign_total
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, total in normalisers(presentation):
        problem = f"{total} has the running index in another place than the numerator"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, condition, outcome in foreign_total(presentation):
        problem = f"the sum runs over {condition}, which is given, and not over {outcome}"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, above, below in shares(presentation):
        problem = f"the numerator has {above} where the same term of the denominator has {below}"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC305",
    title="A normaliser of other terms",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="Where a term is divided by the sum of all such terms, the sum has to consist of the "
    "terms themselves, with the running index in the place that the index has in the numerator. "
    "Otherwise the shares do not add to one.",
    wrong="$$w_i = \\frac{a(k_i, q)}{\\sum_j a(k, q_j)}$$\n",
    right="$$w_i = \\frac{a(k_i, q)}{\\sum_j a(k_j, q)}$$\n",
    look=_look,
)
