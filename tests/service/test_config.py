"""Every setting is shown with where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasmflow.service.config import Setting, settings_of
from wasmflow.service.plan import HttpFlag, Plan, read_front_doors
from wasmflow.types.model import Json

MANIFEST = """\
version: 1
components: {}
limits: { transactions: 7 }
triggers:
  web:
    kind: http
    address: ":80"
    auth: { basic: { jane: secret }, bearer: { ci: token } }
    routes: { "GET /": { component: x, auth: { basic: { joe: hidden } } } }
"""


def shown(folder: Path, **sources: str) -> dict[str, Setting]:
    path = folder / "app.yaml"
    path.write_text(MANIFEST)
    http = (HttpFlag(":81"),) if "http" in sources else ()
    plan = Plan(str(path), http, grace=3, limits={"memory": 5})
    found = list(settings_of(plan, read_front_doors(plan), sources))
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


@pytest.mark.parametrize(
    ("name", "value", "source"),
    [
        ("grace", 3, "flag"),
        ("artifact", None, "argument"),
        ("workers", 1, "default"),
        ("cache", None, "environment"),
        ("limits.memory", 5, "flag"),
        ("limits.transactions", 7, "manifest"),
        ("limits.waiting", 1000, "default"),
        ("triggers.web.address", ":80", "manifest"),
        ("triggers.web.limits.body", "16MiB", "default"),
        ("admin", None, "default"),
    ],
)
def test_a_setting_says_where_it_is_from(
    tmp_path: Path, name: str, value: object, source: str
) -> None:
    setting = shown(tmp_path, grace="flag", cache="environment")[name]
    assert setting.source == source
    assert value in (setting.value, None)


@pytest.mark.parametrize("source", ["flag", "environment"])
def test_an_address_may_be_from_elsewhere(tmp_path: Path, source: str) -> None:
    setting = shown(tmp_path, http=source)["triggers.web.address"]
    assert (setting.value, setting.source) == (":81", source)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    text = str(shown(tmp_path))
    assert "jane" in text
    assert not any(secret in text for secret in ("'secret'", "token", "'hidden'"))


def test_what_variables_stand_for_is_not_shown_but_for_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hunter2")
    monkeypatch.setenv("PORT", "8081")
    path = tmp_path / "app.yaml"
    path.write_text(
        "version: 1\ncomponents: {}\ntriggers:\n  web:\n    kind: http\n    address: ':$PORT'\n"
        "    routes: { /*: { proxy: 'http://h/$SECRET' }, /b/*: { proxy: 'http://t0ken@h' } }\n"
        "    cors: { origins: ['https://a', 'https://$SECRET'] }\n"
    )
    plan = Plan(str(path))
    found = {each.name: each for each in settings_of(plan, read_front_doors(plan), {})}
    assert found["triggers.web.address"] == Setting("triggers.web.address", ":8081", "manifest")
    assert found["triggers.web.routes./*.proxy"].value == "http://h/$SECRET"
    assert found["triggers.web.routes./b/*.proxy"].value == "http://(hidden)@h"
    assert found["triggers.web.cors.origins"].value == ["https://a", "https://$SECRET"]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("grace", 10.0, "10 s"),
        ("limits.memory", 1 << 28, "256 MiB"),
        ("limits.call_output_bytes", None, "none"),
        ("triggers.web.limits.body", "16MiB", "16MiB"),
        ("triggers.web.limits.body_seconds", 30.0, "30 s"),
        ("triggers.often.every", 0.5, "0.5 s"),
        ("triggers.web.headers", {}, "none"),
        ("triggers.web.routes./*.strip", False, "no"),
        ("watch", True, "yes"),
        ("workers", 2, "2"),
        ("triggers.web.middleware.response", ["careful"], '["careful"]'),
    ],
)
def test_people_read_values_with_their_units(name: str, value: Json, text: str) -> None:
    assert Setting(name, value, "default").text == text
