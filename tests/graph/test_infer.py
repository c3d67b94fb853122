from __future__ import annotations

from dataclasses import replace

from tests.graph.components import flow, graph, graphs
from wasmflow.component import Port, Signature, Use
from wasmflow.graph.build import FlowTemplate
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def inputs(lines: str, **blocks: str) -> dict[str, Port]:
    return {port.name: port for port in graph(lines, **blocks).signature.inputs}


def test_an_input_has_the_type_of_the_port_that_it_feeds() -> None:
    found = inputs("<>.id -> text::find[f]\nf -> <>")
    assert found == {"id": Port("id", wit.U32)}


def test_an_input_has_the_narrowest_type_of_several() -> None:
    lines = "<>.x -> text::level[l].of\n<>.x -> text::upper[u].text\nl -> <>.l\nu -> <>.u"
    assert inputs(lines)["x"].type == wit.Enum(("low", "high"))


def test_an_input_is_optional_if_all_that_it_feeds_is() -> None:
    found = inputs("<>.a -> text::maybe[m].text\n<>.a -> text::greet[g].name\ng -> <>.g\nm -> <>.m")
    assert not found["a"].optional
    found = inputs(
        "<>.a -> text::maybe[m].text\n<>.a -> text::options[o].first\no -> <>.o\nm -> <>.m"
    )
    assert found["a"].optional


def test_an_input_that_feeds_an_output_of_the_flow_is_required() -> None:
    assert not inputs("<>.a -> <>.b")["a"].optional


def test_an_input_that_is_dropped_is_optional_in_either_spelling() -> None:
    for sink in ("drop", "core::drop[d]"):
        assert inputs(f"<>.a -> {sink}\n1 -> <>")["a"].optional
        assert not inputs(f"<>.a -> {sink}\n<>.a -> text::upper[u]\nu -> <>")["a"].optional


def test_an_input_has_the_description_and_default_of_the_only_port_that_it_feeds() -> None:
    found = inputs("<>.name -> text::greet[g]\n<>.with -> g.salutation\ng -> <>")
    assert found["with"].default == "Hello"
    assert found["with"].optional


def test_inputs_that_differ_in_defaults_have_none() -> None:
    lines = "<>.a -> text::greet[g].salutation\n<>.a -> text::maybe[m].text\n<>.n -> g.name"
    found = inputs(lines + "\ng -> <>.g\nm -> <>.m")
    assert found["a"].optional
    assert found["a"].default is EMPTY


def test_what_is_declared_wins() -> None:
    declared = "text: { type: string, optional: true, description: What to say. }"
    port = inputs("<>.text -> text::upper[u]\nu -> <>", inputs=declared)["text"]
    assert port == Port("text", wit.STRING, optional=True, description="What to say.")


def test_what_is_not_declared_is_as_if_the_input_were_not_listed() -> None:
    lines = "<> -> text::greet[g]\ng -> <>"
    plain = inputs(lines)["salutation"]
    assert (plain.optional, plain.default) == (True, "Hello")
    for declared in ("salutation:", "salutation: string", "salutation: { description: '' }"):
        assert inputs(lines, inputs=f"name:\n{declared}")["salutation"] == plain
    described = inputs(lines, inputs="name:\nsalutation: { description: Hi. }")["salutation"]
    assert described == replace(plain, description="Hi.")


def test_an_input_that_is_declared_required_has_no_default() -> None:
    lines = "<> -> text::greet[g]\ng -> <>"
    port = inputs(lines, inputs="name:\nsalutation: { optional: false }")["salutation"]
    assert (port.optional, port.default) == (False, EMPTY)


def test_a_stated_type_does_not_make_optional_what_feeds_a_required_port() -> None:
    lines = "<>.a -> text::greet[g].name\n<>.a -> g.salutation\ng -> <>"
    assert not inputs(lines, inputs="a: string")["a"].optional
    assert inputs(lines, inputs="a: option<string>")["a"].optional


def test_a_declared_default_makes_an_input_optional() -> None:
    built = graph(
        "<>.text -> text::upper[u]\nu -> <>", inputs="text: { type: string, default: '\"hm\"' }"
    )
    assert built.signature.inputs[0].optional
    assert built.defaults == ("hm",)


def test_an_output_has_the_type_and_description_of_what_feeds_it() -> None:
    built = graph("<>.id -> text::find[f]\nf.age -> <>.years\nf -> <>")
    types = {port.name: port.type for port in built.signature.outputs}
    assert types["years"] == wit.U32
    assert isinstance(types["output"], wit.Record)


def test_a_constant_gives_an_output_its_own_type() -> None:
    built = graph("'1 -> <>.a'\n'1.5 -> <>.b'\n'\"x\" -> <>.c'\n'[1] -> <>.d'\n'true -> <>.e'")
    types = [port.type for port in built.signature.outputs]
    assert types == [wit.S64, wit.F64, wit.STRING, wit.ANY, wit.BOOL]


def test_what_nothing_determines_is_generic_inside_and_any_at_the_edge() -> None:
    built = flow("<>.a -> core::merge[m].a\n<>.b -> m.b\nm -> <>")
    template = built.definitions["flow"]
    assert isinstance(template, FlowTemplate)
    assert [port.type for port in template.outline.inputs] == [None, None]
    edge = template.signature(Use())
    assert isinstance(edge, Signature)
    assert [port.type for port in edge.inputs] == [wit.ANY, wit.ANY]


def test_a_generic_flow_takes_the_types_of_its_use() -> None:
    source = """
pair:
  flow:
    - <>.a -> core::merge[m].a
    - <>.b -> m.b
    - m -> <>
user:
  flow:
    - <>.id -> text::find[f]
    - f.age -> self::pair[p].a
    - f.first-name -> p.b
    - p -> <>
"""
    built = graphs(source)
    assert not built.problems
    user = built.graph("user")
    assert user.signature.outputs[0].type == wit.Record(
        (wit.Part("a", wit.U32), wit.Part("b", wit.STRING))
    )
    inner = built.graph("pair", user.nodes[1].use)
    assert [port.type for port in inner.signature.inputs] == [wit.U32, wit.STRING]
    assert built.graph("pair", user.nodes[1].use) is inner


def test_a_generic_flow_stays_generic_in_a_generic_flow() -> None:
    source = """
inner:
  flow:
    - <>.a -> core::log[l].input
    - l -> <>
outer:
  flow:
    - <>.x -> self::inner[i].a
    - i -> <>
"""
    built = graphs(source)
    outer = built.definitions["outer"]
    assert isinstance(outer, FlowTemplate)
    signature = outer.signature(Use({"x": wit.CHAR}))
    assert isinstance(signature, Signature)
    assert signature.outputs[0].type is wit.CHAR


def test_an_unconnected_input_of_a_generic_flow_is_any() -> None:
    source = """
inner:
  flow:
    - <>.a -> core::first[f].a
    - <>.b -> f.b
    - f -> <>
outer:
  flow:
    - '"x" -> self::inner[i].a'
    - i -> <>
"""
    built = graphs(source)
    assert not built.problems
    assert built.graph("outer").nodes[0].signature.inputs[1].type == wit.ANY


def test_types_of_a_closed_flow_are_all_determined() -> None:
    built = graph(
        "'\"no\" -> core::fail[f].message'\nf -> <>\nnow.output -> core::log[l]\nl -> <>.t",
        instances="now: text::now",
    )
    for node in built.nodes:
        assert all(
            port.type is not None for port in (*node.signature.inputs, *node.signature.outputs)
        )
    for connection in built.connections:
        assert connection.source_type is not None
        assert connection.target_type is not None
