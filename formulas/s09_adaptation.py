"""Section 9 of the sheet: adaptation by low rank, quantisation, the cache of keys and values, and merges of
tokens."""

from __future__ import annotations

import sympy as sp

from formulas.language import Expr, Frac, Partial, dim, index, natural, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

d, r, n = dim("d"), dim("r"), dim("n")
i, j, k, l, a, b = index("i j k l a b")  # noqa: E741
W, B, A, G = tensor("W_0", d, d), tensor("B", d, r), tensor("A", r, d), tensor("G", d, d)
x, y = tensor("x", d), tensor("y", d)


def adapted(row: sp.Symbol, column: sp.Symbol) -> Expr:
    """The adapted weights."""
    return W[row, column] + total(B[row, k] * A[k, column], (k, r))


_pulled = total(G[i, j] * adapted(i, j), (i, d), (j, d))
_trained = total(sp.S.One, (i, d), (k, r)) + total(sp.S.One, (k, r), (j, d))
_all = total(sp.S.One, (i, d), (j, d))
width, rank = positive("w"), positive("q")
_saved = 1 - 2 * width * rank / width**2
_example = (sp.Eq(width, 4096), sp.Eq(rank, 16))

LORA = Formula(
    id="llm.lora",
    title="Low-rank adaptation",
    section=9,
    names=("LoRA", "Low-Rank Adaptation", "low-rank adaptation"),
    definition=Definition(latex="W'", expr=adapted(i, j), indices=(i, j)),
    symbols={
        "W_0": "frozen weights",
        "B": "d by r factor",
        "A": "r by d factor",
        "G": "cotangent of the adapted weights",
        "x": "input",
        "y": "output",
        "d": "width as the size of an axis",
        "r": "rank as the size of an axis",
        "w": "width",
        "q": "rank",
    },
    source=Source(
        section=9,
        lines=(398, 402, 403),
        printed=(r"W' = W_0 + \Delta W = W_0 + BA", "2dr", "d^2", "99.2%"),
    ),
    references=(
        "E. J. Hu et al., LoRA: low-rank adaptation of large language models, 2021, arXiv:2106.09685",
    ),
    tags=("fine-tuning", "low rank"),
    used_in=("fine-tuning",),
    see_also=("linalg.low_rank", "linalg.rank", "bp.weights"),
    claims=(
        Claim(name="gradient_of_b", lhs=Partial(_pulled, B[a, b]), rhs=total(G[a, j] * A[b, j], (j, d))),
        Claim(name="gradient_of_a", lhs=Partial(_pulled, A[b, a]), rhs=total(B[i, b] * G[i, a], (i, d))),
        Claim(
            name="gradient_of_b_without_transpose",
            lhs=Partial(_pulled, B[a, b]),
            rhs=total(G[j, a] * A[b, j], (j, d)),
            expected=Verdict.REFUTED,
            corrected_by="gradient_of_b",
        ),
        Claim(
            name="applied_without_the_product",
            lhs=total(adapted(i, j) * x[j], (j, d)),
            rhs=total(W[i, j] * x[j], (j, d)) + total(B[i, k] * total(A[k, l] * x[l], (l, d)), (k, r)),
            note="B (A x): the product B A need not be formed.",
        ),
        Claim(
            name="starts_at_the_pretrained_weights",
            lhs=adapted(i, j),
            rhs=W[i, j],
            hypotheses=(sp.Eq(B[a, b], 0),),
            note="With B = 0 at the start.",
        ),
        Claim(name="trained_parameters", lhs=_trained, rhs=2 * d * r, printed=True),
        Claim(name="all_parameters", lhs=_all, rhs=d**2, printed=True),
        Claim(
            name="trained_parameters_one_factor",
            lhs=_trained,
            rhs=d * r,
            expected=Verdict.REFUTED,
            corrected_by="trained_parameters",
        ),
        Claim(name="saved_fraction", lhs=_saved, rhs=sp.Rational(127, 128), hypotheses=_example,
              note="0.9921875, which is 99.2 % to three digits."),
        Claim(name="saved_to_three_digits_from_below", lhs=_saved, rhs=sp.Rational(9915, 10000),
              relation=Relation.GE, hypotheses=_example,
              certificate=sp.Rational(127, 128) - sp.Rational(9915, 10000)),
        Claim(name="saved_to_three_digits_from_above", lhs=_saved, rhs=sp.Rational(9925, 10000),
              relation=Relation.LE, hypotheses=_example,
              certificate=sp.Rational(9925, 10000) - sp.Rational(127, 128)),
    ),
)  # fmt: skip

value, step, zero = real("x"), positive("s"), real("z")
low, high = real("l"), real("h")


def rounded(at: Expr) -> Expr:
    """The nearest whole number, the larger one half-way."""
    return sp.floor(at + sp.Rational(1, 2))


_code = rounded(value / step) + zero
_back = step * (_code - zero)
_error = value - _back
_part = Frac(value / step + sp.Rational(1, 2))
_clipped = sp.Max(low, sp.Min(high, _code))
_bits = positive("bits")

QUANTIZE = Formula(
    id="llm.quantize",
    title="Uniform quantisation",
    section=9,
    names=("Uniform quantization", "Quantization", "quantization", "dequantization"),
    definition=Definition(latex=r"x_{dequant}", expr=_back),
    symbols={
        "x": "number",
        "s": "scale",
        "z": "zero point",
        "l": "smallest code",
        "h": "largest code",
        "bits": "bits of the unquantised number",
    },
    source=Source(
        section=9,
        lines=(409, 412),
        printed=(
            r"x_q = \text{round}\left(\frac{x}{s}\right) + z \qquad x_{dequant} = s(x_q - z)",
            r"INT8: 4× memory reduction, INT4: 8× memory reduction",
        ),
    ),
    references=(
        "B. Jacob et al., Quantization and training of neural networks for efficient "
        "integer-arithmetic-only inference, 2018, arXiv:1712.05877",
    ),
    tags=("quantisation", "rounding"),
    used_in=("inference",),
    see_also=("num.float16_memory", "num.int4_memory"),
    claims=(
        Claim(
            name="error_at_most_half_a_step",
            lhs=_error,
            rhs=step / 2,
            relation=Relation.LE,
            certificate=step * (1 - _part),
        ),
        Claim(
            name="error_at_least_minus_half_a_step",
            lhs=_error,
            rhs=-step / 2,
            relation=Relation.GE,
            certificate=step * _part,
        ),
        Claim(
            name="squared_error",
            lhs=_error**2,
            rhs=step**2 / 4,
            relation=Relation.LE,
            certificate=step**2 * _part * (1 - _part),
        ),
        Claim(
            name="error_with_rounding_down",
            lhs=value - step * sp.floor(value / step),
            rhs=step / 2,
            relation=Relation.LE,
            expected=Verdict.REFUTED,
            corrected_by="error_at_most_half_a_step",
        ),
        Claim(
            name="error_inside_the_range",
            lhs=value - step * (_clipped - zero),
            rhs=_error,
            hypotheses=(low <= _code, _code <= high),
            note="Where the code fits, clipping changes nothing.",
        ),
        Claim(
            name="stored_code_is_the_printed_one",
            lhs=_clipped,
            rhs=_code,
            conditions=(low <= _code, _code <= high),
            needs="the code fits into the integer type (what does not is clipped to its ends)",
            stated_by=("clip", "clamp", "saturat"),
            printed=True,
            says=r"x_q = \text{round}\left(\frac{x}{s}\right) + z \qquad x_{dequant} = s(x_q - z)",
            expected=Verdict.CONDITIONAL,
            corrected_by="error_inside_the_range",
            note="An integer type holds the codes from l to h only, and the printed line does not clip.",
        ),
        Claim(
            name="error_with_clipping_anywhere",
            lhs=value - step * (_clipped - zero),
            rhs=step / 2,
            relation=Relation.LE,
            hypotheses=(low <= high,),
            expected=Verdict.REFUTED,
            corrected_by="error_inside_the_range",
            note="Beyond the largest code the error is as large as the overshoot.",
        ),
        Claim(name="int8_against_float32", lhs=_bits / 8, rhs=sp.Integer(4), hypotheses=(sp.Eq(_bits, 32),),
              note="The printed ratios are relative to 32 bits."),
        Claim(
            name="int8_against_any_width",
            lhs=_bits / 8,
            rhs=sp.Integer(4),
            conditions=(sp.Eq(_bits, 32),),
            needs="the numbers had 32 bits before (of 16 bits, INT8 saves half and INT4 three quarters)",
            stated_by=("float32", "fp32", "32-bit", "32 bit"),
            printed=True,
            says=r"INT8: 4× memory reduction, INT4: 8× memory reduction",
            expected=Verdict.CONDITIONAL,
            corrected_by="int8_against_float32",
            note="Elsewhere the sheet counts 16 bits per parameter.",
        ),
        Claim(name="int4_against_float32", lhs=_bits / 4, rhs=sp.Integer(8), hypotheses=(sp.Eq(_bits, 32),)),
        Claim(name="int8_against_float16", lhs=_bits / 8, rhs=sp.Integer(4), hypotheses=(sp.Eq(_bits, 16),),
              expected=Verdict.REFUTED, corrected_by="int8_against_float32",
              note="Against the 16 bits in which models are kept, it is half of that."),
    ),
)  # fmt: skip

layers, heads, head, length, size = (dim(name) for name in ("L", "h", "d_h", "n", "w"))
batch, tokens, c = dim("b"), natural("t"), index("c")[0]
key_heads = dim("g")
_kept = 2 * total(size, (i, layers), (j, heads), (k, head), (l, length))
_with = total(2 * sp.S.One, (j, length), (k, head)) + total(2 * sp.S.One, (j, length), (k, head))
_without = 2 * total(2 * sp.S.One, (i, length), (j, length), (k, head))

KV_CACHE = Formula(
    id="llm.kv_cache",
    title="Cache of keys and values",
    section=9,
    names=("KV Cache", "KV cache", "key-value cache"),
    definition=Definition(latex="M", expr=2 * layers * heads * head * length * size),
    symbols={
        "L": "number of layers",
        "h": "number of heads",
        "d_h": "width of a head",
        "n": "length of the sequence",
        "w": "bytes of a number",
        "b": "number of sequences",
        "g": "number of heads of keys and values",
        "t": "number of tokens that are generated",
    },
    source=Source(
        section=9,
        lines=(418, 419, 420),
        printed=(
            r"O(n^2)",
            r"O(n)",
            r"2 \times n_{layers} \times n_{heads} \times d_{head} \times \text{seq\_len} \times "
            r"\text{precision}",
        ),
    ),
    references=("R. Pope et al., Efficiently scaling transformer inference, 2022, arXiv:2211.05102",),
    tags=("counting", "memory", "operations"),
    used_in=("inference",),
    see_also=("attn.sdpa", "attn.causal"),
    claims=(
        Claim(name="bytes", lhs=_kept, rhs=2 * layers * heads * head * length * size, printed=True,
              note="A key and a value for each layer, head and token."),
        Claim(
            name="bytes_for_several_sequences",
            lhs=total(_kept, (c, batch)),
            rhs=2 * batch * layers * heads * head * length * size,
            note="The printed product is for one sequence, and as many heads of keys as of queries.",
        ),
        Claim(
            name="bytes_of_any_cache",
            lhs=total(2 * total(size, (i, layers), (j, key_heads), (k, head), (l, length)), (c, batch)),
            rhs=2 * layers * heads * head * length * size,
            conditions=(sp.Eq(batch, 1), sp.Eq(key_heads, heads)),
            needs="it is the cache of one sequence, and keys have as many heads as queries (multi-head, not "
            "grouped-query attention)",
            stated_by=("batch", "per sequence", "grouped-query", "gqa"),
            printed=True,
            says=r"2 \times n_{layers} \times n_{heads} \times d_{head} \times \text{seq\_len} \times "
            r"\text{precision}",
            expected=Verdict.CONDITIONAL,
            corrected_by="bytes_for_several_sequences",
            note="The product leaves out the size of the batch, and counts query heads.",
        ),
        Claim(
            name="bytes_without_batch",
            lhs=total(_kept, (c, batch)),
            rhs=2 * layers * heads * head * length * size,
            expected=Verdict.REFUTED,
            corrected_by="bytes_for_several_sequences",
        ),
        Claim(name="operations_with_cache", lhs=_with, rhs=4 * length * head,
              note="One row of scores, one of outputs, per head and token: linear in n."),
        Claim(name="operations_without_cache", lhs=_without, rhs=4 * length**2 * head,
              note="All rows anew: quadratic in n."),
        Claim(
            name="saving_factor",
            lhs=_without / _with,
            rhs=length,
        ),
        Claim(
            name="whole_generation",
            lhs=sp.Sum(4 * head * c, (c, 1, tokens)),
            rhs=2 * head * tokens * (tokens + 1),
            note="With the cache, a text of t tokens costs about half of one attention over t tokens.",
        ),
    ),
)  # fmt: skip

merged, token = tensor("m", n), tensor("u", n)

BPE = Formula(
    id="llm.bpe",
    title="Byte-pair encoding",
    section=9,
    names=("BPE", "Byte-Pair Encoding", "Tokenization (BPE)"),
    definition=Definition(latex="n'", expr=total(1 - merged[i], (i, n))),
    symbols={"m": "1 at each token that is merged into the one before it, else 0", "n": "number of tokens"},
    source=Source(section=9, lines=(364,), printed=(r"\text{pair}^* = \arg\max_{(a,b)} \text{count}(a, b)",)),
    references=(
        "R. Sennrich, B. Haddow, A. Birch, Neural machine translation of rare words with subword units, "
        "2016, arXiv:1508.07909",
    ),
    tags=("tokens", "counting"),
    used_in=("tokenizers",),
    see_also=("embed.lookup", "llm.chain_rule"),
    claims=(
        Claim(
            name="merge_shortens_by_merged_pairs",
            lhs=total(1 - merged[i], (i, n)),
            rhs=n - total(merged[j], (j, n)),
            note="One token less for each pair that is merged. In aaabdaaabac the pair aa stands at four "
            "places, of which two can be merged: 11 symbols become 9 (ZabdZabac), then 7 (YbdYbac), then "
            "5 (XdXac).",
        ),
        Claim(
            name="merge_shortens_twice",
            lhs=total(1 - merged[i], (i, n)),
            rhs=n - 2 * total(merged[j], (j, n)),
            expected=Verdict.REFUTED,
            corrected_by="merge_shortens_by_merged_pairs",
        ),
    ),
)  # fmt: skip

FORMULAS = (LORA, QUANTIZE, KV_CACHE, BPE)
