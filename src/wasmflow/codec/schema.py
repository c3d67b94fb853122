"""JSON Schema (2020-12) of the JSON form of every type, as `types.json` reads and writes it.

For descriptions of APIs. What a schema accepts can be read and what is written is accepted, as far as
schemas can tell: they say nothing of numbers beyond f64, of depth, and of other spellings of names.
Source: https://json-schema.org/draft/2020-12
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import count
from typing import Any, Final, TypeAlias

from wasmflow.types import model as wit
from wasmflow.types.parts import cases
from wasmflow.types.scalars import SAFE, to_f32
from wasmflow.types.wit import kebab

Schema: TypeAlias = dict[str, Any]

#: Types that have a definition of their own since what they are takes a sentence.
_EXPLAINED: Final = {wit.S64: "s64", wit.U64: "u64", wit.BYTES: "bytes"}


class Form(Enum):
    """Which of the two JSON forms of a type: more is read than is written."""

    READ = "input"
    WRITTEN = "output"


class Schemas:
    """The schemas of one document. They share the definitions of named types.

    `definitions` grows as schemas are asked for. Those of types that are declared under one name, and
    of the two forms of one type, have different names where they differ.
    """

    def __init__(self, place: str = "#/$defs/") -> None:
        #: By name; they stand at the `place` that references begin with.
        self.definitions: Final[dict[str, Schema]] = {}
        self._place = place
        #: Names by what they begin with and the text of their schema: thousands may begin alike.
        self._known: dict[tuple[str, str], str] = {}
        self._numbers: dict[str, Iterator[int]] = {}

    def of(self, type_: wit.Type | None, form: Form) -> Schema:
        """The schema of a type, which is a reference where the type has a name."""
        schema = self._write(type_, form)
        if type_ in _EXPLAINED:
            return self.refer(_EXPLAINED[type_], schema)
        name = getattr(type_, "name", None) if isinstance(type_, _NAMED) else None
        return self.refer(kebab(name), schema, form) if name else schema

    def refer(self, name: str, schema: Schema, form: Form = Form.READ) -> Schema:
        """A reference to a schema, under this name or one that begins with it."""
        stems = (name, f"{name}-output") if self._differs(name, form) else (name,)
        text = repr(schema)
        known = (self._known.get((stem, text)) for stem in stems)
        found = next(filter(None, known), None) or self._define(stems[-1], schema, text)
        return {"$ref": self._place + found}

    def _differs(self, name: str, form: Form) -> bool:
        """Whether what is written may have to be told apart from what is read."""
        return form is Form.WRITTEN and name in self.definitions

    def _define(self, stem: str, schema: Schema, text: str) -> str:
        numbers = self._numbers.setdefault(stem, count(1))
        names = (stem if number == 1 else f"{stem}-{number}" for number in numbers)
        name = next(each for each in names if each not in self.definitions)
        self.definitions[name] = schema
        self._known[stem, text] = name
        return name

    def _write(self, type_: wit.Type | None, form: Form) -> Schema:
        match type_:
            case wit.Scalar():
                return dict(_SCALARS[type_])
            case wit.List():
                return self._list(type_, form)
            case wit.Tuple(elements):
                return _tuple([self.of(each, form) for each in elements])
            case wit.Option(payload):
                inner = self.of(payload, form)
                nested = isinstance(payload, wit.Option)
                return nullable(_only({"some": inner}) if nested else inner)
            case wit.Record():
                return self._record(type_, form)
            case wit.Variant() | wit.Result():
                return self._cases(type_, form)
            case wit.Enum():
                return {"type": "string", "enum": list(type_.cases)}
            case wit.Flags():
                items = {"type": "string", "enum": list(type_.names)}
                return {"type": "array", "items": items, "uniqueItems": True}
        return {}

    def _list(self, type_: wit.List, form: Form) -> Schema:
        if type_ == wit.BYTES:
            return dict(_BYTES)
        array = {"type": "array", "items": self.of(type_.element, form)}
        match type_.element:
            case wit.Tuple((wit.STRING, value)) if form is Form.READ:
                entries = {"type": "object", "additionalProperties": self.of(value, form)}
                return {"anyOf": [array, entries]}
        return array

    def _record(self, type_: wit.Record, form: Form) -> Schema:
        """Every field is written; those that are options may be missing in what is read."""
        every = form is Form.WRITTEN
        return closed_object(
            {name: self.of(part, form) for name, part in type_.fields},
            [name for name, part in type_.fields if every or not isinstance(part, wit.Option)],
        )

    def _cases(self, type_: wit.Variant | wit.Result, form: Form) -> Schema:
        every = cases(type_)
        bare = [case.name for case in every if case.type is None]
        choices = [{"type": "string", "enum": bare}] if bare else []
        choices += [_only({name: self.of(part, form)}) for name, part in every if part is not None]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}


def nullable(schema: Schema) -> Schema:
    """The same, or null."""
    if not schema:
        return schema
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    choices = schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]
    return {"anyOf": [*choices, {"type": "null"}]}


def closed_object(properties: dict[str, Schema], required: Sequence[str]) -> Schema:
    """An object with no other members than these."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {**schema, "additionalProperties": False}


def _only(member: dict[str, Schema]) -> Schema:
    return closed_object(member, list(member))


def _tuple(elements: list[Schema]) -> Schema:
    if not elements:
        return {"type": "array", "maxItems": 0}
    return {"type": "array", "prefixItems": elements, "items": False, "minItems": len(elements)}


def _integer(type_: wit.Scalar) -> Schema:
    low, high = wit.INTEGERS[type_]
    schema: Schema = {"type": "integer", "minimum": low, "maximum": high}
    if high <= SAFE:
        return schema
    pattern = rf"-?({_up_to(high)})|{low}" if low else _up_to(high)
    return {
        "description": (
            f"A whole number from {low} to {high}. One beyond ±(2^53−1) is written as a string of "
            "digits, since many readers of JSON would round it; both are read."
        ),
        "anyOf": [schema, {"type": "string", "pattern": f"^({pattern})$"}],
    }


def _up_to(high: int) -> str:
    """A pattern for the digits of the whole numbers from 0 to `high`."""
    digits = str(high)
    rest = len(digits) - 1
    below = [
        f"{digits[:index]}[0-{int(digit) - 1}][0-9]{{{rest - index}}}"
        for index, digit in enumerate(digits)
        if digit != "0"
    ]
    return "|".join([f"[0-9]{{1,{rest}}}", *below, digits])


_LARGEST_F32: Final = to_f32(3.4028234663852886e38)

_SCALARS: Final[dict[wit.Scalar, Schema]] = {
    wit.BOOL: {"type": "boolean"},
    wit.F32: {
        "type": "number",
        "format": "float",
        "minimum": -_LARGEST_F32,
        "maximum": _LARGEST_F32,
    },
    wit.F64: {"type": "number", "format": "double"},
    wit.CHAR: {"type": "string", "minLength": 1, "maxLength": 1},
    wit.STRING: {"type": "string"},
    **{type_: _integer(type_) for type_ in wit.INTEGERS},
}

_BYTES: Final[Schema] = {
    "description": "Bytes in base64.",
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}

_NAMED: Final = (wit.Record, wit.Variant, wit.Enum, wit.Flags)
