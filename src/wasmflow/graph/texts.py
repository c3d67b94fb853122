"""Ports, signatures and ends of connections as one line of text, for messages and drawings."""

from __future__ import annotations

from collections.abc import Iterable

from wasmflow.component import Port, Signature
from wasmflow.manifest.connection import format_end
from wasmflow.manifest.model import End, Role
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps
from wasmflow.types.wit import describe

#: The longest constant that a line shows whole.
LONGEST = 32

#: What to do where two want to feed one input.
FAN_IN = (
    "an input takes one connection; `core::first` takes the first of several that sends something, "
    "`core::merge` makes one object of them"
)
#: The same where one of the two is `with`.
PINNED = "remove one of the two: an input that `with` pins takes no connection"
#: What makes a stream of a list, and a list of a stream.
EACH = "core::each makes a stream of a list"
COLLECT = "core::collect makes one list of a stream"
#: What makes a value of a text, and a text of a value.
PARSE = "core::parse makes a value of a text"
FORMAT = "core::format makes a text of a value"


def json_text(value: wit.Json, longest: int = LONGEST) -> str:
    """A constant as JSON, cut off where it gets long."""
    try:
        return clipped(dumps(value), longest)
    except wit.Misfit:
        return "…"


def clipped(text: str, longest: int) -> str:
    """The text, or its beginning with an ellipsis."""
    return text if len(text) <= longest else text[: max(longest - 1, 0)] + "…"


def port_text(port: Port) -> str:
    """``name: string``, ``name?: string`` if it is optional, and its default."""
    mark = "?" if port.optional else ""
    default = "" if port.default is EMPTY else f" = {json_text(port.default)}"
    return f"{port.name}{mark}: {type_text(port)}{default}"


def type_text(port: Port) -> str:
    """What a port carries: ``string``, or ``stream<string>``."""
    return carried_text(port.type, stream=port.stream)


def carried_text(type_: wit.Type | None, *, stream: bool) -> str:
    """Values of a type as they are carried: one, or a stream of them."""
    return f"stream<{describe(type_)}>" if stream else describe(type_)


def signature_text(name: str, signature: Signature) -> str:
    """A component as one would declare it: ``greet(name: string) -> string``."""
    return f"{name}({_listed(signature.inputs)}){_results(signature.outputs)}"


def _results(outputs: tuple[Port, ...]) -> str:
    if not outputs:
        return ""
    if len(outputs) == 1 and outputs[0].name == "output":
        return f" -> {type_text(outputs[0])}"
    return f" -> ({_listed(outputs)})"


def _listed(ports: Iterable[Port]) -> str:
    return ", ".join(port_text(port) for port in ports)


def end_text(end: End) -> str:
    """One end of a connection as its author would write it, a long constant cut off."""
    return json_text(end.literal) if end.role is Role.LITERAL else format_end(end)
