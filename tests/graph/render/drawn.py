"""Flows to draw: a small one, one with everything, and any."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from tests.graph.components import graphs, namespaces
from tests.graph.test_properties import sound_flows
from wasmflow.graph.build import build_graphs
from wasmflow.graph.graph import Graph
from wasmflow.manifest.model import Manifest

FLOWS = graphs("""
hello:
  description: Greets somebody by name.
  instances:
    join: text::concat
    greet: { id: "text::greet", with: { salutation: Hello } }
  flow:
    - <>.first_name -> join.left
    - <>.last_name -> join.right
    - join.output -> greet.name
    - greet.output -> <>
everything:
  inputs:
    text: string
    limit: { type: u32, default: 3 }
  flow:
    - <>.text -> text::upper[title].text
    - { from: title.output, to: <>.title, default: '"none"' }
    - title.<error>.message -> core::log[report]
    - report -> drop
    - <>.limit -> core::merge[inner].number
    - '"Doe & <Sons>" -> inner.name'
    - inner -> <>
    - <>.text -> split.text
    - split.tail -> <>.tail
  instances:
    split: { id: "text::split", retry: { times: 2 } }
nothing:
  flow: []
streams:
  flow:
    - <>.lines -> streams::trim[trim]
    - trim -> text::greet[greet].name
    - <>.hello -> greet.salutation
    - greet -> streams::lines[all] -> <>
    - greet.<error>.message -> <>.failed
hostile:
  flow:
    - '"`|]\\u202e\\u0007 #quot; \\"; </text> é 漢字" -> text::upper[u]'
    - u -> <>
""")

HELLO = FLOWS.graph("hello")
EVERYTHING = FLOWS.graph("everything")
STREAMS = FLOWS.graph("streams")
NOTHING = FLOWS.graph("nothing")
HOSTILE = FLOWS.graph("hostile")


@st.composite
def any_graph(draw: st.DrawFn) -> Graph:
    manifest = Manifest(Path("flow.yaml"), components={"f": draw(sound_flows("f", {}))})
    return build_graphs(manifest, namespaces()).graph("f")
