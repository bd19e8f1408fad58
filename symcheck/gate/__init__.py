"""The errata gate: checks the formulas of documents (``symcheck check``).

``check_paths`` and ``check_text`` give a ``Report``; the way there is
documents (formulas with exact places and what the text says of them) -> judge (rules, reading,
claims, the catalog) -> outputs.
"""
