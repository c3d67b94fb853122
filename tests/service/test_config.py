"""Every setting is shown with where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasmflow.service.config import Setting, settings_of
from wasmflow.service.plan import HttpFlag, Plan, read_front_doors

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
