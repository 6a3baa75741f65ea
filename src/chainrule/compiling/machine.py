"""What planners take for granted of a machine, so that a function gives the same program everywhere.

Measured with NumPy 2.4 on one thread of a Zen-4 server core with 1 MiB of second-level and 32 MiB of shared cache.
"""

from __future__ import annotations

OVERHEAD = 500.0  # nanoseconds of an array operation before its first entry; each entry of a pass takes about one more
BEYOND = 2.0**18  # entries of an array that leaves the cache of a core between two passes: 2 MiB
FAR = 3e6  # entries of an array that leaves every cache: 24 MB
