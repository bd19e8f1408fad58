"""From text to a loaded object: compilers that fail, caches that others touched, processes at once."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import generated.c_kernels as compiled
import generated.numpy_kernels as by_numpy
from codegen import export
from generated.c_kernels import _build, activations
from generated.c_kernels._build import CompilerMissing, NotBuilt, cache_directory, compiler, library

ROOT = Path(__file__).parents[2]
X = np.linspace(-3, 3, 40, dtype=np.float32).reshape(4, 10)
TEXT = '__attribute__((visibility("default"))) int answer(void) { return 42; }\n'


@pytest.fixture(autouse=True)
def _afresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Nothing is loaded, said or kept yet."""
    monkeypatch.setenv("SYMCHECK_C_CACHE", str(tmp_path / "objects"))
    monkeypatch.setattr(_build, "_LOADED", {})
    monkeypatch.setattr(_build, "_SAID", set())
    _build._compiler.cache_clear()
    yield tmp_path / "objects"
    _build._compiler.cache_clear()


@pytest.fixture
def objects(_afresh: Path) -> Path:
    return _afresh


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """A compiler of one's own: a shell script, ``$CC``, that may run the real one as ``real "$@"``."""
    real = shutil.which("cc") or shutil.which("gcc")

    def write(body: str) -> Path:
        place = tmp_path / "mycc"
        place.write_text(f'#!/bin/sh\nreal() {{ exec {real} "$@"; }}\n{textwrap.dedent(body)}\n')
        place.chmod(0o755)
        monkeypatch.setenv("CC", str(place))
        return place

    return write


def fresh(**changes: Any) -> Any:
    """Softmax as if this process had never called it."""
    return replace(activations._SOFTMAX_C, **changes)


def test_there_is_a_compiler() -> None:
    found = compiler()
    assert "-ffast-math" not in found.flags and "-ffp-contract=off" in found.flags
    assert "__VERSION__" in found.identity
    assert library(TEXT).answer() == 42


def test_without_a_compiler_numpy_runs_and_one_warning_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CompilerMissing, match=r"\$CC is not set; no cc, gcc, clang"):
        compiler()
    kernel = fresh()
    with pytest.warns(RuntimeWarning, match="run as NumPy kernels: no working C compiler") as said:
        first = kernel.one(X)
        second = kernel.one(X)
        third = fresh().one(X.astype(np.float64))
    assert len(said) == 1
    np.testing.assert_array_equal(first, by_numpy.softmax(X))
    np.testing.assert_array_equal(second, first)
    np.testing.assert_array_equal(third, by_numpy.softmax(X.astype(np.float64)))


def test_the_warning_points_at_the_line_of_the_caller(tmp_path: Path) -> None:
    """On each way into a kernel, and where the kernels are one exported file beside the script."""
    kernels = tmp_path / "k.py"
    kernels.write_text(export("act.softmax", "act.silu", target="c"), encoding="utf-8")
    script = tmp_path / "script.py"
    for source in ("k", "generated.c_kernels"):
        for call in ("softmax(x)", "softmax(x, axis=0)", "softmax([[1.0, 2.0]])", "silu_vjp(x, x)"):
            script.write_text(f"import numpy as np\nfrom {source} import silu_vjp, softmax\n"
                              f"x = np.ones((2, 3))\n\n{call}\n", encoding="utf-8")  # fmt: skip
            found = subprocess.run(
                [sys.executable, str(script)], capture_output=True, text=True, check=True,
                env={**os.environ, "CC": "false", "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert found.stderr.startswith(f"{script}:5: RuntimeWarning: symcheck's C kernels"), (
                source,
                call,
            )


def test_the_whole_package_without_a_compiler() -> None:
    """A process of its own whose ``$CC`` is no compiler: every function is there and right."""
    code = (
        "import warnings, numpy as np; warnings.simplefilter('ignore')\n"
        "import generated.c_kernels as c, generated.numpy_kernels as n\n"
        "x = np.linspace(-3, 3, 24, dtype='f4').reshape(4, 6)\n"
        "for f in ('softmax', 'gelu', 'rms_norm'):\n"
        "    a = (x, np.ones(6, 'f4')) if f == 'rms_norm' else (x,)\n"
        "    assert (getattr(c, f)(*a) == getattr(n, f)(*a)).all()\n"
        "print('fine')\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "CC": "false", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert found.stdout == "fine\n"


def test_a_compiler_that_fails_is_quoted(script: Callable[[str], Path]) -> None:
    script('case "$*" in *kernel.c*) echo "kernel.c:1: it rains" >&2; exit 3;; esac\nreal "$@"')
    with pytest.warns(RuntimeWarning, match=r"mycc .* failed: kernel.c:1: it rains"):
        got = fresh().one(X)
    np.testing.assert_array_equal(got, by_numpy.softmax(X))


@pytest.mark.parametrize("body", ["exit 0", "echo nonsense > kernel.so"])
def test_a_compiler_that_makes_nothing_usable(body: str, script: Callable[[str], Path]) -> None:
    script(f'case "$*" in *kernel.c*) {body}; exit 0;; esac\nreal "$@"')
    with pytest.raises(NotBuilt, match=r"failed|does not load"):
        library(TEXT)


def test_a_compiler_that_hangs_is_given_up(
    script: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    script('case "$*" in *kernel.c*) exec sleep 60;; esac\nreal "$@"')
    compiler()
    monkeypatch.setattr(_build, "SECONDS", 0.3)
    with pytest.raises(NotBuilt, match="timed out"):
        library(TEXT)


def test_flags_that_a_compiler_does_not_know_are_left_out(script: Callable[[str], Path]) -> None:
    """No -march=native, no wide vectors: the same values."""
    script(
        'for a in "$@"; do case $a in -march=*|-mcpu=*|-mprefer*) echo "what is $a" >&2; exit 1;; esac; '
        "done\n"
        'real "$@"'
    )
    assert not any(f.startswith("-m") for f in compiler().flags)
    for kernel, function in (
        (fresh(), by_numpy.softmax),
        (replace(activations._GELU_C), by_numpy.gelu),
        (replace(activations._LOG_SOFTMAX_C), by_numpy.log_softmax),
    ):
        for dtype in ("float32", "float64"):
            x = X.astype(dtype)
            np.testing.assert_allclose(kernel.one(x), function(x), rtol=20 * np.finfo(dtype).eps)


def count(script: Callable[[str], Path], tmp_path: Path) -> Path:
    log = tmp_path / "log"
    script(f'case "$*" in *kernel.c*) echo built >> {log};; esac\nreal "$@"')
    return log


def test_what_is_kept_is_not_built_again(
    script: Callable[[str], Path], tmp_path: Path, objects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = count(script, tmp_path)
    for _ in range(2):
        monkeypatch.setattr(_build, "_LOADED", {})
        assert library(TEXT).answer() == 42
    assert log.read_text() == "built\n"
    assert library(TEXT.replace("42", "43")).answer() == 43
    assert log.read_text() == "built\nbuilt\n"
    assert sorted({p.suffix for p in objects.iterdir()}) == [".name", ".so"]
    assert stat.S_IMODE(objects.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "one bit", "gone", "note", "note to another"])
def test_a_damaged_object_is_not_loaded_but_built_again(
    damage: str,
    script: Callable[[str], Path],
    tmp_path: Path,
    objects: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = count(script, tmp_path)
    library(TEXT)
    (place,), (note,) = objects.glob("*.so"), objects.glob("*.name")
    content = place.read_bytes()
    place.unlink()  # this process has it mapped: what it holds is another file from here on
    changed = {
        "cut": content[: len(content) // 2],
        "garbage": b"\x7fELF" + os.urandom(4000),
        "empty": b"",
        "one bit": content[:2000] + bytes([content[2000] ^ 1]) + content[2001:],
    }
    if damage in changed:
        place.write_bytes(changed[damage])
    elif damage.startswith("note"):
        place.write_bytes(content)
        note.write_text("../../etc/passwd" if damage == "note" else "0" * 64)
    monkeypatch.setattr(_build, "_LOADED", {})
    assert library(TEXT).answer() == 42
    assert log.read_text() == "built\nbuilt\n"
    assert place.read_bytes() == content


def test_processes_that_build_at_once(objects: Path) -> None:
    """Six processes, one text, an empty cache: all are right, one object stays."""
    code = (
        "import sys, numpy as np, generated.c_kernels as c\n"
        "sys.stdin.read(1)\n"
        "import warnings; warnings.simplefilter('error')\n"
        "x = np.linspace(-3, 3, 40, dtype='f4').reshape(4, 10)\n"
        "print(c.softmax(x).tobytes().hex())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(6)
    ]  # fmt: skip
    for process in started:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    said = {process.communicate(timeout=300)[0] for process in started}
    assert all(process.returncode == 0 for process in started)
    assert len(said) == 1
    np.testing.assert_allclose(
        np.frombuffer(bytes.fromhex(said.pop().strip()), "f4").reshape(4, 10), by_numpy.softmax(X), rtol=1e-6
    )
    assert len(list(objects.glob("*.name"))) == 1
    assert not list(objects.glob("build-*"))


def test_a_directory_of_others_is_not_used(objects: Path) -> None:
    objects.mkdir()
    objects.chmod(0o777)
    assert cache_directory() != objects
    assert library(TEXT).answer() == 42
    assert not list(objects.iterdir())


def test_a_place_that_is_no_directory_is_not_used(objects: Path) -> None:
    objects.write_text("a file")
    assert library(TEXT).answer() == 42


def test_the_key_holds_text_flags_and_compiler(monkeypatch: pytest.MonkeyPatch, objects: Path) -> None:
    library(TEXT)
    found = compiler()
    for other in (replace(found, identity="another"), replace(found, flags=(*found.flags, "-g0"))):
        monkeypatch.setattr(_build, "compiler", lambda other=other: other)
        library(TEXT)
    assert len(list(objects.glob("*.name"))) == 3


def test_functions_are_those_of_numpy_by_signature() -> None:
    import inspect

    for name in by_numpy.__all__:
        ours, theirs = getattr(compiled, name), getattr(by_numpy, name)
        assert str(inspect.signature(ours)) == str(inspect.signature(theirs)), name


def test_nothing_is_built_by_importing(objects: Path) -> None:
    code = "import generated.c_kernels; import os; print(os.path.exists(os.environ['SYMCHECK_C_CACHE']))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert found.stdout == "False\n"


def test_warnings_are_those_of_the_caller() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        _build.say_once("a reason", 2)
        _build.say_once("a reason", 2)
    assert [str(w.message) for w in said] == ["symcheck's C kernels run as NumPy kernels: a reason"]
