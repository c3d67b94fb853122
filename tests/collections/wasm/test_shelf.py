from __future__ import annotations

from typing import cast

import pytest

from tests.collections.wasm.guests import transaction
from wasmflow.collections.wasm.places import Places
from wasmflow.collections.wasm.shelf import Shelf
from wasmflow.collections.wasm.store import Store
from wasmflow.component import Call


class Closable:
    """All that a shelf knows of a store."""

    closed = False

    def close(self) -> None:
        self.closed = True


def store() -> Store:
    return cast(Store, Closable())


@pytest.fixture
def shelf() -> Shelf:
    return Shelf(Places())


def test_a_store_is_kept_for_the_next_call_of_its_group(shelf: Shelf) -> None:
    call, kept = Call(transaction(), group=(1,)), store()
    assert shelf.take(call) is None
    shelf.put(call, kept)
    assert shelf.take(call._replace(group=(2,))) is None
    assert shelf.take(Call(transaction(), group=(1,))) is None
    assert shelf.take(call) is kept
    assert shelf.take(call) is None


def test_two_stores_of_one_group_are_one_too_many(shelf: Shelf) -> None:
    call, first, second = Call(transaction()), store(), store()
    shelf.take(call)
    shelf.put(call, first)
    shelf.put(call, second)
    assert second.closed
    assert shelf.take(call) is first


def test_release_closes_all_of_one_transaction(shelf: Shelf) -> None:
    call, other = Call(transaction()), Call(transaction())
    stores = [store() for _ in range(3)]
    for number, each in enumerate(stores):
        shelf.take(call)
        shelf.put(call._replace(group=(number,)), each)
    shelf.take(other)
    shelf.put(other, kept := store())
    shelf.release(call.transaction)
    shelf.release(call.transaction)
    assert all(each.closed for each in stores)
    assert not kept.closed
    assert len(shelf) == 1


def test_nothing_is_kept_for_a_transaction_that_was_released(shelf: Shelf) -> None:
    call, late = Call(transaction()), store()
    shelf.take(call)
    shelf.release(call.transaction)
    shelf.put(call, late)
    assert late.closed


def test_nothing_is_kept_while_somebody_waits_for_a_place(shelf: Shelf) -> None:
    call, late = Call(transaction()), store()
    shelf.take(call)
    shelf.places.wait(0, lambda: None)
    shelf.put(call, late)
    assert late.closed


def test_giving_up_closes_one_store_at_a_time(shelf: Shelf) -> None:
    calls = [Call(transaction()) for _ in range(2)]
    stores = [store(), store()]
    for call, each in zip(calls, stores, strict=True):
        shelf.take(call)
        shelf.put(call, each)
    assert shelf.give_up()
    assert sum(each.closed for each in stores) == 1
    assert shelf.give_up()
    assert not shelf.give_up()


def test_a_closed_shelf_keeps_nothing(shelf: Shelf) -> None:
    call, kept, late = Call(transaction()), store(), store()
    shelf.take(call)
    shelf.put(call, kept)
    shelf.close()
    shelf.close()
    assert kept.closed
    assert shelf.take(call) is None
    shelf.put(call, late)
    assert late.closed
