"""Functions of more rows than fit: read in blocks on one machine (`stream`), spread over the devices of many (`shard`).

`roles` says what each value of a program does with the rows, `split` cuts the program into passes over them.
`streaming` runs the passes block by block (as functions of `block_text`), `sharding` on all devices at once
(`device_text`); `collectives` counts what these tell one another.
"""

from __future__ import annotations

from .collectives import Communication, communication
from .sharding import Sharded, shard
from .streaming import Streamed, stream

__all__ = ["Communication", "Sharded", "Streamed", "communication", "shard", "stream"]
