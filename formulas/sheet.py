"""Every printed line of the sheet that is no formula: what is claimed of it, or why it is no mathematics.

Lines with formulas are named by the entries of the catalog that hold them (``Formula.source``).  The rest
of the lines is listed here by number, in our own words, so that no line is unaccounted for: a test holds
both against the sheet itself.  Sentences are not quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DIGEST = "1a371bd4ae4f7781bda629edccbc0d14e27ca11dce121528f5f52983fbeb2cd6"
"""SHA-256 of the sheet whose lines are meant."""


class Kind(StrEnum):
    """What a line is."""

    CLAIM = "says something that was made precise and judged"
    NAMES = "says what symbols stand for, or of which shape they are"
    TITLE = "names the formula that follows"
    USE = "says where something is used, or gives advice: nothing to prove or refute"
    CODE = "is code, held against PyTorch by tests/formulas/test_against_pytorch.py"
    RENDERING = "does not render as meant"
    REMARK = "is right, and easily misread"


@dataclass(frozen=True, kw_only=True)
class Said:
    """What some lines say.

    ``claims``  formulas or single claims (``formula/claim``) that state it precisely;
    ``why``     what was made of it, or why nothing was;
    ``rule``    the rule of the gate by which it does not render.
    """

    lines: tuple[int, ...]
    kind: Kind
    claims: tuple[str, ...] = ()
    why: str = ""
    rule: str = ""


def _lines(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, last + 1))


def _title(*lines: int) -> Said:
    return Said(lines=lines, kind=Kind.TITLE)


def _names(lines: tuple[int, ...], why: str, *claims: str) -> Said:
    return Said(lines=lines, kind=Kind.NAMES, claims=claims, why=why)


def _use(lines: tuple[int, ...], why: str) -> Said:
    return Said(lines=lines, kind=Kind.USE, why=why)


def _claim(lines: tuple[int, ...], why: str, *claims: str) -> Said:
    return Said(lines=lines, kind=Kind.CLAIM, claims=claims, why=why)


def _remark(lines: tuple[int, ...], why: str, *claims: str) -> Said:
    return Said(lines=lines, kind=Kind.REMARK, claims=claims, why=why)


_WHOLE = (
    _use((3, 4), "about the document"),
    _use((666, 667), "links to other documents"),
)

_S01 = (
    _use((32, 36), "names the decomposition and its uses"),
    _names((40, 41, 42), "the shapes of the three factors, which the entry declares", "linalg.svd"),
    _claim((43,), "the rank-k part and the error it leaves", "linalg.low_rank"),
    _claim((45,), "covariance and variances of the scores from the decomposition", "linalg.pca"),
)

_RENDERING = (
    Said(
        lines=(54,),
        kind=Kind.RENDERING,
        rule="SC108",
        why="the blank before the last dollar keeps it from being a formula, and the source is shown",
    ),
    Said(lines=(17,), kind=Kind.RENDERING, rule="SC104", why="the bars of the modulus end the table cell"),
)

_REMARKS = (
    _remark(
        (15, 16, 18, 119, 251, 430, 452, 454, 558, 559),
        "in a cell of a table a backslash before a bar only protects it, so the double bars of norms, and "
        "of a divergence, are shown as single ones; \\lVert and \\rVert stay double",
    ),
    _remark(
        (163,),
        "the usual gradient, softmax(z) - y, is right for targets that sum to 1 only",
        "loss.cross_entropy/gradient_without_condition",
    ),
    _remark(
        (252,),
        "p is the probability of a zero in the mask, which has ones with probability 1 - p; with the roles "
        "exchanged the mean is wrong",
        "opt.dropout/mask_of_dropped_units",
    ),
    _remark(
        (259,),
        "so it is, already with two linear layers",
        "opt.convexity/deep_loss_is_convex",
        "opt.convexity/saddle_of_a_deep_loss_curvature",
    ),
    _remark(
        (291, 329, 336, 547),
        "the projections multiply row vectors from the right, the layers column vectors from the left; each "
        "line is to be read in its own convention, and 336 fits neither",
        "attn.projections",
        "attn.swiglu/printed_product_of_rows",
    ),
    _remark(
        (374, 541),
        "one loss is a mean over the tokens, the other their sum: T times as much",
        "align.sft/sum_of_mean_form",
        "align.sft/equals_mean_form",
    ),
    _remark(
        (428, 429, 430, 431),
        "the base of the logarithm is free, but line 431 undoes it with exp, so there it is the natural one",
        "info.perplexity/exponential_of_cross_entropy",
    ),
    _remark(
        (549,),
        "the recursion starts at the last layer, whose delta is the derivative of the loss by its output "
        "times the slope",
        "bp.delta/base_case",
    ),
    _remark(
        (574,),
        "this is convolution, which flips the kernel; the layers of libraries slide it unflipped",
        "model.conv/cross_correlation_is_convolution",
    ),
    _remark(
        (655,),
        "the stated width and depth do not determine the number: it takes the width of the gated layer and "
        "the grouped heads, too",
        "num.llama2_70b/twelve_squares_per_layer",
    ),
)

_S02 = (
    _claim((78,), "the derivative through a layer is the layer's own times the one from above",
           "calc.chain", "bp.delta"),
    _claim((82,), "no direction of the same length rises faster than the gradient", "calc.gradient"),
    _names((86,), "a function of n variables with m values", "calc.jacobian"),
    _use((90,), "names uses of second derivatives"),
    _claim((94, 95, 96), "what definiteness decides, and that the gradient has to vanish for it",
           "calc.definiteness"),
)  # fmt: skip

_S03 = (
    _use((110,), "names uses of Bayes' theorem"),
    _title(123),
    _claim((127, 131), "the penalty that each prior gives, with its constant", "prob.map"),
)

_S05 = (
    _title(161, 165, 175, 179, 195),
    _use((169,), "names the loss and a purpose"),
    _claim((183,), "continuous with its derivative at the joint, and between the two losses", "loss.huber"),
    _claim((189,), "whether the printed index set fits both systems", "loss.contrastive/clip_as_printed"),
    _names((193,), "similarity is the cosine, tau a positive temperature", "loss.contrastive"),
    _names((199,), "anchor, positive, negative and margin", "loss.triplet"),
)

_S06 = (
    _title(207, 211, 224, 238, 242),
    _use((215,), "names the optimiser and its standing"),
    _names((222,), "values of parameters that the kernel has as defaults", "opt.adam"),
    _claim(
        (228,),
        "decoupled decay is not the gradient of a penalty once steps are scaled",
        "opt.adamw/shrinks_before_the_step",
    ),
    _claim((232,), "the result is never longer than the threshold", "opt.clip"),
    _claim((258,), "what convexity gives and what it does not: see the examples", "opt.convexity"),
)

_S07 = (
    _names((269,), "the mean is taken over the examples of a batch", "norm.batch"),
    _names((275,), "the mean is taken over the features of an example", "norm.layer"),
    _claim(
        (281,), "it is layer normalisation of inputs with mean 0; speed is measured, not proved", "norm.rms"
    ),
)

_S08 = (
    _claim((291,), "shapes of the three projections", "attn.projections"),
    _claim((292,), "the scaled product has variance 1 under the hypotheses of the entry", "attn.scaling"),
    _claim((293,), "operations counted from the shapes", "attn.complexity"),
    _claim((305,), "the heads' widths add up to the model's", "attn.multihead"),
    _use((306,), "an interpretation"),
    _claim((312, 314), "the derivative by anything later is 0", "attn.causal"),
    _names(_lines(318, 325), "the order of parts whose formulas follow", "attn.residual"),
    _title(327, 334),
    _names((331, 332), "shapes of the two weights", "attn.ffn"),
    _claim((342,), "the Jacobian is the identity plus that of the branch", "attn.residual"),
)

_S09 = (
    _claim((354,), "a rotation: lengths are kept", "llm.rope"),
    _claim((362, 366), "a merge shortens the text by the number of merged pairs", "llm.bpe"),
    _title(372, 407),
    _claim((380,), "the limit of low temperature, and what happens at ties", "llm.temperature"),
    _claim((381,), "temperature 1 is softmax itself", "llm.temperature"),
    _claim((382,), "entropy does not fall with temperature", "llm.temperature"),
    _claim((386,), "the kept probabilities, renormalised", "llm.top_k"),
    _claim((387,), "the smallest set that reaches p", "llm.top_p"),
    _names((393,), "parameters and training tokens", "llm.chinchilla"),
    _claim((394,), "the optimum under a budget, and what a fixed ratio of 20 needs", "llm.chinchilla"),
    _names((400, 401), "shapes of the frozen weight and the two factors", "llm.lora"),
    _claim((402, 403), "parameters counted from the shapes; the printed share computed", "llm.lora"),
    _names((411,), "scale and zero point", "llm.quantize"),
    _claim((412,), "ratios of widths, relative to 32 bits", "llm.quantize"),
    _use((416,), "what the cache is for"),
    _claim((418, 419, 420), "operations and bytes counted, and what the product leaves out", "llm.kv_cache"),
)

_S10 = (
    _claim((436,), "the two differ by the entropy of the data, which does not depend on the model",
           "info.cross_entropy/entropy_plus_divergence"),
)  # fmt: skip

_S11 = (
    _claim((446,), "a one-hot vector times the matrix is its row", "embed.lookup"),
    _use((458, 460, 461), "names index structures; nothing is said of them that could be shown"),
    _claim((462,), "the distance to a quantised vector as a sum over parts", "embed.ann"),
)

_S12 = (
    _title(470, 494, 498, 502),
    _use((474,), "an interpretation of a term"),
    _names(
        (475,), "the standard normal law as prior, for which the divergence has a closed form", "gen.elbo"
    ),
    _claim((477,), "derivatives through the sample exist and are these", "gen.reparam"),
    _claim((485, 486), "the maximiser at each point, and the value where the laws agree", "gen.gan"),
    _names((490,), "T steps, each of which adds noise of its own", "gen.ddpm_forward"),
)

_S13 = (
    _title(524),
    _use((512, 539), "say on what a model is trained"),
    _names((516,), "w is preferred to l", "align.bradley_terry"),
    _claim((530,), "the normaliser of the optimal policy cancels", "align.dpo"),
    _use((534,), "a comparison of effort"),
    _claim((535,), "the assumption is that the policy is the optimum of the penalised reward",
           "align.dpo/from_optimal_policy"),
)  # fmt: skip

_S14 = (
    _names((547,), "a layer: affine map, then a function of each entry", "bp.delta"),
    _claim((558, 559), "a product of factors below 1 vanishes, above 1 it grows: with the number of layers",
           "bp.depth"),
)  # fmt: skip

_S15 = (
    _names((578,), "input, kernel, padding, stride", "model.conv_size"),
    _title(582, 586),
    _names((599,), "self-loops and degrees, which are at least 1", "model.gcn"),
)

_S16 = (
    Said(
        lines=(*_lines(605, 608), 611, 612, 646),
        kind=Kind.CODE,
        why="imports, a random tensor, its attributes",
    ),
    Said(lines=_lines(615, 618), kind=Kind.CODE, why="linear algebra calls"),
    Said(lines=_lines(621, 624), kind=Kind.CODE, why="the worked derivative: 2x + 3 = 7 at x = 2"),
    Said(lines=_lines(627, 631), kind=Kind.CODE, why="layers"),
    Said(lines=_lines(634, 637), kind=Kind.CODE, why="losses"),
    Said(lines=(640, 641, 644, 645), kind=Kind.CODE, why="optimisers and schedules"),
)

_S17 = (
    _use((656, 657), "ranges of practice, which follow from nothing"),
    _claim((658,), "the ratio of section 9: what it needs is said there", "llm.chinchilla"),
)

SAID: tuple[Said, ...] = (
    *_WHOLE, *_RENDERING, *_REMARKS, *_S01, *_S02, *_S03, *_S05, *_S06, *_S07, *_S08, *_S09, *_S10, *_S11,
    *_S12, *_S13, *_S14, *_S15, *_S16, *_S17,
)  # fmt: skip
