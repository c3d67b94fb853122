from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from wasmtime import wat2wasm

from tests.assembled import Raw, assemble, function, interface, root
from tests.collections.wasm.guests import WAT, collection, transaction
from wasmflow.collections.opening import Opening
from wasmflow.collections.wasm.collection import WasmCollection, open_wasm
from wasmflow.collections.wasm.component import WasmComponent
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, append_section
from wasmflow.collections.wasm.session import WasmStreamer
from wasmflow.component import Call, Callee, Collection, Signature, Streamer, Use
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.grants import Grants
from wasmflow.limits import Limits
from wasmflow.manifest.model import External
from wasmflow.types import model as wit


async def nothing(*_: Any) -> Collection:
    raise AssertionError("an artifact opens nothing else")


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return tmp_path / "text.wasm"


@asynccontextmanager
async def opened(
    path: Path, content: bytes | None = None, **fields: Any
) -> AsyncIterator[WasmCollection]:
    """A file that was opened as an artifact, written first if it has content."""
    if content is not None:
        _write(path, content)
    opening = Opening(open=nothing, cache=path.parent / "cache", **fields)
    opened = await open_wasm(External("text", "wasm", str(path)), opening)
    try:
        yield opened
    finally:
        await opened.aclose()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def guest(name: str) -> bytes:
    return bytes(wat2wasm((WAT / f"{name}.wat").read_text()))


async def problems(path: Path, content: bytes) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        async with opened(path, content):
            pass
    assert all(problem.place.file == str(path) for problem in caught.value.problems)
    return [f"{problem.message}; {problem.hint}" for problem in caught.value.problems]


async def test_a_file_becomes_components_that_can_be_called(artifact: Path) -> None:
    async with opened(artifact, guest("counter")) as counter:
        component: Callee = counter.component("next", Use())
        assert isinstance(component, WasmComponent)
        assert component.signature.name == "next"
        own = transaction()
        outcome = component.start((), Call(own))
        assert (outcome if isinstance(outcome, tuple) else await outcome) == (1,)  # type: ignore[misc]
        counter.release(own)
        assert process_runtime().places.taken == 0


async def test_a_resource_becomes_a_streaming_component(artifact: Path) -> None:
    async with opened(artifact, guest("streams")) as streams:
        streamer: Callee = streams.component("adder", Use())
        assert streams.component("adder", Use()) is streamer
        assert isinstance(streamer, WasmStreamer)
        promised: Streamer = streamer
        assert promised.signature == streams.definitions["adder"]
        assert promised.signature.streaming
        assert not promised.batches


async def test_it_says_what_it_has_and_what_it_wants(artifact: Path) -> None:
    content = append_section(
        guest("sandbox"),
        Metadata(
            "Plays.", {"print": ComponentNotes("Prints.")}, language="wat", tool="hand", source="s"
        ),
    )
    async with opened(artifact, content, limits=Limits(memory=1 << 20, memories=2)) as sandbox:
        about = sandbox.about
        assert (about.kind, about.description) == ("wasm", "Plays.")
        assert about.facts["language"] == "wat"
        assert about.facts["memory"] == "1.0 MiB in each of at most 2 memories"
        assert "wasi:io/streams@0.2.0" in [wanted.name for wanted in about.imports]
        print_ = sandbox.definitions["print"]
        assert isinstance(print_, Signature)
        assert print_.description == "Prints."


async def test_it_can_write_its_world_even_after_it_was_closed(artifact: Path) -> None:
    content = append_section(guest("sandbox"), Metadata("Plays."))
    async with opened(artifact, content) as sandbox:
        write = sandbox.about.wit
    assert write is not None
    world = write()
    assert world.startswith("package root:component;\n\n/// Plays.\nworld root {\n")
    assert "    import wasi:io/streams@0.2.0;\n" in world
    assert "    export print: func(" in world


async def test_components_answer_to_every_spelling_of_their_names(artifact: Path) -> None:
    content = assemble(interface(function("shout_loud".replace("_", "-"), who=wit.STRING)))
    async with opened(artifact, content) as text:
        assert list(text.definitions) == ["shout-loud"]
        same = {
            id(text.component(name, Use()))
            for name in ("shout-loud", "shout_loud", "text.shout-loud", "demo:text/text.shout_loud")
        }
        assert len(same) == 1
        assert text.definitions["text.shout_loud"].name == "shout-loud"
        with pytest.raises(KeyError):
            text.component("whisper", Use())


async def test_what_cannot_run_is_listed_with_the_reason_and_never_called(artifact: Path) -> None:
    resource = '(type $r0 (resource (rep i32))) (export $r "r" (type $r0))'
    handle = Raw("g", '(param "x" (borrow $r))', "(param i32)")
    content = assemble(root(function("f"), handle, declare=resource))
    async with opened(artifact, content) as text:
        assert "resource handle" in text.refused["g"]
        assert list(text.definitions) == ["f"]
        with pytest.raises(KeyError):
            text.component("g", Use())


async def test_a_file_that_is_not_there_is_the_worlds_fault(artifact: Path) -> None:
    with pytest.raises(WorldError, match="No such file"):
        async with opened(artifact):
            pass


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\0asm\1\0\0\0", "core WebAssembly module"),
        (b"(component)", "WebAssembly text"),
        (b"#!/bin/sh\n", "not WebAssembly"),
        (b"\0asm\x0d\0\1\0" + b"\xff" * 40, "not a valid component"),
    ],
)
async def test_what_is_no_component_is_a_problem_with_advice(
    artifact: Path, content: bytes, said: str
) -> None:
    [problem] = await problems(artifact, content)
    assert said in problem
    assert not problem.endswith("; ")


async def test_a_truncated_component_is_a_problem(artifact: Path) -> None:
    whole = guest("counter")
    for size in (9, 40, len(whole) // 2, len(whole) - 3):
        assert await problems(artifact, whole[:size])


async def test_all_that_nobody_gives_is_reported_at_once(artifact: Path) -> None:
    wants = ("wasi:http/types@0.2.0", "my:own/thing", "wasi:cli/environment@0.3.0")
    imports = [f'(import "{name}" (instance (export "f" (func))))' for name in wants]
    found = await problems(artifact, assemble(*imports))
    assert [name in problem for name, problem in zip(sorted(wants), found, strict=True)]
    assert len(found) == 3


async def test_granted_variables_that_hold_no_text_are_named_before_anything_runs(
    artifact: Path,
) -> None:
    granted, values = Grants(env=frozenset("ABCD")), {"A": "\udcff", "B": "fine", "D": "\ud800"}
    with pytest.raises(WorldError, match="hold no text in UTF-8: 'A', 'D'; set"):
        async with opened(artifact, guest("counter"), granted=granted, environment=values):
            pass


async def test_wasi_of_another_shape_is_a_problem_before_the_first_call(artifact: Path) -> None:
    shape = '(instance (export "get-environment" (func (result u8))))'
    wants = f'(import "wasi:cli/environment@0.2.0" {shape})'
    [problem] = await problems(artifact, assemble(wants))
    assert "cannot be linked" in problem
    assert "get-environment" in problem


async def test_the_second_opening_takes_the_compiled_code_from_the_cache(artifact: Path) -> None:
    said: list[str] = []
    content = assemble(interface(function("only-in-this-test")))
    for _ in range(2):
        async with opened(artifact, content, progress=lambda what, _part: said.append(what)):
            pass
    assert len(set(said)) == 1


async def test_a_warning_fails_nothing(artifact: Path) -> None:
    custom = b"\x08wasmflow{"
    content = guest("counter") + b"\0" + bytes([len(custom)]) + custom
    async with opened(artifact, content) as counter:
        [warning] = counter.warnings
        assert warning.warning
        assert warning.place.file == str(artifact)


async def test_closing_twice_is_closing_once_and_calls_may_still_end(artifact: Path) -> None:
    broken = collection("broken", Limits(call_seconds=0.1))
    own = transaction()
    component = broken.component("spin", Use())
    assert isinstance(component, WasmComponent)
    spinning = component.start((), Call(own))
    await broken.aclose()
    await broken.aclose()
    assert isinstance(spinning, asyncio.Future)
    await spinning
    assert process_runtime().places.taken == 0
