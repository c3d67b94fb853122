"""Guests for tests: opened without a file or a cache, and called in transactions of their own."""

from __future__ import annotations

import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from wasmtime import wat2wasm
from wasmtime.component import Component

from tests.assembled import _Types as Types
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.collection import WasmCollection, collect
from wasmflow.collections.wasm.component import WasmComponent
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.session import WasmSession, WasmStreamer
from wasmflow.collections.wasm.surroundings import NO_WORLD, World
from wasmflow.component import Call, Outcome, Transaction, Use
from wasmflow.limits import Limits
from wasmflow.packet import Failure, Slot
from wasmflow.types import model as wit

WAT = Path(__file__).parent / "wat"
ROOT = Path(__file__).parents[3]


@cache
def compiled(text: str) -> Component:
    """A component from the text of `wat/<text>.wat`, or from text that begins with a parenthesis."""
    wat = text if text.startswith("(") else (WAT / f"{text}.wat").read_text()
    return Component(process_runtime().engine.wasmtime, bytes(wat2wasm(wat)))


def collection(text: str, limits: Limits | None = None, world: World = NO_WORLD) -> WasmCollection:
    """The collection of a guest; give it back with `close`."""
    binary = Binary("guest.wasm", b"", "")
    return collect(binary, Loaded(compiled(text)), process_runtime(), limits or Limits(), world)


@contextmanager
def opened(text: str, limits: Limits | None = None, world: World = NO_WORLD) -> Iterator[Guest]:
    """A guest to call, until the end of the block."""
    guest = Guest(collection(text, limits, world))
    try:
        yield guest
    finally:
        guest.close()


def transaction(**fields: Any) -> Transaction:
    return Transaction(**{"id": "t", "seed": 1, "timestamp": 1_700_000_000_000, **fields})


class Guest:
    """The components of a guest by their names, and one transaction that calls belong to."""

    def __init__(self, collection: WasmCollection) -> None:
        self.collection = collection
        self.transaction = transaction()

    def component(self, name: str) -> WasmComponent:
        component = self.collection.component(name, Use())
        assert isinstance(component, WasmComponent)
        return component

    def streamer(self, name: str) -> WasmStreamer:
        streamer = self.collection.component(name, Use())
        assert isinstance(streamer, WasmStreamer), dict(self.collection.refused)
        return streamer

    async def open(self, name: str, *inputs: Slot, **call: Any) -> WasmSession:
        """A session at work, however it comes."""
        session = await self.try_open(name, *inputs, **call)
        assert isinstance(session, WasmSession), session
        return session

    async def try_open(self, name: str, *inputs: Slot, **call: Any) -> WasmSession | Failure:
        circumstances = Call(call.pop("transaction", self.transaction), **call)
        opened = self.streamer(name).open(inputs, circumstances)
        return await opened if inspect.isawaitable(opened) else opened

    def start(self, name: str, *inputs: Slot, **call: Any) -> Any:
        """What `Component.start` returns."""
        circumstances = Call(call.pop("transaction", self.transaction), **call)
        return self.component(name).start(inputs, circumstances)

    async def call(self, name: str, *inputs: Slot, **call: Any) -> Outcome:
        """The outcome of a call, however it comes."""
        started = self.start(name, *inputs, **call)
        outcome: Outcome = await started if inspect.isawaitable(started) else started
        return outcome

    def close(self) -> None:
        self.collection.release(self.transaction)
        self.collection.close()


async def push(session: WasmSession, *elements: tuple[Slot, ...]) -> Any:
    """What comes of a push, however it comes: a list, or a failure."""
    return await settled(session.push(elements))


async def settled(emission: Any) -> Any:
    """An emission as a list, or a failure, however it comes."""
    came = await emission if inspect.isawaitable(emission) else emission
    return came if isinstance(came, Failure) else list(came)


def soon(seconds: float = 60.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


#: Gives back what it is given. Sixteen more parameters push the value out of the core parameters into
#: memory, and one more element of the result has that returned by its address: so one function is the
#: identity of every type.
_ECHO = """(component
  (core module $m
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 8))
    (func (export "realloc") (param i32 i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and
        (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
      (global.set $top (i32.add (local.get $at) (local.get $size)))
      (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16))) (then
        (if (i32.eq (i32.const -1) (memory.grow
              (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))
          (then unreachable))))
      (local.get $at))
    (func (export "echo") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  {declarations}
  (func (export "echo") (param "value" {type})
    (param "padding" (tuple u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64 u64))
    (result {result})
    (canon lift (core func $i "echo") (memory (core memory $i "memory"))
      (realloc (core func $i "realloc")))))"""

PADDING = (0,) * 16


def echo(type_: wit.Type, *, wrapped: bool = True) -> str:
    """A guest whose `echo` returns its value and a byte, or the value alone if that is no scalar."""
    types = Types()
    text = types.text(type_)
    return _ECHO.format(
        declarations="\n".join(types.declarations),
        type=text,
        result=f"(tuple {text} u8)" if wrapped else text,
    )
