"""Names that stand in a formula as plain letters, as if they were a product: ``frequency``, ``y\\_true``."""

from __future__ import annotations

import re

from symcheck.latex.report import LatexError

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\\_[A-Za-z0-9]+)+(?![A-Za-z0-9])")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Z]?[a-z]+")
_GLUED_BETWEEN = re.compile(r"[a-zA-Z](?:log|exp|sin|cos|tan)[a-zA-Z]?")
_FUNCTIONS = re.compile(r"(?:arc)?(?:sin|cos|tan)h?|log|exp|ln|max|min|det|lim|sup|inf|argm(?:ax|in)")
LONG = 5  # letters that stand together without a blank and are no product
_SHORT = frozenset(
    ["loss", "gain", "rank", "prop", "prob", "freq", "conf", "size", "cost", "time", "step", "true", "pred"]
)


def typed_name(text: str, start: int) -> tuple[int, str] | None:
    """Where a name that begins at ``start`` ends, and the name; ``None`` if a letter begins there.

    Raises ``LatexError`` on ``xlogx``, which is neither."""
    before = text[start - 1] if start else " "
    if before.isalpha() or before == "\\":
        return None
    identifier = _IDENTIFIER.match(text, start)
    if identifier is not None:
        first, *others = identifier.group().split("\\_")
        if len(first) > 2 or any(len(part) > 1 and not part.isdigit() for part in others):
            return identifier.end(), "_".join((first, *others))
    run = _LETTERS.match(text, start)
    if run is None:
        return None
    letters = run.group()
    if before in ("_", "^"):
        alone = not text[max(0, start - 3) : start - 2].isalpha() and text[start - 2].isalpha()
        if alone and start > 1 and _WORD.fullmatch(letters) and _reads_as_word(letters):
            raise LatexError(f"only the first letter of {letters} is in the script", start)
        return None
    if _GLUED_BETWEEN.fullmatch(letters):
        raise LatexError(f"{letters}: letters and a function that run together", start)
    if not _WORD.fullmatch(letters) or _FUNCTIONS.fullmatch(letters):
        return None
    return (run.end(), letters) if _reads_as_word(letters) else None


def _reads_as_word(letters: str) -> bool:
    if letters.casefold() in _SHORT:
        return True
    if len(letters) < LONG:
        return False
    vowels = sum(letter in "aeiouy" for letter in letters.casefold())
    in_order = list(letters) == sorted(letters)  # abcde, a product
    differentials = letters.count("d") * 2 >= len(letters) - 1  # dxdydz
    return 1 < vowels < len(letters) - 1 and not in_order and not differentials


def broken_command(text: str, end: int) -> str | None:
    """The command whose name stands as plain letters behind ``\\\\``, if a command is meant beyond doubt."""
    name = _RUN.match(text, end)
    return name.group() if name is not None and name.group() in COMMANDS and "\\begin" not in text else None


_RUN = re.compile(r"[A-Za-z]+")
COMMANDS = frozenset(
    ["frac", "dfrac", "tfrac", "sqrt", "mathbf", "mathrm", "mathcal", "mathbb", "text", "operatorname",
     "left", "right", "sum", "prod", "int", "partial", "nabla", "ln", "log", "exp", "cdot", "times", "hat",
     "bar", "tilde", "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "sigma", "omega",
     "phi", "psi", "mu", "nu", "rho", "tau"]
)  # fmt: skip
