"""Which resources are streaming components, and how: the shapes that an exported resource may have.

`signature` asks for each resource of an artifact. Members that no shape knows are left alone: other
methods and static functions are the guest's own business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import wasmtime.component as wt

from wasmflow.collections.wasm.introspection import (
    TypeNames,
    TypeReader,
    Unsupported,
    is_async,
    shortened,
)
from wasmflow.naming import same
from wasmflow.types import model as wit
from wasmflow.types.wit import describe

#: The name of a constructor among the members of a resource: no method can be called this.
CONSTRUCTOR: Final = "[constructor]"
_PUSH: Final = "push"
_PUSH_MANY: Final = "push-many"
_FINISH: Final = "finish"
_NEXT: Final = "next"


@dataclass(frozen=True)
class Method:
    """A constructor or method as it is called, but for the handle that it gives or takes."""

    #: What the binary exports it as.
    function: str
    #: What it is called with; an optional input is an `option` here.
    parameters: tuple[wit.Part, ...]
    #: What it returns, before anything of it is opened; of a constructor, what it may fail with.
    result: wit.Type | None
    #: Whether it gives exactly one slot, `EMPTY` for none; else any number, the elements of a list.
    single: bool = False


@dataclass(frozen=True)
class Shape:
    """A resource as a streaming component. A source has `next` and no `push`; the others have `push`."""

    constructor: Method
    push: Method | None
    finish: Method | None
    next: Method | None
    #: Whether `push` takes lists, of elements of each stream input.
    batches: bool
    #: What the stream inputs are made from: an optional one is an `option`.
    streams: tuple[wit.Part, ...]
    #: The type of the output, ``None`` if it has none, and its step, ``None`` for a value port.
    output: wit.Type | None
    step: int | None


#: The step of the stream inputs, and of an output that has one of its own.
IN_STEP: Final = 0
_OWN_STEP: Final = 1


class Shapeless(Exception):
    """A resource that cannot run. The message is the reason."""


_OTHER: Final = (
    "it is a resource, and these are components only with a constructor and a method"
    " push, push-many or next"
)


def read_shape(
    members: Mapping[str, tuple[str, wt.FuncType]], names: TypeNames, reader: TypeReader
) -> Shape:
    """The shape of a resource with these members, by name; raises `Shapeless` if it is none.

    A member is what the binary exports it as, and its type.
    """
    _check_members(members)
    found = {
        name: _read(name, *members[name], names, reader)
        for name in (CONSTRUCTOR, _PUSH, _PUSH_MANY, _FINISH, _NEXT)
        if name in members
    }
    constructor, finish = found[CONSTRUCTOR], found.get(_FINISH)
    if finish and finish.parameters:
        raise Shapeless("its finish takes inputs, and can take none")
    if source := found.get(_NEXT):
        return _source(constructor, source)
    batches = _PUSH_MANY in found
    push = found[_PUSH_MANY if batches else _PUSH]
    streams = _elements(push) if batches else push.parameters
    _check_ports(constructor, streams, _PUSH_MANY if batches else _PUSH)
    return _pushed(constructor, push, finish, batches, streams)


def _check_members(members: Mapping[str, object]) -> None:
    pushes = [name for name in (_PUSH, _PUSH_MANY) if name in members]
    if CONSTRUCTOR not in members or not (pushes or _NEXT in members):
        raise Shapeless(_OTHER)
    if len(pushes) > 1:
        raise Shapeless("it has both push and push-many, and can have one of them only")
    others = [name for name in (*pushes, _FINISH) if name in members]
    if _NEXT in members and others:
        raise Shapeless(
            f"it has next, as a source has, and also {others[0]}, which a source cannot have"
        )


def _read(
    name: str, exported: str, function: wt.FuncType, names: TypeNames, reader: TypeReader
) -> Method:
    said = name.strip("[]")
    if is_async(function):
        raise Shapeless(f"its {said} is async, and that of a streaming component cannot be")
    read = reader.constructor if name == CONSTRUCTOR else reader.method
    try:
        return Method(exported, *read(function, names))
    except Unsupported as error:
        raise Shapeless(f"its {said} cannot be called: {error}, which cannot be passed") from None


def _source(constructor: Method, source: Method) -> Shape:
    given = _ok(source.result)
    if source.parameters:
        raise Shapeless("its next takes inputs, and can take none")
    if not isinstance(given, wit.Option):
        raise Shapeless("its next returns no option, so that nothing could end its stream")
    return Shape(constructor, None, None, source, False, (), given.payload, _OWN_STEP)


def _elements(push: Method) -> tuple[wit.Part, ...]:
    for name, type_ in push.parameters:
        if not isinstance(type_, wit.List):
            raise Shapeless(f"input '{shortened(name)}' of its push-many is no list")
    return tuple(
        wit.Part(name, type_.element)
        for name, type_ in push.parameters
        if isinstance(type_, wit.List)
    )


def _check_ports(constructor: Method, streams: tuple[wit.Part, ...], push: str) -> None:
    if not streams:
        raise Shapeless(f"its {push} takes nothing, so that there is no stream to push")
    for stream in streams:
        if any(same(stream.name, each.name) for each in constructor.parameters):
            raise Shapeless(
                f"its constructor and its {push} both have an input '{shortened(stream.name)}'"
            )


def _pushed(
    constructor: Method,
    push: Method,
    finish: Method | None,
    batches: bool,
    streams: tuple[wit.Part, ...],
) -> Shape:
    """A transducer, which gives something for what is pushed, or a reducer, which does at the end."""
    given, rest = _ok(push.result), None if finish is None else _ok(finish.result)
    if given is None:
        last = None if finish is None else _single(finish)
        output = rest.payload if isinstance(rest, wit.Option) else rest
        return Shape(constructor, push, last, None, batches, streams, output, None)
    output = _emitted(given)
    if rest is not None and _emitted(rest) != output:
        raise Shapeless(
            f"its push gives {describe(output)} and its finish {describe(_emitted(rest))}, and both"
            " are one output"
        )
    if batches or rest is not None or isinstance(given, wit.List):
        return Shape(constructor, push, finish, None, batches, streams, output, _OWN_STEP)
    return Shape(constructor, _single(push), finish, None, False, streams, output, IN_STEP)


def _single(method: Method) -> Method:
    return replace(method, single=True)


def _ok(result: wit.Type | None) -> wit.Type | None:
    return result.ok if isinstance(result, wit.Result) else result


def _emitted(result: wit.Type) -> wit.Type:
    """The type of each packet that comes of a result."""
    if isinstance(result, wit.Option):
        return result.payload
    return result.element if isinstance(result, wit.List) else result
