"""Components assembled from WebAssembly text, for tests that need one of a certain shape.

Their functions trap: they are there to be inspected, compiled and linked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from wasmtime import Engine, wat2wasm
from wasmtime.component import Component, ComponentType

from wasmflow.types import model as wit

#: The complete name of the interface that most tests use.
TEXT = "demo:text/text@0.1.0"


@dataclass(frozen=True)
class Raw:
    """An exported function as text: its component type, and the core type that this comes to."""

    name: str
    type: str = ""
    core: str = ""


def function(name: str, result: wit.Type | None = None, /, **inputs: wit.Type) -> Function:
    """An exported function; an input ``first_name`` is a parameter ``first-name``."""
    parameters = [wit.Part(each.replace("_", "-"), type_) for each, type_ in inputs.items()]
    return Function(name, tuple(parameters), result)


@dataclass(frozen=True)
class Function:
    name: str
    parameters: tuple[wit.Part, ...]
    result: wit.Type | None


@cache
def lenient() -> Engine:
    """An engine that lets in more than the one that runs guests: async functions, streams, futures."""
    return Engine()


def assemble(*declarations: str) -> bytes:
    """The binary of a component with these declarations."""
    return bytes(wat2wasm(f"(component {' '.join(declarations)})"))


def component_type(*declarations: str) -> ComponentType:
    """The type of a component with these declarations, of the engine `lenient`."""
    return Component(lenient(), assemble(*declarations)).type


def interface(*functions: Function | Raw, name: str = TEXT, declare: str = "") -> str:
    """An exported interface with these functions, and what else is to be declared before them."""
    variable = "$" + "".join(each for each in name if each.isalnum())
    return (
        f"(component {variable} {root(*functions, declare=declare)})"
        f"(instance {variable} (instantiate {variable}))"
        f'(export "{name}" (instance {variable}))'
    )


def root(*functions: Function | Raw, declare: str = "") -> str:
    """Functions exported at the root; the types that they use are exported with their names."""
    types = _Types()
    raw = [each if isinstance(each, Raw) else types.raw(each) for each in functions]
    code = [f'(func (export "{each.name}") {each.core} unreachable)' for each in raw]
    lifted = [
        f'(func (export "{each.name}") {each.type} (canon lift (core func $i "{each.name}")'
        ' (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))'
        for each in raw
    ]
    return f"""{declare}
        (core module $m
          (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          {" ".join(code)})
        (core instance $i (instantiate $m))
        {" ".join(types.declarations)}
        {" ".join(lifted)}"""


@dataclass
class _Types:
    """Writes types as text, and declares those that need a name."""

    declarations: list[str] = field(default_factory=list)
    _known: dict[tuple[wit.Type, str | None], str] = field(default_factory=dict)

    def raw(self, function: Function) -> Raw:
        types = [each.type for each in function.parameters if each.type is not None]
        flat = [core for type_ in types for core in flatten(type_)]
        parameters = [f'(param "{name}" {self.text(type_)})' for name, type_ in function.parameters]
        result, flat_result = "", list[str]()
        if function.result is not None:
            result = f"(result {self.text(function.result)})"
            flat_result = flatten(function.result)
        core = _group("param", flat if len(flat) <= 16 else ["i32"])
        core += _group("result", flat_result if len(flat_result) <= 1 else ["i32"])
        return Raw(function.name, " ".join([*parameters, result]), core)

    def text(self, type_: wit.Type | None) -> str:
        match type_:
            case wit.Scalar():
                return type_.value
            case wit.List(element):
                return f"(list {self.text(element)})"
            case wit.Tuple(elements):
                return f"(tuple {' '.join(map(self.text, elements))})"
            case wit.Option(payload):
                return f"(option {self.text(payload)})"
            case wit.Result(ok, err):
                ok_text = "" if ok is None else self.text(ok)
                return f"(result {ok_text} {'' if err is None else f'(error {self.text(err)})'})"
            case wit.Anything():
                return self.text(wit.Record((wit.Part("json", wit.STRING),), "any"))
            case wit.Record() | wit.Variant() | wit.Enum() | wit.Flags():
                return self._declared(type_)
        raise AssertionError(type_)

    def _declared(self, type_: wit.Record | wit.Variant | wit.Enum | wit.Flags) -> str:
        key = (type_, type_.name)
        if key not in self._known:
            body = self._body(type_)
            count = len(self._known)
            name = type_.name or f"type{count}"
            self._known[key] = f"$t{count}"
            self.declarations.append(
                f'(type $d{count} {body})(export $t{count} "{name}" (type $d{count}))'
            )
        return self._known[key]

    def _body(self, type_: wit.Record | wit.Variant | wit.Enum | wit.Flags) -> str:
        match type_:
            case wit.Record(fields):
                return f"(record {_parts('field', fields, self)})"
            case wit.Variant(cases):
                return f"(variant {_parts('case', cases, self)})"
            case wit.Enum(names):
                return "(enum " + " ".join(f'"{name}"' for name in names) + ")"
            case wit.Flags(names):
                return "(flags " + " ".join(f'"{name}"' for name in names) + ")"


def _parts(keyword: str, parts: Iterable[wit.Part], types: _Types) -> str:
    written = []
    for name, type_ in parts:
        written.append(f'({keyword} "{name}" {"" if type_ is None else types.text(type_)})')
    return " ".join(written)


def _group(keyword: str, flat: list[str]) -> str:
    return f"({keyword} {' '.join(flat)})" if flat else ""


_FLAT = {wit.S64: "i64", wit.U64: "i64", wit.F32: "f32", wit.F64: "f64"}


def flatten(type_: wit.Type | None) -> list[str]:
    """The core types that a value of the type is passed as, by the canonical ABI."""
    match type_:
        case None:
            return []
        case wit.STRING | wit.List() | wit.Anything():
            return ["i32", "i32"]
        case wit.Scalar():
            return [_FLAT.get(type_, "i32")]
        case wit.Enum() | wit.Flags():
            return ["i32"]
        case wit.Tuple(elements):
            return [flat for each in elements for flat in flatten(each)]
        case wit.Record(fields):
            return [flat for each in fields for flat in flatten(each.type)]
        case wit.Option(payload):
            return ["i32", *flatten(payload)]
        case wit.Result(ok, err):
            return ["i32", *_joined([flatten(ok), flatten(err)])]
        case wit.Variant(cases):
            return ["i32", *_joined([flatten(each.type) for each in cases])]


def _joined(cases: list[list[str]]) -> list[str]:
    joined: list[str] = []
    for flat in cases:
        for index, core in enumerate(flat):
            if index == len(joined):
                joined.append(core)
            elif joined[index] != core:
                joined[index] = "i32" if {joined[index], core} == {"i32", "f32"} else "i64"
    return joined
