"""The `wasmflow` custom section: what a binary cannot say of itself, kept at its end.

`wasmflow build` appends it; `collection` reads it when an artifact is opened. A component without
one works as well. Its content is one JSON object (`Metadata`, field by field):

    {"format": 1, "description": "…", "language": "python", "tool": "componentize-py 0.25.1",
     "source": "sha256:…", "wasmflow": "0.1.0",
     "components": {"greet": {"description": "…",
                              "inputs": {"name": {"description": "…", "default": "World"}},
                              "outputs": {"output": {"description": "…"}}}}}

Every member but `format` may be left out, and unknown ones are ignored, so that members can be
added; a change that old readers would misread gets a new `format`. A component is named as in
`Names`. The section comes from whoever made the file: it is bounded, its types are checked, and what
is wrong with it is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, NamedTuple

import msgspec

from wasmflow.problem import Problem
from wasmflow.types import model as wit

NAME: Final = b"wasmflow"
FORMAT: Final = 1
#: Bytes of a section that is read. A thousand well-described components need a tenth of it.
LARGEST: Final = 4 << 20
#: Sections of a binary that are looked at. Toolchains write hundreds.
MOST_SECTIONS: Final = 100_000

_MAGIC: Final = b"\0asm"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_TEXT: Final = re.compile(
    rb"(?:\s|;;[^\n]*+\n|\(;(?>.*?;\)))*+\(\s*+(?:module|component)\b", re.DOTALL
)


class ArtifactKind(Enum):
    """What a file is, by how it begins."""

    COMPONENT = "a WebAssembly component"
    MODULE = "a core WebAssembly module"
    TEXT = "WebAssembly text"
    COMPILED = "native code that was compiled from WebAssembly"
    UNKNOWN = "not WebAssembly"


def artifact_kind(prefix: bytes) -> ArtifactKind:
    """What begins with these bytes; eight tell binaries apart, some hundred tell text."""
    if prefix[:4] == _MAGIC:
        return ArtifactKind.MODULE if prefix[6:8] == b"\0\0" else ArtifactKind.COMPONENT
    if prefix[:4] == b"\x7fELF":
        return ArtifactKind.COMPILED
    return ArtifactKind.TEXT if _TEXT.match(prefix) else ArtifactKind.UNKNOWN


def printable(text: str) -> str:
    """Text from a stranger without what would command a terminal; lines and tabs are kept."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


class _Notes(msgspec.Struct, frozen=True, omit_defaults=True):
    """Texts for people are made printable however they come in; a default stays as it is."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, str) and name != "default":
                msgspec.structs.force_setattr(self, name, printable(value))


class PortNotes(_Notes, frozen=True):
    """What is said of a port."""

    description: str = ""
    #: What the component uses if an optional input gets nothing; `UNSET` if it has no default.
    default: wit.Json | msgspec.UnsetType = msgspec.UNSET


class ComponentNotes(_Notes, frozen=True):
    """What is said of a component and of its ports, by name."""

    description: str = ""
    inputs: Mapping[str, PortNotes] = {}
    outputs: Mapping[str, PortNotes] = {}


class Metadata(_Notes, frozen=True):
    """The content of the section."""

    description: str = ""
    components: Mapping[str, ComponentNotes] = {}
    #: What the source is written in, such as ``python``.
    language: str = ""
    #: What made the binary, with its version.
    tool: str = ""
    #: The source that it was made from: ``sha256:`` and the digest in hexadecimal.
    source: str = ""
    #: The version of Wasmflow that wrote the section.
    wasmflow: str = ""


class _Format(msgspec.Struct):
    format: int


#: Made here, not where they are used: msgspec works a type out when it is first decoded, and crashes
#: where two threads do so at the same time.
_FORMATS: Final = msgspec.json.Decoder(_Format)
_METADATA: Final = msgspec.json.Decoder(Metadata)

NOTHING: Final = Metadata()


def read_metadata(binary: bytes) -> tuple[Metadata, tuple[Problem, ...]]:
    """What a binary says of itself, and warnings about what is wrong with that.

    A binary that is cut short or malformed elsewhere is read as far as it goes.
    """
    found = [section for section in _sections(binary) if section.name == NAME]
    if not found:
        return NOTHING, ()
    payload = memoryview(binary)[found[-1].payload : found[-1].end]
    try:
        return _decode(payload), ()
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        return NOTHING, (_malformed(str(error)),)


def append_section(binary: bytes, metadata: Metadata) -> bytes:
    """The binary with this section at its end, in place of any that it has."""
    kept = memoryview(binary)
    parts: list[bytes | memoryview] = []
    start = 0
    for section in _sections(binary):
        if section.name == NAME:
            parts.append(kept[start : section.start])
            start = section.end
    content = _leb(len(NAME)) + NAME + _encode(metadata)
    return b"".join([*parts, kept[start:], b"\0", _leb(len(content)), content])


def _encode(metadata: Metadata) -> bytes:
    content = {"format": FORMAT, **msgspec.to_builtins(metadata)}
    return msgspec.json.encode(content, order="deterministic")


def _decode(payload: memoryview) -> Metadata:
    if len(payload) > LARGEST:
        raise ValueError(f"it has {len(payload)} bytes, at most {LARGEST} are read")
    written = _FORMATS.decode(payload).format
    if written != FORMAT:
        raise ValueError(f"its format is {written}, and this version of Wasmflow reads {FORMAT}")
    return _METADATA.decode(payload)


def _malformed(reason: str) -> Problem:
    return Problem(
        f"the 'wasmflow' section is ignored: {printable(reason)}",
        "descriptions and defaults are missing; build the component anew",
        warning=True,
    )


class _Section(NamedTuple):
    """A section at the top level of a binary: where it starts, its payload, its end."""

    start: int
    payload: int
    end: int
    #: Of a custom section; empty for others.
    name: bytes


def _sections(binary: bytes) -> Iterator[_Section]:
    """The sections in order, up to the first that is malformed. Payloads are not copied."""
    position = 8
    for _ in range(MOST_SECTIONS):
        if position >= len(binary):
            return
        size, payload = _read_leb(binary, position + 1)
        end = payload + size
        if payload == 0 or end > len(binary):
            return
        name = b""
        if binary[position] == 0:
            length, start = _read_leb(binary, payload)
            if start and start + length <= end:
                payload = start + length
                name = binary[start:payload] if length <= len(NAME) else b""
        yield _Section(position, payload, end, name)
        position = end


def _read_leb(binary: bytes, position: int) -> tuple[int, int]:
    """An unsigned LEB128 number and where it ends; that is 0 if there is none of 32 bits."""
    value = 0
    for index, byte in enumerate(binary[position : position + 5]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, position + index + 1
    return 0, 0


def _leb(value: int) -> bytes:
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
