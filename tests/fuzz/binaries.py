"""Component binaries that a stranger made: what they say of themselves, and what they do when called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from wasmtime import WasmtimeError, wat2wasm
from wasmtime.component import Component

from tests.assembled import assemble, function, interface
from tests.collections.wasm.guests import WAT, Guest, settled
from tests.fuzz.told import check_told
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.collection import WasmCollection, collect
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.section import Metadata, append_section, artifact_kind, read_metadata
from wasmflow.component import Port, Signature
from wasmflow.errors import ProblemsError
from wasmflow.limits import MIB, Limits
from wasmflow.packet import EMPTY, Failure
from wasmflow.types import model as wit
from wasmflow.types.python import accepter
from wasmflow.types.samples import sample

_POINT: Final = wit.Record((wit.Part("x", wit.F32), wit.Part("y", wit.Option(wit.CHAR))), "point")
_COLOUR: Final = wit.Variant((wit.Part("red", None), wit.Part("own", wit.BYTES)), "colour")
_BINARIES: Final = (
    assemble(
        interface(
            function("f", wit.Result(wit.Option(_POINT), wit.STRING), a=wit.List(_COLOUR)),
            function("g", wit.ANY, a=wit.Flags(("b", "c"), "bits"), d=wit.Tuple((wit.U64,))),
        )
    ),
    *(bytes(wat2wasm(path.read_text())) for path in sorted(WAT.glob("*.wat"))),
)
SEEDS: Final = {"component": _BINARIES, "section": _BINARIES}
_LIMITS: Final = Limits(memory=4 * MIB, call_seconds=0.2, log_bytes=1000)
_NOTES: Final = Metadata(description="Says hello.", language="python")


def check_section(binary: bytes) -> None:
    """What a binary says of itself is read or ignored, and ours can be put at its end."""
    artifact_kind(binary)
    for each in (binary, append_section(binary, _NOTES)):
        _, problems = read_metadata(each)
        check_told(problems)


def check_component(binary: bytes) -> None:
    """Problems, or a world, and components each of which has an outcome when it is called."""
    runtime = process_runtime()
    try:
        component = Component(runtime.engine.wasmtime, binary)
    except WasmtimeError:
        return
    try:
        collection = collect(Binary("guest.wasm", binary, ""), Loaded(component), runtime, _LIMITS)
    except ProblemsError as error:
        check_told(error.problems)
        return
    try:
        if collection.about.wit is not None:
            assert collection.about.wit()
        asyncio.run(_check_calls(collection))
    finally:
        collection.close()


async def _check_calls(collection: WasmCollection) -> None:
    guest = Guest(collection)
    for name, signature in collection.definitions.items():
        if any(port.stream for port in (*signature.inputs, *signature.outputs)):
            await _check_session(guest, name, signature)
        else:
            outcome = await guest.call(name, *_samples(signature.inputs))
            check_sent(outcome, signature.outputs)
    collection.release(guest.transaction)


def _samples(ports: Sequence[Port]) -> list[Any]:
    return [sample(port.type or wit.ANY) for port in ports]


async def _check_session(guest: Guest, name: str, signature: Signature) -> None:
    """A streaming component is given an element and its end, or is asked for two."""
    values, streams = _parted(signature.inputs)
    session = await guest.try_open(name, *_samples(values))
    if isinstance(session, Failure):
        return
    element = tuple(_samples(streams))
    steps: list[Callable[[], Any]] = [session.pull, session.pull]
    if streams:
        steps = [lambda: session.push([element]), session.finish]
    for step in steps:
        emission = await settled(step())
        if isinstance(emission, Failure):
            break
        for each in emission:
            check_sent((each,), signature.outputs)
    session.close()


def _parted(ports: Sequence[Port]) -> tuple[list[Port], list[Port]]:
    """The ports that take values, and those that take streams."""
    return [port for port in ports if not port.stream], [port for port in ports if port.stream]


def check_sent(sent: Any, ports: Sequence[Port]) -> None:
    """An outcome is a failure, or has on each port a value of its type, or nothing."""
    if isinstance(sent, Failure):
        assert sent.message
        return
    assert len(sent) == len(ports)
    for each, port in zip(sent, ports, strict=True):
        if isinstance(each, Failure):
            assert each.message
        elif each is not EMPTY:
            accepter(port.type)(each)
