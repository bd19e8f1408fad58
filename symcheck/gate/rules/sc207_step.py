from symcheck.gate.model import Severity
from symcheck.gate.rules.rule import Rule

RULE = Rule(
    code="SC207",
    title="A step that does not follow",
    severity=Severity.ERROR,
    message="the two sides differ for all values that were tried{repair}",
    explanation="One side works out what stands on the other one (a derivative, a product written out, the "
    "next line of a calculation), and for random numbers, vectors and matrices in the place of the letters "
    "they differ, also for symmetric matrices and for either layout of a derivative. Where a change of one "
    "side is found with which both agree, it is named.",
    wrong="$$\\frac{d}{d\\mathbf{V}} \\|\\mathbf{X} - \\mathbf{U}\\mathbf{V}\\|_F^2 = 2\\mathbf{U}^\\top"
    "(\\mathbf{X} - \\mathbf{U}\\mathbf{V})$$\n",
    right="$$\\frac{d}{d\\mathbf{V}} \\|\\mathbf{X} - \\mathbf{U}\\mathbf{V}\\|_F^2 = -2\\mathbf{U}^\\top"
    "(\\mathbf{X} - \\mathbf{U}\\mathbf{V})$$\n",
)
