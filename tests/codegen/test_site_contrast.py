"""Text of the site stands out from its ground in light and in dark mode (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import codegen.site

STYLE = (Path(codegen.site.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
INKS = ("ink", "soft", "link", "proved", "conditional", "refuted", "other")
GROUNDS = ("ground", "card")


def palettes(style: str) -> dict[str, dict[str, str]]:
    light, _, dark = style.partition("prefers-color-scheme: dark")
    colours = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return {"light": colours[0], "dark": colours[1]}


def luminance(colour: str) -> float:
    channels = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), product(INKS, GROUNDS))
def test_text_stands_out(mode: str, ink: str, ground: str) -> None:
    colours = palettes(STYLE)[mode]
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_grey_on_grey_is_noticed() -> None:
    assert contrast("#777777", "#999999") < 4.5 < contrast("#000000", "#ffffff") == 21
