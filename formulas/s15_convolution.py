"""Section 15 of the sheet: convolution of sequences, and how many outputs a strided window has.

Signals start at step 0: for two of them the sum over tau runs from 0 to t, and any two signals of finite
length are such after a shift.
"""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Frac, Partial, delta, dim, index, natural, sequence, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

f, g, h, x = sequence("f"), sequence("g"), sequence("h"), sequence("x")
t, s = natural("t"), natural("s")
k, l = index("k l")  # noqa: E741


def convolved(a: sp.IndexedBase, b: sp.IndexedBase, at: Expr, over: sp.Symbol) -> Expr:
    """The convolution of two signals that start at step 0."""
    return sp.Sum(a[over] * b[at - over], (over, 0, at))


n, m = dim("n"), dim("m")
i, j, a, b = index("i j a b")
w, cotangent = tensor("w", m), tensor("G", n)
_correlated = total(cotangent[i] * w[a] * x[i + a], (i, n), (a, m))

CONVOLUTION = Formula(
    id="model.conv",
    title="Convolution",
    section=15,
    names=("Convolution", "CNN — Convolution", "discrete convolution"),
    definition=Definition(latex="(f * g)(t)", expr=convolved(f, g, t, k)),
    symbols={
        "f": "signal",
        "g": "signal",
        "h": "signal",
        "x": "input of the layer",
        "w": "kernel",
        "G": "cotangent of the output",
        "t": "step of the output",
        "s": "a step of the input",
    },
    source=Source(section=15, lines=(574,), printed=(r"(f * g)(t) = \sum_{\tau} f(\tau) \cdot g(t - \tau)",)),
    references=("I. Goodfellow, Y. Bengio, A. Courville, Deep learning, MIT Press 2016, section 9.1",),
    tags=("convolution", "linear"),
    used_in=("CNN",),
    see_also=("model.conv_size",),
    claims=(
        Claim(name="commutes", lhs=convolved(f, g, t, k), rhs=convolved(g, f, t, k)),
        Claim(
            name="associates",
            lhs=sp.Sum(convolved(f, g, k, l) * h[t - k], (k, 0, t)),
            rhs=sp.Sum(f[k] * convolved(g, h, t - k, l), (k, 0, t)),
        ),
        Claim(
            name="distributes",
            lhs=sp.Sum(f[k] * (g[t - k] + h[t - k]), (k, 0, t)),
            rhs=convolved(f, g, t, k) + convolved(f, h, t, l),
        ),
        Claim(
            name="cross_correlation_commutes",
            lhs=sp.Sum(f[k] * g[t + k], (k, 0, t)),
            rhs=sp.Sum(g[k] * f[t + k], (k, 0, t)),
            expected=Verdict.REFUTED,
            corrected_by="commutes",
            note="What libraries call convolution does not flip the kernel, and does not commute.",
        ),
        Claim(
            name="cross_correlation_is_convolution",
            lhs=total(w[a] * x[t + a], (a, m)),
            rhs=total(w[a] * x[t - a], (a, m)),
            expected=Verdict.REFUTED,
            corrected_by="commutes",
            note="They agree after a flip of the kernel.",
        ),
        Claim(
            name="backward_kernel",
            lhs=Partial(_correlated, w[b]),
            rhs=total(cotangent[i] * x[i + b], (i, n)),
            note="Of the layer as libraries have it: the cotangent correlated with the input.",
        ),
        Claim(
            name="backward_input",
            lhs=Partial(_correlated, x[s]),
            rhs=total(cotangent[i] * w[a] * delta(i + a, s), (i, n), (a, m)),
            note="Each input gets the cotangents of the windows that read it: a full convolution with w.",
        ),
    ),
)

# a window of k entries that moves by s over L = n + 2 p of them, its positions counted from 0
size, padding, width, stride = dim("n"), natural("p"), dim("k"), dim("s")
_length = size + 2 * padding
_quotient = (_length - width) / stride
_last = sp.floor(_quotient)
position = natural("t")
_fits = _length >= width

CONV_SIZE = Formula(
    id="model.conv_size",
    title="Output size of a convolution",
    section=15,
    names=("Output size", "convolution output size", "output size of a convolution"),
    definition=Definition(latex=r"n_{out}", expr=_last + 1),
    symbols={
        "n": "input size",
        "p": "padding on each side",
        "k": "kernel size",
        "s": "stride",
        "t": "position of the window, counted from 0",
    },
    source=Source(section=15, lines=(576,), printed=(r"\left\lfloor\frac{n + 2p - k}{s}\right\rfloor + 1",)),
    references=("V. Dumoulin, F. Visin, A guide to convolution arithmetic, 2016, arXiv:1603.07285",),
    tags=("convolution", "counting", "integers"),
    used_in=("CNN", "pooling"),
    see_also=("model.conv",),
    claims=(
        Claim(
            name="positions_up_to_the_last_fit",
            lhs=stride * position + width,
            rhs=_length,
            relation=Relation.LE,
            hypotheses=(position <= _last,),
            certificate=stride * (_last - position) + stride * Frac(_quotient),
            note="The window at t covers s t + 1, ..., s t + k.",
        ),
        Claim(
            name="positions_beyond_do_not_fit",
            lhs=stride * position + width,
            rhs=_length,
            relation=Relation.GT,
            hypotheses=(position >= _last + 1,),
            certificate=stride * (position - _last - 1) + stride * (1 - Frac(_quotient)),
        ),
        Claim(
            name="number_of_positions",
            lhs=sp.Sum(sp.S.One, (l, 0, _last)),
            rhs=_last + 1,
            hypotheses=(_fits,),
            note="With the two claims before it: this many positions, for all integers with n + 2p >= k.",
        ),
        Claim(
            name="number_of_positions_as_printed",
            lhs=sp.Sum(sp.S.One, (l, 0, _last)),
            rhs=_last + 1,
            conditions=(_fits,),
            needs=r"$n + 2p \ge k$ (there is no position otherwise, and the formula may be negative)",
            stated_by=(r"\ge k", r"\geq k", r"k \le", r"k \leq"),
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="number_of_positions",
        ),
        Claim(
            name="no_position_if_the_kernel_is_longer",
            lhs=stride * position + width,
            rhs=_length,
            relation=Relation.GT,
            hypotheses=(_length < width,),
            certificate=stride * position + (width - _length),
        ),
        Claim(
            name="formula_if_the_kernel_is_longer",
            lhs=_last + 1,
            rhs=sp.S.Zero,
            hypotheses=(_length < width,),
            expected=Verdict.REFUTED,
            corrected_by="no_position_if_the_kernel_is_longer",
            note="There are no positions then, but the formula may be negative.",
        ),
    ),
)

FORMULAS = (CONVOLUTION, CONV_SIZE)
