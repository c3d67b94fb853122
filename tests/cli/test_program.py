"""Which command of an artifact is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.host.manifests import written
from wasmflow.cli.program import Program, find_program
from wasmflow.errors import ProblemsError, UsageError
from wasmflow.host.host import open_host

MANIFEST = """
version: 1
components:
  cat: { inputs: { stdin: string }, flow: ["<>.stdin -> <>.stdout"] }
  tac: { inputs: { stdin: string, how: string }, flow: ["<>.stdin -> <>.a", "<>.how -> <>.b"] }
"""
TRIGGERS = """triggers:
  backwards: { kind: cli, component: tac, with: { how: fast }, timeout: 5 }
  web: { kind: http, auth: { basic: { jane: $PASSWORD } } }
"""


async def found(folder: Path, name: str | None, text: str = MANIFEST) -> Program:
    async with open_host(written(folder, text)) as host:
        return find_program(host, name, {})


async def refused(folder: Path, name: str | None, text: str = MANIFEST) -> str:
    with pytest.raises((UsageError, ProblemsError)) as raised:
        await found(folder, name, text)
    return str(raised.value)


async def test_a_component_is_a_command_as_it_is(tmp_path: Path) -> None:
    program = await found(tmp_path, "cat")
    assert (program.signature.name, program.inputs, program.timeout) == ("cat", {}, None)


async def test_a_trigger_gives_constants_and_a_timeout(tmp_path: Path) -> None:
    program = await found(tmp_path, "backwards", MANIFEST + TRIGGERS)
    assert (program.signature.name, program.inputs, program.timeout) == ("tac", {"how": "fast"}, 5)


async def test_the_only_trigger_is_meant_where_none_is_named(tmp_path: Path) -> None:
    program = await found(tmp_path, None, MANIFEST + TRIGGERS)
    assert program.signature.name == "tac"


async def test_else_the_only_component(tmp_path: Path) -> None:
    text = MANIFEST.partition("  tac")[0]
    assert (await found(tmp_path, None, text)).signature.name == "cat"


@pytest.mark.parametrize(
    "more",
    ["", "triggers:\n  a: {kind: cli, component: cat}\n  main: {kind: cli, component: main}\n"],
)
async def test_else_the_one_called_main(tmp_path: Path, more: str) -> None:
    text = MANIFEST.replace("cat:", "main:") + more.replace("component: cat", "component: tac")
    assert (await found(tmp_path, None, text)).signature.name == "main"


async def test_else_it_is_not_clear(tmp_path: Path) -> None:
    assert await refused(tmp_path, None) == (
        "which component? There are 'cat', 'tac', and none is called 'main'"
    )
    more = "triggers: {a: {kind: cli, component: cat}, b: {kind: cli, component: cat}}\n"
    assert (await refused(tmp_path, None, MANIFEST + more)).startswith(
        "which trigger of kind cli? "
    )
    assert await refused(tmp_path, None, "version: 1\n") == (
        "the artifact has no component that can run"
    )


async def test_a_trigger_goes_before_a_component_of_its_name(tmp_path: Path) -> None:
    text = MANIFEST + "triggers: {cat: {kind: cli, component: tac, with: {how: x}}}\n"
    assert (await found(tmp_path, "cat", text)).signature.name == "tac"


async def test_what_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert await refused(tmp_path, "catt") == (
        "there is no command or component 'catt' (arguments stand after '--'); did you mean 'cat'?"
    )


async def test_a_component_that_needs_more_is_told_what_a_command_gives(tmp_path: Path) -> None:
    told = await refused(tmp_path, "tac")
    assert told.startswith(
        "'tac' needs 'how' (string), and nothing gives it. Hint: a command is given"
    )


async def test_problems_of_a_trigger_have_their_places(tmp_path: Path) -> None:
    text = MANIFEST + "triggers:\n  it: { kind: cli, component: tac, with: { hwo: x } }\n"
    told = await refused(tmp_path, None, text)
    assert "flows.yaml:7:31: 'tac' needs 'how'" in told
    assert "flows.yaml:7:49: 'tac' has no input 'hwo'. Hint: did you mean 'how'?" in told


async def test_variables_of_servers_are_not_asked_for(tmp_path: Path) -> None:
    assert "$PASSWORD" in TRIGGERS
    assert (await found(tmp_path, None, MANIFEST + TRIGGERS)).signature.name == "tac"
