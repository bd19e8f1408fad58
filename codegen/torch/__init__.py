"""Kernels as custom operators of PyTorch: a thin package over those for NumPy and CuPy."""

from codegen.torch.emit import TorchTarget

__all__ = ["TorchTarget"]
