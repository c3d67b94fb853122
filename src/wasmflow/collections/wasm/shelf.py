"""The stores that transactions keep between their calls, for one collection.

Whoever takes a store from the shelf is the only one that has it. Calls of one group follow one
another, so the store of a group is there when its next call comes; if it is not (it broke, it was
given up for another transaction, or calls overlap after all), that call makes a new one. A store
never leaves its transaction.
"""

from __future__ import annotations

from typing import TypeAlias

from wasmflow.collections.wasm.places import Places
from wasmflow.collections.wasm.store import Store
from wasmflow.component import Call, Transaction

_Group: TypeAlias = tuple[str | int, ...]


class Shelf:
    """Stores by transaction and group. `give_up` may be called from any thread, as may `put`."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._kept: dict[Transaction, dict[_Group, Store]] = {}
        self._closed = False
        places.add(self)

    def __len__(self) -> int:
        return sum(map(len, list(self._kept.values())))

    def take(self, call: Call) -> Store | None:
        """The store that the call's transaction keeps for its group."""
        kept = self._kept.get(call.transaction)
        if kept is None:
            if not self._closed:
                self._kept[call.transaction] = {}
            return None
        return kept.pop(call.group, None)

    def put(self, call: Call, store: Store) -> None:
        """Keep a store for the next call of the group, if there can be one."""
        kept = self._kept.get(call.transaction)
        if kept is None or kept.setdefault(call.group, store) is not store:
            store.close()
            return
        # Others may have looked before it was there: who releases it, who waits for a place.
        if self.places.waiting or call.transaction not in self._kept:
            self._clear(kept)

    def give_up(self) -> bool:
        """Close any one store. Says whether there was one."""
        return any(self._close_one(kept) for kept in list(self._kept.values()))

    def forget(self) -> None:
        """Keep no stores any more, without closing them: they are another process's."""
        self._kept = {}

    def release(self, transaction: Transaction) -> None:
        """Close what a transaction keeps, and keep nothing for it from now on."""
        kept = self._kept.pop(transaction, None)
        if kept:
            self._clear(kept)

    def close(self) -> None:
        """Close all stores, and keep none from now on. Those in use close when their calls end."""
        if not self._closed:
            self._closed = True
            self.places.remove(self)
        for transaction in list(self._kept):
            self.release(transaction)

    def _clear(self, kept: dict[_Group, Store]) -> None:
        while kept:
            self._close_one(kept)

    @staticmethod
    def _close_one(kept: dict[_Group, Store]) -> bool:
        try:
            _, store = kept.popitem()
        except KeyError:
            return False
        store.close()
        return True
