"""The Python API: open a collection from any reference, look at it, invoke it with ordinary values.

Async first; `SyncCollection` is the same for scripts and notebooks, on an event loop of its own in
a thread of its own, so that it works where a loop is running already.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
)
from concurrent.futures import CancelledError, Future
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from datetime import datetime
from functools import partial
from typing import Any, NoReturn, TypeVar

from wasmflow.component import Port, Signature, by_step
from wasmflow.engine.standing import Standing
from wasmflow.errors import UsageError
from wasmflow.host.feeding import Given, elements, is_many
from wasmflow.host.host import Chunks, Circumstances, Host, edge_signature, open_host
from wasmflow.host.settings import Settings
from wasmflow.host.stream import Stream
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.copying import Copy, copier
from wasmflow.types.json import has_null
from wasmflow.types.python import accepter

T = TypeVar("T")


def open_collection(
    reference: str, *, settings: Settings | None = None
) -> AbstractAsyncContextManager[OpenCollection]:
    """Open a component binary or a manifest, for as long as the `async with` block lasts.

    Raises `ProblemsError` with all that is wrong with it, `WorldError` for a file that cannot be
    read, `UsageError` for a reference that is none.
    """
    return _AsyncBlock(_opened(reference, settings))


@asynccontextmanager
async def _opened(reference: str, settings: Settings | None) -> AsyncIterator[OpenCollection]:
    async with open_host(reference, settings) as host:
        yield OpenCollection(host)


class OpenCollection:
    """An opened collection. May be used by any number of tasks at once."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._accepters: dict[str, dict[str, Callable[[object], object]]] = {}
        self._copiers: dict[str, dict[str, Copy]] = {}

    @property
    def components(self) -> dict[str, Signature]:
        """Every component that can be invoked, by name."""
        definitions = self._host.collection.definitions
        return {name: edge_signature(definition) for name, definition in definitions.items()}

    def signature(self, component: str) -> Signature:
        """The ports of one component. Raises `UsageError` with the nearest name if there is none."""
        return self._host.signature(component)

    async def invoke(
        self,
        component: str,
        inputs: Mapping[str, object] | None = None,
        /,
        *,
        seed: int | None = None,
        timestamp: datetime | int | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - a limit of the transaction, not of the wait
        fresh: bool = False,
    ) -> dict[str, Any]:
        """Run one transaction: input port to value in, output port to value out.

        ``None`` leaves an optional input out, unless null is a value of its type. A port that sent
        nothing is absent from the result. `seed` and `timestamp` (a time, or milliseconds since
        1970) make it repeatable, `timeout` is in seconds, `fresh` gives every call a store of its
        own. Raises `TransactionFailed` if a component fails and nothing handles it, `UsageError`
        for values that do not fit.
        """
        if self.signature(component).streaming:
            raise UsageError(f"'{component}' has streams: use stream(…) instead of invoke(…)")
        values = self._accepted(component, inputs or {})
        circumstances = Circumstances(seed, _milliseconds(timestamp), timeout, fresh)
        packets = await self._host.invoke(component, values, circumstances)
        copiers = self._output_copiers(component)
        return packets | {
            port: copy(packets[port]) for port, copy in copiers.items() if port in packets
        }

    def stream(
        self,
        component: str,
        inputs: Mapping[str, object] | None = None,
        /,
        *,
        seed: int | None = None,
        timestamp: datetime | int | None = None,
        timeout: float | None = None,
        fresh: bool = False,
    ) -> CollectionStream:
        """Run one transaction on streams: iterate over what it sends, in an `async with` block.

        A stream port takes an iterable or an asynchronous one, which is read as fast as the component
        reads it, and from one that is not asynchronous 64 packets at a time; a text, bytes, a mapping
        or anything that cannot be iterated over is one packet. Ports in step are read in step: they
        need equally many packets, and one packet beside a stream is held, that is given with each
        element of it. The other ports are as in `invoke`, and so are the keywords; there is no time
        limit unless `timeout` sets one. Asynchronous generators are closed when the block is left.
        Raises `UsageError`.
        """
        given = dict(inputs or {})
        feeds = _take_feeds(self.signature(component), given)
        circumstances = Circumstances(seed, _milliseconds(timestamp), timeout, fresh)
        values = self._accepted(component, given)
        stream = self._host.stream(component, values, feeds, circumstances)
        return CollectionStream(stream, self._output_copiers(component))

    def _output_copiers(self, component: str) -> dict[str, Copy]:
        """What makes results the caller's own, for the outputs that hold what can be changed."""
        copiers = self._copiers.get(component)
        if copiers is None:
            ports = self.signature(component).outputs
            found = {port.name: copier(port.type) for port in ports}
            copiers = {name: copy for name, copy in found.items() if copy is not None}
            self._copiers[component] = copiers
        return copiers

    def _accepted(self, component: str, inputs: Mapping[str, object]) -> dict[str, object]:
        accepters = self._accepters.get(component)
        if accepters is None:
            ports = self.signature(component).inputs
            accepters = {port.name: partial(_accept, port, accepter(port.type)) for port in ports}
            self._accepters[component] = accepters
        return {
            name: accepters[name](value)
            if name in accepters
            else self._respelt(component, name, value)
            for name, value in inputs.items()
        }

    def _respelt(self, component: str, name: str, value: object) -> object:
        """A value given under another spelling of its port's name, or under none of them."""
        signature = self.signature(component)
        index = signature.input(name)
        if index is None:
            return value  # the host says what is wrong with the name
        return self._accepters[component][signature.inputs[index].name](value)


class CollectionStream:
    """A running transaction. Leaving its `async with` block early cancels what runs, and returns when
    that has stopped. Iterate over it once."""

    def __init__(self, stream: Stream, copiers: Mapping[str, Copy]) -> None:
        self._stream = stream
        self._copiers = copiers
        self._lines: AsyncIterator[dict[str, Any]] | None = None

    async def __aenter__(self) -> CollectionStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stream.__aexit__(*error)

    def __aiter__(self) -> CollectionStream:
        return self

    async def __anext__(self) -> dict[str, Any]:
        """Output port to value, line by line: ports in step share one, without those that sent nothing.

        Raises `TransactionFailed` after the last line if a component failed and nothing handled it.
        """
        if self._lines is None:
            self._lines = aiter(self._stream)
        line = await anext(self._lines)
        for port, copy in self._copiers.items():
            if port in line:
                line[port] = copy(line[port])
        return line

    def statistics(self) -> list[Standing]:
        """What every part of the flow does at the moment, and what it waits for."""
        return self._stream.statistics()


def _take_feeds(signature: Signature, given: dict[str, object]) -> dict[tuple[str, ...], Chunks]:
    """Take out of `given` what ports in step are fed, if there are many packets of any of them."""
    feeds: dict[tuple[str, ...], Chunks] = {}
    for step, group in by_step(signature.inputs).items():
        indexes = {signature.input(name): name for name in given}
        fed = {i: given[indexes[i]] for i in group if i in indexes}
        if step is not None and any(map(is_many, fed.values())):
            ports = [signature.inputs[i] for i in fed]
            packets = [given.pop(indexes[i]) for i in fed]
            feeds[tuple(port.name for port in ports)] = elements(
                [
                    Given(port.name, many, partial(_accept, port, accepter(port.type)))
                    for port, many in zip(ports, packets, strict=True)
                ]
            )
    return feeds


def _accept(port: Port, accept: Callable[[object], object], value: object) -> object:
    if value is None and port.optional and not has_null(port.type):
        return EMPTY
    try:
        return accept(value)
    except wit.Misfit as misfit:
        raise UsageError(f"input '{port.name}': {misfit}") from None


def _milliseconds(timestamp: datetime | int | None) -> int | None:
    if isinstance(timestamp, datetime):
        return int(timestamp.timestamp() * 1000)
    return timestamp


def open_sync(
    reference: str, *, settings: Settings | None = None
) -> AbstractContextManager[SyncCollection]:
    """`open_collection` for code that is not asynchronous, and its `with` block."""
    return _SyncBlock(_opened_sync(reference, settings))


@contextmanager
def _opened_sync(reference: str, settings: Settings | None) -> Iterator[SyncCollection]:
    with _loop_thread() as run:
        opening = _opened(reference, settings)
        opened = run(opening.__aenter__())
        try:
            yield SyncCollection(opened, run)
        finally:
            run(opening.__aexit__(None, None, None))


class SyncCollection:
    """`OpenCollection` for code that is not asynchronous. May be used by any number of threads."""

    def __init__(self, opened: OpenCollection, run: _Run) -> None:
        self._opened = opened
        self._run = run

    @property
    def components(self) -> dict[str, Signature]:
        """Every component that can be invoked, by name."""
        return self._opened.components

    def signature(self, component: str) -> Signature:
        """The ports of one component. Raises `UsageError` with the nearest name if there is none."""
        return self._opened.signature(component)

    def invoke(
        self,
        component: str,
        inputs: Mapping[str, object] | None = None,
        /,
        *,
        seed: int | None = None,
        timestamp: datetime | int | None = None,
        timeout: float | None = None,
        fresh: bool = False,
    ) -> dict[str, Any]:
        """As `OpenCollection.invoke`; returns when the transaction has ended."""
        return self._run(
            self._opened.invoke(
                component, inputs, seed=seed, timestamp=timestamp, timeout=timeout, fresh=fresh
            )
        )

    def stream(
        self,
        component: str,
        inputs: Mapping[str, object] | None = None,
        /,
        *,
        seed: int | None = None,
        timestamp: datetime | int | None = None,
        timeout: float | None = None,
        fresh: bool = False,
    ) -> SyncStream:
        """As `OpenCollection.stream`, in a `with` block; iterables are read in another thread."""
        streamed = self._opened.stream(
            component, inputs, seed=seed, timestamp=timestamp, timeout=timeout, fresh=fresh
        )
        return SyncStream(streamed, self._run)


class SyncStream:
    """`CollectionStream` for code that is not asynchronous, and its `with` block."""

    def __init__(self, streamed: CollectionStream, run: _Run) -> None:
        self._streamed = streamed
        self._run = run

    def __enter__(self) -> SyncStream:
        self._run(self._streamed.__aenter__())
        return self

    def __exit__(self, *error: object) -> None:
        self._run(self._streamed.__aexit__(*error))

    def __iter__(self) -> SyncStream:
        return self

    def __next__(self) -> dict[str, Any]:
        """As `CollectionStream.__anext__`."""
        line = self._run(self._next())
        if line is None:
            raise StopIteration
        return line

    async def _next(self) -> dict[str, Any] | None:
        return await anext(self._streamed, None)

    def statistics(self) -> list[Standing]:
        """As `CollectionStream.statistics`."""
        return self._run(self._statistics())

    async def _statistics(self) -> list[Standing]:
        return self._streamed.statistics()


class _Run:
    """Runs a coroutine on another thread's loop and waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __call__(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        except RuntimeError:
            work.close()
            raise UsageError("the collection is closed: use it inside its 'with' block") from None
        try:
            return future.result()
        except (KeyboardInterrupt, CancelledError):
            future.cancel()
            raise


@contextmanager
def _loop_thread() -> Iterator[_Run]:
    """An event loop in a thread of its own, until the block ends."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def hold() -> None:
        done = asyncio.Event()
        ready.set_result((asyncio.get_running_loop(), done))
        await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(hold()), name="wasmflow", daemon=True)
    thread.start()
    loop, done = ready.result()
    try:
        yield _Run(loop)
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()


class _Unentered:
    """A block that nobody has entered yet. Says so to whoever takes it for the collection."""

    _form = ""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # asked for by tools, which expect no other error
            raise AttributeError(name)
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise UsageError(f"the collection is not open yet: write '{self._form} as collection:'")


class _AsyncBlock(_Unentered):
    _form = "async with open_collection(…)"

    def __init__(self, block: AbstractAsyncContextManager[OpenCollection]) -> None:
        self._block = block

    async def __aenter__(self) -> OpenCollection:
        return await self._block.__aenter__()

    async def __aexit__(self, *error: Any) -> bool | None:
        return await self._block.__aexit__(*error)

    def __await__(self) -> NoReturn:
        self._refuse()


class _SyncBlock(_Unentered):
    _form = "with open_sync(…)"

    def __init__(self, block: AbstractContextManager[SyncCollection]) -> None:
        self._block = block

    def __enter__(self) -> SyncCollection:
        return self._block.__enter__()

    def __exit__(self, *error: Any) -> bool | None:
        return self._block.__exit__(*error)
