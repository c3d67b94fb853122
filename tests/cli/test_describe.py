"""Components as people and machines see them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from wasmflow.cli.describe import component_json, component_lines, named_types, wit_text
from wasmflow.cli.output import Terminal
from wasmflow.component import Port, Signature, Timing
from wasmflow.types import model as wit

PLAIN = Terminal(io.StringIO())

MOOD = wit.Enum(("glad", "sad"), "mood")
COUNTS = wit.Record((wit.Part("words", wit.U32), wit.Part("mood", wit.Option(MOOD))), "counts")

GREET = Signature(
    "greet",
    (
        Port("name", wit.STRING, description="Whom to greet."),
        Port("salutation", wit.STRING, optional=True, default="Hello"),
        Port("nickname", wit.STRING, optional=True),
        Port("items", None, step=0),
    ),
    (Port("output", COUNTS),),
    "Greets somebody by name.",
)


def lines(signature: Signature = GREET) -> list[str]:
    return list(component_lines(signature, PLAIN))


def test_a_component_is_shown_with_its_ports() -> None:
    assert lines() == [
        "  greet",
        "    Greets somebody by name.",
        "    in   name: string                       Whom to greet.",
        '    in   salutation?: string = "Hello"',
        "    in   nickname?: string",
        "    in   items: stream<any>",
        "    out  output: counts",
        "           words: u32",
        "           mood: option<mood>",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_descriptions_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    port = Port("name", wit.STRING, description="word " * 40)
    shown = lines(Signature("greet", (port,), (), "word " * 40))
    assert sum(line.count("word") for line in shown) == 80
    assert max(map(len, shown)) <= max(width, 34)


def test_a_description_stands_beneath_a_port_with_a_long_type() -> None:
    port = Port("name", wit.Tuple((wit.STRING,) * 5), description="Five of them.")
    _, first, second = lines(Signature("greet", (port,)))
    assert first.endswith("tuple<string, string, string, string, string>")
    assert second.strip() == "Five of them."


def test_texts_of_strangers_command_no_terminal() -> None:
    port = Port("a\x1b[2J", wit.STRING, description="b\x1b[2J", default="c\x1b[2J")
    shown = "".join(lines(Signature("d\x1b[2J", (port,), (), "e\x1b[2J")))
    assert "\x1b" not in shown


def test_types_with_names_are_listed_once_each_after_its_parts() -> None:
    assert named_types([GREET, GREET]) == [MOOD, COUNTS]


def test_a_machine_reads_types_without_names() -> None:
    described = component_json(GREET)
    assert [port["name"] for port in described["inputs"]] == [
        "name",
        "salutation",
        "nickname",
        "items",
    ]
    assert described["outputs"][0]["type"] == (
        "record {words: u32, mood: option<enum {glad, sad}>}"
    )
    assert described["inputs"][1]["default"] == "Hello"
    assert "default" not in described["inputs"][2]


def test_the_wit_of_components_is_an_interface() -> None:
    text = wit_text("my_text", [replace(GREET, inputs=GREET.inputs[:3])], "What it is.")
    assert text.startswith("package local:my-text;\n\n/// What it is.\ninterface my-text {")
    assert "nickname: option<string>" in text
    assert ") -> counts;" in text


def test_several_outputs_are_a_record_in_wit() -> None:
    split = Signature("split", (), (Port("left", wit.U8), Port("right", None)))
    text = wit_text("x", [split], "")
    assert "record split-outputs {" in text
    assert "left: option<u8>," in text
    assert "right: option<any>," in text


def test_a_component_without_outputs_has_no_result_in_wit() -> None:
    assert "sink: func();" in wit_text("x", [Signature("sink")], "")


def test_streams_are_shown_with_what_is_in_step_and_what_is_lifted() -> None:
    label = Signature(
        "label",
        (Port("line", wit.STRING, step=0), Port("number", wit.U32, step=0), Port("by", wit.U8)),
        (Port("output", wit.STRING, step=1),),
    )
    lines = list(component_lines(label, Terminal(io.StringIO()), ["upper", "trim"]))
    assert lines[1:] == [
        "    in   line: stream<string>",
        "    in   number: stream<u32>",
        "    in   by: u8",
        "    out  output: stream<string>",
        "    in step: line, number",
        "    called for each element: upper, trim",
    ]
    described = component_json(label, ["upper"])
    assert [port.get("step") for port in described["inputs"]] == [0, 0, None]
    assert described["lifted"] == ["upper"]


def test_the_parts_of_a_stream_are_those_of_its_packets() -> None:
    fields = (wit.Part("name", wit.STRING), wit.Part("age", wit.Option(wit.U8)))
    people = Signature("people", outputs=(Port("output", wit.Record(fields, "person"), step=0),))
    assert list(component_lines(people, Terminal(io.StringIO())))[1:] == [
        "    out  output: stream<person>",
        "         every packet has",
        "           name: string",
        "           age: option<u8>",
    ]
    either = wit.Variant((wit.Part("name", wit.STRING), wit.Part("nobody", None)), "found")
    found = replace(people, outputs=(Port("output", either, step=0),))
    assert list(component_lines(found, Terminal(io.StringIO())))[2:] == [
        "         every packet is one of",
        "           name: string",
        "           nobody: bool",
    ]
    assert [part["stream"] for part in component_json(people)["parts"]] == [True, True]


def test_what_is_not_repeatable_is_called_so_with_the_reason() -> None:
    timing = (Timing("inner/fast", "core::race sends packets in the order in which they come"),)
    racing = Signature("racing", timing=timing)
    *_, line = component_lines(racing, Terminal(io.StringIO()))
    assert line == f"    not repeatable: {timing[0].reason} (inner/fast)"
    assert component_json(racing)["timing"] == [
        {"instance": "inner/fast", "reason": timing[0].reason}
    ]
    assert component_json(Signature("sink"))["timing"] == []


def test_what_has_streams_is_no_function_in_wit() -> None:
    lines = Signature("lines", (Port("text", wit.STRING, step=0),))
    text = wit_text("x", [lines, Signature("sink")], "")
    assert "sink: func();" in text
    assert "lines: func" not in text
    assert text.endswith("// with streams: lines\n")
