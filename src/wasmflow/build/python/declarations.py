"""Python types as they cross, and those of them that have names of their own.

A codec is an expression of the glue, made of the names in `wasmflow.build.python.guest`. Types with
names are declared once, in the order in which they need each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace

from wasmflow.build.python.labels import RESERVED, camel, label, snake
from wasmflow.build.python.source import Refused
from wasmflow.collections.wasm.exceptions import RAISED
from wasmflow.types import model as wit


@dataclass(frozen=True)
class GuestType:
    """A Python type as it crosses."""

    type: wit.Type
    codec: str
    #: The name of its case in a variant.
    case: str
    #: The Python classes of its values, by which the members of a union are told apart.
    classes: frozenset[str]
    #: What it is apart from `None`, if `None` is one of its values.
    payload: GuestType | None = None

    def optional(self) -> GuestType:
        """The same, or `None`."""
        if self.payload is not None:
            return self
        return replace(
            self, type=wit.Option(self.type), codec=f"option({self.codec})", payload=self
        )

    @property
    def required(self) -> GuestType:
        """The same without `None`."""
        return self.payload or self


@dataclass(frozen=True)
class Declaration:
    """A type with a name."""

    name: str
    type: wit.Type
    #: What its codec is, as an expression of the glue.
    codec: str
    docs: str = ""

    @property
    def variable(self) -> str:
        """The name of its codec in the glue."""
        return f"{snake(self.name)}_codec"


_ANY = Declaration("any", wit.ANY, "json_value(wit.Any)")


class Declarations:
    """The declared types of one interface."""

    def __init__(self, functions: Iterable[str]) -> None:
        """`functions` are the names in the interface that types must leave alone."""
        self._taken = {camel(name) for name in (*functions, *RESERVED)}
        self._known: dict[Hashable, GuestType | None] = {}
        self.all: list[Declaration] = []
        #: What every component fails with.
        self.exception = replace(RAISED, name=self._unused("exception"))

    def once(self, key: Hashable, make: Callable[[], GuestType]) -> GuestType:
        """What `make` made when it was first asked for this key.

        Raises `Refused`: what `make` raised at first, later without the problems.
        """
        if key not in self._known:
            self._known[key] = None
            self._known[key] = make()
        if made := self._known[key]:
            return made
        raise Refused

    def any(self) -> GuestType:
        """The type of JSON values, declared by its fixed name."""
        if _ANY not in self.all:
            self.all.append(_ANY)
        return GuestType(wit.ANY, _ANY.variable, "any", frozenset({"object"}))

    def declare(
        self,
        wanted: str,
        type_: Callable[[str], wit.Type],
        codec: Callable[[str], str],
        classes: Iterable[str],
        docs: str = "",
    ) -> GuestType:
        """Declare a type under the label of a name, or the nearest that is free.

        `type_` makes the type for its name, `codec` the codec for the name of the bindings' class.
        """
        case = label(wanted) or "x"
        name = self._unused(case)
        made = Declaration(name, type_(name), codec(f"wit.{camel(name)}"), docs)
        self.all.append(made)
        return GuestType(made.type, made.variable, case, frozenset(classes))

    def _unused(self, wanted: str) -> str:
        name, number = wanted, 1
        while camel(name) in self._taken:
            number += 1
            name = f"{wanted}-type" if number == 2 else f"{wanted}-type{number - 1}"
        self._taken.add(camel(name))
        return name
