"""One call of a guest, from its first slice to its end.

`component` and `session` begin calls with `begin_call`, inline, on the event loop. A call that does not
end at once becomes a `Run`, which a worker completes. What a call comes to is theirs: an outcome, an
emission or a session.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from wasmflow.collections.wasm.store import Blueprint, Function, NoFunction, Store
from wasmflow.collections.wasm.waiting import ENDED, Watch
from wasmflow.component import Call, Transaction
from wasmflow.engine.failures import timed_out
from wasmflow.errors import WorldError
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit

#: List elements from which on a call does not begin on the event loop: converting takes too long.
LARGE: Final = 100_000
#: List elements that a call may be given: wasmtime takes some hundred bytes for each meanwhile.
LARGEST: Final = 1 << 24
#: Nanoseconds that the first slice of a call may take. Nothing interrupts converting, or what the guest does
#: in one instruction; a slice is over after a fifth of this otherwise.
_PROMPT: Final = 20_000_000

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: Counts nanoseconds.
Clock: TypeAlias = Callable[[], int]
#: That of this thread's work: not that of others, nor of waiting. It takes ten times as long to read.
WORKED: Final = time.thread_time_ns


def begin_call(
    store: Store, function: Function, inputs: tuple[Any, ...], call: Call, clock: Clock
) -> Any:
    """The first slice of a call: what comes of it, or ``None`` if the guest needs more.

    Where this raises, the store is closed.
    """
    if function.doubted:
        clock = WORKED
    began = clock()
    try:
        outcome = store.begin(function, inputs, call)
    except (UnicodeEncodeError, wit.Misfit) as error:
        outcome = _unfit(error)
    except NoFunction:
        outcome = _no_function(store)
    except BaseException:
        store.close()
        raise
    store.spent = spent = clock() - began
    call.transaction.spend(call.path, spent)
    prompt = spent < _PROMPT
    if function.aside or outcome is None or not prompt:
        function.judge(ended=outcome is not None, prompt=prompt, sure=clock is WORKED)
    return outcome


def continue_call(store: Store, call: Call) -> Any:
    """The next slice of a call: what comes of it, or ``None`` if the guest needs still more."""
    began = WORKED()
    try:
        outcome = store.go_on()
    except NoFunction:
        outcome = _no_function(store)
    except BaseException:
        store.close()
        raise
    spent = WORKED() - began
    store.spent += spent
    call.transaction.spend(call.path, spent)
    return outcome


def _no_function(store: Store) -> Failure:
    store.close()
    return Failure(Kind.ERROR, "what it exports under this name is a type, and no function")


def exhausted(call: Call) -> Failure | None:
    """The failure of a call of a transaction that has reached one of its limits."""
    reason = call.transaction.exhausted
    return Failure(Kind.ERROR, reason) if reason else None


def begin_work(transaction: Transaction) -> Failure | None:
    """Count a call that has not ended, or a session; says if the transaction has as many as it may.

    On the thread of its event loop, as is the end of it.
    """
    most = transaction.limits.transaction_stores
    if transaction.at_work >= most:
        return Failure(
            Kind.ERROR,
            f"its transaction has {most:,} calls and streaming components at work at once, its limit",
        )
    transaction.at_work += 1
    return None


def end_work(transaction: Transaction) -> None:
    """What was counted has ended."""
    transaction.at_work -= 1


def too_large(weight: int) -> Failure | None:
    """The failure of a call whose inputs hold more list elements than can be passed."""
    if weight <= LARGEST:
        return None
    return Failure(
        Kind.ERROR,
        f"its inputs hold {weight:,} list elements, and {LARGEST:,} at most can be passed at once",
    )


class Caller(Protocol[T_co]):
    """Whose call it is. Its methods run on the thread that has the store."""

    @property
    def blueprint(self) -> Blueprint: ...

    def make_store(self) -> Store:
        """A new store, for a place that was taken. Raises `WorldError`; the place is given back then."""

    def begin(
        self, store: Store, inputs: tuple[Any, ...], call: Call, clock: Clock
    ) -> T_co | Failure | None:
        """The first slice: what the call comes to, or ``None`` if it has not ended."""

    def go_on(self, store: Store, call: Call) -> T_co | Failure | None:
        """The next slice."""


class Run(asyncio.Future["T | Failure"]):
    """A call that did not end at once.

    It waits for a place if it has no store, and for its turns on a worker. It is done there slice by
    slice, from the beginning if it still has its inputs. Who gives it up between two slices ends it
    at once, else the worker does after the slice: a cancelled future means that its store is closed.
    """

    def __init__(
        self,
        caller: Caller[T],
        inputs: tuple[Any, ...] | None,
        call: Call,
        store: Store | None,
    ) -> None:
        super().__init__()
        self._caller = caller
        self._blueprint = caller.blueprint
        self._inputs = inputs
        self._call = call
        self._store = store
        if store is not None and inputs is not None:
            # Of the call before.
            store.spent = 0
        #: Held by who uses the store, closing included.
        self._lock = threading.Lock()
        self._over = False
        self._ends = inf
        self._stopping = False
        self._discarded = False
        self._message: Any = None
        runtime = self._blueprint.runtime
        #: What the guest waits with, where it may.
        self._watch: Watch | None = None
        if self._blueprint.watched:
            self._watch = Watch(self._why_to_stop, runtime.waiters)
        self._watch_deadline()
        self._leave = _not_waiting
        if store is None:
            self._leave = runtime.places.wait(self._blueprint.most_stores, self._submit)
        else:
            self._submit()

    def cancel(self, msg: Any = None) -> bool:
        """Have the guest stopped. The future is cancelled when it has."""
        if self.done():
            return False
        self._stopping = True
        self._message = msg
        if self._leave():
            self._over = True
            return super().cancel(msg)
        self._stop()
        return True

    def discard(self) -> None:
        """Have the store closed, even after the call has ended, as soon as no thread is in it.

        A call that has not ended fails. Safe to do twice; on the thread of the event loop.
        """
        self._discarded = True
        if self._leave():
            self._finish(self._end, self._reason_to_stop())
        else:
            self._stop()

    def _watch_deadline(self) -> None:
        """See to the transaction's deadline also while the call waits."""
        deadline, loop = self._call.transaction.deadline, self.get_loop()
        if deadline is not None:
            # A little later: clocks are rounded, and then it must be over.
            timer = loop.call_later(deadline - time.monotonic() + 0.001, self._expire)
            self.add_done_callback(lambda _: timer.cancel())

    def _expire(self) -> None:
        if not self.done() and self._leave():
            self._over = True
            self.set_result(self._reason_to_stop() or _GIVEN_UP)
        else:
            self._stop()

    def _submit(self) -> None:
        """Hand it to the workers: it has a place. On any thread."""
        runtime = self._blueprint.runtime
        workers = runtime.workers if self._watch is None else runtime.waiters
        workers.submit(self)

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
                self._abandon(Failure(Kind.ERROR, ENDED))

    def _stop(self) -> None:
        """End it if there is a reason to, unless another thread is in it: that comes here next, and
        is woken if it waits.

        After its end there is only its store to be closed, and no thread is in it for long.
        """
        if self._over and not self._discarded:
            return
        if not (reason := self._reason_to_stop()):
            return
        if self._lock.acquire(blocking=self._over):
            try:
                if not self._over:
                    self._abandon(reason)
                elif self._store is not None:
                    self._store.close()
            finally:
                self._lock.release()
        elif self._watch is not None:
            self._watch.wake()

    def _step(self) -> None:
        """The next slice. Like all that uses the store, for who holds the lock."""
        if self._ends == inf:
            # It may have waited for its turn until others had waited for the world.
            self._ends = time.monotonic() + self._blueprint.limits.call_seconds
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

    def _advance(self) -> T | Failure | None:
        if self._store is None:
            self._store = self._caller.make_store()
        self._store.watch = self._watch
        inputs, self._inputs = self._inputs, None
        if inputs is None:
            return self._caller.go_on(self._store, self._call)
        return self._caller.begin(self._store, inputs, self._call, WORKED)

    def _abandon(self, reason: Failure) -> None:
        if self._store is None:
            self._blueprint.runtime.places.give_back()
        else:
            self._store.close()
        self._finish(self._end, reason)

    def _finish(self, *callback: Any) -> None:
        """Have the future end on its event loop, unless that is closed already."""
        self._over = True
        with suppress(RuntimeError):
            self.get_loop().call_soon_threadsafe(*callback)

    def _reason_to_stop(self) -> Failure | None:
        transaction, now = self._call.transaction, time.monotonic()
        if self._stopping or self._discarded or transaction.cancelled:
            return _GIVEN_UP
        if self.get_loop().is_closed():
            return Failure(Kind.ERROR, "nobody waits for it any more")
        if transaction.deadline is not None and now > transaction.deadline:
            return timed_out("it still ran when the time limit of its transaction was reached")
        limits = self._blueprint.limits
        if now > self._ends:
            return _too_long(f"{limits.call_seconds:g} s", "call_seconds")
        if self._store is not None and self._store.spent > limits.call_cpu_seconds * 1e9:
            cpu = f"{limits.call_cpu_seconds:g} s of the processor"
            return _too_long(cpu, "call_cpu_seconds")
        return exhausted(self._call)

    def _why_to_stop(self) -> str:
        reason = self._reason_to_stop()
        return reason.message if reason else ""

    def _end(self, outcome: T | Failure) -> None:
        # Who was given up meanwhile must leave no store to whoever waits for this.
        self._stop()
        if self._stopping:
            super().cancel(self._message)
        else:
            self.set_result(outcome)

    def _fail(self, error: BaseException) -> None:
        self._stop()
        if self._stopping:
            super().cancel(self._message)
        else:
            self.set_exception(error)


_GIVEN_UP: Final = Failure(Kind.ERROR, "it was given up")


def _too_long(most: str, limit: str) -> Failure:
    return Failure(Kind.ERROR, f"it took more than {most}, the limit for one call", limit=limit)


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
