"""What an artifact holds, as people and machines see it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from tests.assembled import assemble
from tests.fakes import ports
from wasmflow.cli.commands.inspect import (
    Inspection,
    _own_limits,
    inspection_json,
    inspection_lines,
    inspection_wit,
)
from wasmflow.cli.main import run
from wasmflow.cli.output import Terminal
from wasmflow.collections.core import CoreCollection
from wasmflow.component import About, Import, Signature
from wasmflow.host.host import open_host
from wasmflow.limits import Limits
from wasmflow.types.wit import parse_type


@pytest.fixture(autouse=True)
def in_shop(shop: Path) -> None:
    """Every test stands beside ``shop.yaml``."""


ARTIFACT = Inspection(
    "text.wasm",
    About(
        "wasm",
        "Functions on text.",
        {"language": "python", "tool": "componentize-py\x1b[2J"},
        (
            Import("wasi:cli/environment@0.2.0", "available, nothing granted"),
            Import("wasi:io/streams@0.2.0", "available, nothing granted"),
            Import("wasi:cli/stdin@0.2.0", "available, nothing granted"),
            Import("now", "granted"),
        ),
        limits=Limits(),
    ),
    (Signature("concat", description="Joins two texts."),),
    {"lines": "it is a resource:\nstreaming is not there yet"},
)


def shown(inspection: Inspection = ARTIFACT) -> list[str]:
    return list(inspection_lines(inspection, Terminal(io.StringIO())))


def test_an_artifact_is_shown_with_all_that_is_known() -> None:
    assert shown()[:-5] == [
        "text.wasm (wasm)",
        "  Functions on text.",
        "  language: python",
        "  tool: componentize-py\\x1b[2J",
        "",
        "  concat",
        "    Joins two texts.",
        "",
        "cannot run",
        "  lines  it is a resource: | streaming is not there yet",
        "",
        "imports: available, nothing granted",
        "  wasi:cli@0.2.0  environment, stdin",
        "  wasi:io@0.2.0   streams",
        "",
        "imports: granted",
        "  now",
        "",
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("value", "60 s (invoke --timeout)"),
        ("stream", "60 s of standing still, no other limit unless set (invoke --timeout)"),
        (
            "value stream",
            "60 s; with streams 60 s of standing still, no other limit unless set "
            "(invoke --timeout)",
        ),
    ],
)
def test_the_limit_of_a_transaction_is_the_one_that_holds(names: str, told: str) -> None:
    known = {"value": Signature("value"), "stream": Signature("stream", ports("items*"))}
    signatures = tuple(known[name] for name in names.split())
    lines = " ".join(line.strip() for line in shown(replace(ARTIFACT, definitions=signatures)))
    assert f"transaction  {told} log" in lines


def test_memory_is_shown_with_the_bound_on_all_memories() -> None:
    assert "  memory       4096 MiB: at most 16 memories of 256 MiB (invoke --memory)" in shown()


def test_what_a_collection_says_of_its_memory_is_its_limit() -> None:
    about = About("wasm", facts={"memory": "1 MiB"}, limits=Limits())
    lines = shown(replace(ARTIFACT, about=about))
    assert [line for line in lines if "memory" in line] == [
        "  memory       1 MiB (invoke --memory)"
    ]


def test_long_lists_fit_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    imports = tuple(Import(f"wasi:cli/name-{n}@0.2.0", "available") for n in range(30))
    lines = shown(replace(ARTIFACT, about=About("wasm", imports=imports)))
    assert sum(line.count("name-") for line in lines) == 30
    assert max(len(line) for line in lines if "name-" in line) <= 50


def test_a_machine_gets_all_that_is_known() -> None:
    told = inspection_json(ARTIFACT)
    assert told["refused"] == {"lines": "it is a resource:\nstreaming is not there yet"}
    assert told["imports"][0]["status"] == "available, nothing granted"
    assert told["limits"]["memory"] == 256 << 20
    assert json.loads(json.dumps(told)) == told


def test_components_are_shown_with_their_ports(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml"]) == 0
    text = capsys.readouterr().out
    assert "    in   first_name: string                 Whose it is.\n" in text
    assert '    in   mood?: enum {glad, sad} = "glad"   How they are.\n' in text
    assert "    in   right?: list<u8>\n" in text


def test_one_component_can_be_picked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml", "echo", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [component["name"] for component in told["components"]] == ["echo"]


def test_types_for_machines_can_be_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml", "--json"]) == 0
    components = json.loads(capsys.readouterr().out)["components"]
    ports = [port for each in components for port in (*each["inputs"], *each["outputs"])]
    assert len(ports) == 13
    for port in ports:
        parse_type(port["type"])


def test_components_are_printed_as_wit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml", "--wit", "pair"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("package local:shop;\n")
    assert "pair: func(left: u64, right: option<list<u8>>) -> pair-outputs;" in text


def test_an_artifact_that_is_made_of_wit_is_printed_as_it_is() -> None:
    about = About("wasm", wit=lambda: "world root {}\n")
    assert inspection_wit(replace(ARTIFACT, about=about)) == "world root {}\n"
    part = inspection_wit(replace(ARTIFACT, about=about, whole=False))
    assert "concat: func();" in part


def test_two_formats_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml", "--wit", "--json"]) == 2
    assert "--json and --wit exclude each other" in capsys.readouterr().err


def test_an_unknown_component_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "shop.yaml", "ecko"]) == 2
    assert "did you mean 'echo'?" in capsys.readouterr().err


# --- core components --------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["core", "core::"])
def test_core_components_are_shown(reference: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", reference]) == 0
    text = capsys.readouterr().out
    assert text.startswith("core (core)\n")
    for name in CoreCollection().definitions:
        assert f"\n\n  {name}\n" in text
    assert "\nlimits\n" not in text


@pytest.mark.parametrize("arguments", [["core", "switch"], ["core::switch"]])
def test_a_core_component_is_shown_with_its_constants(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", *arguments]) == 0
    text = capsys.readouterr().out
    assert "    in   match?: any " in text
    assert "    with cases " in text
    assert "merge" not in text


def test_a_machine_reads_what_core_components_take(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "core", "merge", "--json"]) == 0
    (merge,) = json.loads(capsys.readouterr().out)["components"]
    assert merge["any_input"] is True
    assert [constant["name"] for constant in merge["constants"]] == ["inputs"]
    assert merge["constants"][0]["description"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["core", "swich"], "did you mean 'switch'?"),
        (["core", "--wit"], "core components are generic"),
    ],
)
def test_what_cannot_be_shown_of_core_is_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", *arguments]) == 2
    assert told in capsys.readouterr().err


def test_a_file_may_be_called_core(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "core").write_bytes(assemble())
    assert run(["inspect", "core"]) == 0
    assert capsys.readouterr().out.startswith("core (wasm)\n")


STREAMS = """\
version: 1
components:
  people:
    inputs: { names: stream<string>, ages: stream<u32>, country: string }
    flow:
      - <>.names -> core::merge[person].name
      - <>.ages -> person.age
      - <>.country -> person.country
      - person -> <>
"""


def test_of_a_flow_it_is_shown_what_is_called_for_each_element(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "people.yaml").write_text(STREAMS)
    assert run(["inspect", "people.yaml"]) == 0
    text = capsys.readouterr().out
    assert "    in step: names, ages, output\n    called for each element: person\n" in text
    assert run(["inspect", "people.yaml", "--json"]) == 0
    (people,) = json.loads(capsys.readouterr().out)["components"]
    assert people["lifted"] == ["person"]


async def test_collections_are_shown_with_limits_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "guest.wasm").write_bytes(wat2wasm("(component)"))
    guest = "{ kind: wasm, reference: guest.wasm, limits: { memory: 64MiB, call_seconds: 2 } }"
    flow = tmp_path / "flow.yaml"
    flow.write_text(f"version: 1\nexternal: {{ tight: {guest}, usual: guest.wasm }}\n")
    async with open_host(str(flow)) as host:
        assert _own_limits(host.collection.about) == {"tight": "memory 64 MiB, call_seconds 2 s"}
