"""The peers, each as its users call it.  One that is not installed has no entries (the run says so)."""

from __future__ import annotations

import functools
import importlib
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

from codegen.bench.cases import COMPARED, PROCEDURES, symbolic, textbook
from codegen.bench.pytorch import pytorch_call
from formulas.kernels import every_kernel
from formulas.language import DEFINITIONS

Function = Callable[..., Any]


LATER = frozenset((k, "PyTorch") for k in ("adamw_step", "layer_norm_vjp", "cross_entropy_vjp"))
"""Peers of the compared kernels that came later: beside them, but not in the means, which stay comparable."""
COMPILED = shutil.which("g++") is not None
"""Whether torch.compile can work: it needs a C++ compiler."""


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _unfolded(e: sp.Basic) -> sp.Basic:
    if not e.args:
        return e
    args = [_unfolded(a) for a in e.args]
    return DEFINITIONS[type(e)](*args) if type(e) in DEFINITIONS else e.func(*args)


def lambdifypeers(kernel: str) -> dict[str, Function]:
    """SymPy's own code generator on the same formula, with common subexpressions."""
    found = symbolic(kernel)
    if found is None:
        return {}
    inputs, output = found
    return {"lambdify(cse)": sp.lambdify(inputs, _unfolded(output), modules=["scipy", "numpy"], cse=True)}


def scipy_peers(kernel: str) -> dict[str, Function]:
    """SciPy's functions."""
    linalg, signal, special, stats = (
        importlib.import_module(f"scipy.{name}") for name in ("linalg", "signal", "special", "stats")
    )
    known: dict[str, Function] = {
        "sigmoid": special.expit,
        "silu": lambda x: x * special.expit(x),
        "softplus": lambda x: -special.log_expit(-x),
        "gelu": lambda x: x * special.ndtr(x),
        "huber_loss": lambda x, y: special.huber(1.0, x - y),
        "softmax": lambda x: special.softmax(x, -1),
        "log_softmax": lambda x: special.log_softmax(x, -1),
        "logsumexp": lambda x: special.logsumexp(x, -1),
        "kl_divergence": lambda p, q: special.rel_entr(p, q).sum(-1),
        "log_sigmoid": special.log_expit,
        "softmax_temperature": lambda x: special.softmax(x / 1.0, -1),
        "entropy": lambda p: special.entr(p).sum(-1),
        "cross_entropy_probs": lambda p, q: -special.xlogy(p, q).sum(-1),
        "binary_cross_entropy": lambda p, y: -(special.xlogy(y, p) + special.xlog1py(1 - y, -p)),
        "bradley_terry": lambda a, b: special.expit(a - b),
        "dpo_loss": lambda w, v, rw, rv: -special.log_expit(0.1 * ((w - rw) - (v - rv))),
        "gaussian_log_prob": lambda x, m, s: stats.norm.logpdf(x, m, s),
        "l2_norm": lambda x: linalg.norm(x, axis=-1),
        "l1_norm": lambda x: linalg.norm(x, 1, axis=-1),
        "convolve": lambda x, w: signal.convolve(x, w[None]),
    }
    return {"SciPy": known[kernel]} if kernel in known else {}


_EXPRESSIONS = {
    "sigmoid": "1 / (1 + exp(-x))",
    "silu": "x / (1 + exp(-x))",
    "silu_vjp": "g * (1 / (1 + exp(-x)) + x * exp(-x) / (1 + exp(-x))**2)",
    "tanh": "tanh(x)",
    "gelu_tanh": "0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))",
    "gelu_sigmoid": "x / (1 + exp(-1.702 * x))",
    "softplus": "log1p(exp(x))",
    "leaky_relu": "where(x > 0, x, 0.01 * x)",
    "huber_loss": "where(abs(x - y) <= 1, 0.5 * (x - y)**2, abs(x - y) - 0.5)",
    "binary_cross_entropy_with_logits": "where(x > 0, x, 0) - x * y + log1p(exp(-abs(x)))",
    "sgd_step": "x - lr * g",
}


def numexpr_peers(kernel: str) -> dict[str, Function]:
    """numexpr's virtual machine, one thread."""
    numexpr = _module("numexpr")
    if numexpr is None or kernel not in _EXPRESSIONS:
        return {}
    numexpr.set_num_threads(1)
    text = _EXPRESSIONS[kernel]
    names = {"silu_vjp": ("g", "x"), "sgd_step": ("x", "g", "lr")}.get(kernel, ("x", "y"))

    def run(*args: Any) -> Any:
        return numexpr.evaluate(text, local_dict=dict(zip(names, args, strict=False)))

    return {"numexpr": run}


def numba_peers(kernel: str) -> dict[str, Function]:
    """numba's vectorize on the scalar formula."""
    numba = _module("numba")
    if numba is None:
        return {}
    math = importlib.import_module("math")
    scalar: dict[str, Function] = {
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "silu": lambda x: x / (1 + math.exp(-x)),
        "tanh": lambda x: math.tanh(x),
        "gelu": lambda x: 0.5 * x * (1 + math.erf(x * 0.7071067811865476)),
        "softplus": lambda x: math.log1p(math.exp(x)),
        "huber_loss": lambda x, y: 0.5 * (x - y) ** 2 if abs(x - y) <= 1 else abs(x - y) - 0.5,
    }
    return {"numba": numba.vectorize(nopython=True)(scalar[kernel])} if kernel in scalar else {}


def torch_peers(kernel: str) -> dict[str, Function]:
    """PyTorch as called, and with out= where it takes it; the arrays are shared with NumPy."""
    torch = _module("torch")
    if torch is None:
        return {}
    torch.set_num_threads(1)
    with_out: dict[str, Function] = {
        "sigmoid": lambda x, out: torch.sigmoid(x, out=out),
        "tanh": lambda x, out: torch.tanh(x, out=out),
        "silu": lambda x, out: torch.ops.aten.silu.out(x, out=out),
        "gelu": lambda x, out: torch.ops.aten.gelu.out(x, out=out),
        "softmax": lambda x, out: torch.softmax(x, -1, out=out),
        "log_softmax": lambda x, out: torch.ops.aten.log_softmax.int_out(x, -1, out=out),
    }
    call = pytorch_call(kernel)
    found = {} if call is None else {"PyTorch": _on_tensors(torch, call)}
    if call is not None and COMPILED and kernel in COMPARED and (kernel, "PyTorch") not in LATER:
        found["torch.compile"] = _on_tensors(torch, torch.compile(call, dynamic=False))
    if kernel in with_out:
        found["PyTorch out="] = _with_out(torch, with_out[kernel])
    return found


def _on_tensors(torch: Any, function: Function) -> Function:
    memory: dict[Any, Any] = {}

    def run(*args: Any) -> Any:
        key = id(args[0]), len(args)
        if key not in memory:
            memory.clear()
            memory[key] = [torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in args]
        with torch.no_grad():
            return function(*memory[key])

    return run


def _with_out(torch: Any, function: Function) -> Function:
    memory: dict[Any, Any] = {}

    def run(x: Any) -> Any:
        if id(x) not in memory:
            memory.clear()
            memory[id(x)] = (torch.from_numpy(x), torch.empty_like(torch.from_numpy(x)))
        with torch.no_grad():
            return function(*memory[id(x)])

    return run


def jax_peers(kernel: str) -> dict[str, Function]:
    """JAX, compiled, its arrays on the CPU."""
    jax = _module("jax")
    if jax is None or kernel in {c.kernel for c in PROCEDURES}:
        return {}
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    compiled = jax.jit(_jax_function(kernel))
    memory: dict[Any, Any] = {}

    def run(*args: Any) -> Any:
        if id(args[0]) not in memory:
            memory.clear()
            memory[id(args[0])] = [jnp.asarray(a) if isinstance(a, np.ndarray) else a for a in args]
        return jax.block_until_ready(compiled(*memory[id(args[0])]))

    return {"JAX": run}


def _jax_function(function: str) -> Function:
    """A kernel in JAX: its own function, or the textbook form; a backward pass is JAX's of that."""
    jax = _module("jax")
    nn, jnp = jax.nn, jax.numpy

    def attention(q: Any, k: Any, v: Any, causal: bool = False) -> Any:
        """JAX has the heads between places and entries."""
        turned = (jnp.swapaxes(x, 0, 1) for x in (q, k, v))
        return jnp.swapaxes(nn.dot_product_attention(*turned, is_causal=causal), 0, 1)

    heads = jax.vmap(attention)
    own: dict[str, Function] = {
        "sigmoid": nn.sigmoid,
        "tanh": jnp.tanh,
        "relu": nn.relu,
        "leaky_relu": nn.leaky_relu,
        "silu": nn.silu,
        "gelu": lambda x: nn.gelu(x, approximate=False),
        "gelu_tanh": nn.gelu,
        "softplus": nn.softplus,
        "softmax": nn.softmax,
        "log_softmax": nn.log_softmax,
        "logsumexp": lambda x: nn.logsumexp(x, -1),
        "log_sigmoid": nn.log_sigmoid,
        "scaled_dot_product_attention": attention,
        "causal_attention": lambda q, k, v: attention(q, k, v, causal=True),
        "multihead_attention": lambda q, k, v, w: jnp.einsum("...hne,hek->...nk", heads(q, k, v), w),
        "convolve": lambda x, w: jax.vmap(lambda row: jnp.convolve(row, w))(x),
    }
    if function in own:
        return own[function]
    kernel = next((k for k in every_kernel() if f"{k.name}_vjp" == function), None)
    if kernel is None or function in COMPARED:
        return functools.partial(textbook(function), jnp)
    forward = _jax_function(kernel.name)
    wanted = [i for i, given in enumerate(kernel.inputs) if given.name in kernel.wrt]

    def backward(g: Any, *args: Any) -> Any:
        def of_wanted(*leaves: Any) -> Any:
            places = dict(zip(wanted, leaves, strict=True))
            return forward(*(places.get(i, a) for i, a in enumerate(args)))

        found = jax.vjp(of_wanted, *(args[i] for i in wanted))[1](g)
        return found if len(found) > 1 else found[0]

    return backward
