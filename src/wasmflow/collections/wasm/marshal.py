"""Values across the boundary: one specialised set of Python functions per signature.

`compile_marshaller` writes and compiles them when an artifact is opened; `store` calls them around
each call:

    weigh      how many list elements the inputs hold, so that large ones are not converted on the
               event loop
    prepare    the slots of the input ports become the arguments of wasmtime
    finish     the result of wasmtime becomes the outcome of the call: `result`, then `option`, are
               opened once each, as DESIGN says of signatures

A value that no component can be given is found in `prepare`: those would end the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from wasmflow.collections.wasm.abi import MEMORY, value_delete
from wasmflow.collections.wasm.lifting import Lifting
from wasmflow.collections.wasm.lowering import Body, Lowering
from wasmflow.collections.wasm.source import Source
from wasmflow.collections.wasm.weighing import Weighing
from wasmflow.component import Outcome
from wasmflow.packet import EMPTY, Failure, Kind, Slot
from wasmflow.types import model as wit
from wasmflow.types.json import dumps, encoder

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
    finish: Callable[[int], Outcome]


def compile_marshaller(parameters: tuple[wit.Part, ...], result: wit.Type | None) -> Marshaller:
    """The functions for a signature as WIT declares it."""
    source = Source()
    types = [type_ for _, type_ in parameters if type_ is not None]
    weighs = _write_weigh(source, types)
    _write_prepare(source, types)
    _write_finish(source, result)
    functions = _compiled(source)
    return Marshaller(
        arity=len(types),
        results=int(result is not None),
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


def _slots(count: int) -> tuple[list[str], list[str]]:
    """Names for the slots, and the line that unpacks them."""
    slots = [f"slot{i}" for i in range(count)]
    return slots, [f"{', '.join(slots)}, = slots"] if slots else []


def _write_weigh(source: Source, types: list[wit.Type]) -> bool:
    weighing = Weighing(source)
    slots, lines = _slots(len(types))
    terms = [weighing.parameter(type_, slot) for type_, slot in zip(types, slots, strict=True)]
    weights = [term for term in terms if term]
    source.function("slots", [*lines, f"return {' + '.join(weights) or 0}"], "weigh")
    return bool(weights)


def _write_prepare(source: Source, types: list[wit.Type]) -> None:
    lowering, body = Lowering(source), Body()
    slots, body.lines = _slots(len(types))
    cells = [
        lowering.parameter(type_, slot, body) for type_, slot in zip(types, slots, strict=True)
    ]
    if cells:
        body.lines.insert(0, "keep = []")
        last = f"return {lowering.pack(cells)}, keep"
    else:
        last = "return None, None"
    source.function("slots", [*body.keeping(), last], "prepare")


def _write_finish(source: Source, result: wit.Type | None) -> None:
    """One level after the other: `result`, `option`, the value; then the cell is freed."""
    if result is None:
        source.function("address", ["return ()"], "finish")
        return
    lifting = Lifting(source)
    lines = _opening(source, lifting, result)
    if not _holds_memory(result):
        source.function("address", lines, "finish")
        return
    indented = [f"    {line}" for line in lines]
    delete, memory = source.constant(value_delete), source.constant(MEMORY)
    # wasmtime drops what a cell held when it writes a new result over it: it must not see this twice.
    ending = [f"    {delete}(cell)", f"    {memory}[cell] = b'\\0'"]
    source.function("address", ["cell = address", "try:", *indented, "finally:", *ending], "finish")


def _opening(source: Source, lifting: Lifting, result: wit.Type) -> list[str]:
    opened: wit.Type | None = result
    lines: list[str] = []
    if isinstance(opened, wit.Result):
        fail = source.constant(_exception(opened.err))
        err = "None" if opened.err is None else f"{lifting.at(opened.err)}(address)"
        lines += [lifting.unpack("8x?7xQ8x", ("is_ok", "address"), "address")]
        lines += [f"if not is_ok: return {fail}({err})"]
        opened = opened.ok
    if isinstance(opened, wit.Option):
        nothing = source.constant((EMPTY,))
        lines += [lifting.unpack("8xQ16x", ("address",), "address")]
        lines += [f"if not address: return {nothing}"]
        opened = opened.payload
    if opened is None:
        return [*lines, "return ()"]
    cell = lifting.cell(opened)
    return [*lines, lifting.unpack(cell.format, cell.names, "address"), f"return ({cell.value},)"]


def _holds_memory(type_: wit.Type) -> bool:
    return type_ is wit.STRING or not isinstance(type_, wit.Scalar)


def _exception(type_: wit.Type | None) -> Callable[[Any], Failure]:
    """What makes an exception of the payload of `err`."""
    if type_ is None:
        silent = Failure(Kind.EXCEPTION, "it failed without saying why")
        return lambda _payload: silent
    encode = encoder(type_)

    def exception(value: Any) -> Failure:
        try:
            payload = encode(value)
        except wit.Misfit as misfit:
            return Failure(Kind.EXCEPTION, f"it failed with what is no JSON: {misfit}")
        return Failure(Kind.EXCEPTION, _message(payload), payload=payload)

    return exception


#: The field of a payload that says to people what is wrong.
_MESSAGE: Final = "message"


def _message(payload: wit.Json) -> str:
    if isinstance(payload, str):
        return payload
    if isinstance(payload, Mapping) and isinstance(message := payload.get(_MESSAGE), str):
        return message
    return dumps(payload)
