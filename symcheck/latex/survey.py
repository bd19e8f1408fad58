"""What a formula shows about its symbols by the way it uses them, before anything is given a meaning.

Whether a subscript is an index or part of the name, and whether a letter is a number, a vector, a
matrix, the size of an axis or a random variable, is decided by use; what a context declares comes first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from symcheck.latex import notation, tree
from symcheck.latex.context import Context, Kind
from symcheck.latex.letters import bound_letters, differentiated_by, random_letters
from symcheck.latex.names import plain_name
from symcheck.latex.report import Span
from symcheck.latex.tree import Node

INDEX_CONVENTION = frozenset("ijkmn")
SEVERAL_INDICES = frozenset("abcdijklmnrstuvhw")
"""Letters that are indices where a symbol has several subscripts."""

LABELLED_SIZES = frozenset(
    {"d_k", "d_v", "d_h", "d_q", "d_m", "d_n", "n_k", "n_h", "N_k", "n_l", "n_j", "n_i"}
)
MATRIX_LETTERS = frozenset("WABQKVUXMHRSPDGJZYEF")
VECTOR_FUNCTIONS = frozenset({"softmax", "logsumexp", "LSE", "log_softmax", "LogSumExp", "logsoftmax"})
MATRIX_FUNCTIONS = frozenset({"tr", "Tr", "trace", "det", "rank", "diag"})
EXPECTATIONS = frozenset({"E", "Var", "Cov", "V", "var", "cov", "Corr", "Std", "std"})
INFORMATION = frozenset({"H", "I"})
DISTRIBUTIONS = frozenset({"p", "q", "P", "Q", "Pr", "pi", "m", "r", "u"})


@dataclass
class Facts:
    """``indexed`` maps a name to the index tuples it is seen with (labels excluded)."""

    bound: set[str] = field(default_factory=set)
    stepped: set[str] = field(default_factory=set)
    numbers: Counter[str] = field(default_factory=Counter)
    sizes: set[str] = field(default_factory=set)
    deltas: set[str] = field(default_factory=set)
    subscripts: dict[str, list[tuple[Node, ...]]] = field(default_factory=lambda: defaultdict(list))
    bold: set[str] = field(default_factory=set)
    bold_entries: set[str] = field(default_factory=set)
    transposed: set[str] = field(default_factory=set)
    matrices: set[str] = field(default_factory=set)
    vectors: set[str] = field(default_factory=set)
    applied: dict[str, list[tree.Call]] = field(default_factory=lambda: defaultdict(list))
    variables: set[str] = field(default_factory=set)
    summed: set[str] = field(default_factory=set)
    juxtaposed: set[str] = field(default_factory=set)
    neighbours: list[tuple[Node, Node]] = field(default_factory=list)
    below: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    offsets: set[str] = field(default_factory=set)
    functions_of_x: set[str] = field(default_factory=set)
    primed: set[str] = field(default_factory=set)
    index_letters: set[str] = field(default_factory=set)
    implied_sizes: dict[Span, str] = field(default_factory=dict)
    primes: dict[Span, str] = field(default_factory=dict)
    """The variable of each primed expression, as in ``(e^{x^2})'``."""
    context: Context = field(default_factory=Context)

    def is_index(self, letter: str, base: str = "", alone: bool = True) -> bool:
        """Is ``letter``, standing as a subscript of ``base``, an index and not a label?"""
        declared = self.context.symbols.get(letter)
        if declared is not None and declared.kind in (Kind.INDEX, Kind.LABEL):
            return declared.kind is Kind.INDEX
        if f"{base}_{letter}" in self.context.symbols or f"{base}_{letter}" in LABELLED_SIZES:
            return False
        if letter in self.bound or letter in self.deltas:
            return True
        if letter in self.stepped or letter in self.sizes or self.numbers[letter]:
            return False
        owner = self.context.symbols.get(base)
        if owner is not None and owner.kind in (Kind.TENSOR, Kind.DISTRIBUTION) and owner.shape:
            return len(letter) == 1
        if letter in self.index_letters:
            return True
        if alone and is_capital(base) and base[0] != "J":
            return False
        return letter in INDEX_CONVENTION

    def rank(self, name: str, count: int) -> int | None:
        """The number of axes of ``name`` when ``count`` of them are given as subscripts; None: not known."""
        declared = self.context.symbols.get(name)
        if declared is not None:
            if declared.kind is Kind.TENSOR:
                return len(declared.shape)
            if declared.kind is Kind.DISTRIBUTION:
                return max(1, len(declared.shape))
            return 0
        seen = [len(s) for s in self.indices_of(name)]
        if name in self.bold:
            own = 2 if is_capital(name) else 1
            if name in self.bold_entries and max(seen, default=0) == 1:
                return own + 1 if own == 1 else own
            return max([own, *seen])
        if seen and max(seen) > 0:
            return max(seen)
        if name in self.matrices:
            return 2
        if name in self.vectors:
            return 1
        if name in self.transposed:
            return 2 if is_capital(name) else 1
        if count == 0 and self.maybe_matrix(name):
            return None
        return 0

    def maybe_matrix(self, name: str) -> bool:
        """A capital letter beside another letter may be a matrix: without evidence nothing is decided."""
        letter = name.split("_")[0]
        return letter in MATRIX_LETTERS and name in self.juxtaposed and name not in self.sizes

    def indices_of(self, name: str) -> Iterator[tuple[str, ...]]:
        for items in self.subscripts.get(name, ()):
            letters = index_items(items, name, self)
            if letters is not None:
                yield letters


def is_capital(name: str) -> bool:
    """One capital letter, Latin or Greek, whatever its accents and labels."""
    letter = name.split("_")[0]
    return letter[:1].isupper() and (len(letter) == 1 or letter in notation.GREEK)


def is_small(name: str) -> bool:
    letter = name.split("_")[0]
    return letter[:1].islower() and (len(letter) == 1 or letter in notation.GREEK)


def index_items(items: tuple[Node, ...], base: str, facts: Facts) -> tuple[str, ...] | None:
    """The index letters of a subscript, or None if it is (also) a label."""
    letters: list[str] = []
    for item in items:
        match item:
            case tree.Symbol(style="", name=name) if not item.accents:
                if not facts.is_index(name, base, len(items) == 1):
                    return None
                letters.append(name)
            case tree.Number() if len(items) > 1 or facts_numbered(base, facts):
                letters.append(item.text)
            case tree.Subscript() if plain_name(item) in facts.bound:
                letters.append(plain_name(item) or "")
            case _:
                return None
    return tuple(letters)


def facts_numbered(base: str, facts: Facts) -> bool:
    """``x_1`` is an entry of a tensor that is declared or summed over, and a name of its own otherwise."""
    declared = facts.context.symbols.get(base)
    if base in facts.summed:
        return True
    return declared is not None and declared.kind in (Kind.TENSOR, Kind.DISTRIBUTION)


def survey(roots: Iterable[Node], context: Context) -> Facts:
    """The facts of a formula (all its statements together)."""
    facts = Facts(context=context)
    todo: list[tuple[Node, str]] = [(root, "number") for root in roots]
    while todo:
        node, role = todo.pop()
        todo.extend(_visit(node, role, facts))
    for base, uses in facts.subscripts.items():
        for items in uses:
            if len(items) > 1:
                letters = {i.name for i in items if isinstance(i, tree.Symbol) and i.style == ""}
                facts.index_letters |= letters & SEVERAL_INDICES
            elif isinstance(items[0], tree.Symbol) and items[0].name in facts.bound:
                facts.summed.add(base)
    _spread_matrices(facts)
    _spread_vectors(facts)
    return facts


def _visit(node: Node, role: str, facts: Facts) -> Iterator[tuple[Node, str]]:
    match node:
        case tree.Symbol():
            name = plain_name(node) or ""
            facts.seen.add(name)
            if node.style == "bold":
                facts.bold.add(name)
            if role == "number" and (len(node.name) == 1 or node.name in notation.GREEK):
                facts.numbers[name] += 1
        case tree.Subscript():
            yield from _subscript(node, facts)
        case tree.Mark():
            marked = plain_name(node) or ""
            facts.seen.add(marked)
            inner = _nucleus(node)
            if inner is not None and inner.style == "bold":
                facts.bold.add(marked)
        case tree.BigOperator():
            yield from _big(node, facts)
        case tree.Call():
            yield from _call(node, facts)
        case tree.Transpose():
            for n in _matrix_names(node.base):
                facts.transposed.add(n)
            yield node.base, "matrix"
        case tree.Power():
            base = plain_name(node.base)
            if isinstance(node.base, tree.Symbol) and node.base.style == "blackboard":
                facts.sizes |= {n for n in map(plain_name, tree.walk(node.exponent)) if n}
                return
            match node.exponent:
                case tree.Sum(signs=("-",), terms=(tree.Number(text="1"),)) if base and is_capital(base):
                    facts.matrices.add(f"{base}?")
            yield node.base, role
            yield node.exponent, "number"
        case tree.Product():
            _product(node, facts)
            yield from ((f, "number") for f in node.factors)
        case tree.Delimited(opening="||"):
            for item in node.items:
                facts.vectors |= {n for n in _vector_names(item) if not is_capital(n)}
                yield item, "number"
        case tree.Sum():
            names = [plain_name(t) for t in node.terms]
            if "I" in names:
                facts.matrices |= {n for n in names if n and is_capital(n)}
            small = {n for n in names if n and is_small(n)}
            if any(isinstance(t, tree.Product) and "odot" in t.operators for t in node.terms):
                facts.offsets |= small
            if any(_weighted(t) for t in node.terms):
                facts.offsets |= {n for n in small if n.split("_")[0] == "b"}
            yield from ((t, role) for t in node.terms)
        case tree.Cases():
            for value, condition in node.rows:
                yield value, role
                if condition is not None and not _compares_letters(condition):
                    yield condition, "number"
        case tree.Prime(base=tree.Delimited(items=(whole,))):
            variable = differentiated_by(whole)
            if variable is None:
                facts.functions_of_x |= {n.name for n in tree.walk(whole) if isinstance(n, tree.Symbol)}
            else:
                facts.primes[node.span] = variable
            yield node.base, "function" if variable is None else role
        case tree.Prime():
            primed = plain_name(node.base)
            if primed:
                facts.primed.add(primed)
            inner = _nucleus(node)
            if inner is not None and inner.style == "bold":
                facts.bold.add(plain_name(node) or "")
            yield node.base, "function"
        case tree.Derivative():
            yield node.body, "function"
            for v in node.variables:
                yield v, "variable"
        case _:
            yield from ((c, "number" if role != "argument" else role) for c in tree.children(node))


def _compares_letters(condition: Node) -> bool:
    """``i = j``: letters that may be indices, though they stand as numbers do."""
    match condition:
        case tree.Relation(sides=(tree.Symbol() as a, tree.Symbol() as b), operators=("=" | "!=",)):
            return {a.name, b.name} <= SEVERAL_INDICES
    return False


def _subscript(node: tree.Subscript, facts: Facts) -> Iterator[tuple[Node, str]]:
    base = plain_name(node.base)
    inner = _nucleus(node)
    labelled = plain_name(node)
    if labelled:
        facts.seen.add(labelled)
    if inner is not None and inner.style == "bold":
        facts.bold.add(base or "")
        facts.bold_entries.add(base or "")
        if labelled:
            facts.bold.add(labelled)
    if base == "delta" and len(node.items) == 2:
        facts.deltas |= {i.name for i in node.items if isinstance(i, tree.Symbol)}
        return
    if (
        base in ("mu", "sigma")
        and len(node.items) == 1
        and isinstance(node.items[0], tree.Sum | tree.Product)
    ):
        facts.variables |= random_letters(node.items[0])  # \\mu_{X + Y}
    if base is not None:
        facts.subscripts[base].append(node.items)
    elif not isinstance(node.base, tree.Symbol):
        letters = {i.name for i in node.items if isinstance(i, tree.Symbol) and i.style == ""}
        if len(node.items) > 1:
            facts.index_letters |= letters & SEVERAL_INDICES
        if len(node.items) == 2 and letters & SEVERAL_INDICES:
            facts.matrices |= {n for n in _matrix_names(node.base) if is_capital(n)}
        yield node.base, "number"
    for item in node.items:
        facts.below |= {n.name for n in tree.walk(item) if isinstance(n, tree.Symbol)}
        if isinstance(item, tree.Sum):
            facts.stepped |= {t.name for t in item.terms if isinstance(t, tree.Symbol)}
        if isinstance(item, tree.Relation):
            facts.stepped |= {t.name for t in item.sides if isinstance(t, tree.Symbol)}


def _big(node: tree.BigOperator, facts: Facts) -> Iterator[tuple[Node, str]]:
    if node.operator in ("sum", "prod", "max", "min"):
        for letter in bound_letters(node.lower):
            facts.bound.add(letter)
    if node.upper is not None and node.operator in ("sum", "prod"):
        name = plain_name(node.upper)
        if name:
            facts.sizes.add(name)
        else:
            facts.sizes |= {n for n in map(plain_name, tree.walk(node.upper)) if n}
    if node.lower is not None and isinstance(node.lower, tree.Relation):
        for side in node.lower.sides[1:]:
            yield side, "limit"
    yield node.body, "number"


def _call(node: tree.Call, facts: Facts) -> Iterator[tuple[Node, str]]:
    name = plain_name(node.function) or ""
    facts.applied[name].append(node)
    letter = name.split("_")[0]
    inner = _nucleus(node.function)
    if letter in VECTOR_FUNCTIONS and len(node.arguments.items) >= 1:
        argument = node.arguments.items[0]
        if isinstance(argument, tree.Symbol):
            name = plain_name(argument) or ""
            (facts.matrices if is_capital(name) else facts.vectors).add(name)
    if letter in MATRIX_FUNCTIONS:
        for n in _vector_names(node.arguments.items[0]) if node.arguments.items else ():
            facts.matrices.add(n)
    chance = letter in EXPECTATIONS | INFORMATION or (inner is not None and inner.style == "blackboard")
    role = "argument" if chance or letter in DISTRIBUTIONS else "number"
    for item in node.arguments.items:
        if chance:
            facts.variables |= random_letters(item)
        yield item, role if isinstance(item, tree.Symbol | tree.Subscript) else "number"
    if isinstance(node.function, tree.Subscript | tree.Prime):
        base = node.function.base
        if isinstance(base, tree.Symbol):
            return
        yield base, "function"


def _mean(node: tree.Product, facts: Facts) -> None:
    """``\\frac{1}{n} \\sum_i``: n is the size of the axis that the sum runs over."""
    for a, b in zip(node.factors, node.factors[1:], strict=False):
        if not (isinstance(a, tree.Fraction) and isinstance(b, tree.BigOperator) and b.operator == "sum"):
            continue
        name = plain_name(a.denominator)
        if b.upper is None and name and len(name) == 1 and name in "nNmMTKCBd":
            letters = bound_letters(b.lower)
            if len(letters) <= 1:
                facts.implied_sizes[b.span] = name
                facts.sizes.add(name)


def _product(node: tree.Product, facts: Facts) -> None:
    _mean(node, facts)
    if all(o == "" for o in node.operators):
        facts.neighbours += zip(node.factors, node.factors[1:], strict=False)
        names = [
            plain_name(f.base if isinstance(f, tree.Power | tree.Transpose) else f) for f in node.factors
        ]
        facts.juxtaposed |= {n for n in names if n}
    if "odot" in node.operators:
        for f in node.factors:
            for n in _vector_names(f):
                facts.vectors.add(f"{n}?")
    if node.operators == ("cdot",):
        names = [plain_name(f) for f in node.factors]
        if all(n in facts.bold for n in names):
            facts.vectors |= {n for n in names if n}


def _weighted(node: Node) -> bool:
    """``W x``: weights by convention."""
    if not isinstance(node, tree.Product):
        return False
    name = plain_name(node.factors[0])
    return name is not None and name.split("_")[0] == "W"


def _spread_vectors(facts: Facts) -> None:
    """Without bold letters, a small letter right of a matrix is a vector, and so is one left of a row.

    ``W`` is a matrix of weights by convention; a small letter left of a transposed one is a column unless
    it is a bare Greek letter, which is a number."""
    for left, right in facts.neighbours:
        a, b = plain_name(left), plain_name(right)
        if a and b and a.split("_")[0] == "W" and is_small(b) and facts.rank(a, 0) is None:
            facts.matrices.add(a)
    if any(n.split("_")[0] == "W" for n in facts.matrices):
        facts.matrices |= {n for n in facts.seen if n.split("_")[0] == "W"}
    if facts.bold:
        return
    facts.vectors |= facts.offsets
    for left, right in facts.neighbours:
        b = plain_name(right)
        if b and is_small(b) and facts.rank(b, 0) == 0 and _is_matrix(left, facts):
            facts.vectors.add(b)
        a = plain_name(left)
        if a and isinstance(right, tree.Transpose) and is_small(a) and facts.rank(a, 0) == 0:
            row = list(_matrix_names(right.base))
            if row and is_small(row[0]) and a not in notation.GREEK:
                facts.vectors.add(a)


def _is_matrix(node: Node, facts: Facts) -> bool:
    match node:
        case tree.Transpose():
            return any(is_capital(n) for n in _matrix_names(node.base))
        case tree.Delimited(items=(inner,)):
            return _is_matrix(inner, facts)
        case tree.Power():
            return _is_matrix(node.base, facts)
    name = plain_name(node)
    return name is not None and is_capital(name) and facts.rank(name, 0) == 2


def _spread_matrices(facts: Facts) -> None:
    """``?``: evidence that only counts beside other evidence; capitals beside a matrix are matrices."""
    maybe = {n[:-1] for n in facts.matrices if n.endswith("?")}
    facts.matrices = {n for n in facts.matrices if not n.endswith("?")}
    evidence = facts.matrices or facts.transposed or facts.bold
    lone = {n for n in facts.juxtaposed if n.split("_")[0] in MATRIX_LETTERS | {"Sigma", "Lambda", "I"}}
    lone = {n for n in lone if n not in facts.context.symbols}
    if evidence or (maybe & facts.juxtaposed):
        facts.matrices |= maybe
        if any(is_capital(n) for n in facts.transposed) or facts.matrices or facts.bold:
            facts.matrices |= {n for n in lone if n not in facts.sizes}
    circled = {n[:-1] for n in facts.vectors if n.endswith("?")}
    facts.vectors = {n for n in facts.vectors if not n.endswith("?")}
    for n in circled:
        if n[:1].isupper():
            facts.matrices.add(n)
        else:
            facts.vectors.add(n)


def _nucleus(node: Node) -> tree.Symbol | None:
    while isinstance(node, tree.Subscript | tree.Mark | tree.Prime | tree.Power | tree.Transpose):
        node = node.base
    return node if isinstance(node, tree.Symbol) else None


def _matrix_names(node: Node) -> Iterator[str]:
    """The names whose transpose is taken."""
    if isinstance(node, tree.Delimited) and len(node.items) == 1:
        node = node.items[0]
    if isinstance(node, tree.Sum):
        for t in node.terms:
            yield from _matrix_names(t)
    elif isinstance(node, tree.Product):
        for t in node.factors:
            name = plain_name(t)
            if name and name[:1].isupper():
                yield name
    elif name := plain_name(node):
        yield name


def _vector_names(node: Node) -> Iterator[str]:
    """The names in a sum or product of which the norm is taken."""
    match node:
        case tree.Sum():
            for t in node.terms:
                yield from _vector_names(t)
        case tree.Call(arguments=tree.Delimited(items=(inner,))):
            yield from _vector_names(inner)
        case tree.Symbol() | tree.Mark():
            name = plain_name(node)
            if name:
                yield name
