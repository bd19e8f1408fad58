"""Centralities, clustering and link prediction of graphs."""

from symcheck.gate.standards.standard import define

_N = "M. E. J. Newman, Networks, 2010"

STANDARDS = (
    define(
        "clustering coefficient; clustering; local clustering",
        r"\frac{2 T(u)}{d(u) (d(u) - 1)}",
        r"\frac{1}{d(u) (d(u) - 1)} \sum_{vw} (w_{uv} w_{uw} w_{vw})^{1/3}",
        source=_N,
        scale=False,
    ),
    define("average clustering", r"\frac{1}{n} \sum_{v \in G} c_v", source=_N, scale=False),
    define("transitivity", r"3 \frac{a}{b}", source=_N, scale=False),
    define(
        "closeness centrality; closeness",
        r"\frac{n - 1}{\sum_{v=1}^{n-1} d(v, u)}",
        r"\frac{n - 1}{N - 1} \frac{n - 1}{\sum_{v=1}^{n-1} d(v, u)}",
        source=_N,
        scale=False,
    ),
    define(
        "betweenness centrality; betweenness; edge betweenness",
        r"\sum_{s, t \in V} \frac{\sigma(s, t | v)}{\sigma(s, t)}",
        r"\sum_{s \neq v \neq t} \frac{\sigma_{st}(v)}{\sigma_{st}}",
        source="U. Brandes, 2001",
        scale=False,
    ),
    define("harmonic centrality", r"\sum_{v \neq u} \frac{1}{d(v, u)}", source=_N, scale=False),
    define(
        "eigenvector centrality",
        r"\lambda x_i = \sum_{j} A_{ij} x_j",
        r"\lambda x_i = \sum_{j \to i} x_j",
        source=_N,
        scale=False,
    ),
    define(
        "Katz centrality; katz_centrality",
        r"x_i = \alpha \sum_j A_{ij} x_j + \beta",
        source="L. Katz, 1953",
        scale=False,
    ),
    define("group closeness", r"\frac{|V - S|}{\sum_{v \in V - S} d_{S, v}}", source=_N, scale=False),
    define("Estrada index", r"\sum_{j=1}^n e^{\lambda_j}", source="E. Estrada, 2000", scale=False),
    define(
        "subgraph centrality", r"\sum_{j=1}^N (v_j^u)^2 e^{\lambda_j}", source="E. Estrada, 2005", scale=False
    ),
    define(
        "communicability",
        r"\sum_{j=1}^n \phi_j(u) \phi_j(v) e^{\lambda_j}",
        source="E. Estrada, 2008",
        scale=False,
    ),
    define(
        "modularity",
        r"\frac{1}{2 m} \sum_{ij} \left(A_{ij} - \gamma \frac{k_i k_j}{2 m}\right) \delta(c_i, c_j)",
        r"\sum_{c=1}^n \left[\frac{L_c}{m} - \gamma \left(\frac{k_c}{2 m}\right)^2\right]",
        r"A_{ij} - \frac{k_i k_j}{2 m}",
        source="M. E. J. Newman, 2004",
        scale=False,
    ),
    define(
        "Louvain; modularity gain",
        r"\frac{k_{i,n}}{2 m} - \gamma \frac{\Sigma \cdot k_i}{2 m^2}",
        source="V. Blondel et al., 2008",
        scale=False,
    ),
    define(
        "resource allocation index; resource allocation",
        r"\sum_{w \in \Gamma(u) \cap \Gamma(v)} \frac{1}{|\Gamma(w)|}",
        source="T. Zhou et al., 2009",
        scale=False,
    ),
    define(
        "Adamic-Adar; adamic_adar_index",
        r"\sum_{w \in \Gamma(u) \cap \Gamma(v)} \frac{1}{\log |\Gamma(w)|}",
        source="L. Adamic, E. Adar, 2003",
        scale=False,
    ),
    define(
        "Jaccard coefficient",
        r"\frac{|\Gamma(u) \cap \Gamma(v)|}{|\Gamma(u) \cup \Gamma(v)|}",
        source=_N,
        scale=False,
    ),
    define(
        "overlap coefficient; latapy_clustering; overlap weighted projection",
        r"\frac{|N(u) \cap N(v)|}{\min(|N(u)|, |N(v)|)}",
        r"\frac{|N(u) \cap N(v)|}{\max(|N(u)|, |N(v)|)}",
        r"\frac{|N(u) \cap N(v)|}{|N(u) \cup N(v)|}",
        source=_N,
        scale=False,
    ),
    define(
        "average neighbor degree",
        r"\frac{1}{|N(i)|} \sum_{j \in N(i)} k_j",
        r"\frac{1}{s_i} \sum_{j \in N(i)} w_{ij} k_j",
        source="A. Barrat et al., 2004",
        scale=False,
    ),
    define(
        "average shortest path length", r"\sum_{s, t \in V} \frac{d(s, t)}{n (n - 1)}", source=_N, scale=False
    ),
    define(
        "rich-club coefficient", r"\frac{2 E_k}{N_k (N_k - 1)}", source="J. J. McAuley, 2007", scale=False
    ),
    define(
        "hyper-Wiener; Wiener index",
        r"\frac{1}{2} \sum_{u, v \in V} (d(u, v) + d(u, v)^2)",
        source="M. Randić, 1993",
        scale=False,
    ),
    define(
        "effective size; constraint; structural holes",
        r"e(u) = n - \frac{2 t}{n}",
        r"\left(p_{uv} + \sum_{w \in N(v)} p_{uw} p_{wv}\right)^2",
        source="R. Burt, 1995",
        scale=False,
    ),
    define(
        "BiRank; birank",
        r"p_j = \alpha \sum_{i \in U} \frac{w_{ij}}{\sqrt{d_i} \sqrt{d_j}} u_i + (1 - \alpha) q_j",
        source="X. He et al., 2017",
        scale=False,
    ),
    define("normalized Laplacian", r"N = D^{-1/2} L D^{-1/2}", source="F. Chung, 1997", scale=False),
    define(
        "directed Laplacian",
        r"L = I - \frac{1}{2} \left(\Phi^{1/2} P \Phi^{-1/2} + \Phi^{-1/2} P^T \Phi^{1/2}\right)",
        r"L = \Phi - \frac{1}{2} (\Phi P + P^T \Phi)",
        source="F. Chung, 2005",
        scale=False,
    ),
    define("density of a graph; graph density", r"\frac{2 m}{n (n - 1)}", source=_N, scale=False),
    define(
        "assortativity", r"\frac{\sum_i e_{ii} - \sum_i a_i b_i}{1 - \sum_i a_i b_i}", source=_N, scale=False
    ),
)
