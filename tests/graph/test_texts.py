from __future__ import annotations

from tests.graph.components import signature
from wasmflow.component import Port, Signature
from wasmflow.graph.texts import clipped, end_text, json_text, signature_text
from wasmflow.manifest.model import End, Role


def test_a_signature_is_written_as_one_would_declare_it() -> None:
    greet = signature('greet(name: string; loud?: bool; salutation?: string = "Hi") -> string')
    assert signature_text("text::greet", greet) == (
        'text::greet(name: string, loud?: bool, salutation?: string = "Hi") -> string'
    )


def test_several_outputs_are_named_and_none_are_left_out() -> None:
    assert signature_text("a", signature("a() -> (x: u8; y: u8)")) == "a() -> (x: u8, y: u8)"
    assert signature_text("a", signature("a(x: any)")) == "a(x: any)"


def test_a_stream_says_so() -> None:
    lines = Signature("l", (Port("text", None, step=0),))
    assert signature_text("l", lines) == "l(text: stream<any>)"


def test_an_end_is_written_as_its_author_would() -> None:
    assert (
        end_text(End(Role.INSTANCE, "a", "output", ("first name", "0")))
        == 'a.output."first name".0'
    )
    assert end_text(End(Role.FLOW, port="x")) == "<>.x"
    assert end_text(End(Role.DROP)) == "drop"


def test_a_long_constant_is_cut_off() -> None:
    assert json_text("x" * 100, 10) == '"xxxxxxxx…'
    assert clipped("short", 5) == "short"


def test_what_has_no_json_text_is_an_ellipsis() -> None:
    assert json_text(float("nan")) == "…"
    assert json_text("\ud800") == "…"
    assert end_text(End(Role.LITERAL, literal={"a": 1})) == '{"a":1}'
