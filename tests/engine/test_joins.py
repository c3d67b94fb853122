"""Rule 1: when a component fires."""

from __future__ import annotations

from tests.fakes import error, exception, ports
from wasmflow.engine.joins import reason_to_skip
from wasmflow.packet import EMPTY


def test_a_component_with_all_it_needs_fires() -> None:
    assert reason_to_skip((1, None), ports("a b")) is None


def test_a_component_without_inputs_fires() -> None:
    assert reason_to_skip((), ()) is None


def test_a_missing_required_input_ends_the_outputs_with_nothing() -> None:
    assert reason_to_skip((1, EMPTY), ports("a b")) is EMPTY


def test_a_missing_optional_input_is_no_reason_not_to_fire() -> None:
    assert reason_to_skip((1, EMPTY), ports("a b?")) is None


def test_of_several_failures_the_first_in_the_signature_goes_on() -> None:
    first, second = exception("first"), error("second")
    assert reason_to_skip((first, second), ports("a b")) is first


def test_a_failure_goes_on_even_where_another_input_is_missing() -> None:
    failure = exception()
    assert reason_to_skip((EMPTY, failure, EMPTY), ports("a b? c")) is failure
