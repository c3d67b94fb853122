"""The rows of the table: what is measured, and who does it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import wasmtime

from bench.floor import TEXT, Floor
from bench.measure import Contestant, Figure, race, repeat, repeat_async
from bench.peers import Binding, Extism
from wasmflow.component import Call, Component, Use
from wasmflow.host.host import USUAL, Host, open_host
from wasmflow.types import model as wit

CONCAT = {"left": "hello ", "right": "world"}
MEGABYTE = bytes(range(256)) * 4096
ADDED_NODES = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line of DESIGN's table."""

    name: str
    #: What it is to reach, in microseconds, on the machine that the design was measured on.
    target: float | None
    measure: Callable[[Artifacts], list[Figure]]


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The files that the measurements open."""

    component: str
    flow: str


@contextmanager
def artifacts() -> Iterator[Artifacts]:
    """The tiny component and flows of it, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        component, flow = Path(folder) / "text.wasm", Path(folder) / "flow.yaml"
        component.write_bytes(wasmtime.wat2wasm(TEXT.read_text()))
        flow.write_text(_flows())
        yield Artifacts(str(component), str(flow))


def _flows() -> str:
    """A flow of one node, and one with more nodes in a row."""
    head = "version: 1\nexternal: { text: ./text.wasm }\ncomponents:\n"
    return head + _flow("one", 1) + _flow("many", 1 + ADDED_NODES)


def _flow(name: str, nodes: int) -> str:
    lines = [
        f"<>.left -> text::concat[n{i}].left" if i == 0 else f"n{i - 1} -> n{i}.left"
        for i in range(nodes)
    ]
    named = [f"<>.right -> n{i}.right" for i in range(nodes)]
    declared = "".join(f"      n{i}: text::concat\n" for i in range(1, nodes))
    flow = "".join(f"      - {line}\n" for line in (*lines, *named, f"n{nodes - 1} -> <>"))
    instances = f"    instances:\n{declared}" if declared else ""
    return f"  {name}:\n{instances}    flow:\n{flow}"


def fresh_call(at: Artifacts) -> list[Figure]:
    """A transaction of its own: a store that nobody has touched, one call, and away with it."""

    async def invoke(host: Host) -> object:
        return await host.invoke("concat", CONCAT)

    return race(
        [
            Contestant("ours", _hosted(at.component, invoke), 3000),
            Contestant("floor", repeat(_concat().fresh()), 3000),
            Contestant("binding", repeat(Binding().fresh("concat", *CONCAT.values())), 3000),
            Contestant("extism", repeat(Extism().fresh("concat", b"hello \0world")), 300),
        ]
    )


def warm_call(at: Artifacts) -> list[Figure]:
    """One more call in the store that its transaction has already."""
    return race(
        [
            Contestant("ours", _started(at.component, "concat", tuple(CONCAT.values())), 10000),
            Contestant("floor", repeat(_concat().warm()), 10000),
            Contestant("binding", repeat(Binding().warm("concat", *CONCAT.values())), 5000),
            Contestant("extism", repeat(Extism().warm("concat", b"hello \0world")), 3000),
        ]
    )


def added_node(at: Artifacts) -> list[Figure]:
    """One more node in a flow: the difference between a flow of one and a flow of eleven."""
    inputs = tuple(CONCAT.values())
    one, many = race(
        [
            Contestant("one", _started(at.flow, "one", inputs), 3000),
            Contestant("many", _started(at.flow, "many", inputs), 3000),
        ]
    )
    difference = (many.best - one.best) / ADDED_NODES
    warm = Binding().warm("concat", *CONCAT.values())
    others = race(
        [
            Contestant("floor", repeat(_concat().warm()), 10000),
            Contestant("binding", repeat(warm), 5000),
            Contestant("extism", repeat(Extism().warm("concat", b"hello \0world")), 3000),
        ]
    )
    ours = Figure("ours", difference, 1.0)
    return [ours, *(Figure(f.name, f.best, f.best / difference) for f in others)]


def megabyte_in(at: Artifacts) -> list[Figure]:
    """A list<u8> of 1 MiB into a guest that adds it up."""

    async def invoke(host: Host) -> object:
        return await host.invoke("sum", {"data": MEGABYTE})

    return race(
        [
            Contestant("ours", _hosted(at.component, invoke), 10),
            Contestant("floor", repeat(Floor("sum", (wit.List(wit.U8),), MEGABYTE).warm()), 10),
            Contestant("binding", repeat(Binding().warm("sum", MEGABYTE)), 1),
            Contestant("extism", repeat(Extism().warm("sum", MEGABYTE)), 20),
        ]
    )


def help_start(_at: Artifacts) -> list[Figure]:
    """`wasmflow --help`, beside an interpreter that does nothing."""
    return race(
        [
            Contestant("ours", repeat(_process("-m", "wasmflow", "--help")), 3),
            Contestant("python", repeat(_process("-c", "pass")), 3),
        ]
    )


def invoke_start(at: Artifacts) -> list[Figure]:
    """`wasmflow invoke` of compiled code, beside an interpreter that imports the binding."""
    command = ("-m", "wasmflow", "invoke", at.component, "concat", "--", "--left=a", "--right=b")
    return race(
        [
            Contestant("ours", repeat(_process(*command)), 3),
            Contestant("python", repeat(_process("-c", "pass")), 3),
            Contestant("binding", repeat(_process("-c", "import wasmtime.component")), 3),
        ]
    )


ROWS = (
    Row("fresh store + call + drop", 20, fresh_call),
    Row("warm call, two strings", 4, warm_call),
    Row("one more node in a value flow", 5, added_node),
    Row("list<u8> of 1 MiB into a guest", 15_000, megabyte_in),
    Row("wasmflow --help", 120_000, help_start),
    Row("wasmflow invoke of cached code", 300_000, invoke_start),
)


def _concat() -> Floor:
    return Floor("concat", (wit.STRING, wit.STRING), *CONCAT.values())


def _process(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, capture_output=True, env=os.environ)


def _hosted(
    reference: str, call: Callable[[Host], Awaitable[object]]
) -> Callable[[int], Awaitable[None]]:
    """Work on a host that is opened before the first round and stays open."""
    opened: list[Host] = []

    async def work(times: int) -> None:
        if not opened:
            opened.append(await AsyncExitStack().enter_async_context(open_host(reference)))
        await repeat_async(lambda: call(opened[0]))(times)

    return work


def _started(
    reference: str, name: str, inputs: tuple[object, ...]
) -> Callable[[int], Awaitable[None]]:
    """`Component.start` within one transaction per round, so that stores are warm."""
    opened: list[tuple[Host, Component]] = []

    async def work(times: int) -> None:
        if not opened:
            host = await AsyncExitStack().enter_async_context(open_host(reference))
            component = cast(Component, host.collection.component(name, Use()))
            opened.append((host, component))
        host, component = opened[0]
        call = Call(host.transaction(USUAL))
        for _ in range(times):
            outcome: Any = component.start(inputs, call)
            if not isinstance(outcome, tuple):
                await asyncio.ensure_future(outcome)
        host.collection.release(call.transaction)

    return work
