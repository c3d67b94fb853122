"""What is a stream in a flow, what is in step, and what is lifted.

A flow is written as its connections, and what it should be as its ports: ``a~0 b -> output~0 | u``
takes a stream and a value, gives a stream in step with the first, and calls `u` for each element.
"""

from __future__ import annotations

import pytest

from tests.graph.components import flow, graph, graphs, messages
from wasmflow.component import Port
from wasmflow.graph.graph import Graph


def ports(ports: tuple[Port, ...]) -> str:
    return " ".join(port.name + ("" if port.step is None else f"~{port.step}") for port in ports)


def shape(graph: Graph) -> str:
    lifted = [node.name for node in graph.nodes if node.lifted]
    signature = f"{ports(graph.signature.inputs)} -> {ports(graph.signature.outputs)}"
    return f"{signature} | {' '.join(lifted)}".strip(" |")


TRIM, UPPER, JOIN = "streams::trim[t]", "text::upper[u]", "text::concat[j]"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # values only
        (f"<>.a -> {UPPER} -> <>", "a -> output"),
        # an input is a stream if it feeds a stream port
        (f"<>.a -> {TRIM} -> <>", "a~0 -> output~0"),
        (f"<>.a -> {TRIM} -> <>\n<>.a -> {UPPER} -> <>.up", "a~0 -> output~0 up~0 | u"),
        # or if it alone could give one to a stream port, through values of components
        (f"<>.a -> {UPPER} -> {TRIM} -> <>", "a~0 -> output~0 | u"),
        (f"<>.a -> {JOIN}.left\n<>.a -> j.right\nj -> {TRIM} -> <>", "a~0 -> output~0 | j"),
        (f"<>.a -> {UPPER}\nu.<error>.message -> {TRIM} -> <>", "a~0 -> output~0 | u"),
        # not if a stream is there already, or another input is one
        ("<>.a -> streams::each[e]\ne -> streams::trim[t] -> <>", "a -> output~0"),
        (
            f"<>.a -> {TRIM}\n<>.a -> {JOIN}.left\n<>.b -> j.right\nt -> <>.t\n"
            "j -> streams::lines[l] -> <>.l",
            "a~0 b -> t~0 l~1 | j",
        ),
        # not through a reducer
        ("<>.n -> streams::sum[s]\ns -> streams::numbers[f].from\nf -> streams::scale[x].number\n"
         "'2 -> x.by'\nx -> <>", "n~0 -> output~1"),
        # a value on a stream port is a stream of one
        ('\'"x" -> streams::trim[t]\'\nt -> <>', "-> output~0"),
        ("text::now[n] -> text::find[f].id\nf.first-name -> streams::trim[t] -> <>", "-> output~0"),
        # what is not in step begins a step
        ("<>.a -> streams::lines[l] -> <>", "a~0 -> output~1"),
        ("<>.a -> streams::numbers[n].from\nn -> <>", "a -> output~0"),
        ("<>.n -> streams::sum[s] -> <>", "n~0 -> output"),
        ("<>.t -> streams::parts[p]\np.line -> <>.l\np.word -> <>.w\np.count -> <>.c",
         "t~0 -> l~0 w~1 c"),
        # inputs that meet are fed in step
        ("<>.line -> streams::label[l].line\n<>.number -> l.number\nl -> <>",
         "line~0 number~0 -> output~0"),
        (f"<>.a -> {TRIM}\n<>.b -> streams::trim[o]\nt -> {JOIN}.left\no -> j.right\nj -> <>",
         "a~0 b~0 -> output~0 | j"),
        (f"<>.a -> {TRIM}\n<>.b -> streams::trim[o]\nt -> <>.t\no -> <>.o", "a~0 b~1 -> t~0 o~1"),
        (
            f"<>.a -> {TRIM}\n<>.b -> streams::trim[o]\n<>.c -> streams::trim[p]\n"
            f"t -> {JOIN}.left\no -> j.right\no -> text::concat[k].left\np -> k.right\nk -> <>\nj -> drop",
            "a~0 b~0 c~0 -> output~0 | j k",
        ),
        ("<>.a -> streams::pair[p].left\n<>.b -> p.right\np -> <>", "a~0 b~1 -> output~2"),
        # a value is held beside a stream
        (f"<>.a -> {TRIM}\nt -> {JOIN}.left\n<>.b -> j.right\nj -> <>", "a~0 b -> output~0 | j"),
        ("<>.a -> streams::label[l].line\n<>.p -> l.prefix\n'5 -> l.number'\nl -> <>",
         "a~0 p -> output~0"),
        # what makes streams of values is lifted too
        (f"<>.a -> {TRIM}\nt -> text::words[w]\nw -> streams::each[e] -> <>",
         "a~0 -> output~1 | w e"),
        # its values are in step with what it is lifted by
        ("<>.t -> streams::trim[t] -> streams::both[p].text\np.line -> <>.l\np.count -> <>.c\n"
         "p.<error> -> <>.e", "t~0 -> l~1 c~0 e~2 | p"),
        ("<>.t -> streams::trim[t] -> streams::both[p].text\np.line -> drop\nt -> b.first-name\n"
         "p.count -> text::name-badge[b].age\nb -> <>", "t~0 -> output~0 | p b"),
        ("<>.t -> streams::both[p].text\np.line -> drop\np.count -> streams::sum[s] -> <>",
         "t~0 -> output | p"),
        # failures
        (f"<>.a -> {TRIM}\nt -> <>\nt.<error> -> <>.e", "a~0 -> output~0 e~0"),
        (f"<>.a -> {TRIM}\nt -> {UPPER}\nu -> <>\nu.<error> -> <>.e", "a~0 -> output~0 e~0 | u"),
        ("<>.a -> streams::lines[l] -> <>\nl.<error> -> <>.e", "a~0 -> output~1 e~2"),
        ("<>.n -> streams::sum[s] -> <>\ns.<error> -> <>.e", "n~0 -> output e"),
        ("<>.a -> streams::show[s]\ns.<error> -> <>.e", "a~0 -> e~1"),
        ("<>.a -> streams::numbers[n].from\nn -> <>\nn.<error> -> <>.e", "a -> output~0 e~1"),
        # parts, and what leads through the flow
        ("<>.a -> streams::trim[t]\n<>.a -> <>.same\nt -> drop", "a~0 -> same~0"),
    ],
)  # fmt: skip
def test_steps_of_a_flow(lines: str, expected: str) -> None:
    assert shape(graph(lines)) == expected


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ("a: stream<string>", "", "a~0 -> output~0 | u"),
        ("a:", "output: stream<string>", "a~0 -> output~0 | u"),
        ("a: string", "output: stream<string>", "a -> output~0"),
        ("a: stream<string>", "output: stream<string>", "a~0 -> output~0 | u"),
        ("a: { type: string, description: One. }", "output: string", "a -> output"),
    ],
)
def test_what_is_stated_wins(inputs: str, outputs: str, expected: str) -> None:
    blocks = {"inputs": inputs, "outputs": outputs} if outputs else {"inputs": inputs}
    assert shape(graph(f"<>.a -> {UPPER} -> <>", **blocks)) == expected


def test_an_input_that_is_stated_to_be_a_value_may_feed_a_stream_port() -> None:
    assert shape(graph(f"<>.a -> {TRIM} -> <>", inputs="a: string")) == "a -> output~0"
    lines = f"<>.a -> {JOIN}.left\n<>.b -> j.right\nj -> {TRIM} -> <>"
    assert shape(graph(lines, inputs="a: string\nb:")) == "a b~0 -> output~0 | j"
    assert shape(graph(lines, inputs="a: string\nb: string")) == "a b -> output~0"
    assert shape(graph(lines, inputs="a: stream<string>\nb:")) == "a~0 b -> output~0 | j"


def test_connections_have_the_step_of_what_they_carry() -> None:
    built = graph(f"<>.a -> {TRIM} -> {UPPER} -> <>\n<>.b -> text::greet[g] -> <>.g")
    assert {each.label: each.step for each in built.connections} == {
        "<>.a -> t.line": 0,
        "t.output -> u.text": 0,
        "u.output -> <>.output": 0,
        "<>.b -> g.name": None,
        "g.output -> <>.g": None,
    }


def test_several_inputs_that_could_be_the_stream_are_a_problem() -> None:
    built = flow(f"<>.a -> {JOIN}.left\n<>.b -> j.right\nj -> {TRIM} -> <>")
    (problem,) = built.problems
    assert problem.message == (
        "'t.line' takes a stream, and any of the flow's inputs 'a', 'b' could give it"
    )
    assert problem.hint == "state in `inputs` which is one, as in a: stream<string>"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            f"<>.a -> {TRIM} -> text::upper[u] -> {JOIN}.left\n<>.w -> streams::each[e] -> j.right\nj -> <>",
            "'j' (text::concat) gets streams that are not in step: 'u.output' (in step with '<>.a') on "
            "'left' and 'e.output' on 'right'",
        ),
        (
            "<>.w -> streams::each[e]\n<>.from -> streams::numbers[n]\n"
            "e -> streams::label[l].line\nn -> l.number\nl -> <>",
            "'l' (streams::label) gets streams that are not in step: 'e.output' on 'line' and "
            "'n.output' on 'number'",
        ),
        (
            "<>.a -> streams::lines[l]\n<>.a -> text::concat[j].left\nl -> j.right\nj -> <>",
            "'j' (text::concat) gets streams that are not in step: '<>.a' on 'left' and 'l.output' on "
            "'right'",
        ),
        (
            "<>.n -> streams::scale[s].number\ns -> streams::scale[t].by\n'1 -> s.by'\n<>.m -> t.number\n"
            "t -> <>",
            "'t.by' takes one value, but 's.output' sends a stream",
        ),
    ],
)
def test_streams_that_cannot_meet_are_a_problem(lines: str, message: str) -> None:
    assert messages(lines) == [message]


def test_streams_that_do_not_meet_in_one_place_may_have_steps_of_their_own() -> None:
    lines = "<>.w -> streams::each[e]\n<>.a -> streams::lines[l]\ne -> streams::pair[p].left\nl -> p.right"
    assert shape(graph(f"{lines}\np -> <>")) == "w a~0 -> output~1"


def test_a_stated_value_takes_no_stream() -> None:
    (problem,) = flow(f"<>.a -> {TRIM} -> <>", outputs="output: string").problems
    assert (
        problem.message
        == "output 'output' of the flow is one string, but 't.output' sends a stream"
    )
    assert problem.hint == "state it as stream<string>"


def test_a_flow_of_values_is_lifted_as_a_whole() -> None:
    source = """
both:
  flow:
    - <>.name -> text::upper[u] -> text::greet[g] -> <>
user:
  flow:
    - <>.names -> streams::trim[t] -> self::both[b] -> <>
"""
    assert shape(graphs(source).graph("user")) == "names~0 -> output~0 | b"


def test_a_generic_flow_is_lifted_too() -> None:
    source = """
same:
  flow:
    - <>.a -> core::merge[m].a
    - m -> <>
user:
  flow:
    - <>.names -> streams::trim[t] -> self::same[s] -> <>
"""
    assert shape(graphs(source).graph("user")) == "names~0 -> output~0 | s"


def test_a_flow_with_streams_is_a_component_with_streams() -> None:
    source = """
inner:
  flow:
    - <>.x -> streams::label[l].line
    - <>.y -> l.number
    - l -> <>.labelled
    - <>.x -> streams::lines[m] -> <>.lines
outer:
  flow:
    - <>.a -> self::inner[i].x
    - <>.b -> i.y
    - i.labelled -> text::upper[u] -> <>
    - i.lines -> <>.lines
    - i.<error> -> <>.errors
"""
    built = graphs(source)
    assert built.problems == ()
    assert shape(built.graph("inner")) == "x~0 y~0 -> labelled~0 lines~1"
    assert shape(built.graph("outer")) == "a~0 b~0 -> output~0 lines~1 errors~2 | u"


def test_of_a_flow_whose_streams_are_wrong_nothing_is_said_where_it_is_used() -> None:
    source = f"""
inner:
  flow:
    - <>.a -> {JOIN}.left
    - <>.b -> j.right
    - j -> streams::trim[t] -> <>
outer:
  flow:
    - <>.w -> streams::each[e] -> self::inner[i].a
    - <>.n -> streams::lines[l] -> i.b
    - i -> <>
"""
    (problem,) = graphs(source).problems
    assert "takes a stream" in problem.message
