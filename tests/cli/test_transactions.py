"""What comes out of a stream is put out, and what failed is told with its line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tests.fakes import Draft, error, exception, fake, transaction, transducer
from wasmflow.cli.outlet import outlet
from wasmflow.cli.printing import json_form
from wasmflow.cli.transactions import put_out
from wasmflow.cli.watch import Counts
from wasmflow.codec.failures import Places, Telling, Where
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.engine.intake import Element
from wasmflow.engine.streams import StreamProgram
from wasmflow.errors import WasmflowError
from wasmflow.host.stream import Stream
from wasmflow.packet import EMPTY

Told = list[tuple[int | None, str]]


def told_of(flow: StreamProgram, elements: int) -> Told:
    """What is told of a flow whose outputs are in step with so many elements, with the lines."""
    told: Told = []
    places = Places("line")

    def tell(where: Where | None, error: WasmflowError) -> None:
        told.append((where and where.number, str(error)))

    async def feed() -> AsyncIterator[list[Element]]:
        for element in range(elements):
            places.give([element + 1])
            yield [(element,)]

    async def main() -> None:
        running = StreamTransaction(flow, [EMPTY], [Feed((0,), feed())], transaction())
        stream = Stream(running, flow.signature, lambda _: asyncio.sleep(0), lambda _: None)
        known = {port.name: places for port in flow.signature.outputs}
        async with outlet(lambda _content: None) as out:
            form = json_form(flow.signature)
            await put_out(stream, form, out, Counts(), Telling(tell), known)

    asyncio.run(main())
    return told


def test_the_end_of_a_port_is_no_packet_of_a_line() -> None:
    breaks = transducer(lambda item: error("broke") if item == 1 else item)
    refuses = fake(lambda item: exception(f"no {item}") if item > 2 else item)
    flow = Draft("items*").node("t", breaks, input="<>.items")
    flow.node("d", refuses, input="<>.items")
    assert told_of(flow.streams(a="t.output", b="d.output"), 5) == [
        (2, "error at t: broke"),
        (4, "exception at d: no 3"),
        (5, "exception at d: no 4"),
    ]


def test_what_fails_at_the_end_is_of_no_line() -> None:
    last = transducer(lambda item: item, rest=lambda: exception("the end is wrong"))
    flow = Draft("items*").node("t", last, input="<>.items").streams(a="t.output")
    assert told_of(flow, 3) == [(None, "exception at t: the end is wrong")]
