"""Writes the Python source that counts the list elements in values, at every depth.

Converting an element takes some 30 nanoseconds or more, so whether a call may begin on the event
loop depends on how many there are. Types without lists are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any

from wasmflow.collections.wasm.source import Source
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


class Weighing:
    """Writes functions into `source`, one for each type that holds lists."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._functions: dict[wit.Type, str] = {}

    def parameter(self, type_: wit.Type, slot: str) -> str:
        """An expression for the weight of a slot, or "" if it weighs nothing."""
        if not isinstance(type_, wit.Option):
            return self.weight(type_, slot)
        weight = self.weight(type_.payload, slot)
        return weight and f"(0 if {slot} is {self._source.constant(EMPTY)} else {weight})"

    @singledispatchmethod
    def weight(self, type_: Any, value: str) -> str:
        """An expression for the weight of a value, or "" if it weighs nothing."""
        return ""

    @weight.register
    def _(self, type_: wit.List, value: str) -> str:
        element = self._function(type_.element)
        return f"(len({value}) + sum(map({element}, {value})))" if element else f"len({value})"

    @weight.register
    def _(self, type_: wit.Record, value: str) -> str:
        return self._sum([self.weight(part, f"{value}[{name!r}]") for name, part in type_.fields])

    @weight.register
    def _(self, type_: wit.Tuple, value: str) -> str:
        return self._sum([self.weight(t, f"{value}[{i}]") for i, t in enumerate(type_.elements)])

    @weight.register
    def _(self, type_: wit.Option, value: str) -> str:
        payload = self._function(type_.payload)
        some = f"{value}[0]" if isinstance(type_.payload, wit.Option) else value
        return payload and f"(0 if {value} is None else {payload}({some}))"

    @weight.register
    def _(self, type_: wit.Result, value: str) -> str:
        return self._case({"ok": type_.ok, "err": type_.err}, value)

    @weight.register
    def _(self, type_: wit.Variant, value: str) -> str:
        return self._case(dict(type_.cases), value)

    def _case(self, cases: Mapping[str, wit.Type | None], value: str) -> str:
        functions = {
            repr(name): self._function(type_) for name, type_ in cases.items() if type_ is not None
        }
        weighty = {case: function for case, function in functions.items() if function}
        if not weighty:
            return ""
        table, nothing = self._source.table(weighty), self._source.constant(lambda _payload: 0)
        return f"{table}.get({value}[0], {nothing})({value}[1])"

    def _sum(self, weights: list[str]) -> str:
        terms = [weight for weight in weights if weight]
        return f"({' + '.join(terms)})" if terms else ""

    def _function(self, type_: wit.Type) -> str:
        """The name of the function that weighs a value of this type, or "" if it weighs nothing."""
        name = self._functions.get(type_)
        if name is None:
            weight = self.weight(type_, "value")
            name = self._functions[type_] = weight and self._named(weight)
        return name

    def _named(self, weight: str) -> str:
        if weight == "len(value)":
            return "len"
        return self._source.function("value", [f"return {weight}"])
