"""What the names of Python's own types mean in an annotation: tables, and nothing that reads source.

Names are full ones, such as ``typing.Optional``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from wasmflow.build.python.declarations import GuestType
from wasmflow.naming import nearest
from wasmflow.types import model as wit

#: For hints.
PORT_TYPES: Final = (
    "ports take bool, int, float, str, bytes, Any, Enum, Literal and dataclasses, and list, tuple,"
    " dict, set and unions of these"
)


def _names(modules: str, names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for module in modules.split() for name in names.split())


def _plain(type_: wit.Type, codec: str, python_class: str) -> GuestType:
    return GuestType(type_, codec, python_class.lower(), frozenset({python_class}))


_STR: Final = _plain(wit.STRING, "STRING", "str")
_MEMORYVIEW: Final = _plain(wit.BYTES, "MEMORYVIEW", "memoryview")
_PATH: Final = _plain(wit.STRING, "PATH", "Path")

#: What stands for itself.
SIMPLE: Final[Mapping[str, GuestType]] = {
    "builtins.bool": _plain(wit.BOOL, "BOOL", "bool"),
    "builtins.int": _plain(wit.S64, "S64", "int"),
    "builtins.float": _plain(wit.F64, "F64", "float"),
    "builtins.str": _STR,
    "typing.LiteralString": _STR,
    "typing.Text": _STR,
    "builtins.bytes": _plain(wit.BYTES, "BYTES", "bytes"),
    "builtins.bytearray": _plain(wit.BYTES, "BYTEARRAY", "bytearray"),
    "builtins.memoryview": _MEMORYVIEW,
    "collections.abc.Buffer": _MEMORYVIEW,
    "datetime.date": _plain(wit.STRING, "DATE", "date"),
    "datetime.datetime": _plain(wit.STRING, "DATETIME", "datetime"),
    "datetime.time": _plain(wit.STRING, "TIME", "time"),
    "decimal.Decimal": _plain(wit.STRING, "DECIMAL", "Decimal"),
    "pathlib.Path": _PATH,
    "pathlib.PurePath": _PATH,
    "pathlib.PurePosixPath": _PATH,
    "uuid.UUID": _plain(wit.STRING, "UUID_TEXT", "UUID"),
}
ANYTHING: Final = frozenset({"typing.Any", "builtins.object"})

LISTS: Final = frozenset({"builtins.list", "typing.List"})
SEQUENCES: Final = _names(
    "typing collections.abc", "Sequence MutableSequence Collection Iterable Container"
)
SETS: Final[Mapping[str, str]] = {
    "builtins.set": "set",
    "typing.Set": "set",
    "typing.MutableSet": "set",
    "collections.abc.MutableSet": "set",
    "builtins.frozenset": "frozenset",
    "typing.FrozenSet": "frozenset",
    "typing.AbstractSet": "frozenset",
    "collections.abc.Set": "frozenset",
}
TUPLES: Final = frozenset({"builtins.tuple", "typing.Tuple"})
DICTS: Final = _names("typing collections.abc", "Mapping MutableMapping") | frozenset(
    {"builtins.dict", "typing.Dict"}
)
#: What says in brackets what it holds.
HOLDERS: Final = LISTS | SEQUENCES | TUPLES | DICTS | frozenset(SETS)

UNIONS: Final = frozenset({"typing.Optional", "typing.Union"})
#: What says nothing about the type in its brackets.
TRANSPARENT: Final = _names("typing", "Final ClassVar Required NotRequired ReadOnly")
ITERABLES: Final = _names("typing collections.abc", "Iterable")
ITERATORS: Final = _names("typing collections.abc", "Iterator Generator")
#: What an `async def` can read, and what one that yields may give besides.
ASYNC_ITERATORS: Final = _names("typing collections.abc", "AsyncIterator AsyncIterable")
ASYNC_GENERATORS: Final = _names("typing collections.abc", "AsyncGenerator")
STREAMS: Final = ITERATORS | ASYNC_ITERATORS | ASYNC_GENERATORS
#: What a function returns that returns nothing.
NOTHING: Final = _names("typing", "NoReturn Never")
TYPE_VARIABLES: Final = _names("typing", "TypeVar ParamSpec TypeVarTuple")
#: Calls that make a type which must be written as a class here.
CLASS_MAKERS: Final = (
    _names("typing", "NamedTuple TypedDict")
    | _names("enum", "Enum StrEnum IntEnum Flag IntFlag")
    | frozenset({"collections.namedtuple", "dataclasses.make_dataclass"})
)

_KNOWN: Final = (
    frozenset(SIMPLE) | ANYTHING | HOLDERS | UNIONS | {"typing.Literal", "typing.Annotated"}
)


def meant(name: str) -> str:
    """The name in the same module that a slip was meant to be, for a hint; empty if none is near."""
    module, _, last = name.rpartition(".")
    near = nearest(last, [each.rpartition(".")[2] for each in _KNOWN if each.startswith(module)])
    return f"did you mean '{near}'?" if near else ""


#: The sizes that `Annotated[int, "u8"]` may name, by the type that it annotates.
_SIZES: Final[Mapping[str, Sequence[str]]] = {
    "S64": ("s8", "s16", "s32", "s64", "u8", "u16", "u32", "u64"),
    "F64": ("f32", "f64"),
    "STRING": ("char",),
}
ALL_SIZES: Final = frozenset(size for sizes in _SIZES.values() for size in sizes)


def sizes(base: GuestType) -> Sequence[str]:
    """The sizes that a type may have."""
    return _SIZES.get(base.codec, ())


def sized(base: GuestType, size: str) -> GuestType:
    """The type with one of its sizes."""
    return GuestType(wit.Scalar(size), size.upper(), base.case, base.classes)


# --- types that hold others -------------------------------------------------------------------

_SMALL: Final = ("U8", "S8")  # which the bindings hold as bytes, in lists


def list_of(element: GuestType, kind: str) -> GuestType:
    """A list; `kind` is its class in Python: list, tuple, set, frozenset or sequence."""
    if element.codec in _SMALL:
        maker = "" if kind in ("list", "sequence") else f", {kind}"
        codec = f"small_integers({element.codec}{maker})"
    elif kind == "sequence":
        codec = f"sequence_of({element.codec})"
    else:
        codec = f"list_of({element.codec}{'' if kind == 'list' else f', {kind}'})"
    python_class = "list" if kind == "sequence" else kind
    return _plain(wit.List(element.type), codec, python_class)


def dict_of(key: GuestType, value: GuestType) -> GuestType:
    """A dict: a list of pairs."""
    type_ = wit.List(wit.Tuple((key.type, value.type)))
    return _plain(type_, f"mapping_of({key.codec}, {value.codec})", "dict")


def tuple_of(elements: Sequence[GuestType]) -> GuestType:
    """A tuple of as many values as there are types."""
    type_ = wit.Tuple(tuple(element.type for element in elements))
    codecs = ", ".join(element.codec for element in elements)
    return _plain(type_, f"tuple_of({codecs})", "tuple")
