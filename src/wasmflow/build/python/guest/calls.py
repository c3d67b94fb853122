"""The functions that a component exports: arguments in, the author's function, the result out.

Whatever the author's code raises becomes the message of an exception. Two things end the component's
instance instead: memory or stack that ran out, since nothing is sure after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
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
_Arguments: TypeAlias = tuple[Sequence[Any], dict[str, Any]]
_Reader: TypeAlias = Callable[[tuple[Any, ...]], _Arguments]


def export(
    function: Callable[..., Any], result: Codec | None, /, **parameters: Parameter
) -> staticmethod[..., Any]:
    """An author's function, as the component exports it.

    It raises `Err` for whatever the author's code may do wrong. Without `result`, whatever the
    function returns is dropped.
    """
    read = _reader(parameters)
    outgoing = _dropped if result is None else result.outgoing
    begin_call = randomness.beginning()

    def call(*values: Any) -> Any:
        args, named = (values, _NONE_NAMED) if read is None else read(values)
        try:
            begin_call()
            value = function(*args, **named)
            if type(value) is CoroutineType:
                value = _finished(value)
            return outgoing(value)
        except _BREAKDOWNS as error:
            _end(error)
        except Mismatch as mismatch:
            name = getattr(function, "__name__", "the function")
            message = f"{name}() does not return what it declares: {mismatch}"
            raise _refusal(f"TypeError: {message}") from None
        except (Exception, SystemExit) as error:
            raise _refusal(_told(error) + _where(error)) from None

    return staticmethod(call)


_NONE_NAMED: dict[str, Any] = {}


def _dropped(_value: Any) -> None:
    return None


def _reader(parameters: dict[str, Parameter]) -> _Reader | None:
    """What makes arguments of values; ``None`` if the values are the arguments.

    Parameters that are given by position come first.
    """
    steps = [(name, _converter(name, each), each) for name, each in parameters.items()]
    first = [convert for _, convert, each in steps if isinstance(each, Codec)]
    others = [
        (name, convert, isinstance(each, (Default, NullableDefault)))
        for name, convert, each in steps
        if not isinstance(each, Codec)
    ]
    if not others and not any(first):
        return None
    count = len(first)

    def read(values: tuple[Any, ...]) -> _Arguments:
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


def _converter(name: str, parameter: Parameter) -> Convert | None:
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
            where = _where(error) or f" (in parameter '{name}')"
            raise _refusal(_told(error) + where) from None

    return convert


def _unwrapping(convert: Convert | None) -> Convert:
    """The same for what comes in a `Some`."""
    if convert is None:
        return attrgetter("value")
    return lambda some: convert(some.value)


def _finished(coroutine: CoroutineType[Any, Any, Any]) -> Any:
    """Run a coroutine to its end. Without an event loop it can wait only for what never waits."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("an async function waits for something that does not exist in WebAssembly")


def _end(error: BaseException) -> NoReturn:
    """End the instance. What is printed last is what its host tells of it."""
    print(_told(error) + _where(error), file=sys.stderr)
    os.abort()


def _refusal(message: str) -> Err:
    return Err(message.encode(errors="backslashreplace").decode())


def _told(error: BaseException) -> str:
    try:
        message = str(error)
    except Exception:
        message = ""
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _where(error: BaseException) -> str:
    """The innermost place in the author's source, in brackets; nothing if it was elsewhere."""
    place = ""
    step: TracebackType | None = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if file := modules.source_file(code.co_filename):
            place = f" ({file}:{step.tb_lineno} in {code.co_name})"
        step = step.tb_next
    return place
