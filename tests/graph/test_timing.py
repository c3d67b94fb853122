"""What of a flow depends on when packets come."""

from __future__ import annotations

import pytest

from tests.graph.components import graph, graphs

RACE = "core::race sends packets in the order in which they come"
BATCH = "core::batch ends lists by the clock"


@pytest.mark.parametrize(
    ("lines", "instances", "expected"),
    [
        ("<>.a -> r.a\n<>.b -> r.b\nr -> <>", "r: core::race", [("r", RACE)]),
        ("<>.a -> b -> <>", "b: { id: core::batch, with: { seconds: 1 } }", [("b", BATCH)]),
        ("<>.a -> b -> <>", "b: { id: core::batch, with: { count: 1 } }", []),
        ("<>.a -> i.a\n<>.b -> i.b\ni -> <>", "i: core::interleave", []),
        ("<>.a -> u -> <>", "u: text::upper", []),
    ],
)
def test_some_core_components_depend_on_timing(
    lines: str, instances: str, expected: list[tuple[str, str]]
) -> None:
    assert list(graph(lines, instances=instances).signature.timing) == expected


NESTED = """
third:
  flow:
    - <>.a -> slow
    - <>.b -> core::race[fast].b
    - slow -> fast.a
    - fast -> <>
  instances:
    slow: { id: core::batch, with: { seconds: 2 } }
second:
  flow: [ "<>.a -> self::third[t].a", "<>.b -> t.b", "t -> <>" ]
first:
  flow: [ "<>.a -> self::second[s].a", "<>.b -> s.b", "s -> <>" ]
"""


def test_a_flow_depends_on_timing_if_one_inside_does_to_any_depth() -> None:
    built = graphs(NESTED)
    assert built.problems == ()
    timing = built.graph("first").signature.timing
    assert sorted(timing) == [("s/t/fast", RACE), ("s/t/slow", BATCH)]


def test_each_reason_is_given_once_however_often_a_flow_is_used() -> None:
    levels = ['f0:\n  flow: [ "<>.a -> core::race[r].a", "r -> <>" ]']
    for at in range(40):
        used = f'"<>.a -> self::f{at}[x].a", "x -> self::f{at}[y].a", "y -> <>"'
        levels.append(f"f{at + 1}:\n  flow: [ {used} ]")
    ((instance, reason),) = graphs("\n".join(levels)).graph("f40").signature.timing
    assert (instance, reason) == ("/".join(["x"] * 40 + ["r"]), RACE)
