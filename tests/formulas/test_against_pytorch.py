"""Section 16 of the sheet: what each named call of PyTorch computes is what the catalog's formula says.

The catalog's expressions are evaluated in balls at the very numbers that PyTorch is given, and so are
their derivatives; PyTorch computes in float64.  (The kernels are held against PyTorch beside the code
generator, ``tests/codegen/test_numpy_peers.py``.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import sympy as sp

from formulas import catalog
from formulas.language import Partial, index, real, sigmoid
from formulas.sheet import SAID, Kind
from symcheck.prover import Proof, prove_statement
from symcheck.refute.evaluate import Evaluator

torch = pytest.importorskip("torch", reason="PyTorch is not installed: section 16 is not held against it")
nn, F = torch.nn, torch.nn.functional
RNG = np.random.default_rng(16)
CLOSE = 1e-12


def expression(formula: str) -> sp.Expr:
    if formula not in catalog():
        pytest.skip(f"{formula} is not in the catalog yet")
    return catalog()[formula].definition.expr


class Given:
    """Numbers for the symbols of an expression, by name."""

    def __init__(self, expr: sp.Expr, **values: Any) -> None:
        self.expr = expr
        tensors = {str(a.base): a.base for a in expr.atoms(sp.Indexed)}
        labels = {t.label for t in tensors.values()}
        symbols = {str(s): s for s in expr.free_symbols if isinstance(s, sp.Symbol) and s not in labels}
        self.tensors = {tensors[k]: v for k, v in values.items() if k in tensors}
        self.scalars = {symbols[k]: v for k, v in values.items() if k in symbols and k not in tensors}
        unused = set(values) - set(tensors) - set(symbols)
        assert not unused, f"the formula has no {unused}"
        sizes: dict[sp.Symbol, int] = {}
        for tensor, array in self.tensors.items():
            for size, length in zip(tensor.shape, np.shape(array), strict=True):
                if isinstance(size, sp.Symbol):
                    assert sizes.setdefault(size, length) == length
        self.names = {**tensors, **symbols}
        entries = {
            t: {tuple(k + 1 for k in at): float(a[at]) for at in np.ndindex(a.shape)}
            for t, a in self.tensors.items()
        }
        self.evaluator = Evaluator(sizes, entries, {s: float(v) for s, v in self.scalars.items()})

    def value(self, expr: sp.Expr | None = None, **at: int) -> float:
        indices = {sp.Symbol(k, integer=True): n for k, n in at.items()}
        return float(self.evaluator.value(self.expr if expr is None else expr, indices).mid())

    def slopes(self, name: str, **at: int) -> Any:
        """The derivative by each entry of a tensor, or by a scalar."""
        of = self.names[name]
        if isinstance(of, sp.Symbol):
            return self.value(Partial(self.expr, of), **at)
        array = self.tensors[of]
        letters = index(" ".join(f"by{k}" for k in range(array.ndim)))
        expr = Partial(self.expr, of[letters])
        out = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            out[place] = self.value(
                expr, **at, **{str(s): n + 1 for s, n in zip(letters, place, strict=True)}
            )
        return out


def leaf(array: Any) -> Any:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def close(ours: Any, theirs: Any) -> None:
    theirs = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(ours, theirs, rtol=CLOSE, atol=CLOSE)


def same_scalar(given: Given, theirs: Callable[..., Any], of: Mapping[str, Any]) -> None:
    """A number that PyTorch computes from tensors: its value, and its gradient by each of them."""
    leaves = {name: leaf(array) for name, array in of.items()}
    result = theirs(*leaves.values())
    result.backward()
    close(given.value(), result)
    for name, tensor in leaves.items():
        close(given.slopes(name), tensor.grad)


def matmul() -> None:
    a, b = RNG.standard_normal((3, 4)), RNG.standard_normal((4, 2))
    given = Given(expression("linalg.matmul"), A=a, B=b)
    x, y = leaf(a), leaf(b)
    product = x @ y
    g = RNG.standard_normal((3, 2))
    product.backward(torch.tensor(g))
    slopes: dict[str, Any] = {"A": 0, "B": 0}
    for i, j in itertools.product(range(3), range(2)):
        close(given.value(i=i + 1, j=j + 1), product[i, j])
        slopes = {n: s + g[i, j] * given.slopes(n, i=i + 1, j=j + 1) for n, s in slopes.items()}
    close(slopes["A"], x.grad)
    close(slopes["B"], y.grad)


def svd() -> None:
    a = RNG.standard_normal((3, 2))
    u, s, vt = (x.numpy() for x in torch.linalg.svd(torch.tensor(a)))
    padded = np.zeros((3, 2))
    padded[:2, :2] = np.diag(s)
    given = Given(expression("linalg.svd"), U=u, S=padded, V=vt.T)
    for i, j in itertools.product(range(3), range(2)):
        close(given.value(i=i + 1, j=j + 1), a[i, j])


def norm() -> None:
    a = RNG.standard_normal(5)
    given = Given(expression("linalg.l2_norm"), a=a)
    same_scalar(given, lambda x: torch.linalg.norm(x, dim=-1), {"a": a})


def linear() -> None:
    layer = nn.Linear(4, 2, dtype=torch.float64)
    x = RNG.standard_normal((3, 4))
    out = layer(torch.tensor(x))
    w = layer.weight.detach().numpy()
    given = Given(expression("linalg.matmul"), A=x, B=w.T)
    for i, j in itertools.product(range(3), range(2)):
        close(given.value(i=i + 1, j=j + 1) + layer.bias[j].item(), out[i, j])
    out[1, 0].backward()
    close(given.slopes("B", i=2, j=1).T, layer.weight.grad)


def layer_norm() -> None:
    x, w, b = RNG.standard_normal((3, 5))
    layer = nn.LayerNorm(5, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(w))
        layer.bias.copy_(torch.tensor(b))
    given = Given(expression("norm.layer"), x=x, gamma=w, beta=b, epsilon=layer.eps)
    at = leaf(x)
    out = layer(at)
    for k in range(5):
        close(given.value(i=k + 1), out[k])
    out[2].backward()
    close(given.slopes("x", i=3), at.grad)
    close(given.slopes("gamma", i=3), layer.weight.grad)
    close(given.slopes("beta", i=3), layer.bias.grad)


def dropout() -> None:
    x = RNG.standard_normal(40) + 5
    at = leaf(x)
    torch.manual_seed(0)
    out = nn.Dropout(p=0.1)(at)
    mask = (out.detach().numpy() != 0).astype(float)
    assert 0 < mask.sum() < 40
    given = Given(expression("opt.dropout"), f=x, mask=mask, p=0.1)
    out.sum().backward()
    for k in range(40):
        np.testing.assert_allclose(given.value(i=k + 1), out[k].item(), rtol=1e-7)  # its 1 - p is a float32
        np.testing.assert_allclose(given.slopes("f", i=k + 1)[k], at.grad[k].item(), rtol=1e-7)


def cross_entropy() -> None:
    z, y = RNG.standard_normal(5), RNG.dirichlet(np.ones(5))
    formula = catalog()["loss.cross_entropy"]
    soft = next(c.lhs.args[0] for c in formula.claims if c.name == "gradient_any_target")
    same_scalar(Given(soft, z=z, y=y), lambda a: nn.CrossEntropyLoss()(a, torch.tensor(y)), {"z": z})


def mse() -> None:
    y, guess = RNG.standard_normal((2, 6))
    given = Given(expression("loss.mse"), y=y, yhat=guess)
    same_scalar(given, lambda a, b: nn.MSELoss()(b, a), {"y": y, "yhat": guess})


def bce_with_logits() -> None:
    z, y = 0.7, 0.3
    expr = expression("loss.bce")
    (guess,) = (s for s in expr.free_symbols if str(s) == "yhat")
    given = Given(expr.xreplace({guess: sigmoid(real("z"))}), z=z, y=y)
    target = torch.tensor(y, dtype=torch.float64)
    same_scalar(given, lambda a: nn.BCEWithLogitsLoss()(a, target), {"z": z})


def cosine() -> None:
    a, b = RNG.standard_normal((2, 5))
    given = Given(expression("linalg.cosine"), a=a, b=b)
    same_scalar(given, lambda x, y: F.cosine_similarity(x, y, dim=0), {"a": a, "b": b})


def embedding() -> None:
    expression("embed.lookup")
    layer = nn.Embedding(4, 3, dtype=torch.float64)
    table = layer.weight.detach().numpy()
    out = layer(torch.tensor([2]))
    picked = Given(expression("linalg.matmul"), A=np.eye(4)[[2]], B=table)
    for j in range(3):
        close(picked.value(i=1, j=j + 1), out[0, j])
    out.sum().backward()
    close(sum(picked.slopes("B", i=1, j=j + 1) for j in range(3)), layer.weight.grad)


def eig() -> None:
    basis = RNG.standard_normal((3, 3))
    a = basis @ np.diag([1.0, 2.0, -0.5]) @ np.linalg.inv(basis)
    values, vectors = (x.numpy() for x in torch.linalg.eig(torch.tensor(a)))
    assert np.abs(values.imag).max() < CLOSE and np.abs(vectors.imag).max() < CLOSE
    p = vectors.real
    given = Given(expression("linalg.eigen"), P=p, Pinv=np.linalg.inv(p), lam=values.real)
    for i, j in itertools.product(range(3), range(3)):
        np.testing.assert_allclose(given.value(i=i + 1, j=j + 1), a[i, j], rtol=1e-9, atol=1e-9)


def multihead() -> None:
    """Projections, attention of each head and the output projection: one entry of the output, its value and
    its gradient by the input and by all weights."""
    n, width, heads = 3, 4, 2
    layer = nn.MultiheadAttention(width, heads, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.in_proj_bias.copy_(torch.tensor(RNG.standard_normal(3 * width)))
    x = RNG.standard_normal((n, width))
    at = leaf(x)
    out, _ = layer(at, at, at, need_weights=False)
    out[1, 2].backward()

    weights = layer.in_proj_weight.detach().numpy().reshape(3, heads, width // heads, width)
    biases = layer.in_proj_bias.detach().numpy().reshape(3, heads, width // heads)
    projected = np.einsum("phcw,nw->phnc", weights, x) + biases[:, :, None]
    expression("attn.multihead")
    (kernel,) = catalog()["attn.multihead"].kernels
    names = {i.name: str(getattr(i.symbol, "label", i.symbol)) for i in kernel.inputs}
    query, key, value, out_weight = (names[k] for k in ("query", "key", "value", "out_weight"))
    last = layer.out_proj.weight.detach().numpy()
    arrays = dict(zip((query, key, value), projected, strict=True))
    given = Given(kernel.output, **arrays, **{out_weight: last.T.reshape(heads, width // heads, width)})
    rows, columns = map(str, kernel.axes)
    for i, k in itertools.product(range(n), range(width)):
        close(given.value(**{rows: i + 1, columns: k + 1}) + layer.out_proj.bias[k].item(), out[i, k])
    place = {rows: 2, columns: 3}
    close(given.slopes(out_weight, **place).reshape(width, width).T, layer.out_proj.weight.grad)
    slopes = np.stack([given.slopes(name, **place) for name in (query, key, value)])
    close(np.einsum("phnc,nw->phcw", slopes, x).reshape(3 * width, width), layer.in_proj_weight.grad)
    close(slopes.sum(2).reshape(-1), layer.in_proj_bias.grad)
    close(np.einsum("phnc,phcw->nw", slopes, weights), at.grad)


def stepped(optimiser: Any, formula: str, **more: float) -> None:
    """Five steps with gradients of our own: moments by the printed recurrences, the step by the formula."""
    theta = m = v = 0.0
    at = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    decay = {"weight_decay": more["lam"]} if more else {}
    steps = optimiser([at], lr=1e-2, betas=(0.9, 0.999), eps=1e-8, **decay)
    for t, g in enumerate(RNG.standard_normal(5), 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        hats = {"m_hat": m / (1 - 0.9**t), "v_hat": v / (1 - 0.999**t)}
        theta = Given(expression(formula), eta=1e-2, epsilon=1e-8, theta=theta, **hats, **more).value()
        at.grad = torch.tensor([g])
        steps.step()
        np.testing.assert_allclose(theta, at.item(), rtol=1e-10)


def adam() -> None:
    stepped(torch.optim.Adam, "opt.adam")


def adamw() -> None:
    stepped(torch.optim.AdamW, "opt.adamw", lam=0.1)


def one_cycle() -> None:
    """Its second phase is the printed decay; its first rises by a cosine, where the printed one is linear."""
    expr = expression("opt.warmup_cosine")
    sgd = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, max_lr=1e-3, total_steps=20)
    for step in range(20):
        if step >= 5:
            given = Given(expr, t=step, T_w=5, D=14, eta_max=1e-3, eta_min=1e-3 / 25 / 1e4)
            np.testing.assert_allclose(given.value(), schedule.get_last_lr()[0], rtol=1e-9)
        sgd.step()
        schedule.step()


def cosine_annealing() -> None:
    expr = expression("opt.cosine")
    weight = nn.Parameter(torch.zeros(1))
    sgd = torch.optim.SGD([weight], lr=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=10, eta_min=1e-5)
    for step in range(10):
        given = Given(expr, t=step, T=10, eta_max=1e-3, eta_min=1e-5)
        np.testing.assert_allclose(given.value(), schedule.get_last_lr()[0], rtol=1e-12)
        sgd.step()
        schedule.step()


CALLS: dict[str, tuple[int, Callable[[], None]]] = {
    "A @ B": (615, matmul),
    "torch.linalg.svd": (616, svd),
    "torch.linalg.norm": (618, norm),
    "nn.Linear": (627, linear),
    "nn.Embedding": (628, embedding),
    "nn.MultiheadAttention": (629, multihead),
    "nn.LayerNorm": (630, layer_norm),
    "nn.Dropout": (631, dropout),
    "nn.CrossEntropyLoss": (634, cross_entropy),
    "nn.MSELoss": (635, mse),
    "nn.BCEWithLogitsLoss": (636, bce_with_logits),
    "F.cosine_similarity": (637, cosine),
    "torch.linalg.eig": (617, eig),
    "torch.optim.Adam": (640, adam),
    "torch.optim.AdamW": (641, adamw),
    "CosineAnnealingLR": (644, cosine_annealing),
    "OneCycleLR": (645, one_cycle),
}


@pytest.mark.parametrize("call", sorted(CALLS))
def test_what_it_computes_is_the_formula(call: str) -> None:
    CALLS[call][1]()


def test_the_worked_derivative() -> None:
    """y = x^2 + 3x at 2, as the sheet works it out: 7."""
    x = real("x")
    y = x**2 + 3 * x
    assert isinstance(prove_statement(Partial(y, x), 2 * x + 3), Proof)
    assert Given(y, x=2.0).slopes("x") == 7
    at = torch.tensor([2.0], requires_grad=True)
    (at**2 + 3 * at).backward()
    assert at.grad.item() == 7


ELSEWHERE = {
    **dict.fromkeys((605, 606, 607, 608, 646), "imports and the fence"),
    **dict.fromkeys((611, 612), "random numbers and attributes: nothing is computed"),
    **dict.fromkeys((621, 622, 623, 624), "the worked derivative, above"),
}


def test_no_call_of_the_section_is_left_out() -> None:
    lines = {n for s in SAID if s.kind is Kind.CODE for n in s.lines}
    held = {line for line, _ in CALLS.values()} | set(ELSEWHERE)
    assert lines == held


def test_a_wrong_formula_is_noticed() -> None:
    y, guess = RNG.standard_normal((2, 6))
    wrong = Given(2 * expression("loss.mse"), y=y, yhat=guess)
    with pytest.raises(AssertionError):
        same_scalar(wrong, lambda a, b: nn.MSELoss()(b, a), {"y": y, "yhat": guess})
