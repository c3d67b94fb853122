"""Routes that another server answers: what can be said of them before it is asked."""

from __future__ import annotations

import sys

import pytest

from tests.triggers.doors import host, trigger
from wasmflow.triggers.http.server import check


def told(route: str) -> list[str]:
    at = trigger(f"{{kind: http, routes: {{{route}}}}}")
    return [str(problem).removeprefix("flow.yaml:4:") for problem in check(at, host())]


@pytest.mark.parametrize(
    "route",
    [
        "/*: {proxy: 'http://127.0.0.1:9000'}",
        "/*: {proxy: 'https://example.org', strip: true, timeout: 5}",
        "/one: {proxy: 'http://[::1]:9000/below'}",
    ],
)
def test_another_server_can_answer(route: str) -> None:
    assert told(route) == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:9000", "ftp://x", "http://", "http://x:0", "http://x:port", "http://x?a=1", "http://u:p@x",
     "http://x/#a"],
)  # fmt: skip
def test_what_is_no_address_is_told(address: str) -> None:
    found = told(f"/*: {{proxy: '{address}'}}")
    assert [each.partition(". Hint")[0] for each in found] == [
        f"39: '{address}' is no address of a server"
    ]


def test_what_is_left_out_must_be_there() -> None:
    assert told("/x: {proxy: 'http://x', strip: true}") == [
        "58: 'strip' leaves out what stands before '*', and there is none. Hint: write /x/*"
    ]


def test_what_is_missing_for_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    assert "pip install 'wasmflow[proxy]'" in told("/*: {proxy: 'http://x'}")[0]
