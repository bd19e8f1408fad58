"""A picture of a benchmark run: for each peer the ratio of its time to ours, kernel by kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from codegen.bench.cases import COMPARED


def draw(content: dict[str, Any], place: Path) -> None:
    """Draws the float32 rows of the compared kernels to ``place``; needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from matplotlib.ticker import NullFormatter

    rows = [r for r in content["rows"] if r["dtype"] == "float32" and r["kernel"] in COMPARED]
    sizes = list(dict.fromkeys(r["size"] for r in rows))
    kernels = list(dict.fromkeys(r["kernel"] for r in rows))
    peers = list(dict.fromkeys(n for r in rows for n in r["ratio"] if n != "symcheck"))
    figure, axes = plt.subplots(1, len(sizes), figsize=(4 * len(sizes), 0.3 * len(kernels) + 2), sharey=True)
    marks = {peer: (plt.get_cmap("tab20")(i), "osD^vPX"[i % 7]) for i, peer in enumerate(peers)}
    for axis, size in zip(axes if len(sizes) > 1 else [axes], sizes, strict=True):
        for peer in peers:
            found = [
                (r["ratio"][peer], kernels.index(r["kernel"]))
                for r in rows
                if r["size"] == size and peer in r["ratio"]
            ]
            colour, mark = marks[peer]
            axis.scatter(
                [x for x, _ in found], [y for _, y in found], s=18, label=peer, color=colour, marker=mark
            )
        axis.axvline(1, color="black", linewidth=0.8)
        axis.set_xscale("log")
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_title(size)
        axis.set_xlabel("time of the peer / time of symcheck")
    first = axes[0] if len(sizes) > 1 else axes
    first.set_yticks(range(len(kernels)), kernels)
    handles, labels = first.get_legend_handles_labels()
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.legend(handles, labels, loc="lower center", ncol=len(peers), fontsize=8)
    figure.savefig(place, dpi=110)
