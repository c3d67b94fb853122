"""Hashes of passwords."""

from __future__ import annotations

import getpass
import io

import pytest

from wasmflow.cli.main import run
from wasmflow.triggers.http.passwords import parse_hash


class Input(io.TextIOWrapper):
    """Standard input, at a terminal or not."""

    def __init__(self, content: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content))
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def fits(printed: str, password: str) -> bool:
    known = parse_hash(printed.removesuffix("\n"))
    return known is not None and known.fits(password)


def test_the_first_line_of_the_input_is_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Input(" zwölf Boxkämpfer\r\nmore".encode()))
    assert run(["hash"]) == 0
    assert fits(capsys.readouterr().out, " zwölf Boxkämpfer")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\n", "not text in UTF-8"),
        (b"a\0\n", "control characters"),
        (b"a\tb\n", "control characters"),
    ],
)
def test_what_is_no_password_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes, told: str
) -> None:
    monkeypatch.setattr("sys.stdin", Input(content))
    assert run(["hash"]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "code"), [(["sesame", "sesame"], 0), (["sesame", "other"], 2), (["", ""], 2)]
)
def test_at_a_terminal_it_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: list[str],
    code: int,
) -> None:
    given = iter(answers)
    monkeypatch.setattr("sys.stdin", Input(b"", terminal=True))
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(given))
    assert run(["hash"]) == code
    assert fits(capsys.readouterr().out, "sesame") == (code == 0)
