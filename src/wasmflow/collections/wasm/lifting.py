"""Writes the Python source that reads values where wasmtime laid them out.

The counterpart of `lowering`, which explains the layout. What stands in memory here was made by
wasmtime from what it has checked: texts are UTF-8, cases exist. Only JSON in an `any` can be wrong.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from functools import singledispatchmethod
from struct import Struct
from typing import Any, Final, NamedTuple

from wasmflow.collections.wasm.abi import MEMORY, VALUE_SIZE
from wasmflow.collections.wasm.lowering import FORMATS
from wasmflow.collections.wasm.source import Source
from wasmflow.types import model as wit
from wasmflow.types.json import loads


class Unpacked(NamedTuple):
    """How one cell is read: a format for its 32 bytes, names for what is in it, and the value."""

    format: str
    names: tuple[str, ...]
    value: str


#: A count or length, and an address.
_BLOCK: Final = "8xQQ8x"
#: Bytes of the name before each field of a record.
_NAME: Final = "16x"


class Lifting:
    """Writes functions into `source`, one for each type that needs one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._functions: dict[wit.Type, str] = {}
        self._bodies: dict[wit.Type, str] = {}
        self._memory = source.constant(MEMORY)

    def at(self, type_: wit.Type) -> str:
        """The name of the function that reads the cell at an address."""
        name = self._functions.get(type_)
        if name is None:
            cell = self.cell(type_)
            lines = [self.unpack(cell.format, cell.names, "address"), f"return {cell.value}"]
            name = self._functions[type_] = self._source.function("address", lines)
        return name

    def unpack(self, format_: str, names: tuple[str, ...], address: str) -> str:
        """A line that gives names to what stands at an address."""
        unpack = self._source.constant(Struct("<" + format_).unpack_from)
        return f"{''.join(f'{name}, ' for name in names)}= {unpack}({self._memory}, {address})"

    @singledispatchmethod
    def cell(self, type_: Any) -> Unpacked:
        """How the cell of a value of this type is read."""
        raise AssertionError(f"{type_} cannot cross out of a component")

    @cell.register
    def _(self, type_: wit.Scalar) -> Unpacked:
        if type_ is wit.STRING:
            size, start = self._source.name(), self._source.name()
            return Unpacked(_BLOCK, (size, start), f"{self._slice(start, size)}.decode()")
        name = self._source.name()
        if type_ is wit.CHAR:
            return Unpacked("8xI20x", (name,), f"chr({name})")
        format_ = FORMATS[type_]
        return Unpacked(f"8x{format_}{24 - Struct('<' + format_).size}x", (name,), name)

    @cell.register
    def _(self, type_: wit.Anything) -> Unpacked:
        return self._block(self._body(type_, self._any))

    def _any(self, _type: wit.Anything) -> str:
        lines = [
            self.unpack(_NAME + _BLOCK, ("size", "start"), "start"),
            f"return {self._source.constant(lift_json)}(size, start)",
        ]
        return self._source.function("_count, start", lines)

    @cell.register
    def _(self, type_: wit.Record) -> Unpacked:
        return self._block(self._body(type_, self._record))

    def _record(self, type_: wit.Record) -> str:
        cells = [self.cell(part) for _, part in type_.fields]
        names = [repr(name) for name, _ in type_.fields]
        fields = ", ".join(f"{n}: {cell.value}" for n, cell in zip(names, cells, strict=True))
        return self._parts(cells, _NAME, f"{{{fields}}}")

    @cell.register
    def _(self, type_: wit.Tuple) -> Unpacked:
        return self._block(self._body(type_, self._tuple))

    def _tuple(self, type_: wit.Tuple) -> str:
        cells = [self.cell(each) for each in type_.elements]
        return self._parts(cells, "", f"({', '.join(cell.value for cell in cells)},)")

    def _parts(self, cells: list[Unpacked], before: str, value: str) -> str:
        format_ = "".join(before + cell.format for cell in cells)
        names = tuple(name for cell in cells for name in cell.names)
        lines = [self.unpack(format_, names, "start"), f"return {value}"]
        return self._source.function("_count, start", lines)

    @cell.register
    def _(self, type_: wit.List) -> Unpacked:
        return self._block(self._body(type_, self._list))

    def _list(self, type_: wit.List) -> str:
        element = type_.element
        if isinstance(element, wit.Scalar) and element is not wit.STRING:
            return self._source.constant(lift_scalars(element))
        cell = self.cell(element)
        cells = self._source.constant(Struct("<" + cell.format).iter_unpack)
        names = "".join(f"{name}, " for name in cell.names)
        block = self._slice("start", f"{VALUE_SIZE} * count")
        lines = [f"return [{cell.value} for {names}in {cells}({block})]"]
        return self._source.function("count, start", lines)

    @cell.register
    def _(self, type_: wit.Enum) -> Unpacked:
        size, start = self._source.name(), self._source.name()
        table = self._source.constant({name.encode(): name for name in type_.cases})
        return Unpacked(_BLOCK, (size, start), f"{table}[{self._slice(start, size)}]")

    @cell.register
    def _(self, type_: wit.Flags) -> Unpacked:
        return self._block(self._source.constant(lift_flags({n.encode(): n for n in type_.names})))

    @cell.register
    def _(self, type_: wit.Option) -> Unpacked:
        address = self._source.name()
        some = f"{self.at(type_.payload)}({address})"
        if isinstance(type_.payload, wit.Option):
            some = f"{self._source.constant(wit.Some)}({some})"
        return Unpacked("8xQ16x", (address,), f"({some} if {address} else None)")

    @cell.register
    def _(self, type_: wit.Result) -> Unpacked:
        is_ok, address = self._source.name(), self._source.name()
        lift = self._body(type_, self._result)
        return Unpacked("8x?7xQ8x", (is_ok, address), f"{lift}({is_ok}, {address})")

    def _result(self, type_: wit.Result) -> str:
        cases = {"True": ("ok", type_.ok), "False": ("err", type_.err)}
        return self._cases("is_ok, address", "is_ok", cases)

    @cell.register
    def _(self, type_: wit.Variant) -> Unpacked:
        names = size, start, address = tuple(self._source.name() for _ in range(3))
        lift = self._body(type_, self._variant)
        return Unpacked("8xQQQ", names, f"{lift}({self._slice(start, size)}, {address})")

    def _variant(self, type_: wit.Variant) -> str:
        cases = {repr(name.encode()): (name, part) for name, part in type_.cases}
        return self._cases("tag, address", "tag", cases)

    def _cases(
        self, parameters: str, key: str, cases: Mapping[str, tuple[str, wit.Type | None]]
    ) -> str:
        rows = {
            case: f"({name!r}, {'None' if part is None else self.at(part)})"
            for case, (name, part) in cases.items()
        }
        table, case = self._source.table(rows), self._source.constant(wit.Case)
        lines = [
            f"name, lift = {table}[{key}]",
            f"return {case}(name, lift(address) if lift else None)",
        ]
        return self._source.function(parameters, lines)

    def _block(self, lift: str) -> Unpacked:
        count, start = self._source.name(), self._source.name()
        return Unpacked(_BLOCK, (count, start), f"{lift}({count}, {start})")

    def _body(self, type_: Any, write: Callable[[Any], str]) -> str:
        name = self._bodies.get(type_)
        if name is None:
            name = self._bodies[type_] = write(type_)
        return name

    def _slice(self, start: str, size: str) -> str:
        return f"{self._memory}[{start} : {start} + {size}]"


#: Bytes of the JSON text of an `any`. The interpreter does nothing else while it reads one: for a second
#: if so many are brackets.
MOST_JSON: Final = 8 << 20


def lift_json(size: int, start: int) -> wit.Json:
    """Reads an `any`. Raises `Misfit` for a text that is too long, or no JSON."""
    if size > MOST_JSON:
        raise wit.Misfit(f"its JSON has {size:,} bytes, and at most {MOST_JSON:,} are read")
    return loads(MEMORY[start : start + size].decode())


def lift_scalars(type_: wit.Scalar) -> Callable[[int, int], Any]:
    """Reads a list of booleans, characters or numbers: how many, and where they stand."""

    def lift_bytes(count: int, start: int) -> bytes:
        block: bytes = MEMORY[start + 8 : start + VALUE_SIZE * count : VALUE_SIZE]
        return block

    if type_ is wit.U8:
        return lift_bytes
    if type_ is wit.BOOL:
        return lambda count, start: list(map(bool, lift_bytes(count, start)))

    code = FORMATS.get(type_, "I")
    size = Struct(code).size

    def lift_numbers(count: int, start: int) -> array[Any]:
        block = array(code, MEMORY[start : start + VALUE_SIZE * count])
        return block[8 // size :: VALUE_SIZE // size]

    if type_ is wit.CHAR:
        return lambda count, start: list(lift_numbers(count, start).tobytes().decode("utf-32-le"))
    return lambda count, start: lift_numbers(count, start).tolist()


def lift_flags(names: Mapping[bytes, str]) -> Callable[[int, int], frozenset[str]]:
    """Reads a set of flags: length and address of each name."""

    def lift(count: int, start: int) -> frozenset[str]:
        pairs = array("Q", MEMORY[start : start + 16 * count])
        spans = zip(pairs[::2], pairs[1::2], strict=True)
        return frozenset([names[MEMORY[at : at + size]] for size, at in spans])

    return lift
