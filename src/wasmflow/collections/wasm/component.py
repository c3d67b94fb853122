"""A function of an artifact as a component: the contract's `start`, over stores, shelf and workers.

Most calls end at once: `WasmComponent.start` takes a store, calls, and puts it away, all on the event
loop. The others become a `Run`.
"""

from __future__ import annotations

from wasmflow.collections.wasm.run import (
    LARGE,
    Clock,
    Run,
    begin_call,
    begin_work,
    continue_call,
    end_work,
    exhausted,
    too_large,
)
from wasmflow.collections.wasm.shelf import Shelf
from wasmflow.collections.wasm.store import Blueprint, Function, Store
from wasmflow.component import Call, Outcome, Signature
from wasmflow.errors import WorldError
from wasmflow.packet import Failure, Kind, Slot


class WasmComponent:
    """One function of an artifact. May be called from several event loops at once."""

    def __init__(
        self, signature: Signature, function: Function, blueprint: Blueprint, shelf: Shelf
    ) -> None:
        self._signature = signature
        self._function = function
        self._weigh = function.marshaller.weigh
        self.blueprint = blueprint
        self._shelf = shelf
        self._places = blueprint.runtime.places

    @property
    def signature(self) -> Signature:
        return self._signature

    def start(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Run[Outcome]:
        """As the contract says. The awaitable is a future; who cancels it must still await its end."""
        if failure := exhausted(call):
            return failure
        aside = self._function.aside > 0 or self.blueprint.watched
        if self._weigh is not None and (weight := self._weigh(inputs)) > LARGE:
            if failure := too_large(weight):
                return failure
            aside = True
        try:
            store = self.take(call)
        except WorldError as error:
            return Failure(Kind.ERROR, str(error))
        if store is None or aside:
            return self._run(inputs, call, store)
        outcome = self.begin(store, inputs, call, call.transaction.clock)
        return self._run(None, call, store) if outcome is None else outcome

    def _run(
        self, inputs: tuple[Slot, ...] | None, call: Call, store: Store | None
    ) -> Run[Outcome] | Failure:
        """A call that does not end at once, unless its transaction has too many at work."""
        if failure := begin_work(call.transaction):
            if store is not None:
                store.close()
            return failure
        run: Run[Outcome] = Run(self, inputs, call, store)
        run.add_done_callback(lambda _: end_work(call.transaction))
        return run

    def take(self, call: Call) -> Store | None:
        """A store for a call; ``None`` if there is no place for one."""
        if not (call.transaction.fresh or call.attempt):
            store = self._shelf.take(call)
            if store is not None:
                return store
        return self.make_store() if self._places.take(self.blueprint.most_stores) else None

    def make_store(self) -> Store:
        """A new store, for a place that was taken; it is given back if there can be none."""
        return self.blueprint.make_store()

    def begin(
        self, store: Store, inputs: tuple[Slot, ...], call: Call, clock: Clock
    ) -> Outcome | None:
        """The first slice of a call: its outcome, if it has ended; the store is put away then."""
        outcome: Outcome | None = begin_call(store, self._function, inputs, call, clock)
        if outcome is not None:
            self._put_away(store, call)
        return outcome

    def go_on(self, store: Store, call: Call) -> Outcome | None:
        """The next slice of a call: its outcome, if it has ended; the store is put away then."""
        outcome: Outcome | None = continue_call(store, call)
        if outcome is not None:
            self._put_away(store, call)
        return outcome

    def _put_away(self, store: Store, call: Call) -> None:
        if call.transaction.fresh or call.attempt:
            store.close()
        elif not store.closed:
            self._shelf.put(call, store)
