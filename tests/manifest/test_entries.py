from __future__ import annotations

import pytest

from tests.manifest.documents import component, problems_of, read_component
from wasmflow.manifest.model import DeclaredPort, Instance, Pinned, RetrySpec
from wasmflow.packet import EMPTY
from wasmflow.problem import Place
from wasmflow.types import model as wit


def instance(entry: str) -> Instance:
    return read_component(f"instances:\n  x: {entry}\nflow: []").instances["x"]


def port(entry: str, side: str = "inputs") -> DeclaredPort:
    found = read_component(f"{side}:\n  x: {entry}\nflow: []")
    (only,) = (found.inputs if side == "inputs" else found.outputs) or ()
    return only


def problem(body: str) -> str:
    (found,) = problems_of(component(f"{body}\nflow: []"))
    return found


def test_an_instance_is_an_id_or_a_block_with_one() -> None:
    short, block = instance("text::greet"), instance("{ id: text::greet }")
    assert short == block
    assert (short.name, short.namespace, short.component) == ("x", "text", "greet")
    assert short.place == Place("flow.yaml", 5, 7)
    assert (short.pinned, short.retry) == ({}, None)


def test_an_id_is_split_at_its_first_colons() -> None:
    assert instance("wafl::core::log").component == "core::log"
    assert instance("self::hello").namespace == "self"
    assert instance("text::demo:text/api@1.0.0.greet").component == "demo:text/api@1.0.0.greet"


@pytest.mark.parametrize("id_", ["greet", "text:greet", "'::greet'", "'text::'", "''"])
def test_an_id_without_a_namespace_is_a_problem(id_: str) -> None:
    found = problem(f"instances:\n  x: {id_}")
    assert found.startswith("5:10: ")
    assert "does not say which component it is. Hint: write namespace::component" in found


def test_with_pins_any_json_value() -> None:
    found = instance(
        "{ id: a::b, with: { s: no, n: 1, o: { k: [null] }, 'any key': true } }"
    ).pinned
    assert {name: pin.value for name, pin in found.items()} == {
        "s": "no",
        "n": 1,
        "o": {"k": [None]},
        "any key": True,
    }
    assert found["s"] == Pinned("no", Place("flow.yaml", 5, 30))


def test_config_is_the_older_word_for_with() -> None:
    assert instance("{ id: a::b, config: { n: 1 } }").pinned["n"].value == 1
    both = "instances:\n  x: { id: a::b, with: {}, config: {} }"
    assert problem(both).startswith("5:40: 'config' and 'with' are the same")


def test_retry_is_a_number_or_says_more() -> None:
    assert instance("{ id: a::b, retry: 3 }").retry == RetrySpec(3, place=Place("flow.yaml", 5, 29))
    full = instance("{ id: a::b, retry: { times: 2, delay: 0.5, factor: 1 } }").retry
    assert full == RetrySpec(2, 0.5, 1.0, Place("flow.yaml", 5, 29))


def test_batch_is_a_number_within_bounds() -> None:
    assert instance("{ id: a::b, batch: 65536 }").batch == 65536
    assert instance("a::b").batch is None
    for batch in (0, 65537):
        found = problem(f"instances:\n  x: {{ id: a::b, batch: {batch} }}")
        assert found.startswith("5:29: 'batch' must be at"), found


def test_a_port_is_a_type_or_a_block() -> None:
    assert port("string").type is wit.STRING
    assert port("{ type: list<u8> }").type == wit.BYTES
    assert port("string", "outputs").type is wit.STRING
    assert port("{ type: any, description: All }", "outputs").description == "All"
    assert port("string").place == Place("flow.yaml", 5, 7)


def test_a_port_without_a_type_is_listed_and_its_type_inferred() -> None:
    found = read_component("inputs: { a, b }\noutputs:\n  c:\nflow: []")
    assert found.inputs is not None
    assert found.outputs is not None
    assert [(each.name, each.type) for each in found.inputs] == [("a", None), ("b", None)]
    assert [(each.name, each.type) for each in found.outputs] == [("c", None)]


def test_a_type_says_whether_the_port_carries_a_stream() -> None:
    for side in ("inputs", "outputs"):
        assert (port("stream<u8>", side).type, port("stream<u8>", side).stream) == (wit.U8, True)
        assert (port("u8", side).stream, port("", side).stream) == (False, None)
        assert port("{ type: stream<any> }", side).stream


def test_a_stream_of_options_is_an_optional_input() -> None:
    found = port("stream<option<u8>>")
    assert (found.type, found.stream, found.optional) == (wit.U8, True, True)


def test_ports_that_are_not_listed_differ_from_none() -> None:
    found = read_component("inputs: {}\nflow: []")
    assert (found.inputs, found.outputs) == ((), None)


def test_an_option_is_an_optional_input_unless_it_says_otherwise() -> None:
    assert (port("option<u8>").type, port("option<u8>").optional) == (wit.U8, True)
    kept = port("{ type: option<u8>, optional: false }")
    assert (kept.type, kept.optional) == (wit.Option(wit.U8), False)
    output = port("option<u8>", "outputs")
    assert (output.type, output.optional) == (wit.Option(wit.U8), None)


@pytest.mark.parametrize(
    ("written", "optional"),
    [
        ("", None),
        ("u8", None),
        ("{ description: d }", None),
        ("{ optional: true }", True),
        ("{ type: u8, optional: false }", False),
    ],
)
def test_whether_an_input_is_optional_may_be_left_unsaid(
    written: str, optional: bool | None
) -> None:
    assert port(written).optional is optional


@pytest.mark.parametrize(
    ("written", "default"),
    [
        ("'\"Hello\"'", "Hello"),
        ("5", 5),
        ("'5'", 5),
        ("null", None),
        ("'null'", None),
        ("[a]", ["a"]),
    ],
)
def test_the_default_of_an_input_is_json(written: str, default: object) -> None:
    assert port(f"{{ default: {written} }}").default == default


def test_an_input_without_a_default_has_none() -> None:
    assert port("{ optional: true }").default is EMPTY
    assert port("{ optional: true }").optional


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("list<strin>", "5:15: there is no type 'strin'. Hint: did you mean 'string'?"),
        ("'list<strin>'", "5:16: there is no type 'strin'"),
        ("{ type: list<strin> }", "5:23: there is no type 'strin'"),
        ("stream f64", "5:17: expected '<', found 'f64' in 'stream f64'. Hint: write stream<T>"),
        ("{ default: Hello }", "5:21: this default is not JSON"),
        ("{ default: 1, optional: false }", "5:34: this input has a default"),
    ],
)
def test_types_and_defaults_of_ports_are_checked(entry: str, message: str) -> None:
    assert problem(f"inputs:\n  x: {entry}").startswith(message)


def test_outputs_have_no_default_and_are_told_where_it_goes() -> None:
    found = problem("outputs:\n  x: { default: 1 }")
    assert found.startswith("5:12: an output has no key 'default'. Hint: put the default on the")


@pytest.mark.parametrize(
    "body",
    [
        "inputs: { a_b: u8, a-b: u8 }",
        "outputs: { a_b: u8, a-b: u8 }",
        "instances: { a_b: x::y, a-b: x::y }",
        "instances: { x: { id: x::y, with: { a_b: 1, a-b: 2 } } }",
    ],
)
def test_names_that_differ_in_spelling_only_are_refused(body: str) -> None:
    found = problem(body)
    assert "'a-b' and 'a_b' are the same name. Hint: '_' and '-' are taken as equal" in found
