"""What is served where: triggers of manifests, and what flags make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasmflow.errors import UsageError, WorldError
from wasmflow.manifest.specs.triggers.http import HttpBlock
from wasmflow.service.plan import ADMIN, FrontDoors, HttpFlag, Plan, read_front_doors

TWO = """\
triggers:
  web: { kind: http, address: 0.0.0.0:80 }
  api: { kind: http, address: ":9000", tls: { cert: c.pem } }
  often: { kind: schedule, every: 5, component: x }
  tool: { kind: cli, component: x }
"""


def doors(folder: Path, triggers: str = "", *flags: str, admin: str = "") -> FrontDoors:
    path = folder / "app.yaml"
    path.write_text(f"version: 1\ncomponents: {{}}\n{triggers}")
    named = (flag.rpartition("=") for flag in flags)
    http = tuple(HttpFlag(address, name) for name, _, address in named)
    return read_front_doors(Plan(str(path), http, admin=admin))


def addresses(found: FrontDoors) -> dict[str, str]:
    return {name: str(address) for name, address in found.addresses.items()}


def test_an_artifact_without_triggers_is_served_on_this_machine(tmp_path: Path) -> None:
    assert addresses(doors(tmp_path)) == {"http": "127.0.0.1:8080"}
    component = tmp_path / "x.wasm"
    component.write_bytes(b"\0asm")
    assert addresses(read_front_doors(Plan(str(component)))) == {"http": "127.0.0.1:8080"}


def test_a_command_is_not_served(tmp_path: Path) -> None:
    found = doors(tmp_path, "triggers: { tool: { kind: cli, component: x } }\n")
    assert [trigger.name for trigger in found.triggers] == ["http"]


def test_schedules_by_themselves_need_no_address(tmp_path: Path) -> None:
    found = doors(tmp_path, "triggers: { s: { kind: schedule, every: 5, component: x } }\n")
    assert [trigger.name for trigger in found.triggers] == ["s"]
    assert addresses(found) == {}


def test_the_manifest_says_where(tmp_path: Path) -> None:
    found = doors(tmp_path, TWO)
    assert addresses(found) == {"web": "0.0.0.0:80", "api": "127.0.0.1:9000"}
    assert [trigger.name for trigger in found.triggers] == ["web", "api", "often"]
    assert found.secure == {"api"}


def test_a_flag_gives_a_trigger_another_address(tmp_path: Path) -> None:
    found = doors(tmp_path, TWO, "api=:1")
    assert addresses(found) == {"web": "0.0.0.0:80", "api": "127.0.0.1:1"}
    api = next(trigger.block for trigger in found.triggers if trigger.name == "api")
    assert isinstance(api, HttpBlock)
    assert api.address == ":1"
    assert found.flagged == {"api"}


def test_a_flag_without_a_name_is_for_the_only_one(tmp_path: Path) -> None:
    one = 'triggers: { web: { kind: http, address: ":80" } }\n'
    assert addresses(doors(tmp_path, one, ":1")) == {"web": "127.0.0.1:1"}


def test_a_flag_adds_a_trigger_where_there_is_none_of_its_kind(tmp_path: Path) -> None:
    other = "triggers: { http: { kind: schedule, every: 5, component: x } }\n"
    found = doors(tmp_path, other, ":1")
    assert addresses(found) == {"http-flag": "127.0.0.1:1"}
    assert [trigger.kind for trigger in found.triggers] == ["schedule", "http"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ([":1"], "which trigger listens there? There are 'web', 'api'. Hint: --http web=:1"),
        (["wbe=:1"], "there is no trigger 'wbe' of kind http; did you mean 'web'?"),
        (["web=:1", "web=:2"], "--http gives two addresses to the trigger 'web'"),
        (["often=:1"], "there is no trigger 'often' of kind http"),
    ],
)
def test_a_flag_that_fits_none_is_refused(tmp_path: Path, flags: list[str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        doors(tmp_path, TWO, *flags)
    assert str(caught.value).startswith(told)


def test_what_is_wrong_with_addresses_is_told_with_its_place(tmp_path: Path) -> None:
    triggers = (
        "triggers:\n  a: { kind: http, address: nowhere }\n"
        '  b: { kind: http, address: ":1" }\n  c: { kind: http, address: "127.0.0.1:1" }\n'
    )
    first, second = doors(tmp_path, triggers).problems
    assert first.message == "'nowhere' is no address; write :PORT, HOST:PORT or [IPV6]:PORT"
    assert first.place.line == 4
    assert second.message == "triggers 'b' and 'c' both listen on 127.0.0.1:1"
    assert second.place.line == 6


def test_any_number_of_free_ports_can_be_had(tmp_path: Path) -> None:
    triggers = 'triggers: { a: { kind: http, address: ":0" }, b: { kind: http, address: ":0" } }\n'
    assert not doors(tmp_path, triggers, admin=":0").problems


def test_health_may_have_an_address_of_its_own_that_nobody_else_has(tmp_path: Path) -> None:
    assert addresses(doors(tmp_path, admin=":1"))[ADMIN] == "127.0.0.1:1"
    with pytest.raises(UsageError, match="a trigger listens there"):
        doors(tmp_path, admin=":8080")


def test_an_artifact_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="there is no file"):
        read_front_doors(Plan(str(tmp_path / "none.yaml")))
