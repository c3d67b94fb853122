"""A resource of an artifact as a streaming component: the contract's `open`, and the session at work.

A session has a store of its own, from its constructor to its end, with one clock and one random
sequence. Its calls take the way that those of `component` take: inline, or as a `Run` on a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from wasmflow.collections.wasm.places import Places, most_sessions
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
from wasmflow.collections.wasm.store import Blueprint, Function, Store
from wasmflow.component import Call, Emission, Signature, Transaction
from wasmflow.errors import WorldError
from wasmflow.packet import Failure, Kind, Slot


@dataclass(frozen=True, slots=True, eq=False)
class Methods:
    """What a session calls. A source has `next`, the others have `push`."""

    constructor: Function
    push: Function | None
    finish: Function | None
    next: Function | None
    #: Whether `push` takes any number of elements at once.
    batches: bool


class WasmStreamer:
    """One resource of an artifact. May be opened from several event loops at once."""

    def __init__(
        self, signature: Signature, methods: Methods, blueprint: Blueprint, sessions: Sessions
    ) -> None:
        self._signature = signature
        self.methods = methods
        self.blueprint = blueprint
        self.sessions = sessions

    @property
    def signature(self) -> Signature:
        return self._signature

    @property
    def batches(self) -> bool:
        # How many elements a call is given is not the guest's choice, so no limit on what it sends for
        # them must depend on that.
        limits = self.blueprint.limits
        unbounded = limits.call_output_bytes is None and limits.call_output_packets is None
        return self.methods.batches and unbounded

    def open(
        self, inputs: tuple[Slot, ...], call: Call
    ) -> WasmSession | Failure | Run[WasmSession]:
        """As the contract says. The awaitable is a future; who cancels it must still await its end."""
        session = WasmSession(self, call)
        if failure := exhausted(call) or self.sessions.add(session, self.blueprint.most_stores):
            return failure
        try:
            opened = session.construct(inputs)
        except BaseException:
            session.close()
            raise
        if isinstance(opened, Run):
            opened.add_done_callback(session.settle)
        elif isinstance(opened, Failure):
            session.close()
        return opened


#: What a call comes to where there is nothing to call any more.
_OVER: Final = Failure(Kind.ERROR, "it was called after its end")


class WasmSession:
    """See the module. Belongs to one event loop; only a worker that goes on with a call is beside it."""

    def __init__(self, streamer: WasmStreamer, call: Call) -> None:
        self.blueprint = streamer.blueprint
        self._streamer = streamer
        self._methods = streamer.methods
        self.call = call
        self._function = streamer.methods.constructor
        self._store: Store | None = None
        #: Its last call that did not end at once.
        self._run: Run[Any] | None = None
        #: What every method is called with first; empty until it is constructed.
        self._handle = b""
        self._resting = True

    @property
    def idle(self) -> bool:
        """Whether it has a store that no call uses."""
        return self._resting and self._store is not None and not self._store.closed

    def construct(self, inputs: tuple[Slot, ...]) -> WasmSession | Failure | Run[WasmSession]:
        """Call the constructor. It is this session that comes of it."""
        places = self.blueprint.runtime.places
        try:
            if places.take(self.blueprint.most_stores):
                self._store = self.make_store()
        except WorldError as error:
            return Failure(Kind.ERROR, str(error))
        constructed: WasmSession | Failure | Run[WasmSession]
        constructed = self._start(self._methods.constructor, inputs)
        return constructed

    def push(self, elements: Sequence[tuple[Slot, ...]]) -> Emission | Run[Emission]:
        """As the contract says."""
        if self._methods.batches:
            return self._call(self._methods.push, (self._handle, elements))
        return self._call(self._methods.push, (self._handle, *elements[0]))

    def finish(self) -> Emission | Run[Emission]:
        """As the contract says."""
        finish = self._methods.finish
        return () if finish is None else self._call(finish, (self._handle,))

    def pull(self) -> Emission | Run[Emission]:
        """As the contract says."""
        return self._call(self._methods.next, (self._handle,))

    def close(self) -> None:
        """As the contract says. A call of it that a worker is in ends within milliseconds, and its
        store is closed then."""
        self._streamer.sessions.remove(self)
        if self._run is not None:
            self._run.discard()
        elif self._store is not None:
            self._store.close()

    def settle(self, opened: Run[WasmSession]) -> None:
        """Close it if it could not be opened."""
        if opened.cancelled() or opened.exception() or opened.result() is not self:
            self.close()

    def forget(self) -> None:
        """Have no store any more, without closing it: it is another process's."""
        self._store = self._run = None

    def _call(self, function: Function | None, inputs: tuple[Any, ...]) -> Emission | Run[Emission]:
        store = self._store
        if store is None or store.closed:
            return _OVER
        if function is None:
            raise TypeError("a component of this shape has no such method")
        emission: Emission | Run[Emission] = self._start(function, inputs)
        return emission

    def _start(self, function: Function, inputs: tuple[Any, ...]) -> Any:
        if not self._resting:
            raise RuntimeError("the session is in a call already")
        if failure := exhausted(self.call):
            return failure
        aside = function.aside > 0 or self.blueprint.watched
        weigh = function.marshaller.weigh
        if weigh is not None and (weight := weigh(inputs)) > LARGE:
            if failure := too_large(weight):
                return failure
            aside = True
        self._function = function
        store = self._store
        if store is None or aside:
            self._resting = False
            self._run = Run(self, inputs, self.call, store)
            return self._run
        outcome = self.begin(store, inputs, self.call, self.call.transaction.clock)
        if outcome is None:
            self._run = outcome = Run(self, None, self.call, store)
        return outcome

    def make_store(self) -> Store:
        """Its store, for a place that was taken; that is given back if there can be none."""
        return self.blueprint.make_store(lasting=True)

    def begin(self, store: Store, inputs: tuple[Any, ...], call: Call, clock: Clock) -> Any:
        """The first slice of a call: what it comes to, if it has ended."""
        self._resting = False
        self._store = store
        return self._ended(store, begin_call(store, self._function, inputs, call, clock))

    def go_on(self, store: Store, call: Call) -> Any:
        """The next slice of a call: what it comes to, if it has ended."""
        return self._ended(store, continue_call(store, call))

    def _ended(self, store: Store, outcome: Any) -> Any:
        if outcome is None:
            return None
        self._resting = True
        if isinstance(outcome, Failure):
            return outcome
        if self._handle:
            return self._bounded(store, outcome)
        (self._handle,) = outcome
        store.keep(self._handle)
        return self

    def _bounded(self, store: Store, emission: Sequence[Slot]) -> Emission:
        most = self.blueprint.limits.call_output_packets
        if most is None or len(emission) <= most:
            return emission
        store.close()
        return Failure(Kind.ERROR, f"it sent more than {most:,} packets, the limit for one call")


class Sessions:
    """The sessions of one collection that have not ended, by their transactions.

    Their idle stores are no running calls; yet none is ever given up, since a session could not notice.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._open: dict[Transaction, set[WasmSession]] = {}
        self._closed = False
        places.add(self)

    def __len__(self) -> int:
        return sum(session.idle for each in list(self._open.values()) for session in list(each))

    def add(self, session: WasmSession, limit: int) -> Failure | None:
        """Know of a session; says why there cannot be one more where so many stores may live."""
        transaction = session.call.transaction
        if failure := begin_work(transaction):
            return failure
        if not self._places.enlist(limit):
            end_work(transaction)
            return _too_many(limit)
        self._open.setdefault(transaction, set()).add(session)
        return None

    def remove(self, session: WasmSession) -> None:
        """It is over. Safe to call twice."""
        transaction = session.call.transaction
        known = self._open.get(transaction, set())
        if session in known:
            known.remove(session)
            self._places.dismiss()
            end_work(transaction)
        if not known:
            self._open.pop(transaction, None)

    def give_up(self) -> bool:
        """Nothing: see above."""
        return False

    def forget(self) -> None:
        """Have no sessions any more, without closing them: they are another process's."""
        for session in [each for known in self._open.values() for each in known]:
            session.forget()
        self._open = {}

    def release(self, transaction: Transaction) -> None:
        """Close what a transaction has left."""
        for session in list(self._open.get(transaction, ())):
            session.close()

    def close(self) -> None:
        """Close all of them. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._places.remove(self)
        for transaction in list(self._open):
            self.release(transaction)


def _too_many(stores: int) -> Failure:
    return Failure(
        Kind.ERROR,
        f"there can be {most_sessions(stores)} streaming components at work at once, and no more: "
        f"its host has room for {stores} stores in all, and keeps some of them for calls",
    )
