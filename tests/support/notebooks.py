"""The example notebooks, executed: ``python tests/support/notebooks.py`` writes their outputs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


def notebooks() -> list[Path]:
    return sorted(FOLDER.glob("*.ipynb"))


def executed(place: Path) -> Any:
    """The notebook run from the top.  Raises ``CellExecutionError`` where a cell fails."""
    notebook = nbformat.read(place, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(FOLDER)}}).execute()
    return notebook


def outputs(notebook: Any) -> list[list[dict[str, Any]]]:
    """What the cells show, without what differs from run to run."""
    return [
        [
            {"name": o.get("name"), "text": o.get("text"), "data": dict(o.get("data", {}))}
            for o in cell.get("outputs", [])
        ]
        for cell in notebook.cells
    ]


def main() -> None:
    for place in notebooks():
        notebook = executed(place)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        notebook.metadata.pop("language_info", None)
        nbformat.write(notebook, place)


if __name__ == "__main__":
    main()
