"""Constants as values of the ports that they feed."""

from __future__ import annotations

from wasmflow.component import Port
from wasmflow.types import model as wit
from wasmflow.types.json import input_decoder


def decode(port: Port, constant: wit.Json) -> object:
    """What an input or output port holds if it is given a constant.

    `EMPTY` where ``null`` leaves an optional input out. Raises `Misfit` if the constant does not fit.
    """
    return input_decoder(port.type, optional=port.optional)(constant)
