from __future__ import annotations

from typing import Any

import pytest

from wasmflow.cli.triggers import trigger_text


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ({"kind": "http"}, "http on :8080: all components"),
        (
            {"kind": "http", "address": ":1", "routes": {"GET /a": "b", "/*": {"files": "./www"}}},
            "http on :1: GET /a -> b, /* -> ./www",
        ),
        ({"kind": "schedule", "cron": "* * * * *", "component": "a"}, "schedule (* * * * *): a"),
        ({"kind": "schedule", "every": 5, "component": "a"}, "schedule (every 5 s): a"),
        ({"kind": "startup", "component": "a"}, "startup: a"),
    ],
)
def test_a_trigger_is_shown_in_a_line(block: dict[str, Any], text: str) -> None:
    assert trigger_text(block) == text
