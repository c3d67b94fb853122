"""Whether a tree has the shape of a model: everything that is not as it should be, with its place.

This is the first look that the loader takes at a tree. It knows the models by what msgspec tells of
them, and says the same as `msgspec.convert` would, only of all mistakes at once and in plain words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from wasmflow.manifest import tree
from wasmflow.manifest.block import Block, Tagged
from wasmflow.manifest.problems import Problems
from wasmflow.manifest.tree import excerpt
from wasmflow.naming import listing, suggestion
from wasmflow.problem import Place, Problem

T = TypeVar("T")

#: Types of scalars, each with how a message names it and the Python types of its values.
_SCALARS: Final[dict[type[inspect.Type], tuple[str, tuple[type, ...]]]] = {
    inspect.StrType: ("text", (str,)),
    inspect.BoolType: ("true or false", (bool,)),
    inspect.IntType: ("a whole number", (int,)),
    inspect.FloatType: ("a number", (int, float)),
    inspect.NoneType: ("", (type(None),)),
}
#: What YAML 1.1 took for booleans and version 1.2 takes for text.
_FORMER_BOOLEANS: Final = frozenset(("yes", "no", "on", "off", "y", "n"))


def check(node: tree.Node, model: type[Block]) -> list[Problem]:
    """What is wrong with the shape of `node`; nothing if `model` describes it."""
    problems = Problems()
    _Check(problems).value(node, _described(model), model.noun)
    return problems


def convert(node: tree.Node, model: type[T]) -> T | None:
    """What `node` says as a value of the model; ``None`` if it has another shape."""
    try:
        return msgspec.convert(tree.plain(node), model)
    except msgspec.ValidationError:
        return None


@lru_cache
def _described(model: type[Block]) -> inspect.Type:
    return inspect.type_info(model)


class _Check:
    """One walk over a tree. Messages call what they are about by a `label`."""

    def __init__(self, problems: list[Problem]) -> None:
        self._problems = problems

    def _add(self, message: str, hint: str, place: Place) -> None:
        self._problems.append(Problem(message, hint, place))

    def value(self, node: tree.Node, type_: inspect.Type, label: str) -> None:
        alternatives = _alternatives(type_)
        fitting = [each for each in alternatives if _is_of_kind(node, each)]
        match node, fitting:
            case _, []:
                self._wrong_kind(node, alternatives, label)
            case _, [inspect.AnyType()]:
                pass
            case tree.Mapping(), [inspect.DictType() as dictionary]:
                self._dictionary(node, dictionary)
            case tree.Mapping(), [inspect.StructType() as struct] if not struct.tag:
                self._struct(node, struct)
            case tree.Mapping(), structs:
                self._tagged(node, structs)
            case tree.Sequence(), [inspect.ListType() as list_]:
                for item in node.items:
                    self.value(item, list_.item_type, f"an entry of {label}")
            case tree.Scalar(), [scalar, *_]:
                self._scalar(node, scalar, label)

    def _wrong_kind(self, node: tree.Node, wanted: list[Any], label: str) -> None:
        names = dict.fromkeys(filter(None, map(_kind_name, wanted)))
        hint = _hint_for(node, wanted) if isinstance(node, tree.Scalar) else ""
        self._add(f"{label} must be {' or '.join(names)}, not {_found(node)}", hint, node.place)

    def _dictionary(self, node: tree.Mapping, dictionary: inspect.DictType) -> None:
        for entry in node.entries.values():
            label = f"'{excerpt(entry.name)}'"
            self._scalar(tree.Scalar(entry.name, entry.place), dictionary.key_type, label)
            self.value(entry.value, dictionary.value_type, label)

    def _struct(self, node: tree.Mapping, struct: inspect.StructType) -> None:
        block = cast("type[Block]", struct.cls)
        if accident := block.accident(node):
            self._problems.append(accident)
            return
        fields = {each.encode_name: each for each in struct.fields}
        for entry in node.entries.values():
            if entry.name in fields:
                self.value(entry.value, fields[entry.name].type, f"'{entry.name}'")
            elif entry.name != struct.tag_field:
                advice = block.advice.get(entry.name)
                hint = advice or suggestion(entry.name, fields, noun=block.noun)
                self._add(f"{block.noun} has no key '{excerpt(entry.name)}'", hint, entry.place)
        for name, each in fields.items():
            if each.required and name not in node.entries:
                self._add(f"{block.noun} needs the key '{name}'", _example(each), node.place)

    def _tagged(self, node: tree.Mapping, structs: list[Any]) -> None:
        block: type[Tagged] = structs[0].cls
        known = {name: each for each in structs for name in (each.tag, *each.cls.spellings)}
        kinds = [each.tag for each in structs]
        given = tree.get(node, structs[0].tag_field)
        kind = given.value if isinstance(given, tree.Scalar) else None
        if given is None:
            self._add("the key 'kind' is missing", f"kinds are {listing(kinds)}", node.place)
        elif not isinstance(kind, str):
            self._add(f"'kind' must be text, not {_found(given)}", "", given.place)
        elif kind in known:
            self._struct(node, known[kind])
        elif kind in block.unavailable:
            self._add(f"kind '{kind}' is not available", block.unavailable[kind], given.place)
        else:
            hint = suggestion(kind, kinds, noun="'kind'")
            self._add(f"there is no kind '{excerpt(kind)}'", hint, given.place)

    def _scalar(self, node: tree.Scalar, type_: inspect.Type, label: str) -> None:
        """Check what else the type asks of a value of the right kind."""
        type_, extra = _unwrap(type_)
        match type_, node.value:
            case inspect.StrType(pattern=str(pattern)), str(text):
                if not re.fullmatch(pattern, text):
                    noun = extra.get("noun", "name")
                    hint = f"{noun}s have {extra['wanted']}"
                    self._add(f"{label} cannot be a {noun}", hint, node.place)
            case inspect.LiteralType(values=values), value:
                if value not in values:
                    self._add(f"{label} must be {' or '.join(map(str, values))}", "", node.place)
            case (inspect.IntType() | inspect.FloatType()) as number, int() | float() as value:
                if number.ge is not None and not value >= number.ge:
                    self._add(f"{label} must be at least {number.ge}", "", node.place)
                if number.le is not None and value > number.le:
                    self._add(f"{label} must be at most {number.le}", "", node.place)


def _unwrap(type_: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type itself, and what its model says of it to us alone."""
    extra: dict[str, Any] = {}
    while isinstance(type_, inspect.Metadata):
        extra |= type_.extra or {}
        type_ = type_.type
    return type_, extra


def _alternatives(type_: inspect.Type) -> list[inspect.Type]:
    bare, _ = _unwrap(type_)
    if isinstance(bare, inspect.UnionType):
        return [each for part in bare.types for each in _alternatives(part)]
    return [type_ if isinstance(bare, tuple(_SCALARS)) else bare]


def _is_of_kind(node: tree.Node, type_: inspect.Type) -> bool:
    bare, _ = _unwrap(type_)
    if isinstance(bare, inspect.AnyType):
        return True
    if isinstance(node, tree.Sequence):
        return isinstance(bare, inspect.ListType)
    if isinstance(node, tree.Mapping):
        return isinstance(bare, inspect.DictType | inspect.StructType)
    if isinstance(bare, inspect.LiteralType):
        return type(node.value) is type(bare.values[0])
    _, types = _SCALARS.get(type(bare), ("", ()))
    return type(node.value) in types


def _kind_name(type_: inspect.Type) -> str:
    """How messages call what a type wants; empty for null, which nobody is told to write."""
    bare, _ = _unwrap(type_)
    if isinstance(bare, inspect.ListType):
        return "a list"
    if isinstance(bare, inspect.LiteralType):
        return " or ".join(map(str, bare.values))
    name, _ = _SCALARS.get(type(bare), ("a mapping", ()))
    return name


def _example(field: inspect.Field) -> str:
    """A hint that shows what could stand under a key."""
    schema = getattr(field.type, "extra_json_schema", None) or {}
    example = next(iter(schema.get("examples", ())), None)
    return f"write {field.encode_name}: {example}" if isinstance(example, str | int) else ""


def _found(node: tree.Node) -> str:
    if isinstance(node, tree.Sequence):
        return "a list"
    if isinstance(node, tree.Mapping):
        return "a mapping"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, str):
        return f"the text '{excerpt(node.value)}'"
    return excerpt(node.raw) if isinstance(node.value, bool) else f"the number {excerpt(node.raw)}"


def _hint_for(node: tree.Scalar, wanted: list[Any]) -> str:
    """What to do where YAML did not read a scalar as the author may have thought."""
    if node.value is None:
        return "give it a value, or leave the key out"
    types = {type(_unwrap(each)[0]) for each in wanted}
    if inspect.StrType in types:
        return f"put quotes around it: '{excerpt(node.raw)}'"
    if inspect.BoolType in types and str(node.value).lower() in _FORMER_BOOLEANS:
        return "in YAML 1.2 only true and false are not text"
    return "numbers have no quotes" if node.quotes else ""
