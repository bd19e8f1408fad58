"""A kernel's text as the compiler sees it.  Needs nothing, so that it is there on the machine of a GPU."""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["compiled_text"]

_SHARED_FUNCTION = re.compile(
    r"^__device__ __forceinline__ [^\n(]*?(\w+)\([^\n]*\{(?:[^\n]*\}\n|\n(?:(?!\}).*\n)*?\}\n)", re.MULTILINE
)
_STRUCT = re.compile(r"^struct (\w+) \{\n(?:(?!\};).*\n)*?\};\n", re.MULTILINE)


def compiled_text(whole: str) -> str:
    """A text without comments and line breaks, and without the functions and structs that nothing else in it
    names: the compiler makes the same of it, and a change of one of them concerns the kernels that use it."""
    text = re.sub(r"(?:[ \t]*(?://.*)?\n)+", "\n", whole)
    named = Counter(re.findall(r"\w+", text))
    found = [*_SHARED_FUNCTION.finditer(text)]
    heads = Counter(f[1] for f in found)
    idle = [f[0] for f in found if named[f[1]] == heads[f[1]]]
    structs = _STRUCT.finditer(text)
    idle += [f[0] for f in structs if named[f[1]] == len(re.findall(rf"\b{f[1]}\b", f[0]))]
    for definition in idle:
        text = text.replace(definition, "")
    return compiled_text(text) if idle else re.sub(r"\s+", " ", text)
