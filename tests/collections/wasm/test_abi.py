from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
import wasmtime

from wasmflow.collections.wasm import abi


def test_the_version_of_the_wheel_is_the_one_that_is_known() -> None:
    assert abi.wasmtime_version().split(".")[0] == str(abi.WASMTIME)


def test_a_wheel_of_another_major_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abi, "wasmtime_version", lambda: "51.0.0")
    with pytest.raises(abi.UnknownPlatform, match=r"wasmtime 51\.0\.0 .* needs 50\.x: pip install"):
        abi._check_platform()


def test_another_interpreter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="pypy"))
    with pytest.raises(abi.UnknownPlatform, match="CPython only; this is pypy"):
        abi._check_platform()


@pytest.mark.parametrize(("version", "refused"), [(0x030E00F0, True), (0x030E01F0, True)])
def test_the_two_releases_that_misread_the_stack_are_refused(
    monkeypatch: pytest.MonkeyPatch, version: int, refused: bool
) -> None:
    monkeypatch.setattr(sys, "hexversion", version)
    with pytest.raises(abi.UnknownPlatform, match=r"take 3\.14\.2"):
        abi._check_platform()


@pytest.mark.parametrize("version", [0x030B00F0, 0x030D02F0, 0x030E02F0, 0x030F00A1])
def test_other_releases_are_welcome(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr(sys, "hexversion", version)
    abi._check_platform()


def test_memory_is_read_where_objects_stand() -> None:
    text = b"anywhere in the address space"
    start = id(text) + abi.PAYLOAD
    assert abi.MEMORY[start : start + len(text)] == text
    assert abi.MEMORY[start : start + len(text) : 9] == text[::9]


def test_an_error_says_what_it_was_made_with() -> None:
    assert abi.take_error(abi.new_error("a plain message")) == ("a plain message", None)
    assert abi.take_error(abi.new_error("")) == ("", None)


def test_no_message_can_harm_wasmtime() -> None:
    text, _ = abi.take_error(abi.new_error("zero \0 and half a pair \ud800."))
    assert text == "zero   and half a pair ?."


def test_check_raises_what_wasmtime_returned() -> None:
    abi.check(None)
    abi.check(0)
    with pytest.raises(wasmtime.WasmtimeError, match="no such thing"):
        abi.check(abi.new_error("no such thing"))
