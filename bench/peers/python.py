"""Peers in Python: the binding's own call path, and Extism, which makes the same promise."""

from __future__ import annotations

from collections.abc import Callable

import wasmtime
from extism.extism import CompiledPlugin, Plugin
from wasmtime.component import Component, Linker

from bench.course import WAT


class Binding:
    """The `wasmtime` package used as its documentation shows."""

    def __init__(self) -> None:
        config = wasmtime.Config()
        config.strategy = "cranelift"
        self.engine = wasmtime.Engine(config)
        self.component = Component(self.engine, (WAT / "text.wat").read_text())
        self.linker = Linker(self.engine)

    def warm(self, function: str, *values: object) -> Callable[[], object]:
        store = wasmtime.Store(self.engine)
        instance = self.linker.instantiate(store, self.component)
        called = instance.get_func(store, function)
        assert called is not None
        return lambda: called(store, *values)

    def fresh(self, function: str, *values: object) -> Callable[[], object]:
        index = self.component.get_export_index(function)
        assert index is not None

        def call() -> object:
            store = wasmtime.Store(self.engine)
            called = self.linker.instantiate(store, self.component).get_func(store, index)
            assert called is not None
            return called(store, *values)

        return call


class Extism:
    """A plug-in that does the same work; values are bytes, so two strings are joined by a NUL."""

    def __init__(self) -> None:
        self.compiled = CompiledPlugin(bytes(wasmtime.wat2wasm((WAT / "extism.wat").read_text())))

    def warm(self, function: str, data: bytes) -> Callable[[], object]:
        plugin = Plugin(self.compiled)
        return lambda: plugin.call(function, data)

    def fresh(self, function: str, data: bytes) -> Callable[[], object]:
        return lambda: Plugin(self.compiled).call(function, data)
