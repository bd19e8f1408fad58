"""Sphinx: `sphinx-build -W docs site-docs`."""

import re

project = "symcheck"
author = "The symcheck authors"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_click"]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}
exclude_patterns = ["_build"]
root_doc = "index"
html_theme = "furo"
html_title = "symcheck"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks are committed with their output, which a test compares
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
nitpicky = False
suppress_warnings = [
    "myst.xref_missing",  # links to files of the repository beside docs/
    "misc.highlighting_failure",
]


def as_definitions(app, what, name, obj, options, lines):  # type: ignore[no-untyped-def]
    """Our docstrings list parameters as ``name``, two spaces, meaning: a definition list."""
    out, inside = [], False
    for line in lines:
        term = re.match(r"(``[^`]+``(?:, ``[^`]+``)*) {2,}(.*)", line)
        if term:
            out += ([""] if out and not inside and out[-1] else []) + [term[1], f"    {term[2]}"]
        elif inside and line.startswith("   "):
            out.append(f"    {line.strip()}")
        else:
            out += ([""] if inside and line else []) + [line]
        inside = bool(term) or (inside and line.startswith("   "))
    lines[:] = out


def setup(app):  # type: ignore[no-untyped-def]
    app.connect("autodoc-process-docstring", as_definitions)
