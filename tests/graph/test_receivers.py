from __future__ import annotations

from wasmflow.component import Port
from wasmflow.graph.receivers import Receiver, only
from wasmflow.problem import NOWHERE
from wasmflow.types import model as wit

A, B = Port("first-name", wit.STRING), Port("b", wit.STRING)
C, D = Port("c", wit.STRING, optional=True), Port("d", wit.STRING, optional=True)


def test_an_input_is_found_by_any_spelling_in_its_own() -> None:
    receiver = Receiver([A, B])
    assert receiver.find("first_name") == "first-name"
    assert receiver.find("last_name") is None


def test_where_any_name_will_do_it_is_spelled_as_first_written() -> None:
    receiver = Receiver([], any_name=True)
    assert receiver.find("last_name") == "last_name"
    assert receiver.find("last-name") == "last_name"


def test_what_is_claimed_by_name_is_not_open() -> None:
    receiver = Receiver([A, B])
    receiver.claim("first_name", "somebody", NOWHERE)
    receiver.settle()
    receiver.claim("b", "somebody else", NOWHERE)
    assert receiver.open == (B,)


def test_claims_of_a_copy_leave_no_trace() -> None:
    receiver = Receiver([A])
    receiver.copy().claim("first-name", "somebody", NOWHERE)
    assert receiver.claims == {}


def test_the_only_open_input_is_the_only_required_or_the_only_one() -> None:
    assert only([A, C, D]) == "first-name"
    assert only([C]) == "c"
    assert only([C, D]) is None
    assert only([A, B]) is None
    assert only([]) is None


def test_of_names_those_are_open_that_nothing_claimed_by_name() -> None:
    receiver = Receiver([A, B, C])
    receiver.claim("b", "somebody", NOWHERE)
    receiver.settle()
    assert receiver.open_among(["c", "b", "first_name", "x"]) == ["first-name", "c"]
    anything = Receiver([], any_name=True)
    anything.claim("b", "somebody", NOWHERE)
    anything.settle()
    assert anything.open_among(["c", "b", "x"]) == ["c", "x"]
