from collections.abc import Iterable

from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.tex_groups import Fault, group_fault


def _check(latex: str) -> Iterable[Hit]:
    fault = group_fault(latex)
    if fault is not None and fault.kind is Fault.BRACE:
        yield Hit(start=fault.start, end=fault.end, values={"what": fault.what, "problem": fault.problem})


RULE = Rule(
    code="SC101",
    title="Unbalanced braces",
    severity=Severity.ERROR,
    message="the brace {what} {problem}, so the formula does not render",
    explanation="Every { of a formula needs its }, within the same formula. TeX, KaTeX and MathJax show an "
    "error instead of the formula otherwise. Braces that are to be seen are written \\{ and \\}.",
    wrong="The logistic function is $\\frac{1}{1+e^{-x}$.\n",
    right="The logistic function is $\\frac{1}{1+e^{-x}}$.\n",
    check=_check,
)
