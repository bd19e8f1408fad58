from collections.abc import Iterable

from symcheck.gate.documents import Passage
from symcheck.gate.model import Severity
from symcheck.gate.products import (
    bare_vectors,
    blocks,
    column_in_front,
    identity_size,
    transposed_twice,
)
from symcheck.gate.rules.rule import Hit, Rule
from symcheck.gate.sizes import misfits
from symcheck.latex import Presentation


def _look(presentation: Presentation) -> Iterable[Hit]:
    for span, columns, rows in blocks(presentation):
        problem = f"the columns of one block belong to {columns}, the rows of the next to {rows}"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, matrix in transposed_twice(presentation):
        problem = f"{matrix} stands twice in a row next to the matrix itself"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})


def _around(passage: Passage, presentation: Presentation) -> Iterable[Hit]:
    for span, vector in bare_vectors(passage, presentation):
        problem = f"two columns are multiplied; in the text around the first one, {vector}, is transposed"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, vector in column_in_front(passage, presentation):
        problem = f"{vector} is a column in the text before, and stands in front of a matrix"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for span, size, wanted in identity_size(passage, presentation):
        problem = f"the product has {wanted} rows by the size that the text gives, and not {size}"
        yield Hit(start=span.start, end=span.end, values={"problem": problem})
    for found in misfits(passage, presentation):
        yield Hit(start=found.span.start, end=found.span.end, values={"problem": found.problem})


RULE = Rule(
    code="SC314",
    title="Sizes that do not fit",
    severity=Severity.ERROR,
    message="{problem}",
    explanation="In a product the columns of each factor are the rows of the next. Blocks of a kernel "
    "matrix, transposes and vectors show on the page which are which, and the words around a formula give "
    "sizes: a matrix is said to lie in a space of m by n matrices, or to be one. Such sizes are carried "
    "through products, sums and equations; where they contradict the formula, one of them is a slip. A "
    "vector may be a column or a row, sums may broadcast, and nothing is said of sizes that are equated.",
    wrong="$$Q = k(X, U) k(X, X)^{-1} k(U, X)$$\n",
    right="$$Q = k(X, U) k(U, U)^{-1} k(U, X)$$\n",
    look=_look,
    around=_around,
)
