"""LaTeX math -> tokens -> presentation tree -> meaning, and terms -> LaTeX.

    presentation = parse(r"s_i = \\frac{e^{z_i}}{\\sum_j e^{z_j}}")
    reading = interpret(presentation, Context())
    reading.sentences[0].sides[1].expr        # exp(z[i])/Sum(exp(z[j]), (j, 1, n))

Nothing of the text is ever evaluated: there is no ``eval`` and no ``sympify``, the work is bounded by
``Limits``, and what is not understood comes back as ``NotRead`` with a reason and a place.
"""

from symcheck.latex.context import Context, Convention, Declaration, Definition, Kind
from symcheck.latex.names import name_of
from symcheck.latex.parser import parse
from symcheck.latex.printing import to_latex
from symcheck.latex.reading import Head, Link, Reading, Role, Sentence, Side
from symcheck.latex.report import LatexError, Note, NotRead, Problem, ProblemKind, Reason, Span
from symcheck.latex.semantics import interpret
from symcheck.latex.tokens import Limits, Token, tokenize
from symcheck.latex.tree import Presentation, Statement

__all__ = [
    "Limits", "Token", "tokenize", "LatexError", "Span",
    "Presentation", "Statement", "parse",
    "Context", "Convention", "Declaration", "Definition", "Kind", "name_of",
    "Reading", "Role", "Sentence", "Side", "Link", "Head", "interpret",
    "Note", "NotRead", "Problem", "ProblemKind", "Reason",
    "to_latex",
]  # fmt: skip
