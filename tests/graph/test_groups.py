from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.graph.groups import group_nodes


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[str], list[list[int]]]:
    size = draw(st.integers(0, 14))
    collections = draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size))
    after = [
        sorted(draw(st.sets(st.integers(0, i - 1), max_size=3))) if i else [] for i in range(size)
    ]
    return collections, after


def upstream(after: list[list[int]], node: int) -> set[int]:
    found: set[int] = set()
    waiting = list(after[node])
    while waiting:
        source = waiting.pop()
        if source not in found:
            found.add(source)
            waiting += after[source]
    return found


@settings(deadline=None)
@given(plans())
def test_two_nodes_of_one_group_are_always_ordered(plan: tuple[list[str], list[list[int]]]) -> None:
    collections, after = plan
    groups = group_nodes(collections, after)
    for later in range(len(after)):
        for earlier in range(later):
            if (collections[earlier], groups[earlier]) == (collections[later], groups[later]):
                assert earlier in upstream(after, later)


def test_a_chain_is_one_group() -> None:
    assert group_nodes(["a", "a", "a"], [[], [0], [1]]) == [0, 0, 0]


def test_a_chain_is_one_group_through_nodes_of_another_collection() -> None:
    assert group_nodes(["a", "b", "a"], [[], [0], [1]]) == [0, 0, 0]


def test_nodes_that_may_run_at_the_same_time_have_different_groups() -> None:
    assert group_nodes(["a", "a", "a", "a"], [[], [0], [0], [1, 2]]) == [0, 0, 1, 1]


def test_each_collection_counts_for_itself() -> None:
    assert group_nodes(["a", "b", "a"], [[], [], []]) == [0, 0, 1]
