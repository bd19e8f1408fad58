"""The sizes of the schedules ("tiers"), for the templates and for the launch code alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

__all__ = ["TIERS", "Tiers"]


@dataclass(frozen=True, kw_only=True)
class Tiers:
    """``flat``: one pack for each thread.

    Rows that fit are ``held`` in the registers of ``held_lanes`` threads, the fewest of which each has at
    most ``held_steps`` packs (``held_steps_in_part`` accesses where rows lie so that an access is less than a
    pack) and ``held_reals`` numbers; each of more than ``held_lanes_many`` threads at most ``held_reals_few``
    in float64, which would spill, and of a 16-bit type if each pack is compared with the end of the row,
    which takes too long. So an SM holds enough threads to have 16 to 26 KB in flight (4.8 TB/s for 0.4 to 0.7
    us on 132 SMs): 1024, by the launch bounds, but for the kernels ``held_roomy``, which need more than 64
    registers. All the threads of an SM for one row pay in float32 alone, and if the row is stored. Rows that
    fill whole packs have an instance without a comparison for each pack, but for the kernels
    ``held_guarded``, ``guarded_on_a_warp`` with ``guarded_steps`` or more there, all in float64 with sums
    over all rows and those with such sums that have all the threads of an SM for a row, which would spill
    then. A part of a warp takes rows of one pack for each lane only. ``held_columns`` (sums over all rows at
    the same time) counts the sums too; the groups of rows together have about ``column_threads_total``
    threads.

    Longer rows have a block of ``few_threads``, whose warps wait for each other less often than those of a
    larger one, or of ``block_threads`` (``staged_threads``) where a thread would have more than
    ``few_places`` in several passes (layer_norm on an H200: 0.79 and 0.60 of copy with 64, 0.60 and 0.64 with
    128). Where it reads a row in each pass, it is one of ``fewest_threads`` if the row is not stored or they
    have ``few_places`` each (cross-entropy of 16,384 in bfloat16: 0.89 with 256, 0.93 with 128); so are rows
    of a 16-bit type that nothing is summed over (rope of 16,384: 0.83 in registers, 0.92). Rows that are
    stored lie in shared memory up to ``staged_bytes`` (of the 227 KB of an SM), of at most ``staged_kept``
    arrays, those that the most passes read; further arrays, and rows of which none fits, are read again in
    each pass, which for the last few megabytes is in L2. ``staged_blocks`` blocks share the rows, or
    ``staged_slots``, one for each SM, where an SM has room for one, which has ``alone_threads`` then if an
    access is a whole pack (more but smaller ones would spill); they fetch a row while they store the one
    before. ``staged_columns`` (sums over all rows at the same time) is for rows of ``staged_columns_places``
    or more: up to ``staged_columns_bytes`` there, with ``staged_sums_reals`` numbers of each thread's sums in
    registers, and as few of ``staged_lanes`` threads, with ``staged_steps`` packs each, as
    ``staged_few_reals`` allow if one of them does; with ``staged_steps_most`` where no other way remains and
    an SM has 227 KB, of one array if the sums are all that a thread may have. ``scratch_bytes`` of shared
    memory are for the combination of warps. Of fewer than ``split_rows`` rows, each of ``split_places``
    places or more has several blocks, one for each ``split_part`` places, at most ``split_parts``.

    ``column``: one pack for each thread and group of rows, with at most ``column_reals`` sums; there are at
    most ``column_groups`` groups, each of at least ``column_rows`` rows.

    Rows that slide along each other: each of ``slide_threads`` threads has ``slide_places`` places, and
    ``slide_span`` taps at a time are in shared memory. Sums over all rows for each distance of two places:
    ``lags`` distances in the registers of a thread, in at most ``lag_groups`` groups of ``lag_threads``, each
    thread with at least ``lag_steps`` places. None of all this depends on the device, so sums do not either.
    """

    pack_bytes: int = 16
    largest_row: int = 2**30
    largest_grid: int = 2**31 - 1
    flat_threads: int = 128
    flat_blocks: int = 2**20
    held_threads: int = 128
    held_roomy: ClassVar[frozenset[str]] = frozenset(
        {
            "contrastive_loss_vjp", "cross_entropy_soft_vjp", "entropy_vjp", "l1_norm_vjp", "l1_penalty_vjp",
            "l2_penalty_vjp",
        }
    )  # fmt: skip
    held_guarded: ClassVar[frozenset[str]] = frozenset(
        {"cross_entropy_vjp", "gaussian_kl_vjp", "rope", "rope_vjp"}
    )
    guarded_steps: int = 8
    guarded_on_a_warp: tuple[str, ...] = ("layer_norm", "rms_norm", "causal_attention_1")
    held_lanes: tuple[int, ...] = (8, 16, 32, 64, 128, 256, 512, 1024)
    held_lanes_many: int = 256
    held_steps: int = 8
    held_steps_in_part: int = 4
    held_reals: int = 32
    held_reals_few: int = 16
    held_sums_reals: int = 40
    block_threads: int = 512
    staged_threads: int = 512
    staged_bytes: int = 220 * 1024
    staged_kept: int = 8
    alone_threads: int = 1024
    few_threads: int = 256
    fewest_threads: int = 128
    few_places: int = 64
    staged_loads: int = 4
    staged_slots: int = 132
    staged_blocks: int = 1056
    staged_columns_bytes: int = 220 * 1024
    staged_columns_places: int = 1024
    fetched_reals: int = 64
    staged_columns_threads_total: int = 2**18
    staged_lanes: tuple[int, ...] = (64, 128, 256, 512)
    staged_steps: int = 8
    staged_steps_most: int = 16
    staged_few_reals: int = 16
    staged_sums_reals: int = 64
    scratch_bytes: int = 2048
    split_rows: int = 64
    split_places: int = 2**16
    split_part: int = 2**14
    split_parts: int = 64
    column_threads: int = 128
    column_rows: int = 16
    column_reals: int = 16
    column_groups: int = 512
    column_threads_total: int = 2**17
    total_slices: int = 16
    slide_threads: int = 128
    slide_places: int = 4
    slide_span: int = 128
    lags: int = 16
    lag_threads: int = 256
    lag_steps: int = 8
    lag_groups: int = 1024


TIERS = Tiers()
