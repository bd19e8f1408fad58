"""Readers with a fault, for the tests of the watch over hostile input: a module, for workers to import."""

from __future__ import annotations

import random
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from flint import fmpz, fmpz_mat
from fuzzing.campaign import Chunk, Outcome, work
from fuzzing.targets import TARGETS, Target


def crashes(text: str) -> str:
    return str(1 // 0)


def hangs(text: str) -> str:
    while True:
        try:
            while True:
                pass
        except Exception:
            continue


def hangs_outside_python(text: str) -> str:
    return str(fmpz((2**521 - 1) * (2**607 - 1)).factor())


def eats_memory(text: str) -> str:
    return str(len(bytearray(3 << 30)))


def evaluates(text: str) -> str:
    return str(eval("1 + 1"))


def evaluates_and_says_nothing(text: str) -> str:
    try:
        return str(eval("1 + 1"))
    except Exception:
        return "ok"


def reads_a_file(text: str) -> str:
    return Path("/etc/passwd").read_text()


def asks_sympy(text: str) -> str:
    import sympy

    return str(sympy.sympify("x + 1"))


def starts_a_process(text: str) -> str:
    return str(subprocess.run(["true"], check=False))


def opens_a_socket(text: str) -> str:
    with socket.socket() as s:
        s.connect(("127.0.0.1", 9))
    return "sent"


def dies(text: str) -> str:
    return str(fmpz_mat(30_000, 30_000))  # FLINT ends the process where memory ends


def is_fine(text: str) -> str:
    return "fine"


FAULTS: dict[str, tuple[Callable[[str], str], str]] = {
    "crashes": (crashes, "ZeroDivisionError"),
    "hangs": (hangs, "TooSlow"),
    "evaluates": (evaluates, "Evaluated: compile"),
    "evaluates and says nothing": (evaluates_and_says_nothing, "Evaluated: compile"),
    "reads a file": (reads_a_file, "Evaluated: open"),
    "asks SymPy": (asks_sympy, "Evaluated: compile"),
    "starts a process": (starts_a_process, "Evaluated: "),
    "opens a socket": (opens_a_socket, "Evaluated: socket"),
}
FATAL: dict[str, tuple[Callable[[str], str], str]] = {
    "hangs outside Python": (hangs_outside_python, "took more than 8 s"),
    "eats memory": (eats_memory, "MemoryError"),
    "dies": (dies, "worker died"),
}


def target(process: Callable[[str], str], name: str = "planted") -> Target:
    return Target(name, lambda chance: random.Random(chance.random()).choice("abc"), process, 1.0, 0.5)


class Work:
    """``campaign.work`` in a worker that has the planted target."""

    def __init__(self, process: Callable[[str], str]) -> None:
        self.process = process

    def __call__(self, chunk: Chunk) -> Outcome:
        TARGETS["planted"] = target(self.process)
        return work(chunk)
