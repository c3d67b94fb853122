from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import types
from wasmflow.types import model as wit
from wasmflow.types.grammar import DEPTH, PARTS, TypeSyntaxError, parse_port_type, parse_type
from wasmflow.types.wit import spell_out


@given(types())
def test_every_type_is_read_back_from_its_text(type_: wit.Type) -> None:
    text = spell_out(type_)
    assert parse_type(text) == type_
    assert parse_type(text.replace(" ", "")) == type_
    assert parse_type(text.replace(" ", "\n\t ").replace("}", ",}")) == type_


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("u8", wit.U8),
        (" string ", wit.STRING),
        ("any", wit.ANY),
        ("bytes", wit.BYTES),
        ("list<u8>", wit.BYTES),
        ("option< list<char> >", wit.Option(wit.List(wit.CHAR))),
        ("tuple<u8, bool,>", wit.Tuple((wit.U8, wit.BOOL))),
        ("result", wit.Result(None, None)),
        ("result<u8>", wit.Result(wit.U8, None)),
        ("result<_, u8>", wit.Result(None, wit.U8)),
        ("result<u8, string>", wit.Result(wit.U8, wit.STRING)),
        ("record {a_b: u8, %list: f32}", wit.Record((("a_b", wit.U8), ("list", wit.F32)))),  # type: ignore[arg-type]
        ("variant {a(string), b}", wit.Variant((("a", wit.STRING), ("b", None)))),  # type: ignore[arg-type]
        ("enum {a, b,}", wit.Enum(("a", "b"))),
        ("flags{record}", wit.Flags(("record",))),
        ("record {record: record {enum: enum {enum}}}", None),
    ],
)
def test_types_are_written_as_in_wit(text: str, type_: wit.Type | None) -> None:
    assert parse_type(text) == type_ or type_ is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a type, found nothing (character 1)"),
        ("  ", "expected a type, found nothing (character 3)"),
        ("lst<u8>", "there is no type 'lst' (character 1). Hint: did you mean 'list'?"),
        ("list<int>", "there is no type 'int' (character 6). Hint: it is called 's64' here"),
        (
            "Map",
            "there is no type 'Map' (character 1). Hint: it is called 'list<tuple<string, …>>' here",
        ),
        (
            "stream<u8>",
            "there is no type 'stream' (character 1). Hint: 'stream<…>' is the outermost: a port is a "
            "stream, its values are not",
        ),
        ("list<u8", "expected '>', found the end of 'list<u8' (character 8)"),
        ("list<u8, 4>", "expected '>', found ',' in 'list<u8, 4>' (character 8)"),
        (
            "list u8",
            "expected '<', found 'u8' in 'list u8' (character 6). Hint: write list<T>, as in",
        ),
        ("list<>", "expected a type, found '>' in 'list<>' (character 6)"),
        ("u8 u8", "expected nothing more, found 'u8' in 'u8 u8' (character 4)"),
        ("tuple<>", "expected a type, found '>' in 'tuple<>' (character 7)"),
        ("result<_>", "expected ',', found '>' in 'result<_>' (character 9)"),
        ("option<_>", "there is no type '_' (character 8)"),
        ("record {}", "expected a name, found '}' in 'record {}' (character 9)"),
        ("record {a}", "expected ':', found '}' in 'record {a}' (character 10)"),
        (
            "record {a: u8; b: u8}",
            "expected '}', found ';' in 'record {a: u8; b: u8}' (character 14)",
        ),
        ("record {a-: u8}", "expected a name, found 'a-' in 'record {a-: u8}' (character 9)"),
        ("record {a_b: u8, A-B: u8}", "'A-B' stands there twice (character 18)"),
        ("enum {a, a}", "'a' stands there twice (character 10)"),
        ("enum {é}", "expected a name, found 'é}' in 'enum {é}' (character 7)"),
        (
            "enum {\x1b[31m}",
            "expected a name, found '\\u001b[31m}' in 'enum {\\u001b[31m}' (character 7)",
        ),
    ],
)
def test_what_is_no_type_says_where_and_what_to_write(text: str, message: str) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)
    assert str(caught.value).startswith(message)


def test_a_port_may_carry_a_stream_of_its_type() -> None:
    assert parse_port_type("stream<list<u8>>") == (wit.BYTES, True)
    assert parse_port_type(" stream < string > ") == (wit.STRING, True)
    assert parse_port_type("list<u8>") == (wit.BYTES, False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("list<stream<u8>>", "there is no type 'stream' (character 6). Hint: 'stream<…>' is the"),
        ("stream<stream<u8>>", "there is no type 'stream' (character 8)"),
        ("stream", "expected '<', found the end of 'stream' (character 7). Hint: write stream<T>"),
        (
            "stream f64",
            "expected '<', found 'f64' in 'stream f64' (character 8). Hint: write stream<T>, ",
        ),
        ("stream<>", "expected a type, found '>' in 'stream<>' (character 8)"),
        ("stream<u8> u8", "expected nothing more, found 'u8' in 'stream<u8> u8' (character 12)"),
    ],
)
def test_a_stream_is_the_outermost_of_a_ports_type(text: str, message: str) -> None:
    with pytest.raises(TypeSyntaxError) as caught:
        parse_port_type(text)
    assert str(caught.value).startswith(message)


def test_the_error_has_its_parts_for_those_who_know_the_place() -> None:
    with pytest.raises(wit.Misfit) as caught:
        parse_type("option<strin>")
    error = caught.value
    assert isinstance(error, TypeSyntaxError)
    assert (error.problem, error.offset) == ("there is no type 'strin'", 7)
    assert error.hint == "did you mean 'string'?"


def test_types_are_nested_only_so_deep() -> None:
    deepest = "option<" * DEPTH + "u8" + ">" * DEPTH
    assert spell_out(parse_type(deepest)) == deepest
    for text in ("option<" * (DEPTH + 1), "record {a: " * 10_000, "tuple<u8, " * 10_000):
        with pytest.raises(TypeSyntaxError, match="nested more than 64 levels deep"):
            parse_type(text)


_words = st.sampled_from(
    [
        "list",
        "option",
        "tuple",
        "result",
        "record",
        "variant",
        "enum",
        "flags",
        "u8",
        "any",
        "a",
        "_",
    ]
)


@pytest.mark.parametrize("type_", ["tuple<{}u8>", "enum {{{}x}}"])
def test_a_type_has_an_end(type_: str) -> None:
    parts = "".join(f"{name}, " for name in (f"x{n}" for n in range(PARTS)))
    if type_.startswith("tuple"):
        parts = "u8, " * PARTS
    with pytest.raises(TypeSyntaxError, match="a type has at most 10,000 parts"):
        parse_type(type_.format(parts))


@given(st.lists(_words | st.sampled_from([*"<>{}():,% \n"]), max_size=20).map("".join) | st.text())
def test_any_text_is_a_type_or_an_error_within_it(text: str) -> None:
    with suppress(TypeSyntaxError):
        assert parse_type(spell_out(parse_type(text))) == parse_type(text)
    try:
        parse_type(text)
    except TypeSyntaxError as error:
        place = error.offset
        assert 0 <= place <= len(text)
