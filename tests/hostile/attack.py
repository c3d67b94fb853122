"""An attack: a component that does harm, what it is given, and what its transaction must end with.

The tables in `attacks` are made of these; `crowd` has honest transactions run beside them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wasmtime import wat2wasm
from wasmtime.component import Component

from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.collection import collect
from wasmflow.collections.wasm.loading import Loaded
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.component import TransactionFailed
from wasmflow.engine.intake import Element
from wasmflow.host.host import Circumstances, Host
from wasmflow.host.settings import Settings
from wasmflow.limits import MIB, Limits

#: As little as guests need, so that an attack is over soon.
STRICT: Final = Limits(
    memory=32 * MIB,
    memories=4,
    table_elements=10_000,
    call_seconds=30,
    transaction_seconds=60,
    log_bytes=100_000,
)
#: The same, where only time ends an attack.
HASTY: Final = replace(STRICT, call_seconds=0.2)
#: What that one says.
TIME: Final = "it took more than 0.2 s, the limit for one call"
#: Of the export that attacks.
NAME: Final = "attack"


@dataclass(frozen=True)
class Attack:
    """One way to do harm. It is the export `attack`, a function or a resource."""

    name: str
    #: The component, as text.
    wat: str
    #: What the error says: which limit it is, or what was wrong.
    words: str
    inputs: Mapping[str, object] = field(default_factory=dict)
    #: Stream inputs to what they are given; made anew for each transaction.
    feeds: Mapping[str, Callable[[], AsyncIterator[Sequence[Element]]]] = field(
        default_factory=dict
    )
    #: Seconds that its transaction may take; ``None`` for the host's limit.
    timeout: float | None = None

    @property
    def limits(self) -> Limits:
        """The limits that it is to be stopped by."""
        return HASTY if self.words == TIME else STRICT

    def __str__(self) -> str:
        return self.name

    def open(self) -> closing[Attacker]:
        """Have the component opened until the end of a block."""
        return closing(Attacker(self))


class Attacker:
    """The component of an attack, opened."""

    def __init__(self, attack: Attack) -> None:
        self._attack = attack
        runtime = process_runtime()
        # Not shared with whoever opens the same, as in other tests: it must be gone afterwards.
        loaded = Loaded(Component(runtime.engine.wasmtime, bytes(wat2wasm(attack.wat))))
        binary = Binary("attack.wasm", b"", "")
        self._collection = collect(binary, loaded, runtime, attack.limits)
        self._host = Host(self._collection, Settings(limits=attack.limits))

    async def attempt(self) -> str:
        """Run one transaction; the failure that it ends with in words, "" if it ends without one."""
        circumstances = Circumstances(seed=1, timeout=self._attack.timeout)
        try:
            if self._host.signature(NAME).streaming:
                await self._stream(circumstances)
            else:
                await self._host.invoke(NAME, self._attack.inputs, circumstances)
        except TransactionFailed as failed:
            return str(failed.failure)
        return ""

    async def _stream(self, circumstances: Circumstances) -> None:
        feeds: dict[tuple[str, ...], Any] = {
            (name,): give() for name, give in self._attack.feeds.items()
        }
        async with self._host.stream(NAME, self._attack.inputs, feeds, circumstances) as stream:
            async for _ in stream:
                pass

    def close(self) -> None:
        self._collection.close()
