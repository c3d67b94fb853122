"""All the code of an artifact, and the policy that holds it to that."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from tests.assembled import assemble
from wasmflow.cli.main import run

FLOW = """\
version: 1
external:
  lib: { kind: manifest, reference: lib/lib.yaml, grant: { env: [LANG], clock: real } }
components:
  same: { flow: ["<>.x -> <>.y"] }
  race: { flow: ["<>.a -> core::race[fast].a", "<>.b -> fast.b", "fast -> <>"] }
"""
LIB = """\
version: 1
external:
  dated:
    kind: wasm
    reference: ./dated.wasm
    grant: { env: [LANG], clock: real }
    limits: { memory: 1MiB }
  plain: ./plain.wasm
components: {}
"""
#: Declares that it wants the environment, and does nothing.
DATED = assemble(
    '(import "wasi:cli/environment@0.2.0" (instance (export "get-environment"'
    " (func (result (list (tuple string string)))))))"
)


@pytest.fixture(autouse=True)
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_cache: Path) -> Path:
    """The working folder, with ``flow.yaml`` and what it uses."""
    monkeypatch.setenv("WASMFLOW_CACHE", str(compiled_cache))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib").mkdir()
    (tmp_path / "flow.yaml").write_text(FLOW)
    (tmp_path / "lib" / "lib.yaml").write_text(LIB)
    (tmp_path / "lib" / "dated.wasm").write_bytes(DATED)
    (tmp_path / "lib" / "plain.wasm").write_bytes(assemble())
    return tmp_path


def short(path: Path) -> str:
    return f"sha256:{sha256(path.read_bytes()).hexdigest()[:12]}…"


def test_all_code_is_listed_with_what_it_may_use(
    flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "flow.yaml"]) == 0
    blocks = capsys.readouterr().out.split("\n\n")
    assert blocks[0].startswith(f"flow.yaml (manifest)\n  digest   {short(flow / 'flow.yaml')}\n")
    assert "transaction_seconds 60s" in blocks[0]
    assert blocks[2:] == [
        "lib/dated (wasm)\n"
        "  from     lib/dated.wasm\n"
        f"  digest   {short(flow / 'lib' / 'dated.wasm')}\n"
        "  imports  environment\n"
        "  granted  {env: [LANG], clock: real}\n"
        "  limits   memory 1MiB",
        "lib/plain (wasm)\n"
        "  from     lib/plain.wasm\n"
        f"  digest   {short(flow / 'lib' / 'plain.wasm')}\n"
        "  imports  nothing\n"
        "  granted  nothing",
        "in all\n"
        "  collections        4 (2 manifest, 2 wasm)\n"
        "  granted something  lib/dated\n"
        "  not repeatable     lib/dated: environment, real clock; race: core::race sends\n"
        "                     packets in the order in which they come (fast)\n",
    ]


def test_machines_get_whole_digests_and_a_summary(
    flow: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "flow.yaml", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["path"] for each in told["collections"]] == ["", "lib", "lib/dated", "lib/plain"]
    dated = told["collections"][2]
    assert dated["digest"] == f"sha256:{sha256(DATED).hexdigest()}"
    assert dated["limits"]["memory"] == 1 << 20
    assert told["summary"]["granted"] == ["lib/dated"]
    assert told["summary"]["not_repeatable"] == {
        "collections": {"lib/dated": "environment, real clock"},
        "components": {"race": "core::race sends packets in the order in which they come (fast)"},
    }


def test_a_component_by_itself_is_the_whole_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "lib/dated.wasm", "--grant", "env=LANG"]) == 0
    text = capsys.readouterr().out
    assert "  granted  {env: [LANG]}\n" in text
    assert "  granted something  lib/dated.wasm\n" in text


def test_what_is_locked_is_what_every_command_accepts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "flow.yaml", "--lock"]) == 0
    assert capsys.readouterr() == ("flow.policy.yaml\n", "")
    for command in (
        ["check", "flow.yaml", "flow.policy.yaml"],
        ["inspect", "flow.yaml"],
        ["audit", "flow.yaml"],
    ):
        assert run([*command, "--policy", "flow.policy.yaml"]) == 0
    assert run(["invoke", "flow.yaml", "same", "--policy", "flow.policy.yaml", "--", "--x=1"]) == 0
    assert capsys.readouterr().err == ""


def test_a_component_is_locked_with_what_it_is_granted() -> None:
    grant = ["lib/dated.wasm", "--grant", "env=LANG"]
    assert run(["audit", *grant, "--lock"]) == 0
    assert run(["audit", *grant, "--policy", "lib/dated.wasm.policy.yaml"]) == 0
    assert (
        run(["audit", *grant, "--grant", "env=TZ", "--policy", "lib/dated.wasm.policy.yaml"]) == 4
    )


@pytest.mark.parametrize("command", ["inspect", "audit", "check", "invoke"])
def test_what_goes_beyond_is_refused_by_every_command(
    flow: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    run(["audit", "flow.yaml", "--lock"])
    (flow / "lib" / "lib.yaml").write_text(LIB.replace("plain", "other").replace("1MiB", "2MiB"))
    (flow / "lib" / "other.wasm").write_bytes(assemble())
    capsys.readouterr()
    assert run([command, "flow.yaml", "--policy", "flow.policy.yaml"]) == 4
    told = "".join(capsys.readouterr())
    assert "'lib' (lib/lib.yaml) has the digest" in told
    assert "'lib/other' (lib/other.wasm) is not listed" in told
    assert "'memory' of 'lib/dated' (lib/dated.wasm) is 2 MiB" in told


def test_a_lock_goes_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "flow.yaml", "--lock", "lib/deep.yaml"]) == 0
    assert run(["audit", "flow.yaml", "--lock", "-"]) == 0
    written = Path("lib/deep.yaml").read_text()
    printed = capsys.readouterr().out.removeprefix("lib/deep.yaml\n")
    assert "# dated.wasm" in written
    assert written.replace("# ", "# lib/").count("# lib/dated.wasm") == printed.count(
        "# lib/dated.wasm"
    )


@pytest.mark.parametrize("before", ["", "<<<<<<< HEAD\npolicy: 1\n=======\npolicy: 2\n"])
def test_a_lock_is_replaced_in_whatever_state_it_is(flow: Path, before: str) -> None:
    (flow / "flow.policy.yaml").write_text(before)
    assert run(["audit", "flow.yaml", "--lock"]) == 0
    assert run(["check", "flow.policy.yaml"]) == 0


def test_what_is_no_policy_is_not_replaced(flow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "flow.yaml", "--lock", "lib/lib.yaml"]) == 2
    assert "'lib/lib.yaml' is no policy and is not replaced" in capsys.readouterr().err
    assert (flow / "lib" / "lib.yaml").read_text() == LIB


def test_a_lock_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "flow.yaml", "--lock", "nowhere/p.yaml"]) == 5
    assert run(["audit", "flow.yaml", "--lock", "lib"]) == 5
    assert capsys.readouterr().err.count("error: cannot write") == 2


def test_the_artifact_stands_before_lock(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "--lock", "flow.yaml"]) == 2
    assert "it stands before --lock" in capsys.readouterr().err


def test_a_manifest_is_granted_nothing_from_outside(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "flow.yaml", "--grant", "env=TZ"]) == 2
    assert "write grant: {env: [TZ]}" in capsys.readouterr().err
