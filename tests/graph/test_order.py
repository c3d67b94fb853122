from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.graph.order import in_order, loops


@st.composite
def graphs(draw: st.DrawFn, acyclic: bool = False) -> list[set[int]]:
    size = draw(st.integers(0, 12))
    indexes = [st.sets(st.integers(0, i - 1 if acyclic else size - 1)) for i in range(size)]
    return [draw(st.just(set()) if acyclic and i == 0 else each) for i, each in enumerate(indexes)]


def test_of_things_that_could_come_next_the_first_comes_next() -> None:
    assert in_order([{2}, set(), set(), {1}]) == [1, 2, 0, 3]


def test_what_is_in_a_loop_comes_last() -> None:
    assert in_order([{1}, {0}, set()]) == [2, 0, 1]


@settings(deadline=None)
@given(graphs(acyclic=True))
def test_each_thing_comes_after_those_before_it(before: list[set[int]]) -> None:
    order = in_order(before)
    position = {thing: i for i, thing in enumerate(order)}
    assert sorted(order) == list(range(len(before)))
    assert all(position[a] < position[b] for b, each in enumerate(before) for a in each)
    assert loops(before) == []


def test_a_loop_names_each_thing_before_the_one_that_it_comes_before() -> None:
    assert loops([{2}, {0}, {1}, {3}, set()]) == [[0, 1, 2], [3]]


@settings(deadline=None)
@given(graphs())
def test_loops_are_loops_and_without_them_there_is_an_order(before: list[set[int]]) -> None:
    found = loops(before)
    for loop in found:
        assert len(set(loop)) == len(loop)
        assert all(a in before[b] for a, b in zip(loop, [*loop[1:], loop[0]], strict=True))
    order = in_order(before)
    position = {thing: i for i, thing in enumerate(order)}
    kept = all(position[a] < position[b] for b, each in enumerate(before) for a in each)
    assert kept == (not found)


def test_a_loop_of_thousands_is_found() -> None:
    size = 5000
    assert len(loops([{(i - 1) % size} for i in range(size)])[0]) == size
