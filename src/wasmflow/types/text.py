"""Values as text: of flags on the command line, of query strings and forms, and inside flows.

For text, characters, cases of an enum and bytes the text is the value, unless it is a JSON string in
quotes; everything else is JSON. A number may be written as HTML lets people write it, too. Files
(`@path`) are the command line's own matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from wasmflow.types import model as wit
from wasmflow.types.json import decoder, dumps, encoder, loads
from wasmflow.types.parts import Convert
from wasmflow.types.scalars import shown
from wasmflow.types.wit import describe


def from_text(type_: wit.Type | None, text: str) -> Any:
    """The value of a type that a text stands for. Raises `Misfit`."""
    return reader(type_)(text)


def reader(type_: wit.Type | None) -> Callable[[str], Any]:
    """The same, for many texts of one type."""
    decode = decoder(type_)
    if type_ == wit.BYTES:
        return _reader_of_bytes(decode)
    match type_:
        case wit.STRING | wit.CHAR | wit.Enum():
            return lambda text: decode(_quoted(text, text))
        case wit.Option(payload) if is_plain(payload):
            read = reader(payload)
            return lambda text: None if text == "null" else read(text)
    return _reader_of_json(type_, decode)


def writer(type_: wit.Type | None) -> Callable[[Any], str]:
    """Makes of a value a text that stands for it, strings in quotes apart, which are text as they are.

    Fails for NaN and the infinities.
    """
    encode = encoder(type_)

    def write(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)  # the digits of long ones stand in quotes in JSON
        return dumps(encode(value))

    return write


def is_plain(type_: wit.Type) -> bool:
    """Whether text is a value of the type as it stands."""
    return type_ in (wit.STRING, wit.CHAR, wit.BYTES) or isinstance(type_, wit.Enum)


def _quoted(text: str, otherwise: str | None) -> str | None:
    """What a JSON string in quotes says; `otherwise` if the text is none."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            value = loads(text)
        except wit.Misfit:
            return otherwise
        return value if isinstance(value, str) else otherwise
    return otherwise


def _reader_of_bytes(decode: Convert) -> Callable[[str], bytes]:
    def read(text: str) -> bytes:
        base64 = _quoted(text, None)
        if base64 is not None:
            return bytes(decode(base64))
        try:
            return text.encode(
                errors="surrogateescape"
            )  # bytes that the shell gave and are no UTF-8
        except UnicodeEncodeError:
            raise wit.Misfit(f"expected list<u8>, got {shown(text)}, which is no text") from None

    return read


def _reader_of_json(type_: wit.Type | None, decode: Convert) -> Callable[[str], Any]:
    scalar = isinstance(type_, wit.Scalar)
    number = scalar or isinstance(type_, wit.Option)
    expected = f"expected {describe(type_)}{'' if scalar else ' as JSON'}"

    def read(text: str) -> Any:
        try:
            value = loads(_as_json(text) if number else text)
        except wit.Misfit as misfit:
            reason = f" ({misfit})" if text.lstrip().startswith(("[", "{", '"')) else ""
            advice = "" if scalar else _advice(decode, text)
            raise wit.Misfit(f"{expected}, got {shown(text)}{reason}{advice}") from None
        return decode(value)

    return read


#: A number, which may begin with zeros or with its point. Source: the HTML standard, section 2.3.4.3.
_OF_FORMS: Final = re.compile(r"(-?)(?=\.?\d)0*+(\d*+)((?:\.\d++)?(?:[eE][-+]?\d++)?)")


def _as_json(text: str) -> str:
    """A number as JSON has it; other text as it is."""
    number = _OF_FORMS.fullmatch(text)
    if number is None:
        return text
    sign, whole, rest = number.groups()
    return f"{sign}{whole or '0'}{rest}"


def _advice(decode: Convert, text: str) -> str:
    """To put quotes around what would be a value with them."""
    try:
        quoted = dumps(text)
        decode(text)
    except wit.Misfit:
        return ""
    example = f": '{quoted}'" if len(quoted) < 60 else ""
    return f". Hint: text is written in quotes{example}"
