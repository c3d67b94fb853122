"""Text as it comes from outside, and the types of ports as people read them."""

from __future__ import annotations

from wasmflow.component import Port
from wasmflow.types import model as wit
from wasmflow.types.wit import format_type


def shown_type(port: Port) -> str:
    """What a port carries: a type, or a stream of it."""
    return f"stream<{shown_element(port)}>" if port.stream else shown_element(port)


def shown_element(port: Port) -> str:
    """The type of the packets of a port."""
    return "any" if port.type is None else format_type(port.type)


def text_of(content: bytes) -> str:
    """The text that bytes are. Raises `Misfit` where they are none."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise wit.Misfit(f"not text in UTF-8 (byte {error.start})") from None
