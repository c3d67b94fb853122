"""A function of an artifact as a component: the contract's `start`, over stores, shelf and workers.

Most calls end at once: `WasmComponent.start` takes a store, calls, and puts it away, all on the event
loop. The others become a `Run`, which a worker completes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from math import inf
from typing import Any, Final

from wasmflow.collections.wasm.shelf import Shelf
from wasmflow.collections.wasm.store import Blueprint, Function, Store
from wasmflow.component import Call, Outcome, Signature
from wasmflow.errors import WorldError
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
        self._engine = runtime.engine
        self._ticker = runtime.ticker
        self.places = runtime.places
        self.workers = runtime.workers
        #: How many stores may live when one of this artifact is made.
        self.most_stores = max(1, min(limits.stores, runtime.engine.capacity))
        self.call_seconds = limits.call_seconds
        #: Whether the next call must not begin on the event loop: the last one was slow or took
        #: more than a slice, or there was none to know how large the lists are that come out of it.
        #: One short call, wherever it ran, and they begin on the event loop again.
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
        try:
            store = self.take(call)
        except WorldError as error:
            return Failure(Kind.ERROR, str(error))
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
        """A new store, for a place that was taken; it is given back if there can be none."""
        try:
            self._engine.check_signals()
            self._ticker.start()
            return Store(self._blueprint)
        except BaseException:
            self.places.give_back()
            raise

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
        if outcome is None:
            self._slow = True
            return None
        self._slow = self._lists and time.perf_counter() - began > _SLOW
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

    It waits for a place if it has no store, and for its turns on a worker. It is done there slice by
    slice, from the beginning if it still has its inputs. Who gives it up between two slices ends it
    at once, else the worker does after the slice: a cancelled future means that its store is closed.
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
        #: Held by who uses the store, closing included.
        self._lock = threading.Lock()
        self._over = False
        self._ends = inf
        self._stopping = False
        self._message: Any = None
        self._watch_deadline()
        self._leave = _not_waiting
        if store is None:
            self._leave = component.places.wait(component.most_stores, self._submit)
        else:
            self._submit()

    def cancel(self, msg: Any = None) -> bool:
        """Have the guest stopped. The future is cancelled when it has."""
        if self.done():
            return False
        self._stopping = True
        self._message = msg
        if self._leave():
            return super().cancel(msg)
        self._stop()
        return True

    def _watch_deadline(self) -> None:
        """See to the transaction's deadline also while the call waits."""
        deadline, loop = self._call.transaction.deadline, self.get_loop()
        if deadline is not None:
            # A little later: clocks are rounded, and then it must be over.
            timer = loop.call_later(deadline - time.monotonic() + 0.001, self._expire)
            self.add_done_callback(lambda _: timer.cancel())

    def _expire(self) -> None:
        if not self.done() and self._leave():
            self.set_result(Failure(Kind.ERROR, self._reason_to_stop()))
        else:
            self._stop()

    def _submit(self) -> None:
        """Hand it to the workers: it has a place. On any thread."""
        self._ends = time.monotonic() + self._component.call_seconds
        self._component.workers.submit(self)

    def slice(self) -> bool:
        """One slice on a worker. Says whether the call has ended."""
        with self._lock:
            if not self._over:
                self._step()
        # Who wanted it to stop meanwhile has found it locked and gone away.
        self._stop()
        return self._over

    def give_up(self) -> None:
        """No worker will ever go on with it."""
        with self._lock:
            if not self._over:
                self._abandon("the program ended before it did")

    def _stop(self) -> None:
        """End it if there is a reason to, unless another thread is in it: that comes here next."""
        if (reason := self._reason_to_stop()) and self._lock.acquire(blocking=False):
            try:
                if not self._over:
                    self._abandon(reason)
            finally:
                self._lock.release()

    def _step(self) -> None:
        """The next slice. Like all that uses the store, for who holds the lock."""
        if reason := self._reason_to_stop():
            self._abandon(reason)
            return
        try:
            outcome = self._advance()
        except WorldError as error:
            self._finish(self._end, Failure(Kind.ERROR, str(error)))
        except BaseException as error:
            self._finish(self._fail, error)
        else:
            if outcome is not None:
                self._finish(self._end, outcome)

    def _advance(self) -> Outcome | None:
        if self._store is None:
            self._store = self._component.make_store()
        inputs, self._inputs = self._inputs, None
        if inputs is None:
            return self._component.go_on(self._store, self._call)
        return self._component.begin(self._store, inputs, self._call)

    def _abandon(self, reason: str) -> None:
        if self._store is None:
            self._component.places.give_back()
        else:
            self._store.close()
        self._finish(self._end, Failure(Kind.ERROR, reason))

    def _finish(self, *callback: Any) -> None:
        """Have the future end on its event loop, unless that is closed already."""
        self._over = True
        with suppress(RuntimeError):
            self.get_loop().call_soon_threadsafe(*callback)

    def _reason_to_stop(self) -> str:
        transaction, now = self._call.transaction, time.monotonic()
        if self._stopping or transaction.cancelled:
            return "it was given up"
        if self.get_loop().is_closed():
            return "nobody waits for it any more"
        if transaction.deadline is not None and now > transaction.deadline:
            return "it still ran when the time limit of its transaction was reached"
        if now > self._ends:
            return f"it took more than {self._component.call_seconds:g} s, the limit for one call"
        return ""

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


def _not_waiting() -> bool:
    """Stop waiting for a place, where there is nothing to stop."""
    return False


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
