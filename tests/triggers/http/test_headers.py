from __future__ import annotations

from pathlib import Path

import pytest

from tests.triggers.doors import host, signature, trigger, typed
from tests.triggers.http.asking import app, ask, refused_handshake
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.plan import plan
from wasmflow.triggers.http.refusal import refusal

POLICY = "default-src 'self'"


def _serving(www: Path) -> App:
    (www / "a.txt").write_text("a")
    it = typed(signature("it", "", "output: string"), lambda: "hello")
    own = "{component: it, response: {headers: {Content-Security-Policy: sandbox}}}"
    routes = f"{{GET /it: it, GET /own: {own}, /files/*: {{files: '{www}'}}}}"
    said = f'{{Content-Security-Policy: "{POLICY}", x-frame-options: DENY}}'
    return app(host(it=it), f"{{kind: http, headers: {said}, routes: {routes}}}")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/it", 200),
        ("GET", "/files/a.txt", 200),
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
        ("POST", "/it", 405),
        ("OPTIONS", "/it", 204),
    ],
)
async def test_every_answer_has_the_headers_of_the_server(
    tmp_path: Path, method: str, target: str, status: int
) -> None:
    answer = await ask(_serving(tmp_path), method, target)
    assert answer.status == status
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-frame-options"] == "DENY"


async def test_an_answer_that_says_one_itself_keeps_it(tmp_path: Path) -> None:
    answer = await ask(_serving(tmp_path), "GET", "/own")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-frame-options"] == "DENY"


async def test_a_handshake_that_is_refused_has_them_as_well(tmp_path: Path) -> None:
    answer = await refused_handshake(_serving(tmp_path), "/nowhere")
    assert (answer.status, answer.headers["x-frame-options"]) == (404, "DENY")


def test_what_no_application_is_asked_for_has_them_as_well() -> None:
    constant = [(b"x-frame-options", b"DENY"), (b"content-type", b"text/html")]
    head, _, _ = refusal(400, "nonsense", [(b"date", b"now")], constant).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert b"x-frame-options: DENY" in lines
    assert [line for line in lines if line.startswith(b"content-type")] == [
        b"content-type: application/problem+json"
    ]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("date: now", "the server says 'date' itself. Hint: leave it out"),
        ('"x y": a', "the header 'x y' has characters that none can have. Hint: write"),
        (
            'x-y: "a\\r\\nb: c"',
            "the header 'x-y' has characters that none can have. Hint: write",
        ),
    ],
)
def test_what_no_answer_can_have_is_told(header: str, problem: str) -> None:
    found = plan(trigger(f"{{kind: http, headers: {{{header}}}}}"), host()).problems
    assert len(found) == 1
    assert f": {problem}" in str(found[0])
