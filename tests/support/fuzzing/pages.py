"""Random documents of each format, with the same things in them: headings, tables, displays, directives."""

from __future__ import annotations

import json
from random import Random

from fuzzing.grammar import formula, known

WORDS = [
    "word", "ünï", "and", "(see", "below)", "the derivative of", "**bold**", "`code $z$`", "5 \\$", "where",
    "is wrong:", "costs $5", "*it*", "[link](http://a/b)", "Softmax", "Theorem 1.", "![i](a.png)", "<b>x</b>",
    "e.g.", "not", "& more", "100%", "a_b", "#3", "x|y",
]  # fmt: skip
MACROS = [
    "\\newcommand{\\R}{\\mathbb{R}}", "\\newcommand{\\norm}[1]{\\|#1\\|}", "\\def\\x#1{#1^2}", "\\let\\y=\\x",
    "\\DeclareMathOperator{\\relu}{ReLU}", "\\newcommand{\\loop}{\\loop\\loop}", "\\def\\d{\\d}",
    "\\DeclarePairedDelimiter{\\ab}{|}{|}", "\\NewDocumentCommand{\\e}{O{x} m}{e^{#2}_{#1}}",
    "\\renewcommand{\\frac}[2]{#1/#2}", "\\newcommand{\\a}[9]{#9#8#7#6#5#4#3#2#1}",
    "\\providecommand{\\R}{R}",
]  # fmt: skip
CALLS = [
    "\\R",
    "\\norm{x}",
    "\\x{y}",
    "\\y z",
    "\\relu(x)",
    "\\loop",
    "\\d",
    "\\ab{x}",
    "\\e{2}",
    "\\a",
    "\\e[y]{3}",
]


def words(chance: Random, most: int = 6) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))


def math(chance: Random) -> str:
    text = formula(chance)
    if chance.random() < 0.1:
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.choice(CALLS) + " " + text[at:]
    return text


def _title(chance: Random) -> str:
    return chance.choice(known())[0] if chance.random() < 0.5 else words(chance, 3)


def markdown(chance: Random, blocks: int = 3) -> str:
    return "\n\n".join(_block(chance) for _ in range(chance.randint(1, blocks))) + chance.choice(("", "\n"))


def _inline(chance: Random) -> str:
    left, right = chance.choice(
        (("$", "$"), ("$", "$"), ("\\(", "\\)"), ("$`", "`$"), ("{math}`", "`"), ("$$", "$$"))
    )
    return f"{words(chance)} {left}{math(chance)}{right} {words(chance)}"


def _block(chance: Random) -> str:
    match chance.randrange(11):
        case 0:
            return "#" * chance.randint(1, 6) + " " + _title(chance)
        case 1:
            return f"$$\n{math(chance)}\n$$"
        case 2:
            return f"```{chance.choice(('math', '{math}', 'python', ''))}\n{math(chance)}\n```"
        case 3:
            column = chance.choice(("Formula", "Derivative", "f(x)", "$x$"))
            head = f"| Name | {column} | Range |\n|---|:-:|---|\n"
            cells = [
                f"| {_title(chance)} | ${math(chance)}$ | ${math(chance)}$ |"
                for _ in range(chance.randint(1, 3))
            ]
            return head + "\n".join(cells)
        case 4:
            prefix = chance.choice(("> ", "- ", "1. ", "    ", "* ", ">"))
            return "\n".join(prefix + line for line in _block(chance).split("\n"))
        case 5:
            order = chance.choice(
                ("ignore", "ignore=SC201", "formula=act.softmax", "assume x>0; y>0", "nope", "")
            )
            return f"<!-- symcheck: {order} -->\n{_inline(chance)}"
        case 6:
            return f"**{_title(chance)}**: {_inline(chance)}"
        case 7:
            return f"${chance.choice(MACROS)}$ and ${math(chance)}$"
        case 8:
            return f"\\begin{{align}}\n{math(chance)}\n\\end{{align}}"
    return _inline(chance)


def tex(chance: Random) -> str:
    out = [chance.choice(MACROS) for _ in range(chance.randint(0, 2))]
    for _ in range(chance.randint(1, 4)):
        match chance.randrange(7):
            case 0:
                out.append(f"\\{chance.choice(('section', 'subsection*', 'paragraph'))}{{{_title(chance)}}}")
            case 1:
                name = chance.choice(
                    ("equation", "align", "align*", "gather", "eqnarray", "multline", "displaymath")
                )
                out.append(
                    f"\\begin{{{name}}}\n{math(chance)} \\label{{a}} \\\\\n{math(chance)}\n\\end{{{name}}}"
                )
            case 2:
                cells = f"{_title(chance)} & ${math(chance)}$ & ${math(chance)}$ \\\\"
                out.append(
                    f"\\begin{{tabular}}{{l|cc}}\nName & $f$ & $f'$ \\\\ \\hline\n{cells}\n\\end{{tabular}}"
                )
            case 3:
                out.append(
                    f"\\begin{{itemize}}\n\\item[{words(chance, 1)}] ${math(chance)}$\n\\end{{itemize}}"
                )
            case 4:
                out.append(
                    f"% {words(chance)}\n\\verb|$x$| \\begin{{verbatim}}${math(chance)}$\\end{{verbatim}}"
                )
            case _:
                out.append(f"{words(chance)} ${math(chance)}$ and \\[{math(chance)}\\] {words(chance)}")
    return "\n".join(out)


def rest(chance: Random) -> str:
    out = []
    for _ in range(chance.randint(1, 3)):
        match chance.randrange(8):
            case 0:
                title = _title(chance)
                out.append(f"{title}\n{chance.choice('=-~^') * chance.choice((len(title), 3))}")
            case 1:
                out.append(f".. math::\n   :label: a\n\n   {math(chance)}")
            case 2:
                out.append(f".. math:: {math(chance)}")
            case 3:
                out.append(f".. list-table::\n\n   * - {words(chance, 1)}\n     - :math:`{math(chance)}`")
            case 4:
                a, b = words(chance, 1), f":math:`{math(chance)}`"
                out.append(f"{'=' * 9} {'=' * 30}\n{a[:9]:9} {b}\n{'=' * 9} {'=' * 30}")
            case 5:
                name = chance.choice(
                    ("note", "warning", "include", "raw", "csv-table", "code-block", "only", "image", "x")
                )
                out.append(
                    f".. {name}:: {words(chance, 1)}\n   :file: /etc/passwd\n\n   :math:`{math(chance)}`"
                )
            case _:
                out.append(f"{words(chance)} :math:`{math(chance)}` {words(chance)}")
    return "\n\n".join(out) + "\n"


def notebook(chance: Random) -> str:
    cells = []
    for _ in range(chance.randint(1, 3)):
        text = markdown(chance, 2)
        source = text if chance.random() < 0.3 else text.splitlines(keepends=True)
        kind = chance.choice(("markdown", "markdown", "markdown", "code", "raw"))
        cells.append({"cell_type": kind, "metadata": {}, "source": source})
    data = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    if chance.random() < 0.1:
        data = {"worksheets": [data], "nbformat": 3}
    return json.dumps(data, indent=chance.choice((None, 1)), ensure_ascii=chance.random() < 0.5)


def python(chance: Random) -> str:
    out = []
    for _ in range(chance.randint(1, 2)):
        text = rest(chance) if chance.random() < 0.4 else markdown(chance, 2)
        prefix = chance.choice(("r", "r", "", "R", "u", "b"))
        if prefix == "" and chance.random() < 0.7:
            text = text.replace("\\", "\\\\")
        margin = chance.choice(("    ", "\t", "  "))
        body = text.replace('"""', "").replace("\n", "\n" + margin)
        head = chance.choice(("def f(x):", "class A:", "async def g():", "def ünï(x: int = 3) -> None:"))
        out.append(f'{head}\n{margin}{prefix}"""{body}"""')
    return chance.choice(("", '"""Module $x$."""\n', "#!/usr/bin/env python\n")) + "\n\n".join(out) + "\n"
