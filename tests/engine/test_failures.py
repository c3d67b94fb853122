"""Where failures go, and what they say of where they come from."""

from __future__ import annotations

from tests.fakes import error, exception
from wasmflow.component import ERROR_PORT
from wasmflow.engine.failures import as_value, deliver, failures_in, in_order, is_within, located
from wasmflow.packet import EMPTY
from wasmflow.types.json import decoder, encoder


def test_a_failure_without_an_origin_gets_that_of_its_call() -> None:
    assert located(exception(), ("a", "b")) == exception(origin="a/b")


def test_an_origin_inside_the_instance_stays() -> None:
    inside = exception(origin="a/b/c")
    assert located((1, inside), ("a", "b")) == (1, inside)


def test_an_origin_that_only_the_component_knows_is_taken_as_inside() -> None:
    assert located(exception(origin="worker"), ("a", "b")) == exception(origin="a/b/worker")


def test_a_name_that_begins_alike_is_not_inside() -> None:
    assert not is_within(exception(origin="ab"), ("a",))
    assert is_within(exception(origin="a/b"), ("a",))


def test_at_the_edge_a_failure_keeps_what_it_says() -> None:
    assert located(exception(), ()) == exception(origin="")


def test_a_failure_of_the_whole_call_goes_to_every_output() -> None:
    failure = error()
    assert deliver(failure, (True, False), error_port=False) == ((failure, failure), EMPTY, [])


def test_a_failure_that_no_reader_gets_has_nowhere_to_go() -> None:
    failure = error()
    assert deliver(failure, (False, False), error_port=False).unhandled == [failure]
    assert deliver((1, failure), (True, False), error_port=False).unhandled == [failure]


def test_a_failure_of_a_component_without_outputs_has_nowhere_to_go() -> None:
    assert deliver(error(), (), error_port=False).unhandled == [error()]


def test_a_failure_on_two_outputs_has_been_sent_if_one_is_read() -> None:
    assert deliver((error(), error()), (False, True), error_port=False).unhandled == []


def test_the_error_port_takes_the_failures_and_leaves_the_values() -> None:
    outcome = (1, exception("first", "a"), error("second"))
    delivery = deliver(outcome, (True, True, False), error_port=True)
    assert delivery == ((1, EMPTY, EMPTY), as_value(exception("first", "a")), [])


def test_the_error_port_sends_nothing_for_values() -> None:
    assert deliver((1, EMPTY), (True, True), error_port=True) == ((1, EMPTY), EMPTY, [])


def test_what_the_error_port_sends_is_of_its_type() -> None:
    for failure in (error("broken", "a/b"), exception("no", payload={"why": [1, None]})):
        value = as_value(failure)
        assert decoder(ERROR_PORT)(encoder(ERROR_PORT)(value)) == value


def test_a_failure_without_a_payload_sends_none() -> None:
    assert as_value(exception())["payload"] is None


def test_failures_are_sorted_by_where_they_happened_each_once() -> None:
    late, early = exception("x", "b"), exception("y", "a")
    unhashable = exception("z", "a", payload={"list": []})
    assert in_order([late, unhashable, early, late]) == [early, unhashable, late]


def test_failures_with_a_payload_of_any_depth_are_sorted() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    failures = [exception("b", payload=deep), exception("a", payload=deep)]
    assert [failure.message for failure in in_order(failures)] == ["a", "b"]


def test_the_failures_of_an_outcome_are_told_once_each() -> None:
    failure = error()
    assert failures_in((failure, 1, EMPTY, failure)) == [failure]
    assert failures_in(failure) == [failure]
    assert failures_in(()) == []


def test_very_many_failures_are_put_in_order_at_once() -> None:
    failures = [exception(str(number % 20_000)) for number in range(40_000)]
    assert len(in_order(failures)) == 20_000
