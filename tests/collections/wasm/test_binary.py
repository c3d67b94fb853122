from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from tests.assembled import assemble
from wasmflow.collections.wasm import binary
from wasmflow.collections.wasm.binary import read_binary
from wasmflow.errors import ProblemsError, WorldError


async def test_a_component_is_read_whole(tmp_path: Path) -> None:
    content = assemble()
    path = tmp_path / "text.wasm"
    path.write_bytes(content)
    read = await read_binary(path)
    assert (read.name, read.content) == (str(path), content)
    assert read.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"", "it is empty", "build it again"),
        (b"\0asm\1\0\0\0", "it is a core WebAssembly module, not a component", "component new"),
        (b"(component)", "it is WebAssembly text, not a component", "wasm-tools parse"),
        (b"\x7fELF\2\1\1", "compiled from WebAssembly, not a component", "the .wasm"),
        (b"print('hello')", "it is not WebAssembly, not a component", "wasmflow build"),
    ],
)
async def test_what_is_no_component_is_called_what_it_is(
    tmp_path: Path, content: bytes, message: str, hint: str
) -> None:
    path = tmp_path / "text.wasm"
    path.write_bytes(content)
    with pytest.raises(ProblemsError) as caught:
        await read_binary(path, "./text.wasm")
    (problem,) = caught.value.problems
    assert problem.place.file == "./text.wasm"
    assert message in problem.message
    assert hint in problem.hint


async def test_a_file_that_is_not_there_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"cannot read 'text\.wasm': No such file"):
        await read_binary(tmp_path / "text.wasm", "text.wasm")


async def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="is not a file"):
        await read_binary(tmp_path)


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WorldError, match="is not a file"):
        await read_binary(tmp_path / "pipe")


async def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.wasm"
    with path.open("wb") as file:
        file.truncate(binary.LARGEST + 1)
    with pytest.raises(ProblemsError, match="it has 512 MiB; no component is as large"):
        await read_binary(path)
