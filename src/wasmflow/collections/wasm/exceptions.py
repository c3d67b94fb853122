"""What a component says no with: the `err` of its result becomes an exception.

`marshal` compiles it into the functions of a signature; `wasmflow.build` has components fail with
`RAISED`. A payload of any other type is carried as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder

#: What was raised in the source of a component: its class, its message, and the place in the source, which
#: is for its developers only.
RAISED: Final = wit.Record(
    (
        wit.Part("name", wit.STRING),
        wit.Part("message", wit.STRING),
        wit.Part("at", wit.Option(wit.STRING)),
    ),
    "exception",
)

_SILENT: Final = "it failed without saying why"
#: The field of a payload that says to people what is wrong.
_MESSAGE: Final = "message"
#: Characters of a place that are kept. The limit on what a call sends does not count it.
_LONGEST_PLACE: Final = 200


def exception_of(type_: wit.Type | None) -> Callable[[Any], Failure]:
    """What makes an exception of the payload of `err`."""
    if type_ is None:
        silent = Failure(Kind.EXCEPTION, _SILENT)
        return lambda _payload: silent
    if type_ == RAISED:
        return _raised
    encode = encoder(type_)

    def exception(value: Any) -> Failure:
        try:
            payload = encode(value)
        except wit.Misfit as misfit:
            return Failure(Kind.EXCEPTION, f"it failed with what is no JSON: {misfit}")
        return Failure(Kind.EXCEPTION, _message(payload), payload=payload)

    return exception


def _message(payload: wit.Json) -> str:
    if isinstance(payload, str):
        return payload
    if isinstance(payload, Mapping) and isinstance(message := payload.get(_MESSAGE), str):
        return message
    return dumps(payload)


def _raised(value: Mapping[str, Any]) -> Failure:
    """What was raised carries its class and message, and the place besides goes into the diagnosis."""
    name, message, at = value["name"], value["message"], value["at"]
    what = ": ".join(filter(None, (name, message)))
    where = f" ({at[:_LONGEST_PLACE]})" if at else ""
    return Failure(
        Kind.EXCEPTION,
        message or name or _SILENT,
        payload={"name": name, "message": message},
        diagnosis=what + where,
    )
