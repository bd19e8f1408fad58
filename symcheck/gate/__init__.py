"""The errata gate: checks the formulas of documents (``symcheck check``).

``check_paths`` and ``check_text`` of ``run`` give a ``Report``; the way there is
documents (formulas with exact places and what the text says of them) -> judge (rules, reading,
claims, the catalog) -> outputs.  Beside it stand what a project may say (``config``, ``baseline``,
``macro_files``, ``own_catalog``), what is kept between runs (``kept``), and the rules' ``pages``.
"""
