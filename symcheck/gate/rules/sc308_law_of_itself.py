from collections.abc import Iterable

from symcheck.gate.arguments import law_of_itself
from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, variable in law_of_itself(presentation):
        yield Hit(start=span.start, end=span.end, values={"variable": variable})


RULE = Rule(
    code="SC308",
    title="A law that depends on its own variable",
    severity=Severity.ERROR,
    message="the law of {variable} depends on {variable} itself",
    explanation="The parameters of the distribution of a variable may depend on what stands behind the "
    "conditional bar, and not on the variable.",
    wrong="The decoder is $p(x \\mid z) = \\mathcal{N}(x; \\mu(z), \\sigma(x)^2)$.\n",
    right="The decoder is $p(x \\mid z) = \\mathcal{N}(x; \\mu(z), \\sigma(z)^2)$.\n",
    look=_look,
)
