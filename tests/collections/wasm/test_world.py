from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from tests.assembled import Raw, component_type, function, interface, lenient, root
from wasmflow.collections.wasm.imports import NOTHING_GRANTED
from wasmflow.collections.wasm.section import ComponentNotes, Metadata
from wasmflow.collections.wasm.signature import read_exports
from wasmflow.collections.wasm.world import format_world
from wasmflow.component import Import
from wasmflow.types import model as wit

TONE = wit.Enum(("loud", "quiet"), "tone")


def world(*declarations: str, **notes: ComponentNotes) -> str:
    exports = read_exports(component_type(*declarations), lenient(), Metadata(components=notes))
    return format_world(exports, [])


def test_a_world_lists_imports_and_exports_and_then_the_packages() -> None:
    exports = read_exports(
        component_type(interface(function("greet", wit.STRING, who=wit.STRING))),
        lenient(),
        Metadata(components={"greet": ComponentNotes("Greets.")}),
    )
    text = format_world(exports, [Import("wasi:io/poll@0.2.9", NOTHING_GRANTED)])
    assert text == (
        "package root:component;\n\n"
        "world root {\n"
        "    import wasi:io/poll@0.2.9;\n"
        "    export demo:text/text@0.1.0;\n"
        "}\n\n"
        "package demo:text@0.1.0 {\n"
        "    interface text {\n"
        "        /// Greets.\n"
        "        greet: func(who: string) -> string;\n"
        "    }\n"
        "}\n"
    )


def test_functions_at_the_root_are_exports_of_the_world() -> None:
    text = world(root(function("shout", TONE, how_loud=TONE)))
    assert "    export shout: func(how-loud: tone) -> tone;\n" in text
    assert "    enum tone {\n" in text


def test_an_interface_without_a_package_stands_in_the_world() -> None:
    text = world(interface(function("f"), name="text"))
    assert "    export text: interface {\n        f: func();\n    }\n" in text


def test_what_cannot_run_is_a_comment_with_the_reason() -> None:
    text = world(interface(function("f"), Raw("g", "(result (future))", "(result i32)")))
    assert "        // g: its result has a future, which cannot be passed\n" in text


STREAMING = (
    Raw(
        "[constructor]adder",
        '(param "start" (option u32)) (result (result (own $r) (error string)))',
        "(param i32 i32) (result i32)",
    ),
    Raw(
        "[method]adder.push",
        '(param "self" (borrow $r)) (param "use" u32) (result (option u32))',
        "(param i32 i32) (result i32)",
    ),
    Raw("[method]adder.finish", '(param "self" (borrow $r))', "(param i32)"),
)
ADDER = '(type $r0 (resource (rep i32))) (export $r "adder" (type $r0))'


def test_a_streaming_component_is_a_resource() -> None:
    text = world(interface(*STREAMING, declare=ADDER), adder=ComponentNotes("Adds."))
    assert (
        "        /// Adds.\n"
        "        resource adder {\n"
        "            constructor(start: option<u32>) -> result<adder, string>;\n"
        "            push: func(%use: u32) -> option<u32>;\n"
        "            finish: func();\n"
        "        }\n"
    ) in text


def test_a_resource_at_the_root_is_a_comment_since_a_world_has_none() -> None:
    text = world(root(*STREAMING, declare=ADDER))
    assert "    // resource adder {\n" in text
    assert "    //     finish: func();\n    // }\n" in text
    assert "export" not in text


def test_an_artifact_of_nothing_is_an_empty_world() -> None:
    assert world() == "package root:component;\n\nworld root {\n}\n"


def test_another_reader_of_wit_understands_it(tmp_path: Path) -> None:
    point = wit.Record((wit.Part("from", wit.F64), wit.Part("to", wit.Option(wit.ANY))), "point")
    text = world(
        interface(function("list", wit.List(point), tone=TONE)),
        interface(function("list", wit.Result(None, wit.STRING)), name="record:use/from@0.1.0"),
        interface(function("f", TONE), Raw("g", "(result (future))", "(result i32)"), name="use"),
        interface(*STREAMING, name="demo:streams/streams", declare=ADDER),
        root(function("shout", wit.Tuple((TONE, wit.CHAR)))),
        f=ComponentNotes("Says */ and // and ///."),
    )
    (tmp_path / "root.wit").write_text(text)
    tool = Path(sysconfig.get_path("scripts"), "componentize-py")
    arguments = ("-d", tmp_path / "root.wit", "-w", "root", "bindings", tmp_path / "bindings")
    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:500]
