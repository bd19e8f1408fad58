"""Distances of vectors and sets, and linkages of clusters, as SciPy and scikit-learn state them."""

from symcheck.gate.standards.standard import define

_D = "M. M. Deza, E. Deza, Encyclopedia of Distances, 2009"

STANDARDS = (
    define(
        "weighted Minkowski; Minkowski distance; minkowski",
        r"\left(\sum w_i |u_i - v_i|^p\right)^{1/p}",
        r"\left(\sum_{i=1}^n w_i |u_i - v_i|^p\right)^{1/p}",
        source=_D,
        scale=False,
    ),
    define(
        "Euclidean distance; euclidean", r"\left(\sum w_i |u_i - v_i|^2\right)^{1/2}", source=_D, scale=False
    ),
    define("squared Euclidean; sqeuclidean", r"\sum_i w_i |u_i - v_i|^2", source=_D, scale=False),
    define(
        "standardized Euclidean; seuclidean",
        r"\sqrt{\sum_i \frac{1}{V_i} (u_i - v_i)^2}",
        r"\sqrt{\sum (u_i - v_i)^2 / V_i}",
        source=_D,
        scale=False,
    ),
    define(
        "correlation distance; correlation",
        r"1 - \frac{(u - \bar{u}) \cdot (v - \bar{v})}{\|u - \bar{u}\|_2 \|v - \bar{v}\|_2}",
        source=_D,
        scale=False,
    ),
    define(
        "cosine distance; Cosine distance", r"1 - \frac{u \cdot v}{\|u\|_2 \|v\|_2}", source=_D, scale=False
    ),
    define("Mahalanobis distance; mahalanobis", r"\sqrt{(u - v) V^{-1} (u - v)^T}", source=_D, scale=False),
    define(
        "Bray-Curtis distance; braycurtis",
        r"\sum |u_i - v_i| / \sum |u_i + v_i|",
        r"\frac{\sum_i |u_i - v_i|}{\sum_i |u_i + v_i|}",
        source=_D,
        scale=False,
    ),
    define(
        "Canberra distance; canberra", r"\sum_i \frac{|u_i - v_i|}{|u_i| + |v_i|}", source=_D, scale=False
    ),
    define(
        "Jensen-Shannon distance; jensenshannon",
        r"\sqrt{\frac{D(p \| m) + D(q \| m)}{2}}",
        source=_D,
        scale=False,
    ),
    define("Hamming distance; hamming", r"\frac{c_{01} + c_{10}}{n}", source=_D, scale=False),
    define(
        "Jaccard distance; jaccard; Jaccard dissimilarity",
        r"\frac{c_{10} + c_{01}}{c_{11} + c_{10} + c_{01}}",
        r"\frac{c_{TF} + c_{FT}}{c_{TT} + c_{FT} + c_{TF}}",
        source=_D,
        scale=False,
    ),
    define(
        "Dice dissimilarity; dice",
        r"\frac{c_{TF} + c_{FT}}{2 c_{TT} + c_{FT} + c_{TF}}",
        source=_D,
        scale=False,
    ),
    define(
        "Yule dissimilarity; yule",
        r"\frac{R}{c_{TT} * c_{FF} + \frac{R}{2}}",
        r"2.0 * c_{TF} * c_{FT}",
        source=_D,
        scale=False,
    ),
    define("Rogers-Tanimoto; rogerstanimoto", r"\frac{R}{c_{TT} + c_{FF} + R}", source=_D, scale=False),
    define("Russell-Rao; russellrao", r"\frac{n - c_{TT}}{n}", source=_D, scale=False),
    define("Sokal-Sneath; sokalsneath", r"\frac{R}{c_{TT} + R}", source=_D, scale=False),
    define(
        "complete linkage; single linkage; linkage",
        r"d(u, v) = \min(t(u_i, v_j))",
        r"d(u, v) = \max(t(u_i, v_j))",
        source=_D,
        scale=False,
    ),
    define(
        "average linkage; UPGMA", r"d(u, v) = \sum_{ij} \frac{d(u_i, v_j)}{|u| * |v|}", source=_D, scale=False
    ),
    define(
        "rotation alignment; Rotation.align_vectors; align_vectors; Wahba",
        r"\frac{1}{2} \sum_{i=1}^n w_i \|a_i - C b_i\|^2",
        r"\sum_{i=1}^n w_i \|A_i - M\|^2",
        source="W. Kabsch, 1976",
        scale=True,
    ),
    define(
        "Landy-Szalay; two-point correlation",
        r"\frac{D - 2 f R + f^2 S}{f^2 S}",
        source="S. D. Landy, A. S. Szalay, 1993",
        scale=False,
    ),
)
