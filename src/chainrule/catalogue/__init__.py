"""A table of derivative identities. Only left-hand sides are stored; the engine derives and verifies the rest."""

from .find import Found, identity
from .table import Identities, Identity, groups, identities

__all__ = ["Found", "Identities", "Identity", "groups", "identities", "identity"]
