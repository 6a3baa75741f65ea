"""Pictures: a derivation as it is shown to people."""
