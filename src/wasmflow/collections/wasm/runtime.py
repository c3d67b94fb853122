"""What all artifacts of this process share: the engine, the empty WASI, places, epochs, workers."""

from __future__ import annotations

import threading
from functools import cache

from wasmtime.component import Linker

from wasmflow.collections.wasm.engine import Engine, Ticker, process_engine
from wasmflow.collections.wasm.places import Places
from wasmflow.collections.wasm.sandbox import empty_wasi
from wasmflow.collections.wasm.workers import Workers


class Runtime:
    """See the module. One per process; it lives as long."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.linker: Linker = empty_wasi(engine)
        self.places = Places()
        self.ticker = Ticker(engine, self.places)
        self.workers = Workers()


@cache
def _make_process_runtime() -> Runtime:
    return Runtime(process_engine())


_making = threading.Lock()


def process_runtime() -> Runtime:
    """The runtime of this process; the first call makes it."""
    with _making:
        return _make_process_runtime()
