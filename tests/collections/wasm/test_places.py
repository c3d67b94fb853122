from __future__ import annotations

import random
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.collections.wasm.places import Places, most_sessions


class Kept:
    """A reserve of stores that are nothing but a number."""

    def __init__(self, places: Places, count: int) -> None:
        self.places = places
        self.count = count

    def __len__(self) -> int:
        return self.count

    def give_up(self) -> bool:
        if not self.count:
            return False
        self.count -= 1
        self.places.give_back()
        return True

    def forget(self) -> None:
        self.count = 0


class Waiter:
    def __init__(self, places: Places, limit: int) -> None:
        self.granted = False
        self.leave = places.wait(limit, self.grant)

    def grant(self) -> None:
        assert not self.granted
        self.granted = True


def taken(places: Places, count: int) -> Places:
    for _ in range(count):
        assert places.take(1000)
    return places


def test_places_are_taken_up_to_the_limit() -> None:
    places = Places()
    assert [places.take(2) for _ in range(3)] == [True, True, False]
    places.give_back()
    assert places.take(2)
    assert places.taken == 2


def test_who_waits_is_served_in_order() -> None:
    places = taken(Places(), 1)
    first, second = Waiter(places, 1), Waiter(places, 1)
    places.give_back()
    assert (first.granted, second.granted, places.taken) == (True, False, 1)
    places.give_back()
    assert second.granted


def test_nobody_takes_a_place_before_those_who_wait() -> None:
    places = taken(Places(), 1)
    waiter = Waiter(places, 1)
    assert not places.take(1000)
    places.give_back()
    assert waiter.granted


def test_who_need_not_wait_is_served_at_once() -> None:
    waiter = Waiter(Places(), 1)
    assert waiter.granted
    assert not waiter.leave()


def test_leaving_is_possible_until_a_place_was_given() -> None:
    places = taken(Places(), 1)
    leaver, patient = Waiter(places, 1), Waiter(places, 1)
    assert leaver.leave()
    assert not leaver.leave()
    places.give_back()
    assert (leaver.granted, patient.granted) == (False, True)
    assert not patient.leave()


def test_who_leaves_stands_in_nobodys_way() -> None:
    places = taken(Places(), 2)
    modest, other = Waiter(places, 1), Waiter(places, 3)
    assert not other.granted
    assert modest.leave()
    assert other.granted


def test_what_is_only_kept_is_given_up_for_who_waits() -> None:
    places = taken(Places(), 3)
    first, second = Kept(places, 1), Kept(places, 1)
    places.add(first)
    places.add(second)
    assert places.running()
    assert Waiter(places, 3).granted
    assert (len(first), len(second), places.taken) == (0, 1, 3)
    places.remove(first)
    waiters = [Waiter(places, 3), Waiter(places, 3)]
    assert [each.granted for each in waiters] == [True, False]


def test_nothing_runs_when_all_stores_are_kept() -> None:
    places = taken(Places(), 2)
    places.add(Kept(places, 2))
    assert not places.running()


@pytest.mark.parametrize(("limit", "most"), [(1, 0), (2, 1), (9, 8), (20, 18), (1000, 900)])
def test_sessions_leave_a_part_of_the_places_to_calls(limit: int, most: int) -> None:
    places = Places()
    assert [places.enlist(limit) for _ in range(limit)].count(True) == most_sessions(limit) == most
    assert places.taken == 0


def test_a_session_that_is_over_makes_room_for_another() -> None:
    places = Places()
    assert [places.enlist(2), places.enlist(2)] == [True, False]
    places.dismiss()
    assert places.enlist(2)


@given(st.lists(st.sampled_from(["take", "give", "wait", "leave"]), max_size=60), st.integers(1, 4))
def test_a_free_place_and_a_waiter_never_meet(steps: list[str], limit: int) -> None:
    places = Places()
    waiters: list[Waiter] = []
    held = 0
    for step in steps:
        if step == "take":
            held += places.take(limit)
        elif step == "wait":
            waiters.append(Waiter(places, limit))
        elif step == "give" and places.taken:
            places.give_back()
            held -= 1
        elif step == "leave" and waiters:
            waiters.pop(0).leave()
        assert places.taken <= limit
        assert not (places.waiting and places.taken < limit)


def test_threads_lose_no_place() -> None:
    places, served = Places(), threading.Semaphore(0)

    def work(number: int) -> None:
        chance = random.Random(number)  # noqa: S311
        for _ in range(300):
            if chance.random() < 0.5 and places.take(3):
                places.give_back()
            else:
                granted = threading.Event()
                leave = places.wait(3, granted.set)
                if chance.random() < 0.3 and leave():
                    continue
                granted.wait()
                places.give_back()
        served.release()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (places.taken, len(places.waiting)) == (0, 0)
