"""The formats that other programs draw: whatever a flow holds, they can be read."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

from hypothesis import given, settings

from tests.graph.components import graph
from tests.graph.render.drawn import EVERYTHING, HELLO, HOSTILE, NOTHING, STREAMS, any_graph
from wasmflow.graph.graph import Graph
from wasmflow.graph.render import FORMATS, render
from wasmflow.graph.render.scene import Kind, compose

MERMAID = """\
flowchart LR
    accTitle: hello(first_name: string, last_name: string) -#62; string
    b0(["first_name: string"])
    b1(["last_name: string"])
    b2["<b>join</b><br>text::concat"]
    b3["<b>greet</b><br>text::greet<br>salutation = #34;Hello#34;"]
    b4(["output: string"])
    b0 -->|"left: string"| b2
    b1 -->|"right: string"| b2
    b2 -->|"output → name: string"| b3
    b3 -->|"output"| b4
"""
#: What a line of a flowchart can be, with labels in which nothing can end them.
BOX = re.compile(r'    b\d+(\["(<b>|<br>|</b>|[^"<>\[\]|])*"\]|\(\["[^"<>\[\]|]*"\]\))')
TITLE = re.compile(r'    accTitle: [^"<>\[\]|{}]*')
STYLE = re.compile(r"    linkStyle \d+(,\d+)* stroke:#c0392b")
ARROW = re.compile(r'    b\d+ (-->|==>|-\.->)\|"[^"<>\[\]|]*"\| b\d+')


def test_mermaid_has_a_line_for_each_box_and_each_connection() -> None:
    assert render(HELLO, "mermaid") == MERMAID


def test_mermaid_stays_a_flowchart_whatever_is_in_its_labels() -> None:
    for each in (EVERYTHING, HOSTILE, NOTHING):
        head, title, *lines = render(each, "mermaid").splitlines()
        assert head == "flowchart LR"
        assert TITLE.fullmatch(title)
        assert all(any(kind.fullmatch(line) for kind in (BOX, ARROW, STYLE)) for line in lines)


def test_mermaid_marks_failures() -> None:
    lines = render(EVERYTHING, "mermaid").splitlines()
    arrows = [line for line in lines if ARROW.fullmatch(line)]
    (dotted,) = [number for number, line in enumerate(arrows) if "-.->" in line]
    assert lines[-1] == f"    linkStyle {dotted} stroke:#c0392b"


def test_dot_has_a_table_for_each_box_and_connects_its_rows() -> None:
    text = render(EVERYTHING, "dot")
    assert text.startswith("digraph {")
    tables = [line.partition("label=<")[2][:-2] for line in text.splitlines() if "[label=<" in line]
    ports = {
        f"b{number}:{cell.get('port')}"
        for number, table in enumerate(tables)
        for cell in ElementTree.fromstring(table).iter("td")  # noqa: S314 - our own
    }
    ends = re.findall(r"(b\d+:r\d+):[ew]", text)
    assert len(ends) == 2 * text.count(" -> b")
    assert set(ends) <= ports


def test_dot_marks_failures_and_ways() -> None:
    text = render(EVERYTHING, "dot")
    assert text.count("style=dashed") == 1
    assert "odiamond" not in text
    ways = graph("<>.text -> text::classify[kind].text\nkind.prose -> text::upper[u].text")
    assert render(ways, "dot").count("arrowtail=odiamond") == 1


def test_streams_and_what_is_called_for_each_element_are_seen() -> None:
    mermaid = render(STREAMS, "mermaid")
    assert '(["lines: stream#60;string#62;"])' in mermaid
    assert "text::greet, for each element" in mermaid
    assert (mermaid.count("==>"), mermaid.count("-->"), mermaid.count("-.->")) == (4, 1, 1)
    assert render(STREAMS, "dot").count("penwidth=2.5") == 5
    svg = render(STREAMS, "svg")
    assert (svg.count('"line stream"'), svg.count('"line stream failure"')) == (5, 1)
    assert ">a stream<" in svg
    assert "for each element" in render(STREAMS, "text")


def test_every_port_that_carries_a_stream_shows_one() -> None:
    ways = graph(
        "<>.r -> way.input\n<>.r.name -> way.match\nway.a -> <>.a\nway.default.age -> <>.b\n"
        "way.<error> -> <>.c\n<>.salutation -> text::greet[g].salutation\nway.a.name -> g.name\n"
        "g -> <>.g",
        instances='way: { id: "core::switch", with: { cases: { a: x } } }',
        inputs="r: 'stream<record { name: string, age: u8 }>'\nsalutation: string",
    )
    rows = [row.text for box in compose(ways).boxes if box.kind is Kind.NODE for row in box.rows]
    assert rows == [
        "input: stream<record {name: string, age: u8}>",
        "match: stream<string>",
        'cases = {"a":"x"}',
        "a: stream<record {name: string, age: u8}>",
        "a.name: stream<string>",
        "default.age: stream<u8>",
        "<error>: stream<failure>",
        "name: stream<string>",
        "salutation: string",
        "output: stream<string>",
    ]


def test_json_says_of_streams_what_is_in_step() -> None:
    found = json.loads(render(STREAMS, "json"))
    assert [port.get("step") for port in found["inputs"]] == [0, None]
    assert [port.get("step") for port in found["outputs"]] == [1, 0]
    assert [node["name"] for node in found["nodes"] if node.get("lifted")] == ["greet"]
    assert [each.get("step") for each in found["connections"]] == [0, 0, None, 0, 1, 0]


def test_svg_is_one_xml_document_that_refers_to_nothing() -> None:
    for each in (HELLO, EVERYTHING, HOSTILE, NOTHING):
        text = render(each, "svg")
        root = ElementTree.fromstring(text)  # noqa: S314 - our own
        assert root.tag.endswith("svg")
        assert "href" not in text
        assert "url(" not in text


def test_svg_shows_every_box_by_its_kind() -> None:
    text = render(EVERYTHING, "svg")
    assert set(re.findall(r'data-(input|node|output)="([^"]+)"', text)) == {
        *(("input", name) for name in ("text", "limit")),
        *(("node", name) for name in ("split", "title", "report", "inner")),
        *(("output", name) for name in ("title", "output", "tail")),
    }


def test_json_has_every_port_and_connection() -> None:
    found = json.loads(render(EVERYTHING, "json"))
    assert [port["name"] for port in found["inputs"]] == ["text", "limit"]
    assert found["inputs"][1]["default"] == 3
    assert {node["name"]: node["component"] for node in found["nodes"]}["inner"] == "core::merge"
    assert found["nodes"][0]["retry"] == {"times": 2, "delay": 0.0, "factor": 2.0}
    connections = found["connections"]
    assert {
        "from": {"node": "title", "port": "output", "type": "string"},
        "to": {"port": "title", "type": "string"},
        "default": "none",
    } in connections
    assert {
        "from": {"node": "report", "port": "output", "type": "string"},
        "to": {"drop": True},
    } in connections
    assert connections[2]["from"]["path"] == ["message"]
    assert len(connections) == len(EVERYTHING.connections)


@settings(deadline=None, max_examples=30)
@given(any_graph())
def test_any_graph_can_be_rendered_in_every_format(graph: Graph) -> None:
    for name in FORMATS:
        text = render(graph, name)
        assert text.endswith("\n")
        assert text == render(graph, name)
