"""Streaming components, written in every way."""

# mypy: ignore-errors
# ruff: noqa: S311

from __future__ import annotations

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

T = TypeVar("T")
Words = AsyncIterator[str]


@dataclass
class Point:
    """A place."""

    x: float
    y: float = 0.0


# --- classes


class WordCount:
    """Counts words.

    Args:
        least: letters that a word must have
    """

    def __init__(self, least: int = 1) -> None:
        if least < 0:
            raise ValueError("a word cannot have fewer than no letters")
        self._least = least
        self._counts: dict[str, int] = {}

    def push(self, text: str) -> None:
        """Take a text.

        Args:
            text: words with spaces between
        """
        for word in text.split():
            if len(word) >= self._least:
                self._counts[word] = self._counts.get(word, 0) + 1

    def finish(self) -> dict[str, int]:
        """Tell.

        Returns:
            how often each word is there
        """
        return self._counts


class Double:
    """Sends as many packets as come in; an exception concerns one."""

    def push(self, number: int) -> int:
        if number < 0:
            raise ValueError("it is negative")
        return 2 * number


class Evens:
    """Leaves packets out."""

    def push(self, number: int) -> int | None:
        return None if number % 2 else number


class Base(ABC):
    """No component, as it is abstract."""

    @abstractmethod
    def push(self, text: str) -> Iterator[str]: ...


class Letters(Base):
    """Sends many packets for one, and some at the end."""

    def __init__(self, *, marks: str | None = "-") -> None:
        self._marks = marks

    def push(self, text: str) -> Iterator[str]:
        if text == "!":
            raise LookupError(text)
        yield from text

    def finish(self) -> list[str]:
        return [] if self._marks is None else list(self._marks)


class Inherited(Letters):
    """The same, by inheritance."""


class Distance:
    """Takes two streams in step."""

    async def push(self, one: Point, other: Point | None = None) -> float:
        other = other or Point(0)
        return ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5


class Sums:
    """Takes batches."""

    def __init__(self, start: int = 0) -> None:
        self._sum = start

    def push_many(self, numbers: list[int]) -> list[int]:
        sums = []
        for number in numbers:
            self._sum += number
            sums.append(self._sum)
        return sums


class Bits:
    """Bytes are one value, and so is a set."""

    def push(self, number: int) -> bytes:
        return number.to_bytes(2, "big")


class Countdown:
    """A source."""

    def __init__(self, start: int) -> None:
        self._left = start

    def next(self) -> int | None:
        if self._left == 0:
            return None
        self._left -= 1
        return self._left + 1


class Stream:
    """Has the name of something that the glue uses, and sends nothing."""

    def push(self, any_: Any) -> None:
        if any_ == {"fail": True}:
            raise KeyError("fail")


class Dice:
    """Draws, when it is made and later."""

    def __init__(self) -> None:
        self._first = random.random()

    def push(self, sides: int) -> list[float]:
        return [self._first, random.random() * sides]


class Liar:
    """Does not return what it declares."""

    def push(self, value: Any) -> int:
        return value


class Shape(Protocol):
    """No component, as it only says what others are like."""

    def push(self, text: str) -> None: ...


class Shout(Generic[T]):
    """Has a base in brackets."""

    def push(self, text: str) -> str:
        return text.upper()


# --- functions


def numbers(count: int, start: int = 0, *, fail: bool = False) -> Iterator[int]:
    """Numbers from a start.

    Args:
        count: how many
        start: the first

    Yields:
        one after the other
    """
    yield from range(start, start + count)
    if fail:
        raise ValueError("there are no more numbers")


def maybe() -> Generator[int | None]:
    """Packets that are `None`."""
    yield from (1, None, 2)


def listed(count: int) -> Iterator[int]:
    """Returns an iterator, and yields nothing."""
    return iter(range(count))


def total(values: Iterable[int]) -> int:
    """On values: an iterable is a list here."""
    return sum(values)


async def ticks(count: int) -> AsyncIterator[int]:
    """An asynchronous source."""
    for number in range(count):
        await asyncio.sleep(0)
        yield number


async def lines(chunks: AsyncIterator[str], separator: str = "\n") -> AsyncIterator[str]:
    """Cut text into lines.

    Args:
        chunks: text, cut anywhere
        separator: what ends a line

    Yields:
        lines
    """
    rest = ""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(separator)
        for line in whole:
            if line == "!":
                raise ValueError("not such a line")
            yield line
    if rest:
        yield rest


async def paired(
    first: str, items: Words, /, last: Literal["a", "b"] = "a", *, upper: bool = False
) -> AsyncIterator[tuple[str, str]]:
    """Takes packets two at a time, with helpers of the author's."""
    yield (first, first)
    while (one := await anext(items, None)) is not None:
        other = await _next_or(items, last)
        yield (one.upper(), other.upper()) if upper else (one, other)


async def _next_or(items: Words, last: str) -> str:
    async for item in items:
        return item
    return last


def upper(*, items: AsyncIterable[str]) -> AsyncIterator[str]:
    """Returns an iterator that it did not write."""
    return (item.upper() async for item in items)


async def first(items: AsyncIterator[int], count: int) -> AsyncIterator[int]:
    """Ends before its input does."""
    async for item in items:
        if count == 0:
            return
        count -= 1
        yield item


async def wrong(items: AsyncIterator[Any]) -> AsyncIterator[int]:
    """Does not yield what it declares."""
    async for item in items:
        yield item


async def mean(numbers: AsyncIterator[float], start: float = 0.0) -> float:
    """The mean of numbers."""
    count, sum_ = 0, start
    async for number in numbers:
        if number < 0:
            raise ValueError("negative")
        count, sum_ = count + 1, sum_ + number
    return sum_ / count


async def found(numbers: AsyncIterator[int], wanted: int) -> bool | None:
    """Knows before its input ends."""
    async for number in numbers:
        if number == wanted:
            return True
    return None


async def sink(items: AsyncIterator[str]) -> None:
    """Returns nothing."""
    async for item in items:
        print(item)


async def waits(items: AsyncIterator[int]) -> int:
    """Waits for what does not exist."""
    count = 0
    async for item in items:
        try:
            await (asyncio.sleep(1) if item else _Never())
        finally:
            count += 1
    return count


class _Never:
    def __await__(self) -> Generator[str]:
        yield "something"


def option(v: int) -> int:
    """Has the name of something that the glue uses."""
    return v


def export(v: int | None) -> int | None:
    """The same."""
    return v
