"""The rows of the tables, in their order."""

from __future__ import annotations

from bench import calls, streams
from bench.course import Row
from bench.peers.rows import peer_rows
from bench.stopping import stop
from bench.telemetry import telemetry_rows

ROWS = (
    Row("fresh store + call + drop", 20, calls.fresh_call),
    Row("warm call, two strings", 4, calls.warm_call),
    Row("one more node in a value flow", 5, calls.added_node),
    Row("list<u8> of 1 MiB into a guest", 15_000, calls.megabyte_in),
    Row("one more node in a stream, per packet", 3, streams.added_stream_node),
    *streams.chain_rows(),
    Row("a guest that never ends, stopped", None, stop),
    *telemetry_rows(),
    Row("wasmflow --help", 120_000, calls.help_start),
    Row("wasmflow invoke of cached code", 300_000, calls.invoke_start),
)

#: What needs Node.js, and the network once.
PEER_ROWS = tuple(peer_rows())
