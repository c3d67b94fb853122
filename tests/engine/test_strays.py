"""Failures with nowhere to go are kept with their place, and taken back by who made them in vain."""

from __future__ import annotations

from tests.engine.test_streams import play
from tests.fakes import Draft, error, exception, fake, transaction
from wasmflow.component import Call
from wasmflow.engine.strays import MOST, forget, settle, stray, strays_in, trim
from wasmflow.graph.plan import Retry
from wasmflow.packet import Failure


def test_a_call_has_what_went_astray_in_it_and_deeper() -> None:
    call = Call(transaction(), ("f",), elements=(1,))
    stray(call, [exception("here")])
    stray(call, [exception("in an instance")], ("a",))
    stray(call._replace(path=("f", "a", "b"), elements=(1, 7)), [exception("deeper")])
    stray(call._replace(path=("g",)), [exception("elsewhere")])
    stray(call._replace(elements=(2,)), [exception("another element")])
    assert [each.message for each in strays_in(call)] == ["here", "in an instance", "deeper"]
    forget(call)
    left = [each.failure.message for each in call.transaction.strays]
    assert left == ["elsewhere", "another element"]


def test_at_the_end_they_are_unhandled_each_once_and_in_order() -> None:
    call = Call(transaction())
    stray(call, [exception("b"), exception("a"), exception("b")])
    settle(call.transaction)
    assert [each.message for each in call.transaction.unhandled] == ["a", "b"]
    assert call.transaction.strays == []


def test_an_instance_with_many_takes_no_room_from_others() -> None:
    call = Call(transaction())
    stray(call, (exception(str(number)) for number in range(2 * MOST)), ("many",))
    stray(call, [exception("one")], ("few",))
    trim(call.transaction)
    assert len(call.transaction.strays) == MOST + 1
    assert call.transaction.strays[-1].failure == exception("one")


def test_an_element_that_is_tried_again_takes_back_its_own_failures_only() -> None:
    tries: list[int] = []

    def act(x: int) -> Failure | tuple[()]:
        tries.append(x)
        if x == 0:
            return exception("kept")
        return error("broke") if tries.count(1) == 1 else ()

    inner = Draft("x").node("side", fake(act, outputs=""), input="<>.x")
    flow = Draft("items*").node("f", inner.program(out="<>.x"), x="<>.items", retry=Retry(2))
    ports, unhandled = play(flow.streams(out="f.out"), [0, 1])
    assert (ports, unhandled) == ([[0, 1]], [exception("kept", "f/side")])
    assert tries == [0, 1, 1]
