"""Writes the Python source that lays values out as wasmtime reads them.

A value is a *cell* of 32 bytes: its kind in the first, what it holds from the eighth on; what does
not fit there stands elsewhere and the cell points at it. wasmtime only reads arguments, so all of it
can be ordinary ``bytes`` that Python owns, as long as it is *kept* until the call has begun.

`marshal` runs what is written here. Types come from `wasmflow.types.model`, never from the binding.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from ctypes import addressof, c_char
from dataclasses import dataclass, field
from functools import singledispatchmethod
from itertools import accumulate
from struct import Struct
from typing import Any, Final, NamedTuple, TypeAlias

from wasmflow.collections.wasm.abi import PAYLOAD, RESOURCE, VALUE_SIZE
from wasmflow.collections.wasm.source import Source
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.json import dumps

#: The kinds of wasmtime's values, in the order of its declaration.
KINDS: Final[Mapping[wit.Scalar, int]] = {
    wit.BOOL: 0,
    wit.S8: 1,
    wit.U8: 2,
    wit.S16: 3,
    wit.U16: 4,
    wit.S32: 5,
    wit.U32: 6,
    wit.S64: 7,
    wit.U64: 8,
    wit.F32: 9,
    wit.F64: 10,
    wit.CHAR: 11,
    wit.STRING: 12,
}
LIST, RECORD, TUPLE, VARIANT, ENUM, OPTION, RESULT, FLAGS = range(13, 21)

#: The format of `struct`, and of `array` where it is a number, of each type with a fixed size.
FORMATS: Final[Mapping[wit.Scalar, str]] = {
    wit.BOOL: "?",
    wit.S8: "b",
    wit.U8: "B",
    wit.S16: "h",
    wit.U16: "H",
    wit.S32: "i",
    wit.U32: "I",
    wit.S64: "q",
    wit.U64: "Q",
    wit.F32: "f",
    wit.F64: "d",
}

#: Bytes from which on a buffer is pointed at where it stands instead of being copied once more.
_LARGE: Final = 1 << 16

#: Things that must stay alive until wasmtime has read the arguments.
Keep: TypeAlias = list[Any]


@dataclass(frozen=True, slots=True)
class Own:
    """The type of a resource that is given away. It stands where a type stands in another one."""

    #: Makes the resource that a value stands for, and returns the pointer to it.
    make: Callable[[Any, Keep], int]


class Packed(NamedTuple):
    """How one cell is packed: a format of `struct` for its 32 bytes, and the values that it takes."""

    format: str
    values: tuple[str, ...]


@dataclass
class Body:
    """The lines of a function that is being written, and the buffers that they make."""

    lines: list[str] = field(default_factory=list)
    buffers: list[str] = field(default_factory=list)

    def let(self, name: str, expression: str) -> str:
        self.lines.append(f"{name} = {expression}")
        return name

    def keeping(self) -> list[str]:
        """The lines, and one that keeps the buffers."""
        kept = [f"keep += ({', '.join(self.buffers)},)"] if self.buffers else []
        return self.lines + kept


class Lowering:
    """Writes functions into `source`, one for each type that needs one."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._functions: dict[wit.Type, str] = {}

    def parameter(self, type_: wit.Type, slot: str, body: Body) -> Packed:
        """The cell of a parameter; an optional one takes `none` where its slot is `EMPTY`."""
        if isinstance(type_, wit.Option):
            empty = self._source.constant(EMPTY)
            return self._optional(type_.payload, slot, f"{slot} is {empty}", body)
        return self.cell(type_, slot, body)

    def pack(self, cells: Iterable[Packed]) -> str:
        """An expression for cells, one behind the other, as ``bytes``."""
        format_ = "<" + "".join(cell.format for cell in cells)
        values = ", ".join(value for cell in cells for value in cell.values)
        return f"{self._source.constant(Struct(format_).pack)}({values})"

    @singledispatchmethod
    def cell(self, type_: Any, value: str, body: Body) -> Packed:
        """The cell of a value. `value` is an expression and evaluated at most once."""
        raise AssertionError(f"{type_} cannot cross into a component")

    @cell.register
    def _(self, type_: wit.Scalar, value: str, body: Body) -> Packed:
        kind = str(KINDS[type_])
        if type_ is wit.STRING:
            return self._pointed(kind, self._buffer(f"{value}.encode()", body))
        if type_ is wit.CHAR:
            # A surrogate would end the process; it has no encoding, so this raises.
            return Packed("B7x4s20x", (kind, f"{value}.encode('utf-32-le')"))
        format_ = FORMATS[type_]
        padding = 24 - Struct("<" + format_).size
        return Packed(f"B7x{format_}{padding}x", (kind, value))

    @cell.register
    def _(self, type_: Own, value: str, body: Body) -> Packed:
        return Packed(
            "B7xQ16x", (str(RESOURCE), f"{self._source.constant(type_.make)}({value}, keep)")
        )

    @cell.register
    def _(self, type_: wit.Anything, value: str, body: Body) -> Packed:
        text = f"{self._source.constant(dumps)}({value})"
        return self._parts(RECORD, [("json", self.cell(wit.STRING, text, body))], body)

    @cell.register
    def _(self, type_: wit.Record, value: str, body: Body) -> Packed:
        record = body.let(self._source.name(), value)
        fields = [
            (name, self.cell(part, f"{record}[{name!r}]", body)) for name, part in type_.fields
        ]
        return self._parts(RECORD, fields, body)

    @cell.register
    def _(self, type_: wit.Tuple, value: str, body: Body) -> Packed:
        elements = body.let(self._source.name(), value)
        cells = [
            (None, self.cell(each, f"{elements}[{i}]", body))
            for i, each in enumerate(type_.elements)
        ]
        return self._parts(TUPLE, cells, body)

    @cell.register
    def _(self, type_: wit.List, value: str, body: Body) -> Packed:
        return self._sequence(LIST, self._list_function(type_.element), value, body)

    @cell.register
    def _(self, type_: wit.Flags, value: str, body: Body) -> Packed:
        lower = lower_flags({name: self._source.text(name) for name in type_.names})
        return self._sequence(FLAGS, self._source.constant(lower), value, body)

    @cell.register
    def _(self, type_: wit.Enum, value: str, body: Body) -> Packed:
        table = self._source.constant({name: self._source.text(name) for name in type_.cases})
        size, start = self._source.name(), self._source.name()
        body.lines.append(f"{size}, {start} = {table}[{value}]")
        return Packed("B7xQQ8x", (str(ENUM), size, start))

    @cell.register
    def _(self, type_: wit.Option, value: str, body: Body) -> Packed:
        option = body.let(self._source.name(), value)
        inner = f"{option}[0]" if isinstance(type_.payload, wit.Option) else option
        return self._optional(type_.payload, inner, f"{option} is None", body)

    @cell.register
    def _(self, type_: wit.Result, value: str, body: Body) -> Packed:
        rows = {"ok": ("1", self._maybe(type_.ok)), "err": ("0", self._maybe(type_.err))}
        [is_ok], payload = self._case(rows, value, body)
        return Packed("B7x?7xQ8x", (str(RESULT), is_ok, payload))

    @cell.register
    def _(self, type_: wit.Variant, value: str, body: Body) -> Packed:
        rows = {
            name: (*map(str, self._source.text(name)), self._maybe(part))
            for name, part in type_.cases
        }
        [size, start], payload = self._case(rows, value, body)
        return Packed("B7xQQQ", (str(VARIANT), size, start, payload))

    def _case(
        self, rows: Mapping[str, tuple[str, ...]], value: str, body: Body
    ) -> tuple[list[str], str]:
        """Names of what the row of a `Case` says of it, and the address of its payload.

        The last entry of each row is the function for the payload.
        """
        case = body.let(self._source.name(), value)
        *names, lower = [self._source.name() for _ in next(iter(rows.values()))]
        table = self._source.table(
            {repr(name): f"({', '.join(row)})" for name, row in rows.items()}
        )
        body.lines.append(f"{', '.join(names)}, {lower} = {table}[{case}[0]]")
        payload = self._buffer(f"{lower}({case}[1], keep) if {lower} else None", body)
        return names, self._address_or_null(payload)

    def _optional(self, payload: wit.Type, value: str, absent: str, body: Body) -> Packed:
        lower = self.function(payload)
        some = self._buffer(f"None if {absent} else {lower}({value}, keep)", body)
        return Packed("B7xQ16x", (str(OPTION), self._address_or_null(some)))

    def _parts(self, kind: int, parts: Sequence[tuple[str | None, Packed]], body: Body) -> Packed:
        cells: list[Packed] = []
        for name, cell in parts:
            if name is not None:
                cells.append(Packed("QQ", tuple(map(str, self._source.text(name)))))
            cells.append(cell)
        buffer = self._buffer(self.pack(cells), body)
        return Packed("B7xQQ8x", (str(kind), str(len(parts)), _address(buffer)))

    def _sequence(self, kind: int, lower: str, value: str, body: Body) -> Packed:
        count, start = self._source.name(), self._source.name()
        body.lines.append(f"{count}, {start} = {lower}({value}, keep)")
        return Packed("B7xQQ8x", (str(kind), count, start))

    def _list_function(self, element: wit.Type) -> str:
        if element is wit.STRING:
            return self._source.constant(lower_strings)
        if isinstance(element, wit.Scalar):
            return self._source.constant(lower_scalars(element))
        lower = self.function(element)
        block = self._source.constant(_block)
        return self._source.function(
            "values, keep", [f"return {block}(b''.join([{lower}(x, keep) for x in values]), keep)"]
        )

    def _maybe(self, type_: wit.Type | None) -> str:
        return "None" if type_ is None else self.function(type_)

    def function(self, type_: wit.Type) -> str:
        """The name of the function that makes the cell of a value of this type."""
        name = self._functions.get(type_)
        if name is None:
            body = Body()
            packed = self.pack([self.cell(type_, "value", body)])
            lines = [*body.keeping(), f"return {packed}"]
            name = self._functions[type_] = self._source.function("value, keep", lines)
        return name

    def _buffer(self, expression: str, body: Body) -> str:
        name = body.let(self._source.name(), expression)
        body.buffers.append(name)
        return name

    @staticmethod
    def _pointed(kind: str, buffer: str) -> Packed:
        return Packed("B7xQQ8x", (kind, f"len({buffer})", _address(buffer)))

    @staticmethod
    def _address_or_null(buffer: str) -> str:
        return f"{_address(buffer)} if {buffer} else 0"


def _address(buffer: str) -> str:
    return f"id({buffer}) + {PAYLOAD}"


def _block(cells: bytes | bytearray, keep: Keep) -> tuple[int, int]:
    """How many cells there are, and the address where they stand as long as `keep` lives."""
    if len(cells) > _LARGE and isinstance(cells, bytearray):
        pinned = c_char.from_buffer(cells)
        keep.append(pinned)
        return len(cells) // VALUE_SIZE, addressof(pinned)
    fixed = bytes(cells)
    keep.append(fixed)
    return len(fixed) // VALUE_SIZE, id(fixed) + PAYLOAD


def _cells(kind: int, count: int) -> bytearray:
    return bytearray(bytes((kind,)).ljust(VALUE_SIZE, b"\0")) * count


def lower_scalars(type_: wit.Scalar) -> Callable[[Any, Keep], tuple[int, int]]:
    """Lays out a list of booleans, characters or numbers."""
    kind = KINDS[type_]

    def lower_bytes(values: bytes, keep: Keep) -> tuple[int, int]:
        cells = _cells(kind, len(values))
        cells[8::VALUE_SIZE] = values
        return _block(cells, keep)

    if type_ is wit.U8:
        return lower_bytes
    if type_ is wit.BOOL:
        return lambda values, keep: lower_bytes(bytes(map(bool, values)), keep)

    code: Any = FORMATS.get(type_, "I")
    size = Struct(code).size

    def lower_numbers(values: Any, keep: Keep) -> tuple[int, int]:
        numbers = array(code, values)
        cells = _cells(kind, len(numbers))
        memoryview(cells).cast(code)[8 // size :: VALUE_SIZE // size] = memoryview(numbers)
        return _block(cells, keep)

    if type_ is wit.CHAR:
        return lambda values, keep: lower_numbers("".join(values).encode("utf-32-le"), keep)
    return lower_numbers


def lower_strings(values: Sequence[str], keep: Keep) -> tuple[int, int]:
    """Lays out a list of strings: their characters in one block, the cells pointing into it."""
    joined = "".join(values)
    text = joined.encode()
    keep.append(text)
    if len(text) == len(joined):
        sizes = array("Q", map(len, values))
    else:
        sizes = array("Q", [len(value.encode()) for value in values])
    starts = array("Q", accumulate(sizes, initial=id(text) + PAYLOAD))
    cells = _cells(KINDS[wit.STRING], len(sizes))
    words = memoryview(cells).cast("Q")
    words[1::4] = memoryview(sizes)
    words[2::4] = memoryview(starts)[:-1]
    return _block(cells, keep)


def lower_flags(
    texts: Mapping[str, tuple[int, int]],
) -> Callable[[Iterable[str], Keep], tuple[int, int]]:
    """Lays out a set of flags: length and address of each name."""

    def lower(names: Iterable[str], keep: Keep) -> tuple[int, int]:
        pairs = array("Q")
        for name in names:
            pairs.extend(texts[name])
        block = pairs.tobytes()
        keep.append(block)
        return len(pairs) // 2, id(block) + PAYLOAD

    return lower
