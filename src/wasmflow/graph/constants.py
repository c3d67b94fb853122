"""Constants as values of the ports that they feed."""

from __future__ import annotations

from wasmflow.component import Port
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import decoder


def decode(port: Port, constant: wit.Json) -> object:
    """What an input or output port holds if it is given a constant.

    `EMPTY` where ``null`` leaves an optional input out. Raises `Misfit` if the constant does not fit.
    """
    if port.type is None or not port.optional:
        return decoder(port.type)(constant)
    value = decoder(wit.Option(port.type))(constant)
    if value is None:
        return EMPTY
    return value.value if isinstance(port.type, wit.Option) else value
