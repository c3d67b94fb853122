from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.assembled import assemble, interface
from wasmflow.collections.wasm import section
from wasmflow.collections.wasm.section import (
    ArtifactKind,
    ComponentNotes,
    Metadata,
    PortNotes,
    append_section,
    artifact_kind,
    printable,
    read_metadata,
)

EMPTY_COMPONENT = b"\0asm\x0d\0\1\0"

SAID = Metadata(
    description="Works on text.",
    language="python",
    tool="componentize-py 0.25.1",
    source="sha256:00",
    wasmflow="0.1.0",
    components={
        "greet": ComponentNotes(
            description="Greets.",
            inputs={"name": PortNotes("Whom.", default="World")},
            outputs={"output": PortNotes("The greeting.")},
        )
    },
)


def custom(name: bytes, content: bytes) -> bytes:
    payload = bytes([len(name)]) + name + content
    size = len(payload)
    return bytes([0, size & 127 | 128, size >> 7 & 127 | 128, size >> 14]) + payload


def test_what_was_appended_is_read() -> None:
    assert read_metadata(append_section(EMPTY_COMPONENT, SAID)) == (SAID, ())


def test_a_binary_without_a_section_says_nothing() -> None:
    assert read_metadata(assemble(interface())) == (section.NOTHING, ())


def test_a_section_replaces_the_one_before() -> None:
    once = append_section(assemble(interface()), SAID)
    other = Metadata(description="Something else.")
    assert read_metadata(append_section(once, other))[0] == other
    assert append_section(append_section(once, other), SAID) == once


def test_other_custom_sections_are_kept() -> None:
    binary = EMPTY_COMPONENT + custom(b"producers", b"\0") + custom(b"wasmflow-x", b"\0")
    assert append_section(binary, SAID).startswith(binary)


def test_a_section_inside_a_nested_module_is_not_ours() -> None:
    nested = b"\0asm\1\0\0\0" + custom(b"wasmflow", b'{"format":1,"description":"inner"}')
    binary = EMPTY_COMPONENT + bytes([1, len(nested)]) + nested
    assert read_metadata(binary) == (section.NOTHING, ())


def test_a_default_of_null_is_a_default() -> None:
    notes = ComponentNotes(inputs={"a": PortNotes(default=None), "b": PortNotes()})
    read, _ = read_metadata(append_section(EMPTY_COMPONENT, Metadata(components={"f": notes})))
    inputs = read.components["f"].inputs
    assert inputs["a"].default is None
    assert inputs["b"].default is msgspec.UNSET


def test_members_of_later_versions_are_ignored() -> None:
    content = b'{"format":1,"description":"known","colour":"green"}'
    read, problems = read_metadata(EMPTY_COMPONENT + custom(b"wasmflow", content))
    assert (read.description, problems) == ("known", ())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"description":"no format"}',
        b'{"format":2}',
        b'{"format":1,"description":7}',
        b'{"format":1,"components":{"f":{"inputs":[]}}}',
        b'{"format":1,"x":' + b"[" * 15_000,
        b'{"format":1,"description":"\\ud800"}',
    ],
)
def test_a_malformed_section_is_a_warning(content: bytes) -> None:
    read, problems = read_metadata(EMPTY_COMPONENT + custom(b"wasmflow", content))
    assert read == section.NOTHING
    assert [problem.warning for problem in problems] == [True]


def test_a_section_that_is_too_large_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(section, "LARGEST", 10)
    read, (problem,) = read_metadata(append_section(EMPTY_COMPONENT, SAID))
    assert read == section.NOTHING
    assert "at most 10 are read" in problem.message


def test_descriptions_cannot_command_a_terminal_and_defaults_stay_exact() -> None:
    notes = ComponentNotes("\x1b[2J", {"a": PortNotes("\x9bm\u202e", default="\x1b[2J")})
    written = append_section(EMPTY_COMPONENT, Metadata("a\rb\n", {"f": notes}))
    read, _ = read_metadata(written)
    port = read.components["f"].inputs["a"]
    assert (read.description, port.description, port.default) == ("a�b\n", "�m�", "\x1b[2J")
    assert "\x1b" not in read.components["f"].description


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_error(tail: bytes) -> None:
    read, problems = read_metadata(EMPTY_COMPONENT + tail)
    assert read == section.NOTHING or not problems


@given(st.binary(max_size=60))
def test_what_is_appended_to_any_sections_is_read(content: bytes) -> None:
    binary = EMPTY_COMPONENT + custom(b"other", content)
    assert read_metadata(append_section(binary, SAID)) == (SAID, ())


@given(st.integers(min_value=0, max_value=400))
def test_a_binary_that_is_cut_short_anywhere_is_read(length: int) -> None:
    read, problems = read_metadata(append_section(EMPTY_COMPONENT, SAID)[:length])
    assert problems == ()
    assert read in (section.NOTHING, SAID)


def test_a_million_empty_sections_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(section, "MOST_SECTIONS", 3)
    binary = append_section(EMPTY_COMPONENT + b"\0\1\0" * 4, SAID)
    assert read_metadata(binary) == (section.NOTHING, ())


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        (EMPTY_COMPONENT, ArtifactKind.COMPONENT),
        (b"\0asm\1\0\0\0", ArtifactKind.MODULE),
        (b"\0asm", ArtifactKind.COMPONENT),
        (b"(module)", ArtifactKind.TEXT),
        (b" ;; a component\n(; (; x ;)\n ( component", ArtifactKind.TEXT),
        (b"\x7fELF\2\1\1", ArtifactKind.COMPILED),
        (b"name: manifest", ArtifactKind.UNKNOWN),
        (b"(defun f ())", ArtifactKind.UNKNOWN),
        (b"", ArtifactKind.UNKNOWN),
    ],
)
def test_a_file_is_known_by_how_it_begins(prefix: bytes, kind: ArtifactKind) -> None:
    assert artifact_kind(prefix) is kind


def test_comments_that_never_end_are_looked_at_once() -> None:
    assert artifact_kind(b"(;;)" * 1000 + b"(;") is ArtifactKind.UNKNOWN


def test_lines_and_tabs_are_printable() -> None:
    assert printable("a\n\tb") == "a\n\tb"


def test_threads_that_read_their_first_section_at_once_are_no_trouble() -> None:
    """What msgspec works out about a type at its first use is no business of several threads."""
    code = """
import sys, threading
from wasmflow.collections.wasm.section import Metadata, append_section, read_metadata
sys.setswitchinterval(1e-6)
binary = append_section(b"\\0asm\\x0d\\0\\1\\0", Metadata(language="x"))
ready = threading.Barrier(8)
def read():
    ready.wait()
    assert read_metadata(binary)[0].language == "x"
threads = [threading.Thread(target=read) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print("fine")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "fine\n")
