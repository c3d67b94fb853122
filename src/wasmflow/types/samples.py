"""Some value of every type: for examples in help and in descriptions of APIs."""

from __future__ import annotations

from typing import Any, Final

from wasmflow.types import model as wit


def sample(type_: wit.Type) -> Any:
    """Some value of a type, the same every time."""
    match type_:
        case wit.List():
            return b"text" if type_ == wit.BYTES else [sample(type_.element)]
        case wit.Tuple():
            return tuple(map(sample, type_.elements))
        case wit.Option():
            return None if isinstance(type_.payload, wit.Option) else sample(type_.payload)
        case wit.Record():
            return {name: sample(part) for name, part in type_.fields if part is not None}
        case wit.Variant() | wit.Result():
            return _sample_case(type_)
        case wit.Enum():
            return type_.cases[0]
        case wit.Flags():
            return frozenset(type_.names[:1])
    return _SAMPLES.get(type_, 1)


def _sample_case(type_: wit.Variant | wit.Result) -> wit.Case:
    name, payload = ("ok", type_.ok) if isinstance(type_, wit.Result) else type_.cases[0]
    return wit.Case(name, None if payload is None else sample(payload))


_SAMPLES: Final[dict[wit.Type, Any]] = {
    wit.BOOL: True,
    wit.F32: 1.5,
    wit.F64: 1.5,
    wit.CHAR: "x",
    wit.STRING: "text",
    wit.ANY: {"key": "value"},
}
