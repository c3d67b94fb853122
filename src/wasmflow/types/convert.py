"""Which types may be connected, and what happens to a value as it crosses.

The graph asks before anything runs (`connectable`, `may_fail`, `narrowest`); the engine compiles one
function per connection (`converter`). The rules for two types are in `crossing`. ``None`` as a type
is generic: it connects to everything, and values pass it unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations
from typing import Final

from wasmflow.types import model as wit
from wasmflow.types.crossing import Apart, across, inside, into_optional
from wasmflow.types.parts import Convert, children, unchanged
from wasmflow.types.wit import describe, spell_out


def connectable(source: wit.Type | None, target: wit.Type | None) -> str | None:
    """Why values of `source` cannot go to `target`; ``None`` if they can."""
    try:
        across(source, target)
    except Apart as apart:
        return str(apart)
    return None


def converter(
    source: wit.Type | None, target: wit.Type | None, *, optional: bool = False
) -> Convert | None:
    """What makes a value of `target` of one of `source`; ``None`` if the value stays as it is.

    `optional` is for an optional input, which none and the null of `any` leave out. The function
    gives `EMPTY` for a `none` that sends nothing, and raises `Misfit` for a value that does not fit.
    Raises ``ValueError`` for types that are not connectable.
    """
    convert = (into_optional if optional else across)(source, target).convert
    return None if convert is unchanged else convert


def may_fail(source: wit.Type | None, target: wit.Type | None) -> bool:
    """Whether values are checked as they cross. Raises ``ValueError`` like `converter`."""
    return across(source, target).checked


def narrowest(types: Sequence[wit.Type | None]) -> wit.Type | str | None:
    """Of the types of the ports that one flow input feeds, that whose values all of them take.

    Of several the one that needs the fewest checks, then the narrowest; their order plays no part.
    ``None`` if all are generic. A ``str`` says why no type fits.
    """
    known = list(dict.fromkeys(type_ for type_ in types if type_ is not None))
    typed = [type_ for type_ in known if type_ != wit.ANY]
    if not typed:
        return known[0] if known else None
    fitting = [type_ for type_ in typed if not any(connectable(type_, each) for each in typed)]
    if not fitting:
        return _conflict(typed)
    return min(fitting, key=lambda type_: (_checks(type_, typed), _width(type_), spell_out(type_)))


def _checks(source: wit.Type, targets: Sequence[wit.Type]) -> int:
    """How many of the targets take the values otherwise than by widening."""
    return sum(not _widens(source, target) for target in targets)


def _widens(source: wit.Type, target: wit.Type) -> bool:
    try:
        return not inside(source, target).checked
    except Apart:
        return False


_ORDER: Final = {scalar: number for number, scalar in enumerate(wit.Scalar)}


def _width(type_: wit.Type) -> list[int]:
    """Sorts types that connect to each other: narrow numbers first, then records of many fields."""
    match type_:
        case wit.Scalar():
            return [_ORDER[type_]]
        case wit.Anything():
            return [len(_ORDER)]
        case wit.Record():
            fields = -len(type_.fields)
        case _:
            fields = 0
    return [fields, *chain.from_iterable(_width(part) for _, part in children(type_) if part)]


def _conflict(types: Sequence[wit.Type]) -> str:
    for left, right in combinations(types, 2):
        reason = connectable(left, right)
        if reason and connectable(right, left):
            return f"no type fits both {describe(left)} and {describe(right)}: {reason}"
    return f"none of these types fits all the others: {', '.join(map(describe, types))}"
