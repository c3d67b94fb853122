"""Standard input in pieces."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from wasmflow.cli.background import Background
from wasmflow.cli.intake import blocks, is_null, whole
from wasmflow.errors import WorldError


async def pieces(contents: Iterable[bytes]) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def test_the_whole_has_a_limit() -> None:
    assert await whole(pieces([b"ab", b"cd"]), 4) == b"abcd"
    assert await whole(pieces([b"ab", b"cd"]), 3) is None


async def test_blocks_come_as_they_are_written() -> None:
    reader, writer = os.pipe()
    with Background("test") as thread:
        found = blocks(reader, thread)
        os.write(writer, b"a")
        assert await anext(found) == b"a"
        os.set_blocking(reader, False)
        os.write(writer, b"b")
        assert await anext(found) == b"b"
        os.close(writer)
        assert await anext(found, None) is None
    os.close(reader)


async def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with (
        Background("test") as thread,
        pytest.raises(WorldError, match="cannot read standard input: Is a directory"),
    ):
        await anext(blocks(folder, thread))
    os.close(folder)


def test_the_null_device_is_known(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Path(os.devnull).open() as null, (tmp_path / "file").open() as file:
        assert is_null(null.fileno())
        assert not is_null(file.fileno())
