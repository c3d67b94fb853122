"""What `wasmflow serve` shows and refuses without serving anything. The service itself is in integration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wasmflow.cli.main import run

MANIFEST = """\
version: 1
components: {}
triggers: { web: { kind: http, address: ":80" } }
"""


@pytest.fixture
def artifact(tmp_path: Path) -> str:
    path = tmp_path / "app.yaml"
    path.write_text(MANIFEST)
    return str(path)


def config(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[object, str]]:
    assert run(["serve", *arguments, "--print-config", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    return {each["name"]: (each["value"], each["from"]) for each in shown}


def test_flags_come_before_the_environment_and_that_before_defaults(
    artifact: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASMFLOW_WORKERS", "7")
    monkeypatch.setenv("WASMFLOW_GRACE", "7")
    monkeypatch.setenv("WASMFLOW_HTTP", ":70")
    found = config(capsys, artifact, "--workers=3", "--limit=memory=1MiB")
    assert found["workers"] == (3, "flag")
    assert found["grace"] == (7.0, "environment")
    assert found["triggers.web.address"] == (":70", "environment")
    assert found["limits.memory"] == (1 << 20, "flag")
    assert found["watch"] == (False, "default")


def test_people_see_what_is_no_default(artifact: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", artifact, "--print-config", "--http", ":81", "--limit=memory=1MiB"]) == 0
    service, limits, trigger, rest = capsys.readouterr().out.split("\n\n")
    assert [line.split()[0] for line in service.splitlines()] == [
        "artifact", "workers", "grace", "admin", "watch", "policy", "grant", "cache",
    ]  # fmt: skip
    assert ["grace", "10", "s", "default"] in [line.split() for line in service.splitlines()]
    assert limits.split() == ["limits.memory", "1", "MiB", "flag"]
    lines = [line.split() for line in trigger.splitlines()]
    assert lines == [
        ["triggers.web.kind", "http", "manifest"],
        ["triggers.web.address", ":81", "flag"],
    ]
    assert rest.endswith("more have their defaults: --all shows them\n")


def test_people_see_everything_if_they_want(
    artifact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", artifact, "--print-config", "--all"]) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert ["limits.call_seconds", "30", "s", "default"] in shown
    assert len(shown) == len(config(capsys, artifact))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--http", "nowhere"],
            "invalid value for '--http' (env var: 'WASMFLOW_HTTP'): 'nowhere' is no address",
        ),
        (
            ["--workers", "0"],
            "invalid value for '--workers' (env var: 'WASMFLOW_WORKERS'): 0 is not in",
        ),
        (["--http", "wbe=:1"], "there is no trigger 'wbe' of kind http; did you mean 'web'?"),
        (["--admin", ":80"], "--admin 127.0.0.1:80: a trigger listens there"),
    ],
)
def test_what_cannot_be_is_refused(
    artifact: str, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert run(["serve", artifact, "--log=text", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"error: {told}")


def test_where_the_log_is_for_machines_it_says_why_the_service_does_not_start(
    artifact: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", artifact, "--http", "wbe=:1"]) == 2
    starting, failed = map(json.loads, capfd.readouterr().err.splitlines())
    assert (starting["event"], failed["event"]) == ("starting", "not_started")
    assert failed["error"]["kind"] == "usage"


def test_problems_are_told_instead_of_settings(
    artifact: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(artifact).write_text(MANIFEST.replace(":80", "x"))
    assert run(["serve", artifact, "--print-config"]) == 4
    assert "'x' is no address" in capsys.readouterr().err
