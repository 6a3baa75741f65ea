"""`python -m chainrule` is the command `chainrule`."""

from .cli import main

main()
