"""What a member will be as a component: its signature, as `collections.wasm` will read it of the binary.

For whoever wants to know what was made without waiting for that to be compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from wasmflow.build.python.functions import Function
from wasmflow.build.python.signatures import Parameter
from wasmflow.build.python.streaming import PUSH, PUSH_MANY, Streaming
from wasmflow.component import Port, Signature
from wasmflow.types import model as wit

#: The steps of the stream inputs, and of an output that is not in step with them.
_IN_STEP: Final = 0
_OWN_STEP: Final = 1


def signature_of(member: Function | Streaming) -> Signature:
    """The signature, without descriptions."""
    if isinstance(member, Function):
        inputs = tuple(map(_port, member.parameters))
        result = member.result.type if member.result else None
        return Signature(member.label, inputs, _outputs(_payload(result)))
    values = tuple(map(_port, member.constructor))
    return Signature(member.label, (*values, *_streams(member)), _outputs(*_sent(member)))


def _port(parameter: Parameter) -> Port:
    type_ = parameter.type
    if isinstance(type_, wit.Option):
        return Port(parameter.label, type_.payload, True, default=parameter.default)
    return Port(parameter.label, type_)


def _streams(member: Streaming) -> Iterator[Port]:
    for method in member.methods:
        for each in method.parameters:
            port = replace(_port(each), step=_IN_STEP)
            if method.name == PUSH_MANY and isinstance(port.type, wit.List):
                port = replace(port, type=port.type.element)
            yield port


def _outputs(type_: wit.Type | None, step: int | None = None) -> tuple[Port, ...]:
    return () if type_ is None else (Port("output", type_, step=step),)


def _sent(member: Streaming) -> tuple[wit.Type | None, int | None]:
    """The type of the output, and its step."""
    first, *others = member.methods
    last = others[0].result if others else None
    if first.result is None:
        return _payload(last), None
    in_step = first.name == PUSH and last is None and not isinstance(first.result, wit.List)
    return _packet(first.result), _IN_STEP if in_step else _OWN_STEP


def _payload(result: wit.Type | None) -> wit.Type | None:
    return result.payload if isinstance(result, wit.Option) else result


def _packet(result: wit.Type) -> wit.Type | None:
    return result.element if isinstance(result, wit.List) else _payload(result)
