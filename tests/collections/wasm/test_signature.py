from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import wasmtime
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from wasmtime.component import Component

from tests.assembled import (
    TEXT,
    Function,
    Raw,
    assemble,
    component_type,
    function,
    interface,
    lenient,
    root,
)
from tests.strategies import types
from wasmflow.collections.wasm import introspection
from wasmflow.collections.wasm.binary import read_binary
from wasmflow.collections.wasm.engine import process_engine
from wasmflow.collections.wasm.loading import load
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, PortNotes
from wasmflow.collections.wasm.signature import Export, Exports, StreamExport, opened, read_exports
from wasmflow.component import Port
from wasmflow.packet import EMPTY
from wasmflow.types import model as wit


def exports(*declarations: str, **notes: ComponentNotes) -> Exports:
    return read_exports(component_type(*declarations), lenient(), Metadata(components=notes))


def of_text(*functions: Function | Raw, declare: str = "", **notes: ComponentNotes) -> Exports:
    return exports(interface(*functions, declare=declare), **notes)


def functions(found: Exports) -> Mapping[str, Export]:
    """The components that are functions."""
    return {name: each for name, each in found.components.items() if isinstance(each, Export)}


def of_resource(found: Exports, name: str = "r") -> StreamExport:
    """A component that is a resource, or the reason why it is none."""
    export = found.components.get(name)
    assert isinstance(export, StreamExport), dict(found.refused)
    return export


def reread(type_: wit.Type) -> wit.Type | None:
    """How a type is read from a binary that was assembled with it."""
    return functions(of_text(function("f", x=type_)))["f"].parameters[0].type


def named(type_: wit.Type | None) -> str | None:
    assert isinstance(type_, wit.Record | wit.Variant | wit.Enum | wit.Flags)
    return type_.name


RED = wit.Enum(("red", "green"), "colour")
POINT = wit.Record((wit.Part("x", wit.U8), wit.Part("y", wit.U8)), "point")


def test_a_function_of_an_interface_is_a_component() -> None:
    concat = function("concat", wit.F32, left=wit.STRING, right=wit.U8)
    export = functions(of_text(concat))["concat"]
    assert (export.interface, export.function) == (TEXT, "concat")
    assert export.parameters == (wit.Part("left", wit.STRING), wit.Part("right", wit.U8))
    assert export.result == wit.F32
    assert export.signature.inputs == (Port("left", wit.STRING), Port("right", wit.U8))
    assert export.signature.outputs == (Port("output", wit.F32),)


def test_a_function_at_the_root_is_a_component() -> None:
    export = functions(exports(root(function("shout", text=wit.STRING))))["shout"]
    assert (export.interface, export.function, export.signature.name) == (None, "shout", "shout")


@given(types())
@settings(max_examples=60, deadline=None)
def test_every_type_is_read_as_it_was_declared(type_: wit.Type) -> None:
    # Only the name tells such a record from a JSON value, and these have none.
    assume("name='json', type=STRING" not in repr(type_))
    assert reread(type_) == type_


@pytest.mark.parametrize("scalar", list(wit.Scalar))
def test_every_scalar_is_read(scalar: wit.Scalar) -> None:
    assert reread(scalar) == scalar


@pytest.mark.parametrize(
    "type_",
    [
        POINT,
        RED,
        wit.Variant((wit.Part("none", None), wit.Part("some", wit.U8)), "perhaps"),
        wit.Flags(("read", "write"), "access"),
    ],
)
def test_named_types_are_read_with_their_names(
    type_: wit.Record | wit.Variant | wit.Enum | wit.Flags,
) -> None:
    read = reread(wit.List(type_))
    assert read == wit.List(type_)
    assert isinstance(read, wit.List)
    assert named(read.element) == type_.name


def test_a_name_inside_another_named_type_is_found() -> None:
    read = reread(wit.Record((wit.Part("c", RED),), "outer"))
    assert isinstance(read, wit.Record)
    assert (read.name, named(read.fields[0].type)) == ("outer", "colour")


def test_of_two_equal_types_both_have_the_first_name() -> None:
    other = wit.Enum(RED.cases, "other")
    export = functions(of_text(function("f", a=RED, b=other)))["f"]
    assert [named(part.type) for part in export.parameters] == ["colour", "colour"]


def test_the_record_any_is_a_json_value() -> None:
    json = (wit.Part("json", wit.STRING),)
    assert reread(wit.Option(wit.ANY)) == wit.Option(wit.ANY)
    assert reread(wit.Record(json, "text")) == wit.Record(json)
    assert reread(wit.Record((wit.Part("x", wit.U8),), "any")) != wit.ANY


def test_the_root_names_types_that_it_uses_from_an_interface() -> None:
    declare = """
        (import "demo:text/types" (instance $types
            (type $tone (enum "a")) (export "tone" (type (eq $tone)))))
        (alias export $types "tone" (type $tone))"""
    found = exports(root(Raw("f", '(param "x" $tone)', "(param i32)"), declare=declare))
    assert named(functions(found)["f"].parameters[0].type) == "tone"


def test_an_option_is_an_optional_input_of_what_is_inside() -> None:
    inner = wit.Option(wit.U8)
    greet = function("greet", a=wit.Option(wit.STRING), b=wit.Option(inner))
    inputs = of_text(greet).components["greet"].signature.inputs
    assert inputs == (Port("a", wit.STRING, optional=True), Port("b", inner, optional=True))


@pytest.mark.parametrize(
    ("result", "output"),
    [
        (None, None),
        (wit.Result(None, None), None),
        (wit.Result(None, wit.STRING), None),
        (wit.U8, wit.U8),
        (wit.Result(wit.U8, wit.STRING), wit.U8),
        (wit.Option(wit.U8), wit.U8),
        (wit.Result(wit.Option(wit.U8), None), wit.U8),
        (wit.Option(wit.Result(wit.U8, None)), wit.Result(wit.U8, None)),
        (wit.Option(wit.Option(wit.U8)), wit.Option(wit.U8)),
        (wit.Result(wit.Result(wit.U8, None), None), wit.Result(wit.U8, None)),
    ],
)
def test_a_result_is_opened_once(result: wit.Type | None, output: wit.Type | None) -> None:
    assert opened(result) == output


def test_without_a_result_there_is_no_output() -> None:
    found = of_text(function("f"), function("g", wit.Result(None, wit.STRING)))
    assert [each.signature.outputs for each in found.components.values()] == [(), ()]


def test_fields_of_the_result_are_left_to_the_signature() -> None:
    signature = of_text(function("f", POINT)).components["f"].signature
    assert [port.name for port in signature.outputs] == ["output"]
    assert [port.name for port in signature.parts] == ["x", "y"]


def test_components_are_listed_in_the_order_of_the_binary() -> None:
    found = exports(
        interface(function("b"), function("a")),
        interface(function("c"), name="demo:other/other"),
        root(function("z")),
    )
    assert list(found.components) == ["z", "b", "a", "c"]


def test_a_name_in_two_interfaces_is_printed_with_its_interface() -> None:
    found = exports(
        interface(function("f"), function("g")), interface(function("f"), name="demo:a/other")
    )
    assert list(found.components) == ["text.f", "g", "other.f"]
    assert found.components["demo:a/other.f"].signature.name == "other.f"
    assert "f" not in found.components


def test_what_the_section_says_is_in_the_signature() -> None:
    greet = function("greet", wit.STRING, who_is=wit.Option(wit.STRING))
    notes = ComponentNotes(
        "Greets.", {"who_is": PortNotes("Whom.", "World")}, {"output": PortNotes("The greeting.")}
    )
    signature = of_text(greet, greet=notes).components["greet"].signature
    assert signature.description == "Greets."
    assert signature.inputs == (Port("who-is", wit.STRING, True, None, "Whom.", "World"),)
    assert signature.outputs == (Port("output", wit.STRING, description="The greeting."),)


@pytest.mark.parametrize(
    ("port", "reason"),
    [
        ("a", "the input is required"),
        ("b", "expected u8"),
        ("c", "there is no such input"),
    ],
)
def test_a_default_that_does_not_fit_is_left_out_with_a_warning(port: str, reason: str) -> None:
    f = function("f", a=wit.U8, b=wit.Option(wit.U8))
    found = of_text(f, f=ComponentNotes(inputs={port: PortNotes("Said.", "many")}))
    assert [each.default for each in found.components["f"].signature.inputs] == [EMPTY, EMPTY]
    (problem,) = found.problems
    assert problem.warning
    assert reason in problem.message


def test_a_default_is_a_value_of_the_port_and_not_of_the_parameter() -> None:
    f = function("f", a=wit.Option(wit.Option(wit.U8)))
    found = of_text(f, f=ComponentNotes(inputs={"a": PortNotes(default=7)}))
    assert found.components["f"].signature.inputs[0].default == 7
    assert found.problems == ()


def test_of_a_great_many_defaults_that_do_not_fit_some_are_told() -> None:
    notes = {f"{n}{'x' * 1000}": PortNotes(default=1) for n in range(200)}
    found = of_text(function("f", a=wit.U8), f=ComponentNotes(inputs=notes))
    assert len(found.problems) == 100
    assert all(len(problem.message) < 300 for problem in found.problems)


def test_what_is_said_of_components_that_are_not_there_is_ignored() -> None:
    found = of_text(function("f"), g=ComponentNotes("Who?"))
    assert found.problems == ()
    assert found.components["f"].signature.description == ""


def test_exports_of_toolchains_are_hidden() -> None:
    string = wit.STRING
    found = exports(
        root(function("init", shim=string, script=string, entry_path=string)),
        interface(function("init", app_name=string), name="exports"),
        interface(function("init", seed=wit.U8)),
    )
    assert list(found.components) == ["init"]
    assert found.components["init"].interface == TEXT


def test_an_init_of_the_authors_own_is_not_hidden() -> None:
    assert list(exports(root(function("init", x=wit.STRING))).components) == ["init"]


RESOURCE = '(type $r0 (resource (rep i32))) (export $r "r" (type $r0))'
REASONS: Mapping[str, tuple[Raw, str]] = {
    "stream": (
        Raw("f", '(param "x" (list (stream u8)))', "(param i32 i32)"),
        "input 'x' has a stream",
    ),
    "future": (Raw("f", "(result (future))", "(result i32)"), "its result has a future"),
    "borrow": (
        Raw("f", '(param "x" (borrow $r))', "(param i32)"),
        "input 'x' has a resource handle",
    ),
    "own": (
        Raw("f", "(result (tuple u8 (own $r)))", "(result i32)"),
        "its result has a resource handle",
    ),
}


@pytest.mark.parametrize("kind", REASONS)
def test_types_that_cannot_cross_are_refused_with_the_reason(kind: str) -> None:
    refused, reason = REASONS[kind]
    found = of_text(refused, function("g"), declare=RESOURCE)
    assert dict(found.refused) == {"f": f"{reason}, which cannot be passed"}
    assert list(found.components) == ["g"]


def test_a_map_is_refused_wherever_the_engine_lets_it_in() -> None:
    config = wasmtime.Config()
    config.wasm_component_model_map = True
    engine = wasmtime.Engine(config)
    declare = '(type $m0 (map string u8)) (export $m "m" (type $m0))'
    maps = [
        Raw("f", '(param "x" (map string u8))', "(param i32 i32)"),
        Raw("g", "(result (option $m))", "(result i32)"),
        Raw("h", "(result (list $m))", "(result i32)"),
    ]
    binary = assemble(interface(*maps, function("k"), declare=declare))
    found = read_exports(Component(engine, binary).type, engine, Metadata())
    assert list(found.components) == ["k"]
    assert list(found.refused) == ["f", "g", "h"]
    assert all("a map, which cannot be passed" in reason for reason in found.refused.values())


@pytest.mark.parametrize("second", ["x", "X", "x_y"])
def test_wasmtime_lets_no_two_names_in_that_are_the_same_to_us(second: str) -> None:
    fields = (wit.Part("x", wit.U8), wit.Part(second, wit.U8))
    with pytest.raises(wasmtime.WasmtimeError, match=r"conflicts with|not in kebab case"):
        component_type(root(function("f", x=wit.Record(fields))))


def test_an_async_function_is_a_component_as_any_other() -> None:
    found = of_text(Raw("f", 'async (param "x" u8)', "(param i32)"))
    assert found.components["f"].signature.inputs == (Port("x", wit.U8),)


def test_a_resource_type_without_members_is_not_listed() -> None:
    assert dict(of_text(function("f"), declare=RESOURCE).refused) == {}


def test_modules_and_interfaces_in_interfaces_are_refused() -> None:
    module = '(core module $whole) (export "m" (core module $whole))'
    nested = '(instance $inner) (export "inner" (instance $inner))'
    found = exports(module, interface(declare=nested))
    assert "whole module" in found.refused["m"]
    assert "inside an interface" in found.refused["inner"]


def doubled(times: int) -> wit.Type:
    """A type that is small in a binary, and as often as that holds the one before twice."""
    type_: wit.Type = wit.U8
    for _ in range(times):
        type_ = wit.Record((wit.Part("a", type_), wit.Part("b", type_)))
    return type_


def nested(levels: int) -> wit.Type:
    type_: wit.Type = wit.U8
    for _ in range(levels):
        type_ = wit.List(type_)
    return type_


def test_a_type_that_unfolds_without_end_is_refused() -> None:
    found = of_text(function("f", x=doubled(12)), function("g", x=wit.U8))
    assert "types of more than 2000 parts" in found.refused["f"]
    assert list(found.components) == ["g"]


def test_types_that_are_nested_too_deep_are_refused() -> None:
    found = of_text(function("f", x=nested(50)), function("g", x=nested(51)))
    assert list(found.components) == ["f"]
    assert "nested more than 50 deep" in found.refused["g"]


def test_a_type_of_many_parts_is_refused_before_it_is_read() -> None:
    big = wit.Enum(tuple(f"c{n}" for n in range(1001)))
    assert "a type of 1001 parts" in of_text(function("f", x=big)).refused["f"]


def test_a_name_of_many_characters_inside_a_type_is_refused() -> None:
    long = wit.Record((wit.Part("a" * 300, wit.U8),))
    assert "a name of 300 characters" in of_text(function("f", x=long)).refused["f"]


def test_many_large_types_are_a_problem_of_the_artifact() -> None:
    large = doubled(8)
    found = of_text(*[function(f"f{n}", x=large) for n in range(70)])
    assert [problem.message for problem in found.problems] == [
        "the component declares types of more than 20000 parts in all"
    ]
    assert not found.components


def test_many_exports_are_a_problem_of_the_artifact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introspection, "MOST_ITEMS", 3)
    found = of_text(*[function(f"f{n}") for n in range(4)])
    assert [each.message for each in found.problems] == [
        "the component declares 4 exports; at most 3 are read"
    ]


def test_an_absurd_name_is_a_problem_of_the_artifact() -> None:
    (problem,) = of_text(function("a" * 5000)).problems
    assert problem.message.startswith("the component declares a name of 5000 characters")


SEED = assemble(
    interface(
        function("f", wit.Result(wit.Option(POINT), wit.STRING), a=wit.List(RED), b=wit.ANY),
        Raw("[method]r.push", '(param "self" (borrow $r))', "(param i32)"),
        declare=RESOURCE,
    )
)


@given(st.integers(8, len(SEED) - 1), st.integers(0, 255))
# Most changes of a byte make a binary that wasmtime does not take.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_any_binary_that_wasmtime_takes_can_be_read(position: int, byte: int) -> None:
    engine = process_engine().wasmtime
    binary = SEED[:position] + bytes([byte]) + SEED[position + 1 :]
    try:
        component = Component(engine, binary)
    except wasmtime.WasmtimeError:
        reject()
    found = read_exports(component.type, engine, Metadata())
    assert all(found.components[name].signature.name == name for name in found.components)


async def test_a_component_from_the_python_toolchain_is_read(
    python_component: Path, compiled_cache: Path
) -> None:
    engine = process_engine()
    component = await load(await read_binary(python_component), engine, compiled_cache)
    found = read_exports(component.component.type, engine.wasmtime, Metadata())
    assert sorted(found.components) == ["concat", "echo", "greet", "route", "shout", "splitter"]
    greet = found.components["greet"].signature
    assert [(port.name, port.optional) for port in greet.inputs] == [("who", False), ("tone", True)]
    assert named(greet.inputs[0].type) == "person"
    assert functions(found)["echo"].result == wit.ANY
    assert not found.refused
