from __future__ import annotations

import pytest

from tests.graph.components import connections, flow, graphs, messages


def test_a_missing_port_on_the_right_is_the_one_with_the_name_of_the_left() -> None:
    assert connections(
        """
        <>.right -> text::concat[c]
        <>.left -> c
        c.output -> <>.output
        """
    ) == ["<>.right -> c.right", "<>.left -> c.left", "c.output -> <>.output"]


def test_a_missing_port_on_the_left_is_the_one_with_the_name_of_the_right() -> None:
    assert connections(
        """
        <>.text -> text::split[s].text
        s -> <>.tail
        <>.id -> text::find[f].id
        f -> <>.age
        """
    )[1::2] == ["s.tail -> <>.tail", "f.age -> <>.age"]


def test_a_missing_port_on_the_left_is_else_the_output() -> None:
    lines = "<>.text -> text::upper[u].text\nu -> text::greet[g].name\ng -> <>.said"
    assert connections(lines)[1:] == ["u.output -> g.name", "g.output -> <>.said"]


def test_a_missing_port_on_the_right_is_else_the_only_open_input() -> None:
    assert connections("<>.first_name -> text::upper[u]\nu -> <>")[0] == "<>.first_name -> u.text"


def test_the_only_open_input_is_the_only_required_one() -> None:
    lines = "<>.who -> text::greet[g]\ng -> <>"
    assert connections(lines)[0] == "<>.who -> g.name"


def test_the_only_open_input_may_be_the_only_optional_one() -> None:
    lines = "<>.who -> text::maybe[m]\nm -> <>"
    assert connections(lines, instances="m: { id: 'text::maybe', with: { limit: 3 } }")[0] == (
        "<>.who -> m.text"
    )


def test_several_open_inputs_are_listed() -> None:
    assert messages("<>.who -> text::concat[c]\nc -> <>") == [
        "it is not clear which input of 'c' (text::concat) this feeds: 'left', 'right' are open"
    ]


def test_an_input_that_is_connected_or_pinned_by_name_is_not_open() -> None:
    pinned = "c: { id: 'text::concat', with: { left: x } }"
    assert connections("<>.who -> c\nc -> <>", instances=pinned)[0] == "<>.who -> c.right"
    named = "<>.a -> text::concat[c]\n<>.b -> c.left\nc -> <>"
    assert connections(named)[:2] == ["<>.a -> c.right", "<>.b -> c.left"]


def test_the_order_of_lines_does_not_matter() -> None:
    lines = ["<>.left -> text::concat[c]", "<>.b -> c", "c -> <>.out"]
    expected = {"<>.left -> c.left", "<>.b -> c.right", "c.output -> <>.out"}
    assert set(connections("\n".join(lines))) == expected
    assert set(connections("\n".join(lines[::-1]).replace("c]", "c]"))) == expected


def test_the_name_of_a_path_is_its_last() -> None:
    lines = (
        "<>.id -> text::find[f].id\nf.output.first-name -> text::name-badge[b]\nf.age -> b\nb -> <>"
    )
    assert connections(lines)[1:3] == [
        "f.output.first-name -> b.first-name",
        "f.age -> b.age",
    ]


def test_an_index_is_no_name() -> None:
    lines = "<>.text -> text::words[w].text\nw.output.0 -> <>"
    assert connections(lines)[1] == "w.output.0 -> <>.output"


def test_a_chain_leads_from_output_to_the_only_open_input() -> None:
    lines = "<>.a -> text::upper[u]\nu -> text::greet[g] -> text::upper[v] -> <>"
    assert connections(lines)[1:] == [
        "u.output -> g.name",
        "g.output -> v.text",
        "v.output -> <>.output",
    ]


def test_a_chain_gives_every_open_input_the_output_of_its_name() -> None:
    lines = "<>.id -> text::find[f]\nf -> text::name-badge[b] -> <>"
    assert connections(lines)[1:3] == ["f.first-name -> b.first-name", "f.age -> b.age"]


def test_a_chain_without_common_names_is_a_problem_that_lists_both_sides() -> None:
    (problem,) = flow("<>.text -> text::split[s]\ns -> text::concat[c]\nc -> <>").problems
    assert problem.message == (
        "it is not clear what 's -> c' connects: 's' gives 'head', 'tail', 'c' takes 'left', 'right'"
    )
    assert problem.hint == "name both ports: s.head -> c.left"


def test_the_flow_feeds_each_open_input_by_its_name() -> None:
    lines = "<> -> text::greet[g]\ng -> <>"
    assert connections(lines)[:2] == ["<>.name -> g.name", "<>.salutation -> g.salutation"]


def test_the_flow_feeds_only_inputs_that_it_lists() -> None:
    lines = "<> -> text::greet[g]\ng -> <>"
    assert connections(lines, inputs="name: string")[:1] == ["<>.name -> g.name"]


def test_the_flow_feeding_nothing_of_the_names_that_it_lists_is_told() -> None:
    (problem,) = flow("<> -> text::upper[u]\nu -> <>", inputs="q: string").problems
    assert problem.message == (
        "no input of the flow ('q') has the name of the open input of 'u' (text::upper): 'text'"
    )
    assert problem.hint == "list 'text' in `inputs`, or name both: <>.q -> u.text"
    assert connections("<>.q -> text::upper[u].text\nu -> <>", inputs="q: string")


def test_a_flow_that_lists_no_inputs_feeds_none() -> None:
    source = "flow:\n  inputs: {}\n  flow:\n    - <> -> text::concat[c]\n    - c -> <>"
    (problem,) = graphs(source).problems
    assert problem.message == (
        "no input of the flow has the name of an open input of 'c' (text::concat): 'left', 'right'"
    )
    assert problem.hint == "list 'left', 'right' in `inputs`"


def test_a_constant_goes_to_the_only_open_input() -> None:
    assert connections("'\"Jane\" -> text::greet[g]'\ng -> <>")[0] == '"Jane" -> g.name'


def test_what_nothing_names_is_the_output_of_the_flow() -> None:
    assert connections("'\"Jane\" -> <>'") == ['"Jane" -> <>.output']


def test_what_nothing_names_is_the_only_output_that_the_flow_lists() -> None:
    assert connections("'\"Jane\" -> <>'", outputs="name: string") == ['"Jane" -> <>.name']


def test_a_component_with_any_input_takes_the_name_of_the_left() -> None:
    lines = "<>.a -> core::merge[m]\n<>.b -> m.c\nm -> <>"
    assert connections(lines)[:2] == ["<>.a -> m.a", "<>.b -> m.c"]


INTO_ANY = "<> -> core::merge[m]\nm -> <>"


def test_a_component_with_any_input_takes_every_input_that_the_flow_lists() -> None:
    inputs = "b: string\na: u32"
    assert connections(INTO_ANY, inputs=inputs)[:2] == ["<>.b -> m.b", "<>.a -> m.a"]
    lines = f"<>.a -> text::find[f] -> m.b\n{INTO_ANY}"
    assert "<>.b -> m.b" not in connections(lines, inputs="a: u32")
    fed = ["<>.a -> m.b", "<>.a -> m.a"]
    assert connections(f"<>.a -> m.b\n{INTO_ANY}", inputs=inputs.replace("b: string", "c: u8"))[
        :3
    ] == [fed[0], "<>.c -> m.c", fed[1]]


@pytest.mark.parametrize("component", ["first", "interleave", "concat", "zip", "race"])
def test_every_component_with_any_input_does(component: str) -> None:
    lines = f"<> -> core::{component}[x]\nx -> <>"
    assert connections(lines, inputs="b: string\na: string")[:2] == ["<>.b -> x.b", "<>.a -> x.a"]


def test_the_outputs_of_a_flow_take_every_input_that_it_lists() -> None:
    assert connections("<> -> <>", inputs="b: string\na: string") == [
        "<>.b -> <>.b",
        "<>.a -> <>.a",
    ]


def test_where_the_flow_lists_no_inputs_it_is_said_what_to_write() -> None:
    (problem,) = flow(INTO_ANY).problems
    assert problem.message.endswith("of 'm' (core::merge) this feeds: it may have any")
    assert problem.hint == "name each: <>.NAME -> m.NAME; or list the flow's inputs in `inputs`"
    (problem,) = graphs("flow: { inputs: {}, flow: ['<> -> core::merge[m]', 'm -> <>'] }").problems
    assert problem.message == "nothing leads to 'm' (core::merge) here: `inputs` lists none"


def test_what_is_fed_by_name_is_left_out() -> None:
    lines = f"<>.b -> text::find[f] -> m.a\n{INTO_ANY}\n<>.a -> <>.a"
    assert connections(lines, inputs="a: u8\nb: u8")[:3] == [
        "<>.b -> f.id",
        "f.output -> m.a",
        "<>.b -> m.b",
    ]
    lines = f"'1 -> m.a'\n<>.a -> <>.a\n{INTO_ANY}"
    (problem,) = flow(lines, inputs="a: u8").problems
    assert problem.message == (
        "every input of 'm' (core::merge) with the name of an input of the flow ('a') is fed already"
    )


MERGE = "m: { id: core::merge, with: { inputs: [a, b] } }"


def test_a_component_whose_constants_list_its_inputs_takes_these() -> None:
    lines = "<> -> m\nm -> <>"
    fed = ["<>.a -> m.a", "<>.b -> m.b"]
    assert connections(lines, instances=MERGE)[:2] == fed
    inputs = "b: u8\nc: u8\na: u8"
    built = flow(lines, instances=MERGE, inputs=inputs)
    assert [each.label for each in built.graph("flow").connections][:2] == fed
    assert connections("'1 -> m.b'\n'2 -> m'\nm -> <>", instances=MERGE)[:2] == [
        "1 -> m.b",
        "2 -> m.a",
    ]


def test_an_input_that_constants_do_not_list_is_told() -> None:
    (problem,) = flow("<>.a -> m\n<>.b -> m\n<>.aa -> m.aa\nm -> <>", instances=MERGE).problems
    assert problem.message == "'m' (core::merge) has no input 'aa'"
    assert problem.hint == "did you mean 'a'?"


def test_a_component_with_any_input_wants_a_name() -> None:
    (problem,) = flow("'\"x\" -> core::merge[m]'\nm -> <>").problems
    assert (
        problem.message
        == "it is not clear which input of 'm' (core::merge) this feeds: it may have any"
    )
    assert problem.hint == 'name it: "x" -> m.NAME'


def test_names_are_compared_with_underscore_as_hyphen_and_printed_as_first_written() -> None:
    lines = "<>.first_name -> text::name_badge[b].first_name\n<>.first-name -> text::upper[u]\n<>.age -> b"
    built = flow(lines + "\nb -> <>\nu -> <>.loud")
    assert not built.problems
    assert [port.name for port in built.graph("flow").signature.inputs] == ["first_name", "age"]


def test_the_error_port_is_connected_by_name_only() -> None:
    lines = "<>.a -> text::upper[u]\nu.<error>.message -> <>\nu.<error> -> <>.problem\nu -> <>.out"
    assert connections(lines)[1:3] == ["u.<error>.message -> <>.message", "u.<error> -> <>.problem"]


def test_an_unknown_instance_is_told_once_and_silences_what_depends_on_it() -> None:
    lines = "<>.who -> gret.name\ngret -> text::upper[u]\ngret.output -> <>\nu -> <>.loud"
    (problem,) = flow(lines, instances="greet: text::greet").problems[:1]
    assert problem.message == "there is no instance 'gret'"
    assert problem.hint == "did you mean 'greet'?"


def test_an_unknown_port_does_not_also_count_as_a_missing_one() -> None:
    lines = "<>.a -> text::concat[c].lefft\n<>.b -> c.right\nc -> <>"
    (problem,) = flow(lines).problems
    assert problem.message == "'c' (text::concat) has no input 'lefft'"
    assert problem.hint == "did you mean 'left'?"


def test_every_input_of_an_instance_being_fed_is_told() -> None:
    lines = "<>.a -> text::upper[u].text\n<>.b -> u\nu -> <>"
    assert messages(lines) == ["every input of 'u' (text::upper) is fed already"]


def test_an_instance_without_inputs_takes_nothing() -> None:
    assert messages("<>.a -> text::now[n]\nn -> <>") == ["'n' (text::now) has no inputs"]


def test_dropping_the_flow_s_input_needs_its_name() -> None:
    assert messages("<> -> drop") == ["it is not clear which input of the flow this drops"]
