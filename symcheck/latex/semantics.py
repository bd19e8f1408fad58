"""A presentation and its context -> what each statement says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from symcheck.latex import tree
from symcheck.latex.chance import ChanceReader
from symcheck.latex.context import Context, Declaration, Definition
from symcheck.latex.declarations import declaration, declared_shapes
from symcheck.latex.functions import ELEMENTWISE, TENSOR_FUNCTIONS
from symcheck.latex.names import plain_name
from symcheck.latex.reading import Head, Reading, Role, Sentence, Side
from symcheck.latex.report import NotRead, NotReadError, Problem, ProblemKind, Reason, Span
from symcheck.latex.settle import Settled, settle
from symcheck.latex.survey import EXPECTATIONS, INFORMATION, index_items, survey
from symcheck.latex.tree import Node, Presentation, Statement
from symcheck.latex.values import Axis, Grid, Meaning, SizeConflict, Value

_COMPARING = frozenset(
    {"=", "!=", "<", ">", "<=", ">=", "~~", "~=", "equiv", "propto", "<<", ">>", "<~", ">~"}
)
_DECLARING = frozenset(
    {"in", "notin", "->", "|->", "~", "subset", "subseteq", "succ", "prec", "succeq", "preceq"}
)
MAX_EXPRESSION = 6_000


@dataclass
class _Found:
    """A side before the open axes and sizes are settled."""

    span: Span
    meaning: Meaning | None = None
    head: Head | None = None
    not_read: NotRead | None = None


def interpret(presentation: Presentation, context: Context | None = None) -> Reading:
    """The meaning of ``presentation`` under ``context``.  Never raises on document text."""
    context = context or Context()
    statements = presentation.statements
    roots = [n for s in statements for n in (*s.sides, *s.conditions)]
    if not roots:
        return Reading((), not_read=presentation.not_read, notes=presentation.notes)
    try:
        reader = ChanceReader(survey(roots, context), context)
    except RecursionError:
        whole = Span(0, len(presentation.text))
        return Reading((), not_read=NotRead(Reason.TIME, whole, "nesting too deep"))
    problems: list[Problem] = []
    sentences: dict[int, Sentence] = {}
    definitions: dict[str, Definition] = {}
    explaining = [k for k in range(len(statements)) if _defines(statements[k], reader)]
    again = _explained_twice(statements, explaining)
    order = sorted(range(len(statements)), key=lambda k: k not in explaining and not again)
    for k in order:
        if (told := _explained(statements[k])) in again and k in explaining:
            reader.definitions.pop(told, None)
        sentence, found = _guarded(statements[k], reader)
        sentences[k] = sentence
        problems += found
        if (made := _definition(sentence)) is not None:
            definitions[made.name] = made
            if isinstance(statements[k].sides[0], tree.Call):
                reader.definitions.setdefault(made.name, made)
    ordered = tuple(sentences[k] for k in range(len(statements)))
    not_read = presentation.not_read or next((s.not_read for s in ordered if s.not_read is not None), None)
    symbols = {**reader.symbols, **declared_shapes(statements), **_tensors(reader)}
    return Reading(ordered, tuple(problems), symbols, definitions, presentation.notes, not_read)


def _defines(statement: Statement, reader: ChanceReader) -> bool:
    """Statements that explain a name come first, so that the others can use it."""
    if not statement.operators or statement.operators[0] not in ("=", ":="):
        return False
    left, right = statement.sides[:2]
    if isinstance(right, tree.Matrix):
        return plain_name(left) is not None
    return isinstance(left, tree.Call) and _unknown_function(left, reader)


def _explained_twice(statements: Sequence[Statement], explaining: Sequence[int]) -> frozenset[str]:
    """The functions that a formula explains more than once, as lists of examples do: what is said of one is
    said of what it was last."""
    times = Counter(_explained(statements[k]) for k in explaining)
    return frozenset(name for name in times if name and times[name] > 1)


def _explained(statement: Statement) -> str:
    """The f of ``f(x) = ...``."""
    head = statement.sides[0] if statement.sides else None
    return (plain_name(head.function) or "") if isinstance(head, tree.Call) else ""


def _unknown_function(call: tree.Call, reader: ChanceReader) -> bool:
    """A function that only this formula can explain."""
    name = plain_name(call.function)
    if name is None or name in reader.definitions or isinstance(call.function, tree.Prime | tree.Power):
        return False
    if name in ELEMENTWISE or name in TENSOR_FUNCTIONS or reader.is_distribution(name):
        return False
    letter = name.split("_")[0]
    about_chance = reader.facts.variables or name in ("H", "D_KL", "KL")
    if about_chance and letter in EXPECTATIONS | INFORMATION | {"D", "KL"}:
        return False
    return all(isinstance(a, tree.Symbol) for a in call.arguments.items)


def _guarded(statement: Statement, reader: ChanceReader) -> tuple[Sentence, list[Problem]]:
    """``_sentence``; a document must not stop the gate, whatever SymPy makes of it."""
    try:
        return _sentence(statement, reader)
    except Exception as error:
        not_read = NotRead(Reason.THEORY, statement.span, f"{type(error).__name__} while building a sentence")
        return Sentence(statement.span, Role.EXPRESSION, (Side(statement.span, not_read=not_read),), ()), []


def _sentence(statement: Statement, reader: ChanceReader) -> tuple[Sentence, list[Problem]]:
    scope = reader.scope
    scope.start()
    scope.problems, reader.shape_problems = [], []
    if statement.not_read is not None:
        side = Side(statement.span, not_read=statement.not_read)
        return Sentence(statement.span, Role.EXPRESSION, (side,), ()), []
    if statement.operators and set(statement.operators) & _DECLARING:
        return declaration(statement), []
    found: list[_Found] = []
    letters: list[set[str]] = []
    done: dict[int, tuple[_Found, set[str]]] = {}
    # names last, from the right: the other sides show whether a name is a number, a vector or a matrix
    order = sorted(
        range(len(statement.sides)), key=lambda k: (plain_name(statement.sides[k]) is not None, -k)
    )
    for k in order:
        scope.closed = {}
        before = dict(scope.free)
        scope.free = {}
        if done:
            _adopt_rank(statement, k, [f for f, _ in done.values()], reader)
        read = _side(statement.sides[k], reader, k == 0 and bool(statement.operators))
        own = set(scope.free) if read.meaning is not None else set()
        done[k] = (_same_letters(read, before, reader), own)
        scope.free = {**{x: before.get(x, a) for x, a in scope.free.items()}, **before}
    for k in sorted(done):
        found.append(done[k][0])
        letters.append(done[k][1])
    conditions, not_understood = _conditions(statement, reader)
    problems = [*reader.shape_problems, *scope.problems, *_free_indices(statement, found, letters)]
    named, written = found[0].head, found[-1].meaning
    if isinstance(written, Grid) and len(found) == 2 and named is not None and not named.arguments:
        reader.grids[named.name] = written
    found, misfit = _line_up(found, reader, statement)
    problems += misfit
    arguments = [a for f in found if f.head is not None for a in f.head.arguments]
    settled = settle([f.meaning for f in found], conditions, scope.free, arguments, reader)
    sides = tuple(_finished(f, m) for f, m in zip(found, settled.meanings, strict=True))
    role = _role(statement, sides)
    sides = tuple(_with_settled_head(s, settled) for s in sides)
    sentence = Sentence(
        statement.span, role, sides, statement.operators, settled.ranges, settled.conditions, not_understood
    )
    return sentence, problems


def _adopt_rank(statement: Statement, k: int, known: list[_Found], reader: ChanceReader) -> None:
    """A bare name that equals a vector or a matrix is one."""
    name = plain_name(statement.sides[k])
    if name is None or not set(statement.operators) <= {"=", ":=", "~~", "<-"}:
        return
    if name in reader.context.symbols or name in reader.tensors or reader.facts.rank(name, 0):
        return
    ranks = {f.meaning.rank for f in known if isinstance(f.meaning, Value) and not f.meaning.expr.is_number}
    if ranks == {1}:
        reader.facts.vectors.add(name)
    elif ranks == {2}:
        reader.facts.matrices.add(name)


def _side(node: Node, reader: ChanceReader, first: bool) -> _Found:
    if isinstance(node, tree.Missing):
        return _Found(node.span)
    head = _head(node, reader)
    reader.defining = head.name if head is not None and first else None
    try:
        unknown = first and isinstance(node, tree.Call) and _unknown_function(node, reader)
        if unknown and isinstance(node, tree.Call) and not _scalar_function(node, reader):
            return _Found(node.span, head=head)
        if first and isinstance(node, tree.Subscript) and isinstance(node.base, tree.Call):
            name = plain_name(node.base.function)
            if name is not None and name not in TENSOR_FUNCTIONS and name not in reader.definitions:
                return _Found(node.span, head=head)
        meaning = reader.meaning(node)
        if isinstance(meaning, Value) and _size(meaning.expr) > MAX_EXPRESSION:
            return _Found(node.span, not_read=NotRead(Reason.TIME, node.span, "formula too large"))
        bare = meaning.expr if isinstance(meaning, Value) else sp.Integer(0)
        if bare.has(sp.Integral):  # the bounds may be infinite
            bare = bare.xreplace({e: sp.Integer(0) for e in bare.atoms(sp.Integral)})
        if bare.has(sp.nan, sp.zoo, sp.oo, sp.S.NegativeInfinity):
            return _Found(node.span, not_read=NotRead(Reason.THEORY, node.span, "infinite"))
        return _Found(node.span, meaning, head)
    except NotReadError as stop:
        if first and head is not None and head.name not in {*ELEMENTWISE, *TENSOR_FUNCTIONS}:
            return _Found(node.span, head=head)
        return _Found(node.span, not_read=stop.not_read)
    except RecursionError:
        return _Found(node.span, not_read=NotRead(Reason.TIME, node.span, "nesting too deep"))
    except SizeConflict as conflict:
        message = f"an axis has the size {conflict.a} in one place and {conflict.b} in another"
        sure = reader.declared(conflict)
        reader.shape_problems.append(Problem(ProblemKind.SHAPE, node.span, message, sure))
        return _Found(node.span, not_read=NotRead(Reason.THEORY, node.span, "shapes do not agree"))
    except Exception as error:
        # SymPy refuses some arguments with errors of many kinds; a document must not stop the gate
        detail = f"{type(error).__name__} while building the expression"
        return _Found(node.span, not_read=NotRead(Reason.THEORY, node.span, detail))
    finally:
        reader.defining = None


def _scalar_function(node: tree.Call, reader: ChanceReader) -> bool:
    """``f(x)`` of a number, with a one-letter name: it has a meaning as an undefined function."""
    name = plain_name(node.function) or ""
    if len(name.split("_")[0]) > 1 and name not in ("phi", "psi", "sigma", "varphi"):
        return False
    ranks = [reader.facts.rank(plain_name(a) or "", 0) for a in node.arguments.items]
    return all(r == 0 for r in ranks) and not reader.facts.variables


def _size(expr: sp.Basic) -> int:
    count = 0
    for _ in sp.preorder_traversal(expr):
        count += 1
        if count > MAX_EXPRESSION:
            break
    return count


def _head(node: Node, reader: ChanceReader) -> Head | None:
    """A side that is a name with arguments and indices."""
    if isinstance(node, tree.Subscript) and isinstance(node.base, tree.Call):
        inner = _head(node.base, reader)
        return inner
    if isinstance(node, tree.Call):
        name = plain_name(node.function)
        if name is None:
            return None
        bar = next((k for k, s in enumerate(node.arguments.separators) if s in ("|", "||", ";")), None)
        given = 0 if bar is None else len(node.arguments.items) - bar - 1
        return Head(name, tuple(_argument(a, reader) for a in node.arguments.items), given=given)
    if isinstance(node, tree.Subscript):
        base = plain_name(node.base)
        if base is not None and index_items(node.items, base, reader.facts):
            return Head(base)
    name = plain_name(node)
    return Head(name) if name is not None else None


def _argument(node: Node, reader: ChanceReader) -> sp.Basic:
    name = plain_name(node)
    if name is None:
        try:
            found = reader.meaning(node)
        except Exception:  # an argument without a meaning is still an argument
            return sp.Symbol("?")
        return found.expr if isinstance(found, Value) and not found.rank else sp.Symbol("?")
    if name in reader.joint and not reader.facts.numbers[name]:
        rank: int | None = len(reader.joint[name])
    else:
        rank = reader.facts.rank(name, 0)
    if rank:
        try:
            return reader.tensor(name, rank, node.span)
        except (NotReadError, SizeConflict):
            return sp.Symbol(name)
    return sp.Symbol(name, real=True)


def _same_letters(side: _Found, before: Mapping[str, Axis], reader: ChanceReader) -> _Found:
    """A letter that is free on both sides is one index."""
    if not isinstance(side.meaning, Value):
        for letter, axis in reader.scope.free.items():
            if letter in before:
                _unify(axis, before[letter], side.span, reader)
        return side
    renamed = {}
    for letter, axis in reader.scope.free.items():
        if letter in before:
            _unify(axis, before[letter], side.span, reader)
            renamed[axis.index] = before[letter].index
    if not renamed:
        return side
    expr = side.meaning.expr.xreplace(renamed)
    return replace(side, meaning=replace(side.meaning, expr=expr))


def _unify(a: Axis, b: Axis, span: Span, reader: ChanceReader) -> None:
    try:
        reader.sizes.unify(a.size, b.size)
    except SizeConflict as conflict:
        message = (
            f"the index {a.index.name} runs to {conflict.a} on one side and to {conflict.b} on the other"
        )
        reader.shape_problems.append(Problem(ProblemKind.SHAPE, span, message, reader.declared(conflict)))


def _conditions(
    statement: Statement, reader: ChanceReader
) -> tuple[tuple[sp.Basic, ...], tuple[NotRead, ...]]:
    """What is stated beside the relation, and what of it was not understood."""
    out: list[sp.Basic] = []
    unread: list[NotRead] = []
    todo = list(statement.conditions)
    while todo:
        node = todo.pop(0)
        if isinstance(node, tree.Logic) and node.operator == "forall":
            todo[:0] = node.operands
        elif isinstance(node, tree.Symbol | tree.Subscript | tree.Sequence) or _ranges_over(node):
            continue  # "for all x", "i = 1, ..., n": nothing beyond what the free letters mean anyway
        else:
            try:
                found = reader.condition(node)
            except NotReadError as stop:
                unread.append(stop.not_read)
            except (SizeConflict, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError):
                unread.append(NotRead(Reason.THEORY, node.span, "condition"))
            else:
                out += [found] if isinstance(found, sp.Basic) else []
    return tuple(out), tuple(unread)


def _ranges_over(node: Node) -> bool:
    """``i = 1, \\ldots, n``."""
    return (
        isinstance(node, tree.Relation)
        and node.operators[0] in ("=", "in")
        and any(isinstance(n, tree.Dots) for n in tree.walk(node))
    )


def _without_arguments(node: Node) -> Node:
    if isinstance(node, tree.Call):
        return node.function
    return tree.with_children(node, _without_arguments)


def _free_indices(statement: Statement, found: list[_Found], letters: list[set[str]]) -> list[Problem]:
    """Indices that are free on one side of an equation only."""
    problems = []
    for k, operator in enumerate(statement.operators):
        left, right = found[k], found[k + 1]
        if (
            operator not in ("=", ":=", "~~")
            or not isinstance(left.meaning, Value)
            or not isinstance(right.meaning, Value)
        ):
            continue
        if left.meaning.rank or right.meaning.rank:
            continue
        a, b = letters[k], letters[k + 1]
        span = left.span | right.span
        summed = False
        for here, own, other in ((k, a, b), (k + 1, b, a)):
            repeated = {x for x in own - other if _occurrences(statement.sides[here], x) > 1}
            if repeated and own - other == repeated:
                detail = f"{', '.join(sorted(repeated))} may be summed over by convention"
                unread = NotRead(Reason.SYMBOL, found[here].span, detail)
                found[here] = replace(found[here], meaning=None, not_read=unread)
                summed = True
        if summed:
            continue
        if a - b and b - a:
            names = ", ".join(sorted(b - a))
            message = f"the index {names} is free on the right side but not on the left"
            # f(x_i) = c_m: to which m an i belongs is what f may tell
            outside = any(_occurrences(_without_arguments(statement.sides[k]), x) for x in a - b)
            problems.append(Problem(ProblemKind.FREE_INDEX, span, message, sure=outside))
        elif b - a:
            names = ", ".join(sorted(b - a))
            message = f"the index {names} is free on the right side but not on the left"
            problems.append(Problem(ProblemKind.FREE_INDEX, span, message, sure=False))
    return problems


def _occurrences(node: Node, letter: str) -> int:
    """How often ``letter`` stands as a subscript."""
    subscripts = (n for n in tree.walk(node) if isinstance(n, tree.Subscript))
    return sum(isinstance(i, tree.Symbol) and i.name == letter for s in subscripts for i in s.items)


def _line_up(
    found: list[_Found], reader: ChanceReader, statement: Statement
) -> tuple[list[_Found], list[Problem]]:
    """Open axes of all sides get the same indices; a vector may meet entries with the free indices."""
    values = [f for f in found if isinstance(f.meaning, Value)]
    ranks = {f.meaning.rank for f in values if isinstance(f.meaning, Value)}
    if ranks <= {0}:
        return found, []
    model = next(f.meaning for f in values if isinstance(f.meaning, Value) and f.meaning.rank == max(ranks))
    assert isinstance(model, Value)
    axes = model.axes
    free = list(reader.scope.free.values())
    if 0 in ranks and len(free) == len(axes):
        axes = tuple(free)
    out: list[_Found] = []
    problems: list[Problem] = []
    for f in found:
        m = f.meaning
        if not isinstance(m, Value):
            out.append(f)
        elif m.rank == len(axes):
            try:
                for a, b in zip(m.axes, axes, strict=True):
                    reader.sizes.unify(a.size, b.size)
            except SizeConflict as conflict:
                message = f"the two sides have the sizes {conflict.a} and {conflict.b}"
                problems.append(Problem(ProblemKind.SHAPE, f.span, message, reader.declared(conflict)))
                out.append(
                    replace(f, meaning=None, not_read=NotRead(Reason.THEORY, f.span, "shapes do not agree"))
                )
                continue
            renamed = {a.index: b.index for a, b in zip(m.axes, axes, strict=True)}
            out.append(replace(f, meaning=Value(m.expr.xreplace(renamed), axes)))
        elif m.rank == 0 and (m.expr.is_number or axes == tuple(free)):
            out.append(replace(f, meaning=Value(m.expr, axes)))
        else:
            message = f"a tensor with {m.rank} axes stands against one with {len(axes)}"
            if statement.operators and set(statement.operators) <= _COMPARING | {":="}:
                problems.append(Problem(ProblemKind.SHAPE, f.span, message, sure=False))
            out.append(
                replace(f, meaning=None, not_read=NotRead(Reason.THEORY, f.span, "shapes do not agree"))
            )
    return out, problems


def _finished(found: _Found, meaning: sp.Basic | None) -> Side:
    return Side(found.span, meaning, found.head, found.not_read)


def _with_settled_head(side: Side, settled: Settled) -> Side:
    if side.head is None:
        return side
    arguments = tuple(a.xreplace(settled.sizes) for a in side.head.arguments)
    indices: tuple[sp.Symbol, ...] = ()
    if not arguments and isinstance(side.expr, sp.Indexed):
        indices = tuple(i for i in side.expr.indices if isinstance(i, sp.Symbol))
    return replace(side, head=replace(side.head, arguments=arguments, indices=indices))


def _role(statement: Statement, sides: tuple[Side, ...]) -> Role:
    if isinstance(statement.sides[0], tree.Missing):
        return Role.CONTINUATION
    if (
        not statement.operators
        and isinstance(statement.sides[0], tree.Logic)
        and statement.sides[0].operator == ":"
    ):
        return Role.DECLARATION
    if not statement.operators:
        return Role.EXPRESSION
    if ":=" in statement.operators or "=:" in statement.operators:
        return Role.DEFINITION
    first = sides[0]
    if statement.operators[0] in ("=", "~~", "equiv") and first.head is not None and len(sides) >= 2:
        if first.expr is None:
            return Role.DEFINITION
        if isinstance(first.expr, sp.Symbol | sp.Indexed) and sides[1].expr is not None:
            label = first.expr.base.label if isinstance(first.expr, sp.Indexed) else first.expr
            names = {a.base.label for s in sides[1:] if s.expr is not None for a in s.expr.atoms(sp.Indexed)}
            names |= {x for s in sides[1:] if s.expr is not None for x in s.expr.free_symbols}
            if label not in names:
                return Role.DEFINITION
        if isinstance(first.expr, sp.core.function.AppliedUndef):
            return Role.DEFINITION
    return Role.CLAIM


def _definition(sentence: Sentence) -> Definition | None:
    """What a sentence defines for later formulas."""
    if sentence.role is not Role.DEFINITION or len(sentence.sides) < 2:
        return None
    left, right = sentence.sides[:2]
    if left.head is None or not isinstance(right.expr, sp.Expr) or sentence.operators[0] not in ("=", ":="):
        return None
    if left.head.given or not all(isinstance(a, sp.Symbol | sp.IndexedBase) for a in left.head.arguments):
        return None
    if any(isinstance(a, sp.Symbol) and a.name == "?" for a in left.head.arguments):
        return None
    indices = left.head.indices or (tuple(sentence.ranges) if left.head.arguments else ())
    return Definition(name=left.head.name, expr=right.expr, parameters=left.head.arguments, indices=indices)


def _tensors(reader: ChanceReader) -> dict[str, Declaration]:
    out = {}
    for name, base in reader.tensors.items():
        if name in reader.symbols:
            continue
        shape = tuple(_printed(reader.sizes.known(s)) for s in base.shape)
        out[name] = Declaration.tensor(*shape)
    return out


def _printed(size: sp.Expr | None) -> str | int | None:
    if size is None:
        return None
    return int(size) if size.is_Integer else str(size)
