"""Every type that crosses, and everything else that a function may do.

Built once per test run; the functions `echo_…` give back what they are given.
"""

# mypy: ignore-errors
# What it imports stands beside it, as in an author's folder.

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
import typing as t
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum, auto
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NewType, NotRequired, TypedDict

import painting
import shapes
from more import units
from shapes import Circle as Round
from shapes import Shape, Square

u8 = Annotated[int, "u8"]
UserId = NewType("UserId", int)
Mode = Literal["exact", "ignore case", "GET"]
DEFAULT_SIZE = 3


class Color(Enum):
    """A colour."""

    RED = "red"
    DARK_BLUE = "dark blue"
    CRIMSON = "red"  # noqa: PIE796  # an alias


class Level(IntEnum):
    none = 0
    class_ = 1
    A1 = 2


class Plain(StrEnum):
    TEXT = auto()
    OTHER = auto()


class Permission(Flag):
    READ = auto()
    WRITE = auto()
    EXECUTE = auto()
    NONE = 0
    BOTH = READ | WRITE


@dataclass
class Record:
    """Names that WIT and the bindings have other plans for."""

    type: str
    from_: int
    list: list[int]
    x_1: float
    self_: bool
    json: str
    _: KW_ONLY
    option: int | None = None
    result: str = "ok"
    LIMIT: ClassVar[int] = 5


@dataclass(slots=True)
class Special(Record):
    """A dataclass that inherits."""

    value: tuple[int, str] = (0, "")


class Pair(NamedTuple):
    first: int
    second: str = ""


class Options(TypedDict):
    name: str
    size: NotRequired[int]


class Loose(Options, total=False):
    tags: list[str]


@dataclass
class Union:
    """Its name is one of the bindings' own."""

    some: Any
    when: datetime | None = None


@dataclass
class Positive:
    """Refuses what it is made of."""

    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("it is negative")


# fmt: off
# ruff: noqa: E704
def echo_bool(v: bool) -> bool: return v
def echo_int(v: int) -> int: return v
def echo_float(v: float) -> float: return v
def echo_str(v: str) -> str: return v
def echo_bytes(v: bytes) -> bytes: return v
def echo_bytearray(v: bytearray) -> bytearray: return v.replace(b"", b"")
def echo_memoryview(v: memoryview) -> memoryview: return v
def echo_s8(v: Annotated[int, "s8"]) -> Annotated[int, "s8"]: return v
def echo_u8(v: u8) -> u8: return v
def echo_s16(v: Annotated[int, "s16"]) -> Annotated[int, "s16"]: return v
def echo_u16(v: Annotated[int, "u16"]) -> Annotated[int, "u16"]: return v
def echo_s32(v: Annotated[int, "s32"]) -> Annotated[int, "s32"]: return v
def echo_u32(v: Annotated[int, "u32"]) -> Annotated[int, "u32"]: return v
def echo_u64(v: Annotated[int, "u64"]) -> Annotated[int, "u64"]: return v
def echo_f32(v: Annotated[float, "f32"]) -> Annotated[float, "f32"]: return v
def echo_char(v: Annotated[str, "char"]) -> Annotated[str, "char"]: return v
def echo_new_type(v: UserId) -> UserId: return v
def echo_any(v: Any) -> Any: return v
def echo_optional(v: int | None) -> list[int | None]: return [v]
def echo_list(v: list[str]) -> list[str]: return v
def echo_nested(v: list[list[int | None] | None]) -> list[list[int | None] | None]: return v
def echo_small(v: list[u8]) -> list[u8]: return v
def echo_signed(v: list[Annotated[int, "s8"]]) -> list[Annotated[int, "s8"]]: return v
def echo_sequence(v: Sequence[float]) -> Sequence[float]: return tuple(v)
def echo_many(v: tuple[str, ...]) -> tuple[str, ...]: return v
def echo_tuple(v: tuple[int, str, Color]) -> tuple[int, str, Color]: return v
def echo_dict(v: dict[str, float]) -> dict[str, float]: return v
def echo_mapping(v: Mapping[int, Shape]) -> Mapping[int, Shape]: return v
def echo_set(v: set[str]) -> set[str]: return v
def echo_frozenset(v: frozenset[int]) -> frozenset[int]: return v
def echo_color(v: Color) -> Color: return v
def echo_level(v: Level) -> Level: return v
def echo_plain(v: Plain) -> Plain: return v
def echo_permission(v: Permission) -> Permission: return v
def echo_mode(v: Mode) -> Mode: return v
def echo_record(v: Record) -> Record: return v
def echo_special(v: Special) -> Special: return v
def echo_pair(v: Pair) -> Pair: return v
def echo_options(v: Options) -> Options: return v
def echo_loose(v: Loose) -> Loose: return v
def echo_union_record(v: Union) -> Union: return v
def echo_shape(v: Shape) -> Shape: return v
def echo_shapes(v: list[Shape | None]) -> list[Shape | None]: return v
def echo_either(v: int | str | list[float] | bool | bytes) -> int | str | list[float] | bool | bytes: return v
def echo_number(v: int | float) -> int | float: return v
def echo_unit(v: units.Unit) -> units.Unit: return v
def echo_date(v: date) -> date: return v
def echo_datetime(v: datetime) -> datetime: return v
def echo_time(v: clock_time) -> clock_time: return v
def echo_decimal(v: Decimal) -> Decimal: return v
def echo_path(v: Path) -> Path: return v
def echo_uuid(v: uuid.UUID) -> uuid.UUID: return v
def record(v: t.Optional[t.Union[Round, Square]]) -> t.Optional[Shape]: return v  # noqa: UP007, UP045
# fmt: on


def defaults(
    a: int = DEFAULT_SIZE,
    b: str | None = None,
    c: int | None = 7,
    d: Color = Color.DARK_BLUE,
    *,
    e: bool,
    f: Sequence[str] = ("x", "y"),
    g: datetime = datetime(2000, 1, 1),
    h: float = 1,
) -> str:
    """Says what it was given.

    Args:
        a: a number
            of things
        b (str): a text
        c: perhaps a number
        e: required, and given by name

    Returns:
        all of it
    """
    return repr((a, b, c, d, e, list(f), g, h))


def nothing(v: int) -> None:
    """Returns nothing."""


async def later(v: int) -> int:
    """Runs to its end without an event loop."""
    await asyncio.sleep(0)
    return v + 1


async def never() -> None:
    """Waits for what does not exist."""
    await asyncio.sleep(1)


def fail(kind: Literal["value", "key", "exit", "custom", "assert", "surrogate", "deep"]) -> int:
    """Fails in the way it is told."""
    if kind == "value":
        raise ValueError("no such thing: ü")
    if kind == "key":
        return {}["missing"]
    if kind == "exit":
        sys.exit(3)
    if kind == "surrogate":
        raise ValueError("\ud800")
    if kind == "deep":
        return shapes.deep()
    assert kind != "assert"
    raise _CustomError


class _CustomError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even a message")


def lie(kind: str) -> Record:
    """Returns what it does not declare."""
    good = Record("", 1, [], 1.0, True, "")
    wrong: dict[str, Any] = {
        "none": None,
        "field": Record("", 1, [1, 2, "3"], 1.0, True, ""),
        "large": Record("", 2**63, [], 1.0, True, ""),
        "text": Record("\ud800", 1, [], 1.0, True, ""),
    }
    return wrong.get(kind, good)


def lie_small(v: int) -> u8:
    """Returns what may not fit."""
    return v


def positive(v: Positive) -> int:
    """Takes what may be refused."""
    return v.number


def recurse(depth: int) -> int:
    """Calls itself."""
    return 0 if depth == 0 else 1 + recurse(depth - 1)


def allocate(megabytes: int) -> int:
    """Needs memory."""
    return len(bytearray(megabytes << 20))


def spin() -> None:
    """Never ends."""
    while True:
        pass


def say(text: str) -> None:
    """Prints, in several ways."""
    print(text)
    sys.stderr.write(text)
    print("\ud800")


def draw() -> list[float]:
    """Random numbers from several sources."""
    return [random.random(), float(os.urandom(1)[0]), float(uuid.uuid4().int)]  # noqa: S311


def moment() -> float:
    """What time it is."""
    return time.time()


def environment() -> list[str]:
    """What the environment holds."""
    return [*os.environ, *sys.argv]


def read_file(path: str) -> str:
    """Opens a file."""
    return Path(path).read_text()


def imports_late() -> str:
    """Imports modules when it is called, by name and by accident."""
    import colorsys

    parsed = datetime.strptime("2024-02-01", "%Y-%m-%d") + timedelta(days=1)
    encoded = "ü".encode("cp1250")
    return f"{colorsys.rgb_to_hsv(1, 1, 1)} {parsed:%Y-%m-%d} {encoded!r} {'a.b'.encode('idna')!r}"


def imports_by_name(name: str) -> str:
    """Imports any module."""
    import importlib

    return importlib.import_module(name).__name__


def mix(first: painting.Paint, second: painting.Paint) -> painting.Paint:
    """Uses a package, which imports a part of itself only now."""
    return painting.mixed(first, second)


def measure() -> int:
    """Uses what a package cannot do here."""
    return painting.size()


state: list[int] = field(default_factory=list) if t.TYPE_CHECKING else []


def remember(v: int) -> list[int]:
    """Leaves something in memory."""
    state.append(v)
    return state


def helper(x):  # noqa: ANN001, ANN201
    return x


def _private(v: int) -> int:
    return v


if __name__ == "__main__":
    import matplotlib  # noqa: F401
