"""What lines of standard input give to the inputs of a component."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import ports
from wasmflow.cli.lines import WORDS, wanted
from wasmflow.cli.ports import read_ports
from wasmflow.codec.failures import Unfit, Where
from wasmflow.codec.lines import Elements, json_meaning, meant, raw_meaning
from wasmflow.component import Port, Signature
from wasmflow.errors import UsageError
from wasmflow.packet import EMPTY, Kind
from wasmflow.types import model as wit
from wasmflow.types.json import dumps

GREET = Signature(
    "greet",
    (
        Port("first_name", wit.STRING),
        Port("mood", wit.STRING, optional=True),
    ),
)
PAIR = Signature("pair", (Port("a", wit.U8), Port("b", wit.U8), Port("c", None, optional=True)))
LINE = Where("line", 7)
EVERY = Signature("every", ports("a* b*"))


def read(line: str, signature: Signature = GREET, flags: str = "") -> dict[str, Any]:
    needed = wanted(signature, read_ports(signature, shlex.split(flags)))
    return json_meaning(needed)(line.encode())


def refusal(line: str, signature: Signature = GREET, flags: str = "") -> str:
    with pytest.raises(wit.Misfit) as caught:
        read(line, signature, flags)
    return str(caught.value)


@pytest.mark.parametrize(
    "line",
    ['{"first_name":"x"}', '{"first-name":"x"}', '"x"', '{"output":"x"}', ' "x" ', '\ufeff"x"'],
)
def test_a_line_gives_inputs_or_the_only_one_that_is_missing(line: str) -> None:
    assert read(line) == {"first_name": "x"}


def test_a_line_may_give_any_input_that_no_flag_gives() -> None:
    assert read('{"mood":"sad","first_name":"x"}') == {"first_name": "x", "mood": "sad"}
    assert read('{"mood":null,"first_name":"x"}') == {"first_name": "x"}
    assert read('{"mood":"sad"}') == {"mood": "sad"}


def test_an_empty_object_gives_nothing() -> None:
    assert read("{}") == {}
    assert read("{}", PAIR) == {}


def test_an_object_with_other_keys_is_a_value() -> None:
    signature = Signature("f", (Port("user", None),))
    for line in ('{"name":1}', '{"name":1,"user":2}', '{"output":{"name":1}}'):
        assert read(line, signature)["user"] in ({"name": 1}, {"name": 1, "user": 2})
    assert read('{"user":2}', signature) == {"user": 2}
    assert read('{"output":{}}', signature) == {"user": {}}
    assert read("null", signature) == {"user": None}


def test_an_input_that_is_called_output_is_an_input() -> None:
    signature = Signature("f", (Port("output", None),))
    assert read('{"output":{"output":1}}', signature) == {"output": {"output": 1}}


def test_what_a_dash_stands_for_is_wanted() -> None:
    assert read('"sad"', flags="--first-name=x --mood=-") == {"mood": "sad"}
    assert "could be any of 'first_name', 'mood'" in refusal('"x"', flags="--mood=-")


def test_of_the_required_inputs_all_are_given_or_none() -> None:
    assert refusal('{"a":1}', PAIR) == "it gives 'a', but not 'b'"
    assert read('{"b":2}', PAIR, "--a=1") == {"b": 2}
    assert read('{"c":5}', PAIR) == {"c": 5}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("5", "'first_name' (string): expected string, got 5"),
        ('{"first_name":5}', "'first_name' (string): expected string, got 5"),
        ('{"first_name":"a","first-name":"b"}', "'first_name' is given twice"),
        (
            "x",
            "not JSON: expecting value at column 1. Hint: --raw-in=lines takes lines as they are",
        ),
        ('{"first_name":"x","mod":1}', "there is no input 'mod'"),
        ('{"first_nam":"x"}', "there is no input 'first_nam'. Hint: did you mean 'first_name'?"),
        ('{"first_name":"x","zz":1}', "'zz'. Hint: the component has: 'first_name', 'mood'"),
        ('{"mod":1,"mod2":1,"zz":1}', "'mod', 'mod2', 'zz'. Hint: did you mean 'mood'? the comp"),
        ('{"a":1}', "there is no input 'a'. Hint: the component has: 'first_name', 'mood'"),
        ('{"output":{"first_nam":"x"}}', "(string): expected string, got an object"),
        ('"a" "b"', "not JSON: extra data at column 5"),
    ],
)
def test_what_does_not_fit_is_refused(line: str, told: str) -> None:
    assert told in refusal(line)


def test_a_line_that_is_no_json_is_told_what_one_is() -> None:
    assert refusal("x", PAIR) == (
        'not JSON: expecting value at column 1. Hint: a line is {"a": 1, "b": 1}'
    )
    assert refusal("x", PAIR, "--a=1").endswith('Hint: a line is 1 or {"b": 1}')
    wide = wit.Record(tuple(wit.Part(f"field{n}", wit.U8) for n in range(9)))
    told = refusal("x", Signature("f", (Port("of", wide),)))
    assert told.endswith('Hint: a line is … or {"of": …}')


def test_what_is_json_in_the_main_is_told_without_that() -> None:
    for line in ('"\\ud800"', "[" * 200, '{"a":1,"a":2}', "NaN"):
        assert "Hint" not in refusal(line)


def test_a_key_that_is_nearly_an_input_is_told_and_nothing_else() -> None:
    told = "there is no input 'aa'. Hint: did you mean 'a'?"
    assert refusal('{"aa":1,"b":2}', PAIR) == told
    assert refusal('{"a":1,"b":2,"aa":3}', PAIR) == told
    assert refusal('{"aa":1}', PAIR, "--b=1") == told
    assert refusal('{"aa":1,"b":2}', PAIR, "--b=1") == told


def test_an_object_that_is_no_input_is_a_value_where_that_can_be_one() -> None:
    user = Signature("f", (Port("user", wit.Record((wit.Part("name", wit.STRING),))),))
    assert refusal('{"nme":"x"}', user).startswith("'user' (record {name: string}): ")
    told = "there is no input 'uesr'. Hint: did you mean 'user'?"
    assert refusal('{"uesr":{"name":"x"}}', user) == told


def test_what_a_flag_gives_no_line_gives() -> None:
    told = "'mood' is given by a flag, for all lines"
    assert refusal('{"first_name":"x","mood":"sad"}', flags="--mood=glad") == told


def test_one_value_for_a_whole_stream_is_a_flag() -> None:
    signature = Signature("take", (Port("items", None, step=0), Port("count", wit.U8)))
    told = "'count' is one value for all lines; give it as a flag: --count=VALUE"
    assert refusal('{"count":1}', signature) == told


@given(st.binary(max_size=40))
def test_no_line_is_too_strange(line: bytes) -> None:
    for signature in (GREET, PAIR, EVERY):
        meaning = json_meaning(wanted(signature, read_ports(signature, [])))
        with suppress(wit.Misfit):
            assert isinstance(meaning(line), dict)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 255)))
def test_what_is_printed_as_ports_is_read_as_inputs(sent: dict[str, int]) -> None:
    if ("a" in sent) == ("b" in sent):
        assert read(dumps(sent), PAIR) == sent


# --- raw --------------------------------------------------------------------------------------


def raw(type_: wit.Type | None, content: bytes) -> Any:
    signature = Signature("f", (Port("of", type_),))
    return raw_meaning(wanted(signature, read_ports(signature, [])))(content)["of"]


def test_raw_text_and_bytes_are_taken_as_they_are() -> None:
    assert raw(wit.BYTES, b'"\xff') == b'"\xff'
    for type_ in (wit.STRING, wit.ANY, None):
        assert raw(type_, '"é'.encode()) == '"é'
    assert raw(wit.Enum(("a", "b")), b"b") == "b"


def test_raw_text_is_utf_8_and_fits() -> None:
    with pytest.raises(wit.Misfit, match=r"not text in UTF-8 \(byte 1\)"):
        raw(wit.STRING, b"a\xff")
    with pytest.raises(wit.Misfit, match="expected char"):
        raw(wit.CHAR, b"ab")


def test_raw_goes_to_one_input_that_is_text_or_bytes() -> None:
    with pytest.raises(UsageError, match="gives text or bytes, and 'of' is u8"):
        raw(wit.U8, b"1")
    with pytest.raises(UsageError, match="these are missing: 'a', 'b'"):
        raw_meaning(wanted(PAIR, read_ports(PAIR, [])))


# --- elements ---------------------------------------------------------------------------------


def elements(signature: Signature, flags: str = "") -> Elements:
    given = read_ports(signature, shlex.split(flags))
    needed = wanted(signature, given)
    return Elements(signature, needed, given.values, json_meaning(needed))


def test_a_line_is_an_element_of_all_streams() -> None:
    made = elements(EVERY)
    assert made.ports == ("a", "b")
    assert made(LINE, b'{"b":2,"a":1}') == (1, 2)
    assert made(LINE, b"{}") == (EMPTY, EMPTY)


def test_a_flag_is_held_beside_the_stream_it_is_in_step_with() -> None:
    made = elements(EVERY, "--b=9")
    assert (made.ports, made.inputs) == (("a", "b"), {})
    assert made(LINE, b"1") == (1, 9)


def test_elsewhere_a_flag_is_a_stream_of_one() -> None:
    made = elements(Signature("zip", ports("a*0 b*1")), "--b=9")
    assert (made.ports, made.inputs) == (("a",), {"b": 9})


def test_a_line_that_does_not_fit_is_a_failure_that_says_where() -> None:
    reason = "it gives 'a', but not 'b'"
    (first, second) = elements(EVERY)(LINE, b'{"a":1}')
    assert first == Unfit(Kind.EXCEPTION, f"line 7: {reason}", where=LINE, reason=reason)
    assert first is second


def test_all_of_standard_input_is_told_as_such() -> None:
    (failure, _) = elements(EVERY)(None, b"5x")
    assert failure.message == failure.reason
    assert failure.message.startswith("standard input: not JSON: extra data at column 2")


def test_a_line_that_is_too_long_to_be_held_does_not_fit() -> None:
    with pytest.raises(wit.Misfit, match="longer than 256 MiB"):
        meant(lambda _: {}, None, WORDS)
