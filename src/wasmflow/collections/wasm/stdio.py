"""The streams of guests that are granted folders or standard streams, and how they wait for these.

A stream is known by its number: 0 is one of nothing, whose input is at its end and whose output goes to
the log; the standard streams that are granted have those of the process plus one; all others are files'.

Standard streams are shared with the whole process and may block it. So each is looked at before it is
used, again and again until the call is to end, and no more is written than it then takes at once.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from wasmflow.collections.wasm.files import MOST_READ
from wasmflow.collections.wasm.filetypes import error_number
from wasmflow.collections.wasm.linking import Borrow, HostFunction, Interface, Resource, own
from wasmflow.collections.wasm.surroundings import Refused, Surroundings
from wasmflow.collections.wasm.waiting import Watch
from wasmflow.grants import STDIO
from wasmflow.types import model as wit

#: The numbers of the standard streams.
_STANDARD: Final = {name: handle + 1 for handle, name in enumerate(STDIO)}
_STDIN: Final = _STANDARD["stdin"]
#: Bytes that are written at once to a stream that takes any: without waiting, and in one piece.
_PIECE: Final = getattr(select, "PIPE_BUF", 512)
#: Bytes that a guest may write at once; wasmtime takes some hundred bytes for each meanwhile.
_WRITABLE: Final = 1 << 16

#: Held by who looks whether there is input until it is read: else another might be first, and one waits.
_reading: Final = threading.Lock()
#: The same for room; one for both streams, since they may be one pipe.
_writing: Final = threading.Lock()


def _is_standard(number: int) -> bool:
    return 0 < number <= len(_STANDARD)


def _is_ready(number: int, seconds: float = 0) -> bool:
    """Whether a standard stream has input, or takes output, after waiting so long at most."""
    return _any_ready((number,), seconds)


def _any_ready(numbers: Iterable[int], seconds: float) -> bool:
    reading = [number - 1 for number in numbers if number == _STDIN]
    writing = [number - 1 for number in numbers if number != _STDIN]
    try:
        return any(select.select(reading, writing, [], seconds))
    except OSError:
        # One of them is closed. Who uses it is told.
        return True


def _wait_for(surroundings: Surroundings, number: int) -> None:
    def happens(seconds: float) -> bool:
        return _is_ready(number, seconds)

    _watch(surroundings).until(happens)


def _watch(surroundings: Surroundings) -> Watch:
    if surroundings.watch is None:
        raise Refused("cannot wait here")
    return surroundings.watch


def _read_standard(length: int) -> bytes | None:
    """What there is, at once; empty for nothing yet, ``None`` at its end."""
    with _reading:
        if not length or not _is_ready(_STDIN):
            return b""
        return os.read(_STDIN - 1, min(length, MOST_READ)) or None


def _read(surroundings: Surroundings, number: int, length: int) -> bytes | None:
    """The next bytes of a stream; ``None`` at its end."""
    if not number:
        return None
    if _is_standard(number):
        return _read_standard(length)
    return surroundings.files.reader(number).read(length) or (None if length else b"")


def _read_some(surroundings: Surroundings, number: int, length: int) -> bytes | None:
    """The same of a stream that may have nothing yet: then wait for it."""
    content = _read(surroundings, number, length)
    while content == b"" and length:
        _wait_for(surroundings, number)
        content = _read(surroundings, number, length)
    return content


def _skip(surroundings: Surroundings, number: int, length: int) -> int | None:
    content = _read(surroundings, number, length)
    return None if content is None else len(content)


def _skip_some(surroundings: Surroundings, number: int, length: int) -> int | None:
    content = _read_some(surroundings, number, length)
    return None if content is None else len(content)


def _write(surroundings: Surroundings, number: int, content: bytes) -> None:
    if not number:
        surroundings.print(content)
    elif _is_standard(number):
        surroundings.count_printed(len(content))
        _write_standard(surroundings, number, content)
    else:
        surroundings.files.writer(number).write(content)


def _write_standard(surroundings: Surroundings, number: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        _wait_for(surroundings, number)
        left = left[_write_at_once(number, left[:_PIECE]) :]


def _write_at_once(number: int, piece: memoryview) -> int:
    """How much of a piece a standard stream takes just now."""
    with _writing:
        if not _is_ready(number):
            return 0
        try:
            return os.write(number - 1, piece)
        except BlockingIOError:
            # It is one that never waits, and was full after all.
            return 0


def _write_zeroes(surroundings: Surroundings, number: int, count: int) -> None:
    if not number:
        surroundings.count_printed(count)
        return
    if count > _WRITABLE:
        raise Refused(f"wrote {count} zeroes at once; at most {_WRITABLE} can be")
    _write(surroundings, number, bytes(count))


def _splice(surroundings: Surroundings, number: int, source: int, length: int) -> int | None:
    return _moved(surroundings, number, _read(surroundings, source, min(length, _WRITABLE)))


def _splice_some(surroundings: Surroundings, number: int, source: int, length: int) -> int | None:
    return _moved(surroundings, number, _read_some(surroundings, source, min(length, _WRITABLE)))


def _moved(surroundings: Surroundings, number: int, content: bytes | None) -> int | None:
    if content is None:
        return None
    _write(surroundings, number, content)
    return len(content)


def _check_write(_surroundings: Surroundings, _number: int) -> int:
    return _WRITABLE


def _flush(_surroundings: Surroundings, _number: int) -> None:
    """Nothing is kept back."""


_STREAM_ERROR: Final = wit.Variant(
    (wit.Part("last-operation-failed", own(Resource.ERROR)), wit.Part("closed", None))
)
_CLOSED: Final = wit.Case("err", wit.Case("closed"))


def _tried(
    run: Callable[..., Any], *parameters: wit.Type | Borrow, result: wit.Type | None = None
) -> HostFunction:
    """A function of a stream: `run` gets its number, then the parameters."""

    def trying(surroundings: Surroundings, *arguments: Any) -> wit.Case:
        try:
            value = run(surroundings, *arguments)
        except BrokenPipeError:
            return _CLOSED
        except (OSError, OverflowError) as error:
            # Such a handle counts as one that is open.
            surroundings.open_handle()
            return wit.Case("err", wit.Case("last-operation-failed", error_number(error)))
        return _CLOSED if value is None and result is not None else wit.Case("ok", value)

    return HostFunction(trying, (_SELF, *parameters), wit.Result(result, _STREAM_ERROR))


def _subscribe(surroundings: Surroundings, number: int) -> int:
    """The number of a pollable: that of a standard stream, else 0 for one that is always ready."""
    surroundings.open_handle()
    return number if _is_standard(number) else 0


def _ready(surroundings: Surroundings, number: int) -> bool:
    return _is_ready(number) if _is_standard(number) else surroundings.is_ready(number)


def _block(surroundings: Surroundings, number: int) -> None:
    _poll(surroundings, [number])


def _poll(surroundings: Surroundings, numbers: list[int]) -> list[int]:
    if not numbers:
        raise Refused("polled nothing, which would never end")
    streams = {number for number in numbers if _is_standard(number)}
    others = [number for number in numbers if not _is_standard(number)]
    if streams and not any(_ready(surroundings, number) for number in numbers):
        _wait_for_any(surroundings, streams, others)
    elif not streams:
        surroundings.wait(others)
    return [index for index, number in enumerate(numbers) if _ready(surroundings, number)]


def _wait_for_any(surroundings: Surroundings, streams: set[int], timers: list[int]) -> None:
    """Wait for a stream or a time. Where sleeping takes no time, the time comes first."""
    if timers and not surroundings.clock.real:
        surroundings.wait(timers)
        return

    def happens(seconds: float) -> bool:
        return _any_ready(streams, seconds) or any(map(surroundings.is_ready, timers))

    _watch(surroundings).until(happens)


def _getting(name: str) -> Callable[[Surroundings], int]:
    """What gives the number of a standard stream: its own if it is granted."""

    def get(surroundings: Surroundings) -> int:
        surroundings.open_handle()
        return _STANDARD[name] if name in surroundings.granted.stdio else 0

    return get


def _terminal(name: str, kind: Resource) -> HostFunction:
    """A function that gives something if the standard stream is a terminal."""

    def get(surroundings: Surroundings) -> int | None:
        if name not in surroundings.granted.stdio or not os.isatty(_STANDARD[name] - 1):
            return None
        return surroundings.open_handle()

    return HostFunction(get, (), wit.Option(own(kind)))


_SELF: Final = Borrow(read=True)

INTERFACES: Final[dict[str, Interface]] = {
    "wasi:io/poll": {
        "pollable": Resource.POLLABLE,
        "[method]pollable.ready": HostFunction(_ready, (_SELF,), wit.BOOL),
        "[method]pollable.block": HostFunction(_block, (_SELF,)),
        "poll": HostFunction(_poll, (Borrow(list=True),), wit.List(wit.U32)),
    },
    "wasi:io/streams": {
        "input-stream": Resource.INPUT_STREAM,
        "[method]input-stream.read": _tried(_read, wit.U64, result=wit.BYTES),
        "[method]input-stream.blocking-read": _tried(_read_some, wit.U64, result=wit.BYTES),
        "[method]input-stream.skip": _tried(_skip, wit.U64, result=wit.U64),
        "[method]input-stream.blocking-skip": _tried(_skip_some, wit.U64, result=wit.U64),
        "[method]input-stream.subscribe": HostFunction(_subscribe, (_SELF,), Resource.POLLABLE),
        "output-stream": Resource.OUTPUT_STREAM,
        "[method]output-stream.check-write": _tried(_check_write, result=wit.U64),
        "[method]output-stream.write": _tried(_write, wit.BYTES),
        "[method]output-stream.blocking-write-and-flush": _tried(_write, wit.BYTES),
        "[method]output-stream.flush": _tried(_flush),
        "[method]output-stream.blocking-flush": _tried(_flush),
        "[method]output-stream.subscribe": HostFunction(_subscribe, (_SELF,), Resource.POLLABLE),
        "[method]output-stream.write-zeroes": _tried(_write_zeroes, wit.U64),
        "[method]output-stream.blocking-write-zeroes-and-flush": _tried(_write_zeroes, wit.U64),
        "[method]output-stream.splice": _tried(_splice, _SELF, wit.U64, result=wit.U64),
        "[method]output-stream.blocking-splice": _tried(
            _splice_some, _SELF, wit.U64, result=wit.U64
        ),
    },
    "wasi:cli/stdin": {
        "get-stdin": HostFunction(_getting("stdin"), (), Resource.INPUT_STREAM),
    },
    "wasi:cli/stdout": {
        "get-stdout": HostFunction(_getting("stdout"), (), Resource.OUTPUT_STREAM),
    },
    "wasi:cli/stderr": {
        "get-stderr": HostFunction(_getting("stderr"), (), Resource.OUTPUT_STREAM),
    },
    "wasi:cli/terminal-input": {"terminal-input": Resource.TERMINAL_INPUT},
    "wasi:cli/terminal-output": {"terminal-output": Resource.TERMINAL_OUTPUT},
    "wasi:cli/terminal-stdin": {
        "get-terminal-stdin": _terminal("stdin", Resource.TERMINAL_INPUT),
    },
    "wasi:cli/terminal-stdout": {
        "get-terminal-stdout": _terminal("stdout", Resource.TERMINAL_OUTPUT),
    },
    "wasi:cli/terminal-stderr": {
        "get-terminal-stderr": _terminal("stderr", Resource.TERMINAL_OUTPUT),
    },
}
