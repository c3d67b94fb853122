"""What becomes of a packet between two ports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import exception
from wasmflow.component import Call, Transaction
from wasmflow.engine.crossing import Board, with_message
from wasmflow.graph.plan import Constant, Read, Source
from wasmflow.packet import EMPTY, Failure, Slot
from wasmflow.types import model as wit
from wasmflow.types.path import Index, Member


def crossed(packet: Slot, **read: Any) -> Slot:
    """What arrives of a packet by a connection from slot 0 to the port of instance `b`."""
    board = Board(1)
    gather, crossings = board.connect([Read(0, label="a.x -> b.y", **read)], ("b",))
    slots = [packet, *board.slots[1:]]
    for cross in crossings:
        cross(slots, Call(Transaction("t", 1, 2), ("flow",)))
    return gather(slots)[0]


def test_a_plain_connection_costs_nothing() -> None:
    board = Board(3)
    gather, crossings = board.connect([Read(2), Read(0)])
    assert crossings == ()
    assert gather(["zero", "one", "two"]) == ("two", "zero")


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_reader_gets_a_tuple_whatever_the_number_of_its_ports(count: int) -> None:
    board = Board(0)
    sources: list[Source] = [Constant(at) for at in range(count)]
    gather, _ = board.connect(sources)
    assert gather(board.slots) == tuple(range(count))


def test_an_input_left_out_has_nothing() -> None:
    board = Board(0)
    gather, _ = board.connect([None, Constant(1)])
    assert gather(board.slots) == (EMPTY, 1)


def test_a_value_is_converted() -> None:
    assert crossed(7.0, source=wit.F64, target=wit.U8) == 7


def test_a_value_that_does_not_fit_is_an_exception_where_it_arrives() -> None:
    failure = crossed(300, source=wit.S64, target=wit.U8)
    assert isinstance(failure, Failure)
    assert failure.origin == "flow/b"
    assert failure.message.startswith("a.x -> b.y: ")


def test_a_value_nested_too_deeply_is_an_exception() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    failure = crossed([deep], source=wit.List(wit.ANY), target=wit.List(wit.STRING))
    assert isinstance(failure, Failure)


def test_a_path_is_followed_before_the_value_is_converted() -> None:
    path = (Member("n"),)
    assert crossed({"n": 7}, path=path, source=wit.ANY, target=wit.U8) == 7


def test_a_path_into_nothing_sends_nothing() -> None:
    path = (Member("n"), Member("m"))
    assert crossed({"n": None}, path=path, source=wit.ANY, target=wit.U8) is EMPTY


def test_a_missing_element_is_an_exception() -> None:
    assert isinstance(crossed([1], path=(Index(1),)), Failure)


def test_none_sends_nothing_to_a_port_of_the_value_inside() -> None:
    assert crossed(None, source=wit.Option(wit.U8), target=wit.U8) is EMPTY


@pytest.mark.parametrize("source", [wit.ANY, wit.Option(wit.U8)])
def test_null_and_none_leave_an_optional_input_out(source: wit.Type) -> None:
    assert crossed(None, source=source, target=wit.U8, optional=True) is EMPTY
    assert crossed(7, source=source, target=wit.U8, optional=True) == 7


def test_null_is_a_value_of_an_optional_any_and_none_is_not() -> None:
    assert crossed(None, source=wit.ANY, target=wit.ANY, optional=True) is None
    assert crossed(None, source=wit.Option(wit.U8), target=wit.ANY, optional=True) is EMPTY
    assert crossed(None, source=wit.ANY, target=wit.Option(wit.U8), optional=True) is None


def test_what_is_not_null_must_fit_an_optional_input() -> None:
    assert isinstance(crossed("x", source=wit.ANY, target=wit.U8, optional=True), Failure)
    assert isinstance(crossed(None, source=wit.ANY, target=wit.U8), Failure)


def test_a_default_of_null_leaves_an_optional_input_out() -> None:
    assert crossed(exception("no"), target=wit.U8, optional=True, default=None) is EMPTY


def test_a_default_replaces_a_failure() -> None:
    assert crossed(exception("no"), default="sorry: $ERROR, $ERROR") == "sorry: no, no"


def test_a_default_replaces_what_goes_wrong_on_its_own_connection() -> None:
    assert crossed(300, source=wit.S64, target=wit.U8, default=9) == 9
    assert crossed([], path=(Index(0),), default=None) is None


def test_a_default_never_replaces_an_absence() -> None:
    assert crossed(EMPTY, default=1) is EMPTY
    assert crossed({"n": None}, path=(Member("n"), Member("m")), default=1) is EMPTY


def test_a_default_is_not_mistaken_for_a_value_on_its_way() -> None:
    assert crossed(5, path=(), default=1) == 5


def test_a_default_is_read_as_the_type_of_its_port() -> None:
    default = {"data": "aGk="}
    target = wit.Record((wit.Part("data", wit.BYTES),))
    assert crossed(exception(), target=target, default=default) == {"data": b"hi"}


def test_a_default_that_the_message_makes_misfit_is_an_exception() -> None:
    failure = crossed(exception("too long for a char"), target=wit.CHAR, default="$ERROR")
    assert isinstance(failure, Failure)
    assert failure.origin == "flow/b"


def test_a_default_that_cannot_fit_is_refused_at_once() -> None:
    with pytest.raises(wit.Misfit):
        crossed(1, target=wit.U8, default="text")


def test_the_message_goes_into_strings_at_any_depth_and_not_into_keys() -> None:
    default = {"$ERROR": ["$ERROR", {"a": "GET: $ERROR"}, 1, None, True]}
    assert with_message(default, "m") == {"$ERROR": ["m", {"a": "GET: m"}, 1, None, True]}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json)
def test_a_default_without_a_message_stays_as_it_is(default: wit.Json) -> None:
    if "$ERROR" not in repr(default):
        assert with_message(default, "m") == default
