"""Calls on values: what one costs, beside the floor, the binding and Extism; and what starting costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from bench.course import ADDED_NODES, Course
from bench.floor import Floor
from bench.measure import Contestant, Figure, race, repeat
from bench.ours import hosted, started
from bench.peers.python import Binding, Extism
from wasmflow.host.host import Host
from wasmflow.types import model as wit

CONCAT = {"left": "hello ", "right": "world"}
MEGABYTE = bytes(range(256)) * 4096


def fresh_call(course: Course) -> list[Figure]:
    """A transaction of its own: a store that nobody has touched, one call, and away with it."""

    async def invoke(host: Host) -> object:
        return await host.invoke("concat", CONCAT)

    return race(
        course.effort,
        [
            Contestant("ours", hosted(course.component, invoke), 3000),
            Contestant("floor", repeat(_concat().fresh()), 3000),
            Contestant("binding", repeat(Binding().fresh("concat", *CONCAT.values())), 3000),
            Contestant("extism", repeat(Extism().fresh("concat", b"hello \0world")), 300),
        ],
    )


def warm_call(course: Course) -> list[Figure]:
    """One more call in the store that its transaction has already."""
    return race(
        course.effort,
        [
            Contestant("ours", started(course.component, "concat", tuple(CONCAT.values())), 10000),
            Contestant("floor", repeat(_concat().warm()), 10000),
            Contestant("binding", repeat(Binding().warm("concat", *CONCAT.values())), 5000),
            Contestant("extism", repeat(Extism().warm("concat", b"hello \0world")), 3000),
        ],
    )


def added_node(course: Course) -> list[Figure]:
    """One more node in a flow: the difference between a flow of one and a flow of eleven."""
    inputs = tuple(CONCAT.values())
    one, many = race(
        course.effort,
        [
            Contestant("one", started(course.flow, "one", inputs), 3000),
            Contestant("many", started(course.flow, "many", inputs), 3000),
        ],
    )
    difference = (many.best - one.best) / ADDED_NODES
    warm = Binding().warm("concat", *CONCAT.values())
    others = race(
        course.effort,
        [
            Contestant("floor", repeat(_concat().warm()), 10000),
            Contestant("binding", repeat(warm), 5000),
            Contestant("extism", repeat(Extism().warm("concat", b"hello \0world")), 3000),
        ],
    )
    ours = Figure("ours", difference, 1.0)
    return [ours, *(Figure(f.name, f.best, f.best / difference) for f in others)]


def megabyte_in(course: Course) -> list[Figure]:
    """A list<u8> of 1 MiB into a guest that adds it up."""

    async def invoke(host: Host) -> object:
        return await host.invoke("sum", {"data": MEGABYTE})

    return race(
        course.effort,
        [
            Contestant("ours", hosted(course.component, invoke), 10),
            Contestant("floor", repeat(Floor("sum", (wit.List(wit.U8),), MEGABYTE).warm()), 10),
            Contestant("binding", repeat(Binding().warm("sum", MEGABYTE)), 1),
            Contestant("extism", repeat(Extism().warm("sum", MEGABYTE)), 20),
        ],
    )


def help_start(course: Course) -> list[Figure]:
    """`wasmflow --help`, beside an interpreter that does nothing."""
    return race(
        course.effort,
        [
            Contestant("ours", repeat(_process("-m", "wasmflow", "--help")), 3),
            Contestant("python", repeat(_process("-c", "pass")), 3),
        ],
    )


def invoke_start(course: Course) -> list[Figure]:
    """`wasmflow invoke` of compiled code, beside an interpreter that imports the binding."""
    command = (
        "-m",
        "wasmflow",
        "invoke",
        course.component,
        "concat",
        "--",
        "--left=a",
        "--right=b",
    )
    return race(
        course.effort,
        [
            Contestant("ours", repeat(_process(*command)), 3),
            Contestant("python", repeat(_process("-c", "pass")), 3),
            Contestant("binding", repeat(_process("-c", "import wasmtime.component")), 3),
        ],
    )


def _concat() -> Floor:
    return Floor("concat", (wit.STRING, wit.STRING), *CONCAT.values())


def _process(*arguments: str) -> Callable[[], object]:
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, check=True, capture_output=True, env=os.environ)
