"""What a component sends, in the form in which it is printed: JSON, raw, or packet by packet.

Pure: from what `wasmflow.host` gives to bytes for standard output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from wasmflow.cli.output import json_line, out
from wasmflow.cli.report import failure_json
from wasmflow.codec.outputs import Sent, outputs_encoder, port_encoder, unprintable
from wasmflow.component import Signature, TransactionFailed
from wasmflow.errors import UsageError
from wasmflow.host.stream import END
from wasmflow.packet import EMPTY, Failure
from wasmflow.types import model as wit
from wasmflow.types.model import Json
from wasmflow.types.wit import format_type

#: The bytes to print of what was sent together. Raises `TransactionFailed` for what they cannot hold.
Form: TypeAlias = Callable[[Sent], bytes]


def check_form(signature: Signature, *, raw: bool, packets: bool) -> None:
    """Raises `UsageError` if it cannot be printed in the form that is asked for."""
    if raw and packets:
        raise UsageError("--raw and --packets: only one of them can be")
    if raw:
        check_raw(signature)


def form(signature: Signature, *, raw: bool, packets: bool, several: bool) -> Form:
    """The form that is asked for; `several`: there may be several transactions."""
    if packets:
        return Packets(signature)
    if not raw:
        return json_form(signature)
    several = several and not signature.streaming
    lines = several or any(port.stream for port in signature.outputs)
    return raw_form(lines=lines, interactive=out().interactive)


def json_form(signature: Signature) -> Form:
    """Port to value, in the signature's order; a record whose fields are ports is the object of them."""
    encode = outputs_encoder(signature)

    def form(sent: Sent) -> bytes:
        try:
            return json_line(encode(sent))
        except wit.Misfit as misfit:
            raise unprintable(str(misfit)) from None

    return form


# --- raw --------------------------------------------------------------------------------------

_RAW: Final = "; --raw prints a single output that is text or bytes"


def check_raw(signature: Signature) -> None:
    """Raises `UsageError` unless the component has one output and that may be text or bytes."""
    if len(signature.outputs) != 1:
        count = len(signature.outputs) or "no"
        raise UsageError(f"'{signature.name}' has {count} outputs{_RAW}")
    type_ = signature.outputs[0].type
    texts = (None, wit.ANY, wit.STRING, wit.CHAR, wit.BYTES)
    if type_ not in texts and not isinstance(type_, wit.Enum):
        raise UsageError(f"the output of '{signature.name}' is {format_type(type_)}{_RAW}")


def raw_form(*, lines: bool, interactive: bool) -> Form:
    """The value as it is. A text is a line of its own if there may be several.

    A person's prompt comes on a line of its own; for everybody else nothing is added.
    """

    def form(sent: Sent) -> bytes:
        if not sent:
            return b""
        (value,) = sent.values()
        if not isinstance(value, str | bytes):
            raise UsageError(f"the output is not text{_RAW}")
        content = value.encode() if isinstance(value, str) else value
        if lines and isinstance(value, str):
            return content + b"\n"
        return content + b"\n" if interactive and not content.endswith(b"\n") else content

    return form


# --- packets ----------------------------------------------------------------------------------


class Packets:
    """A form with a line for each packet: its port, and its value, failure, gap or end."""

    def __init__(self, signature: Signature) -> None:
        self._encoders = {port.name: port_encoder(port) for port in signature.outputs}
        #: Those that stand for values that JSON cannot hold; whoever tells of them clears it.
        self.unprintable: list[Failure] = []

    def __call__(self, sent: Sent) -> bytes:
        return b"".join([self._packet(name, slot) for name, slot in sent.items()])

    def all(self, sent: Sent) -> bytes:
        """The packets of a component without streams, with their ends."""
        return self(sent) + self(dict.fromkeys(self._encoders, END))

    def failed(self, failure: Failure) -> bytes:
        """The packets of a component without streams that failed: it fails as a whole."""
        return self.all(dict.fromkeys(self._encoders, failure))

    def _packet(self, name: str, slot: Any) -> bytes:
        try:
            return json_line({"port": name, **self._content(name, slot)})
        except wit.Misfit as misfit:
            failure = unprintable(str(misfit)).failure
        except TransactionFailed as failed:
            failure = failed.failure
        self.unprintable.append(failure)
        return self._packet(name, failure)

    def _content(self, name: str, slot: Any) -> dict[str, Json]:
        if slot is END:
            return {"end": True}
        if slot is EMPTY:
            return {"gap": True}
        if isinstance(slot, Failure):
            return {"failure": failure_json(slot)}
        return {"value": self._encoders[name](slot)}
