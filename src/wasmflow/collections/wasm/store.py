"""A live WebAssembly instance, and one call of it from beginning to end.

`component` makes a store for a call, or takes one that the transaction keeps, and begins the call;
`session` makes one of its own for all of its calls. A call ends at once if one slice of the guest's
time is enough, else `workers` goes on with it.

A store belongs to one transaction, and at any time to one owner: a call, a shelf that keeps it for
the next, or a session. Only its owner touches it, closing included, so no two threads are ever in it. After
anything but a result or an exception it is closed and never used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import addressof, c_char, c_char_p
from dataclasses import dataclass, field, replace
from functools import cached_property
from struct import Struct
from typing import Any, Final

from wasmtime.component import Component, ExportIndex

from wasmflow.collections.wasm import abi
from wasmflow.collections.wasm.abi import (
    call_async,
    finished_delete,
    future_delete,
    future_poll,
    instantiate_async,
    resource_delete,
    set_epoch_deadline,
    set_epoch_yield,
    store_context,
    store_delete,
    store_limiter,
    store_new,
)
from wasmflow.collections.wasm.breakdown import breakdown, causes
from wasmflow.collections.wasm.engine import INSTANCES_PER_STORE, SLICE, TABLES_PER_STORE
from wasmflow.collections.wasm.files import Files
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.marshal import Marshaller, Prepared, resource_in
from wasmflow.collections.wasm.runtime import Runtime
from wasmflow.collections.wasm.surroundings import (
    NO_FILES,
    SURROUNDINGS,
    Refused,
    Surroundings,
    World,
)
from wasmflow.collections.wasm.waiting import Interrupted, Watch
from wasmflow.component import Call
from wasmflow.engine.weight import weight
from wasmflow.grants import NOTHING, Grants
from wasmflow.limits import Limits
from wasmflow.packet import Failure, Kind
from wasmflow.types import model as wit


@dataclass(frozen=True, eq=False)
class Blueprint:
    """What the stores of one artifact are made from."""

    runtime: Runtime
    loaded: Loaded
    limits: Limits
    #: Whether it imports anything; if not, it sees no surroundings.
    imports: bool
    #: What is granted to it.
    world: World = field(default_factory=World)

    @cached_property
    def most_stores(self) -> int:
        """How many stores may live when one of this artifact is made."""
        return max(1, min(self.limits.stores, self.runtime.engine.capacity))

    def make_store(self, *, lasting: bool = False) -> Store:
        """A new store, for a place that was taken; it is given back if there can be none.

        Raises `WorldError` where guests cannot be run.
        """
        runtime = self.runtime
        try:
            runtime.engine.check_signals()
            runtime.ticker.start()
            return Store(self, lasting=lasting)
        except BaseException:
            runtime.places.give_back()
            raise

    @property
    def watched(self) -> bool:
        """Whether its calls may wait for the world, on threads that are there for that."""
        return self.world.granted.blocking

    @cached_property
    def engine_address(self) -> int:
        return self.runtime.engine.address

    @cached_property
    def ceilings(self) -> tuple[int, int, int, int, int]:
        """Bytes of each memory, elements of each table, instances, tables, memories."""
        limits = self.limits
        parts = INSTANCES_PER_STORE, TABLES_PER_STORE, limits.memories
        return limits.memory, limits.table_elements, *parts

    @cached_property
    def linker_address(self) -> int:
        return abi.address_of(self.runtime.linker_for(self.world.granted))

    @cached_property
    def component_address(self) -> int:
        return abi.address_of(self.loaded.component)


class NoFunction(Exception):
    """What is exported is the type of a function. wasmtime tells them apart only when one is wanted."""


class Function:
    """An exported function: where wasmtime finds it, and how its values cross."""

    __slots__ = ("_lapses", "address", "aside", "doubted", "export", "marshaller")

    def __init__(self, export: ExportIndex, marshaller: Marshaller) -> None:
        self.export = export
        self.address = abi.address_of(export)
        self.marshaller = marshaller
        #: How many of its next calls must not begin on the event loop. At first, whether there was none
        #: to know how large the lists are that come out of it.
        self.aside = int(marshaller.lists)
        self._lapses = 0
        #: Whether a slice was too long by a clock that also counts what others do with the processor: on a
        #: machine that has too much to do, that is no word on the function. From then on its calls are
        #: measured by the clock that is sure, which takes most of a microsecond to read.
        self.doubted = False

    def judge(self, *, ended: bool, prompt: bool, sure: bool = True) -> None:
        """Learn from the first slice of a call, wherever it ran: whether the call ended in it, and
        whether it took no longer than a slice may, converting included; `sure` says of that whether
        nothing but the slice was measured.

        After a call that needed more, the next begins elsewhere. After a slice that was too long it is
        four times as many as the last time: a guest cannot hold the event loop up again and again by
        being quick in between.
        """
        if not (prompt or sure):
            self.doubted = True
        elif not prompt:
            self._lapses = min(self._lapses + 1, _MOST_LAPSES)
            self.aside = 4**self._lapses
        elif not ended:
            self.aside = max(self.aside, 1)
        elif self.aside:
            self.aside -= 1


#: Lapses of a function that are counted: thousands of calls begin elsewhere after the last of them, each of
#: which takes several times as long as a tiny one that begins on the event loop.
_MOST_LAPSES: Final = 6


#: What wasmtime writes into a store's block: the result of a call, an error, the instance, and the
#: function that was looked up first.
_ERROR: Final = abi.VALUE_SIZE
_INSTANCE: Final = _ERROR + 8
_FIRST: Final = _INSTANCE + abi.INSTANCE_SIZE
_Block: Any = c_char * (_FIRST + abi.FUNCTION_SIZE)
_Target: Any = c_char * abi.FUNCTION_SIZE
_NO_ARGUMENTS: Final[Prepared] = (None, None)
_pointer_at: Final = Struct("<Q").unpack_from


class Store:
    """A live instance. Who makes one has taken a place for it, and has it to itself."""

    __slots__ = (
        "_address",
        "_arguments",
        "_block",
        "_blueprint",
        "_call",
        "_context",
        "_epoch",
        "_files",
        "_function",
        "_future",
        "_instantiated",
        "_lasting",
        "_more",
        "_pointer",
        "_resource",
        "_surroundings",
        "_targets",
        "_ticker",
        "spent",
        "watch",
    )

    def __init__(self, blueprint: Blueprint, *, lasting: bool = False) -> None:
        self._blueprint = blueprint
        #: Whether all calls are one in what they see of the world: those of a session.
        self._lasting = lasting
        #: The pointer to the resource that these are calls of.
        self._resource = 0
        self._block = block = _Block()
        self._address = addressof(block)
        #: What wasmtime is in the middle of, if it is.
        self._future = 0
        self._instantiated = False
        self._targets: dict[Function, int] = {}
        #: Where the functions stand that have no room in the block.
        self._more: tuple[Any, ...] = ()
        self._surroundings: Surroundings | None = None
        #: What its guest has open, of the folders that it is granted.
        self._files = Files(dirs) if (dirs := blueprint.world.granted.dirs) else NO_FILES
        #: What the call waits with that runs next; whoever runs it sets it.
        self.watch: Watch | None = None
        self._ticker = blueprint.runtime.ticker
        #: Nanoseconds that the last call has worked so far; who makes it counts.
        self.spent = 0
        #: The epoch in which the guest's slice was last set.
        self._epoch = -1
        self._pointer = pointer = store_new(blueprint.engine_address, None, None)
        self._context = context = store_context(pointer)
        store_limiter(pointer, *blueprint.ceilings)
        set_epoch_yield(context, SLICE)
        if blueprint.imports:
            abi.check(abi.set_wasi(context, _wasi(blueprint.world)))

    def keep(self, handle: bytes) -> None:
        """Keep the resource that a constructor gave, for as long as the store lives."""
        self._resource = resource_in(handle)

    def begin(self, function: Function, inputs: tuple[Any, ...], call: Call) -> Any:
        """Begin a call and run its first slice: what comes of it, or ``None`` if the guest needs more.

        That is what the function's marshaller makes of the result, or a `Failure`.

        Raises `UnicodeEncodeError` or `wit.Misfit`, before anything is begun, for inputs that no
        component can be given; `NoFunction` for a function that is none.
        """
        if not self._pointer:
            raise RuntimeError("the store is closed")
        self._arguments = function.marshaller.prepare(inputs)
        self._function = function
        self._call = call
        # Telling wasmtime takes longer than all the rest of this function.
        if self._epoch != (epoch := self._ticker.epoch):
            set_epoch_deadline(self._context, SLICE)
            self._epoch = epoch
        if self._instantiated:
            self._enter()
        else:
            self._instantiate()
        return self.go_on()

    def go_on(self) -> Any:
        """Run the next slice: what comes of the call, or ``None`` if the guest needs still more.

        After an error the store is closed. Raises `NoFunction` as `begin` does.
        """
        if not self._future:
            raise RuntimeError("the store has no call to go on with")
        if not future_poll(self._future):
            if self._instantiated:
                # wasmtime has read them.
                self._arguments = _NO_ARGUMENTS
            if self._surroundings is not None:
                self._surroundings.flush(ending=False)
                self._surroundings.begin_slice()
            return None
        # Forgotten first: an interrupt may come between any two steps.
        future, self._future = self._future, 0
        finished_delete(future)
        (error,) = _pointer_at(self._block, _ERROR)
        if error:
            return self._break(error)
        if self._surroundings is not None:
            self._surroundings.flush(ending=True)
        if self._instantiated:
            return self._finish()
        self._instantiated = True
        self._enter()
        return self.go_on()

    def _instantiate(self) -> None:
        blueprint, address = self._blueprint, self._address
        if blueprint.imports:
            self._surround(instantiating=True)
        self._future = instantiate_async(
            blueprint.linker_address,
            self._context,
            blueprint.component_address,
            address + _INSTANCE,
            address + _ERROR,
        )

    def _enter(self) -> None:
        marshaller, address = self._function.marshaller, self._address
        if self._blueprint.imports:
            self._surround(instantiating=False)
        self._future = call_async(
            self._targets.get(self._function) or self._find(self._function),
            self._context,
            self._arguments[0],
            marshaller.arity,
            address,
            marshaller.results,
            address + _ERROR,
        )

    def _finish(self) -> Any:
        self._arguments = _NO_ARGUMENTS
        try:
            outcome = self._function.marshaller.finish(self._address)
        except wit.Misfit as misfit:
            self.close()
            return Failure(Kind.ERROR, f"it returned an invalid value of type 'any': {misfit}")
        most = self._blueprint.limits.call_output_bytes
        constructing = self._lasting and not self._resource
        if most is not None and not constructing:
            sent = outcome.payload if isinstance(outcome, Failure) else outcome
            if weight(sent) > most:
                self.close()
                return Failure(
                    Kind.ERROR, f"it sent more than {most:,} bytes, the limit for one call"
                )
        return outcome

    def _break(self, error: int) -> Failure:
        """Why there is no result; the store is closed. Raises what only a bug of ours can raise."""
        failure = breakdown(error)
        surroundings = self._surroundings
        self.close()
        if surroundings is None:
            return failure
        printed = surroundings.flush(ending=True)
        if isinstance(surroundings.raised, Refused):
            return Failure(Kind.ERROR, f"it {surroundings.raised}")
        if isinstance(surroundings.raised, Interrupted):
            return Failure(Kind.ERROR, str(surroundings.raised))
        if surroundings.raised is not None:
            raise surroundings.raised
        if printed:
            return replace(failure, diagnosis=f"{failure.message}; it printed last: {printed}")
        return failure

    def _find(self, function: Function) -> int:
        """The address of a function in this instance; the first one stands in the store's block."""
        place = self._address + _FIRST
        if self._targets:
            block = _Target()
            self._more += (block,)
            place = addressof(block)
        if not abi.get_function(self._address + _INSTANCE, self._context, function.address, place):
            raise NoFunction
        self._targets[function] = place
        return place

    def _surround(self, *, instantiating: bool) -> None:
        if self._lasting and self._targets and self._surroundings is not None:
            self._surroundings.begin_call()
            self._surroundings.watch = self.watch
            return
        blueprint = self._blueprint
        surroundings = Surroundings(
            self._call,
            blueprint.limits.log_bytes,
            instantiating=instantiating,
            end_slice=blueprint.runtime.ticker.end_slices,
            world=blueprint.world,
        )
        surroundings.watch = self.watch
        surroundings.files = self._files
        self._surroundings = SURROUNDINGS[self._context] = surroundings

    @property
    def closed(self) -> bool:
        """Whether it is gone; its place has been given back then."""
        return not self._pointer

    def close(self) -> None:
        """Throw the store away with all that the guest has, even in the middle of a call."""
        pointer, self._pointer = self._pointer, 0
        if not pointer:
            return
        if self._surroundings is not None:
            # While the context is still ours: another thread's store may have its address next.
            SURROUNDINGS.pop(self._context, None)
        future, self._future = self._future, 0
        try:
            if future:
                future_delete(future)
        finally:
            store_delete(pointer)
            self._files.close_all()
            if self._resource:
                resource_delete(self._resource)
            self._blueprint.runtime.places.give_back()


def _wasi(world: World) -> int:
    """What wasmtime's own part of WASI shows: the granted variables. Whoever sets it gives it away."""
    config: int = abi.wasi_config_new()
    if world.env:
        names, values = zip(*world.env, strict=True)
        made = _texts(names), _texts(values)
        # Cannot fail: all are text.
        abi.wasi_config_set_env(config, len(names), *map(addressof, made))
    return config


def _texts(texts: Sequence[str]) -> Any:
    """An array of texts as C has them."""
    return (c_char_p * len(texts))(*(text.encode() for text in texts))


def linking_problem(
    runtime: Runtime, component: Component, granted: Grants = NOTHING
) -> str | None:
    """Why the component cannot be linked; ``None`` if it can. Nothing of it runs."""
    block = _Block()
    address = addressof(block)
    pointer = store_new(runtime.engine.address, None, None)
    try:
        # Imports are looked at first; then the first instance of any module is one too many.
        store_limiter(pointer, -1, -1, 0, -1, -1)
        context = store_context(pointer)
        future = instantiate_async(
            abi.address_of(runtime.linker_for(granted)),
            context,
            abi.address_of(component),
            address + _INSTANCE,
            address + _ERROR,
        )
        finished = future_poll(future)
        future_delete(future)
        (error,) = _pointer_at(block, _ERROR)
    finally:
        store_delete(pointer)
    if not finished or not error:
        return None
    text, _ = abi.take_error(error)
    return None if "instance count too high" in text else "; ".join(causes(text))
