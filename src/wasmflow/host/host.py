"""One running whole: holds an opened artifact, runs transactions on it, closes it.

Every front door (the command line, the Python API, servers) puts packets in here and takes packets
out. It knows no kind of collection and no door.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias, cast

from wasmflow.chance import random_bytes
from wasmflow.collections.opening import Progress, quiet
from wasmflow.component import (
    Callee,
    Collection,
    Component,
    Definition,
    Outcome,
    Port,
    Signature,
    Transaction,
    TransactionFailed,
    Use,
)
from wasmflow.engine.edge import Feed, StreamTransaction
from wasmflow.engine.intake import Element
from wasmflow.engine.transaction import failures, run_transaction
from wasmflow.errors import UsageError
from wasmflow.host.admission import Admission
from wasmflow.host.resolve import open_reference
from wasmflow.host.settings import Settings
from wasmflow.host.stream import Stream
from wasmflow.naming import listing, lookup, suggestion
from wasmflow.packet import EMPTY, Failure, Slot
from wasmflow.types import model as wit
from wasmflow.types.scalars import shown
from wasmflow.types.wit import format_type


class Circumstances(NamedTuple):
    """What a caller may fix about a transaction; the rest is chosen for it.

    A tuple, since one is made for each request.
    """

    #: 0 to 2^64-1; ``None`` draws one.
    seed: int | None = None
    #: Milliseconds since 1970; ``None`` takes the present.
    timestamp: int | None = None
    #: Seconds, up to the limit where there is one; ``None`` takes that.
    timeout: float | None = None
    #: A store per call.
    fresh: bool = False
    #: The caller's W3C ``traceparent``.
    trace: str = ""
    #: Is told what happens, as the values of `wasmflow.engine.events`.
    listen: Callable[[Any], None] | None = None
    #: Is given the transaction when nothing of it runs any more: for what it has come to. Not one that
    #: was never admitted.
    ended: Callable[[Transaction], None] | None = None
    #: Measure how long components work by the processor's own clock everywhere. A call that ends at once
    #: takes some microseconds more.
    exact: bool = False


USUAL = Circumstances()

#: Elements of streams in step, as many at a time as there happen to be.
Chunks: TypeAlias = AsyncIterator[Sequence[Element]]


@asynccontextmanager
async def open_host(
    reference: str, settings: Settings | None = None, progress: Progress = quiet
) -> AsyncIterator[Host]:
    """Open an artifact and hold it until the block ends.

    Raises `UsageError`, `WorldError` or `ProblemsError` if it cannot be opened.
    """
    settings = settings or Settings()
    collection = await open_reference(reference, settings, progress)
    try:
        yield Host(collection, settings)
    finally:
        await collection.aclose()


class Host:
    """Runs transactions on the components of one collection."""

    def __init__(self, collection: Collection, settings: Settings) -> None:
        self.collection = collection
        #: Those of the transactions that begin here.
        self.limits = collection.about.limits or settings.limits
        self._admission = Admission(self.limits.transactions, self.limits.waiting)
        self._doors: dict[str, _Door] = {}

    def signature(self, component: str) -> Signature:
        """The ports of a component as the edge sees them: what nothing determines is `any`.

        Raises `UsageError` with the nearest name if there is no such component.
        """
        return self._door(component).signature

    async def invoke(
        self,
        component: str,
        inputs: Mapping[str, object],
        circumstances: Circumstances = USUAL,
    ) -> dict[str, object]:
        """Run one transaction: input port to value, each of its port's type.

        Returns output port to value, in the order of the signature; a port that sent nothing is
        absent. Raises `TransactionFailed`, `UsageError` for inputs that do not fit the ports, and
        `BusyError` where too many transactions wait already; waiting counts towards its time limit.
        Cancelling it cancels all that the transaction started, and returns when that has stopped.
        """
        door = self._door(component)
        if door.signature.streaming:
            raise UsageError(f"'{component}' has streams: it is not invoked once, but streamed")
        slots = door.slots(inputs)
        transaction = self.transaction(circumstances)
        self._hold_to_limit(transaction)
        await self._admit(transaction)
        try:
            outcome = await run_transaction(cast(Component, door.component), slots, transaction)
        finally:
            self._release(transaction, circumstances.ended)
        return door.packets(outcome, transaction)

    def stream(
        self,
        component: str,
        inputs: Mapping[str, object],
        feeds: Mapping[tuple[str, ...], Chunks] | None = None,
        circumstances: Circumstances = USUAL,
    ) -> Stream:
        """Run one transaction on streams, in the `async with` block of what is returned.

        `inputs` is input port to value, for a stream port a stream of one. `feeds` is input ports to
        what they are given in step: chunks of elements, each with one slot per port (a value of its
        type, `EMPTY` for a gap, a `Failure`); of ports in step, all or none are fed together. Raises
        `UsageError` for what does not fit the ports. It has no deadline unless its circumstances set
        one: the usual limit is then one on standing still.
        """
        door = self._door(component)
        if not door.signature.streaming:
            raise UsageError(f"'{component}' has no streams: it is not streamed, but invoked")
        given = {name: EMPTY for names in feeds or {} for name in names}
        slots = door.slots({**inputs, **given})
        named = [
            Feed(door.indexes(names, {*inputs, *given}.difference(names)), chunks)
            for names, chunks in (feeds or {}).items()
        ]
        transaction = self.transaction(circumstances)
        if circumstances.timeout is None:
            transaction.deadline = None
        running = StreamTransaction(door.component, slots, named, transaction)
        release = partial(self._release, ended=circumstances.ended)
        return Stream(running, door.signature, self._admit, release)

    def _hold_to_limit(self, transaction: Transaction) -> None:
        """Have it end in its time, however long its caller gives it; one with streams may go on."""
        latest = time.monotonic() + self.limits.transaction_seconds
        transaction.deadline = min(transaction.deadline or latest, latest)

    async def _admit(self, transaction: Transaction) -> None:
        if not self._admission.enter():
            await self._admission.wait(transaction)

    def _release(
        self, transaction: Transaction, ended: Callable[[Transaction], None] | None
    ) -> None:
        self.collection.release(transaction)
        self._admission.leave()
        if ended is not None:
            ended(transaction)

    def transaction(self, circumstances: Circumstances) -> Transaction:
        """A new transaction that begins now. Raises `UsageError` for impossible circumstances."""
        _check(circumstances)
        chance = random_bytes(24)
        seed, timestamp = circumstances.seed, circumstances.timestamp
        timeout = circumstances.timeout or self.limits.transaction_seconds
        return Transaction(
            id=chance[:16].hex(),
            seed=int.from_bytes(chance[16:]) if seed is None else seed,
            timestamp=time.time_ns() // 1_000_000 if timestamp is None else timestamp,
            deadline=time.monotonic() + timeout,
            fresh=circumstances.fresh,
            limits=self.limits,
            trace=circumstances.trace,
            listen=circumstances.listen,
            clock=time.thread_time_ns if circumstances.exact else time.perf_counter_ns,
        )

    def _door(self, name: str) -> _Door:
        door = self._doors.get(name)
        if door is None:
            door = self._doors[name] = self._open_door(name)
        return door

    def _open_door(self, name: str) -> _Door:
        definition = find_definition(name, self.collection)
        use = edge_use(definition)
        component = self.collection.component(name, use)
        return _Door(component, edge_signature(definition))


def _check(circumstances: Circumstances) -> None:
    seed, timestamp, timeout = circumstances.seed, circumstances.timestamp, circumstances.timeout
    if seed is not None and not _is_whole(seed, _LAST_SEED):
        raise UsageError(f"the seed {_shown(seed)} is not a whole number from 0 to 2^64-1")
    if timestamp is not None and not _is_whole(timestamp, _LAST_TIMESTAMP):
        raise UsageError(
            f"the timestamp {_shown(timestamp)} is not a whole number of milliseconds since 1970, "
            f"at most {_LAST_TIMESTAMP}"
        )
    if timeout is not None and not (_is_number(timeout) and 0 < timeout <= _LONGEST):
        raise UsageError(
            f"the timeout {_shown(timeout)} is not a finite number of seconds greater than 0"
        )


def _is_whole(value: object, last: int) -> bool:
    return isinstance(value, int) and 0 <= value <= last


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _shown(value: object) -> str:
    return shown(value) if isinstance(value, int) else repr(value)


_LAST_SEED: Final = 2**64 - 1
#: Guests read the time as nanoseconds in 64 bits.
_LAST_TIMESTAMP: Final = (2**64 - 1) // 1_000_000
_LONGEST: Final = sys.float_info.max


def edge_use(definition: Definition) -> Use:
    """How the edge uses a component: every generic input is given `any`."""
    if isinstance(definition, Signature):
        return Use()
    return Use({port.name: port.type or wit.ANY for port in definition.outline.inputs})


def edge_signature(definition: Definition) -> Signature:
    """The signature that the edge sees. Raises `UsageError` if there is none without constants."""
    if isinstance(definition, Signature):
        return definition
    signature = definition.signature(edge_use(definition))
    if isinstance(signature, list):
        raise UsageError(signature[0].message)
    return signature


def find_definition(name: str, collection: Collection) -> Definition:
    """A component by its name in any spelling. Raises `UsageError` with the nearest name if there is none."""
    definition = lookup(name, collection.definitions)
    if definition is not None:
        return definition
    if reason := lookup(name, collection.refused):
        raise UsageError(f"component '{name}' cannot run: {reason}")
    hint = suggestion(name, collection.definitions)
    raise UsageError(f"there is no component '{name}'; {hint}")


class _Door:
    """One component with what is needed at every call of it, worked out once."""

    def __init__(self, component: Callee, signature: Signature) -> None:
        self.component = component
        self.signature = signature
        self._names = tuple(port.name for port in signature.inputs)
        self._required = tuple(port for port in signature.inputs if not port.optional)
        self._exact = frozenset(self._names)

    def slots(self, inputs: Mapping[str, object]) -> tuple[Slot, ...]:
        """One slot per input port. Raises `UsageError` for all that is unknown or missing."""
        if not self._exact.issuperset(inputs):
            inputs = self._declared(inputs)
        for port in self._required:
            if port.name not in inputs:
                raise UsageError(_missing(self._required, inputs))
        return tuple([inputs.get(name, EMPTY) for name in self._names])

    def indexes(self, names: Sequence[str], others: Iterable[str]) -> tuple[int, ...]:
        """Of input ports that are fed together, beside others. Raises `UsageError` if they are no
        streams, or if one in step with them is among the others."""
        indexes = tuple(self._stream(name) for name in names)
        steps = {self.signature.inputs[i].step for i in indexes}
        beside = [i for name in others if (i := self.signature.input(name)) is not None]
        apart = [i for i in beside if self.signature.inputs[i].step in steps]
        if apart:
            listed = listing(self._names[i] for i in (*indexes, *apart))
            raise UsageError(f"inputs {listed} are in step: give an element of each at a time")
        return indexes

    def _stream(self, name: str) -> int:
        index = self.signature.input(name)
        if index is None or not self.signature.inputs[index].stream:
            raise UsageError(f"input '{name}' is no stream: give it one value")
        return index

    def _declared(self, inputs: Mapping[str, object]) -> dict[str, object]:
        """The inputs under the ports' declared names."""
        declared: dict[str, object] = {}
        for name, value in inputs.items():
            index = self.signature.input(name)
            if index is None:
                hint = suggestion(name, self._names, noun=f"'{self.signature.name}'")
                raise UsageError(f"there is no input '{name}'; {hint}")
            if self._names[index] in declared:
                raise UsageError(f"input '{self._names[index]}' is given twice")
            declared[self._names[index]] = value
        return declared

    def packets(self, outcome: Outcome, transaction: Transaction) -> dict[str, object]:
        """Output port to value. Raises `TransactionFailed` if anything failed and was not handled."""
        failed = failures(outcome, transaction)
        if failed or isinstance(outcome, Failure):
            raise TransactionFailed(failed[0], failed[1:])
        ports = zip(self.signature.outputs, outcome, strict=True)
        return {port.name: slot for port, slot in ports if slot is not EMPTY}


def _missing(required: tuple[Port, ...], inputs: Mapping[str, object]) -> str:
    missing = [port for port in required if port.name not in inputs]
    ports = ", ".join(f"'{port.name}' ({format_type(port.type or wit.ANY)})" for port in missing)
    return f"missing {'inputs' if len(missing) > 1 else 'input'}: {ports}"
