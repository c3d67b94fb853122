"""What a component sends, as JSON: the same on the command line, over HTTP and in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit
from wasmflow.types.json import encoder
from wasmflow.types.model import Json

#: Output port to value; a port that sent nothing is absent.
Sent: TypeAlias = Mapping[str, Any]


def outputs_encoder(signature: Signature) -> Callable[[Sent], Json]:
    """Makes an object of port to value, in the signature's order.

    A record whose fields are ports is the object of these. Raises `TransactionFailed` for what JSON
    cannot hold.
    """
    encoders = {port.name: port_encoder(port) for port in signature.outputs}
    opened = signature.opened

    def encode(sent: Sent) -> Json:
        shown = {name: each(sent[name]) for name, each in encoders.items() if name in sent}
        return shown.get("output", {}) if opened else shown

    return encode


def port_encoder(port: Port) -> Callable[[Any], Json]:
    """Makes JSON of the values of one output. Raises `TransactionFailed` as above."""
    encode = encoder(port.type)

    def checked(value: Any) -> Json:
        try:
            return encode(value)
        except wit.Misfit as misfit:
            raise unprintable(f"'{port.name}{misfit.where}': {misfit.reason}") from None

    return checked


def unprintable(reason: str) -> TransactionFailed:
    """The failure of a transaction whose outputs have no JSON form."""
    return TransactionFailed(Failure(Kind.ERROR, f"output {reason}"))
