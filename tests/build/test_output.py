from __future__ import annotations

from pathlib import Path

import pytest

from wasmflow.build.output import check_exports, check_target, write_aside, write_files
from wasmflow.errors import UsageError, WorldError

COMPONENT = b"\0asm\x0d\0\1\0"


@pytest.mark.parametrize("content", [COMPONENT, b"\0asm\1\0\0\0", b""])
def test_webassembly_and_empty_files_may_be_replaced(tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "text.wasm"
    target.write_bytes(content)
    check_target(target)


def test_a_file_that_is_not_there_may_be_written(tmp_path: Path) -> None:
    check_target(tmp_path / "text.wasm")


def test_anything_else_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "text.py"
    target.write_text("precious")
    with pytest.raises(UsageError, match="is not WebAssembly and is not replaced"):
        check_target(target)
    with pytest.raises(UsageError, match="it is a folder"):
        check_target(tmp_path)


def test_a_folder_that_is_not_there_is_noticed_early(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="there is no such folder"):
        check_target(tmp_path / "nope" / "text.wasm")


def test_a_file_appears_whole_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "text.wasm"
    write_aside(target, COMPONENT)
    write_aside(target, COMPONENT * 2)
    assert [path.name for path in tmp_path.iterdir()] == ["text.wasm"]
    assert target.read_bytes() == COMPONENT * 2


def test_what_cannot_be_written_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot write"):
        write_aside(tmp_path / "no" / "text.wasm", COMPONENT)
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match="cannot write into"):
        write_files(tmp_path / "file", {"a/b": b""})


def test_a_component_must_export_what_it_was_made_to() -> None:
    name = b"local:text/text"
    export = b"\1\0" + bytes([len(name)]) + name + b"\5\0\0"
    binary = COMPONENT + b"\0\x05\4name" + b"\x0b" + bytes([len(export)]) + export
    check_exports(binary, ["local:text/text"])
    with pytest.raises(AssertionError, match="without 'local:other/other'"):
        check_exports(binary, ["local:other/other"])
