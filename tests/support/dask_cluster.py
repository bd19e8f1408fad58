"""A Dask cluster as people start it: a scheduler and workers, which are processes with a nanny each."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0


class LocalDask:
    """Two workers with a thread each; a context manager.  ``address`` is the scheduler's."""

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        quiet = ["--host", "127.0.0.1", "--no-dashboard"]
        # they end by themselves if the test cannot see to it
        self.scheduler = self._started("scheduler", *quiet, "--port", str(port), "--idle-timeout", "600")
        self._reached(port)
        self.workers = [
            self._started(
                "worker",
                self.address,
                *quiet,
                "--nthreads",
                "1",
                "--death-timeout",
                "30",
                "--local-directory",
                str(folder),
            )
            for _ in range(workers)
        ]

    def _started(self, *order: str) -> subprocess.Popen[bytes]:
        paths = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
        env = {**os.environ, "PYTHONPATH": paths, "SYMCHECK_CACHE_DIR": str(self.folder / "elsewhere")}
        with (self.folder / f"{order[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *order], env=env, cwd=self.folder, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def _reached(self, port: int) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The process, its nanny and its children at once, as a machine that loses power."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def __enter__(self) -> LocalDask:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                self.kill(process)
