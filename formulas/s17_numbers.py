"""Section 17 of the sheet: numbers, each computed from what it rests on.

Counts are sums of ones over the index ranges of the tensors or operations that they count.  One convention
for all of them: a multiplication and an addition are one operation each, so that an inner product of length
k costs 2 k; biases, normalisation and the softmax itself are left out.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from formulas.language import Expr, dim, index, positive, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

i, j, k, l = index("i j k l")  # noqa: E741
n, d = dim("n"), dim("d")
layers, width, vocabulary, positions, kv, hidden = (
    positive(name) for name in ("L", "w", "V", "S", "w_kv", "w_ff")
)
BROWN = "T. B. Brown et al., Language models are few-shot learners, 2020, arXiv:2005.14165, table 2.1"
TOUVRON = "H. Touvron et al., Llama 2, 2023, arXiv:2307.09288"
BILLION = sp.Integer(10) ** 9


def entries(rows: Expr, columns: Expr) -> Expr:
    """Entries of a matrix: a one for each."""
    return total(sp.S.One, (i, rows), (j, columns))


# width and hidden size of one block, as sizes of axes
d_model, d_ff, d_kv = dim("d"), dim("d_ff"), dim("d_kv")
_attention = entries(d_model, d_model)
_llama_block = (
    2 * _attention + 2 * entries(d_kv, d_model) + 2 * entries(d_ff, d_model) + entries(d_model, d_ff)
)


def _between(
    name: str, count: Expr, low: int, high: int, given: tuple[sp.Basic, ...], value: int, note: str
) -> tuple[Claim, Claim]:
    """``low <= count <= high`` in billions; ``value`` is what the count comes to."""
    return (
        Claim(
            name=f"{name}_at_least",
            lhs=count,
            rhs=low * BILLION / 10,
            relation=Relation.GE,
            hypotheses=given,
            certificate=value - low * BILLION / 10,
            note=note,
        ),
        Claim(
            name=f"{name}_at_most",
            lhs=count,
            rhs=high * BILLION / 10,
            relation=Relation.LE,
            hypotheses=given,
            certificate=high * BILLION / 10 - value,
        ),
    )


_gpt = layers * 12 * width**2 + vocabulary * width + positions * width
_gpt_given = (sp.Eq(layers, 96), sp.Eq(width, 12288), sp.Eq(vocabulary, 50257), sp.Eq(positions, 2048))
_gpt_value = 96 * 12 * 12288**2 + (50257 + 2048) * 12288

_shapes = {
    "L": "number of layers",
    "w": "width of the model",
    "V": "size of the vocabulary",
    "d": "width of the model as the size of an axis",
    "d_ff": "width of the feed-forward layer as the size of an axis",
}

GPT3 = Formula(
    id="num.gpt3",
    title="Number of parameters of GPT-3",
    section=17,
    names=("GPT-3 parameters",),
    definition=Definition(latex="N", expr=_gpt),
    symbols={**_shapes, "S": "number of positions"},
    source=Source(section=17, lines=(654,), printed=("d_{model}=12288",)),
    references=(BROWN,),
    tags=("counting", "parameters"),
    used_in=("sizing of models",),
    see_also=("num.llama2_70b", "attn.multihead", "attn.ffn"),
    claims=(
        Claim(
            name="block",
            lhs=4 * entries(d, d) + 2 * total(sp.S.One, (i, d), (j, d), (k, 4)),
            rhs=12 * d**2,
            note="Queries, keys, values and output: 4 d^2. Feed-forward of width 4 d: 8 d^2.",
        ),
        *_between(
            "to_the_billion", _gpt, 1745, 1755, _gpt_given, _gpt_value,
            "Width 12288 and 96 layers as printed, vocabulary 50257 and 2048 positions: 174.6 billion.",
        ),
        Claim(
            name="head_width",
            lhs=width / 96,
            rhs=sp.Integer(128),
            hypotheses=(sp.Eq(width, 12288),),
            note="96 heads of width 128.",
        ),
        Claim(
            name="half_the_layers",
            lhs=_gpt,
            rhs=1745 * BILLION / 10,
            relation=Relation.GE,
            hypotheses=(sp.Eq(layers, 48), *_gpt_given[1:]),
            expected=Verdict.REFUTED,
            corrected_by="to_the_billion_at_least",
        ),
    ),
)  # fmt: skip

_llama = layers * (2 * width**2 + 2 * width * kv + 3 * width * hidden) + 2 * vocabulary * width
_llama_given = (
    sp.Eq(layers, 80), sp.Eq(width, 8192), sp.Eq(kv, 1024), sp.Eq(hidden, 28672), sp.Eq(vocabulary, 32000),
)  # fmt: skip
_llama_value = 80 * (2 * 8192**2 + 2 * 8192 * 1024 + 3 * 8192 * 28672) + 2 * 32000 * 8192

LLAMA = Formula(
    id="num.llama2_70b",
    title="Number of parameters of LLaMA-2 70B",
    section=17,
    names=("LLaMA-2 70B",),
    definition=Definition(latex="N", expr=_llama),
    symbols={
        **_shapes,
        "w_kv": "width of keys and values",
        "w_ff": "width of the feed-forward layer",
        "d_kv": "width of keys and values as the size of an axis",
    },
    source=Source(section=17, lines=(655,), printed=("d_{model}=8192",)),
    references=(TOUVRON,),
    tags=("counting", "parameters"),
    used_in=("sizing of models",),
    see_also=("num.gpt3", "attn.swiglu"),
    claims=(
        Claim(
            name="block",
            lhs=_llama_block,
            rhs=2 * d_model**2 + 2 * d_kv * d_model + 3 * d_ff * d_model,
            note="Eight heads of keys and values for 64 of queries; three matrices in SwiGLU.",
        ),
        *_between(
            "sixty_nine_billion", _llama, 685, 695, _llama_given, _llama_value,
            "With the published widths 1024 and 28672 and vocabulary 32000 the count is 69.0 billion.",
        ),
        *_between(
            "seventy_billion_to_one_digit", _llama, 650, 750, _llama_given, _llama_value,
            "The name rounds the count to one digit.",
        ),
        Claim(
            name="seventy_to_the_billion",
            lhs=_llama,
            rhs=695 * BILLION / 10,
            relation=Relation.GE,
            hypotheses=_llama_given,
            expected=Verdict.REFUTED,
            corrected_by="sixty_nine_billion_at_least",
            note="To the nearest billion the count is 69.",
        ),
        Claim(
            name="twelve_squares_per_layer",
            lhs=12 * layers * width**2,
            rhs=685 * BILLION / 10,
            relation=Relation.GE,
            hypotheses=_llama_given,
            expected=Verdict.REFUTED,
            corrected_by="sixty_nine_billion_at_least",
            note="Width and layers alone, counted as for GPT-3, give 64 billion.",
        ),
    ),
)  # fmt: skip

parameters, byte_count = positive("N"), positive("b")


def _bytes(name: str, width_bits: int, printed: int) -> Claim:
    return Claim(
        name=name,
        lhs=parameters * byte_count,
        rhs=printed * BILLION,
        hypotheses=(sp.Eq(parameters, 70 * BILLION), sp.Eq(8 * byte_count, width_bits)),
        printed=True,
    )


def _memory(key: str, title: str, width_bits: int, printed: int, line: int, said: str) -> Formula:
    return Formula(
        id=f"num.{key}",
        title=title,
        section=17,
        names=(title,),
        definition=Definition(latex="M", expr=parameters * byte_count),
        symbols={"N": "number of parameters", "b": "bytes of one parameter"},
        source=Source(section=17, lines=(line,), printed=(said,)),
        references=("IEEE 754-2019, Standard for floating-point arithmetic",),
        tags=("counting", "memory"),
        used_in=("choice of hardware",),
        see_also=("llm.quantize", "num.int4_memory" if key == "float16_memory" else "num.float16_memory"),
        claims=(
            _bytes("seventy_billion", width_bits, printed),
            Claim(
                name="with_float32",
                lhs=parameters * byte_count,
                rhs=printed * BILLION,
                hypotheses=(sp.Eq(parameters, 70 * BILLION), sp.Eq(byte_count, 4)),
                expected=Verdict.REFUTED,
                corrected_by="seventy_billion",
                note="Weights alone; activations, caches and the state of an optimiser come on top.",
            ),
        ),
    )


FLOAT16 = _memory("float16_memory", "Float16 memory per param", 16, 140, 659, "140 GB")
INT4 = _memory("int4_memory", "INT4 memory per param", 4, 35, 660, "35 GB")

_scores = total(2 * sp.S.One, (i, n), (j, n), (k, d))
_per_multiply_add = total(sp.S.One, (i, n), (j, n), (k, d))


def _flops(
    title: str, key: str, line: int, said: str, claims: tuple[Claim, ...], expr: Callable[[], Expr]
) -> Formula:
    return Formula(
        id=f"num.{key}",
        title=title,
        section=17,
        names=(title,),
        definition=Definition(latex="F", expr=expr()),
        symbols={"n": "length of the sequence", "d": "width of the model"},
        source=Source(section=17, lines=(line,), printed=(said,)),
        references=(
            "J. Kaplan et al., Scaling laws for neural language models, 2020, arXiv:2001.08361, table 1",
        ),
        tags=("counting", "operations"),
        used_in=("estimates of training time",),
        see_also=("num.ffn_flops", "attn.complexity")
        if key == "attention_flops"
        else ("num.attention_flops", "attn.ffn"),
        claims=claims,
    )


ATTENTION = _flops(
    "Attention FLOPs",
    "attention_flops",
    661,
    "2n^2d",
    (
        Claim(
            name="both_products",
            lhs=_scores + total(2 * sp.S.One, (i, n), (k, n), (j, d)),
            rhs=4 * n**2 * d,
            note="Scores Q K^T and their product with V: 2 n^2 d each.",
        ),
        Claim(
            name="printed_with_one_convention",
            lhs=_scores + total(2 * sp.S.One, (i, n), (k, n), (j, d)),
            rhs=2 * n**2 * d,
            printed=True,
            expected=Verdict.REFUTED,
            corrected_by="both_products",
            note="The feed-forward line counts multiplications and additions; counted so, this is half.",
        ),
        Claim(
            name="multiply_adds",
            lhs=_per_multiply_add + total(sp.S.One, (i, n), (k, n), (j, d)),
            rhs=2 * n**2 * d,
            note="The printed number counts a multiplication with its addition as one.",
        ),
        Claim(name="one_product", lhs=_scores, rhs=2 * n**2 * d, note="Or only one of the two products."),
    ),
    lambda: 4 * n**2 * d,
)

FFN = _flops(
    "FFN FLOPs",
    "ffn_flops",
    662,
    "16nd^2",
    (
        Claim(
            name="two_layers_of_width_four_d",
            lhs=2 * total(2 * sp.S.One, (i, n), (j, d), (k, d), (l, 4)),
            rhs=16 * n * d**2,
            printed=True,
            note="From d to 4 d and back, for each of n tokens.",
        ),
        Claim(
            name="one_layer",
            lhs=total(2 * sp.S.One, (i, n), (j, d), (k, d), (l, 4)),
            rhs=16 * n * d**2,
            expected=Verdict.REFUTED,
            corrected_by="two_layers_of_width_four_d",
        ),
        Claim(
            name="dominates_for_short_sequences",
            lhs=4 * n**2 * d,
            rhs=16 * n * d**2,
            relation=Relation.LE,
            hypotheses=(n <= 4 * d,),
            certificate=4 * n * d * (4 * d - n),
            note="Against 4 n^2 d for attention: up to n = 4 d.",
        ),
    ),
    lambda: 16 * n * d**2,
)

FORMULAS = (GPT3, LLAMA, FLOAT16, INT4, ATTENTION, FFN)
