"""Section 5 of the sheet, continued: losses of embeddings."""

from __future__ import annotations

import sympy as sp
from sympy import Eq, Max, Ne, Piecewise, exp, log

from formulas.language import ExpGap, Expr, Partial, delta, dim, index, positive, real, tensor, total
from formulas.schema import Claim, Definition, Formula, Relation, Source, Verdict

n, d = dim("n"), dim("d")
i, j, k, m, c, b, r = index("i j k m c b r")
s = tensor("s", n, n)
tau = positive("tau")
anchor = tensor("anchor", d)
candidate = tensor("candidate", n, d)

ZERO = sp.S.Zero


def weight(at: Expr) -> Expr:
    """Exponential of the similarity of item i and item ``at`` over the temperature."""
    return exp(s[i, at] / tau)


def others(dummy: sp.Symbol = k) -> Expr:
    """Sum of the weights of all items but i itself."""
    return total((1 - delta(dummy, i)) * weight(dummy), (dummy, n))


def everyone(dummy: sp.Symbol = k) -> Expr:
    """Sum of the weights of all items."""
    return total(weight(dummy), (dummy, n))


def share(of: Expr) -> Expr:
    """Weight of item ``of`` among all but i, 0 for i itself."""
    return (1 - delta(of, i)) * weight(of) / others()


def contrastive(partner: Expr) -> Expr:
    """The loss as the sheet writes it."""
    return -log(weight(partner) / others())


def clip_loss(partner: Expr) -> Expr:
    """The loss with every candidate in the denominator, the matching one among them."""
    return -log(weight(partner) / everyone())


_two_items = (others() > 0,)
_another = Eq(delta(i, j), 0, evaluate=False)
_rest = total((1 - delta(m, i)) * (1 - delta(m, j)) * weight(m), (m, n))


def _score(at: Expr, dummy: sp.Symbol) -> Expr:
    return total(anchor[dummy] * candidate[at, dummy], (dummy, d)) / tau


def _match(at: Expr) -> Expr:
    """Softmax over all candidates of the inner product with the anchor."""
    return exp(_score(at, b)) / total(exp(_score(k, r)), (k, n))


_inner_loss = -log(_match(j))

CONTRASTIVE = Formula(
    id="loss.contrastive",
    title="Contrastive loss",
    section=5,
    names=(
        "Contrastive Loss",
        "Contrastive Loss (SimCLR / CLIP)",
        "contrastive loss",
        "NT-Xent",
        "InfoNCE",
        "SimCLR",
        "CLIP loss",
        r"\text{InfoNCE}",
        r"\mathcal{L}_{\text{InfoNCE}}",
    ),
    definition=Definition(latex="L", expr=contrastive(j)),
    symbols={
        "s": "similarities of the items, such as cosines",
        "tau": "temperature",
        "anchor": "embedding of the anchor, of unit norm where similarity is the cosine",
        "candidate": "embeddings of the candidates",
    },
    source=Source(
        section=5,
        lines=(191,),
        printed=(
            r"L = -\log \frac{\exp(\text{sim}(z_i, z_j)/\tau)}"
            r"{\sum_{k \neq i} \exp(\text{sim}(z_i, z_k)/\tau)}",
        ),
    ),
    references=(
        "T. Chen, S. Kornblith, M. Norouzi, G. Hinton, A simple framework for contrastive learning of "
        "visual representations, ICML 2020, arXiv:2002.05709",
        "A. Radford et al., Learning transferable visual models from natural language supervision, "
        "ICML 2021, arXiv:2103.00020",
        "A. van den Oord, Y. Li, O. Vinyals, Representation learning with contrastive predictive coding, "
        "2018, arXiv:1807.03748",
    ),
    tags=("loss", "embedding", "reduction", "probability"),
    used_in=("SimCLR", "CLIP", "sentence embeddings", "dense retrieval"),
    see_also=("loss.cross_entropy", "loss.triplet", "act.log_softmax"),
    claims=(
        Claim(
            name="cross_entropy_of_scaled_similarities",
            lhs=contrastive(j),
            rhs=log(others()) - s[i, j] / tau,
            hypotheses=_two_items,
            note="Log-sum-exp of the logits s / tau over all items but i, less the logit of the partner.",
        ),
        Claim(
            name="shares_sum_to_one",
            lhs=total(share(m), (m, n)),
            rhs=sp.S.One,
            hypotheses=_two_items,
        ),
        Claim(
            name="gradient_similarity",
            lhs=Partial(contrastive(j), s[i, m]),
            rhs=(share(m) - delta(m, j)) / tau,
            hypotheses=_two_items,
        ),
        Claim(
            name="gradient_temperature",
            lhs=Partial(contrastive(j), tau),
            rhs=(s[i, j] - total(share(m) * s[i, m], (m, n))) / tau**2,
            hypotheses=_two_items,
        ),
        Claim(
            name="nonnegative_as_printed",
            lhs=contrastive(j),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=_two_items,
            conditions=(_another,),
            needs=r"$j \neq i$ (two views of one item, as in SimCLR; CLIP sums over every $k$, the match "
            "included)",
            stated_by=(r"j \neq i", r"i \neq j", r"j \ne i", r"i \ne j"),
            certificate=ExpGap(-contrastive(j)) + _rest / others(),
            printed=True,
            expected=Verdict.CONDITIONAL,
            corrected_by="nonnegative_for_another_item",
            note="A share of a whole only if j is among the items k != i, so not i itself: two views "
            "of an image among all views (SimCLR).",
        ),
        Claim(
            name="nonnegative_for_another_item",
            lhs=contrastive(j),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=(*_two_items, _another),
            certificate=ExpGap(-contrastive(j)) + _rest / others(),
        ),
        Claim(
            name="nonnegative_for_the_matching_item",
            lhs=contrastive(i),
            rhs=ZERO,
            relation=Relation.GE,
            hypotheses=_two_items,
            expected=Verdict.REFUTED,
            corrected_by="clip_nonnegative",
            note="Image i and text i match in CLIP; with k != i the loss has no lower bound.",
        ),
        Claim(
            name="clip_as_printed",
            lhs=contrastive(i),
            rhs=clip_loss(i),
            hypotheses=_two_items,
            expected=Verdict.REFUTED,
            corrected_by="clip_difference",
            note="In CLIP the partner of image i is text i, and its sum runs over all texts. The printed sum "
            "leaves the partner out, so that it is another function.",
        ),
        Claim(
            name="clip_difference",
            lhs=clip_loss(i) - contrastive(i),
            rhs=log(1 + weight(i) / others()),
            hypotheses=_two_items,
            note="What the printed index set misses when the partner of i is i.",
        ),
        Claim(
            name="clip_nonnegative",
            lhs=clip_loss(j),
            rhs=ZERO,
            relation=Relation.GE,
            certificate=ExpGap(-clip_loss(j)) + total((1 - delta(m, j)) * weight(m), (m, n)) / everyone(),
            note="With every candidate in the denominator the loss of any partner is a cross-entropy.",
        ),
        Claim(
            name="gradient_anchor",
            lhs=Partial(_inner_loss, anchor[c]),
            rhs=(total(_match(m) * candidate[m, c], (m, n)) - candidate[j, c]) / tau,
            note="Inner products as similarities: expected candidate less the right one.",
        ),
        Claim(
            name="gradient_candidate",
            lhs=Partial(_inner_loss, candidate[m, c]),
            rhs=(_match(m) - delta(m, j)) * anchor[c] / tau,
        ),
    ),
)

a, p, q = tensor("a", d), tensor("p", d), tensor("q", d)
alpha = real("alpha")


def distance(of: sp.IndexedBase, to: sp.IndexedBase) -> Expr:
    """Squared Euclidean distance of two embeddings."""
    return total((of[c] - to[c]) ** 2, (c, d))


_gap = distance(a, p) - distance(a, q) + alpha
_triplet = Max(0, _gap)
_off_the_margin = (Ne(_gap, 0),)


def _while_active(gradient: Expr) -> Expr:
    return Piecewise((gradient, _gap > 0), (0, True))


TRIPLET = Formula(
    id="loss.triplet",
    title="Triplet loss",
    section=5,
    names=("Triplet Loss", "triplet loss", "triplet margin loss", r"\text{triplet}"),
    definition=Definition(latex="L", expr=_triplet),
    symbols={
        "a": "embedding of the anchor, f(a) of the sheet",
        "p": "embedding of the positive, f(p) of the sheet",
        "q": "embedding of the negative, f(n) of the sheet",
        "alpha": "margin",
    },
    source=Source(
        section=5,
        lines=(197,),
        printed=(r"L = \max(0, \|f(a) - f(p)\|^2 - \|f(a) - f(n)\|^2 + \alpha)",),
    ),
    references=(
        "F. Schroff, D. Kalenichenko, J. Philbin, FaceNet: a unified embedding for face recognition and "
        "clustering, CVPR 2015, arXiv:1503.03832",
    ),
    tags=("loss", "embedding", "reduction", "piecewise"),
    used_in=("face recognition", "metric learning"),
    see_also=("loss.contrastive",),
    claims=(
        Claim(
            name="gradient_anchor",
            lhs=Partial(_triplet, a[j]),
            rhs=_while_active(2 * (q[j] - p[j])),
            hypotheses=_off_the_margin,
            note="Nothing once the negative is farther than the positive by the margin.",
        ),
        Claim(
            name="gradient_positive",
            lhs=Partial(_triplet, p[j]),
            rhs=_while_active(2 * (p[j] - a[j])),
            hypotheses=_off_the_margin,
        ),
        Claim(
            name="gradient_negative",
            lhs=Partial(_triplet, q[j]),
            rhs=_while_active(2 * (a[j] - q[j])),
            hypotheses=_off_the_margin,
        ),
        Claim(
            name="gradients_cancel",
            lhs=Partial(_triplet, a[j]) + Partial(_triplet, p[j]) + Partial(_triplet, q[j]),
            rhs=ZERO,
            hypotheses=_off_the_margin,
            note="The loss does not change when all three embeddings move together.",
        ),
        Claim(
            name="zero_where_the_margin_holds",
            lhs=_triplet,
            rhs=ZERO,
            hypotheses=(distance(a, p) + alpha <= distance(a, q),),
        ),
        Claim(
            name="positive_where_it_does_not",
            lhs=_triplet,
            rhs=ZERO,
            relation=Relation.GT,
            hypotheses=(distance(a, p) + alpha > distance(a, q),),
            certificate=Max(0, _gap),
            note="So the loss is 0 exactly where the margin holds.",
        ),
        Claim(
            name="margin_for_collapsed_embeddings",
            lhs=_triplet,
            rhs=Max(0, alpha),
            hypotheses=(Eq(p[b], q[b], evaluate=False),),
            note="If positive and negative coincide, the margin is the loss wherever the anchor is.",
        ),
    ),
)

FORMULAS = (CONTRASTIVE, TRIPLET)
