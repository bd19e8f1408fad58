"""Work that may hang, crash or eat memory, done where that does no harm.

Each item is handled in a worker process with a limit on time and memory.  Items travel in batches; a
batch that does not come back is taken apart, so that only the item that is to blame is given up.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Generic, TypeVar

from pebble import CONSTS, ProcessExpired, ProcessPool

Item = TypeVar("Item")
Result = TypeVar("Result")

MEMORY_BYTES = 4 << 30  # of address space
BATCH = 16
INTERNAL = "internal error"
CLAIMS = ("symcheck.preload",)
DOCUMENTS = ("symcheck.gate.preload",)
"""What workers on claims and on documents import, once: see ``start_server``."""
CONSTS.sleep_unit = 0.02  # how often a pool looks for what is late and, at its end, for whether it may go


@dataclass(frozen=True)
class Failure:
    """An item that was given up: ``timed_out``, or the worker died or raised (``why``)."""

    timed_out: bool
    why: str


@dataclass(frozen=True)
class _Answer(Generic[Result]):
    results: list[Result | Failure]


def _limit_memory(maximum: int) -> None:
    try:
        import resource
    except ImportError:  # not on this system
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = maximum if hard == resource.RLIM_INFINITY else min(maximum, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _handle(function: Callable[[Item], Result], items: Sequence[Item]) -> _Answer[Result]:
    results: list[Result | Failure] = []
    for item in items:
        try:
            results.append(function(item))
        except MemoryError:
            results.append(Failure(timed_out=False, why="out of memory"))
        except RecursionError:
            results.append(Failure(timed_out=False, why="nested too deeply"))
        except Exception as error:  # a defect must cost one formula, not the run
            results.append(Failure(timed_out=False, why=f"{INTERNAL}: {type(error).__name__}: {error}"))
    return _Answer(results)


def start_server(preload: Sequence[str]) -> None:
    """Let the server from which workers are forked begin to import ``preload``, once for all of them."""
    context = _context()
    if context.get_start_method() == "forkserver":
        from multiprocessing.forkserver import ensure_running

        context.set_forkserver_preload(list(preload))
        ensure_running()


class _Pool(ProcessPool):
    """A pool that ends its workers before the locks that they share.  In the other order one that is just
    starting finds its locks gone, and prints a traceback beside the report."""

    def _stop_pool(self) -> None:
        if self._pool_manager_loop is not None:
            self._pool_manager_loop.join()  # it would start others in their place
        self._pool_manager.worker_manager.force_stop_workers()
        super()._stop_pool()


def _context() -> BaseContext:
    methods = multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")


class Workers:
    """A pool of worker processes; a context manager.

    ``jobs``        processes (default: one per core); with 0 the work is done here, without limits and
                    without catching anything, for tests;
    ``time_limit``  seconds for a batch;
    ``memory``      bytes of address space of a worker;
    ``preload``     modules that are imported once, so that a new worker starts with them.
    """

    def __init__(
        self,
        jobs: int | None = None,
        *,
        time_limit: float = 10.0,
        memory: int = MEMORY_BYTES,
        preload: Sequence[str] = (),
    ) -> None:
        self.jobs = (os.cpu_count() or 1) if jobs is None else jobs
        self.time_limit = time_limit
        self.memory = memory
        self.preload = list(preload)
        self._pool: ProcessPool | None = None

    remote = False
    """Whether the work is done on machines that do not see the files of this one."""

    def start(self) -> None:
        """Start now what else the first item starts."""
        self._running()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if self._pool is not None:
            if kind is None:
                self._pool.close()
            else:
                self._pool.stop()
            self._pool.join()

    def _running(self) -> ProcessPool:
        if self._pool is None:
            context = _context()
            if context.get_start_method() == "forkserver":
                context.set_forkserver_preload(self.preload)
            self._pool = _Pool(
                max_workers=self.jobs, initializer=_limit_memory, initargs=(self.memory,), context=context
            )
        return self._pool

    def each(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        batch: int = BATCH,
        seconds: float | None = None,
    ) -> Iterator[Result | Failure]:
        """``function(item)`` for each item, in order; a ``Failure`` where there is no result.  ``seconds``
        for a batch, if not ``time_limit``."""
        limit = self.time_limit if seconds is None else seconds
        work = list(items)
        if self.jobs == 0:
            yield from map(function, work)
            return
        batches = [work[at : at + batch] for at in range(0, len(work), batch)]
        waiting = [self._send(function, part, limit) for part in batches]
        for part, future in zip(batches, waiting, strict=True):
            answer = self._receive(future, limit)
            if isinstance(answer, Failure) and len(part) > 1:
                for future in [self._send(function, [item], limit) for item in part]:
                    single = self._receive(future, limit)
                    yield single if isinstance(single, Failure) else single.results[0]
            elif isinstance(answer, Failure):
                yield answer
            else:
                yield from answer.results

    def _send(
        self, function: Callable[[Item], Result], part: Sequence[Item], limit: float
    ) -> Future[_Answer[Result]]:
        future: Future[_Answer[Result]] = self._running().schedule(
            _handle, args=[function, part], timeout=limit
        )
        return future

    def _receive(self, future: Future[_Answer[Result]], limit: float) -> _Answer[Result] | Failure:
        try:
            return future.result()
        except FutureTimeoutError:
            return Failure(timed_out=True, why=f"took more than {limit:g} s")
        except ProcessExpired as error:
            return Failure(timed_out=False, why=f"the worker died ({error})")
