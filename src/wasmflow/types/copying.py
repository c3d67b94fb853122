"""Values made of containers that nobody else has, so that whoever gets one may change it.

The Python API gives results away with it: constants of a flow, for example, are the same objects in
every transaction. Lists and dicts are all that can be changed of a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from wasmflow.types import model as wit

Copy: TypeAlias = Callable[[Any], Any]


def copier(type_: wit.Type | None) -> Copy | None:
    """Copies the containers of values of a type; ``None`` if its values hold none."""
    match type_:
        case None | wit.Anything():
            return _copy
        case wit.List():
            return None if type_ == wit.BYTES else _list_copier(copier(type_.element))
        case wit.Record():
            return _record_copier(type_.fields)
        case wit.Tuple():
            return _tuple_copier([copier(element) for element in type_.elements])
        case wit.Option():
            return _option_copier(type_)
        case wit.Variant():
            return _case_copier(type_.cases)
        case wit.Result():
            return _case_copier([wit.Part("ok", type_.ok), wit.Part("err", type_.err)])
    return None


def _copy(value: Any) -> Any:
    """A value of any type."""
    match value:
        case list():
            return [_copy(each) for each in value]
        case dict():
            return {name: _copy(each) for name, each in value.items()}
        case wit.Case() | wit.Some():
            return type(value)(*map(_copy, value))
        case tuple():
            return tuple(map(_copy, value))
    return value


def _list_copier(copy: Copy | None) -> Copy:
    return list if copy is None else lambda value: [copy(each) for each in value]


def _record_copier(fields: Iterable[wit.Part]) -> Copy:
    copies = _copies(fields)
    return lambda value: value | {name: copy(value[name]) for name, copy in copies.items()}


def _tuple_copier(copies: list[Copy | None]) -> Copy | None:
    if not any(copies):
        return None
    pairs = [copy or _unchanged for copy in copies]
    return lambda value: tuple([copy(each) for copy, each in zip(pairs, value, strict=True)])


def _option_copier(type_: wit.Option) -> Copy | None:
    copy = copier(type_.payload)
    if copy is None:
        return None
    if isinstance(type_.payload, wit.Option):
        return lambda value: None if value is None else wit.Some(copy(value.value))
    return lambda value: None if value is None else copy(value)


def _case_copier(cases: Iterable[wit.Part]) -> Copy | None:
    copies = _copies(cases)
    if not copies:
        return None
    return lambda value: wit.Case(value.name, copies.get(value.name, _unchanged)(value.payload))


def _copies(parts: Iterable[wit.Part]) -> dict[str, Copy]:
    """The copiers of those parts that need one; a case without a type carries nothing."""
    found = {part.name: copier(part.type) for part in parts if part.type is not None}
    return {name: copy for name, copy in found.items() if copy is not None}


def _unchanged(value: Any) -> Any:
    return value
