"""The floor: the C functions of wasmtime with everything prepared, nothing checked, nothing converted.

It reaches into `collections.wasm` on purpose: it is what our own path is held against.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import addressof, c_char

from wasmtime.component import Component, Linker

from bench.course import WAT
from wasmflow.collections.wasm import abi
from wasmflow.collections.wasm.engine import SLICE
from wasmflow.collections.wasm.marshal import compile_marshaller
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.types import model as wit


class Floor:
    """A function of the tiny component, called by hand with arguments that were laid out before."""

    def __init__(self, function: str, types: tuple[wit.Type, ...], *values: object) -> None:
        self.engine = process_runtime().engine
        self._linker = Linker(self.engine.wasmtime)
        self._component = Component(self.engine.wasmtime, (WAT / "text.wat").read_text())
        index = self._component.get_export_index(function)
        assert index is not None
        self._index = index
        marshaller = compile_marshaller(tuple(wit.Part("", each) for each in types), wit.STRING)
        self._arity = len(values)
        self._arguments, self._keep = marshaller.prepare(values)
        self._block = (c_char * (abi.VALUE_SIZE + 8))()
        self._instance = (c_char * abi.INSTANCE_SIZE)()
        self._function = (c_char * abi.FUNCTION_SIZE)()

    def warm(self) -> Callable[[], object]:
        """A call, and the result freed unread."""
        store = abi.store_new(self.engine.address, None, None)
        context = abi.store_context(store)
        self._instantiate(context)
        return lambda: self._call(context)

    def fresh(self) -> Callable[[], object]:
        """A store, an instance, a call, and the store deleted."""

        def call() -> None:
            store = abi.store_new(self.engine.address, None, None)
            context = abi.store_context(store)
            self._instantiate(context)
            self._call(context)
            abi.store_delete(store)

        return call

    def _instantiate(self, context: int) -> None:
        abi.set_epoch_yield(context, SLICE)
        future = abi.instantiate_async(
            abi.address_of(self._linker),
            context,
            abi.address_of(self._component),
            addressof(self._instance),
            addressof(self._block) + abi.VALUE_SIZE,
        )
        while not abi.future_poll(future):
            pass
        abi.finished_delete(future)
        abi.get_function(
            addressof(self._instance),
            context,
            abi.address_of(self._index),
            addressof(self._function),
        )

    def _call(self, context: int) -> None:
        result = addressof(self._block)
        future = abi.call_async(
            addressof(self._function),
            context,
            self._arguments,
            self._arity,
            result,
            1,
            result + abi.VALUE_SIZE,
        )
        while not abi.future_poll(future):
            pass
        abi.finished_delete(future)
        abi.value_delete(result)
        self._block[0] = b"\0"
