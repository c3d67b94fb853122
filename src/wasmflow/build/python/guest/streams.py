"""The streaming components that a component exports: the classes of its resources.

The bindings make an instance of such a class for each stream, and call `push`, `push_many`, `finish`
or `next` of it. A generator or coroutine of the author's is run by hand, without an event loop: it
waits only for its input.
"""

from __future__ import annotations

import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from componentize_py_types import Err, Some  # type: ignore[import-not-found]  # part of the bindings

from . import randomness
from .calls import (
    FAILURES,
    Arguments,
    Parameter,
    Reader,
    answering,
    converter,
    finished,
    outgoing_of,
    reader,
    refused,
    resume,
)
from .codecs import Codec, Convert


@dataclass(frozen=True)
class Stream:
    """Marks the parameter that is given an iterator over what is pushed."""

    codec: Codec


@dataclass(frozen=True)
class NamedStream(Stream):
    """The same, given by name."""


def wrapped(payload: Codec) -> Codec:
    """`T | None` where `None` alone would say that there is nothing."""
    return Codec(lambda value: Some(payload.outgoing(value)))


# --- classes


@dataclass(frozen=True)
class _Method:
    name: str
    read: Reader
    outgoing: Convert


def method(name: str, result: Codec | None, /, **parameters: Parameter) -> _Method:
    """A method of an author's class, as the component exports it."""
    return _Method(name, reader(parameters), outgoing_of(result))


def stateful(made: type, /, *methods: _Method, **parameters: Parameter) -> type:
    """The resource of an author's class. Random numbers begin with the constructor, once."""
    construct = answering(made, reader(parameters), _same, randomness.beginning())

    class Stateful:
        def __init__(self, *values: Any) -> None:
            instance = construct(*values)
            for each in methods:
                bound = getattr(instance, each.name)
                setattr(self, each.name, answering(bound, each.read, each.outgoing, _nothing))

    return Stateful


def _same(value: Any) -> Any:
    return value


def _nothing() -> None:
    return None


# --- sources


def source(function: Callable[..., Any], result: Codec, /, **parameters: Parameter) -> type:
    """The resource of a function that returns an iterator, such as a generator."""
    begin = answering(function, reader(parameters), iter, randomness.beginning())

    class Source:
        def __init__(self, *values: Any) -> None:
            self._iterator: Iterator[Any] = begin(*values)

        def next(self) -> Any:
            try:
                for value in self._iterator:
                    return result.outgoing(value)
            except FAILURES as error:
                self._iterator = iter(())
                raise refused(error, function, "yield") from None
            return None

    return Source


def async_source(function: Callable[..., Any], result: Codec, /, **parameters: Parameter) -> type:
    """The same of one that returns an asynchronous iterator."""

    def pulled(*args: Any, **named: Any) -> Iterator[Any]:
        return _pulled(aiter(function(*args, **named)))

    pulled.__qualname__ = function.__qualname__
    return source(pulled, result, **parameters)


def _pulled(iterator: AsyncIterator[Any]) -> Iterator[Any]:
    while (value := finished(_next(iterator))) is not _END:
        yield value


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await anext(iterator, _END)


_END = object()


# --- what reads a stream


class _Input:
    """What is pushed, to be iterated over by the author's code, which is suspended with it."""

    def __init__(self) -> None:
        self._ended = False

    def __aiter__(self) -> _Input:
        return self

    @types.coroutine
    def __anext__(self) -> Generator[_Input, Any, Any]:
        value = _END if self._ended else (yield self)
        if value is _END:
            self._ended = True
            raise StopAsyncIteration
        return value


class _Reading:
    """How a function that reads a stream is called."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        values = {key: each for key, each in parameters.items() if not isinstance(each, Stream)}
        ((self._name, stream),) = parameters.items() - values.items()
        before = list(parameters)[: list(parameters).index(self._name)]
        self._position = sum(isinstance(parameters[key], Codec) for key in before)
        self._by_name = isinstance(stream, NamedStream)
        self._read = reader(values)
        self.incoming: Convert = converter(self._name, stream.codec) or _same

    def arguments(self, values: tuple[Any, ...], input_: _Input) -> Arguments:
        """The values that come in and the stream, as the function takes them."""
        args, named = (values, {}) if self._read is None else self._read(values)
        if self._by_name:
            return args, {**named, self._name: input_}
        return (*args[: self._position], input_, *args[self._position :]), named


class _Run:
    """The author's code at work: it runs after each push, until it waits for the next packet."""

    def __init__(
        self, function: Callable[..., Any], coroutine: Coroutine[Any, Any, Any], input_: _Input
    ) -> None:
        self._function = function
        self._coroutine = coroutine
        self._input = input_
        self._begun = False
        self._ended = False
        self.result: Any = None

    def give(self, value: Any) -> None:
        """Go on with a packet, or with the end of all. Once the code has ended, nothing happens.

        What it does wrong ends it, and raises `Err`.
        """
        if self._ended:
            return
        try:
            if not self._begun:
                self._begun = True
                resume(self._coroutine, self._input)
            resume(self._coroutine, self._input, value)
        except StopIteration as end:
            self._ended = True
            self.result = end.value
        except FAILURES as error:
            self._ended = True
            raise refused(error, self._function, "yield") from None


def transducer(function: Callable[..., Any], result: Codec, /, **parameters: Any) -> type:
    """The resource of a function that reads a stream and returns an asynchronous iterator.

    What it raises is its last packet.
    """
    reading = _Reading(parameters)
    begin = randomness.beginning()

    class Transducer:
        def __init__(self, *values: Any) -> None:
            input_ = _Input()
            arguments = reading.arguments(values, input_)
            self._made: list[Any] = []
            gathered = _gathered(function, arguments, result.outgoing, self._made)
            self._run = _Run(function, gathered, input_)
            self._failed: Err | None = None
            begin()

        def push(self, item: Any) -> list[Any]:
            self._tell()
            try:
                self._run.give(reading.incoming(item))
            except Err as failed:
                if not self._made:
                    raise
                self._failed = failed  # comes after what was made before it: with the next call
            made = self._made[:]
            self._made.clear()
            return made

        def finish(self) -> list[Any]:
            self._tell()
            self._run.give(_END)
            return self._made

        def _tell(self) -> None:
            if self._failed is not None:
                failed, self._failed = self._failed, None
                raise failed

    return Transducer


async def _gathered(
    function: Callable[..., Any], arguments: Arguments, outgoing: Convert, made: list[Any]
) -> None:
    """Collect what goes out."""
    args, named = arguments
    async for value in function(*args, **named):
        made.append(outgoing(value))  # noqa: PERF401  # it is looked at in between


def reducer(function: Callable[..., Any], result: Codec | None, /, **parameters: Any) -> type:
    """The resource of an async function that reads a stream and returns a value at its end.

    What it raises is its result, whenever that was.
    """
    reading = _Reading(parameters)
    outgoing = outgoing_of(result)
    begin = randomness.beginning()

    class Reducer:
        def __init__(self, *values: Any) -> None:
            input_ = _Input()
            args, named = reading.arguments(values, input_)
            self._run = _Run(function, function(*args, **named), input_)
            self._failed: Err | None = None
            begin()

        def push(self, item: Any) -> None:
            self._give(reading.incoming(item))

        def finish(self) -> Any:
            self._give(_END)
            try:
                return outgoing(self._run.result)
            except FAILURES as error:
                raise refused(error, function, "return") from None

        def _give(self, value: Any) -> None:
            if self._failed is not None:
                raise self._failed
            try:
                self._run.give(value)
            except Err as failed:
                self._failed = failed
                raise

    return Reducer
