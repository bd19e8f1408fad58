"""LaTeX that we print, as MathML, so that a page needs neither a script nor the network."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert
from markupsafe import Markup, escape


@lru_cache(maxsize=8192)
def mathml(latex: str, *, display: bool = False) -> Markup:
    """``latex`` as MathML; as code where the converter does not know it."""
    try:
        return Markup(convert(latex, display="block" if display else "inline"))
    except Exception:
        # the converter raises whatever it stumbles on: the page then shows the source
        return Markup("<code>{}</code>").format(escape(latex))


def prose(text: str) -> Markup:
    """Words with formulas between dollars."""
    parts = text.split("$")
    if len(parts) % 2 == 0:  # a dollar without a partner is a dollar
        return escape(text)
    return Markup("").join(mathml(part) if k % 2 else escape(part) for k, part in enumerate(parts))
