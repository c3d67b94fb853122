"""Puts functions and resources of the host into a wasmtime linker, and says what fails to link.

`sandbox` says what they do. A function that raises ends its guest with an error: the exception cannot
pass through the guest, so it is parked in the surroundings of its call (`Surroundings.raised`), where
`store` finds it. Functions run on the guest's stack and must stay short and shallow.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ctypes import c_void_p
from dataclasses import dataclass
from enum import Enum
from struct import Struct
from typing import Any, Final, TypeAlias

from wasmtime import WasmtimeError
from wasmtime.component import Linker

from wasmflow.collections.wasm import abi
from wasmflow.collections.wasm.lowering import Own
from wasmflow.collections.wasm.marshal import compile_lift, compile_lower
from wasmflow.collections.wasm.surroundings import SURROUNDINGS
from wasmflow.types import model as wit


class Resource(Enum):
    """The resources of ours. Each has a number; of those with the number 0 one is as good as another."""

    POLLABLE = 1
    INPUT_STREAM = 2
    OUTPUT_STREAM = 3
    ERROR = 4
    DESCRIPTOR = 5
    DIRECTORY_ENTRIES = 6
    TERMINAL_INPUT = 7
    TERMINAL_OUTPUT = 8
    NETWORK = 9


@dataclass(frozen=True, slots=True)
class Borrow:
    """A parameter that is a resource, or a list of such: given back at once."""

    list: bool = False
    #: Whether the function is called with its number; of a list, it is with all of them.
    read: bool = False


@dataclass(frozen=True, slots=True)
class HostFunction:
    """A function of the host."""

    #: Called with the surroundings of the guest's call and with the parameters that are values.
    run: Callable[..., Any]
    parameters: tuple[wit.Type | Borrow, ...] = ()
    #: A resource is made by this module, also where it is a part (`own`); `run` says which number it has.
    result: wit.Type | Resource | None = None


#: What stands under a name in an interface.
Definition: TypeAlias = HostFunction | Resource
Interface: TypeAlias = Mapping[str, Definition]

#: wasmtime may call these as long as the process lives.
_alive: Final[list[Any]] = []


def define(linker: Linker, name: str, interface: Interface) -> None:
    """Define an interface, or replace these parts of it. Raises `WasmtimeError`."""
    with _opened(linker, name) as instance:
        for part, definition in interface.items():
            encoded = part.encode()
            start, size = id(encoded) + abi.PAYLOAD, len(encoded)
            if isinstance(definition, Resource):
                with _resource_type(definition) as type_:
                    arguments = (instance, start, size, type_, _forget, None, None)
                    abi.check(abi.linker_add_resource(*arguments))
            else:
                callback = _callback(definition)
                _alive.append(callback)
                abi.check(abi.linker_add_function(instance, start, size, callback, None, None))


@contextmanager
def _opened(linker: Linker, interface: str) -> Iterator[int]:
    """The interface of that name in a linker; made if there is none."""
    encoded, instance = interface.encode(), c_void_p()
    start, out = id(encoded) + abi.PAYLOAD, ctypes.addressof(instance)
    root = abi.linker_root(abi.address_of(linker))
    try:
        abi.check(abi.linker_add_instance(root, start, len(encoded), out))
        try:
            yield int(instance.value or 0)
        finally:
            abi.linker_instance_delete(instance)
    finally:
        abi.linker_instance_delete(root)


@contextmanager
def _resource_type(resource: Resource) -> Iterator[int]:
    type_ = abi.resource_type_new(resource.value)
    try:
        yield type_
    finally:
        abi.resource_type_delete(type_)


def _dropped(_data: object, context: int, rep: int) -> None:
    """A guest has dropped a resource."""
    if (surroundings := SURROUNDINGS.get(context)) is not None:
        surroundings.close_handle(rep)


_forget: Final = abi.Destructor(_dropped)


def is_defined(linker: Linker, name: str, interface: Interface) -> bool:
    """Whether any of these stands in a linker that lets nothing be replaced; defines them if not."""
    try:
        define(linker, name, interface)
    except WasmtimeError:
        return True
    return False


def _callback(function: HostFunction) -> Any:
    read = [
        (_reader(parameter), index * abi.VALUE_SIZE)
        for index, parameter in enumerate(function.parameters)
    ]
    run, write = function.run, _writer(function.result)

    def call(
        _data: object, context: int, _type: object, arguments: int, _n: int, results: int, _m: int
    ) -> int | None:
        try:
            surroundings = SURROUNDINGS[context]
            surroundings.count_call()
            values = [value for take, offset in read for value in take(context, arguments + offset)]
            write(context, run(surroundings, *values), results)
        except BaseException as error:
            return _park(context, error)
        return None

    return abi.HostFunction(call)


def _park(context: int, error: BaseException) -> int:
    """End the guest with an error.

    An interrupt that comes before the first step of a callback is out of our reach: ctypes prints it,
    and the guest goes on as if the function had returned.
    """
    surroundings = SURROUNDINGS.get(context)
    if surroundings is not None:
        surroundings.raised = error
    return abi.new_error(str(error))


#: The values that a parameter contributes; and what does something with a function's result.
_Reader: TypeAlias = Callable[[int, int], tuple[Any, ...]]
_Writer: TypeAlias = Callable[[int, Any, int], None]

_pointer_at: Final = Struct("<8xQ").unpack_from
_block_at: Final = Struct("<8xQQ").unpack_from


def _reader(parameter: wit.Type | Borrow) -> _Reader:
    if isinstance(parameter, Borrow):
        if parameter.list:
            return _read_all
        return _read if parameter.read else _give_back
    lift = compile_lift(parameter)
    return lambda _context, cell: (lift(cell),)


def _read(context: int, cell: int) -> tuple[Any, ...]:
    """The number of a resource, whose borrow ends: wasmtime insists. Of the ways to do that, this one
    works in asynchronous calls."""
    (resource,) = _pointer_at(abi.MEMORY, cell)
    host = c_void_p()
    abi.check(abi.resource_to_host(context, resource, ctypes.addressof(host)))
    number = abi.resource_host_rep(host)
    abi.resource_host_delete(host)
    return (number,)


def _give_back(context: int, cell: int) -> tuple[Any, ...]:
    _read(context, cell)
    return ()


def _read_all(context: int, cell: int) -> tuple[Any, ...]:
    count, start = _block_at(abi.MEMORY, cell)
    cells = (start + index * abi.VALUE_SIZE for index in range(count))
    return ([number for each in cells for number in _read(context, each)],)


class _Keep(list[Any]):
    """What a result points at, and the resources in it until the guest has them."""

    def __init__(self, context: int) -> None:
        super().__init__()
        self.context = context
        self.resources: list[int] = []


def own(resource: Resource) -> Any:
    """The type of a resource that is made for the guest: of a function's result, or of parts of it."""
    kind = resource.value

    def make(number: int, keep: Any) -> int:
        host, made = abi.resource_host_new(True, number, kind), c_void_p()
        try:
            abi.check(abi.resource_from_host(keep.context, host, ctypes.addressof(made)))
        finally:
            abi.resource_host_delete(host)
        keep.resources.append(made.value)
        return int(made.value or 0)

    return Own(make)


def _writer(result: wit.Type | Resource | None) -> _Writer:
    if result is None:
        return lambda _context, _value, _results: None
    lower = compile_lower(own(result) if isinstance(result, Resource) else result)

    def write(context: int, value: Any, results: int) -> None:
        keep = _Keep(context)
        try:
            cell = lower(value, keep)
            abi.value_clone(id(cell) + abi.PAYLOAD, results)
        finally:
            for made in keep.resources:
                abi.resource_delete(made)

    return write
