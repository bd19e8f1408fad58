from collections.abc import Iterable

from symcheck.gate.documents import Passage
from symcheck.gate.model import Severity
from symcheck.gate.numbers import wrong_numbers
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.latex import Presentation, parse


def _look(presentation: Presentation) -> Iterable[Hit]:
    for off in wrong_numbers(presentation):
        values = {"left": off.left, "right": off.right}
        yield Hit(start=off.span.start, end=off.span.end, values=values)


def _around(passage: Passage, presentation: Presentation) -> Iterable[Hit]:
    """A calculation that goes on from the formula before."""
    if not passage.fragment.display or not passage.earlier:
        return
    sides = [s.sides for s in parse(passage.earlier[-1]).statements if s.sides]
    for off in wrong_numbers(presentation, sides[-1][-1]) if sides else ():
        values = {"left": off.left, "right": off.right}
        yield Hit(start=off.span.start, end=off.span.end, values=values)


RULE = Rule(
    code="SC601",
    title="Worked numbers that do not agree",
    severity=Severity.ERROR,
    message="the two sides are {left} and {right}",
    explanation="Both sides consist of numbers, and they differ by more than rounding. A decimal "
    "stands for every "
    "number that rounds to it, `log` may have any usual base, units and prefixes (K, M, G) behind the "
    "formula "
    "count as such, and an approximation may be off by a quarter.",
    wrong="The sum is $0.0001 \\cdot 0.9985 + 0.98 \\cdot 0.0015 = 0.00176955$.\n",
    right="The sum is $0.0003 \\cdot 0.9985 + 0.98 \\cdot 0.0015 = 0.00176955$.\n",
    look=_look,
    around=_around,
)
