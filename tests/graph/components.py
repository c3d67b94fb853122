"""Collections as data: what the flows of these tests connect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from wasmflow.collections.core.collection import CoreCollection
from wasmflow.component import Definition, Port, Signature
from wasmflow.graph.build import Graphs, Namespace, build_graphs
from wasmflow.graph.graph import Graph
from wasmflow.manifest.load import parse_manifest
from wasmflow.manifest.model import Manifest
from wasmflow.types.grammar import parse_type
from wasmflow.types.json import loads

_LINE = re.compile(r"(?P<name>\S+)\((?P<inputs>[^()]*)\)(?: -> (?P<outputs>.+))?")
_PORT = re.compile(
    r"(?P<name>[\w-]+)(?P<optional>\??): "
    r"(?:stream(?P<step>\d?)<(?P<element>.+)>|(?P<type>.+?))(?: = (?P<default>.+))?"
)


def signature(text: str) -> Signature:
    """``name(a: type; b?: type = json) -> type``, or ``-> (a: type; b: type)``.

    A stream of step 0 is written ``stream<type>``, one of step 1 ``stream1<type>``.
    """
    match = _LINE.fullmatch(text.strip())
    assert match, text
    outputs = match["outputs"] or "()"
    if not outputs.startswith("("):
        outputs = f"(output: {outputs})"
    return Signature(match["name"], _ports(match["inputs"]), _ports(outputs[1:-1]))


def _ports(text: str) -> tuple[Port, ...]:
    return tuple(_port(each.strip()) for each in text.split(";") if each.strip())


def _port(text: str) -> Port:
    match = _PORT.fullmatch(text)
    assert match, text
    default = {"default": loads(match["default"])} if match["default"] else {}
    type_ = parse_type(match["element"] or match["type"])
    step = int(match["step"] or 0) if match["element"] else None
    return Port(match["name"], type_, bool(match["optional"]), step, **default)


def definitions(text: str) -> dict[str, Definition]:
    found = [signature(line) for line in text.strip().splitlines()]
    return {each.name: each for each in found}


PERSON = "record { first-name: string, age: u32 }"

TEXT = Namespace(
    definitions(f"""
        concat(left: string; right: string) -> string
        greet(name: string; salutation?: string = "Hello") -> string
        upper(text: string) -> string
        length(text: string) -> u32
        find(id: u32) -> {PERSON}
        name-badge(first-name: string; age: u32) -> string
        classify(text: string) -> variant {{ prose(string), table(list<string>), empty }}
        split(text: string) -> (head: string; tail: string)
        words(text: string) -> list<string>
        maybe(text?: string; limit?: u32) -> string
        options(first?: string; second?: string) -> string
        now() -> u64
        store(key: string; value: any)
        level(of: enum {{ low, high }}) -> string
        chunk(bytes: list<u8>) -> list<u8>
        """),
    {"hash": "it wants a resource handle"},
)
#: Of every shape that a streaming component may have.
STREAMS = Namespace(
    definitions("""
        trim(line: stream<string>) -> stream<string>
        lines(text: stream<string>) -> stream1<string>
        label(line: stream<string>; number?: stream<u32>; prefix?: string) -> stream<string>
        scale(number: stream<u32>; by: u32) -> stream<u32>
        sum(number: stream<u32>) -> u32
        show(line: stream<string>)
        numbers(from: u32; to?: u32) -> stream<u32>
        each(items: list<string>) -> stream<string>
        pair(left: stream<string>; right: stream1<string>) -> stream2<string>
        source(text: string) -> stream<string>
        last(line: stream<string>) -> string
        parts(text: stream<string>) -> (line: stream<string>; word: stream1<string>; count: u32)
        both(text: string) -> (line: stream<string>; count: u32)
        """)
)


def namespaces() -> Mapping[str, Namespace | None]:
    core = CoreCollection()
    return {
        "core": Namespace(core.definitions, core.refused),
        "text": TEXT,
        "streams": STREAMS,
        "broken": None,
    }


def manifest(source: str, name: str = "flow.yaml") -> Manifest:
    return parse_manifest(source.encode(), Path(name), {})


def graphs(source: str) -> Graphs:
    """The graphs of a manifest that is given as the block under `components`."""
    lines = "".join(f"  {line}\n" for line in source.strip("\n").splitlines())
    read = manifest(f"version: 1\ncomponents:\n{lines}")
    assert [str(problem) for problem in read.problems] == []
    return build_graphs(read, namespaces())


def flow(lines: str, **blocks: str) -> Graphs:
    """The graphs of a manifest with one flow, called `flow`, of these connections."""
    source = ["flow:"]
    for key, block in blocks.items():
        source += [f"  {key}:", *(f"    {line.strip()}" for line in block.strip().splitlines())]
    source += ["  flow:", *(f"    - {line.strip()}" for line in lines.strip().splitlines())]
    return graphs("\n".join(source))


def connections(lines: str, **blocks: str) -> list[str]:
    """The connections of a flow without problems, each with both its ports."""
    built = flow(lines, **blocks)
    assert [str(problem) for problem in built.problems] == []
    return [each.label for each in built.graph("flow").connections]


def graph(lines: str, **blocks: str) -> Graph:
    built = flow(lines, **blocks)
    assert [str(problem) for problem in built.problems] == []
    return built.graph("flow")


def messages(lines: str, **blocks: str) -> list[str]:
    """What is wrong with a flow, without places and hints."""
    return [problem.message for problem in flow(lines, **blocks).problems]
