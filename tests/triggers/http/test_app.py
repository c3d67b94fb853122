from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes import error, exception, fake, never
from tests.triggers.doors import FakeCollection, typed
from tests.triggers.http.asking import Answer, app, ask, exchange, scope
from wasmflow.component import About, Port, Signature
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.packet import Failure, Kind
from wasmflow.triggers.http.app import App
from wasmflow.triggers.http.bodies import Bodies
from wasmflow.triggers.http.problems import Refused
from wasmflow.types import model as wit


def _host(**components: Any) -> Host:
    return Host(FakeCollection(components, About("test", "A test.")), Settings())


GREET = typed(
    Signature(
        "",
        (Port("name", wit.STRING), Port("times", wit.U8, optional=True)),
        (Port("output", wit.STRING),),
    ),
    lambda name, times: f"Hello {name}" * (times if isinstance(times, int) else 1),
)


def _greeter() -> App:
    return app(_host(greet=GREET))


async def _problem(answer: Answer, status: int) -> dict[str, Any]:
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json
    assert problem["status"] == status
    return problem


async def test_every_component_answers_json_with_the_object_of_its_outputs() -> None:
    answer = await ask(_greeter(), "POST", "/components/greet", {"name": "Jane"})
    assert (answer.status, answer.json) == (200, {"output": "Hello Jane"})
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("target", "body", "content_type"),
    [
        ("?name=Jane&times=2", b"", ""),
        ("?times=2", b"name=Jane", "application/x-www-form-urlencoded"),
        ("?times=2", b'{"name": "Jane"}', "application/vnd.api+json; charset=utf-8"),
        ("?times=2", b"Jane", "text/plain"),
        ("?times=2", b"Jane", ""),
        (
            "?times=2",
            b'--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nJane\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
async def test_inputs_come_in_many_ways(target: str, body: bytes, content_type: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    answer = await ask(_greeter(), "POST", f"/components/greet{target}", body, headers)
    assert answer.json == {"output": "Hello JaneHello Jane"}


async def test_all_that_is_wrong_with_inputs_is_told_at_once_by_port() -> None:
    body = {"nmae": "Jane", "times": 300}
    problem = await _problem(await ask(_greeter(), "POST", "/components/greet", body), 422)
    assert [error["port"] for error in problem["errors"]] == ["nmae", "times", "name"]
    assert "did you mean 'name'?" in problem["errors"][0]["detail"]
    assert problem["component"] == "greet"
    assert len(problem["trace"]) == 32


@pytest.mark.parametrize(
    ("method", "target", "body", "content_type", "status"),
    [
        ("POST", "/components/greet", b"{", "application/json", 400),
        ("POST", "/components/greet", b"[]", "application/json", 422),
        ("POST", "/components/greet?name=%ff", b"", "", 400),
        ("POST", "/components/greet", b"--x", "multipart/form-data; boundary=x", 400),
        ("POST", "/components/greet", b"x", "multipart/form-data", 400),
        ("POST", "/components/greet", b"\xff", "text/plain", 422),
        ("POST", "/components/nobody", b"", "", 404),
        ("GET", "/components/greet", b"", "", 405),
        ("POST", "/components/greet", b"x" * (17 << 20), "text/plain", 413),
        ("POST", "/components/greet", b'{"name":1}', "application/x-www-form-urlencoded", 415),
    ],
)  # fmt: skip
async def test_wrong_requests_get_the_right_answers(
    method: str, target: str, body: bytes, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    await _problem(await ask(_greeter(), method, target, body, headers), status)


async def test_a_body_that_is_too_large_is_refused_also_where_it_does_not_say_its_size() -> None:
    headers = {"content-type": "text/plain", "content-length": ""}
    answer = await ask(_greeter(), "POST", "/components/greet", b"x" * (17 << 20), headers)
    await _problem(answer, 413)


async def test_a_body_of_a_type_that_no_input_takes_is_refused() -> None:
    sums = typed(Signature("", (Port("a", wit.S64),), ()), lambda a: ())
    answer = await ask(
        app(_host(sums=sums)), "POST", "/components/sums", b"5", {"content-type": "text/csv"}
    )
    await _problem(answer, 415)
    assert "application/json" in answer.headers["accept-post"]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (exception("no"), 422),
        (error("broken"), 500),
        (Failure(Kind.ERROR, "late", limit="transaction_seconds"), 504),
        (Failure(Kind.ERROR, "late", limit="call_seconds"), 504),
    ],
)
async def test_the_status_says_why_a_transaction_failed(failure: Failure, status: int) -> None:
    answer = await ask(app(_host(it=fake(lambda: failure, "", "output"))), "POST", "/components/it")
    problem = await _problem(answer, status)
    assert problem["detail"] == failure.message
    assert problem["kind"] == failure.kind.value


async def test_an_exception_says_what_it_carries() -> None:
    refuse = fake(lambda: exception("no", payload={"code": 7}), "", "output")
    answer = await ask(app(_host(it=refuse)), "POST", "/components/it")
    assert (await _problem(answer, 422))["payload"] == {"code": 7}


async def test_a_bug_is_told_as_one_and_fails_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> Any:
        raise ZeroDivisionError

    made = app(_host(it=fake(broken, "", "output"), greet=GREET))
    problem = await _problem(await ask(made, "POST", "/components/it"), 500)
    assert "bug" in problem["detail"]
    assert (await ask(made, "POST", "/components/greet", {"name": "Jane"})).status == 200


async def test_options_tells_the_methods() -> None:
    answer = await ask(_greeter(), "OPTIONS", "/components/greet")
    assert (answer.status, answer.headers["allow"]) == (204, "POST, OPTIONS")


async def test_who_leaves_has_his_transaction_cancelled() -> None:
    work = never("")
    made = app(_host(it=work))
    events = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        while not events:
            if work.running:
                return {"type": "http.disconnect"}
            await asyncio.sleep(0)
        return events.pop()

    async def send(_message: dict[str, Any]) -> None: ...

    await made(scope("POST", "/components/it", {}), receive, send)
    assert (work.running, work.cancelled) == (0, 1)


async def test_a_transaction_that_takes_too_long_is_504() -> None:
    block = "{kind: http, routes: {/x: {component: it, timeout: 0.01}}}"
    answer = await ask(app(_host(it=never("")), block), "GET", "/x")
    problem = await _problem(answer, 504)
    assert problem["detail"] == "the transaction's time limit was reached"
    assert problem["limit"] == "transaction_seconds"
    assert "also" not in problem


async def test_who_comes_when_there_is_too_much_to_do_is_told_to_come_again() -> None:
    settings = Settings().limited({"transactions": 1, "waiting": 1})
    work = never("")
    made = app(Host(FakeCollection({"it": work}, About("test", limits=settings.limits)), settings))
    waiting = [asyncio.create_task(ask(made, "POST", "/components/it")) for _ in range(2)]
    await asyncio.sleep(0)  # one is at work now, and the other waits for it
    answer = await ask(made, "POST", "/components/it")
    await _problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
    for each in waiting:
        each.cancel()
    await asyncio.wait(waiting)


async def test_a_million_mistakes_are_told_in_a_few() -> None:
    body = {f"key-{n}": n for n in range(100_000)}
    problem = await _problem(await ask(_greeter(), "POST", "/components/greet", body), 422)
    assert len(problem["errors"]) == 20
    assert problem["detail"].endswith("; …")


def test_bodies_have_an_end_in_all() -> None:
    bodies = Bodies(100)
    bodies.take(60)
    with pytest.raises(Refused, match="too much is being sent"):
        bodies.take(50)
    bodies.let_go(60)
    bodies.take(100)


async def test_a_body_that_was_answered_counts_no_more() -> None:
    made = app(_host(greet=GREET), bodies=Bodies(100))
    asked = scope("POST", "/components/greet", {"content-type": "text/plain"})
    for _ in range(3):
        assert (await exchange(made, asked, [b"x" * 80, b"y" * 80])).status == 200
    await _problem(await exchange(made, asked, [b"x" * 80, b"y" * 80, b""]), 503)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "https://example.org", "host": "example.org"}, 200),
        ({"origin": "https://evil.org", "host": "example.org"}, 403),
        ({"origin": "null", "host": "example.org"}, 403),
        ({"origin": "https://a.org", "host": "inside", "sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://a.org", "host": "a.org", "sec-fetch-site": "cross-site"}, 403),
    ],
)
async def test_pages_of_other_origins_have_nothing_done(
    headers: dict[str, str], status: int
) -> None:
    sent = {"content-type": "text/plain", **headers}
    answer = await ask(_greeter(), "POST", "/components/greet", b"Jane", sent)
    assert answer.status == status


async def test_those_that_are_allowed_have() -> None:
    made = app(_host(greet=GREET), "{kind: http, cors: {origins: ['https://a.org']}}")
    headers = {"content-type": "text/plain", "origin": "https://a.org", "host": "b.org"}
    assert (await ask(made, "POST", "/components/greet", b"Jane", headers)).status == 200


async def test_a_field_that_is_left_empty_gives_an_optional_number_nothing() -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await ask(_greeter(), "POST", "/components/greet", b"name=Jane&times=", form)
    assert answer.json == {"output": "Hello Jane"}
    answer = await ask(_greeter(), "POST", "/components/greet?name=&times=", b"", {})
    assert answer.json == {"output": "Hello "}


async def test_a_body_that_is_compressed_is_refused_as_such() -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await ask(_greeter(), "POST", "/components/greet", b"\x1f\x8b", headers)
    assert "gzip" in (await _problem(answer, 415))["detail"]
