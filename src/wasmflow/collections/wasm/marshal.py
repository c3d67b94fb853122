"""Values across the boundary: one specialised set of Python functions per signature.

`compile_marshaller` writes and compiles them when an artifact is opened; `store` calls them around
each call:

    weigh      how many list elements the inputs hold, so that large ones are not converted on the
               event loop
    prepare    the slots of the input ports become the arguments of wasmtime
    finish     the result of wasmtime becomes the outcome of the call: `result`, then `option` or, in
               what a stream is made of, a list are opened once each, as DESIGN says of signatures

A value that no component can be given is found in `prepare`: those would end the process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias

from wasmflow.collections.wasm.abi import (
    MEMORY,
    RESOURCE,
    VALUE_SIZE,
    resource_clone,
    value_delete,
)
from wasmflow.collections.wasm.exceptions import exception_of
from wasmflow.collections.wasm.lifting import Lifting
from wasmflow.collections.wasm.lowering import Body, Lowering, Packed
from wasmflow.collections.wasm.source import Source
from wasmflow.collections.wasm.weighing import Weighing
from wasmflow.packet import EMPTY, Slot
from wasmflow.types import model as wit

#: Arguments for wasmtime (``None`` if there are none), and what must live until the call has begun.
Prepared: TypeAlias = tuple[bytes | None, object]


@dataclass(frozen=True, slots=True)
class Marshaller:
    """How the values of one signature cross."""

    #: How many arguments and results wasmtime is given room for.
    arity: int
    results: int
    #: Whether the result may hold lists, so that converting it may take long.
    lists: bool
    #: List elements in the slots, at every depth; ``None`` if the types have no lists.
    weigh: Callable[[tuple[Slot, ...]], int] | None
    #: Raises `UnicodeEncodeError` or `wit.Misfit` for a value that no component can be given.
    prepare: Callable[[tuple[Slot, ...]], Prepared]
    #: Reads the result at an address and frees it. Raises `wit.Misfit` if it is no value after all.
    finish: Callable[[int], Any]


def compile_marshaller(parameters: tuple[wit.Part, ...], result: wit.Type | None) -> Marshaller:
    """The functions for a signature as WIT declares it. The outcome has one slot, or none."""
    source = Source()
    opening = _opening(source, result, single=True)
    return _compile(source, _slots(parameters), opening, result, frees=_holds_memory(result))


def compile_constructor(parameters: tuple[wit.Part, ...], failure: wit.Type | None) -> Marshaller:
    """The functions for a constructor. `failure` is a `result` of nothing if it may fail.

    The outcome is a handle: a cell whose resource is to be deleted in the end (`resource_in`).
    """
    source = Source()
    opening = _constructing(source, failure)
    return _compile(source, _slots(parameters), opening, failure, frees=True)


def compile_method(
    parameters: tuple[wit.Part, ...],
    result: wit.Type | None,
    *,
    single: bool,
    batches: bool = False,
) -> Marshaller:
    """The functions for a method. It is given a handle and the slots; if it takes `batches`, which are
    lists, a handle and a sequence of elements, each with a slot for every list.

    `single` says that exactly one slot comes of a result; else any number does.
    """
    source = Source()
    inputs = _elements(source, parameters) if batches else _slots(parameters, "handle")
    opening = _opening(source, result, single=single)
    return _compile(source, inputs, opening, result, frees=_holds_memory(result))


class _Inputs(NamedTuple):
    """How the inputs of a call are taken apart: lines, and the values that they give names to."""

    lines: list[str]
    values: list[tuple[str, wit.Type]]
    #: Whether a handle, by that name, goes before them.
    handle: bool = False


def _compile(
    source: Source, inputs: _Inputs, opening: list[str], result: wit.Type | None, *, frees: bool
) -> Marshaller:
    """`frees`: whether the cell of the result holds memory, to be freed once `opening` has read it."""
    weighs = _write_weigh(source, inputs)
    _write_prepare(source, inputs)
    _write_finish(source, opening, frees=frees)
    functions = _compiled(source)
    return Marshaller(
        arity=len(inputs.values) + inputs.handle,
        results=int(frees or result is not None),
        lists=result is not None and bool(Weighing(Source()).weight(result, "value")),
        weigh=functions["weigh"] if weighs else None,
        prepare=functions["prepare"],
        finish=functions["finish"],
    )


@cache
def compile_lower(type_: wit.Type) -> Callable[[Any, list[Any]], bytes]:
    """Makes the cell of one value; what it points at is added to a list."""
    source = Source()
    name = Lowering(source).function(type_)
    lower: Callable[[Any, list[Any]], bytes] = _compiled(source)[name]
    return lower


@cache
def compile_lift(type_: wit.Type) -> Callable[[int], Any]:
    """Reads the value of the cell at an address, without freeing it."""
    source = Source()
    name = Lifting(source).at(type_)
    lift: Callable[[int], Any] = _compiled(source)[name]
    return lift


def _compiled(source: Source) -> dict[str, Any]:
    exec(compile(str(source), "<marshaller>", "exec"), source.namespace)
    return source.namespace


def _slots(parameters: tuple[wit.Part, ...], *before: str) -> _Inputs:
    """One slot after the other, and what stands before them."""
    values = _named(parameters)
    names = [*before, *(slot for slot, _ in values)]
    lines = [f"{', '.join(names)}, = slots"] if names else []
    return _Inputs(lines, values, handle=bool(before))


def _elements(source: Source, parameters: tuple[wit.Part, ...]) -> _Inputs:
    """A list for each parameter, of what the elements have in its slot."""
    values = _named(parameters)
    lines = [
        f"{slot} = {_column(source, index, type_)}" for index, (slot, type_) in enumerate(values)
    ]
    return _Inputs(["handle, elements = slots", *lines], values, handle=True)


def _named(parameters: tuple[wit.Part, ...]) -> list[tuple[str, wit.Type]]:
    return [(f"slot{i}", type_) for i, (_, type_) in enumerate(parameters) if type_ is not None]


def _column(source: Source, index: int, type_: wit.Type) -> str:
    """An expression for the list of what elements have in one slot."""
    element = type_.element if isinstance(type_, wit.List) else type_
    if isinstance(element, wit.Option):
        # An optional input has the value inside, or `EMPTY`.
        nested = isinstance(element.payload, wit.Option)
        some = f"{source.constant(wit.Some)}(x[{index}])" if nested else f"x[{index}]"
        empty = source.constant(EMPTY)
        return f"[None if x[{index}] is {empty} else {some} for x in elements]"
    convert = "bytes" if element is wit.U8 else "list"
    return f"{convert}(map({source.constant(itemgetter(index))}, elements))"


def _write_weigh(source: Source, inputs: _Inputs) -> bool:
    weighing = Weighing(source)
    terms = [weighing.parameter(type_, slot) for slot, type_ in inputs.values]
    weights = [term for term in terms if term]
    source.function("slots", [*inputs.lines, f"return {' + '.join(weights) or 0}"], "weigh")
    return bool(weights)


def _write_prepare(source: Source, inputs: _Inputs) -> None:
    lowering, body = Lowering(source), Body([*inputs.lines])
    cells = [Packed(f"{VALUE_SIZE}s", ("handle",))] if inputs.handle else []
    cells += [lowering.parameter(type_, slot, body) for slot, type_ in inputs.values]
    if cells:
        body.lines.insert(0, "keep = []")
        last = f"return {lowering.pack(cells)}, keep"
    else:
        last = "return None, None"
    source.function("slots", [*body.keeping(), last], "prepare")


def _write_finish(source: Source, lines: list[str], *, frees: bool) -> None:
    if not frees:
        source.function("address", lines, "finish")
        return
    indented = [f"    {line}" for line in lines]
    delete, memory = source.constant(value_delete), source.constant(MEMORY)
    # wasmtime drops what a cell held when it writes a new result over it: it must not see this twice.
    ending = [f"    {delete}(cell)", f"    {memory}[cell] = b'\\0'"]
    source.function("address", ["cell = address", "try:", *indented, "finally:", *ending], "finish")


def _opening(source: Source, result: wit.Type | None, *, single: bool) -> list[str]:
    """One level after the other: `result`, `option` or, unless it is to be single, a list."""
    if result is None:
        return ["return ()"]
    lifting = Lifting(source)
    lines, opened = _opening_result(source, lifting, result)
    spread = not single and isinstance(opened, wit.List)
    if isinstance(opened, wit.Option):
        nothing = source.constant((EMPTY,) if single else ())
        lines += [lifting.unpack("8xQ16x", ("address",), "address")]
        lines += [f"if not address: return {nothing}"]
        opened = opened.payload
    if opened is None:
        return [*lines, "return ()"]
    cell = lifting.cell(opened)
    value = cell.value if spread else f"({cell.value},)"
    return [*lines, lifting.unpack(cell.format, cell.names, "address"), f"return {value}"]


def _opening_result(
    source: Source, lifting: Lifting, result: wit.Type
) -> tuple[list[str], wit.Type | None]:
    """Lines that return the failure, if it is one, and the type of what else is at the address."""
    if not isinstance(result, wit.Result):
        return [], result
    fail = source.constant(exception_of(result.err))
    err = "None" if result.err is None else f"{lifting.at(result.err)}(address)"
    lines = [lifting.unpack("8x?7xQ8x", ("is_ok", "address"), "address")]
    return [*lines, f"if not is_ok: return {fail}({err})"], result.ok


def _constructing(source: Source, failure: wit.Type | None) -> list[str]:
    lifting = Lifting(source)
    lines = [] if failure is None else _opening_result(source, lifting, failure)[0]
    lines += [lifting.unpack("8xQ16x", ("pointer",), "address")]
    return [*lines, f"return ({source.constant(_handle)}(pointer),)"]


_resource: Final = Struct("<B7xQ16x")


def _handle(pointer: int) -> bytes:
    """The cell of a resource of our own, since that of a result is freed."""
    return _resource.pack(RESOURCE, resource_clone(pointer))


def resource_in(handle: bytes) -> int:
    """The pointer to delete when a handle is not needed any more."""
    pointer: int = _resource.unpack(handle)[1]
    return pointer


def _holds_memory(type_: wit.Type | None) -> bool:
    return type_ is wit.STRING or not isinstance(type_, wit.Scalar | None)
