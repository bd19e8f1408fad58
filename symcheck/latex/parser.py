"""LaTeX math -> presentation tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from symcheck.latex import notation, tree
from symcheck.latex.cursor import is_prose
from symcheck.latex.grammar import Grammar
from symcheck.latex.layout import segments
from symcheck.latex.report import LatexError, Note, NotRead, NotReadError, Reason, Span
from symcheck.latex.tokens import DEFAULT_LIMITS, Limits, Token, tokenize
from symcheck.latex.tree import Node, Presentation, Statement

MAX_HEIGHT = 70
REMEMBERED = 400
"""Characters of a text of which the tree is kept for the next time."""
_DONE = frozenset({"square", "blacksquare", "Box", "qed", "checkmark"})
"""Signs behind the last formula of a proof, or behind a calculation that comes out."""
_TRAILING = (",", ".", ";", "?")


@dataclass
class _Part:
    """Something between separators: a node, what stood before it, and whether it is a condition."""

    node: Node
    separator: str
    condition: bool
    remark: str = ""


@dataclass
class _Outcome:
    statements: list[Statement] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    applied: set[str] = field(default_factory=set)
    multiplied: set[str] = field(default_factory=set)


# the sign of a derivative or a differential in upright type; what takes its place has the same length
_UPRIGHT_D = re.compile(r"\\(?:mathrm|textrm|operatorname)\s*\{\s*d\s*\}(?=\s*(?:\^|[A-Za-z\\}]))")


def parse(
    text: str, functions: frozenset[str] = frozenset(), limits: Limits = DEFAULT_LIMITS
) -> Presentation:
    """The presentation tree of one formula (the text between the dollars).

    ``functions`` are letters that the document declares to be functions.  Never raises on any text: what
    cannot be read is a statement with ``not_read``, and ``Presentation.not_read`` is the first such."""
    if limits is DEFAULT_LIMITS and len(text) <= REMEMBERED:
        return _remembered(text, functions)
    return _parsed(text, functions, limits)


@lru_cache(maxsize=2048)  # most formulas of a document are letters, and the gate asks for one several times
def _remembered(text: str, functions: frozenset[str]) -> Presentation:
    return _parsed(text, functions, DEFAULT_LIMITS)


def _parsed(text: str, functions: frozenset[str], limits: Limits) -> Presentation:
    try:
        tokens = tokenize(_UPRIGHT_D.sub(lambda m: "d".ljust(len(m[0])), text), limits)
    except LatexError as error:
        at = Span(min(error.offset, len(text)), min(error.offset + 1, len(text)))
        return Presentation(text, (), (), NotRead(Reason.NOTATION, at, error.message, error.unbalanced))
    outcome = _read(tokens, functions)
    found = outcome.applied & outcome.multiplied
    if found - functions:
        outcome = _read(tokens, functions | found)
    statements = tuple(outcome.statements)
    not_read = next((s.not_read for s in statements if s.not_read is not None), None)
    if not statements:
        whole = Span(0, len(text))
        not_read = NotRead(Reason.PROSE if outcome.notes else Reason.NOTATION, whole, "no formula")
    return Presentation(text, statements, tuple(outcome.notes), not_read)


def _read(tokens: list[Token], functions: frozenset[str]) -> _Outcome:
    outcome = _Outcome()
    for segment in segments(tokens):
        while len(segment) > 1 and segment[-2].kind == "symbol" and segment[-2].text in _TRAILING:
            del segment[-2]
        while len(segment) > 1 and segment[-2].kind == "gap":
            del segment[-2]
        if len(segment) == 2 and segment[0].text in _DONE and outcome.statements:
            outcome.notes.append(Note("remark", segment[0].span, "end of a proof"))
            continue
        if len(segment) > 2 and segment[-2].kind == "command" and segment[-2].text in _DONE:
            outcome.notes.append(Note("remark", segment[-2].span, "end of a proof"))
            del segment[-2]
            while len(segment) > 1 and (segment[-2].kind == "gap" or segment[-2].text in _TRAILING):
                del segment[-2]
        if len(segment) < 2:
            continue
        span = segment[0].span | segment[-2].span
        try:
            reader = Grammar(segment, functions)
            parts, remarks = _parts(reader)
            statements = _statements(parts)
            for s in statements:
                _check(s, reader)
        except NotReadError as stop:
            outcome.statements.append(Statement(span, not_read=stop.not_read))
            continue
        except RecursionError:
            too_deep = NotRead(Reason.NOTATION, span, "nesting too deep")
            outcome.statements.append(Statement(span, not_read=too_deep))
            continue
        outcome.notes += reader.notes
        outcome.applied |= reader.applied
        outcome.multiplied |= reader.multiplied
        if remarks and statements:
            statements[-1] = replace(statements[-1], remark=" ".join(remarks))
        elif remarks:
            outcome.notes.append(Note("prose", span, " ".join(remarks)))
        _join(outcome.statements, statements)
    return outcome


def _parts(reader: Grammar) -> tuple[list[_Part], list[str]]:
    """The things between commas and words, and the words that are remarks."""
    parts: list[_Part] = []
    remarks: list[str] = []
    condition = False
    separator = ";"
    while (t := reader.peek()).kind != "stop":
        if t.kind in ("gap", "break"):
            reader.next()
            separator = ";"
        elif t.kind == "symbol" and t.text in (",", ";", ".", "?"):
            reader.next()
            separator = "," if t.text == "," and separator == "" else ";"
            condition = condition and t.text == ","
        elif t.kind == "text" and is_prose(t):
            word = t.value.strip(" ,;.:").lower()
            if word in notation.CONDITION_WORDS or word.endswith((" if", " for", " when")):
                condition = bool(parts)
            elif word not in ("and", "or", "", "then", "so"):
                if not parts and reader.peek(1).kind != "stop" and not _sets_off(t):
                    node = reader.expr(0)
                    parts.append(_Part(node, separator, condition))
                    separator = ""
                    continue
                if condition:
                    parts.append(_Part(tree.Prose(t.span, t.value.strip()), ";", True))
                else:
                    remarks.append(t.value.strip())
            reader.next()
            separator = ";"
        else:
            start = reader.i
            node = reader.expr(0)
            after = reader.peek()
            if reader.i == start:
                reader.fail(f"unexpected {after.text}", unbalanced=_closes(after))
            if after.kind not in ("stop", "gap", "break", "text") and after.text not in (",", ";", ".", "?"):
                reader.fail(f"unexpected {after.text}", unbalanced=_closes(after))
            parts.append(_Part(node, separator, condition))
            separator = ""
    return parts, remarks


def _closes(t: Token) -> bool:
    return t.kind == "end" or (t.kind == "symbol" and (t.text in notation.CLOSING or t.text == "}"))


def _sets_off(t: Token) -> bool:
    return t.value.strip()[-1:] in (":", ",", ".")


def _statements(parts: list[_Part]) -> list[Statement]:
    """``a, b \\in V`` has a list on its left, ``i = 1, \\ldots, n`` one on its right."""
    out: list[Statement] = []
    k = 0
    while k < len(parts):
        run = [parts[k]]
        while (
            not isinstance(run[-1].node, tree.Relation | tree.Logic)
            and k + len(run) < len(parts)
            and parts[k + len(run)].separator == ","
            and parts[k + len(run)].condition == run[0].condition
        ):
            run.append(parts[k + len(run)])
        k += len(run)
        last = run[-1].node
        condition = run[0].condition
        if isinstance(last, tree.Relation) and len(run) > 1:
            left = tree.Sequence(
                run[0].node.span | last.sides[0].span, (*[p.node for p in run[:-1]], last.sides[0])
            )
            node: Node = replace(last, span=left.span | last.span, sides=(left, *last.sides[1:]))
        elif isinstance(last, tree.Logic) and last.operator == ":" and len(run) > 1:  # f, g: A \\to B
            first = tree.Sequence(
                run[0].node.span | last.operands[0].span, (*[p.node for p in run[:-1]], last.operands[0])
            )
            node = replace(last, span=first.span | last.span, operands=(first, *last.operands[1:]))
        elif len(run) > 1:
            node = tree.Sequence(run[0].node.span | last.span, tuple(p.node for p in run))
        else:
            node = last
        while isinstance(node, tree.Relation) and _value_list(node, parts, k):
            final = node.sides[-1]
            items = final.items if isinstance(final, tree.Sequence) else (final,)
            sequence = tree.Sequence(final.span | parts[k].node.span, (*items, parts[k].node))
            node = replace(node, span=node.span | sequence.span, sides=(*node.sides[:-1], sequence))
            k += 1
        _place(
            out, node, condition or (isinstance(node, tree.Logic) and node.operator == "forall" and bool(out))
        )
    return out


def _value_list(node: tree.Relation, parts: list[_Part], k: int) -> bool:
    if k >= len(parts) or parts[k].separator != "," or isinstance(parts[k].node, tree.Relation | tree.Logic):
        return False
    compares = node.operators[-1] in ("<<", ">>", "<", "<=", ">", ">=") and isinstance(
        node.sides[-1], tree.Symbol | tree.Subscript
    )
    if not compares and node.operators[-1] not in ("=", "in", "~", "~~"):
        return False
    following = [p for p in parts[k:] if not isinstance(p.node, tree.Relation | tree.Logic)]
    runs_into_relation = len(following) < len(parts[k:]) and parts[k + len(_run(parts, k))].separator == ","
    return not runs_into_relation


def _run(parts: list[_Part], k: int) -> list[_Part]:
    run = []
    for p in parts[k:]:
        if isinstance(p.node, tree.Relation | tree.Logic):
            break
        run.append(p)
    return run


def _place(out: list[Statement], node: Node, condition: bool) -> None:
    if isinstance(node, tree.Delimited) and not node.opening and len(node.items) == 1:  # \\boxed{a = b}
        node = node.items[0] if isinstance(node.items[0], tree.Relation) else node
    if condition and out:
        last = out[-1]
        out[-1] = replace(last, span=last.span | node.span, conditions=(*last.conditions, node))
    elif isinstance(node, tree.Relation):
        out.append(Statement(node.span, node.sides, node.operators))
    else:
        out.append(Statement(node.span, (node,)))


def _join(done: list[Statement], new: list[Statement]) -> None:
    """``= c`` at the start of a line goes on with the chain before; a lone ``\\forall x`` is a condition."""
    for s in new:
        first = s.sides[0] if s.sides else None
        before = done[-1] if done else None
        if before is not None and before.not_read is None and before.sides:
            if isinstance(first, tree.Missing) and s.operators and before.operators:
                done[-1] = replace(
                    before,
                    span=before.span | s.span,
                    sides=(*before.sides, *s.sides[1:]),
                    operators=(*before.operators, *s.operators),
                    conditions=(*before.conditions, *s.conditions),
                )
                continue
            if isinstance(first, tree.Logic) and first.operator == "forall" and not s.operators:
                done[-1] = replace(before, conditions=(*before.conditions, first, *s.conditions))
                continue
        done.append(s)


def _check(statement: Statement, reader: Grammar) -> None:
    """The tree is not too high, and every letter, number and word of the text is in it exactly once."""
    leaves: list[Span] = []
    stack: list[tuple[Node, int]] = [(n, 0) for n in (*statement.sides, *statement.conditions)]
    while stack:
        node, height = stack.pop()
        if height > MAX_HEIGHT:
            reader.fail("nesting too deep", statement.span)
        if isinstance(node, tree.Symbol | tree.Number):
            leaves.append(node.span)
        stack.extend((c, height + 1) for c in tree.children(node))
    starts = sorted((s for s in leaves if s.end > s.start), key=lambda s: s.start)
    for a, b in pairwise(starts):
        if b.start < a.end and a != b:
            reader.fail("the same text was read twice", b)
