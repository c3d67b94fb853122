from __future__ import annotations

import pytest

from tests.assembled import Raw, component_type, function, interface, lenient
from wasmflow.collections.wasm.section import ComponentNotes, Metadata, PortNotes
from wasmflow.collections.wasm.signature import Exports, StreamExport, read_exports
from wasmflow.component import Port, Signature
from wasmflow.types import model as wit

RESOURCE = '(type $r0 (resource (rep i32))) (export $r "r" (type $r0))'
SELF = '(param "self" (borrow $r))'
NEW = Raw("[constructor]r", "(result (own $r))", "(result i32)")
OPTIONAL = Raw(
    "[constructor]r",
    '(param "start" (option u8)) (result (own $r))',
    "(param i32 i32) (result i32)",
)


def method(name: str, type_: str = "", core: str = "") -> Raw:
    """A method with these parameters and this result."""
    return Raw(f"[method]r.{name}", f"{SELF} {type_}", f"(param i32) {core}")


def resource(*members: Raw, **notes: ComponentNotes) -> Exports:
    """The exports of an interface that has the resource `r` with these members."""
    binary = component_type(interface(*members, function("f"), declare=RESOURCE))
    return read_exports(binary, lenient(), Metadata(components=notes))


def read(*members: Raw, **notes: ComponentNotes) -> StreamExport:
    found = resource(NEW, *members, **notes)
    export = found.components.get("r")
    assert isinstance(export, StreamExport), dict(found.refused)
    return export


def signature(*members: Raw) -> Signature:
    return read(*members).signature


#: Pushes a number, and what comes of it: nothing, or what takes one word to return.
ITEM, WORD = '(param "item" u32)', "(result i32)"


def push(result: str = "", core: str = WORD) -> Raw:
    return method("push", f"{ITEM} {result and f'(result {result})'}", f"(param i32) {core}")


def finish(result: str = "") -> Raw:
    return method("finish", result and f"(result {result})", WORD if result else "")


LISTS = '(param "item" (list u32)) (param "name" (list string))'


def push_many(result: str = "") -> Raw:
    core = "(param i32 i32 i32 i32)" + (WORD if result else "")
    return method("push-many", f"{LISTS} {result and f'(result {result})'}", core)


@pytest.mark.parametrize(
    ("members", "output"),
    [
        ((push("u32"),), Port("output", wit.U32, step=0)),
        ((push("(option u32)"),), Port("output", wit.U32, step=0)),
        ((push("(option (list u8))"),), Port("output", wit.BYTES, step=0)),
        ((push("(result u32 (error string))"), finish()), Port("output", wit.U32, step=0)),
        ((push("u32"), finish("(result (error string))")), Port("output", wit.U32, step=0)),
        ((push("u32"), finish("u32")), Port("output", wit.U32, step=1)),
        ((push("(option u32)"), finish("(list u32)")), Port("output", wit.U32, step=1)),
        ((push("(list u32)"),), Port("output", wit.U32, step=1)),
        ((push("(result (list string))"),), Port("output", wit.STRING, step=1)),
        ((push_many("u32"),), Port("output", wit.U32, step=1)),
        ((push_many("(list u32)"), finish("u32")), Port("output", wit.U32, step=1)),
        ((push(core=""), finish("(list u32)")), Port("output", wit.List(wit.U32))),
        ((push(core=""), finish("(result (option u32))")), Port("output", wit.U32)),
        ((push_many(), finish("u32")), Port("output", wit.U32)),
        ((method("next", "(result (option string))", WORD),), Port("output", wit.STRING, step=1)),
        (
            (method("next", "(result (result (option (list u32)) (error u8)))", WORD),),
            Port("output", wit.List(wit.U32), step=1),
        ),
    ],
)
def test_the_shape_says_what_comes_out_and_what_that_is_in_step_with(
    members: tuple[Raw, ...], output: Port
) -> None:
    assert signature(*members).outputs == (output,)


@pytest.mark.parametrize(
    "members",
    [
        (push(core=""),),
        (push(core=""), finish()),
        (push_many(),),
        (push("(result (error u8))"), finish("(result)")),
    ],
)
def test_a_component_that_gives_nothing_has_no_output(members: tuple[Raw, ...]) -> None:
    assert signature(*members).outputs == ()


def test_the_parameters_of_the_constructor_are_value_inputs_and_those_of_push_stream_inputs() -> (
    None
):
    two = method("push", '(param "a" string) (param "b" (option u32))', "(param i32 i32 i32 i32)")
    export = resource(OPTIONAL, two).components["r"]
    assert export.signature.inputs == (
        Port("start", wit.U8, optional=True),
        Port("a", wit.STRING, step=0),
        Port("b", wit.U32, optional=True, step=0),
    )


def test_push_many_takes_streams_of_what_its_lists_hold() -> None:
    pairs = '(param "a" (list u8)) (param "b" (list (option string)))'
    export = read(method("push-many", pairs, "(param i32 i32 i32 i32)"))
    assert export.shape.batches
    assert export.signature.inputs == (
        Port("a", wit.U8, step=0),
        Port("b", wit.STRING, optional=True, step=0),
    )


def test_a_source_has_no_stream_inputs() -> None:
    assert signature(method("next", "(result (option u8))", WORD)).inputs == ()


def test_what_the_section_says_is_said_of_both_kinds_of_inputs() -> None:
    both = {"start": PortNotes("Where it starts.", 7), "item": PortNotes("What is added.")}
    notes = ComponentNotes("Adds.", both, {"output": PortNotes("The sum.")})
    found = resource(OPTIONAL, push("u32"), r=notes)
    said = found.components["r"].signature
    assert (said.description, not found.problems) == ("Adds.", True)
    assert said.inputs == (
        Port("start", wit.U8, True, None, "Where it starts.", 7),
        Port("item", wit.U32, False, 0, "What is added."),
    )
    assert said.outputs[0].description == "The sum."


def test_a_constructor_may_fail() -> None:
    new = Raw("[constructor]r", "(result (result (own $r) (error string)))", "(result i32)")
    export = resource(new, push("u32")).components["r"]
    assert isinstance(export, StreamExport)
    assert export.shape.constructor.result == wit.Result(None, wit.STRING)


def test_other_members_are_left_alone() -> None:
    others = (
        method("peek", '(param "other" (borrow $r))', "(param i32)"),
        method("constructor"),
        Raw("[static]r.push-many", '(param "x" u8)', "(param i32)"),
    )
    assert signature(*others, push("u32")) == signature(push("u32"))


HANDLE = Raw("[constructor]r", '(param "x" (own $r)) (result (own $r))', "(param i32) (result i32)")
START = Raw("[constructor]r", '(param "item" u8) (result (own $r))', "(param i32) (result i32)")
ASYNC = Raw("[method]r.push", f"async {SELF} {ITEM} (result u32)", "(param i32 i32) (result i32)")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ((), "only with a constructor and a method push, push-many or next"),
        ((NEW,), "only with a constructor and a method push, push-many or next"),
        ((NEW, method("read")), "only with a constructor"),
        ((NEW, finish("u32")), "only with a constructor"),
        ((push("u32"),), "only with a constructor"),
        ((method("constructor"), push("u32")), "only with a constructor"),
        ((NEW, push("u32"), push_many()), "both push and push-many"),
        (
            (NEW, push("u32"), method("next", "(result (option u8))", WORD)),
            "it has next, as a source has, and also push, which a source cannot have",
        ),
        (
            (NEW, finish(), method("next", "(result (option u8))", WORD)),
            "and also finish",
        ),
        ((NEW, method("next", "(result u8)", WORD)), "its next returns no option"),
        ((NEW, method("next")), "its next returns no option"),
        (
            (NEW, method("next", '(param "n" u8) (result (option u8))', f"(param i32) {WORD}")),
            "its next takes inputs",
        ),
        ((NEW, method("push")), "its push takes nothing"),
        ((NEW, method("push-many")), "its push-many takes nothing"),
        (
            (NEW, method("push-many", '(param "x" u8)', "(param i32)")),
            "input 'x' of its push-many is no list",
        ),
        (
            (NEW, push("u32"), method("finish", '(param "x" u8)', "(param i32)")),
            "its finish takes inputs",
        ),
        (
            (NEW, push("u32"), finish("(list string)")),
            "its push gives u32 and its finish string, and both are one output",
        ),
        ((START, push("u32")), "its constructor and its push both have an input 'item'"),
        ((START, push_many()), "its constructor and its push-many both have an input 'item'"),
        ((NEW, ASYNC), "its push is async"),
        (
            (HANDLE, push("u32")),
            "its constructor cannot be called: input 'x' has a resource handle",
        ),
        (
            (NEW, method("push", '(param "x" (borrow $r))', "(param i32)")),
            "its push cannot be called: input 'x' has a resource handle, which cannot be passed",
        ),
        (
            (NEW, push("(own $r)")),
            "its push cannot be called: its result has a resource handle",
        ),
        (
            (NEW, push("u32"), finish("(list (own $r))")),
            "its finish cannot be called: its result has a resource handle",
        ),
    ],
)
def test_a_resource_of_another_shape_is_refused_with_the_reason(
    members: tuple[Raw, ...], reason: str
) -> None:
    found = resource(*members, Raw("[static]r.make", "(result u8)", WORD))
    assert reason in found.refused["r"]
    assert list(found.components) == ["f"]
