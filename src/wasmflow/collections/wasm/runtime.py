"""What all artifacts of this process share: the engine, the empty WASI, places, epochs, workers."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import Final

from wasmtime.component import Linker

from wasmflow.collections.wasm.engine import Engine, Ticker, process_engine
from wasmflow.collections.wasm.places import Places
from wasmflow.collections.wasm.sandbox import empty_wasi, open_wasi
from wasmflow.collections.wasm.waiting import Waiters
from wasmflow.collections.wasm.workers import Workers
from wasmflow.errors import WorldError
from wasmflow.grants import Grants

_FORKED: Final = (
    "this process was forked from one that had opened WebAssembly artifacts already, and what runs them "
    "is not in it: open them after the fork only, or start processes without forking "
    "(multiprocessing: 'spawn')"
)


class Runtime:
    """See the module. One per process; it lives as long."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.linker: Linker = empty_wasi(engine)
        self.places = Places()
        self.ticker = Ticker(engine, self.places)
        self.workers = Workers()
        self.waiters = Waiters()
        self._open_linker: Linker | None = None
        self._linking = threading.Lock()
        self._forked = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forbid)

    def linker_for(self, granted: Grants) -> Linker:
        """What links guests with these grants; the second one is made when it is needed."""
        if not granted.dirs and not granted.stdio:
            return self.linker
        with self._linking:
            if self._open_linker is None:
                self._open_linker = open_wasi(self.engine)
            return self._open_linker

    def forbid(self) -> None:
        """Run nothing any more, since this is the child of a fork: whatever is called fails at once."""
        self._forked = True
        self.ticker.forbid(_FORKED)
        self.places.forget()

    def check(self) -> None:
        """Raise `WorldError` if nothing can be run in this process."""
        if self._forked:
            raise WorldError(_FORKED)


@cache
def _make_process_runtime() -> Runtime:
    return Runtime(process_engine())


_making = threading.Lock()
if hasattr(os, "register_at_fork"):
    # A fork waits for a runtime that is being made: its child would find the lock taken for ever.
    os.register_at_fork(
        before=_making.acquire, after_in_parent=_making.release, after_in_child=_making.release
    )


def process_runtime() -> Runtime:
    """The runtime of this process; the first call makes it.

    Raises `WorldError` if it cannot be made, or was made before the process was forked.
    """
    with _making:
        runtime = _make_process_runtime()
    runtime.check()
    return runtime
