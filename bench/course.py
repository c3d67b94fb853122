"""What a row of the table is, and what every row is given: the files to open, and how long to take."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import wasmtime

from bench.measure import Effort, Figure

WAT: Final = Path(__file__).parent / "wat"
#: Nodes that `one more node` is measured over.
ADDED_NODES: Final = 10
#: Lengths of the chains that packets are sent through.
CHAINS: Final = (1, 3, 10)


@dataclass(frozen=True, slots=True)
class Course:
    """The files that the measurements open, and how thoroughly to measure."""

    effort: Effort
    #: The tiny component; a manifest with flows on values of it; one with chains, most on streams.
    component: str
    flow: str
    chains: str


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of the table."""

    name: str
    #: What it is to reach, in microseconds, on the machine that the design was measured on.
    target: float | None
    measure: Callable[[Course], list[Figure]]


@contextmanager
def lay_out(effort: Effort) -> Iterator[Course]:
    """The components and manifests, in a folder of their own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("text", "stream"):
            code = wasmtime.wat2wasm((WAT / f"{part}.wat").read_text())
            (folder / f"{part}.wasm").write_bytes(code)
        # JSON is YAML.
        (folder / "flow.yaml").write_text(json.dumps(_manifest(_flows())))
        (folder / "chains.yaml").write_text(json.dumps(_manifest(_chains())))
        yield Course(effort, *(str(folder / n) for n in ("text.wasm", "flow.yaml", "chains.yaml")))


def _manifest(components: dict[str, Any]) -> dict[str, Any]:
    external = {"text": "./text.wasm", "stream": "./stream.wasm"}
    return {"version": 1, "external": external, "components": components}


def _flows() -> dict[str, Any]:
    """A flow of one node, and one with more nodes in a row, whose inputs are both values."""
    return {"one": _joins(1), "many": _joins(1 + ADDED_NODES)}


def _joins(nodes: int) -> dict[str, Any]:
    made = _chain(nodes, {"id": "text::concat"}, "left")
    made["flow"] += [f"<>.right -> n{i}.right" for i in range(nodes)]
    return made


#: How a node of a chain is made, by the name of the chain; and the input that packets go to.
_NODES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "values": ({"id": "text::concat", "with": {"right": "!"}}, "left"),
    "lifted": ({"id": "text::concat", "with": {"right": "!"}}, "left"),
    "push": ({"id": "stream::append", "with": {"right": "!"}}, "left"),
    "push-many": ({"id": "stream::append-many", "with": {"right": "!"}}, "left"),
    "core": ({"id": "core::take", "with": {"count": 2**31}}, "input"),
    "spin": ({"id": "stream::spin"}, "left"),
}


#: A chain of nodes of three kinds, one after the other.
MIXED: Final = "mixed"


def _chains() -> dict[str, Any]:
    chains = {
        f"{name}-{nodes}": {
            "inputs": {port: {"type": "string" if name == "values" else "stream<string>"}},
            **_chain(nodes, node, port),
        }
        for name, (node, port) in _NODES.items()
        for nodes in (*CHAINS, 1 + ADDED_NODES)
    }
    return chains | {MIXED: _mixed()}


def _mixed() -> dict[str, Any]:
    kinds = ("push-many", "core", "push")
    return {
        "inputs": {"left": {"type": "stream<string>"}},
        "instances": {kind: _NODES[kind][0] for kind in kinds},
        "flow": ["<>.left -> push-many.left", "push-many -> core -> push", "push -> <>"],
    }


def _chain(nodes: int, node: dict[str, Any], port: str) -> dict[str, Any]:
    """So many such nodes, the output of each to that input of the next."""
    between = [f"n{i}.output -> n{i + 1}.{port}" for i in range(nodes - 1)]
    return {
        "instances": {f"n{i}": node for i in range(nodes)},
        "flow": [f"<>.{port} -> n0.{port}", *between, f"n{nodes - 1}.output -> <>"],
    }
