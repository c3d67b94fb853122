"""Text from others cannot command a terminal."""

from __future__ import annotations

from wasmflow.escaping import printable


def test_what_commands_a_terminal_is_written_as_escapes() -> None:
    assert printable("a\x1b[31mb\r\u202ec\ud800") == "a\\x1b[31mb\\r\\u202ec\\ud800"


def test_what_people_write_stays() -> None:
    assert printable("é\n\t…") == "é\n\t…"
