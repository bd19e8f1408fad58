"""``import cupy`` in another process: the stand-in of ``fake_cupy``."""

import ctypes
import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("fake_cupy", Path(__file__).parents[1] / "fake_cupy.py")
_fake = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fake)
sys.modules.update(_fake.modules())
ctypes.CDLL = _fake.load_library
