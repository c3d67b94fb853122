"""The wasmtime engine of this process: how guests are compiled, where their memories stand, epochs.

`process_engine` makes it when the first artifact is opened; it lives as long as the process. The
child process that compiles makes its own with `compiler_engine`, from the same settings: code made
under other settings is refused when it is loaded, so `fingerprint` is part of the cache's key.

A process that was forked from one with an engine runs no guests: the threads that they need are not in
it, and locks may be held in it for ever (`Ticker.forbid`, `runtime`).
"""

from __future__ import annotations

import faulthandler
import mmap
import platform
import sys
import threading
import time
from enum import Enum
from functools import cache, partial
from typing import Final, Protocol

import wasmtime
from wasmtime import _ffi as ffi

from wasmflow.collections.wasm import abi
from wasmflow.errors import WorldError

#: Seconds between two epochs. A guest runs on the event loop for two of them at most, and reaching
#: for the interpreter so often costs other threads nothing that can be measured.
TICK: Final = 0.002
#: Epochs that a guest runs before it lets others run; one would end at once if it were nearly over.
SLICE: Final = 2

#: Stores that can live at once, and memories, tables and bytes of tables of each.
STORES: Final = 1000
MEMORIES_PER_STORE: Final = 16
TABLES_PER_STORE: Final = 16
TABLE_ELEMENTS: Final = 1_000_000
#: Core instances of one store. A Python guest has 30.
INSTANCES_PER_STORE: Final = 1000

#: Counts the changes of `_configuration` that code compiled before them does not fit.
_SETTINGS: Final = 2

#: Bytes of a guest's stack. The host's own functions run on what is left of `_ASYNC_STACK`.
_WASM_STACK: Final = 1 << 20
_ASYNC_STACK: Final = 2 << 20

#: Address space that one memory reserves, with the guard after it: no access needs a check.
_MEMORY_SLOT: Final = (4 << 30) + (32 << 20)
#: What a memory reserves where address space is scarce; a larger one moves, accesses are checked.
_SCARCE_MEMORY: Final = 16 << 20
_TABLE_ELEMENT: Final = 8


class Allocation(Enum):
    """Where memories come from. Code compiled for one cannot be loaded for the other."""

    #: Slots reserved in advance, reused from store to store: instantiating costs microseconds.
    POOLED = "pooled"
    #: Made one by one, of the size needed: where the process may not reserve address space.
    SCARCE = "scarce"


class Engine:
    """A wasmtime engine, and how many stores it has room for."""

    def __init__(self, allocation: Allocation, stores: int) -> None:
        self.allocation = allocation
        #: Live stores that cannot exhaust the slots.
        self.capacity = stores
        self.wasmtime = wasmtime.Engine(_configuration(allocation, stores))
        self.address = abi.address_of(self.wasmtime)
        self._faulthandler = faulthandler.is_enabled()

    def check_signals(self) -> None:
        """Raise `WorldError` if a guest's memory fault would end the process.

        wasmtime catches it with a signal handler of its own, and whoever switches `faulthandler` later
        puts another before it or takes it away.
        """
        if faulthandler.is_enabled() is not self._faulthandler:
            raise WorldError(
                "faulthandler was switched on or off after a WebAssembly artifact had been opened, so "
                "no fault in a component could be caught; do it before (python -X faulthandler)"
            )

    @property
    def fingerprint(self) -> str:
        """What compiled code must agree with to be loaded here; a word for a file name."""
        return fingerprint(self.allocation)


@cache
def _make_process_engine() -> Engine:
    abi.tune_allocator()
    for stores in (STORES, STORES // 16):
        if _can_reserve(stores):
            return Engine(Allocation.POOLED, stores)
    return Engine(Allocation.SCARCE, _scarce_capacity())


_making = threading.Lock()


def process_engine() -> Engine:
    """The engine of this process; the first call makes it, in some milliseconds."""
    with _making:
        return _make_process_engine()


def compiler_engine(allocation: Allocation) -> wasmtime.Engine:
    """An engine whose code can be loaded by a process with that allocation."""
    return wasmtime.Engine(_configuration(allocation, stores=1))


def fingerprint(allocation: Allocation) -> str:
    """What compiled code depends on besides the artifact and the processor."""
    system = f"{sys.platform}-{platform.machine()}"
    return f"wasmtime-{abi.wasmtime_version()}-{system}-{allocation.value}-{_SETTINGS}"


def _configuration(allocation: Allocation, stores: int) -> wasmtime.Config:
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.max_wasm_stack = _WASM_STACK
    # The same result on every machine.
    ffi.wasmtime_config_wasm_relaxed_simd_deterministic_set(config.ptr(), True)
    ffi.wasmtime_config_async_stack_size_set(config.ptr(), _ASYNC_STACK)
    # With asynchronous functions of components, wasmtime 50 loses count when a function of the host borrows
    # two things at once, such as the folders of a renaming; and every call takes a fifth longer.
    ffi.wasmtime_config_concurrency_support_set(config.ptr(), False)
    if allocation is Allocation.POOLED:
        _set_pool(config, stores)
    else:
        ffi.wasmtime_config_memory_reservation_set(config.ptr(), _SCARCE_MEMORY)
        ffi.wasmtime_config_memory_reservation_for_growth_set(config.ptr(), _SCARCE_MEMORY)
        ffi.wasmtime_config_memory_guard_size_set(config.ptr(), 1 << 16)
    return config


def _set_pool(config: wasmtime.Config, stores: int) -> None:
    settings = {
        "total_component_instances": stores,
        "total_core_instances": stores * INSTANCES_PER_STORE,
        "total_memories": stores * MEMORIES_PER_STORE,
        "total_tables": stores * TABLES_PER_STORE,
        "total_stacks": stores,
        "max_component_instance_size": 16 << 20,
        "max_core_instance_size": 16 << 20,
        "max_memories_per_module": MEMORIES_PER_STORE,
        "max_tables_per_module": TABLES_PER_STORE,
        "max_memory_size": 4 << 30,
        "table_elements": TABLE_ELEMENTS,
        # Kept by a slot from one store to the next and zeroed: cheaper than faulting it in again.
        "linear_memory_keep_resident": 1 << 20,
        "table_keep_resident": 64 << 10,
    }
    pool = ffi.wasmtime_pooling_allocation_config_new()
    try:
        for name, value in settings.items():
            setter = getattr(ffi, f"wasmtime_pooling_allocation_config_{name}_set")
            setter(pool, value)
        ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    finally:
        ffi.wasmtime_pooling_allocation_config_delete(pool)


def _can_reserve(stores: int) -> bool:
    """Whether the pool for so many stores fits; wasmtime would end the process if it did not."""
    memories = stores * MEMORIES_PER_STORE * _MEMORY_SLOT
    tables = stores * TABLES_PER_STORE * TABLE_ELEMENTS * _TABLE_ELEMENT
    stacks = stores * _ASYNC_STACK
    writable = 2 * (tables + stacks)
    # A terabyte is left for everything else.
    return _reservable(writable, writable=True) and _reservable(memories + writable + (1 << 40))


def _reservable(size: int, *, writable: bool = False) -> bool:
    """Whether that much address space can be had: of the processor, of ``ulimit -v``, and, to write
    to it, of a system that promises no more memory than it has."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
    access = mmap.PROT_READ | mmap.PROT_WRITE if writable else 0
    try:
        mmap.mmap(-1, size, flags=flags, prot=access).close()
    except (OSError, OverflowError, ValueError):
        return False
    return True


def _scarce_capacity() -> int:
    """How many stores the address space has room for, at a Python guest's size each."""
    return max((n for n in (1000, 250, 60, 15, 4) if _reservable(n << 28)), default=1)


class Use(Protocol):
    """What is going on in an engine."""

    @property
    def taken(self) -> int:
        """How many stores are live."""

    def running(self) -> bool:
        """Whether a call uses one of them; takes longer to find out."""


class Ticker:
    """Counts epochs while there are stores: a thread that ends by itself when there are none.

    The interpreter waits for it at its end, so from then on it stays for running calls only.
    """

    #: Epochs without stores after which it ends; starting a thread costs as much as many calls.
    _LINGER: Final = 500

    def __init__(self, engine: Engine, use: Use) -> None:
        self._increment = partial(abi.engine_increment_epoch, engine.address)
        self._use = use
        self._lock = threading.Lock()
        self.running = False
        #: Counts epochs as long as this runs: as long as it is the same, no deadline has come nearer.
        self.epoch = 0
        self._forbidden = ""

    def forbid(self, reason: str) -> None:
        """Have `start` raise `WorldError` from now on, in a process where nothing else runs."""
        self._lock = threading.Lock()
        self._forbidden = reason
        self.running = False

    def start(self) -> None:
        """Make sure that epochs are counted from now on. Call it after a store has been counted.

        Raises `WorldError` if there is no thread to be had.
        """
        if not self.running:
            self._start()

    def end_slices(self) -> None:
        """Count so many epochs that every guest yields where it can next."""
        for _ in range(SLICE):
            self._tick()

    def _tick(self) -> None:
        self._increment()
        self.epoch += 1

    def _start(self) -> None:
        with self._lock:
            if self._forbidden:
                raise WorldError(self._forbidden)
            if not self.running:
                try:
                    threading.Thread(target=self._run, name="wasmflow-epochs").start()
                except RuntimeError as error:
                    raise WorldError(
                        f"cannot start a thread to run guests with: {error}"
                    ) from error
                self.running = True

    def _run(self) -> None:
        idle = 0
        while idle < self._LINGER or not self._end():
            time.sleep(TICK)
            self._tick()
            if threading.main_thread().is_alive():
                idle = 0 if self._use.taken else idle + 1
            else:
                idle = 0 if self._use.running() else self._LINGER

    def _end(self) -> bool:
        """Stop running, unless a store has been counted since."""
        with self._lock:
            self.running = False
        ended = not self._use.taken or not threading.main_thread().is_alive()
        return ended or not self._resume()

    def _resume(self) -> bool:
        """Run again, unless another thread has been started since."""
        with self._lock:
            resumed = not self.running
            self.running = True
            return resumed
