"""Makes elements of what a program gives to ports in step: of iterables, and of values held beside them."""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, Final

from wasmflow.engine.intake import END, Element
from wasmflow.errors import UsageError
from wasmflow.naming import listing

#: Elements of iterables that are read at once: reading one at a time takes longer than most calls.
CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class Given:
    """What is given to one input port."""

    port: str
    value: Any
    #: Makes a slot of a packet. Raises `UsageError` for one that does not fit.
    accept: Callable[[object], object]


def is_many(given: object) -> bool:
    """Whether it stands for the packets of a stream rather than for one of them."""
    one = isinstance(given, str | bytes | bytearray | memoryview | Mapping)
    return isinstance(given, Iterable | AsyncIterable) and not one


async def elements(given: Sequence[Given]) -> AsyncIterator[Sequence[Element]]:
    """An element for each packet of those that are many, which must be equally many; the others are held.

    Reads no further than it is asked, but from iterables that are not asynchronous a chunk at a time.
    Asynchronous iterators are closed with it. Raises `UsageError` where one ends before the others.
    """
    if not any(isinstance(each.value, AsyncIterable) for each in given):
        rows = _rows(given, [_packets(each) for each in given])
        while chunk := list(islice(rows, CHUNK)):
            yield chunk
        return
    iterators = [_coming(each) for each in given]
    async with AsyncExitStack() as stack:
        for iterator in iterators:
            if hasattr(iterator, "aclose"):
                stack.push_async_callback(iterator.aclose)
        coming = await stack.enter_async_context(aclosing(_coming_rows(given, iterators)))
        async for element in coming:
            yield [element]


def _rows(given: Sequence[Given], iterators: Sequence[Iterator[object]]) -> Iterator[Element]:
    count = 0
    while row := _row(given, [next(each, END) for each in iterators], count):
        yield row
        count += 1


async def _coming_rows(
    given: Sequence[Given], iterators: Sequence[AsyncIterator[object]]
) -> AsyncGenerator[Element, None]:
    count = 0
    while row := _row(given, [await anext(each, END) for each in iterators], count):
        yield row
        count += 1


def _row(given: Sequence[Given], packets: Sequence[object], count: int) -> Element:
    """The slots of an element; none if all have ended."""
    if any(packet is END for packet in packets):
        _check_end(given, packets, count)
        return ()
    try:
        return tuple([each.accept(packet) for each, packet in zip(given, packets, strict=True)])
    except UsageError as error:
        raise UsageError(f"{error}, which is packet {count + 1:,} of its stream") from None


def _check_end(given: Sequence[Given], packets: Sequence[object], count: int) -> None:
    many = [
        (each, packet) for each, packet in zip(given, packets, strict=True) if is_many(each.value)
    ]
    longer = [each.port for each, packet in many if packet is not END]
    if longer:
        ended = [each.port for each, packet in many if packet is END]
        raise UsageError(
            f"inputs that are in step need equally many packets: {listing(ended)} ended after "
            f"{count:,}, and {listing(longer)} goes on"
        )


def _packets(given: Given) -> Iterator[object]:
    return iter(given.value) if is_many(given.value) else repeat(given.value)


def _coming(given: Given) -> AsyncIterator[object]:
    return (
        aiter(given.value) if isinstance(given.value, AsyncIterable) else _at_once(_packets(given))
    )


async def _at_once(packets: Iterator[object]) -> AsyncIterator[object]:
    for packet in packets:
        yield packet
