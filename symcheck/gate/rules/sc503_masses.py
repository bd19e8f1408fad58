from collections.abc import Iterable

from symcheck.gate.counts import not_counted
from symcheck.gate.documents import Passage
from symcheck.gate.masses import not_one
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _around(passage: Passage, presentation: Presentation) -> Iterable[Hit]:
    for statement in presentation.statements:
        found = not_one(passage, statement) or not_counted(passage, statement)
        if found is not None:
            values = {"total": f"{found.value:.4g}", "at": found.at}
            yield Hit(start=found.span.start, end=found.span.end, values=values)


RULE = Rule(
    code="SC503",
    title="Probabilities that do not add to one",
    severity=Severity.ERROR,
    message="the probabilities of all values add to {total}, not to 1 ({at})",
    explanation="The text says that a variable has two values (0 and 1, or -1 and 1), or speaks of a mass "
    "function, and the formula gives their probabilities. They are added for several values of the "
    "parameters, those of a count over each of the usual ranges.",
    wrong="With labels in $\\{0, 1\\}$ the likelihood is\n\n$$p(Y = y \\mid f) = \\Phi(y f)$$\n",
    right="With labels in $\\{-1, 1\\}$ the likelihood is\n\n$$p(Y = y \\mid f) = \\Phi(y f)$$\n",
    around=_around,
)
