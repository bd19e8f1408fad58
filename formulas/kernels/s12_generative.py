"""Kernels of section 12: variational autoencoders and diffusion."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import sqrt

from formulas.language import ExpGap, dim, index, positive, real, tensor, total
from formulas.schema import Input, Kernel

n = dim("n")
(k,) = index("k")
mu, ell, a, b = tensor("mu", n), tensor("ell", n), tensor("a", n), tensor("b", n)
m, s, e, x = real("m"), real("s"), real("e"), real("x")
beta, kept = positive("beta"), positive("kept")

_noise = Input(symbol=e, name="noise", meaning="standard normal", constant="drawn, not learned")

KERNELS: Mapping[str, tuple[Kernel, ...]] = {
    "gen.elbo": (
        Kernel(
            name="gaussian_kl",
            output=total(ExpGap(ell[k]) + mu[k] ** 2, (k, n)) / 2,
            axes=(),
            inputs=(
                Input(symbol=mu, name="loc", meaning="mean"),
                Input(symbol=ell, name="log_variance", meaning="logarithm of the variance"),
            ),
            wrt=("loc", "log_variance"),
            peer="torch.distributions.kl_divergence(Normal, standard normal), summed",
        ),
    ),
    "gen.reparam": (
        Kernel(
            name="reparametrize",
            output=m + s * e,
            axes=(),
            inputs=(
                Input(symbol=m, name="loc", meaning="mean"),
                Input(symbol=s, name="scale", meaning="standard deviation"),
                _noise,
            ),
            wrt=("loc", "scale"),
            peer="torch.distributions.Normal.rsample with given noise",
        ),
    ),
    "gen.ddpm_forward": (
        Kernel(
            name="ddpm_step",
            output=sqrt(1 - beta) * x + sqrt(beta) * e,
            axes=(),
            inputs=(
                Input(symbol=x, name="input"),
                _noise,
                Input(symbol=beta, name="beta", role="scalar", default=0.02, meaning="share of the noise"),
            ),
        ),
    ),
    "gen.ddpm_jump": (
        Kernel(
            name="ddpm_jump",
            output=sqrt(kept) * x + sqrt(1 - kept) * e,
            axes=(),
            inputs=(
                Input(symbol=x, name="input", meaning="the clean example"),
                _noise,
                Input(
                    symbol=kept,
                    name="alpha_bar",
                    role="scalar",
                    default=0.5,
                    meaning="product of 1 - beta over the steps",
                ),
            ),
        ),
    ),
    "gen.ddpm_loss": (
        Kernel(
            name="ddpm_loss",
            output=total((a[k] - b[k]) ** 2, (k, n)),
            axes=(),
            inputs=(
                Input(symbol=a, name="input", meaning="predicted noise"),
                Input(symbol=b, name="noise", constant="the target, which was drawn"),
            ),
            wrt=("input",),
        ),
    ),
}
