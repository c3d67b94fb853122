"""What a component sends, in the forms in which it is printed."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest

from tests.fakes import exception
from wasmflow.cli.printing import Packets, check_raw, json_form, raw_form
from wasmflow.component import Port, Signature, TransactionFailed
from wasmflow.errors import UsageError
from wasmflow.host.stream import END
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def sending(type_: wit.Type | None) -> Signature:
    return Signature("f", outputs=(Port("output", type_),))


def shown(signature: Signature, **sent: Any) -> str:
    return json_form(signature)(sent).decode()


@pytest.mark.parametrize(
    ("type_", "value", "told"),
    [
        (wit.F64, math.nan, "output 'output': NaN cannot be written as JSON"),
        (wit.List(wit.F32), [1.0, -math.inf], "output 'output[1]': minus infinity cannot be"),
        (wit.ANY, {"deep": [math.inf]}, "infinities"),
    ],
)
def test_what_json_cannot_hold_is_a_failure(type_: wit.Type, value: object, told: str) -> None:
    with pytest.raises(TransactionFailed, match=re.escape(told)):
        shown(sending(type_), output=value)


def test_none_in_an_opened_record_is_null() -> None:
    record = wit.Record((wit.Part("a", wit.Option(wit.U8)), wit.Part("b", wit.U8)))
    assert shown(sending(record), output={"a": None, "b": 1}) == '{"a":null,"b":1}\n'


def test_what_sends_nothing_is_an_empty_object() -> None:
    record = wit.Record((wit.Part("a", wit.U8),))
    for signature in (Signature("f"), sending(wit.U8), sending(record)):
        assert shown(signature) == "{}\n"


def test_a_case_is_shown_as_output() -> None:
    variant = sending(wit.Variant((wit.Part("small", wit.U8), wit.Part("none", None))))
    assert shown(variant, output=wit.Case("small", 5)) == '{"output":{"small":5}}\n'
    assert shown(variant, output=wit.Case("none")) == '{"output":"none"}\n'


def test_ports_stand_in_the_order_of_the_signature() -> None:
    signature = Signature("f", outputs=(Port("b", wit.BYTES), Port("a", wit.U64)))
    assert shown(signature, a=2**64 - 1, b=b"abc") == '{"b":"YWJj","a":"18446744073709551615"}\n'


@pytest.mark.parametrize(
    ("value", "lines", "interactive", "printed"),
    [
        ("é", False, False, "é".encode()),
        ("a\n", False, True, b"a\n"),
        ("a", False, True, b"a\n"),
        ("a\n", True, False, b"a\n\n"),
        (b"a", True, False, b"a"),
    ],
)
def test_raw_is_the_value_as_it_is(
    value: str | bytes, lines: bool, interactive: bool, printed: bytes
) -> None:
    assert raw_form(lines=lines, interactive=interactive)({"output": value}) == printed


def test_raw_nothing_is_nothing() -> None:
    assert raw_form(lines=True, interactive=True)({}) == b""


def test_what_is_no_text_is_not_printed_raw() -> None:
    with pytest.raises(UsageError, match="the output of 'f' is u8"):
        check_raw(sending(wit.U8))
    with pytest.raises(UsageError, match="the output is not text"):
        raw_form(lines=False, interactive=False)({"output": 1})


def test_every_packet_is_a_line_with_its_port() -> None:
    form = Packets(sending(wit.F64))
    slots = (1.5, exception("no", "a/b", {"code": 1}), EMPTY, math.nan, END)
    lines = [json.loads(form({"output": slot})) for slot in slots]
    assert [line.pop("port") for line in lines] == ["output"] * 5
    value, failure, gap, unprintable, end = lines
    assert (value, gap, end) == ({"value": 1.5}, {"gap": True}, {"end": True})
    assert failure["failure"] == {
        "kind": "exception", "message": "no", "origin": "a/b", "payload": {"code": 1}
    }  # fmt: skip
    assert "NaN cannot be written as JSON" in unprintable["failure"]["message"]
    assert [failure.message for failure in form.unprintable] == [unprintable["failure"]["message"]]


def test_of_what_failed_every_port_has_the_failure() -> None:
    signature = Signature("f", outputs=(Port("a", wit.U8), Port("b", wit.U8)))
    lines = [json.loads(line) for line in Packets(signature).failed(exception("no")).splitlines()]
    assert [(line["port"], list(line)[1]) for line in lines] == [
        ("a", "failure"), ("b", "failure"), ("a", "end"), ("b", "end")
    ]  # fmt: skip


def test_packets_without_streams_are_followed_by_their_ends() -> None:
    signature = Signature("f", outputs=(Port("a", wit.U8), Port("b", wit.U8)))
    assert Packets(signature).all({"a": 1}).decode().splitlines() == [
        '{"port":"a","value":1}',
        '{"port":"a","end":true}',
        '{"port":"b","end":true}',
    ]
