"""The types in a component binary, as `wasmflow.types.model` has them.

The binding describes a type as an object per node without an identity, so a hostile binary could
unfold into millions of them: everything is counted before it is enumerated (see `bounds`). What cannot
cross into or out of a component is refused here (`Unsupported`), long before a call: some such calls
would end the process.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

import wasmtime.component as wt
from wasmtime import Engine
from wasmtime import _ffi as ffi

from wasmflow.collections.wasm import bounds
from wasmflow.collections.wasm.bounds import ANY_NAME, ANY_SHAPE
from wasmflow.types import model as wit

#: Exports or imports of an artifact, or exports of one of its interfaces.
MOST_ITEMS: Final = 2_000
#: Characters of any name.
LONGEST_NAME: Final = 200

#: The names under which an interface declares its types. Only structure tells types apart in a
#: binary, so of two equal ones the first gives both its name.
TypeNames: TypeAlias = MutableMapping[wit.Type, str]
NamedType: TypeAlias = wit.Record | wit.Variant | wit.Enum | wit.Flags


class Unsupported(Exception):
    """A type that cannot cross. The message names what is in the way."""


class TooLarge(Exception):
    """The artifact declares more than is read. The message says of what, and how much is."""


_SCALARS: Final[Mapping[type[Any], wit.Scalar]] = {
    wt.Bool: wit.BOOL,
    wt.S8: wit.S8,
    wt.U8: wit.U8,
    wt.S16: wit.S16,
    wt.U16: wit.U16,
    wt.S32: wit.S32,
    wt.U32: wit.U32,
    wt.S64: wit.S64,
    wt.U64: wit.U64,
    wt.F32: wit.F32,
    wt.F64: wit.F64,
    wt.Char: wit.CHAR,
    wt.String: wit.STRING,
}

#: What the binding raises for the one kind of type that it does not know.
_UNKNOWN_KIND: Final = "unknown component value type kind"

_UNSUPPORTED: Final[Mapping[type[Any], str]] = {
    wt.StreamType: "a stream",
    wt.FutureType: "a future",
    wt.ErrorContext: "an error-context",
    wt.OwnType: "a resource handle",
    wt.BorrowType: "a resource handle",
}

_COUNTS: Final[Mapping[type[Any], Callable[[Any], int]]] = {
    wt.RecordType: ffi.wasmtime_component_record_type_field_count,
    wt.VariantType: ffi.wasmtime_component_variant_type_case_count,
    wt.TupleType: ffi.wasmtime_component_tuple_type_types_count,
    wt.EnumType: ffi.wasmtime_component_enum_type_names_count,
    wt.FlagsType: ffi.wasmtime_component_flags_type_names_count,
}


def exports_of(
    owner: wt.ComponentType | wt.ComponentInstanceType, engine: Engine
) -> dict[str, wt.ComponentItem]:
    """What a component or an interface exports, by name, in its order. Raises `TooLarge`."""
    if isinstance(owner, wt.ComponentType):
        count = ffi.wasmtime_component_type_export_count(owner.ptr(), engine.ptr())
    else:
        count = ffi.wasmtime_component_instance_type_export_count(owner.ptr(), engine.ptr())
    _bound(count, "exports")
    return _items(owner.exports(engine))


def imports_of(component: wt.ComponentType, engine: Engine) -> dict[str, wt.ComponentItem]:
    """What a component imports, by name, without types imported by themselves. Raises `TooLarge`."""
    _bound(ffi.wasmtime_component_type_import_count(component.ptr(), engine.ptr()), "imports")
    return _items(component.imports(engine))


def _bound(count: int, noun: str) -> None:
    if count > MOST_ITEMS:
        raise TooLarge(f"{count} {noun}; at most {MOST_ITEMS} are read")


def _items(externs: Mapping[str, Any]) -> dict[str, wt.ComponentItem]:
    items: dict[str, wt.ComponentItem] = {}
    for name, extern in externs.items():
        # What cannot be read here is a declared map; functions with one are refused by name.
        with suppress(Unsupported), _maps_refused():
            items[name] = extern.ty
        if len(name) > LONGEST_NAME:
            raise TooLarge(f"a name of {len(name)} characters; at most {LONGEST_NAME} are read")
    return items


@contextmanager
def _maps_refused() -> Iterator[None]:
    """Says of a map what it is: the binding only knows that it does not know it."""
    try:
        yield
    except TypeError as error:
        if str(error) != _UNKNOWN_KIND:
            raise
        raise Unsupported("a map") from None


class TypeReader:
    """Reads the types of one artifact and keeps count of them."""

    def __init__(self) -> None:
        self._left = bounds.MOST_NODES_IN_ALL
        self._left_here = 0

    def names(self, declared: Mapping[str, wt.ComponentItem], known: TypeNames) -> TypeNames:
        """The names of the types that an interface declares, before those that are `known`."""
        names = ChainMap({}, known)
        for name, item in declared.items():
            if isinstance(item, wt.ValType):
                # A type that cannot cross has no name; functions that use it say why they cannot run.
                with suppress(Unsupported), _maps_refused():
                    self._left_here = bounds.MOST_NODES
                    self._declare(name, self._read(item, names), names)
        return names

    def _declare(self, name: str, type_: wit.Type, names: ChainMap[wit.Type, str]) -> None:
        if isinstance(type_, NamedType) and (type_ not in names.maps[0] or name == ANY_NAME):
            names[type_] = name

    def function(
        self, function: wt.FuncType, names: TypeNames
    ) -> tuple[tuple[wit.Part, ...], wit.Type | None]:
        """The parameters and the result. Raises `Unsupported` saying where, and `TooLarge`."""
        parameters, result = self._declaration(function)
        return self._parameters(parameters, names), self._result(result, names)

    def method(
        self, function: wt.FuncType, names: TypeNames
    ) -> tuple[tuple[wit.Part, ...], wit.Type | None]:
        """The same of a method, without the handle that is its first parameter."""
        (_self, *parameters), result = self._declaration(function)
        return self._parameters(parameters, names), self._result(result, names)

    def constructor(
        self, function: wt.FuncType, names: TypeNames
    ) -> tuple[tuple[wit.Part, ...], wit.Type | None]:
        """The same of a constructor, without the handle that it returns: what is left of its result
        is nothing, or a `result` of what it may fail with."""
        types, result = self._declaration(function)
        parameters = self._parameters(types, names)
        if not isinstance(result, wt.ResultType):
            return parameters, None
        with _maps_refused():
            failure = result.err
        return parameters, wit.Result(None, self._result(failure, names))

    def _declaration(
        self, function: wt.FuncType
    ) -> tuple[list[tuple[str, wt.ValType]], wt.ValType | None]:
        self._left_here = bounds.MOST_NODES
        self._count(ffi.wasmtime_component_func_type_param_count(function.ptr()))
        with _maps_refused():
            return function.params, function.result

    def _parameters(
        self, types: list[tuple[str, wt.ValType]], names: TypeNames
    ) -> tuple[wit.Part, ...]:
        parameters: list[wit.Part] = []
        for name, type_ in types:
            with _located(f"input '{shortened(name)}'"), _maps_refused():
                parameters += self._parts([(name, type_)], names, 0)
        return tuple(parameters)

    def _result(self, type_: wt.ValType | None, names: TypeNames) -> wit.Type | None:
        with _located("its result"), _maps_refused():
            return self._maybe(type_, names, 0)

    def _read(self, type_: wt.ValType, names: TypeNames, depth: int = 0) -> wit.Type:
        self._count(1)
        if scalar := _SCALARS.get(type(type_)):
            return scalar
        if what := _UNSUPPORTED.get(type(type_)):
            raise Unsupported(what)
        if count := _COUNTS.get(type(type_)):
            self._count_parts(count(cast(Any, type_).ptr()))
        if depth == bounds.DEEPEST:
            raise Unsupported(f"types nested more than {bounds.DEEPEST} deep")
        return self._compound(type_, names, depth + 1)

    def _compound(self, type_: wt.ValType, names: TypeNames, depth: int) -> wit.Type:
        match type_:
            case wt.ListType():
                return wit.List(self._read(type_.element, names, depth))
            case wt.OptionType():
                return wit.Option(self._read(type_.payload, names, depth))
            case wt.ResultType():
                ok, err = type_.ok, type_.err
                return wit.Result(self._maybe(ok, names, depth), self._maybe(err, names, depth))
            case wt.TupleType():
                elements = [self._read(each, names, depth) for each in type_.elements]
                return wit.Tuple(tuple(elements))
            case wt.RecordType():
                return _named(wit.Record(self._parts(type_.fields, names, depth)), names)
            case wt.VariantType():
                return _named(wit.Variant(self._parts(type_.cases, names, depth)), names)
            case wt.EnumType():
                cases = [type_.name(index) or "" for index in range(type_.names_count)]
                return _named(wit.Enum(_short(cases)), names)
            case wt.FlagsType():
                return _named(wit.Flags(_short(type_.names)), names)
        raise AssertionError(f"a new kind of type: {type(type_).__name__}")

    def _parts(
        self, parts: Iterable[tuple[str, wt.ValType | None]], names: TypeNames, depth: int
    ) -> tuple[wit.Part, ...]:
        read = [wit.Part(name, self._maybe(type_, names, depth)) for name, type_ in parts]
        _short([part.name for part in read])
        return tuple(read)

    def _maybe(self, type_: wt.ValType | None, names: TypeNames, depth: int) -> wit.Type | None:
        return None if type_ is None else self._read(type_, names, depth)

    def _count_parts(self, count: int) -> None:
        if count > bounds.MOST_PARTS:
            raise Unsupported(f"a type of {count} parts (at most {bounds.MOST_PARTS} can cross)")
        self._count(count)

    def _count(self, nodes: int) -> None:
        self._left -= nodes
        self._left_here -= nodes
        if self._left < 0:
            raise TooLarge(f"types of more than {bounds.MOST_NODES_IN_ALL} parts in all")
        if self._left_here < 0:
            raise Unsupported(f"types of more than {bounds.MOST_NODES} parts")


def is_async(function: wt.FuncType) -> bool:
    """Whether a function is declared to be asynchronous."""
    return bool(ffi.wasmtime_component_func_type_async(function.ptr()))


def _named(type_: NamedType, names: TypeNames) -> wit.Type:
    name = names.get(type_)
    if name == ANY_NAME and type_ == ANY_SHAPE:
        return wit.ANY
    return replace(type_, name=name) if name else type_


@contextmanager
def _located(where: str) -> Iterator[None]:
    try:
        yield
    except Unsupported as error:
        raise Unsupported(f"{where} has {error}") from None


def shortened(name: str) -> str:
    """A name from a binary, no longer than a reader wants it."""
    return name if len(name) <= 60 else f"{name[:59]}…"


def _short(names: list[str]) -> tuple[str, ...]:
    for name in names:
        if len(name) > LONGEST_NAME:
            raise Unsupported(f"a name of {len(name)} characters (at most {LONGEST_NAME})")
    return tuple(names)
