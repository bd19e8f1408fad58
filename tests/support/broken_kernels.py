"""A driver that runs kernels with a fault in their text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from codegen.cupy.harness import HostDriver


class InOne(HostDriver):
    """Puts ``new`` in place of ``old`` in the text of one kernel."""

    def __init__(self, kernel: str, old: str, new: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.name, self.old, self.new = kernel, old, new

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        head, name, rest = source.partition(f" {self.name}(")
        if name:
            body, end, others = rest.partition("\n}\n")
            assert self.old in body
            source = head + name + body.replace(self.old, self.new) + end + others
        return super().kernel(source, expression, shared)


class Breaking(HostDriver):
    """Puts ``new`` in place of ``old`` in every text, and insists that ``old`` is there."""

    def __init__(self, old: str, new: str, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.old, self.new = old, new

    def kernel(self, source: str, expression: str, shared: int = 0) -> Callable[..., None]:
        assert self.old in source
        return super().kernel(source.replace(self.old, self.new), expression, shared)
