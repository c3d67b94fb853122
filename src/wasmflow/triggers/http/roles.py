"""What a component can be before or behind a handler: what its ports may be called, and of what type.

`middleware` has components be that. Nothing here sees a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError
from wasmflow.host.host import Host
from wasmflow.manifest.triggers import Trigger
from wasmflow.naming import canonical, suggestion
from wasmflow.problem import Problem
from wasmflow.triggers.http.inputs import FACTS
from wasmflow.types import model as wit
from wasmflow.types.json import input_decoder
from wasmflow.types.model import Json

#: What a component may see of a response beside the facts of its request, with an example of each.
_RESPONSE: Final[Mapping[str, Json]] = {
    "status": 200,
    "headers": {"content-type": "text/html"},
    "content-type": "text/html",
    "problem": {"type": "about:blank", "title": "", "status": 404, "detail": ""},
}
_OBJECTS: Final = ("query", "headers", "cookies")
_FACTS: Final[Mapping[str, Json]] = {
    name: {"name": "value"} if name in _OBJECTS else "text" for name in FACTS
}
#: What stands before the facts of its request where a component sees a response.
ASKED: Final = "request-"


@dataclass(frozen=True)
class Role:
    """What a component can be before or behind a handler, by the names of ports."""

    name: str
    #: What it may see beside the `body`, with an example of each.
    inputs: Mapping[str, Json]
    #: What it may send, with an example of each; ``None`` for the body, which may be anything.
    outputs: Mapping[str, Json]


_ANSWER: Final[Mapping[str, Json]] = {
    "status": 200,
    "headers": {"name": "value"},
    "content-type": "text/html",
    "body": None,
}
REQUEST: Final = Role(
    "request",
    _FACTS,
    {**_ANSWER, "method": "GET", "path": "/", "query": {"name": "value"}, "user": "jane"},
)
RESPONSE: Final = Role(
    "response",
    {
        **_RESPONSE,
        **{ASKED + name: like for name, like in _FACTS.items()},
        ASKED + "form": {"name": "value"},
    },
    _ANSWER,
)


def is_any(signature: Signature) -> bool:
    """Whether its only output is an object of whatever it likes."""
    return [(port.name, port.type) for port in signature.outputs] == [("output", wit.ANY)]


def fact_decoder(port: Port) -> Callable[[Json], Any]:
    """Makes of what a component sees the value of its port. Of a problem a record has the members that it
    names: a document may have others."""
    decode = input_decoder(port.type, optional=port.optional)
    type_ = port.type
    if canonical(port.name) != "problem" or not isinstance(type_, wit.Record):
        return decode
    named = {canonical(name) for name, _ in type_.fields}

    def decode_problem(document: Json) -> Any:
        members = document.items() if isinstance(document, dict) else ()
        known = {name: value for name, value in members if canonical(name) in named}
        return decode(None if document is None else known)

    return decode_problem


def check_stages(
    host: Host, trigger: Trigger, names: Sequence[str], role: Role, *path: str
) -> Iterator[Problem]:
    """What is wrong with components whose names stand under these keys of a trigger."""
    for index, name in enumerate(names):
        place = trigger.at(*path, index)
        try:
            signature = host.signature(name.removeprefix("self::"))
        except UsageError as error:
            yield Problem(str(error), "", place)
            continue
        if signature.streaming:
            hint = "what stands around handlers works on values"
            yield Problem(f"'{name}' has streams", hint, place)
            continue
        for message, hint in (*_of_inputs(signature, role), *_of_outputs(signature, role)):
            yield Problem(message, hint, place)


def _of_inputs(signature: Signature, role: Role) -> Iterator[tuple[str, str]]:
    for port in signature.inputs:
        known = canonical(port.name)
        if known == "body":
            continue
        if known not in role.inputs:
            hint = suggestion(port.name, [*role.inputs, "body"], noun=f"a {role.name}")
            yield f"'{signature.name}' has an input '{port.name}' that no {role.name} has", hint
        elif reason := _misfit(port, role.inputs[known]):
            what = f"the {known} of a {role.name}" if known in _FACTS else f"the {known}"
            yield f"the input '{port.name}' of '{signature.name}' cannot take {what}: {reason}", ""


def _misfit(port: Port, like: Json) -> str:
    try:
        fact_decoder(port)(like)
    except wit.Misfit as misfit:
        return str(misfit)
    return ""


def _of_outputs(signature: Signature, role: Role) -> Iterator[tuple[str, str]]:
    if is_any(signature):
        return
    for port in signature.parts or signature.outputs:
        known = canonical(port.name)
        if known not in role.outputs:
            hint = suggestion(port.name, role.outputs, noun=f"a {role.name}")
            yield f"'{signature.name}' sends '{port.name}', which no {role.name} has", hint
        elif not _can_be(port.type, role.outputs[known]):
            yield f"the output '{port.name}' of '{signature.name}' cannot be the {known}", ""


def _can_be(type_: wit.Type | None, like: Json) -> bool:
    """Whether values of a type may be what an example shows; ``None`` is one of everything."""
    if isinstance(type_, wit.Option):
        type_ = type_.payload
    if like is None or type_ == wit.ANY:
        return True
    if isinstance(like, dict):
        return isinstance(type_, wit.Record | wit.List)
    if isinstance(like, int):
        return isinstance(type_, wit.Scalar) and type_ in (*wit.INTEGERS, wit.F32, wit.F64)
    return type_ == wit.STRING or isinstance(type_, wit.Enum)
