from __future__ import annotations

import pytest

from tests.graph.components import graph
from wasmflow.component import ERROR_PORT
from wasmflow.graph.compile import compile_plan
from wasmflow.graph.plan import BATCH, Constant, Plan, Read, Retry
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit
from wasmflow.types.path import Field, Index


def plan(lines: str, **blocks: str) -> Plan:
    return compile_plan(graph(lines, **blocks))


def names(plan: Plan) -> list[str]:
    return [node.name for node in plan.nodes]


def test_nodes_are_numbered_in_the_order_of_their_packets() -> None:
    compiled = plan("b -> text::upper[c] -> <>\n<>.text -> text::upper[a]\na -> text::upper[b]")
    assert names(compiled) == ["a", "b", "c"]
    assert [node.after for node in compiled.nodes] == [(), (0,), (1,)]
    assert [node.outputs for node in compiled.nodes] == [1, 2, 3]
    assert compiled.slots == 4


def test_a_read_has_the_types_at_both_ends_and_a_label() -> None:
    compiled = plan(
        "<>.id -> text::find[f]\nf.age -> text::now[n].x\n".replace("\nf.age -> text::now[n].x", "")
        + "f.first-name -> text::upper[u]\nu -> <>"
    )
    (source,) = compiled.nodes[1].inputs
    assert source == Read(
        1, (Field("first-name"),), wit.STRING, wit.STRING, label="f.first-name -> u.text"
    )


def test_the_error_port_has_a_slot_behind_the_outputs_if_it_is_read() -> None:
    compiled = plan("<>.a -> text::split[s].text\ns.head -> <>\ns.<error> -> <>.error")
    (node,) = compiled.nodes
    assert (node.outputs, node.error, compiled.slots) == (1, 3, 4)
    assert node.read == (True, False)
    assert compiled.outputs[1] == Read(
        3, source=ERROR_PORT, target=ERROR_PORT, label="s.<error> -> <>.error"
    )


@pytest.mark.parametrize("sink", ["drop", "core::drop[d]"])
def test_the_error_port_takes_failures_even_if_it_is_dropped(sink: str) -> None:
    compiled = plan(f"<>.a -> text::upper[u]\nu -> <>\nu.<error> -> {sink}")
    assert names(compiled) == ["u"]
    assert compiled.nodes[0].error == 2


@pytest.mark.parametrize("sink", ["drop", "core::drop[d]"])
def test_a_default_on_the_way_to_a_sink_handles_failures(sink: str) -> None:
    compiled = plan(f"<>.a -> text::upper[u]\n{{from: u, to: '{sink}', default: '\"-\"'}}")
    assert names(compiled) == ["u"]
    assert compiled.nodes[0].read == (True,)
    assert compiled.dropped == ()


@pytest.mark.parametrize("sink", ["drop", "core::drop[d]"])
def test_a_path_into_a_sink_is_followed_and_takes_no_failures(sink: str) -> None:
    compiled = plan(f"<>.a -> text::words[w]\nw.output.9 -> {sink}")
    assert compiled.nodes[0].read == (False,)
    (dropped,) = compiled.dropped
    assert (dropped.slot, dropped.path) == (1, (Index(9),))


def test_drop_is_no_reader() -> None:
    compiled = plan("<>.a -> text::split[s].text\ns.head -> drop\ns.tail -> core::drop[d]")
    assert names(compiled) == ["s"]
    assert compiled.nodes[0].read == (False, False)


def test_literals_and_pinned_values_are_constants_of_the_ports_type() -> None:
    pinned = "c: { id: 'text::chunk', with: { bytes: aGk= } }"
    compiled = plan("c -> <>\n'\"Jane\" -> text::upper[u]'\nu -> <>.u", instances=pinned)
    assert [node.inputs for node in compiled.nodes] == [(Constant(b"hi"),), (Constant("Jane"),)]


def test_null_leaves_an_optional_input_out() -> None:
    compiled = plan("'null -> text::maybe[m].text'\nm -> <>")
    assert compiled.nodes[0].inputs == (None, None)


def test_a_read_says_whether_its_input_is_optional() -> None:
    compiled = plan("<>.a -> text::maybe[m].text\n<>.b -> m.limit\nm -> <>")
    assert [isinstance(each, Read) and each.optional for each in compiled.nodes[0].inputs] == [
        True,
        True,
    ]
    assert isinstance(compiled.outputs[0], Read)
    assert not compiled.outputs[0].optional


def test_a_sender_is_a_constant_wherever_it_is_read() -> None:
    sender = "s: { id: 'core::sender', with: { output: { age: 3, name: [Jane] } } }"
    compiled = plan(
        "s.output.age -> text::find[f].id\ns.output.name.0 -> <>.n\nf -> <>\ns -> drop",
        instances=sender,
    )
    assert names(compiled) == ["f"]
    assert compiled.nodes[0].inputs == (Constant(3),)
    assert compiled.outputs[0] == Constant("Jane")


def test_a_sender_whose_failures_are_watched_stays() -> None:
    sender = "s: { id: 'core::sender', with: { output: 1 } }"
    compiled = plan("s -> <>\ns.<error> -> <>.error", instances=sender)
    assert names(compiled) == ["s"]


def test_a_default_stays_json_and_goes_with_its_connection() -> None:
    compiled = plan(
        "<>.a -> text::upper[u]\n{ from: u.output, to: <>.x, default: '\"no: $ERROR\"' }"
    )
    assert isinstance(compiled.outputs[0], Read)
    assert compiled.outputs[0].default == "no: $ERROR"


def test_declared_defaults_are_values_of_the_inputs() -> None:
    compiled = plan(
        "<> -> text::chunk[c]\nc -> <>\n<>.more -> <>.more",
        inputs="bytes: { type: list<u8>, default: '\"aGk=\"' }\nmore: string",
    )
    assert compiled.defaults == (b"hi", EMPTY)


def test_an_inherited_default_is_left_to_the_component_that_has_it() -> None:
    assert plan("<> -> text::greet[g]\ng -> <>").defaults == (EMPTY, EMPTY)


def test_retry_is_kept() -> None:
    compiled = plan(
        "<>.a -> u\nu -> <>", instances="u: { id: 'text::upper', retry: { times: 3, delay: 0.5 } }"
    )
    assert compiled.nodes[0].retry == Retry(3, 0.5, 2.0)


def test_an_input_that_nothing_feeds_is_left_out() -> None:
    compiled = plan("<>.name -> text::greet[g]\ng -> <>")
    assert compiled.nodes[0].inputs[1] is None


def test_independent_nodes_of_one_collection_have_different_groups() -> None:
    compiled = plan(
        "<>.a -> text::upper[a]\n<>.a -> text::upper[b]\na -> text::concat[c].left\nb -> c.right\nc -> <>"
    )
    assert [node.group for node in compiled.nodes] == [0, 1, 1]


def test_a_plan_says_what_carries_a_stream_and_what_is_lifted() -> None:
    compiled = plan(
        "<>.a -> streams::trim[t] -> text::concat[c].left\n<>.b -> c.right\nc -> <>\n<>.b -> <>.b"
    )
    assert compiled.streaming
    assert [node.lifted for node in compiled.nodes] == [False, True]
    reads = [*compiled.nodes[0].inputs, *compiled.nodes[1].inputs, *compiled.outputs]
    assert [isinstance(read, Read) and read.stream for read in reads] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_what_is_dropped_of_a_stream_is_a_stream() -> None:
    compiled = plan("<>.a -> text::words[w]\nw.output.0 -> drop", inputs="a: stream<string>")
    assert compiled.dropped[0].stream
    assert compiled.nodes[0].lifted


def test_in_a_flow_with_streams_every_node_has_a_group_of_its_own() -> None:
    compiled = plan("<>.a -> streams::trim[t] -> streams::trim[u] -> <>")
    assert [node.group for node in compiled.nodes] == [0, 1]


def test_a_flow_of_values_has_nothing_of_streams_in_its_plan() -> None:
    compiled = plan("<>.a -> text::upper[u] -> text::upper[v] -> <>\nu -> drop")
    assert not compiled.streaming
    assert [(node.group, node.lifted) for node in compiled.nodes] == [(0, False), (0, False)]
    reads = [*compiled.nodes[0].inputs, *compiled.nodes[1].inputs, *compiled.outputs]
    assert not any(isinstance(read, Read) and read.stream for read in reads)


def test_batches_are_as_large_as_their_author_says() -> None:
    trim = "t: { id: 'streams::trim', batch: 7 }\nu: streams::trim"
    compiled = plan("<>.a -> t -> u -> <>", instances=trim)
    assert [node.batch for node in compiled.nodes] == [7, BATCH]


def test_a_flow_without_nodes_reads_its_inputs() -> None:
    compiled = plan("<>.a -> <>.b")
    assert compiled.outputs == (Read(0, source=wit.ANY, target=wit.ANY, label="<>.a -> <>.b"),)
