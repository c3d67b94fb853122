"""What commands write, and what a terminal can show of it."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.cli import output
from wasmflow.cli.output import ClosedOutput, Terminal
from wasmflow.errors import WorldError


class Screen(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


class Broken:
    """A stream whose every write fails in one way."""

    encoding = "utf-8"

    def __init__(self, error: OSError) -> None:
        self.error = error
        self.buffer = self

    def write(self, _content: object) -> int:
        raise self.error

    def flush(self) -> None:
        """There is nothing to write."""


def piped(monkeypatch: pytest.MonkeyPatch, encoding: str) -> io.BytesIO:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding=encoding))
    return content


def test_text_is_written_in_the_encoding_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    content = piped(monkeypatch, "latin-1")
    output.put("é\n")
    assert content.getvalue() == b"\xe9\n"


def test_what_an_encoding_lacks_has_a_plain_form(monkeypatch: pytest.MonkeyPatch) -> None:
    content = piped(monkeypatch, "ascii")
    output.put("a → b … 日\n")
    assert content.getvalue() == b"a -> b ... ?\n"


@given(st.recursive(st.text() | st.integers(-9, 9), lambda inner: st.lists(inner, max_size=3)))
def test_json_survives_every_encoding(value: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        content = piped(patch, "ascii")
        output.put_json(value)
        assert json.loads(content.getvalue()) == value
        assert content.getvalue().count(b"\n") == 1


def test_bytes_are_written_as_they_are_after_what_was_written_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = piped(monkeypatch, "utf-8")
    print("first")
    output.put_bytes(b"\xff\x00\n")
    assert content.getvalue() == b"first\n\xff\x00\n"


def test_a_reader_that_has_gone_is_no_failure_of_the_world(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(BrokenPipeError()))
    with pytest.raises(ClosedOutput):
        output.put("text")


def test_a_process_without_standard_output_has_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(ClosedOutput):
        output.put_json({})


def test_a_full_disk_is_a_failure_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(OSError(28, "No space left on device")))
    with pytest.raises(WorldError, match="standard output: No space left"):
        output.put("text")


@pytest.mark.parametrize("stream", [None, Broken(BrokenPipeError())])
def test_a_note_that_nobody_can_read_is_lost(
    monkeypatch: pytest.MonkeyPatch, stream: object
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    output.note("text")


@given(st.text())
def test_printable_text_commands_no_terminal(text: str) -> None:
    shown = output.printable(text)
    assert not any((c < " " and c not in "\n\t") or "\x7f" <= c <= "\x9f" for c in shown)
    assert not set(shown) & set("\u202e\u2066\u2028")
    shown.encode()  # no lone surrogate is left


def test_escapes_are_shown_instead_of_obeyed() -> None:
    assert output.printable("a\x1b[31mb\u202ec") == "a\\x1b[31mb\\u202ec"


def test_many_lines_become_one_with_nothing_left_out() -> None:
    assert (
        output.one_line("first:\n\n   second\r\n\tthird  part ") == "first: | second | third part"
    )


def test_colour_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Terminal(Screen()).bad("x") != "x"
    assert Terminal(io.StringIO()).bad("x") == "x"
    assert Terminal(None).bad("x") == "x"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert Terminal(Screen()).bold("x") == "x"


def test_drawings_need_an_encoding_that_has_their_characters() -> None:
    assert Terminal(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")).unicode
    assert not Terminal(io.TextIOWrapper(io.BytesIO(), encoding="latin-1")).unicode


def test_a_terminal_has_the_width_that_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert Terminal(Screen()).width == 50
    monkeypatch.setenv("COLUMNS", "3")
    assert Terminal(Screen()).width == 20
