"""Section 15 of the sheet: recurrent networks.

``W [h, x]`` is the product with h and x stacked: a matrix with one block of columns for each of them.
"""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Partial, dim, index, natural, real, sequence, sigmoid, tensor, total
from formulas.schema import Claim, Definition, Formula, Source, Verdict

n, d = dim("n"), dim("d")
i, j, k, l, m, r = index("i j k l m r")  # noqa: E741
h, x, g = tensor("h", n), tensor("x", d), tensor("g", n)
t, s = natural("t"), natural("s")

Wh, Wx, b = tensor("W_h", n, n), tensor("W_x", n, d), tensor("b", n)
FORMS = "I. Goodfellow, Y. Bengio, A. Courville, Deep learning, MIT Press 2016, section 10.2"


def affine(of_state: sp.IndexedBase, of_input: sp.IndexedBase, bias: sp.IndexedBase, at: sp.Symbol) -> Expr:
    """Entry ``at`` of the product with the stacked state and input, plus bias."""
    return total(of_state[at, k] * h[k], (k, n)) + total(of_input[at, l] * x[l], (l, d)) + bias[at]


def _state(at: sp.Symbol) -> Expr:
    return sp.tanh(affine(Wh, Wx, b, at))


_pulled = total(g[r] * _state(r), (r, n))
_slope = g[i] * (1 - _state(i) ** 2)
phi, delta_t = sequence("phi"), sequence("delta")
w = real("w")

RNN = Formula(
    id="model.rnn",
    title="Recurrent network",
    section=15,
    names=("RNN", "recurrent neural network", "Elman network"),
    definition=Definition(latex="h_t", expr=_state(i), indices=(i,)),
    symbols={
        "h": "state before the step",
        "x": "input of the step",
        "g": "cotangent of the new state",
        "W_h": "weights of the state",
        "W_x": "weights of the input",
        "b": "bias",
        "phi": "derivative of the activation at each step, for one unit",
        "delta": "derivative of the state at each step by the first, for one unit",
        "w": "recurrent weight of one unit",
        "t": "number of steps",
        "s": "any step",
    },
    source=Source(section=15, lines=(584,), printed=(r"h_t = \tanh(W_h h_{t-1} + W_x x_t + b)",)),
    references=(FORMS,),
    tags=("recurrence", "layer"),
    used_in=("sequence models",),
    see_also=("model.lstm",),
    claims=(
        Claim(name="backward_state_weights", lhs=Partial(_pulled, Wh[i, j]), rhs=_slope * h[j]),
        Claim(
            name="backward_input_weights",
            lhs=Partial(_pulled, Wx[i, m]),
            rhs=_slope * x[m],
        ),
        Claim(name="backward_bias", lhs=Partial(_pulled, b[i]), rhs=_slope),
        Claim(
            name="backward_state",
            lhs=Partial(_pulled, h[j]),
            rhs=total(Wh[r, j] * g[r] * (1 - _state(r) ** 2), (r, n)),
        ),
        Claim(
            name="backward_state_without_transpose",
            lhs=Partial(_pulled, h[j]),
            rhs=total(Wh[j, r] * g[r] * (1 - _state(r) ** 2), (r, n)),
            expected=Verdict.REFUTED,
            corrected_by="backward_state",
        ),
        Claim(
            name="through_time",
            lhs=delta_t[t],
            rhs=w**t * sp.Product(phi[k], (k, 1, t)),
            hypotheses=(sp.Eq(delta_t[0], 1), sp.Eq(delta_t[s + 1], w * phi[s + 1] * delta_t[s])),
            note="For one unit, by induction: a power of one weight, which vanishes or explodes.",
        ),
    ),
)

cell, z_f, z_i, z_c, z_o = (tensor(name, n) for name in ("c", "z_f", "z_i", "z_c", "z_o"))


def _gate(of: sp.IndexedBase, at: sp.Symbol) -> Expr:
    return sigmoid(of[at])


def _cell(at: sp.Symbol) -> Expr:
    return _gate(z_f, at) * cell[at] + _gate(z_i, at) * sp.tanh(z_c[at])


def _hidden(at: sp.Symbol) -> Expr:
    return _gate(z_o, at) * sp.tanh(_cell(at))


_down = total(g[r] * _hidden(r), (r, n))
_into_cell = g[i] * _gate(z_o, i) * (1 - sp.tanh(_cell(i)) ** 2)
forget, memory, written = sequence("f"), sequence("c_t"), sequence("u")
Wf, Uf, bf = tensor("W_f", n, n), tensor("U_f", n, d), tensor("b_f", n)
stacked, weights = tensor("z", n), tensor("W", n, n)

LSTM = Formula(
    id="model.lstm",
    title="Long short-term memory",
    section=15,
    names=("LSTM", "LSTM gates", "long short-term memory"),
    definition=Definition(latex="h_t", expr=_hidden(i), indices=(i,)),
    symbols={
        "c": "cell before the step",
        "h": "state before the step",
        "x": "input of the step",
        "g": "cotangent of the new state",
        "z_f": "input of the forget gate",
        "z_i": "input of the input gate",
        "z_c": "input of the candidate",
        "z_o": "input of the output gate",
        "W_f": "weights of the forget gate for the state",
        "U_f": "weights of the forget gate for the input",
        "b_f": "bias of the forget gate",
        "f": "forget gate at each step, for one unit",
        "c_t": "cell at each step, for one unit",
        "u": "what is written at each step, for one unit",
        "t": "number of steps",
        "s": "any step",
    },
    source=Source(
        section=15,
        lines=(588, 589, 590, 591, 592, 593),
        printed=(
            r"f_t = \sigma(W_f [h_{t-1}, x_t] + b_f)",
            r"i_t = \sigma(W_i [h_{t-1}, x_t] + b_i)",
            r"\tilde{c}_t = \tanh(W_c [h_{t-1}, x_t] + b_c)",
            r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t",
            r"o_t = \sigma(W_o [h_{t-1}, x_t] + b_o)",
            r"h_t = o_t \odot \tanh(c_t)",
        ),
    ),
    references=(
        "S. Hochreiter, J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997",
        "F. A. Gers, J. Schmidhuber, F. Cummins, Learning to forget, Neural Computation 12(10), 2000",
    ),
    tags=("recurrence", "layer", "gates"),
    used_in=("sequence models",),
    see_also=("model.rnn",),
    claims=(
        Claim(
            name="cell_by_cell",
            lhs=Partial(_cell(i), cell[j]),
            rhs=sp.KroneckerDelta(i, j) * _gate(z_f, i),
            note="Along the cell the derivative is the forget gate, with no weight and no squashing.",
        ),
        Claim(
            name="gradient_along_the_cell",
            lhs=memory[t],
            rhs=sp.Product(forget[k], (k, 1, t)),
            hypotheses=(sp.Eq(memory[0], 1), sp.Eq(memory[s + 1], forget[s + 1] * memory[s])),
            note="After t steps: the product of the gates, by induction.",
        ),
        Claim(
            name="open_gates_keep_everything",
            lhs=memory[t],
            rhs=memory[0] + sp.Sum(written[k], (k, 1, t)),
            hypotheses=(
                sp.Eq(forget[s + 1], 1),
                sp.Eq(memory[s + 1], forget[s + 1] * memory[s] + written[s + 1]),
            ),
        ),
        Claim(
            name="gate_weights",
            lhs=Partial(total(g[r] * sigmoid(affine(Wf, Uf, bf, r)), (r, n)), Wf[i, j]),
            rhs=g[i] * sigmoid(affine(Wf, Uf, bf, i)) * (1 - sigmoid(affine(Wf, Uf, bf, i))) * h[j],
            note="The product with the stacked vector is one block for the state and one for the input.",
        ),
        Claim(
            name="backward_forget_gate",
            lhs=Partial(_down, z_f[i]),
            rhs=_into_cell * cell[i] * _gate(z_f, i) * (1 - _gate(z_f, i)),
        ),
        Claim(
            name="backward_input_gate",
            lhs=Partial(_down, z_i[i]),
            rhs=_into_cell * sp.tanh(z_c[i]) * _gate(z_i, i) * (1 - _gate(z_i, i)),
        ),
        Claim(
            name="backward_candidate",
            lhs=Partial(_down, z_c[i]),
            rhs=_into_cell * _gate(z_i, i) * (1 - sp.tanh(z_c[i]) ** 2),
        ),
        Claim(
            name="backward_output_gate",
            lhs=Partial(_down, z_o[i]),
            rhs=g[i] * sp.tanh(_cell(i)) * _gate(z_o, i) * (1 - _gate(z_o, i)),
        ),
        Claim(name="backward_cell", lhs=Partial(_down, cell[i]), rhs=_into_cell * _gate(z_f, i)),
        Claim(
            name="backward_cell_without_the_gate",
            lhs=Partial(_down, cell[i]),
            rhs=_into_cell,
            expected=Verdict.REFUTED,
            corrected_by="backward_cell",
        ),
    ),
)

FORMULAS = (RNN, LSTM)
