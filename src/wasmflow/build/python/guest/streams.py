"""The streaming components that a component exports: the classes of its resources.

The bindings make an instance of such a class for each stream, and call `push`, `push_many`, `finish`
or `next` of it. A generator or coroutine of the author's is run by hand, without an event loop: it
waits only for its input.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
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
    """What was pushed, to be iterated over by the author's code.

    It is its own awaitable: where nothing was pushed, it is what the coroutine is suspended with.
    """

    def __init__(self) -> None:
        self._pushed = _END
        self.ended = False

    def push(self, value: Any) -> None:
        self._pushed = value

    def __aiter__(self) -> _Input:
        return self

    def __anext__(self) -> _Input:
        return self

    def __await__(self) -> _Input:
        return self

    def __iter__(self) -> _Input:
        return self

    def __next__(self) -> _Input:
        if self._pushed is not _END:
            value, self._pushed = self._pushed, _END
            raise StopIteration(value)
        if self.ended:
            raise StopAsyncIteration
        return self


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
    """The author's code at work: it is run after each push, until it waits for the next packet."""

    def __init__(self, function: Callable[..., Any], coroutine: Coroutine[Any, Any, Any]) -> None:
        self._function = function
        self._coroutine = coroutine
        self.ended = False
        self.result: Any = None

    def resume(self, awaited: _Input) -> None:
        """Run on. What it does wrong ends it, and raises `Err`; afterwards nothing happens."""
        if self.ended:
            return
        try:
            resume(self._coroutine, awaited)
        except StopIteration as end:
            self.ended = True
            self.result = end.value
        except FAILURES as error:
            self.ended = True
            raise refused(error, self._function, "yield") from None


def transducer(function: Callable[..., Any], result: Codec, /, **parameters: Any) -> type:
    """The resource of a function that reads a stream and returns an asynchronous iterator.

    What it raises is its last packet.
    """
    reading = _Reading(parameters)
    begin = randomness.beginning()

    class Transducer:
        def __init__(self, *values: Any) -> None:
            self._input = _Input()
            self._made: list[Any] = []
            arguments = reading.arguments(values, self._input)
            self._run = _Run(function, _gathered(function, arguments, result, self._made))
            self._failed: Err | None = None
            begin()

        def push(self, item: Any) -> list[Any]:
            self._tell()
            self._input.push(reading.incoming(item))
            try:
                self._run.resume(self._input)
            except Err as failed:
                if not self._made:
                    raise
                self._failed = failed  # comes after what was made before it: with the next call
            made = self._made.copy()
            self._made.clear()
            return made

        def finish(self) -> list[Any]:
            self._tell()
            self._input.ended = True
            self._run.resume(self._input)
            return self._made

        def _tell(self) -> None:
            failed, self._failed = self._failed, None
            if failed is not None:
                raise failed

    return Transducer


async def _gathered(
    function: Callable[..., Any], arguments: Arguments, result: Codec, made: list[Any]
) -> None:
    """Collect what goes out."""
    args, named = arguments
    async for value in function(*args, **named):
        made.append(result.outgoing(value))  # noqa: PERF401  # it is looked at in between


def reducer(function: Callable[..., Any], result: Codec | None, /, **parameters: Any) -> type:
    """The resource of an async function that reads a stream and returns a value at its end."""
    reading = _Reading(parameters)
    outgoing = outgoing_of(result)
    begin = randomness.beginning()

    class Reducer:
        def __init__(self, *values: Any) -> None:
            self._input = _Input()
            args, named = reading.arguments(values, self._input)
            self._run = _Run(function, function(*args, **named))
            self._failed: Err | None = None
            begin()

        def push(self, item: Any) -> None:
            self._input.push(reading.incoming(item))
            self._resume()

        def finish(self) -> Any:
            self._input.ended = True
            self._resume()
            try:
                return outgoing(self._run.result)
            except FAILURES as error:
                raise refused(error, function, "return") from None

        def _resume(self) -> None:
            if self._failed is not None:
                raise self._failed
            try:
                self._run.resume(self._input)
            except Err as failed:
                self._failed = failed
                raise

    return Reducer
