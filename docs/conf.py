"""Sphinx: `sphinx-build -W docs site-docs`."""

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
