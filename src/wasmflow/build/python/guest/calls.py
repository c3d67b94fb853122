"""The functions that a component exports: arguments in, the author's function, the result out.

Whatever the author's code raises becomes an exception of the component, with its class, its message and
its place in the source. Two things end the component's instance instead: memory or stack that ran out,
since nothing is sure after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import CoroutineType, TracebackType
from typing import Any, NoReturn, TypeAlias

from componentize_py_types import Err  # type: ignore[import-not-found]  # part of the bindings

from . import modules, randomness
from .codecs import Codec, Convert, Mismatch

_BREAKDOWNS = (MemoryError, RecursionError)


@dataclass(frozen=True)
class Keyword:
    """Marks a parameter that is given by name."""

    codec: Codec


@dataclass(frozen=True)
class Default:
    """Marks a parameter that is left out when nothing comes in."""

    codec: Codec


@dataclass(frozen=True)
class NullableDefault:
    """The same, where `None` is a value too: what comes in is wrapped, to tell it from nothing."""

    codec: Codec


Parameter: TypeAlias = Codec | Keyword | Default | NullableDefault
Arguments: TypeAlias = tuple[Sequence[Any], dict[str, Any]]
#: What makes arguments of the values that come in; ``None`` if the values are the arguments.
Reader: TypeAlias = Callable[[tuple[Any, ...]], Arguments] | None


def export(
    function: Callable[..., Any], result: Codec | None, /, **parameters: Parameter
) -> staticmethod[..., Any]:
    """An author's function, as the component exports it."""
    outgoing = outgoing_of(result)
    return staticmethod(answering(function, reader(parameters), outgoing, randomness.beginning()))


def outgoing_of(result: Codec | None) -> Convert:
    """How what a function returns goes out; without a codec it is dropped."""
    return _dropped if result is None else result.outgoing


def answering(
    function: Callable[..., Any], read: Reader, outgoing: Convert, begin: Callable[[], None]
) -> Callable[..., Any]:
    """What calls something of the author's with the values that come in, and gives what goes out.

    It raises `Err` for whatever the author's code may do wrong.
    """

    def call(*values: Any) -> Any:
        args, named = (values, _NONE_NAMED) if read is None else read(values)
        try:
            begin()
            value = function(*args, **named)
            if type(value) is CoroutineType:
                value = finished(value)
            return outgoing(value)
        except FAILURES as error:
            raise refused(error, function, "return") from None

    return call


#: What the author's code may raise for the component to say no.
FAILURES = (Exception, SystemExit)


def refused(error: BaseException, function: Callable[..., Any], verb: str) -> Err:
    """The exception that the component raises for one of the author's. May end the instance instead."""
    if isinstance(error, _BREAKDOWNS):
        _end(error)
    if isinstance(error, Mismatch):
        name = getattr(function, "__qualname__", "the function")
        return _refusal("TypeError", f"{name}() does not {verb} what it declares: {error}")
    return _refusal(type(error).__name__, _message(error), _where(error))


_NONE_NAMED: dict[str, Any] = {}


def _dropped(_value: Any) -> None:
    return None


def reader(parameters: dict[str, Parameter]) -> Reader:
    """What makes arguments of values. Parameters that are given by position come first."""
    steps = [(name, converter(name, each), each) for name, each in parameters.items()]
    first = [convert for _, convert, each in steps if isinstance(each, Codec)]
    others = [
        (name, convert, isinstance(each, (Default, NullableDefault)))
        for name, convert, each in steps
        if not isinstance(each, Codec)
    ]
    if not others and not any(first):
        return None
    count = len(first)

    def read(values: tuple[Any, ...]) -> Arguments:
        named: dict[str, Any] = {}
        for (name, convert, may_miss), value in zip(others, values[count:], strict=True):
            if value is not None or not may_miss:
                named[name] = value if convert is None else convert(value)
        args = [
            value if convert is None else convert(value)
            for convert, value in zip(first, values, strict=False)
        ]
        return args, named

    return read


def converter(name: str, parameter: Parameter) -> Convert | None:
    """What converts a value for a parameter, and refuses it in words that name the parameter."""
    codec = parameter if isinstance(parameter, Codec) else parameter.codec
    incoming = codec.incoming
    if isinstance(parameter, NullableDefault):
        incoming = _unwrapping(incoming)
    if incoming is None:
        return None

    def convert(value: Any) -> Any:
        try:
            return incoming(value)
        except _BREAKDOWNS as error:
            _end(error)
        except Exception as error:
            message = f"in parameter '{name}': {_message(error)}"
            raise _refusal(type(error).__name__, message, _where(error)) from None

    return convert


def _unwrapping(convert: Convert | None) -> Convert:
    """The same for what comes in a `Some`."""
    if convert is None:
        return attrgetter("value")
    return lambda some: convert(some.value)


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end: it can wait only for what never waits."""
    try:
        resume(coroutine, _NOTHING)
    except StopIteration as end:
        return end.value


_NOTHING = object()


def resume(coroutine: Coroutine[Any, Any, Any], awaited: object, value: Any = None) -> None:
    """Run a coroutine on with a value until it awaits that. Raises `StopIteration` when it ends.

    There is no event loop, so whatever else it awaits is an exception, at the place where it does.
    """
    waiting = coroutine.send(value)
    while waiting is not awaited:
        # `asyncio.sleep(0)` awaits None: somebody else may go first, and nobody is there.
        going_on = waiting is None
        waiting = coroutine.send(None) if going_on else coroutine.throw(RuntimeError(_NO_LOOP))


_NO_LOOP = "there is no event loop in a component: only the packets of its input can be awaited"


def _end(error: BaseException) -> NoReturn:
    """End the instance. What is printed last is what its host tells of it."""
    message, where = _message(error), _where(error)
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    print(f"{what} ({where})" if where else what, file=sys.stderr)
    os.abort()


#: What makes the payload of an exception: of a class, a message, and a place or nothing.
_record: Callable[[str, str, str | None], Any]


def refuse_with(record: Callable[[str, str, str | None], Any]) -> None:
    """Have exceptions carry a record of this class of the bindings. To be called before any other."""
    global _record
    _record = record


def _refusal(name: str, message: str, where: str = "") -> Err:
    return Err(_record(_printable(name), _printable(message), _printable(where) or None))


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _where(error: BaseException) -> str:
    """The innermost place in the author's source; empty if it was elsewhere."""
    place = ""
    step: TracebackType | None = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if file := modules.source_file(code.co_filename):
            place = f"{file}:{step.tb_lineno} in {code.co_name}"
        step = step.tb_next
    return place
