"""What commands are given, and what becomes of what they send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.triggers.doors import host, signature, surroundings, trigger, typed
from wasmflow.component import TransactionFailed
from wasmflow.errors import UsageError
from wasmflow.triggers.cli import (
    Facts,
    Outputs,
    Sorted,
    check,
    fact_inputs,
    given_inputs,
    open_trigger,
    stdin_input,
)
from wasmflow.types import model as wit

THERE = Facts(("a", "b"), frozenset(("stdin", "stdout")), 100, 40, True)
NOWHERE = Facts()
STREAMS = "record { stdin: bool, stdout: bool, stderr: bool }"


def facts(inputs: str, given: Facts = THERE, *constants: str) -> dict[str, Any]:
    return fact_inputs(signature("it", inputs), constants, given)


@pytest.mark.parametrize(
    ("port", "value"),
    [
        ("args: list<string>", ["a", "b"]),
        ("args: any", ["a", "b"]),
        ("interactive: bool", True),
        (f"interactive: {STREAMS}", {"stdin": True, "stdout": True, "stderr": False}),
        ("interactive: record { stdout: bool }", {"stdout": True}),
        ("width: u16", 100),
        ("height: f64", 40.0),
        ("color: bool", True),
    ],
)
def test_an_input_of_that_name_and_a_fitting_type_is_given(port: str, value: Any) -> None:
    assert facts(port) == {port.partition(":")[0]: value}


@pytest.mark.parametrize(
    "port",
    ["name: string", "args: string", "args*: list<string>", "width: u8", "width: string",
     "color: string", "interactive: record { stdin: u8 }", "interactive: record { other: bool }",
     "stdin: u8", "stdin: list<string>", "env: list<string>"],
)  # fmt: skip
def test_no_other_input_is_given(port: str) -> None:
    assert facts(port) == {}
    assert given_inputs(signature("it", port)) == []


def test_where_there_is_no_terminal_optional_facts_of_it_are_left_out() -> None:
    assert facts("width?: u16; height?: u16; color?: bool", NOWHERE) == {"color": False}
    assert facts("width: u16; height: u16", NOWHERE) == {"width": 80, "height": 24}
    assert facts("args?: list<string>; interactive: bool", NOWHERE) == {
        "args": [],
        "interactive": False,
    }


def test_a_constant_goes_before_a_fact() -> None:
    assert facts("width: u16; height: u16", THERE, "width") == {"height": 40}


@pytest.mark.parametrize(
    "port",
    ["stdin: string", "stdin?: list<u8>", "stdin*: string", "stdin*: list<u8>", "stdin: any"],
)
def test_standard_input_is_text_or_bytes_or_a_stream_of_them(port: str) -> None:
    found = signature("it", port)
    assert given_inputs(found) == ["stdin"]
    assert stdin_input(found, ()) == found.inputs[0]
    assert stdin_input(found, ("stdin",)) is None
    assert fact_inputs(found, (), THERE) == {}


# --- outputs ----------------------------------------------------------------------------------


def sort(outputs: str, **sent: Any) -> Sorted:
    values = {name.replace("_", "-"): value for name, value in sent.items()}
    return Outputs(signature("it", "", outputs)).sort(values)


def test_texts_and_bytes_are_written_as_they_are() -> None:
    assert sort("stdout: string; stderr: list<u8>", stdout="é", stderr=b"\0") == Sorted(
        "é".encode(), b"\0"
    )
    assert sort("output: enum { yes, no }", output="yes").stdout == b"yes"


def test_texts_of_a_stream_are_lines_and_bytes_are_not() -> None:
    assert sort("stdout*: string", stdout="a").stdout == b"a\n"
    assert sort("stdout*: list<u8>", stdout=b"a").stdout == b"a"


@pytest.mark.parametrize("name", ["exit-code: u8", "exit_code: s64", "code: u32", "code: any"])
def test_a_whole_number_becomes_the_exit_code(name: str) -> None:
    sent = {name.partition(":")[0]: 7}
    assert Outputs(signature("it", "", name)).sort(sent) == Sorted(code=7)


@pytest.mark.parametrize("code", [-1, 256, 2**40])
def test_an_exit_code_that_cannot_be_is_a_failure(code: int) -> None:
    with pytest.raises(TransactionFailed, match=f"'code' is {code}, and exit codes are 0 to 255"):
        sort("code: s64", code=code)


def test_everything_else_is_left_over() -> None:
    assert sort("stdout: u8; count: u8", stdout=1, count=2) == Sorted(
        rest={"stdout": 1, "count": 2}
    )
    assert sort("code: string", code="x").rest == {"code": "x"}
    assert sort("code: any; output: any", code=True, output=[1]).rest == {
        "code": True,
        "output": [1],
    }


def test_what_may_be_text_is_looked_at() -> None:
    assert sort("output: any; stderr: any", output="x", stderr=None) == Sorted(b"x")


def test_what_was_not_sent_is_nowhere() -> None:
    assert sort("stdout: string; code: u8") == Sorted()


RECORD = "output: record { stdout: string, exit-code: u8, count: u8, stderr: option<string> }"


def test_fields_of_the_only_output_are_outputs() -> None:
    fields = {"stdout": "x", "exit-code": 3, "count": 9, "stderr": None}
    assert sort(RECORD, output=fields) == Sorted(b"x", b"", 3, {"count": 9})
    assert [port.name for port in Outputs(signature("it", "", RECORD)).rest.outputs] == ["count"]


def test_cases_of_the_only_output_are_outputs() -> None:
    variant = "output: variant { stdout(string), count(u8), nothing }"
    assert sort(variant, output=wit.Case("stdout", "x")) == Sorted(b"x")
    assert sort(variant, output=wit.Case("count", 1)) == Sorted(rest={"count": 1})
    assert sort(variant, output=wit.Case("nothing", None)) == Sorted(rest={"nothing": True})


def test_a_record_that_has_nothing_to_write_stays_whole() -> None:
    outputs = Outputs(signature("it", "", "output: record { count: u8 }"))
    assert outputs.sort({"output": {"count": 1}}).rest == {"output": {"count": 1}}
    assert outputs.rest.outputs == outputs.signature.outputs


# --- checks -----------------------------------------------------------------------------------


def problems(inputs: str, more: str = "") -> list[str]:
    at = trigger(f"{{kind: cli, component: it{more}}}")
    return [each.message for each in check(at, host(it=typed(signature("it", inputs))))]


def test_what_a_command_gives_need_not_be_constant() -> None:
    assert problems("args: list<string>; stdin*: string; width: u16") == []
    assert problems("args: list<string>; name: string", ", with: {name: x}") == []


def test_what_nobody_gives_is_told() -> None:
    assert problems("args: u8; name: string") == [
        "'it' needs 'args' (u8), and nothing gives it",
        "'it' needs 'name' (string), and nothing gives it",
    ]


async def test_a_command_is_not_served() -> None:
    at = trigger("{kind: cli, component: it}")
    with pytest.raises(UsageError, match="'it' is a command: wasmflow run ARTIFACT it"):
        await open_trigger(at, surroundings(host(it=typed(signature("it")))))
