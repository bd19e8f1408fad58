"""Layers and quantities of graphs."""

from symcheck.gate.standards.standard import define

_WU = "Z. Wu et al., A comprehensive survey on graph neural networks, 2021"

STANDARDS = (
    define(
        "GraphSAGE; SAGEConv",
        r"x_i^{\prime} = W_1 x_i + W_2 \cdot \mathrm{mean}_{j \in \mathcal{N}(i)} x_j",
        source="W. Hamilton, R. Ying, J. Leskovec, 2017",
        scale=False,
    ),
    define(
        "graph attention; GAT; GATConv; attention coefficients",
        r"\alpha_{i,j} = \frac{\exp(e_{ij})}{\sum_{k \in \mathcal{N}(i)} \exp(e_{ik})}",
        r"x_i^{\prime} = \alpha_{i,i} \Theta x_i + \sum_{j \in \mathcal{N}(i)} \alpha_{i,j} \Theta x_j",
        r"x_i^{\prime} = \sum_{j \in \mathcal{N}(i) \cup \{i\}} \alpha_{i,j} \Theta x_j",
        source="P. Veličković et al., 2018",
        scale=False,
    ),
    define(
        "graph isomorphism; GIN; GINConv",
        r"x_i^{\prime} = h_\Theta\left((1 + \epsilon) \cdot x_i + \sum_{j \in \mathcal{N}(i)} x_j\right)",
        r"h_v^{(k)} = MLP\left((1 + \epsilon) \cdot h_v^{(k-1)} + \sum_{u \in \mathcal{N}(v)} "
        r"h_u^{(k-1)}\right)",
        r"X^{\prime} = h_\Theta((A + (1 + \epsilon) \cdot I) \cdot X)",
        source="K. Xu et al., How powerful are graph neural networks?, 2019",
        scale=False,
    ),
    define(
        "graph convolution; GCN; graph convolutional",
        r"H^{(l+1)} = \sigma(\tilde{D}^{-1/2} \tilde{A} \tilde{D}^{-1/2} H^{(l)} W^{(l)})",
        r"X^{\prime} = \hat{D}^{-1/2} \hat{A} \hat{D}^{-1/2} X \Theta",
        r"h_i^{(l+1)} = \sigma\left(b^{(l)} + \sum_{j \in \mathcal{N}(i)} \frac{1}{c_{ji}} h_j^{(l)} "
        r"W^{(l)}\right)",
        source="T. N. Kipf, M. Welling, 2017",
        scale=False,
    ),
    define(
        "Chebyshev spectral; ChebConv; Chebyshev polynomials",
        r"Z^{(k)} = 2 \cdot \hat{L} \cdot Z^{(k-1)} - Z^{(k-2)}",
        r"T_k(x) = 2 x T_{k-1}(x) - T_{k-2}(x)",
        source="M. Defferrard, X. Bresson, P. Vandergheynst, 2016",
        scale=False,
    ),
    define(
        "personalized PageRank; APPNP; personalized propagation",
        r"Z^{(k+1)} = (1 - \alpha) \hat{A} Z^{(k)} + \alpha H",
        r"Z^{(k)} = (1 - \alpha) \hat{D}^{-1/2} \hat{A} \hat{D}^{-1/2} Z^{(k-1)} + \alpha Z^{(0)}",
        source="J. Klicpera, A. Bojchevski, S. Günnemann, 2019",
        scale=False,
    ),
    define(
        "simple graph convolution; SGC; SGConv",
        r"X^{\prime} = (\hat{D}^{-1/2} \hat{A} \hat{D}^{-1/2})^K X \Theta",
        source="F. Wu et al., 2019",
        scale=False,
    ),
    define(
        "message passing",
        r"x_i^{\prime} = \gamma_\Theta\left(x_i, \sum_{j \in \mathcal{N}(i)} \phi_\Theta(x_i, x_j, "
        r"e_{j,i})\right)",
        source="J. Gilmer et al., 2017",
        scale=False,
    ),
    define(
        "EdgeConv; edge convolution",
        r"x_i^{\prime} = \sum_{j \in \mathcal{N}(i)} h_\Theta(x_i \| x_j - x_i)",
        source="Y. Wang et al., 2019",
        scale=False,
    ),
    define("random walk Laplacian; random-walk Laplacian", r"L = I - D^{-1} A", source=_WU, scale=False),
    define(
        "symmetric normalized Laplacian; normalized Laplacian",
        r"L = I - D^{-1/2} A D^{-1/2}",
        source=_WU,
        scale=False,
    ),
    define(
        "modularity",
        r"Q = \frac{1}{2 m} \sum_{i, j} \left(A_{ij} - \frac{k_i k_j}{2 m}\right) \delta(c_i, c_j)",
        source="M. E. J. Newman, 2006",
        scale=False,
    ),
    define(
        "PageRank",
        r"r_i = \frac{1 - d}{N} + d \sum_{j \in M(i)} \frac{r_j}{L_j}",
        source="L. Page et al., 1999",
        scale=False,
    ),
    define(
        "clustering coefficient",
        r"C_i = \frac{2 e_i}{k_i (k_i - 1)}",
        source="D. J. Watts, S. H. Strogatz, 1998",
        scale=False,
    ),
    define("TransE", r"\|h + r - t\|", source="A. Bordes et al., 2013", scale=False),
    define(
        "skip-gram; word2vec",
        r"P(w_o | w_c) = \frac{\exp(u_o^\top v_c)}{\sum_{i \in \mathcal{V}} \exp(u_i^\top v_c)}",
        r"\log P(w_o | w_c) = u_o^\top v_c - \log \sum_{i \in \mathcal{V}} \exp(u_i^\top v_c)",
        source="T. Mikolov et al., 2013",
        scale=False,
    ),
    define(
        "GloVe",
        r"\sum_{i, j} f(x_{ij}) (u_j^\top v_i + b_i + c_j - \log x_{ij})^2",
        source="J. Pennington, R. Socher, C. D. Manning, 2014",
    ),
)
