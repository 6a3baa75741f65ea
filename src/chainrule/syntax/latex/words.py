r"""The commands of LaTeX by what they do to a formula: typefaces, accents, spaces, brackets; what is refused."""

from __future__ import annotations

from ...core.greek import GREEK_WORDS

# Typefaces that say nothing; the letters of \mathrm and the like make one word.
TRANSPARENT = frozenset(
    """mathbf boldsymbol bm pmb mathcal mathscr mathfrak vec mathit mathnormal mathop mathord mathrel ensuremath bf it
    cal underbrace overbrace boxed mathstrut mathbin mathbfit symbf symbfit vb""".split()
)
BOLD = frozenset("mathbf boldsymbol bm pmb vec bf mathbfit symbf symbfit vb".split())
CURLY = frozenset("mathcal mathscr mathfrak cal".split())
UPRIGHT = frozenset(
    "mathrm operatorname mathsf mathtt textrm textsf texttt textup textbf textit rm mathup symrm".split()
)
WORDS = frozenset("text mbox intertext textnormal hbox".split())
BLACKBOARD = frozenset("mathbb mathbbm mathds mathbbold Bbb".split())
ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar",
    "check": "check", "breve": "breve", "dot": "dot", "ddot": "ddot", "underline": "under",
}  # fmt: skip
SPACES = frozenset(
    """quad qquad thinspace medspace thickspace enspace negthinspace displaystyle textstyle scriptstyle limits nolimits
    nonumber notag allowbreak strut mathstrut hfill noindent centering relax left right middle bigl bigr Bigl Bigr
    biggl biggr Biggl Biggr big Big bigg Bigg bigm Bigm biggm Biggm""".split()
)
OPENING = frozenset("left bigl Bigl biggl Biggl".split())
CLOSING = frozenset("right bigr Bigr biggr Biggr".split())
SKIPPED = frozenset("label tag hspace vspace phantom hphantom vphantom color textcolor eqref ref cite footnote".split())
FRACTIONS = frozenset("frac dfrac tfrac cfrac nicefrac sfrac".split())
LINES = frozenset(
    """aligned align align* split gather gather* gathered equation equation* multline multline* eqnarray eqnarray*
    alignat alignat* array displaymath math""".split()
)
CASES = frozenset("cases dcases rcases".split())
MATRICES = frozenset("matrix pmatrix bmatrix vmatrix Vmatrix Bmatrix smallmatrix".split())
IGNORED_WORDS = frozenset(("if", "for", "when", "where", "otherwise", "else", "otherwise.", "if and only if"))

OPERATORS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "odot": ".*", "circ": ".*", "oslash": "./", "otimes": "kron",
    "top": "⊤", "intercal": "⊤", "sum": "∑", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=",
    "geqslant": ">=", "ne": "!=", "neq": "!=", "lt": "<", "gt": ">", "prime": "'", "langle": "⟨", "rangle": "⟩",
    "lVert": "‖", "rVert": "‖", "Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
    "lbrace": "(", "rbrace": ")", "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "slash": "/",
    "coloneqq": "=", "triangleq": "=", "equiv": "=", "doteq": "=", "gets": "=", "leftarrow": "=", "colonequals": "=",
    "eqdef": "=", "colon": ":", "factorial": "!",
}  # fmt: skip
LETTERS = {
    **{word: word for word in GREEK_WORDS if word != "lam"}, "lambda": "lam", "varepsilon": "epsilon", "varphi": "phi",
    "vartheta": "theta", "varrho": "rho", "varsigma": "sigma", "varpi": "pi", "ell": "l",
    "infty": "inf", "imath": "i", "jmath": "j",
    "varGamma": "Gamma", "varSigma": "Sigma", "varTheta": "Theta", "varLambda": "Lambda", "varPhi": "Phi",
    "varOmega": "Omega",
}  # fmt: skip
FUNCTIONS = {
    **{w: w for w in "ln log exp sin cos tan sinh cosh tanh arcsin arccos arctan arctanh cot sec csc coth".split()},
    **{w: w for w in "det max min tr diag sign sgn logdet erf softmax arg argmin argmax".split()},
    "trace": "tr", "Tr": "tr",
}  # fmt: skip
_ALONE = "a function of variables alone"
_DECLARE = "say what a variable is by a declaration: x: n positive"
_INTEGRAL = ("integrals are not available", _ALONE, "write the integrated function, or a sum over samples")
_DERIVATIVE = ("derivatives are not read", "the function alone; the variable is named apart", None)
_DOTS = ("dots do not say what they stand for", "every entry, or a sum over an index", r"\sum_{i=1}^n …")
_ARROW = ("an arrow is no operator", "the function alone, or f(x) = …", None)
_SETS = ("sets are not read", "an expression", None)
_ROUNDING = ("rounding is not available", "a function that has a derivative here", None)
REFUSED = {  # command → (problem, expected, fix)
    **dict.fromkeys(("int", "iint", "oint"), _INTEGRAL),
    **dict.fromkeys(("partial", "nabla"), _DERIVATIVE),
    **dict.fromkeys(("ldots", "cdots", "dots"), _DOTS),
    **dict.fromkeys(("to", "mapsto", "rightarrow"), _ARROW),
    **dict.fromkeys(("cup", "cap", "subset"), _SETS),
    **dict.fromkeys(("lfloor", "lceil"), _ROUNDING),
    "prod": (
        "explicit products are not available", r"\sum_i …",
        r"\exp\left(\sum_i \log(…)\right) where the factors are positive",
    ),
    "lim": ("limits are not available", _ALONE, None),
    "sup": ("a supremum is not available", r"\max over finitely many", r"\max_i …"),
    "inf": ("an infimum is not available", r"\min over finitely many", r"\min_i …"),
    "in": ("membership is not read", "the function alone", _DECLARE),
    "forall": ("conditions on variables are not read", "the function alone", _DECLARE),
    "sim": (r"`\sim` says how a variable is distributed, and not what a function is", "the function alone", None),
    "approx": ("an approximation is no definition", "`=`", None),
    "propto": (r"`\propto` leaves a factor open", "`=`, with all factors", None),
    "pm": (r"`\pm` stands for two functions", "+ or -", None),
    "mp": (r"`\mp` stands for two functions", "+ or -", None),
    "oplus": (r"`\oplus` is not known here", r"an operator such as + or \odot", None),
    "binom": ("binomial coefficients are not available", "an expression", None),
    "substack": ("conditions on several lines are not read", r"one relation, such as \sum_{i < j}", None),
    "setminus": ("sets are not read", r"\sum_{j \neq i}", None),
    "Pr": ("probabilities are not available", "the density written out", None),
}  # fmt: skip
SETS = {  # letters that are set as \mathbb
    "E": ("expectations are not available", _ALONE, r"\frac{1}{n} \sum_{i=1}^n … is the mean over samples"),
    "V": (
        "variances of random variables are not available", _ALONE,
        r"\operatorname{var}(x) is that of the entries of x",
    ),
    "P": ("probabilities are not available", "the density written out", None),
}  # fmt: skip


def known_commands() -> list[str]:
    """Every command that is understood, for `did you mean`."""
    every = (
        TRANSPARENT,
        UPRIGHT,
        WORDS,
        BLACKBOARD,
        ACCENTS,
        SPACES,
        SKIPPED,
        FRACTIONS,
        OPERATORS,
        LETTERS,
        FUNCTIONS,
        REFUSED,
    )
    return sorted({w for words in every for w in words if w.isalpha() and len(w) > 1} | {"sqrt", "begin", "end", "not"})
