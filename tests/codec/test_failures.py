"""Failures of packets: each told once, with its line where that is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import exception
from wasmflow.codec.failures import Places, Telling, Unfit, Where
from wasmflow.component import TransactionFailed
from wasmflow.errors import WasmflowError
from wasmflow.packet import Kind

Told = list[tuple[Where | None, str]]
LINE = Where("line", 3)


def telling(where: Where | None = None) -> tuple[Telling, Told]:
    told: Told = []

    def tell(at: Where | None, error: WasmflowError) -> None:
        told.append((at, str(error)))

    return Telling(tell, where), told


def test_a_failure_is_told_once_for_each_line() -> None:
    tell, told = telling()
    assert tell.fine
    for where in (LINE, LINE, Where("line", 4)):
        tell.failure(exception("no"), where)
    assert told == [(LINE, "exception: no"), (Where("line", 4), "exception: no")]
    assert not tell.fine


def test_a_failure_of_no_line_is_told_unless_it_was_told_of_one() -> None:
    tell, told = telling()
    tell.failure(exception("no"), LINE)
    tell.failure(exception("no"))
    tell.failure(exception("other"))
    assert told == [(LINE, "exception: no"), (None, "exception: other")]


def test_a_line_that_does_not_fit_is_told_as_that_wherever_it_comes_out() -> None:
    tell, told = telling()
    unfit = Unfit(Kind.EXCEPTION, "line 3: bad", where=LINE, reason="bad")
    tell.failure(unfit)
    tell.failure(unfit, Where("line", 9))
    assert told == [(LINE, "bad")]


def test_of_a_transaction_each_failure_is_told() -> None:
    tell, told = telling(LINE)
    tell.transaction(TransactionFailed(exception("a"), (exception("b"), exception("a"))))
    assert told == [(LINE, "exception: a"), (LINE, "exception: b")]
    assert not tell.fine


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 5))
def test_the_place_of_a_packet_is_that_of_its_element(blank: list[bool], ahead: int) -> None:
    places = Places("line")
    numbers = [number for number, left_out in enumerate(blank, 1) if not left_out]
    for at, number in enumerate(numbers):
        places.give(numbers[at : at + 1] if at > ahead else numbers[: ahead + 1] * (not at))
        places.taken += 1
        assert places.where() == Where("line", number)


def test_what_comes_after_the_packets_of_all_elements_has_no_place() -> None:
    places = Places("line")
    places.give([1, 3])
    places.taken = 2
    assert places.where() == Where("line", 3)
    places.taken = 3
    assert places.where() is None
