"""From a binary to its compiled code in memory: from the cache if it is there, else compiled.

`collection` calls `load` for every artifact that it opens. The event loop never waits for a hash, for
a big file or for the compiler.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary, WeakValueDictionary

import wasmtime
from wasmtime import WasmtimeError
from wasmtime.component import Component

from wasmflow.collections.opening import Progress, quiet
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.cache import Cache, try_lock
from wasmflow.collections.wasm.compile import COMPILE_SECONDS, compile_binary
from wasmflow.collections.wasm.engine import Engine
from wasmflow.limits import MIB

_log = logging.getLogger(__name__)

#: Seconds between two looks whether another process has finished compiling the same.
_LOOK_AGAIN: Final = 0.05


class Loaded:
    """A compiled component, shared by all who have it loaded.

    It is this that is shared, since the binding frees a component while weak references still give it.
    """

    __slots__ = ("__weakref__", "component")

    def __init__(self, component: Component) -> None:
        self.component = component


async def load(binary: Binary, engine: Engine, cache: Path, progress: Progress = quiet) -> Loaded:
    """The compiled component, from the cache if it is there; shared with whoever has it loaded.

    Raises `ProblemsError` for what is no valid component, `WorldError` if compiling fails or the
    cache cannot be trusted. Cancelling it ends the compiler that it started, and leaves nothing
    behind. Where the cache cannot be written, the component is compiled for this process only.
    """
    key = cache_key(binary, engine)
    shared = _loaded.setdefault(engine.wasmtime, WeakValueDictionary())
    if (loaded := shared.get(key)) is None:
        store = await asyncio.to_thread(Cache, cache)
        component = await _find(store, key, engine)
        if component is None:
            component = await _make(store, key, binary, engine, progress)
        loaded = shared.setdefault(key, Loaded(component))
    return loaded


def cache_key(binary: Binary, engine: Engine) -> str:
    """What compiled code depends on: the binary, the compiler, its settings and the machine."""
    return hashlib.sha256(f"{binary.sha256}\n{engine.fingerprint}".encode()).hexdigest()


#: The components that are in use, so that an artifact that is opened twice is in memory once.
_loaded: Final[WeakKeyDictionary[wasmtime.Engine, WeakValueDictionary[str, Loaded]]] = (
    WeakKeyDictionary()
)


def _open_code(engine: Engine, code: Path) -> Component:
    return Component.deserialize_file(engine.wasmtime, str(code))


async def _find(store: Cache, key: str, engine: Engine) -> Component | None:
    """What the cache has, if it can be loaded."""
    code = await asyncio.to_thread(store.find, key)
    if code is None:
        return None
    try:
        return await asyncio.to_thread(_open_code, engine, code)
    except WasmtimeError as error:
        # Compiled on another processor that shares the folder, for example.
        _log.info("compiled code in the cache is not for this machine: %s", error)
        return None


async def _make(
    store: Cache, key: str, binary: Binary, engine: Engine, progress: Progress
) -> Component:
    """Compile, unless another process does: then wait for what that makes."""
    size = len(binary.content) / MIB
    what = f"compiling {binary.name} ({size:.0f} MiB)" if size >= 1 else f"compiling {binary.name}"
    progress(what, None)
    async with _turn(store, key):
        component = await _find(store, key, engine)
        if component is None:
            with _aside(store, key) as (aside, kept):
                sha256 = await compile_binary(binary, aside, engine)
                component = await asyncio.to_thread(_open_code, engine, aside)
                if kept:
                    await asyncio.to_thread(_keep, store, key, aside, sha256)
    progress(what, 1.0)
    return component


@asynccontextmanager
async def _turn(store: Cache, key: str) -> AsyncIterator[None]:
    """Until the end of this, nobody else compiles for the key, if that can be had in time."""
    with ExitStack() as stack:
        with suppress(OSError, TimeoutError):
            descriptor = stack.enter_context(store.lock(key))
            async with asyncio.timeout(COMPILE_SECONDS):
                while not try_lock(descriptor):  # noqa: ASYNC110  the other side is a process
                    await asyncio.sleep(_LOOK_AGAIN)
        yield


@contextmanager
def _aside(store: Cache, key: str) -> Iterator[tuple[Path, bool]]:
    """Where to write code, and whether it is in the cache; gone at the end unless it was kept."""
    with ExitStack() as stack:
        try:
            aside, kept = stack.enter_context(store.aside(key)), True
        except OSError as error:
            _warn_uncached(str(store), error.strerror or "")
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wasmflow-"))
            aside, kept = Path(folder, "code"), False
            aside.touch(0o600)
        yield aside, kept


@functools.cache
def _warn_uncached(folder: str, reason: str) -> None:
    """Warn once of each folder."""
    _log.warning(
        "compiled code cannot be kept in '%s' (%s), so every start compiles anew;"
        " name a folder that can be written in WASMFLOW_CACHE",
        folder,
        reason,
    )


def _keep(store: Cache, key: str, aside: Path, sha256: str) -> None:
    try:
        store.keep(key, aside, sha256)
    except OSError as error:
        _warn_uncached(str(store), error.strerror or "")
