from collections.abc import Iterable

from symcheck.gate.model import Severity
from symcheck.gate.outcomes import broken_chain, lost_condition, lost_family, unbound_outcome
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, name in unbound_outcome(presentation):
        problem = f"the outcome {name} is neither summed over nor an argument of the left side"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, name in broken_chain(presentation):
        problem = f"{name} is given here, and the next factor of the chain is not its probability"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, name in lost_condition(presentation):
        problem = f"every factor on the right is given {name}, and the left side is not"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, name in lost_family(presentation):
        problem = f"{name} is an outcome on the left side, and no factor on the right is its probability"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


RULE = Rule(
    code="SC313",
    title="Probabilities whose variables do not fit",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="In a sum or product of probabilities every variable has to come from somewhere: what is "
    "not summed over is an argument of the left side, in a chain each condition is the outcome of the "
    "next factor, and each outcome of a joint law is the outcome of some factor.",
    wrong="$$p(x \\mid z_1) p(z_2 \\mid z_3) \\cdots p(z_{m-1} \\mid z_m) p(z_m)$$\n",
    right="$$p(x \\mid z_1) p(z_1 \\mid z_2) \\cdots p(z_{m-1} \\mid z_m) p(z_m)$$\n",
    look=_look,
)
