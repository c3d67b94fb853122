"""Port values on a command line: ``--port=value`` after ``--``, read by the types of the ports.

`invoke` reads them, its help writes examples of them. What is wrong with any of them is told at once.
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wasmflow.codec.texts import shown_type
from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError, WorldError
from wasmflow.naming import nearest, same
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder, has_null
from wasmflow.types.samples import sample
from wasmflow.types.text import from_text, is_plain

#: The most that is read from one file: as much as a guest's memory holds by default.
LARGEST_FILE: Final = 256 << 20

_QUOTING: Final = """. Hint: for text that begins with @ write it in quotes: '"@…"'"""


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line says of the inputs of a component."""

    #: Input port to value; `EMPTY` for an optional one that is to have none.
    values: dict[str, Any]
    #: Inputs whose values stand on standard input, since ``-`` says so.
    dashed: tuple[Port, ...]
    #: Required inputs that no flag gives.
    missing: tuple[Port, ...]

    @property
    def complete(self) -> bool:
        """Whether all values are there, so that nothing is to be read."""
        return not (self.dashed or self.missing)


def read_ports(
    signature: Signature, arguments: Sequence[str], options: Collection[str] = ()
) -> Flags:
    """Text is a value as its type reads it; an unquoted ``@path`` is a file, ``-`` standard input.

    `options` are those of the command, which stand elsewhere and are told as such if they stand here.
    Raises `UsageError` with a line for each argument that is wrong, and then for what is missing,
    `WorldError` if only files could not be read.
    """
    reading = _Reading(signature, options)
    for name, text in _flags(arguments):
        reading.take(name, text)
    return reading.finish()


def missing_inputs(ports: Sequence[Port]) -> str:
    """Says which inputs are missing."""
    listed = _some([f"--{port.name} ({shown_type(port)})" for port in ports])
    return f"missing {'inputs' if len(ports) > 1 else 'input'}: {listed}"


def asks_for_help(ports: Sequence[Port], arguments: Sequence[str]) -> bool:
    """Whether ``--help`` or ``-h`` stands among the flags of ports, and is no port itself."""
    flags = list(_flags(arguments))
    return (None, "-h") in flags or (
        ("help", None) in flags and not any(same(port.name, "help") for port in ports)
    )


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    """Names and texts in their order: no text where none follows, no name for what is no flag."""
    rest = deque(arguments)
    while rest:
        argument = rest.popleft()
        name, equals, text = argument.removeprefix("--").partition("=")
        if not argument.startswith("--") or not name:
            yield None, argument
        elif equals:
            yield name, text
        elif rest and not rest[0].startswith("--"):
            yield name, rest.popleft()
        else:
            yield name, None


class _Reading:
    """What has been read so far, and what was wrong with it."""

    def __init__(self, signature: Signature, options: Collection[str]) -> None:
        self._options = options
        self._values: dict[str, Any] = {}
        self._dashed: list[Port] = []
        self._ports = signature.inputs
        self._given: set[str] = set()
        self._mistakes: list[str] = []
        self._unreadable: list[str] = []

    def take(self, name: str | None, text: str | None) -> None:
        port = next((port for port in self._ports if name and same(port.name, name)), None)
        if port is None:
            self._mistakes.append(self._unknown(name, text))
        elif port.name in self._given:
            self._mistakes.append(f"'--{port.name}' is given twice{_several_hint(port)}")
        else:
            self._given.add(port.name)
            self._read(port, text)

    def _unknown(self, name: str | None, text: str | None) -> str:
        written = f"--{name}" if name else str(text)
        option = next((each for each in self._options if same(each, written)), None)
        if option is not None:
            return f"'{option}' is an option: write it before '--'"
        if name is None:
            return f"'{text}' is no port value; write --PORT=VALUE"
        return f"there is no input '--{name}'. Hint: {_known(name, self._ports)}"

    def _read(self, port: Port, text: str | None) -> None:
        if text == "-":
            self._dashed.append(port)
            return
        try:
            self._values[port.name] = _value(port, text)
        except wit.Misfit as misfit:
            several = text is not None and text.startswith("[") and port.stream
            single = not isinstance(port.type, wit.List | wit.Tuple)
            hint = _several_hint(port) if several and single else ""
            self._mistakes.append(f"'--{port.name}' ({shown_type(port)}): {misfit}{hint}")
        except WorldError as error:
            quoting = _QUOTING if port.type is wit.STRING else ""
            self._unreadable.append(f"'--{port.name}': {error}{quoting}")

    def finish(self) -> Flags:
        missing = [p for p in self._ports if not p.optional and p.name not in self._given]
        if self._mistakes:
            told = [missing_inputs(missing)] if missing else []
            raise UsageError("\n".join(self._mistakes + told + self._unreadable))
        if self._unreadable:
            raise WorldError("\n".join(self._unreadable))
        return Flags(self._values, tuple(self._dashed), tuple(missing))


def _known(name: str, ports: Sequence[Port]) -> str:
    names = [port.name for port in ports]
    if near := nearest(name, names):
        return f"did you mean '--{near}'?"
    return f"there are: {_some([f'--{each}' for each in names])}" if names else "it takes no inputs"


def _some(texts: Sequence[str], limit: int = 12) -> str:
    """As many as somebody reads, and how many there are."""
    more = f", … ({len(texts)} in all)" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + more


def _several_hint(port: Port) -> str:
    """How to give more than one value to a port."""
    if port.stream:
        return ". Hint: a flag gives one packet; several come as lines on standard input"
    if not isinstance(port.type, wit.List) or port.type == wit.BYTES:
        return ""
    return f". Hint: write a list as JSON: {flag(port)}"


def _value(port: Port, text: str | None) -> Any:
    type_ = port.type or wit.ANY
    if text is None:
        if type_ is wit.BOOL:
            return True
        raise wit.Misfit(f"a value must follow: --{port.name}=VALUE")
    if text.startswith("@"):
        return _from_file(type_, text[1:])
    if port.optional and text.strip() == "null" and not (has_null(type_) or is_plain(type_)):
        return EMPTY
    return from_text(type_, text)


def _from_file(type_: wit.Type, name: str) -> Any:
    content = _content(name)
    if type_ == wit.BYTES:
        return content
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise wit.Misfit(f"'{name}' is not text in UTF-8 (byte {error.start})") from None
    return text if type_ is wit.STRING else from_text(type_, text.strip() or text)


def _content(name: str) -> bytes:
    try:
        with Path(name).expanduser().open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise WorldError(f"cannot read '{name}': {reason}") from None
    if len(content) > LARGEST_FILE:
        raise wit.Misfit(f"'{name}' is larger than {LARGEST_FILE >> 20} MiB")
    return content


def flag(port: Port) -> str:
    """A port with a value that fits, as it can be typed into a shell."""
    return f"--{port.name}={shlex.quote(_text(port.type or wit.ANY))}"


def _text(type_: wit.Type) -> str:
    value = sample(type_)
    if type_ == wit.BYTES:
        return "text"
    return value if isinstance(value, str) else dumps(encoder(type_)(value))
