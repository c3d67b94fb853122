"""What a component comes down to: which collections do its work, and which of them read standard input."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assembled import assemble, function, root
from wasmflow.cli.lifting import readers
from wasmflow.cli.main import run
from wasmflow.grants import Grants
from wasmflow.host.host import open_host
from wasmflow.host.settings import Settings
from wasmflow.types import model as wit

FLOW = """\
version: 1
external:
  lib: { kind: manifest, reference: lib.yaml, grant: { stdio: [stdin, stderr] } }
components:
  reads: { flow: ["<>.n -> lib::inner[i].n", "i -> <>"] }
  twice: { flow: ["<>.n -> self::reads[a].n", "a -> self::reads[b].n", "b -> <>"] }
  writes: { flow: ["<>.n -> lib::other[o].n", "o -> <>"] }
"""
LIB = """\
version: 1
external:
  reader: { kind: wasm, reference: code.wasm, grant: { stdio: [stdin] } }
  writer: { kind: wasm, reference: code.wasm, grant: { stdio: [stderr] } }
components:
  inner: { flow: ["<>.n -> reader::do[d].n", "d -> <>"] }
  other: { flow: ["<>.n -> writer::do[d].n", "d -> <>"] }
"""


@pytest.fixture(autouse=True)
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_cache: Path) -> None:
    """The working folder, with ``flow.yaml`` and what it uses."""
    monkeypatch.setenv("WASMFLOW_CACHE", str(compiled_cache))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "lib.yaml").write_text(LIB)
    (tmp_path / "code.wasm").write_bytes(assemble(root(function("do", wit.U32, n=wit.U32))))


@pytest.mark.parametrize(
    ("component", "paths"), [("reads", ["lib/reader"]), ("twice", ["lib/reader"]), ("writes", [])]
)
async def test_those_that_read_standard_input_are_found_at_any_depth(
    component: str, paths: list[str]
) -> None:
    async with open_host("flow.yaml") as host:
        assert readers(host.collection, component) == paths


async def test_a_component_by_itself_may_be_one() -> None:
    settings = Settings(grant=Grants(stdio=frozenset({"stdin"})))
    async with open_host("code.wasm", settings) as host:
        assert readers(host.collection, "do") == [""]


@pytest.mark.parametrize("flags", [[], ["--n=-"]])
def test_inputs_are_not_read_from_standard_input_that_is_granted(
    capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    assert run(["invoke", "flow.yaml", "twice", "--", *flags]) == 2
    told = capsys.readouterr().err
    assert "missing input: --n (u32). Standard input is not read for that" in told
    assert "it is granted to 'lib/reader'" in told


def test_with_all_inputs_given_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["invoke", "flow.yaml", "reads", "--", "--n=1"]) == 1
    assert "unreachable" in capsys.readouterr().err
