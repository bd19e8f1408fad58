"""What the reader makes of formulas, printed for a person to judge.

``python tests/support/readings.py PATH... [--sample N] [--seed S] [--write FILE]`` prints the formulas of
documents, each with its reading below it: products with every operator (``~`` where nothing stands), calls as
``f@(x)``, operators with what they bind.  ``--write`` makes a list of them for judging: in
``tests/latex/judged/`` each line has a formula, its reading, and a judgement made by eye.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from symcheck.gate.documents import decode, find_documents, load, read_text
from symcheck.latex import Presentation, parse, tree
from symcheck.latex.tree import Node, Statement


def short(node: Node) -> str:
    """A tree in one line."""
    match node:
        case tree.Symbol():
            return "".join((node.name, *(f"^{a}" for a in node.accents)))
        case tree.Number():
            return node.text
        case tree.Prose():
            return f"'{node.text}'"
        case tree.Dots():
            return "..."
        case tree.Missing():
            return "?"
        case tree.Sum():
            return "(" + " ".join(f"{s}{short(t)}" for s, t in zip(node.signs, node.terms, strict=True)) + ")"
        case tree.Product():
            parts = [short(node.factors[0])]
            for operator, factor in zip(node.operators, node.factors[1:], strict=True):
                parts += [operator or "~", short(factor)]
            return "[" + " ".join(parts) + "]"
        case tree.Subscript():
            return f"{short(node.base)}_{','.join(map(short, node.items))}"
        case tree.Power():
            return f"{short(node.base)}**{short(node.exponent)}"
        case tree.Transpose():
            return f"{short(node.base)}.T"
        case tree.Prime():
            return short(node.base) + "'" * node.order
        case tree.Mark():
            return f"{short(node.base)}#{short(node.mark)}"
        case tree.Fraction():
            return f"{short(node.numerator)}/{short(node.denominator)}"
        case tree.Call():
            return f"{short(node.function)}@{short(node.arguments)}"
        case tree.Delimited():
            inside = short(node.items[0]) if node.items else ""
            for separator, item in zip(node.separators, node.items[1:], strict=False):
                inside += f"{separator} {short(item)}"
            return f"{node.opening or '{'}{inside}{node.closing or '}'}"
        case tree.BigOperator():
            lower, upper = (short(x) if x is not None else "" for x in (node.lower, node.upper))
            return f"{node.operator}<{lower};{upper}>{short(node.body)}"
        case tree.Relation():
            return _chain(node.sides, node.operators)
        case tree.Cases():
            rows = (f"{short(v)} if {short(c) if c is not None else '-'}" for v, c in node.rows)
            return "{" + " | ".join(rows) + "}"
        case tree.Matrix():
            return "mat(" + "; ".join(" ".join(map(short, r)) for r in node.rows) + ")"
        case tree.Derivative():
            order = f"**{short(node.order)}" if node.order is not None else ""
            return f"d{order}({short(node.body)})/d({','.join(map(short, node.variables))})"
        case tree.Nabla():
            by = f"_{short(node.variable)}" if node.variable is not None else ""
            order = f"**{short(node.order)}" if node.order is not None else ""
            return f"{node.operator}{by}{order}({short(node.body)})"
        case tree.Differential():
            return f"{node.letter}.{short(node.body)}"
        case tree.Logic():
            return f"{node.operator}({', '.join(map(short, node.operands))})"
        case tree.Sequence():
            return "<" + " ".join(map(short, node.items)) + ">"
    parts = ", ".join(short(c) for c in tree.children(node))
    return f"{type(node).__name__.lower()}({parts})"


def _chain(sides: Sequence[Node], operators: Sequence[str]) -> str:
    out = short(sides[0])
    for operator, side in zip(operators, sides[1:], strict=True):
        out += f" {operator} {short(side)}"
    return out


def statement(said: Statement) -> str:
    """A statement with its conditions and remarks; ``REFUSED`` and the reason if it was not read."""
    if said.not_read is not None:
        return f"REFUSED ({said.not_read.detail})"
    out = _chain(said.sides, said.operators)
    if said.conditions:
        out += f"  if {', '.join(map(short, said.conditions))}"
    return out + (f"  # {said.remark}" if said.remark else "")


def reading(presentation: Presentation) -> str:
    """All statements of a formula."""
    if not presentation.statements:
        detail = presentation.not_read.detail if presentation.not_read is not None else ""
        return f"REFUSED ({detail})"
    return "  ;;  ".join(map(statement, presentation.statements))


def formulas(paths: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """File, line and text of each formula, each text once."""
    seen: set[str] = set()
    files, _ = find_documents(paths)
    for file in files:
        document = read_text(decode(load(file), file), file)
        for passage in document.passages:
            key = "".join(passage.latex.split())
            if key not in seen:
                seen.add(key)
                yield file, passage.fragment.start[0], passage.latex


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--sample", type=int, help="how many, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, help="a list to judge, one JSON object per line")
    options = parser.parse_args()
    found = list(formulas(options.paths))
    if options.sample is not None:
        found = random.Random(options.seed).sample(found, options.sample)
    for at, (file, line, latex) in enumerate(found):
        print(f"[{at}] {file}:{line}\n    {' '.join(latex.split())}\n    {reading(parse(latex))}")
    if options.write is not None:
        root = Path(options.paths[0]).resolve()
        root = root if root.is_dir() else root.parent
        with options.write.open("w", encoding="utf-8") as out:
            for file, line, latex in found:
                place = f"{Path(file).resolve().relative_to(root)}:{line}"
                entry = {"at": place, "latex": latex, "read": reading(parse(latex)), "judged": ""}
                out.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
