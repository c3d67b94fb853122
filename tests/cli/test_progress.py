"""The line about what takes long."""

from __future__ import annotations

import os
import threading
from io import StringIO

import pytest

from wasmflow.cli.output import Live, Terminal, note
from wasmflow.cli.progress import Doing, picture, progress


class Screen(StringIO):
    """A terminal that tells when something has been drawn on it."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        self.drawn.set()
        return written


@pytest.fixture(autouse=True)
def to_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """However the tests are run, standard output is no pipe."""
    monkeypatch.setattr("sys.stdout", StringIO())


def test_a_picture_says_what_is_done_and_how_much() -> None:
    doing = Doing("compiling text.wasm", since=10.0, part=0.345)
    assert picture(doing, 12.2, width=80, unicode=False) == "- compiling text.wasm 34% (2 s)"


def test_a_picture_moves() -> None:
    doing = Doing("compiling", since=0.0)
    frames = {picture(doing, n / 10, width=80, unicode=True)[0] for n in range(10)}
    assert len(frames) == 10


@pytest.mark.parametrize("width", [20, 21, 40, 80])
def test_a_picture_is_narrower_than_the_terminal(width: int) -> None:
    doing = Doing("compiling " + "a" * 100 + "\n.wasm", since=0.0, part=2.0)
    text = picture(doing, 100.0, width=width, unicode=False)
    assert len(text) < width
    assert "\n" not in text
    assert text.endswith("100% (100 s)")


def test_names_cannot_command_the_terminal() -> None:
    assert "\x1b" not in picture(Doing("\x1b[2J", 0.0), 0.0, width=80, unicode=True)


def test_the_line_is_gone_when_the_work_is_done() -> None:
    screen = Screen()
    with progress(Terminal(screen), patience=0.0) as report:
        report("compiling a.wasm", None)
        assert screen.drawn.wait(10)
    assert "compiling a.wasm" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_note_takes_the_place_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr("sys.stderr", screen)
    with progress(patience=0.0) as report:
        report("compiling a.wasm", None)
        assert screen.drawn.wait(10)
        note("warning: no cache")
    assert "\r\x1b[Kwarning: no cache\n" in screen.getvalue()
    note("later")
    assert screen.getvalue().endswith("\r\x1b[Klater\n")
    assert not Live.shown


def test_nothing_is_shown_of_what_is_done_quickly() -> None:
    screen = Screen()
    with progress(Terminal(screen), patience=60.0) as report:
        report("compiling a.wasm", 0.5)
    assert screen.getvalue() == ""


def test_nothing_is_shown_where_nobody_looks() -> None:
    stream = StringIO()
    with progress(Terminal(stream), patience=0.0) as report:
        report("compiling a.wasm", 0.5)
    assert stream.getvalue() == ""


def test_the_line_is_gone_after_a_failure_too() -> None:
    screen = Screen()

    def fail() -> None:
        with progress(Terminal(screen), patience=0.0) as report:
            report("compiling a.wasm", None)
            screen.drawn.wait(10)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_nothing_is_shown_to_who_wants_quiet() -> None:
    screen = Screen()
    with progress(Terminal(screen), patience=0.0, quiet=True) as report:
        report("compiling a.wasm", 0.5)
    assert screen.getvalue() == ""


def test_nothing_is_shown_by_a_command_that_another_one_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, write = os.pipe()
    screen = Screen()
    with os.fdopen(read), os.fdopen(write, "w") as stdout:
        monkeypatch.setattr("sys.stdout", stdout)
        with progress(Terminal(screen), patience=0.0) as report:
            report("compiling a.wasm", 0.5)
    assert screen.getvalue() == ""
