"""Fast intrinsics in 16-bit kernels: through checked primitives only, and each of these over all numbers."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from codegen.cupy import fast, harness
from codegen.cupy.emit import TEMPLATES, device_text
from codegen.cupy.fast import FUNCTIONS, PRIMITIVES
from codegen.cupy.harness import HostDriver

needs_compiler = pytest.mark.skipif(harness.missing() is not None, reason=str(harness.missing()))
GENERATED = Path(__file__).parents[2] / "generated" / "cupy_kernels"


@needs_compiler
@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_over_every_16_bit_number(name: str, package: ModuleType, cupy: Any) -> None:
    """As ``make gpu`` does it, with the stand-in for CuPy."""
    judged = fast.every_number(package, cupy, name)
    assert judged > 2 * 60_000


FAULTS = {
    "op_exp": [("return __expf(a);", "return __expf(a) * 1.00002f;"), ("__expf(a)", "__expf(a * 1.000001f)")],
    "op_div": [
        ("fabs(b) < R(8e37) ? R(1.0) : R(0.00390625)", "R(1.0)"),
        ("__fdividef(a * scale, b * scale)", "a / (b * 1.00002f)"),
    ],
    "op_div_moderate": [("return __fdividef(a, b);", "return __fdividef(a, b * 1.00002f);")],
    "op_gauss": [("R(-0.72134752)", "R(-0.7213)")],
    "op_tail": [("0.362873971f", "0.3628f"), ("fminf(a, 14.5f)", "fminf(a, 4.5f)")],
    "op_sincosprod.sine": [("0.0779399293f", "0.0765f"), ("+ b * 2.56825533e-08f", "")],
    "op_sincosprod.cosine": [
        ("-0.0203985818f", "-0.0195f"),
        ("(fmaf(a, high, -turns) + a * low)", "a * low"),
    ],
}
"""Primitive -> pieces of its text and what makes it wrong: everywhere, or at a few numbers only."""


@needs_compiler
@pytest.mark.parametrize(("name", "fault"), [(name, f) for name in FAULTS for f in range(len(FAULTS[name]))])
def test_a_primitive_that_is_off_is_seen(name: str, fault: int, package: ModuleType) -> None:
    assert FAULTS.keys() == PRIMITIVES.keys()
    old, new = FAULTS[name][fault]
    assert device_text().count(old) == 1
    package.set_driver(HostDriver())
    with pytest.raises(AssertionError, match=rf"{name}\("):
        fast.every_number(package, np, name, device_text().replace(old, new))


def test_primitives_are_what_16_bits_spell_otherwise() -> None:
    """Beside the order in which ``MaxRest`` sums, whose error has a test of its own (``test_package.py``)."""
    narrow, wide = (fast.definitions(fast.branch(device_text(), narrow=n)) for n in (True, False))
    assert {
        name for name in narrow.keys() | wide.keys() if narrow.get(name) != wide.get(name)
    } == FUNCTIONS | {"add_pack"}


def test_no_text_uses_a_fast_intrinsic_but_through_a_primitive() -> None:
    texts = [*GENERATED.glob("*.py"), *TEMPLATES.iterdir()]
    assert len(texts) > 20
    assert {f"{path.name}: {stray}" for path in texts for stray in fast.strays(path.read_text())} == set()
    assert {name for name, _ in fast.intrinsics(device_text())} == FUNCTIONS - {"op_gauss", "op_sincosprod"}


@pytest.mark.parametrize(
    "call", ["__logf(x)", "__fdividef(x, y)", "__frcp_rn(x)", '"tanh.approx.f32"', "__powf(x, y)"]
)
def test_a_stray_intrinsic_is_seen(call: str) -> None:
    text = device_text() + f"\n__device__ __forceinline__ real op_other(const real x, real y) {{ {call}; }}\n"
    (stray,) = fast.strays(text)
    assert stray.endswith(" in op_other")


def test_most_functions_stand_on_them(package: ModuleType) -> None:
    """Those whose texts call a primitive, themselves or through a fold, are what the checks above cover."""
    called = [f"{name}(" for name in FUNCTIONS] + ["MaxSumExp ", "MaxRest "]
    texts = {
        name: (GENERATED / f"{getattr(package, name).__module__.rpartition('.')[2]}.py").read_text()
        for name in package.__all__
        if callable(getattr(package, name))
    }
    own = {name: _own(text, name) for name, text in texts.items()}
    users = [name for name, text in own.items() if any(word in text for word in called)]
    assert len(users) > 60, len(users)


def _own(text: str, name: str) -> str:
    """What stands in a module about one function."""
    _, _, rest = text.partition(f"\n_{name.upper()} = ")
    return rest.partition("\n\n\ndef ")[0]
