"""WASI: linked for every guest, since every toolchain imports it, with nothing behind it.

wasmtime provides the interfaces, and of these what is empty anyway: no environment (but what `store`
is told to grant), no arguments, no files, no network, an exit that is a trap. Replaced is whatever
would show the world or wait for it:

- clocks and randomness are those of the call (`surroundings`), unless real ones are granted;
- sleeping takes no time: the clock of the call moves to when it ends;
- streams: reading finds the end, and what is written goes to the log, from standard output and from
  standard error alike;
- sockets and names of the network: all are refused, as wasmtime does, which starts Tokio for it.

For guests that are granted folders or standard streams there is another linker, in which `filesystem`
and `stdio` are behind it.

The streams and pollables are therefore resources of ours, and so every function that could make one
of wasmtime's is replaced too; none of those can be reached, for want of a file or socket. It also
keeps Tokio out: its timers end the process where they are polled from outside of it, and its threads
write from behind the interpreter's back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wasmtime.component import Linker

from wasmflow.collections.wasm.abi import UnknownPlatform
from wasmflow.collections.wasm.clocks import DATETIME, date_and_time
from wasmflow.collections.wasm.engine import Engine
from wasmflow.collections.wasm.linking import (
    Borrow,
    HostFunction,
    Interface,
    Resource,
    define,
    is_defined,
)
from wasmflow.collections.wasm.surroundings import Refused, Surroundings
from wasmflow.types import model as wit


def empty_wasi(engine: Engine) -> Linker:
    """The linker for guests that are granted no folders and no standard streams."""
    return _linker(engine, _REPLACED)


def open_wasi(engine: Engine) -> Linker:
    """The linker for guests that may be granted folders or standard streams."""
    # Only who has such a guest waits for these.
    from wasmflow.collections.wasm import filesystem, stdio

    return _linker(engine, {**_REPLACED, **filesystem.INTERFACES, **stdio.INTERFACES})


def _linker(engine: Engine, interfaces: Mapping[str, Interface]) -> Linker:
    version = _linked_version(engine)
    linker = Linker(engine.wasmtime)
    linker.add_wasip2()
    linker.allow_shadowing = True
    for name, interface in interfaces.items():
        define(linker, f"{name}@{version}", interface)
    return linker


def _linked_version(engine: Engine) -> str:
    """Which version of WASI 0.2 wasmtime links; guests may import any."""
    linker = Linker(engine.wasmtime)
    linker.add_wasip2()
    for version in (f"0.2.{patch}" for patch in range(100)):
        if is_defined(linker, f"{_WALL_CLOCK}@{version}", _REPLACED[_WALL_CLOCK]):
            return version
    raise UnknownPlatform("the installed wasmtime has no WASI 0.2")


def _integer(surroundings: Surroundings) -> int:
    return int.from_bytes(surroundings.draw(8), "little")


def _two_integers(surroundings: Surroundings) -> tuple[int, int]:
    return _integer(surroundings), _integer(surroundings)


def _write(surroundings: Surroundings, text: bytes) -> wit.Case:
    surroundings.print(text)
    return _DONE


def _write_zeroes(surroundings: Surroundings, count: int) -> wit.Case:
    surroundings.count_printed(count)
    return _DONE


def _poll(surroundings: Surroundings, numbers: list[int]) -> list[int]:
    if not numbers:
        raise Refused("polled nothing, which would never end")
    surroundings.wait(numbers)
    return [index for index, number in enumerate(numbers) if surroundings.is_ready(number)]


def _unreachable(*_arguments: Any) -> None:
    raise Refused("used a file or socket that it cannot have")


#: Bytes that a guest may write at once; wasmtime takes some hundred bytes for each meanwhile.
_WRITABLE: Final = 1 << 16

_DONE: Final = wit.Case("ok")
_CLOSED: Final = wit.Case("err", wit.Case("closed"))
#: As much of WASI's type as is used: wasmtime only compares names.
_STREAM_ERROR: Final = wit.Variant((wit.Part("closed", None),))
_WRITTEN: Final = wit.Result(None, _STREAM_ERROR)
_COUNTED: Final = wit.Result(wit.U64, _STREAM_ERROR)

_SELF: Final = Borrow()
_POLLABLE: Final = Borrow(read=True)
_OPEN_POLLABLE: Final = HostFunction(Surroundings.open_handle, (_SELF,), Resource.POLLABLE)
_OPEN_OUTPUT: Final = HostFunction(Surroundings.open_handle, (), Resource.OUTPUT_STREAM)
_READ: Final = HostFunction(
    lambda _surroundings, _size: _CLOSED, (_SELF, wit.U64), wit.Result(wit.BYTES, _STREAM_ERROR)
)
_SKIP: Final = HostFunction(lambda _surroundings, _size: _CLOSED, (_SELF, wit.U64), _COUNTED)
_SPLICE: Final = HostFunction(
    lambda _surroundings, _size: _CLOSED, (_SELF, Borrow(), wit.U64), _COUNTED
)
_WRITE: Final = HostFunction(_write, (_SELF, wit.BYTES), _WRITTEN)
_WRITE_ZEROES: Final = HostFunction(_write_zeroes, (_SELF, wit.U64), _WRITTEN)
_FLUSH: Final = HostFunction(lambda _surroundings: _DONE, (_SELF,), _WRITTEN)
_RANDOM_BYTES: Final = HostFunction(Surroundings.draw, (wit.U64,), wit.BYTES)
_RANDOM_INTEGER: Final = HostFunction(_integer, (), wit.U64)
_UNREACHABLE: Final = HostFunction(_unreachable)


def _refusal(code: str, *parameters: Borrow) -> HostFunction:
    """What wasmtime says as well, but only after it has started Tokio."""
    refused = wit.Case("err", code)
    return HostFunction(
        lambda _surroundings: refused, parameters, wit.Result(None, wit.Enum((code,)))
    )


_WALL_CLOCK: Final = "wasi:clocks/wall-clock"
_REPLACED: Final[dict[str, Interface]] = {
    _WALL_CLOCK: {
        "now": HostFunction(lambda s: date_and_time(s.clock.wall()), (), DATETIME),
        "resolution": HostFunction(lambda s: date_and_time(s.clock.step), (), DATETIME),
    },
    "wasi:clocks/monotonic-clock": {
        "now": HostFunction(lambda s: s.clock.monotonic(), (), wit.U64),
        "resolution": HostFunction(lambda s: s.clock.step, (), wit.U64),
        "subscribe-instant": HostFunction(Surroundings.set_timer, (wit.U64,), Resource.POLLABLE),
        "subscribe-duration": HostFunction(Surroundings.set_alarm, (wit.U64,), Resource.POLLABLE),
    },
    "wasi:random/random": {
        "get-random-bytes": _RANDOM_BYTES,
        "get-random-u64": _RANDOM_INTEGER,
    },
    "wasi:random/insecure": {
        "get-insecure-random-bytes": _RANDOM_BYTES,
        "get-insecure-random-u64": _RANDOM_INTEGER,
    },
    "wasi:random/insecure-seed": {
        "insecure-seed": HostFunction(_two_integers, (), wit.Tuple((wit.U64, wit.U64))),
    },
    "wasi:io/poll": {
        "pollable": Resource.POLLABLE,
        "[method]pollable.ready": HostFunction(Surroundings.is_ready, (_POLLABLE,), wit.BOOL),
        "[method]pollable.block": HostFunction(lambda s, number: s.wait([number]), (_POLLABLE,)),
        "poll": HostFunction(_poll, (Borrow(list=True),), wit.List(wit.U32)),
    },
    "wasi:io/streams": {
        "input-stream": Resource.INPUT_STREAM,
        "[method]input-stream.read": _READ,
        "[method]input-stream.blocking-read": _READ,
        "[method]input-stream.skip": _SKIP,
        "[method]input-stream.blocking-skip": _SKIP,
        "[method]input-stream.subscribe": _OPEN_POLLABLE,
        "output-stream": Resource.OUTPUT_STREAM,
        "[method]output-stream.check-write": HostFunction(
            lambda _surroundings: wit.Case("ok", _WRITABLE), (_SELF,), _COUNTED
        ),
        "[method]output-stream.write": _WRITE,
        "[method]output-stream.blocking-write-and-flush": _WRITE,
        "[method]output-stream.flush": _FLUSH,
        "[method]output-stream.blocking-flush": _FLUSH,
        "[method]output-stream.subscribe": _OPEN_POLLABLE,
        "[method]output-stream.write-zeroes": _WRITE_ZEROES,
        "[method]output-stream.blocking-write-zeroes-and-flush": _WRITE_ZEROES,
        "[method]output-stream.splice": _SPLICE,
        "[method]output-stream.blocking-splice": _SPLICE,
    },
    "wasi:cli/stdin": {
        "get-stdin": HostFunction(Surroundings.open_handle, (), Resource.INPUT_STREAM),
    },
    "wasi:cli/stdout": {"get-stdout": _OPEN_OUTPUT},
    "wasi:cli/stderr": {"get-stderr": _OPEN_OUTPUT},
    "wasi:filesystem/types": dict.fromkeys(
        (
            "[method]descriptor.read-via-stream",
            "[method]descriptor.write-via-stream",
            "[method]descriptor.append-via-stream",
        ),
        _UNREACHABLE,
    ),
    "wasi:sockets/network": {"network": Resource.NETWORK},
    "wasi:sockets/instance-network": {
        "instance-network": HostFunction(Surroundings.open_handle, (), Resource.NETWORK)
    },
    "wasi:sockets/tcp": dict.fromkeys(
        (
            "[method]tcp-socket.start-bind",
            "[method]tcp-socket.start-connect",
            "[method]tcp-socket.finish-connect",
            "[method]tcp-socket.accept",
            "[method]tcp-socket.subscribe",
        ),
        _UNREACHABLE,
    ),
    "wasi:sockets/udp": dict.fromkeys(
        (
            "[method]udp-socket.start-bind",
            "[method]udp-socket.subscribe",
            "[method]incoming-datagram-stream.subscribe",
            "[method]outgoing-datagram-stream.subscribe",
        ),
        _UNREACHABLE,
    ),
    "wasi:sockets/tcp-create-socket": {"create-tcp-socket": _refusal("access-denied")},
    "wasi:sockets/udp-create-socket": {"create-udp-socket": _refusal("access-denied")},
    "wasi:sockets/ip-name-lookup": {
        "resolve-addresses": _refusal("permanent-resolver-failure", _SELF),
        "[method]resolve-address-stream.subscribe": _UNREACHABLE,
    },
}
