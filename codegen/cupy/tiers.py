"""The sizes of the schedules ("tiers"), for the templates and for the launch code alike.

Further tiers for rows (a part of a warp, a block that keeps its row, a row in shared memory, a row split
over blocks) belong here, each with a kernel in ``row.cu.j2`` and a line in ``RowKernel._rows``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TIERS", "Tiers"]


@dataclass(frozen=True, kw_only=True)
class Tiers:
    """``flat``: one place for each thread.  ``warp``: a row for each warp, held in registers as long as a
    lane holds at most ``warp_steps`` packs and ``warp_reals`` numbers (half as many in float64).
    ``block``: a row for each block.  ``column``: one place for each thread and group of rows, of which
    there are at most ``column_groups``, each of at least ``column_rows`` rows."""

    pack_bytes: int = 16
    largest_row: int = 2**30
    largest_grid: int = 2**31 - 1
    flat_threads: int = 256
    flat_blocks: int = 2**20
    warp_rows: int = 4
    warp_steps: int = 16
    warp_reals: int = 64
    block_threads: int = 256
    column_threads: int = 128
    column_rows: int = 32
    column_groups: int = 512


TIERS = Tiers()
