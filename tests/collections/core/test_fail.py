from __future__ import annotations

from tests.collections.core.uses import called, signed, types, use
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit


def test_it_fails_with_its_message() -> None:
    assert called("fail", use(), message="no") == Failure(Kind.EXCEPTION, "no", payload=EMPTY)


def test_the_exception_carries_the_payload() -> None:
    failure = called("fail", use(), message="no", payload={"code": 7})
    assert failure == Failure(Kind.EXCEPTION, "no", payload={"code": 7})


def test_only_the_message_is_required() -> None:
    signature = signed("fail", use())
    assert types(signature)[0] == {"message": wit.STRING, "payload": wit.ANY}
    assert [port.optional for port in signature.inputs] == [False, True]


def test_a_connected_payload_is_waited_for() -> None:
    signature = signed("fail", use({"payload": wit.U8}))
    assert [port.optional for port in signature.inputs] == [False, False]
