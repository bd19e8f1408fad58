"""The work of ``workers`` on a running Dask cluster: the same limits, the same results, more machines.

A task of the cluster hands its items to worker processes of its own, which can be killed; the process of
Dask itself never computes.  If that one dies, Dask does its tasks elsewhere.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from symcheck.cache.fingerprint import fingerprint
from symcheck.workers import BATCH, MEMORY_BYTES, Failure, Item, Result, Workers

SOURCES = ("formulas", "symcheck")
CONNECT_SECONDS = 10.0
PATIENCE = 60.0
"""Seconds without any worker, or without the scheduler, after which the run is given up."""
FETCH_SECONDS = 20.0
"""Seconds for a result to come over; then it is asked for again, as it may have been lost with its worker."""
AHEAD = 4
"""Batches sent for each thread of the cluster: what is sent is not held by the scheduler for hours."""
SENT_AGAIN = 3
"""Times that a batch is sent once more: a scheduler can forget a task whose worker dies as it hands it
over."""
_LOOK = 2.0


class ClusterError(Exception):
    """The cluster cannot be used, or was lost; the message says what to do."""


def crew(
    scheduler: str | None,
    jobs: int | None = None,
    *,
    time_limit: float,
    memory: int = MEMORY_BYTES,
    preload: Sequence[str] = (),
) -> Workers:
    """Workers of the cluster at the address ``scheduler`` or, without one, ``jobs`` of this machine."""
    if scheduler is None:
        return Workers(jobs, time_limit=time_limit, memory=memory, preload=preload)
    return Cluster(scheduler, time_limit=time_limit, memory=memory, preload=preload)


class Cluster(Workers):
    """Like ``Workers``, on the Dask cluster whose scheduler listens at ``address``.  Raises ``ClusterError``.

    Files are read here and their bytes sent, so that no disk need be shared; symcheck must be installed
    there in this very version.
    """

    remote = True

    def __init__(
        self,
        address: str,
        *,
        time_limit: float = 10.0,
        memory: int = MEMORY_BYTES,
        preload: Sequence[str] = (),
    ) -> None:
        super().__init__(1, time_limit=time_limit, memory=memory, preload=preload)
        self.address = address
        self._client = _connected(address)
        self._sent: deque[tuple[list[Any], Any]] = deque()

    def __exit__(self, kind: object, *rest: object) -> None:
        if self._sent:
            self._client.cancel([future for _, future in self._sent], force=True)
            self._sent.clear()
        self._client.close(timeout=CONNECT_SECONDS)

    def each(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        batch: int = BATCH,
        seconds: float | None = None,
    ) -> Iterator[Result | Failure]:
        limit = self.time_limit if seconds is None else seconds
        rest = iter(items)
        sources = fingerprint(*SOURCES)
        setting = (self.memory, tuple(self.preload))

        def send(part: list[Item]) -> Any:
            return self._client.submit(_task, function, part, limit, setting, sources, pure=False)

        while True:
            while len(self._sent) < max(AHEAD * self._threads(), AHEAD) and (
                part := list(islice(rest, batch))
            ):
                self._sent.append((part, send(part)))
            if not self._sent:
                return
            part, future = self._sent[0]
            found = self._received(len(part), future)
            for _ in range(SENT_AGAIN):
                if found is None and self._is_there():
                    self._sent[0] = part, send(part)
                    found = self._received(len(part), self._sent[0][1])
            if found is None:
                raise ClusterError(
                    f"the cluster at {self.address} was lost; what was found is kept: run again"
                )
            self._sent.popleft()
            yield from found

    def _threads(self) -> int:
        return sum(w["nthreads"] for w in self._client.scheduler_info(n_workers=-1)["workers"].values())

    def _is_there(self) -> bool:
        return self._client.status == "running" and self._threads() > 0

    def _received(self, count: int, future: Any) -> list[Any] | None:
        """The results of a batch; None if the cluster knows nothing of it any more."""
        from distributed import KilledWorker, wait

        deserted = None
        while future.status in ("pending", "finished"):
            try:
                if future.status == "finished":
                    found: list[Any] = future.result(timeout=min(PATIENCE, FETCH_SECONDS))
                    return found
                with self._client.as_current():
                    wait(future, timeout=_LOOK)
            except TimeoutError:  # not done yet, or done by a worker that died before it was asked for it
                deserted = None if self._is_there() else deserted or time.monotonic()
                if deserted and time.monotonic() - deserted > PATIENCE:
                    raise ClusterError(
                        f"no worker of the cluster at {self.address} has been heard of for {PATIENCE:g} s; "
                        "what was found is kept: start workers and run again"
                    ) from None
        error = future.exception() if future.status == "error" else None
        if isinstance(error, KilledWorker):
            return [Failure(timed_out=False, why="the worker died, on several machines")] * count
        if error is not None:
            raise ClusterError(f"the cluster at {self.address} fails: {error}")
        return None


def _connected(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise ClusterError("--scheduler needs Dask: pip install distributed") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is wrong is said here
    gc.collect()  # a client that never connected waits for ever if it is collected while the next one starts
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClusterError(
            f"no Dask scheduler answers at {address} ({why}); an address is written like tcp://host:8786"
        ) from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        client.close()
        raise ClusterError(
            f"the cluster at {address} has no workers; start some: dask worker {address}"
        ) from None
    return client


# what the cluster does


class OtherVersion(RuntimeError):
    """A worker of the cluster has other sources than who asks."""


_pools: dict[tuple[int, tuple[str, ...]], Workers] = {}
_lock = threading.Lock()


def _task(
    function: Callable[[Item], Result],
    part: Sequence[Item],
    limit: float,
    setting: tuple[int, tuple[str, ...]],
    sources: str,
) -> list[Result | Failure]:
    if fingerprint(*SOURCES) != sources:
        raise OtherVersion(
            f"{_place()} has another version of symcheck, its libraries or Python; install the same there"
        )
    return list(_pool(setting).each(function, part, batch=len(part), seconds=limit))


def _pool(setting: tuple[int, tuple[str, ...]]) -> Workers:
    """The worker processes of this process of Dask, one for each of its threads."""
    from distributed import get_worker

    with _lock:
        if setting not in _pools:
            # Dask's processes are daemons, which may have no children; ours end with the pipe to them
            multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
            memory, preload = setting
            workers = Workers(get_worker().state.nthreads, memory=memory, preload=preload)
            workers.start()
            _pools[setting] = workers
        return _pools[setting]


def _place() -> str:
    from distributed import get_worker

    return str(get_worker().address)
