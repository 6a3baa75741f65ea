"""LaTeX as people write it in papers, to the tokens of the text language. `read.latex_tokens` is the way in."""

from .read import called, is_latex, latex_tokens

__all__ = ["called", "is_latex", "latex_tokens"]
