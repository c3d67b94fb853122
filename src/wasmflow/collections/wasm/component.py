"""A function of an artifact as a component: the contract's `start`, over stores, shelf and workers.

Most calls end at once: `WasmComponent.start` takes a store, calls, and puts it away, all on the event
loop. The others become a `Run`, which a worker completes.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final, cast

from wasmflow.collections.wasm.shelf import Shelf
from wasmflow.collections.wasm.store import Blueprint, Function, Store
from wasmflow.component import Call, Outcome, Signature
from wasmflow.packet import Failure, Kind, Slot
from wasmflow.types import model as wit

#: List elements from which on a call does not begin on the event loop: converting takes too long.
LARGE: Final = 100_000
#: List elements that a call may be given: wasmtime takes some hundred bytes for each meanwhile.
LARGEST: Final = 1 << 24
#: Seconds after which the beginning of a call was slow, so that the next does not begin on the loop.
_SLOW: Final = 0.02


class WasmComponent:
    """One function of an artifact. May be called from several event loops at once."""

    def __init__(
        self, signature: Signature, function: Function, blueprint: Blueprint, shelf: Shelf
    ) -> None:
        runtime, limits = blueprint.runtime, blueprint.limits
        self._signature = signature
        self._function = function
        self._weigh = function.marshaller.weigh
        self._lists = function.marshaller.lists
        self._blueprint = blueprint
        self._shelf = shelf
        self._ticker = runtime.ticker
        self.places = runtime.places
        self.workers = runtime.workers
        #: How many stores may live when one of this artifact is made.
        self.most_stores = max(1, min(limits.stores, runtime.engine.capacity))
        self.call_seconds = limits.call_seconds
        #: Whether the next call must not begin on the event loop: the last one was slow, or there
        #: was none to know how large the lists are that come out of it.
        self._slow = self._lists

    @property
    def signature(self) -> Signature:
        return self._signature

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Run:
        """As the contract says. The awaitable is a future; who cancels it must still await its end."""
        aside = self._slow
        if self._weigh is not None and (weight := self._weigh(inputs)) > LARGE:
            if weight > LARGEST:
                return _too_large(weight)
            aside = True
        store = self.take(call)
        if store is None or aside:
            return Run(self, inputs, call, store)
        outcome = self.begin(store, inputs, call)
        return Run(self, None, call, store) if outcome is None else outcome

    def take(self, call: Call) -> Store | None:
        """A store for a call; ``None`` if there is no place for one."""
        if not (call.transaction.fresh or call.attempt):
            store = self._shelf.take(call)
            if store is not None:
                return store
        return self.make_store() if self.places.take(self.most_stores) else None

    def make_store(self) -> Store:
        """A new store, for a place that was taken."""
        self._ticker.start()
        return Store(self._blueprint)

    def begin(self, store: Store, inputs: tuple[Slot, ...], call: Call) -> Outcome | None:
        """The first slice of a call: its outcome, if it has ended; the store is put away then."""
        began = time.perf_counter() if self._lists else 0.0
        try:
            outcome = store.begin(self._function, inputs, call)
        except (UnicodeEncodeError, wit.Misfit) as error:
            outcome = _unfit(error)
        except BaseException:
            store.close()
            raise
        if self._lists:
            self._slow = time.perf_counter() - began > _SLOW
        if outcome is not None:
            self._put_away(store, call)
        return outcome

    def go_on(self, store: Store, call: Call) -> Outcome | None:
        """The next slice of a call: its outcome, if it has ended; the store is put away then."""
        try:
            outcome = store.go_on()
        except BaseException:
            store.close()
            raise
        if outcome is not None:
            self._put_away(store, call)
        return outcome

    def _put_away(self, store: Store, call: Call) -> None:
        if call.transaction.fresh or call.attempt:
            store.close()
        elif not store.closed:
            self._shelf.put(call, store)


class Run(asyncio.Future[Outcome]):
    """A call that did not end at once.

    It waits for a place if it has no store, begins on a worker if it still has its inputs, and ends
    there. Cancelling it tells the worker, and it is cancelled when that has closed the store.
    """

    def __init__(
        self,
        component: WasmComponent,
        inputs: tuple[Slot, ...] | None,
        call: Call,
        store: Store | None,
    ) -> None:
        super().__init__()
        self._component = component
        self._inputs = inputs
        self._call = call
        self._store = store
        self._ends = 0.0
        self._stopping = False
        self._message: Any = None
        if store is None:
            self._leave = component.places.wait(component.most_stores, self._granted)
        else:
            self._submit()

    def cancel(self, msg: Any = None) -> bool:
        """Have the guest stopped. The future is cancelled when it has."""
        if self.done():
            return False
        self._stopping = True
        self._message = msg
        if self._store is None and self._leave():
            return super().cancel(msg)
        return True

    def _granted(self) -> None:
        """There is a place, and it is ours; on any thread."""
        if not self._tell(self._make_store):
            self._component.places.give_back()

    def _make_store(self) -> None:
        if self._stopping:
            self._component.places.give_back()
            super().cancel(self._message)
            return
        self._store = self._component.make_store()
        self._submit()

    def _submit(self) -> None:
        self._ends = time.monotonic() + self._component.call_seconds
        self._component.workers.submit(self)

    def slice(self) -> bool:
        """One slice on a worker. Says whether the call has ended."""
        store = cast(Store, self._store)
        try:
            outcome = self._advance(store)
        except BaseException as error:
            store.close()
            self._tell(self._fail, error)
            return True
        if outcome is None:
            return False
        self._tell(self._end, outcome)
        return True

    def give_up(self) -> None:
        """No worker will ever go on with it."""
        cast(Store, self._store).close()
        self._tell(self._end, Failure(Kind.ERROR, "the program ended before it did"))

    def _advance(self, store: Store) -> Outcome | None:
        if reason := self._reason_to_stop():
            store.close()
            return Failure(Kind.ERROR, reason)
        inputs, self._inputs = self._inputs, None
        if inputs is None:
            return self._component.go_on(store, self._call)
        return self._component.begin(store, inputs, self._call)

    def _reason_to_stop(self) -> str:
        transaction, now = self._call.transaction, time.monotonic()
        if self._stopping or transaction.cancelled:
            return "it was given up"
        if transaction.deadline is not None and now > transaction.deadline:
            return "it still ran when the time of its transaction was over"
        if now > self._ends:
            return f"it took more than {self._component.call_seconds:g} s, the limit for one call"
        return ""

    def _tell(self, *callback: Any) -> bool:
        """Have something done on the event loop, unless that is closed already."""
        try:
            self.get_loop().call_soon_threadsafe(*callback)
        except RuntimeError:
            return False
        return True

    def _end(self, outcome: Outcome) -> None:
        if self._stopping:
            super().cancel(self._message)
        else:
            self.set_result(outcome)

    def _fail(self, error: BaseException) -> None:
        if self._stopping:
            super().cancel(self._message)
        else:
            self.set_exception(error)


def _unfit(error: Exception) -> Failure:
    """What is said of inputs that no component can be given."""
    if isinstance(error, UnicodeEncodeError):
        around = error.object[max(error.start - 20, 0) : error.start + 20]
        return Failure(
            Kind.EXCEPTION,
            f"a text in its inputs holds half of a surrogate pair, which is no character: {around!a}",
        )
    return Failure(Kind.EXCEPTION, f"a value in its inputs is no JSON: {error}")


def _too_large(elements: int) -> Failure:
    return Failure(
        Kind.ERROR,
        f"its inputs hold {elements:,} list elements, and {LARGEST:,} at most can be passed at once",
    )
