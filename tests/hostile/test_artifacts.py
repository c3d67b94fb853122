"""Binaries that declare more than anybody needs: refused in words, or read as far as they make sense."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from wasmtime import WasmtimeError
from wasmtime.component import Component

from tests.assembled import Raw, assemble, function, interface, root
from tests.hostile.crowd import Crowd, crowd
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.collection import collect
from wasmflow.collections.wasm.compile import explain_invalid
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.errors import ProblemsError
from wasmflow.host.host import open_host
from wasmflow.host.settings import Settings
from wasmflow.limits import Limits
from wasmflow.types import model as wit


@dataclass(frozen=True)
class Oddity:
    """A component, and what is said of it: as a problem, a warning, or the reason why it cannot run."""

    name: str
    binary: bytes
    words: str

    def __str__(self) -> str:
        return self.name


def _doubling(levels: int) -> wit.Type:
    """A tuple of two tuples of two tuples …"""
    type_: wit.Type = wit.U8
    for _ in range(levels):
        type_ = wit.Tuple((type_, type_))
    return type_


def _doubling_text(levels: int) -> str:
    lines = "".join(f"(type $t{i + 1} (tuple $t{i} $t{i}))" for i in range(levels))
    return f"(type $t0 (tuple u8 u8)) {lines}"


def _exporting(type_: str, declare: str = "") -> bytes:
    """A component with a function of one parameter of this type, which is passed by its address."""
    raw = Raw("f", f'(param "x" {type_})', "(param i32)")
    return assemble(root(raw, declare=declare))


def _nested(levels: int) -> str:
    return "(list " * levels + "u8" + ")" * levels


def _section(number: int, content: bytes) -> bytes:
    size, encoded = len(content), bytearray()
    while size > 0x7F:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes((number, *encoded, size)) + content


def _custom(content: bytes) -> bytes:
    """A component with a section about itself."""
    return assemble(interface(function("f"))) + _section(0, b"\x08wasmflow" + content)


def _components(levels: int) -> bytes:
    """A component in a component in …"""
    binary = assemble()
    for _ in range(levels):
        binary = assemble() + _section(4, binary)
    return binary


_RECORD: Final = "(type $r' (record {})) (export $r \"r\" (type $r'))"

ODDITIES: Final = (
    Oddity(
        "a record of five thousand fields",
        _exporting("$r", _RECORD.format(" ".join(f'(field "a{i}" u8)' for i in range(5000)))),
        "a type of 5000 parts",
    ),
    Oddity(
        "types that double with each of their levels",
        _exporting("$t16", _doubling_text(16)),
        "types of more than 2000 parts",
    ),
    Oddity(
        "a list of lists of lists …",
        assemble(root(Raw("f", f'(param "x" {_nested(80)})', "(param i32 i32)"))),
        "types nested more than 50 deep",
    ),
    Oddity(
        "three thousand functions",
        assemble(root(*(Raw(f"f{i}") for i in range(3000)))),
        "3000 exports; at most 2000 are read",
    ),
    Oddity("a name without end", assemble(root(Raw("a" * 5000))), "a name of 5000 characters"),
    Oddity(
        "a field whose name has no end",
        _exporting(
            "$r",
            _RECORD.format(
                f'(field "{"a" * 5000}" u8) (field "b" (list u8))' * 1
                + "".join(f'(field "c{i}" u64)' for i in range(20))
            ),
        ),
        "a name of 5000 characters",
    ),
    Oddity(
        "a thousand imports that nobody gives",
        assemble(
            *(
                f'(import "evil:thing{i}/x@1.0.0" (instance (export "f" (func))))'
                for i in range(1000)
            )
        ),
        "it imports 'evil:thing0/x@1.0.0', and nothing here provides that",
    ),
    Oddity(
        "JSON about itself without end",
        _custom(b'{"a":' * 100_000),
        "the 'wasmflow' section is ignored",
    ),
    Oddity("megabytes about itself", _custom(b" " * (5 << 20)), "at most 4194304 are read"),
    Oddity(
        "nothing about itself that is text",
        _custom(b"\xff\xfe\xfd"),
        "the 'wasmflow' section is ignored",
    ),
    Oddity(
        "numbers about itself",
        _custom(b'{"format":1,"description":7}'),
        "the 'wasmflow' section is ignored",
    ),
    Oddity(
        "more locals than a function may have",
        assemble("(core module (func (local " + "i64 " * 50_001 + ")))"),
        "too many locals",
    ),
    Oddity(
        "a component in a component in …",
        _components(2000),
        "exceeds limit of 1000",
    ),
    Oddity(
        "more memories than fit",
        assemble("(core module " + "(memory 1)" * 50 + ")"),
        "exceeds the per-instance limit of 16",
    ),
    Oddity(
        "a memory of all addresses",
        assemble("(core module (memory i64 0x1000000000000))"),
        "larger than components may be",
    ),
)


def said_of(oddity: Oddity) -> list[str]:
    """All that is said when it is opened, but for what the compiler does in a process of its own."""
    runtime = process_runtime()
    try:
        component = Component(runtime.engine.wasmtime, oddity.binary)
    except WasmtimeError as error:
        return [str(explain_invalid(str(error)))]
    binary = Binary("odd.wasm", oddity.binary, "")
    try:
        collection = collect(binary, Loaded(component), runtime, Limits())
    except ProblemsError as error:
        return [str(problem) for problem in error.problems]
    with closing(collection):
        return [*map(str, collection.warnings), *collection.refused.values()]


@pytest.mark.parametrize("oddity", ODDITIES, ids=str)
def test_what_declares_too_much_is_refused_in_words(oddity: Oddity) -> None:
    said = said_of(oddity)
    assert any(oddity.words in each for each in said), said[:3]
    assert max(map(len, said)) < 1000
    assert all(each.isprintable() for each in said)


@pytest.fixture(scope="module")
def people() -> Iterator[Crowd]:
    with crowd() as people:
        yield people


FILES: Final = {
    "nothing": (b"", "empty"),
    "zeroes": (bytes(1 << 20), "not WebAssembly"),
    "a core module": (b"\0asm\x01\0\0\0", "a core WebAssembly module"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(500), "not a component"),
    "the beginning of a component": (
        assemble(interface(function("f")))[:-40],
        "not a valid component",
    ),
    "a section that is longer than the file": (
        b"\0asm\x0d\0\1\0\x01\xff\xff\xff\x0f",
        "out of bounds",
    ),
    "a section of no kind": (b"\0asm\x0d\0\1\0\x4d\x00", "malformed section id"),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_that_is_no_component_is_refused_while_others_run(
    name: str, tmp_path: Path, people: Crowd
) -> None:
    """All the way, with the compiler in a process of its own."""
    content, words = FILES[name]
    path = tmp_path / "odd.wasm"
    path.write_bytes(content)

    async def refused() -> str:
        with pytest.raises(ProblemsError) as caught:
            async with open_host(str(path), Settings(cache=tmp_path / "cache")):
                pass
        (problem,) = caught.value.problems
        return problem.message

    opening = asyncio.create_task(refused())
    await people.serve(100, until=opening.done)
    assert words in await opening
