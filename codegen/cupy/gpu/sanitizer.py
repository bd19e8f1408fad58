"""``python -m codegen.cupy.gpu.sanitizer [TOOL ...]``: the tools of compute-sanitizer over every function.

All tools run side by side, each first on the fault that is planted for it, which it has to see, then on a
small call of every function, of which it must find nothing.  Exit code 1 where a tool finds something, misses
its fault or is not through in time; 3 and one line where there is no GPU.  Where compute-sanitizer cannot be
had that is said, and the exit code is 0.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from codegen.cupy.gpu import NO_GPU, unavailable

FOUND: Mapping[str, str] = {
    "memcheck": "Invalid __global__ write",
    "racecheck": "hazard",
    "synccheck": "Barrier error",
    "initcheck": "Uninitialized",
}
"""Tool -> what it says of the fault that it looks for."""
NOT_HERE = "Device not supported"  # what compute-sanitizer says where it may not see the device
SECONDS = 90.0
"""For each tool, its planted fault included: with what it takes to end them less than the command of
docs/howto.md has."""
MISSING = "compute-sanitizer is not installed"


@dataclass(frozen=True)
class Verdict:
    """What came of one tool.  ``available``: it could be had; ``found``: what is wrong, empty if nothing."""

    tool: str
    available: bool
    found: str
    seconds: float = 0.0

    @property
    def line(self) -> str:
        """As it is printed."""
        if not self.available:
            return f"{self.tool}: not run, {self.found}"
        head = f"{self.tool}: {self.seconds:.0f} s"
        return f"{head}\n{self.found}" if self.found else f"{head}, sees its planted fault and nothing else"


def checked(tool: str, seconds: float = SECONDS) -> Verdict:
    """One tool, on its planted fault and on every function."""
    program = shutil.which("compute-sanitizer")
    if program is None:
        return Verdict(tool, False, MISSING)
    begin = time.monotonic()
    end = begin + seconds
    available, found = _run(program, tool, [tool], end)
    if available and FOUND[tool] not in found:
        found = f"{tool} does not see the fault that is planted for it: {found or 'it says nothing'}"
    elif available:
        available, found = _run(program, tool, [], end)
    return Verdict(tool, available, found, time.monotonic() - begin)


def _run(program: str, tool: str, planted: Sequence[str], end: float) -> tuple[bool, str]:
    """Whether the tool could be had, and what it found in a small run of all functions or of a fault."""
    run = [sys.executable, "-m", "codegen.cupy.gpu.small", *planted]
    command = [program, "--tool", tool, "--error-exitcode", "9", *run]
    # a session of its own: what the tool has started ends with it
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as started:
        try:
            output, _ = started.communicate(timeout=max(end - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            return True, f"{tool} was not through in time"
    if NOT_HERE in output:
        return False, f"compute-sanitizer: {NOT_HERE}"
    said = [text for text in output.splitlines() if text.startswith("=====")]
    return True, "\n".join((said or output.splitlines())[:60]) if started.returncode else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tools and prints what came of each as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m codegen.cupy.gpu.sanitizer", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"{', '.join(FOUND)}; all unless given")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each tool (default: %(default)s)")
    options = parser.parse_args(arguments)
    unknown = [tool for tool in options.tools if tool not in FOUND]
    if unknown:
        parser.error(f"no such tool: {', '.join(unknown)}")
    reason = unavailable()
    if reason:
        print(reason)
        return NO_GPU
    return int(bool(run(options.tools or list(FOUND), options.seconds)))


def run(tools: Sequence[str], seconds: float = SECONDS) -> list[Verdict]:
    """The tools that found something; a line for each of all."""
    failed = []
    with ThreadPoolExecutor(len(tools)) as pool:
        for done in as_completed([pool.submit(checked, tool, seconds) for tool in tools]):
            verdict = done.result()
            print(verdict.line, flush=True)
            if verdict.available and verdict.found:
                failed.append(verdict)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
