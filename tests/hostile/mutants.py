"""Binaries that were components, until chance changed them. The same number makes the same mutant."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final, TypeAlias

from wasmflow.types import model as wit

Mutate: TypeAlias = Callable[[bytearray, random.Random], None]

#: Bytes before the first section.
_HEAD: Final = 8


def mutant(original: bytes, number: int) -> bytes:
    """One of the mutants of a component."""
    chance = random.Random(number)  # noqa: S311  it is to be repeated
    binary = bytearray(original)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        if len(binary) > _HEAD + 1:
            chance.choice(_MUTATIONS)(binary, chance)
    return bytes(binary)


def _flip_bit(binary: bytearray, chance: random.Random) -> None:
    binary[chance.randrange(_HEAD, len(binary))] ^= 1 << chance.randrange(8)


def _replace_byte(binary: bytearray, chance: random.Random) -> None:
    """With one that means something special: an end, a sign, the largest number."""
    binary[chance.randrange(_HEAD, len(binary))] = chance.choice(
        (0x00, 0x0B, 0x40, 0x7F, 0x80, 0xFF)
    )


def _truncate(binary: bytearray, chance: random.Random) -> None:
    del binary[chance.randrange(_HEAD + 1, len(binary)) :]


def _insert(binary: bytearray, chance: random.Random) -> None:
    at = chance.randrange(_HEAD, len(binary))
    binary[at:at] = chance.randbytes(chance.randrange(1, 20))


def _move_section(binary: bytearray, chance: random.Random) -> None:
    """Or double it, if it stays where it was."""
    sections = [binary[start:end] for start, end in _sections(bytes(binary))]
    if sections:
        section = chance.choice(sections)
        if chance.random() < 0.5:
            sections.remove(section)
        sections.insert(chance.randrange(len(sections) + 1), section)
        binary[_HEAD:] = b"".join(sections)


def _drop_section(binary: bytearray, chance: random.Random) -> None:
    spans = list(_sections(bytes(binary)))
    if spans:
        start, end = chance.choice(spans)
        del binary[start:end]


#: Small changes more often: most of what they make is still a component.
_MUTATIONS: Final[tuple[Mutate, ...]] = (
    *(_flip_bit,) * 8,
    *(_replace_byte,) * 4,
    _insert,
    _truncate,
    _move_section,
    _drop_section,
)


def _sections(binary: bytes) -> Iterator[tuple[int, int]]:
    """Where the sections at the top begin and end, as far as they can be read."""
    starts = [_HEAD]
    while starts[-1] < len(binary):
        starts.append(_end(binary, starts[-1]))
    yield from pairwise(starts)


def _end(binary: bytes, start: int) -> int:
    size = shift = 0
    for index in range(start + 1, min(start + 6, len(binary))):
        size |= (binary[index] & 0x7F) << shift
        shift += 7
        if binary[index] < 0x80:
            return min(index + 1 + size, len(binary))
    return len(binary)


def plainest(type_: wit.Type | None) -> object:
    """The plainest value of a type."""
    match type_:
        case wit.BOOL:
            return False
        case wit.STRING | wit.CHAR:
            return "a"
        case wit.BYTES:
            return b""
        case wit.Scalar():
            return 0
        case wit.List():
            return []
        case wit.Tuple(elements):
            return tuple(map(plainest, elements))
        case wit.Record(fields):
            return {name: plainest(part) for name, part in fields}
        case wit.Enum(names):
            return names[0]
        case wit.Flags():
            return frozenset()
        case wit.Result(ok, _):
            return wit.Case("ok", None if ok is None else plainest(ok))
        case wit.Variant(cases):
            return wit.Case(
                cases[0].name, None if cases[0].type is None else plainest(cases[0].type)
            )
    return None
