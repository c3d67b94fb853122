from __future__ import annotations

import pytest

from tests.graph.components import flow, graphs, manifest, namespaces
from wasmflow.component import Signature, Use
from wasmflow.errors import ProblemsError
from wasmflow.graph.build import build_graphs
from wasmflow.graph.compile import compile_plan
from wasmflow.types import model as wit

NESTED = """
outer:
  flow:
    - <>.text -> self::inner[i].text
    - i -> <>
inner:
  flow:
    - <>.text -> text::upper[u]
    - u -> <>
"""


def test_flows_can_be_written_in_any_order() -> None:
    built = graphs(NESTED)
    assert not built.problems
    assert list(built.definitions) == ["outer", "inner"]
    assert all(isinstance(each, Signature) for each in built.definitions.values())


def test_a_graph_is_found_by_any_spelling_and_made_once() -> None:
    built = graphs("my_flow:\n  flow:\n    - <>.text -> text::upper[u]\n    - u -> <>")
    assert built.graph("my-flow") is built.graph("my_flow", Use({"text": wit.STRING}))


def test_there_is_no_graph_of_an_unknown_flow() -> None:
    with pytest.raises(KeyError):
        graphs(NESTED).graph("other")


def test_the_graph_of_a_flow_with_problems_is_its_problems() -> None:
    built = flow("<>.text -> text::uper[u].text\nu -> <>")
    with pytest.raises(ProblemsError) as caught:
        built.graph("flow")
    assert caught.value.problems == built.problems


def test_a_flow_that_could_not_be_read_has_no_graph() -> None:
    read = manifest("version: 1\ncomponents: { f: { flow: ['1 => <>'] } }")
    with pytest.raises(ProblemsError, match="flow 'f' could not be read"):
        build_graphs(read, namespaces()).graph("f")


def test_a_warning_is_no_reason_to_refuse_a_graph() -> None:
    built = flow("'1 -> <>'", inputs="unused: string")
    assert [problem.warning for problem in built.problems] == [True]
    assert built.graph("flow").signature.inputs[0].name == "unused"


def test_a_manifest_without_flows_has_no_graphs() -> None:
    built = build_graphs(manifest("version: 1"), namespaces())
    assert built.problems == ()
    assert built.definitions == {}


def test_a_flow_may_be_nested_fifty_deep_and_no_deeper() -> None:
    def chain(depth: int) -> str:
        lines = ["f0:\n  flow:\n    - <>.x -> core::log[l].input\n    - l -> <>"]
        lines += [
            f"f{i}:\n  flow:\n    - <>.x -> self::f{i - 1}[f].x\n    - f -> <>"
            for i in range(1, depth)
        ]
        return "\n".join(lines)

    deep = graphs(chain(50))
    assert not deep.problems
    assert deep.graph("f49").signature.outputs[0].type == wit.ANY
    (problem,) = graphs(chain(51)).problems
    assert problem.message == "flow 'f50' has more than 50 flows inside each other"


def test_types_that_double_with_each_instance_are_refused() -> None:
    lines = ["<>.x -> core::merge[m0].a", "<>.x -> m0.b"]
    for i in range(1, 40):
        lines += [f"m{i - 1}.output -> core::merge[m{i}].a", f"m{i - 1}.output -> m{i}.b"]
    problem = flow("\n".join([*lines, "m39.output -> <>"])).problems[0]
    assert problem.message == (
        "'m12' (core::merge): its result has a type of more than 10000 parts"
    )


def test_types_that_nest_with_each_instance_are_refused() -> None:
    lines = ["<>.x -> core::merge[m0].a"]
    lines += [f"m{i - 1}.output -> core::merge[m{i}].a" for i in range(1, 70)]
    problem = flow("\n".join([*lines, "m69.output -> <>"])).problems[0]
    assert "its result has a type that is nested more than 64 levels deep" in problem.message


def test_flows_that_double_with_each_level_are_refused_in_use() -> None:
    source = ["f0:\n  flow:\n    - <>.x -> core::log[l].input\n    - l -> <>"]
    source += [
        f"f{i}:\n  flow:\n"
        f"    - <>.x -> core::merge[a].a\n    - a.output -> self::f{i - 1}[f].x\n"
        f"    - <>.x -> core::merge[b].b\n    - b.output -> self::f{i - 1}[g].x\n"
        f"    - f -> <>.f\n    - g -> <>.g"
        for i in range(1, 40)
    ]
    source.append("top:\n  flow:\n    - '1 -> self::f39[f].x'\n    - f.f -> <>")
    (problem,) = graphs("\n".join(source)).problems[:1]
    assert "sets of types" in problem.message or "more than 10000 parts" in problem.message


def test_ten_thousand_instances_take_seconds_at_most() -> None:
    lines = ["<>.text -> text::upper[u0]"]
    lines += [f"u{i} -> text::upper[u{i + 1}]" for i in range(10_000)]
    built = flow("\n".join([*lines, "u10000 -> <>"]))
    assert not built.problems
    assert len(compile_plan(built.graph("flow")).nodes) == 10_001


def test_a_flow_that_uses_what_could_not_be_opened_has_no_graph() -> None:
    built = flow("<>.a -> broken::thing[t].x\nt.output -> <>")
    assert built.problems == ()
    with pytest.raises(ProblemsError, match="could not be opened"):
        built.graph("flow")
