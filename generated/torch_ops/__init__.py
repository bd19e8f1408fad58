"""Kernels as custom operators of PyTorch, with autograd: ``torch.ops.symcheck.softmax`` and so on.

A tensor on a GPU goes through the CuPy kernels, on PyTorch's current stream and into memory that PyTorch
allocates; one on the CPU through the NumPy kernels.  Floating point tensors of one call have one dtype:
float16, float32 or float64.  Gradients come from the derived backward passes, which are operators too
(``softmax_vjp``) and have no derivative of their own.

Derived from proved formulas by symcheck. Do not edit: change the formula or the generator and run
`symcheck generate`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from generated import cupy_kernels

__all__ = [
    "OPS",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "bradley_terry",
    "clip_by_norm",
    "contrastive_loss",
    "cosine_similarity",
    "cross_entropy",
    "cross_entropy_probs",
    "cross_entropy_soft",
    "ddpm_loss",
    "dot",
    "dpo_loss",
    "dropout",
    "entropy",
    "euclidean_distance",
    "focal_loss",
    "focal_loss_with_logits",
    "gaussian_kl",
    "gaussian_log_prob",
    "gelu",
    "gelu_sigmoid",
    "gelu_tanh",
    "hadamard",
    "huber_loss",
    "kl_divergence",
    "l1_loss",
    "l1_norm",
    "l1_penalty",
    "l2_norm",
    "l2_penalty",
    "layer_norm",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "mse_loss",
    "nll_loss",
    "perplexity",
    "ppo_objective",
    "relu",
    "reparametrize",
    "residual",
    "rms_norm",
    "sft_loss",
    "sigmoid",
    "silu",
    "softmax",
    "softmax_temperature",
    "softplus",
    "tanh",
    "triplet_loss",
]

_HERE = "generated"


@dataclass(frozen=True)
class Op:
    """A differentiable function.  ``wrt``: arguments with a cotangent; ``spread``: arguments whose
    shapes, broadcast together, are that of the result, which lacks the axis if it is ``reduced``."""

    name: str
    module: str
    wrt: tuple[str, ...]
    spread: tuple[str, ...]
    reduced: bool


OPS = (
    Op("batch_norm", "normalisation", ('input', 'weight', 'bias'), ('input',), False),
    Op("binary_cross_entropy", "losses", ('input',), ('input', 'target'), False),
    Op("binary_cross_entropy_with_logits", "losses", ('input',), ('input', 'target'), False),
    Op("bradley_terry", "alignment", ('chosen', 'rejected'), ('chosen', 'rejected'), False),
    Op("clip_by_norm", "optimisation", ('input',), ('input',), False),
    Op("contrastive_loss", "losses", ('input',), ('input',), True),
    Op("cosine_similarity", "linear_algebra", ('x1', 'x2'), ('x1', 'x2'), True),
    Op("cross_entropy", "losses", ('input',), ('input',), True),
    Op("cross_entropy_probs", "information", ('p', 'q'), ('p', 'q'), True),
    Op("cross_entropy_soft", "losses", ('input', 'target'), ('input', 'target'), True),
    Op("ddpm_loss", "generative", ('input',), ('input', 'noise'), True),
    Op("dot", "linear_algebra", ('x1', 'x2'), ('x1', 'x2'), True),
    Op(
        "dpo_loss",
        "alignment",
        ('chosen', 'rejected'),
        ('chosen', 'rejected', 'chosen_ref', 'rejected_ref'),
        False,
    ),
    Op("dropout", "optimisation", ('input',), ('input', 'mask'), False),
    Op("entropy", "information", ('p',), ('p',), True),
    Op("euclidean_distance", "embeddings", ('x1', 'x2'), ('x1', 'x2'), True),
    Op("focal_loss", "losses", ('input',), ('input',), False),
    Op("focal_loss_with_logits", "losses", ('input',), ('input',), False),
    Op("gaussian_kl", "generative", ('loc', 'log_variance'), ('loc', 'log_variance'), True),
    Op("gaussian_log_prob", "probability", ('input', 'loc', 'scale'), ('input', 'loc', 'scale'), False),
    Op("gelu", "activations", ('input',), ('input',), False),
    Op("gelu_sigmoid", "activations", ('input',), ('input',), False),
    Op("gelu_tanh", "activations", ('input',), ('input',), False),
    Op("hadamard", "linear_algebra", ('input', 'other'), ('input', 'other'), False),
    Op("huber_loss", "losses", ('input', 'target'), ('input', 'target'), False),
    Op("kl_divergence", "information", ('p', 'q'), ('p', 'q'), True),
    Op("l1_loss", "losses", ('input', 'target'), ('input', 'target'), True),
    Op("l1_norm", "linear_algebra", ('input',), ('input',), True),
    Op("l1_penalty", "optimisation", ('input',), ('input',), True),
    Op("l2_norm", "linear_algebra", ('input',), ('input',), True),
    Op("l2_penalty", "optimisation", ('input',), ('input',), True),
    Op("layer_norm", "normalisation", ('input', 'weight', 'bias'), ('input',), False),
    Op("leaky_relu", "activations", ('input',), ('input',), False),
    Op("log_sigmoid", "activations", ('input',), ('input',), False),
    Op("log_softmax", "activations", ('input',), ('input',), False),
    Op("logsumexp", "activations", ('input',), ('input',), True),
    Op("mse_loss", "losses", ('input', 'target'), ('input', 'target'), True),
    Op("nll_loss", "llm", ('input',), ('input',), True),
    Op("perplexity", "information", ('nll',), ('nll',), True),
    Op("ppo_objective", "alignment", ('ratio',), ('ratio', 'advantage'), False),
    Op("relu", "activations", ('input',), ('input',), False),
    Op("reparametrize", "generative", ('loc', 'scale'), ('loc', 'scale', 'noise'), False),
    Op("residual", "attention", ('input', 'branch'), ('input', 'branch'), False),
    Op("rms_norm", "normalisation", ('input', 'weight'), ('input',), False),
    Op("sft_loss", "alignment", ('input',), ('input',), True),
    Op("sigmoid", "activations", ('input',), ('input',), False),
    Op("silu", "activations", ('input',), ('input',), False),
    Op("softmax", "activations", ('input',), ('input',), False),
    Op("softmax_temperature", "llm", ('input',), ('input',), False),
    Op("softplus", "activations", ('input',), ('input',), False),
    Op("tanh", "activations", ('input',), ('input',), False),
    Op(
        "triplet_loss",
        "losses",
        ('anchor', 'positive', 'negative'),
        ('anchor', 'positive', 'negative'),
        True,
    ),
)


def _kernel(name: str, module: str, tensor: torch.Tensor) -> Callable[..., Any]:
    """The function that serves where ``tensor`` lies.  A driver put in CuPy's place (a test harness) has
    NumPy arrays, and the CPU's tensors."""
    on_gpu = tensor.is_cuda or _harness() is not None
    package = "cupy_kernels" if on_gpu else "numpy_kernels"
    found: Callable[..., Any] = getattr(importlib.import_module(f"{_HERE}.{package}.{module}"), name)
    return found


def _harness() -> Any:
    driver = cupy_kernels._driver._state.get("driver")
    return driver if driver is not None and driver.xp.__name__ == "numpy" else None


def _array(tensor: torch.Tensor) -> Any:
    if not tensor.is_cuda:
        return tensor.detach().numpy()
    asarray = cupy_kernels.get_driver().xp.asarray
    if tensor.dtype == torch.bfloat16:  # PyTorch does not show it to CuPy
        bfloat16 = importlib.import_module("ml_dtypes").bfloat16
        return asarray(tensor.detach().view(torch.int16)).view(bfloat16)
    return asarray(tensor.detach())


def _on_stream(tensor: torch.Tensor) -> AbstractContextManager[Any]:
    """CuPy's stream is per thread and starts as the null stream; autograd runs in threads of its own."""
    if not tensor.is_cuda:
        return nullcontext()
    cuda = cupy_kernels.get_driver().xp.cuda
    stream = torch.cuda.current_stream(tensor.device)
    if hasattr(cuda.Stream, "from_external"):
        return cuda.Stream.from_external(stream)  # type: ignore[no-any-return]
    return cuda.ExternalStream(stream.cuda_stream, tensor.device.index)  # type: ignore[no-any-return]


def _call(name: str, module: str, values: dict[str, Any], outs: Sequence[torch.Tensor]) -> None:
    first = next(v for v in values.values() if isinstance(v, torch.Tensor))
    given = {k: _array(v) if isinstance(v, torch.Tensor) else v for k, v in values.items()}
    with _on_stream(first):
        places = tuple(_array(o) for o in outs)
        _kernel(name, module, first)(**given, out=places[0] if len(places) == 1 else places)


def _whole(op: Op, values: dict[str, Any]) -> tuple[int, ...]:
    shapes = [values[name].shape for name in op.spread]
    return tuple(torch.broadcast_shapes(*shapes))  # type: ignore[no-untyped-call, unused-ignore]


def _shape(op: Op, values: dict[str, Any]) -> tuple[int, ...]:
    shape = _whole(op, values)
    if not op.reduced:
        return shape
    axis = values.get("axis", -1) % len(shape)
    return tuple(size for k, size in enumerate(shape) if k != axis)


def _empty(op: Op, values: dict[str, Any]) -> torch.Tensor:
    like: torch.Tensor = values[op.spread[0]]
    return like.new_empty(_shape(op, values))


def _cotangents(op: Op, values: dict[str, Any]) -> list[torch.Tensor]:
    return [torch.empty_like(values[name], memory_format=torch.contiguous_format) for name in op.wrt]


def _alone(results: list[torch.Tensor]) -> Any:
    """One result by itself, several as a tuple."""
    return results[0] if len(results) == 1 else tuple(results)


def _schema(parameters: Sequence[inspect.Parameter], results: int) -> str:
    shown: list[str] = []
    keywords: list[str] = []
    for p in parameters:
        kind = {"Any": "Tensor", "float": "float", "int": "int"}[str(p.annotation)]
        text = f"{kind} {p.name}" + ("" if p.default is p.empty else f"={p.default}")
        (keywords if p.kind is p.KEYWORD_ONLY else shown).append(text)
    arguments = ", ".join([*shown, *(["*", *keywords] if keywords else [])])
    return f"({arguments}) -> " + ("Tensor" if results == 1 else f"({', '.join(['Tensor'] * results)})")


def _parameters(name: str, module: str) -> list[inspect.Parameter]:
    function = getattr(importlib.import_module(f"{_HERE}.cupy_kernels.{module}"), name)
    return [p for p in inspect.signature(function).parameters.values() if p.name != "out"]


def _bound(parameters: Sequence[inspect.Parameter], args: Any, kwargs: Any) -> dict[str, Any]:
    bound = inspect.Signature(list(parameters)).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _define(op: Op) -> Callable[..., Any]:
    forward, backward = _parameters(op.name, op.module), _parameters(f"{op.name}_vjp", op.module)
    results = len(op.wrt)

    def run(*args: Any, **kwargs: Any) -> torch.Tensor:
        values = _bound(forward, args, kwargs)
        out = _empty(op, values)
        _call(op.name, op.module, values, [out])
        return out

    def run_vjp(*args: Any, **kwargs: Any) -> Any:
        values = _bound(backward, args, kwargs)
        outs = _cotangents(op, values)
        _call(f"{op.name}_vjp", op.module, values, outs)
        return _alone(outs)

    def fake(*args: Any, **kwargs: Any) -> torch.Tensor:
        return _empty(op, _bound(forward, args, kwargs))

    def fake_vjp(*args: Any, **kwargs: Any) -> Any:
        return _alone(_cotangents(op, _bound(backward, args, kwargs)))

    made = torch.library.custom_op(f"symcheck::{op.name}", run, mutates_args=(), schema=_schema(forward, 1))
    made_vjp = torch.library.custom_op(
        f"symcheck::{op.name}_vjp", run_vjp, mutates_args=(), schema=_schema(backward, results)
    )
    made.register_fake(fake)
    made_vjp.register_fake(fake_vjp)
    tensors = [p.name for p in forward if str(p.annotation) == "Any"]

    def remember(ctx: Any, inputs: Any, output: Any, keyword_only_inputs: Any = None) -> None:
        values = _bound(forward, inputs, keyword_only_inputs or {})
        ctx.save_for_backward(*(values[name] for name in tensors))
        ctx.rest = {name: v for name, v in values.items() if name not in tensors}

    def differentiate(ctx: Any, g: torch.Tensor) -> Any:
        values = {**dict(zip(tensors, ctx.saved_tensors, strict=True)), **ctx.rest}
        sizes = {name: values[name].shape for name in op.wrt}
        whole = _whole(op, values)
        values |= {name: values[name].expand(whole) for name in op.spread} | {"g": g}
        positional = [values[p.name] for p in backward if p.kind is not p.KEYWORD_ONLY]
        keywords = {p.name: values[p.name] for p in backward if p.kind is p.KEYWORD_ONLY}
        found = made_vjp(*positional, **keywords)
        parts = zip(op.wrt, (found,) if results == 1 else found, strict=True)
        cotangents = {name: part.sum_to_size(sizes[name]) for name, part in parts}
        return tuple(cotangents.get(p.name) for p in forward if p.kind is not p.KEYWORD_ONLY)

    made.register_autograd(differentiate, setup_context=remember)
    return made


_MADE = {op.name: _define(op) for op in OPS}
batch_norm = _MADE["batch_norm"]
binary_cross_entropy = _MADE["binary_cross_entropy"]
binary_cross_entropy_with_logits = _MADE["binary_cross_entropy_with_logits"]
bradley_terry = _MADE["bradley_terry"]
clip_by_norm = _MADE["clip_by_norm"]
contrastive_loss = _MADE["contrastive_loss"]
cosine_similarity = _MADE["cosine_similarity"]
cross_entropy = _MADE["cross_entropy"]
cross_entropy_probs = _MADE["cross_entropy_probs"]
cross_entropy_soft = _MADE["cross_entropy_soft"]
ddpm_loss = _MADE["ddpm_loss"]
dot = _MADE["dot"]
dpo_loss = _MADE["dpo_loss"]
dropout = _MADE["dropout"]
entropy = _MADE["entropy"]
euclidean_distance = _MADE["euclidean_distance"]
focal_loss = _MADE["focal_loss"]
focal_loss_with_logits = _MADE["focal_loss_with_logits"]
gaussian_kl = _MADE["gaussian_kl"]
gaussian_log_prob = _MADE["gaussian_log_prob"]
gelu = _MADE["gelu"]
gelu_sigmoid = _MADE["gelu_sigmoid"]
gelu_tanh = _MADE["gelu_tanh"]
hadamard = _MADE["hadamard"]
huber_loss = _MADE["huber_loss"]
kl_divergence = _MADE["kl_divergence"]
l1_loss = _MADE["l1_loss"]
l1_norm = _MADE["l1_norm"]
l1_penalty = _MADE["l1_penalty"]
l2_norm = _MADE["l2_norm"]
l2_penalty = _MADE["l2_penalty"]
layer_norm = _MADE["layer_norm"]
leaky_relu = _MADE["leaky_relu"]
log_sigmoid = _MADE["log_sigmoid"]
log_softmax = _MADE["log_softmax"]
logsumexp = _MADE["logsumexp"]
mse_loss = _MADE["mse_loss"]
nll_loss = _MADE["nll_loss"]
perplexity = _MADE["perplexity"]
ppo_objective = _MADE["ppo_objective"]
relu = _MADE["relu"]
reparametrize = _MADE["reparametrize"]
residual = _MADE["residual"]
rms_norm = _MADE["rms_norm"]
sft_loss = _MADE["sft_loss"]
sigmoid = _MADE["sigmoid"]
silu = _MADE["silu"]
softmax = _MADE["softmax"]
softmax_temperature = _MADE["softmax_temperature"]
softplus = _MADE["softplus"]
tanh = _MADE["tanh"]
triplet_loss = _MADE["triplet_loss"]
