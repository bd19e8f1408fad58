"""What may happen to a text on its way: cut, doubled, shuffled, and pieces put in that mean harm."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

POISON = [
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "{", "}", "{{", "}}", "^", "_", "&", "|", "||", "\\|",
    "\\", "\\\\",
    "#1", "%", "~", "'", "`", "```", "<!--", "-->", "<!-- symcheck: ignore -->", "\n\n", "\n", "\t", "\r",
    "<!-- symcheck: formula=act.softmax -->", "<!-- symcheck: assume x>0 -->", "% symcheck: ignore\n",
    ".. symcheck: ignore\n", "\u202e", "\u0301", "\u200b", "\ufeff", "𝒳", "\u2028", "\x0b", "\x0c", "\x7f",
    "\x85", "İ", "ﬁ", "９", "Ⅷ", "²", "\U000e0001", "9" * 70, "9^{9^{9^9}}", "1e999999", "0^{-1}",
    "10^{10^{9}}",
    "\\begin{", "\\begin{align}", "\\end{align}", "\\begin{cases}", "\\end{", "\\left", "\\right.", "\\left(",
    "\\input{/etc/passwd}", "\\include{/etc/passwd}", "\\write18{touch /tmp/owned}", "\\catcode`\\{=12",
    "\\def\\a{\\a\\a}\\a", "\\newcommand{\\x}[1]{\\x{#1}}\\x{y}", "\\let\\frac\\sqrt",
    "\\csname end\\endcsname",
    "\\operatorname{__import__}('os').system('touch /tmp/owned')", "__import__('os').system('id')",
    "eval(open('/etc/passwd').read())", "{{7*7}}", "${jndi:ldap://a/b}", "'; drop table entries; --",
    ".. include:: /etc/passwd\n", ".. raw:: html\n   :file: /etc/passwd\n",
    ".. csv-table::\n   :file: /etc/passwd\n",
    ".. role:: raw-html(raw)\n   :format: html\n", ".. math::\n\n", ":math:`",
    ".. |x| replace:: y\n", "[^1]: ",
    "![x](file:///etc/passwd)", "<script>alert(1)</script>", "---\n", "- - - - ", "> > > > ",
    "| a | b |\n|---|---|\n",
    "\\ud800", "\\u0000", '"', '"cells": [', "[[[[[[", "lambda: 0", "sympify",
    "\\sum_{i=1}^{10^9} i", "!!!!!!",
    "\\frac{1}{0}", "\\log 0", "\\lim_{x \\to 0}", "\\int_0^\\infty", "\\mathbb{E}[", "\\nabla_\\theta",
]  # fmt: skip


def _cut(text: str, chance: Random) -> str:
    start, stop = _stretch(text, chance)
    return text[:start] + text[stop:]


def _double(text: str, chance: Random) -> str:
    start, stop = _stretch(text, chance)
    return text[:start] + text[start:stop] * chance.choice((2, 2, 3, 9)) + text[stop:]


def _move(text: str, chance: Random) -> str:
    start, stop = _stretch(text, chance)
    rest = text[:start] + text[stop:]
    at = chance.randrange(len(rest) + 1)
    return rest[:at] + text[start:stop] + rest[at:]


def _poison(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(POISON) + text[at:]


def _change(text: str, chance: Random) -> str:
    at = chance.randrange(len(text) + 1)
    new = (
        chance.choice("\\{}^_$&|()[]<>=+-*/,.;:!'\"`#%~ \n0129azAZ")
        if chance.random() < 0.8
        else _anything(chance)
    )
    return text[:at] + new + text[at + 1 :]


def _nest(text: str, chance: Random) -> str:
    start, stop = _stretch(text, chance)
    left, right = chance.choice(
        (("{", "}"), ("(", ")"), ("\\frac{", "}{2}"), ("\\sqrt{", "}"), ("> ", ""), ("x^{", "}"))
    )
    times = chance.choice((1, 3, 12, 60))
    return text[:start] + left * times + text[start:stop] + right * times + text[stop:]


def _anything(chance: Random) -> str:
    code = chance.randrange(1, 0x110000)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def _stretch(text: str, chance: Random) -> tuple[int, int]:
    start = chance.randrange(len(text) + 1)
    return start, min(len(text), start + chance.choice((1, 1, 2, 5, 20, 100)))


_WAYS: tuple[Callable[[str, Random], str], ...] = (
    _cut,
    _double,
    _move,
    _poison,
    _poison,
    _change,
    _change,
    _nest,
)


def damaged(text: str, chance: Random, times: int = 3) -> str:
    """``text`` after up to ``times`` accidents, often none; never much longer than before."""
    limit = 4 * len(text) + 2_000
    for _ in range(max(0, chance.randint(-times, times))):
        text = chance.choice(_WAYS)(text, chance)[:limit]
    return text
