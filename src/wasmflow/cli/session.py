"""One command's visit to an artifact: opens it, does the work, closes it, on an event loop of its own."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from wasmflow.cli.progress import progress
from wasmflow.errors import UsageError
from wasmflow.naming import listing

if TYPE_CHECKING:
    from wasmflow.host.host import Host
    from wasmflow.host.settings import Settings

T = TypeVar("T")


def with_host(
    artifact: str,
    work: Callable[[Host], Awaitable[T]],
    settings: Settings | None = None,
    *,
    quiet: bool = False,
    verbose: bool = False,
) -> T:
    """Open an artifact, await `work` with it, and close it.

    Ctrl-C cancels the work, waits until it has stopped, and raises `KeyboardInterrupt`.
    """
    import asyncio
    from contextlib import AsyncExitStack

    from wasmflow.cli.logs import Verbosity, logs
    from wasmflow.host.host import open_host

    async def visit() -> T:
        async with AsyncExitStack() as stack:
            with progress(quiet=quiet) as report:
                opening = open_host(artifact, settings, report)
                host = await stack.enter_async_context(opening)
            return await work(host)

    verbosity = Verbosity.QUIET if quiet else Verbosity.VERBOSE if verbose else Verbosity.USUAL
    with logs(verbosity):
        return asyncio.run(visit())


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C ends this block at once: what is in it holds the event loop, and cannot be cancelled."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def chosen(host: Host, component: str | None) -> str:
    """The component that is meant. Raises `UsageError` if it was left out and there are several."""
    if component is not None:
        return host.signature(component).name
    names = list(host.collection.definitions)
    if len(names) == 1:
        return names[0]
    if not names:
        raise UsageError("the artifact has no component that can run")
    raise UsageError(f"which component? There are {listing(names)}")
