"""The functions that a component exports: arguments in, the author's function, the result out.

Whatever the author's code raises becomes the message of an exception. Two things end the component's
instance instead: memory or stack that ran out, since nothing is sure after that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import CoroutineType, TracebackType
from typing import Any, NoReturn

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


Parameter = Codec | Keyword | Default | NullableDefault


class Export:
    """An author's function, as the component exports it."""

    def __init__(
        self, function: Callable[..., Any], result: Codec | None, /, **parameters: Parameter
    ) -> None:
        """Without `result`, whatever the function returns is dropped."""
        self._function = function
        self._result = result
        self._inputs = [
            (name, type(parameter), _reader(parameter)) for name, parameter in parameters.items()
        ]

    def __call__(self, *values: Any) -> Any:
        """Call it. Raises `Err` for whatever an author's code may do wrong."""
        args, kwargs = self._arguments(values)
        try:
            randomness.begin_call()
            value = self._function(*args, **kwargs)
            if type(value) is CoroutineType:
                value = _finished(value)
            return None if self._result is None else self._result.outgoing(value)
        except _BREAKDOWNS as error:
            _end(error)
        except Mismatch as mismatch:
            name = getattr(self._function, "__name__", "the function")
            message = f"{name}() does not return what it declares: {mismatch}"
            raise _refusal(f"TypeError: {message}") from None
        except (Exception, SystemExit) as error:
            raise _refusal(_told(error) + _where(error)) from None

    def _arguments(self, values: tuple[Any, ...]) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for (name, kind, read), value in zip(self._inputs, values, strict=True):
            if value is None and kind in (Default, NullableDefault):
                continue
            try:
                argument = value if read is None else read(value)
            except _BREAKDOWNS as error:
                _end(error)
            except Exception as error:
                where = _where(error) or f" (in parameter '{name}')"
                raise _refusal(_told(error) + where) from None
            if kind is Codec:
                args.append(argument)
            else:
                kwargs[name] = argument
        return args, kwargs


def _reader(parameter: Parameter) -> Convert | None:
    if isinstance(parameter, Codec):
        return parameter.incoming
    convert = parameter.codec.incoming
    if not isinstance(parameter, NullableDefault):
        return convert
    return lambda some: some.value if convert is None else convert(some.value)


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
