"""The notation that is read, as tables.  A command that is in none of them is not guessed at."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> dict[str, str]:
    return dict(p.split(":", 1) for p in text.split())


def _listed(text: str) -> list[str]:
    return text.split()


GREEK = _words(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda "
    "mu nu xi pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta "
    "Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
LETTERLIKE = _words("ell hbar aleph wp Re Im imath jmath triangle square Box blacksquare qed diamond Diamond")
CONSTANTS = _pairs(
    "infty:infty emptyset:emptyset varnothing:emptyset bot:bot top:top prime:prime "
    "checkmark:checkmark bullet:bullet ast:ast star:star dagger:dagger sharp:sharp flat:flat "
    "natural:natural"
)

RELATIONS = _pairs(
    "leq:<= le:<= leqslant:<= leqq:<= geq:>= ge:>= geqslant:>= geqq:>= lt:< gt:> neq:!= approx:~~ "
    "approxeq:~~ simeq:~= cong:cong equiv:equiv sim:~ propto:propto ll:<< gg:>> asymp:asymp "
    "succ:succ prec:prec succeq:succeq preceq:preceq succcurlyeq:succeq preccurlyeq:preceq in:in "
    "notin:notin ni:ni subset:subset subseteq:subseteq subsetneq:subset supset:supset "
    "supseteq:supseteq perp:perp models:models vdash:vdash vDash:models lesssim:<~ gtrsim:>~ "
    "trianglelefteq:normal lessapprox:<~ gtrapprox:>~ nleq:!<= ngeq:!>= nsubseteq:!subseteq nmid:!divides"
) | dict.fromkeys(("triangleq", "coloneqq", "coloneq", "doteq", "eqqcolon", "defeq"), ":=")
SIGN_RELATIONS = {"=": "=", "<": "<", ">": ">"}
ARROWS = _pairs(
    "to:-> rightarrow:-> longrightarrow:-> mapsto:|-> longmapsto:|-> hookrightarrow:-> uparrow:up "
    "downarrow:down rightharpoonup:-> leadsto:-> gets:<- leftarrow:<- longleftarrow:<- nearrow:up "
    "searrow:down rightsquigarrow:-> rightleftharpoons:<-> twoheadrightarrow:-> xrightarrow:-> "
    "xleftarrow:<-"
)
LOGIC = _pairs(
    "iff:<=> Leftrightarrow:<=> leftrightarrow:<=> Longleftrightarrow:<=> implies:=> "
    "Rightarrow:=> Longrightarrow:=> impliedby:<== Leftarrow:<== therefore:=> land:and wedge:and "
    "lor:or vee:or"
)
LOGIC_POWER = {"and": 6, "or": 5, "=>": 3, "<=>": 3, "<==": 3}

SUMS = _pairs(
    "pm:+- mp:-+ cup:cup cap:cap setminus:setminus backslash:setminus oplus:oplus sqcup:cup "
    "uplus:cup ominus:ominus sqcap:cap"
)
PRODUCTS = _pairs(
    "cdot:cdot times:times odot:odot circ:circ otimes:otimes ast:ast star:ast div:div bmod:mod "
    "bullet:cdot bigcirc:odot ltimes:times boxtimes:otimes dotplus:cdot diamond:circ rtimes:times"
)

FUNCTIONS = _words(
    "log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan det dim ker "
    "deg gcd Pr hom arg tr rank sign sgn softmax relu diag erf erfc logsumexp vec span proj Var "
    "Cov Tr trace sigmoid softplus log_softmax artanh arctanh arcsinh arccosh lcm"
)
"""Names that take an argument without parentheses."""

BIG = _words(
    "sum prod lim limsup liminf min max sup inf argmax argmin bigcup bigcap bigoplus bigotimes "
    "coprod bigvee bigwedge bigsqcup biguplus varlimsup varliminf minimize maximize bigodot"
)
INTEGRALS = _words("int iint iiint oint")
WIDE = _words("min max sup inf argmax argmin minimize maximize")
"""Big operators that, at the start of a side, take the whole side."""

FONTS = {
    **dict.fromkeys(("mathbf", "boldsymbol", "bm", "pmb", "symbf", "bf", "mathbold", "bold"), "bold"),
    **dict.fromkeys(("mathcal", "cal", "mathscr"), "calligraphic"),
    **dict.fromkeys(("mathbb", "Bbb"), "blackboard"),
    **dict.fromkeys(("mathrm", "rm"), "roman"),
    **dict.fromkeys(("mathsf", "mathtt", "sf", "tt"), "sans"),
    **dict.fromkeys(("mathit", "it", "mathnormal"), ""),
    "mathfrak": "fraktur",
}
SWITCHES = _words("bf rm it cal sf tt")
TEXTS = _words(
    "text textbf textit textrm textsf texttt mbox operatorname hbox textnormal emph textsc mathop*"
)
ACCENTS = _pairs(
    "hat:hat widehat:hat tilde:tilde widetilde:tilde bar:bar overline:bar vec:vec dot:dot "
    "ddot:ddot underline:underline mathring:ring overrightarrow:vec overleftarrow:leftvec "
    "check:check widecheck:check breve:breve acute:acute grave:grave overleftrightarrow:bothvec"
)
WRAPPERS = _words(
    "underbrace overbrace boxed cancel fbox ensuremath smash mathclap bcancel xcancel mathrlap "
    "hbox mathbin mathrel mathord mathop mathopen mathclose mathinner llap rlap mathllap"
)
"""Commands whose argument is read and which mean nothing themselves."""

SPACES = _words(
    "displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits nonumber notag strut "
    "hfill allowbreak noindent small normalsize large Large tiny scriptsize footnotesize "
    "centering hline thinspace enspace medspace thickspace negthinspace mathstrut null relax "
    "break nobreak space newline* hfil par quad* cr* toprule midrule bottomrule negmedspace "
    "negthickspace"
)
SILENT_SYMBOLS = frozenset([",", ";", ":", "!", ">", "/", "-"]) | {" ", "\n", "\t"}
"""``\\,`` and its like."""

SIZES = _words(
    "left right middle bigl bigr Bigl Bigr biggl biggr Biggl Biggr big Big bigg Bigg bigm Bigm biggm Biggm"
)
DISCARDED_ARGUMENT = _words(
    "label tag phantom hphantom vphantom hspace vspace color mathstrut kern mkern eqref ref tag* "
    "hspace* cline definecolor mskip vskip hskip nobreakspace"
)
FIRST_ARGUMENT_DISCARDED = _words("textcolor colorbox raisebox")

ALIASES = {
    "lvert": "|", "rvert": "|", "vert": "|", "lVert": "||", "rVert": "||", "Vert": "||", "|": "||",
    "rbrace": "}", "lbrace": "{", "rbrack": "]", "lbrack": "[", "langle": "<<", "rangle": ">>",
    "lfloor": "|_", "rfloor": "_|", "lceil": "|^", "rceil": "^|", "{": "\\{", "}": "\\}",
}  # fmt: skip
SYNONYMS = _pairs(
    "dfrac:frac tfrac:frac nicefrac:frac cfrac:frac sfrac:frac dbinom:binom tbinom:binom "
    "intercal:top ne:neq colon:colon varnothing:emptyset land:wedge lor:vee lnot:neg owns:ni "
    "longto:to transpose:top eqdef:triangleq triangledown:nabla bigtriangledown:nabla"
)
DOTS = _words("ldots cdots dots vdots ddots dotsc dotsb dotsm dotsi iddots hdots dotso")
OPENING = {"(": ")", "[": "]", "\\{": "\\}", "<<": ">>", "|_": "_|", "|^": "^|"}
CLOSING = frozenset(OPENING.values())
BARS = frozenset({"|", "||", "mid"})

ALIGNMENTS = _words(
    "aligned align split gathered gather equation alignedat alignat eqnarray multline multlined "
    "flalign displaymath math dmath"
)
MATRICES = _words(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix array psmallmatrix bsmallmatrix subarray"
)
CASES = _words("cases rcases dcases numcases drcases")

_SIGNS = _listed(
    r"""
    − -  · \cdot  × \times  → \to  ∞ \infty  ∑ \sum  ∏ \prod  ‖ \|  √ \sqrt  ⊙ \odot  ∇ \nabla  ∂ \partial
    ≤ \leq  ≥ \geq  ≠ \neq  ≈ \approx  ∈ \in  ∉ \notin  ∝ \propto  ∫ \int  ∀ \forall  ∃ \exists  ± \pm
    ∪ \cup  ∩ \cap  ⊆ \subseteq  ⊂ \subset  ⊗ \otimes  ⊕ \oplus  ≡ \equiv  ∼ \sim  ⇒ \Rightarrow
    ⇔ \Leftrightarrow  ← \leftarrow  ↦ \mapsto  ∅ \emptyset  ∧ \wedge  ∨ \vee  ¬ \neg  ⟨ \langle  ⟩ \rangle
    ⌊ \lfloor  ⌋ \rfloor  ⌈ \lceil  ⌉ \rceil  ℓ \ell  ℝ R  … \ldots  ⋯ \cdots  ∘ \circ  ∣ \mid  ≪ \ll
    ≫ \gg  ⊤ \top  ≻ \succ  ≺ \prec  ∗ *  ≜ \triangleq  ≔ \coloneqq  ′ '
    α \alpha  β \beta  γ \gamma  δ \delta  ε \epsilon  ϵ \epsilon  ζ \zeta  η \eta  θ \theta  ι \iota
    κ \kappa  λ \lambda  μ \mu  µ \mu  ν \nu  ξ \xi  π \pi  ρ \rho  ς \varsigma  σ \sigma  τ \tau  υ \upsilon
    φ \phi  ϕ \phi  χ \chi  ψ \psi  ω \omega  Γ \Gamma  Δ \Delta  Θ \Theta  Λ \Lambda  Ξ \Xi  Π \Pi
    Σ \Sigma  Φ \Phi  Ψ \Psi  Ω \Omega
"""
)
UNICODE = dict(zip(_SIGNS[::2], _SIGNS[1::2], strict=True))

APPLIED_LETTERS = _words(
    "f g h p q P Q F G H I D O L J V U N sigma phi varphi Phi psi Psi Gamma ell pi zeta T k K c"
)
"""Letters that, followed by a parenthesis, are functions by convention ..."""

MULTIPLIED_GREEK = GREEK - _words("sigma phi varphi Phi psi Psi Gamma Sigma Lambda Theta pi zeta")
"""... and Greek letters that are numbers."""

CATALOGUED_WORDS = _words(
    "pos PE softmax argmax argmin clip otherwise rank sigmoid tanh relu ReLU MSE count Attention "
    "exp log min max sin cos var Var Cov KL ELU GELU SiLU mean ln tan cot sec csc sinh cosh lim det "
    "arcsin arccos arctan erf vec diag cov std abs cdf pdf pmf src dst nobs resid coef degree params kernel "
    "target input output sample samples noise scale shape weight weights edge null alternative loc dist "
    "alpha beta gamma delta theta sigma lambda omega epsilon"
)
"""Words that are read as one name even when typed without ``\\text`` (``softmax(x)``)."""

LABEL_WORDS = _words(
    "in ff min max old new ref pos neg sim opt out eff hid xh hh hq key tot adv ctx fan ave avg "
    "def ext req acc dim lin model head heads data warmup train test val high low init reg emb "
    "attn layer layers true pred real fake clip enc dec gen prior post total loss"
)
INDEX_LETTERS = frozenset("ijklmnabcstuvpqrhwdxyzfe")

PROSE_WORDS = _words(
    "if otherwise where and or for when with as else is are iff subject such that let then so by "
    "since because of on the any all some each not from to s.t i.i.d iid a.s w.p i.e e.g wlog "
    "w.r.t provided given only every both we has have a an in s.t. i.e. e.g. at per unless"
)
UPRIGHT_PROSE = _words("if otherwise where and or for when else iff")
"""What ``\\mathrm`` sets as words of a sentence; the others in it are names."""
CONDITION_WORDS = _words("if for when where with whenever unless provided given s.t. s.t subject forall") | {
    "for all", "such that", "subject to", "if and only if", "for any", "for each", "for every", "for some",
}  # fmt: skip
