from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.manifest.documents import component, flow, problems_of, read, read_component
from wasmflow.manifest.connection import format_connection
from wasmflow.manifest.flow import Flow, read_flow
from wasmflow.manifest.model import Component, End, Instance, Role
from wasmflow.manifest.tree import Scalar
from wasmflow.packet import EMPTY
from wasmflow.problem import Place, Problem


def lines_of(found: Component | Flow) -> list[str]:
    return [format_connection(connection) for connection in found.connections]


def ids(found: Component | Flow) -> dict[str, str]:
    return {name: f"{each.namespace}::{each.component}" for name, each in found.instances.items()}


def read_lines(*lines: str) -> tuple[Flow, list[Problem]]:
    problems: list[Problem] = []
    return read_flow([Scalar(line) for line in lines], {}, problems), problems


def test_connections_have_the_place_of_each_end() -> None:
    (connection,) = read(flow("'a.b   -> c.d'")).components["c"].connections
    assert connection.place == connection.source.place == Place("flow.yaml", 5, 10)
    assert connection.target.place == Place("flow.yaml", 5, 19)


def test_instances_written_in_connections_are_instances() -> None:
    found = read_component("""
        instances:
          join: text::concat
        flow:
          - join -> text::greet[g].name
          - g.output -> <>
        """)
    assert ids(found) == {"join": "text::concat", "g": "text::greet"}
    assert found.instances["g"].place == Place("flow.yaml", 7, 17)
    assert lines_of(found) == ["join -> g.name", "g.output -> <>"]


def test_a_named_instance_can_be_written_several_times() -> None:
    found, problems = read_lines("text::a[x_1].p -> b.q", "text::a[x-1].r -> b.s", "x_1 -> c")
    assert not problems
    assert ids(found) == {"x_1": "text::a"}


def test_each_instance_without_a_name_is_its_own() -> None:
    found, problems = read_lines("text::up[] -> text::up[]", "a -> text::api.up[] -> <>")
    assert not problems
    assert ids(found) == {"up-1": "text::up", "up-2": "text::up", "up-3": "text::api.up"}
    assert lines_of(found) == ["up-1 -> up-2", "a -> up-3", "up-3 -> <>"]


def test_a_made_up_name_is_one_that_nothing_mentions() -> None:
    found, _ = read_lines("text::up[] -> up_1.x", "text::up[up-2] -> a")
    assert ids(found) == {"up-3": "text::up", "up-2": "text::up"}


def test_the_name_of_an_odd_component_is_made_fit() -> None:
    found, _ = read_lines("t::a.b_c[] -> x", "t::…[] -> x", "t::a:b/c@1[] -> x")
    assert list(found.instances) == ["b-c-1", "instance-1", "a-b-c-1-1"]


def test_one_name_cannot_stand_for_two_components() -> None:
    body = """
        instances:
          g: text::concat
        flow:
          - a -> text::concat[g].left
          - a -> text::greet[g].name
        """
    assert problems_of(component(body)) == [
        "8:14: instance 'g' is text::concat at flow.yaml:5:7. Hint: call this one by another name"
    ]


def test_an_instance_written_on_a_later_line_wins_over_a_constant() -> None:
    found, _ = read_lines("true -> a.b", "text::up[true] -> c")
    assert found.connections[0].source == End(Role.INSTANCE, "true")


def test_a_block_says_the_same_as_a_line() -> None:
    found = read_component("""
        flow:
          - { from: a.output, to: b.name }
          - { from: '{"a": 1}', to: { instance: b, port: x } }
          - from: { instance: "text::up[u]", port: output, path: [user, first name, 0] }
            to: <>
          - { from: { instance: <>, port: y }, to: drop }
          - { from: { instance: a, port: <error> }, to: { instance: b } }
        """)
    assert lines_of(found) == [
        "a.output -> b.name",
        '{"a":1} -> b.x',
        'u.output.user."first name".0 -> <>',
        "<>.y -> drop",
        "a.<error> -> b",
    ]
    assert ids(found) == {"u": "text::up"}


def test_a_default_is_json_text_or_itself() -> None:
    found = read_component("""
        flow:
          - { from: a, to: b.a, default: '"none"' }
          - { from: a, to: b.b, default: '{"a": [1]}' }
          - { from: a, to: b.c, default: { a: [x] } }
          - { from: a, to: b.d, default: 5 }
          - { from: a, to: b.e, default: null }
          - { from: a, to: b.f }
        """)
    defaults = [connection.default for connection in found.connections]
    assert defaults == ["none", {"a": [1]}, {"a": ["x"]}, 5, None, EMPTY]
    assert found.connections[0].default_place == Place("flow.yaml", 5, 38)


def test_a_default_that_is_no_json_text_is_told_how_to_write_a_string() -> None:
    (problem,) = problems_of(flow("{ from: a, to: b, default: it's none }"))
    assert problem.startswith("5:36: this default is not JSON")
    assert problem.endswith("""a string has quotes of its own: '"it''s none"'""")


def test_the_problems_of_all_lines_are_told_at_once() -> None:
    problems = problems_of(
        flow(
            "a b",
            "a -> 5",
            "{ from: a -> b, to: c }",
            "c -> d",
            "{ from: { instance: a.b }, to: c }",
        )
    )
    assert [problem.partition(". Hint")[0] for problem in problems] == [
        "5:11: '->' must follow here, not 'b'",
        "6:14: a constant takes nothing",
        "7:17: this is a whole connection and not one end of it",
        "9:29: a port is written under 'port' here",
    ]


def test_a_block_has_its_constants_and_paths_where_they_belong() -> None:
    problems = problems_of(
        flow(
            """{ from: { instance: '"x"' }, to: b }""",
            "{ from: { instance: a, path: [x] }, to: b }",
        )
    )
    assert problems == [
        "5:30: this is a constant, not an instance. Hint: write the constant in place of the block: '\"x\"'",
        "6:29: a path begins at a port. Hint: add 'port'",
    ]


def test_a_line_that_yaml_cuts_at_a_comment_is_told_so() -> None:
    (problem,) = problems_of(flow('a."first #1" -> b'))
    assert "YAML takes what follows ' #' for a comment" in problem
    assert problems_of(flow("a.b -> c   # a comment")) == []


@given(st.lists(st.text(alphabet='ab<>-.:[]"\\ 0,{}truedop', max_size=30), max_size=4))
def test_any_lines_are_connections_or_problems(lines: list[str]) -> None:
    found, problems = read_lines(*lines)
    assert len(problems) <= len(lines)
    assert len(found.connections) >= len(lines) - len(problems)
    for connection in found.connections:
        for end in (connection.source, connection.target):
            assert end.role is not Role.INSTANCE or end.instance
    assert all(isinstance(each, Instance) for each in found.instances.values())
