"""Components that see requests before, and responses after, what answers a route."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import error, exception
from tests.triggers.doors import Watcher, host, noting, signature, surroundings, trigger, typed
from tests.triggers.http.asking import Answer, app, ask
from wasmflow.host.host import Host
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.server import check
from wasmflow.types import model as wit

FILE = (
    b"--x\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--x\r\ncontent-disposition: "
    b"form-data; name=b; filename=b\r\n\r\n2\r\n--x--\r\n"
)
REQUEST = "method: string; path: string; query: any; headers: any; client: string; user: string"
SHOWN = ("method", "path", "query", "headers", "client", "user")


def show(*facts: Any) -> str:
    """What the handler sees of the request, as JSON."""
    return json.dumps(dict(zip(SHOWN, facts, strict=True)))


def components(**more: Any) -> Host:
    return host(show=typed(signature("show", REQUEST, "output: string"), show), **more)


def changing(inputs: str = "", outputs: str = "", *sent: Any) -> Any:
    """A component that sends these."""
    return typed(signature("it", inputs, outputs), lambda *_: sent[0] if len(sent) == 1 else sent)


async def asked(it: Any, method: str = "GET", target: str = "/a?x=1", **more: Any) -> Answer:
    return await through({"it": it}, "request: [it]", method, target, **more)


async def through(
    made: dict[str, Any], stages: str, method: str = "GET", target: str = "/a?x=1", **more: Any
) -> Answer:
    facts = ", ".join(f"{name}: {name}" for name in SHOWN)
    route = f"component: show, inputs: {{{facts}}}, response: {{body: output, type: text/x}}"
    block = f"{{kind: http, middleware: {{{stages}}}, routes: {{/a: {{{route}}}}}}}"
    made_host = components(**made)
    assert [str(each) for each in check(trigger(block), made_host)] == []
    return await ask(app(made_host, block), method, target, **more)


# --- requests ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "sent", "shown"),
    [
        ("user: string", "jane", {"user": "jane"}),
        ("path: string", "/b c/%41?", {"path": "/b%20c/%41%3F"}),
        ("method: string", "PATCH", {"method": "PATCH"}),
        ("query: any", {"y": ["1", 2]}, {"query": {"x": "1", "y": "2"}}),
        ("query: any", {"x": None}, {"query": {}}),
        ("headers: any", {"X-New": "1", "x-old": None}, {"headers": {"x-new": "1"}}),
        ("headers: list<tuple<string, string>>", [("x-old", "b")], {"headers": {"x-old": "b"}}),
    ],
)
async def test_what_it_sends_changes_what_the_handler_sees(
    outputs: str, sent: Any, shown: dict[str, Any]
) -> None:
    answer = await asked(changing("", outputs, sent), headers={"x-old": "a"})
    seen = json.loads(answer.body)
    assert {name: seen[name] for name in shown} == shown


async def test_what_it_does_not_send_stays_as_it_is() -> None:
    answer = await asked(changing("method: string"), headers={"x-old": "a"})
    assert json.loads(answer.body) == {
        "method": "GET", "path": "/a", "query": {"x": "1"}, "headers": {"x-old": "a"},
        "client": "127.0.0.1", "user": "",
    }  # fmt: skip


async def test_a_status_answers_at_once() -> None:
    it = changing(
        "", "status: u16; body: string; headers: any; content-type: string",
        402, "pay", {"x-price": 5}, "text/y",
    )  # fmt: skip
    answer = await asked(it)
    assert (answer.status, answer.body) == (402, b"pay")
    assert (answer.headers["content-type"], answer.headers["x-price"]) == ("text/y", "5")


@pytest.mark.parametrize(
    ("kind", "body", "type_"),
    [
        ("string", "text", "text/plain; charset=utf-8"),
        ("list<u8>", b"\x00", "application/octet-stream"),
        ("any", {"a": 1}, "application/json"),
    ],
)
async def test_a_body_says_its_type(kind: str, body: Any, type_: str) -> None:
    answer = await asked(changing("", f"status: u16; body: {kind}", 200, body))
    assert answer.headers["content-type"] == type_


async def test_a_status_without_a_body_has_none() -> None:
    answer = await asked(changing("", "status: u16", 204))
    assert (answer.status, answer.body) == (204, b"")


async def test_null_says_nothing() -> None:
    record = wit.Record(
        (wit.Part("status", wit.Option(wit.U16)), wit.Part("user", wit.Option(wit.STRING)))
    )
    it = typed(signature("it"), lambda: {"status": None, "user": "jane"})
    port = signature("it", "", "output: any").outputs[0]
    it.signature = type(it.signature)("it", (), (type(port)("output", record),))
    assert json.loads((await asked(it)).body)["user"] == "jane"


async def test_an_object_of_whatever_it_likes_says_the_same() -> None:
    assert (
        json.loads((await asked(changing("", "output: any", {"user": "jo"}))).body)["user"] == "jo"
    )
    assert (await asked(changing("", "output: any", {"status": 403}))).status == 403
    assert (await asked(changing("", "output: any", [1]))).status == 500


async def test_it_sees_the_body_which_is_there_for_the_handler_as_well() -> None:
    seen: list[Any] = []
    it = typed(signature("it", "body: list<u8>"), noting(seen))
    upper = typed(signature("up", "text: string", "output: string"), str.upper)
    route = "POST /: {component: up, inputs: {text: body}}"
    block = f"{{kind: http, middleware: {{request: [it]}}, routes: {{{route}}}}}"
    answer = await ask(app(host(it=it, up=upper), block), "POST", "/", b"hello")
    assert (seen, b"HELLO" in answer.body) == ([(b"hello",)], True)


async def test_a_body_that_it_sends_takes_its_place() -> None:
    it = typed(signature("it", "body: string", "body: string"), lambda body: body[::-1])
    upper = typed(signature("up", "text: string", "output: string"), str.upper)
    route = "POST /: {component: up, inputs: {text: body}}"
    block = f"{{kind: http, middleware: {{request: [it]}}, routes: {{{route}}}}}"
    assert b"OLLEH" in (await ask(app(host(it=it, up=upper), block), "POST", "/", b"hello")).body


@pytest.mark.parametrize(
    ("port", "body", "status"),
    [("string", b"\xff", 400), ("any", b"{", 400), ("any", b"", 400), ("list<u8>", b"{", 200)],
)
async def test_a_body_that_it_cannot_see_is_the_mistake_of_the_client(
    port: str, body: bytes, status: int
) -> None:
    assert (await asked(changing(f"body: {port}"), "POST", body=body)).status == status


@pytest.mark.parametrize(
    ("failure", "status"), [(exception("not you"), 422), (error("broken"), 500)]
)
async def test_where_it_fails_nothing_passes(failure: Any, status: int) -> None:
    answer = await asked(changing("", "user: string", failure))
    assert (answer.status, answer.json["origin"]) == (status, "it")


@pytest.mark.parametrize(
    ("outputs", "sent"),
    [
        ("status: u16", 99), ("status: u16", 700), ("path: string", "x"), ("method: string", "G E"),
        ("user: string", "a\nb"), ("headers: any", "x"), ("headers: any", {"a b": "c"}),
        ("headers: any", {"a": "b\r\nc: d"}), ("query: any", 5), ("body: string", "unread"),
    ],
)  # fmt: skip
async def test_what_it_cannot_say_is_its_error(outputs: str, sent: Any) -> None:
    assert (await asked(changing("", outputs, sent))).status == 500


async def test_several_see_what_the_others_have_made_of_it() -> None:
    made = {
        "one": typed(signature("one", "path: string", "path: string"), lambda path: path + "/1"),
        "two": typed(signature("two", "path: string", "path: string"), lambda path: path + "/2"),
    }
    answer = await through(made, "request: [one, two]")
    assert json.loads(answer.body)["path"] == "/a/1/2"


async def test_it_is_told_of_as_a_part_of_the_trace_of_the_request() -> None:
    watcher = Watcher()
    made = components(it=changing("", "user: string", exception("no")))
    inputs = "method: a, path: a, query: a, headers: a, client: a, user: a"
    route = f"/: {{component: show, with: {{{inputs}}}}}"
    block = f"{{kind: http, middleware: {{request: [it]}}, routes: {{{route}}}}}"
    await ask(app(made, block, surroundings(made, watcher)), "GET", "/")
    inner, outer = watcher.seen
    assert (inner.component, inner.outcome.value) == ("it", "exception")
    assert (outer.component, outer.outcome.value) == ("show", "exception")
    assert inner.parent is not None
    assert (inner.parent.span, inner.context.trace) == (outer.context.span, outer.context.trace)


async def test_who_asks_is_known_to_it_and_it_sees_nobody_else() -> None:
    seen: list[Any] = []
    it = typed(signature("it", "user: string"), noting(seen))
    block = "{kind: http, auth: {basic: {jane: sesame-1}}, middleware: {request: [it]}, routes: {/: it}}"
    served = app(host(it=it), block.replace("/: it", "/: {component: it, inputs: {user: user}}"))
    await ask(served, "GET", "/", headers={"authorization": "Basic amFuZTpzZXNhbWUtMQ=="})
    await ask(served, "GET", "/", headers={"authorization": "Basic amFuZTpzZXNhbWUtMg=="})
    assert seen == [("jane",), ("jane",)]


# --- responses --------------------------------------------------------------------------------


async def finished(it: Any, *, route: str = "text", method: str = "GET") -> Answer:
    made = host(
        it=it,
        text=typed(signature("text", "", "output: string"), lambda: "hello"),
        bad=typed(signature("bad", "", "output: string"), lambda: exception("no")),
    )
    routes = f"{{/: {{component: {route}, response: {{body: output}}}}}}"
    block = f"{{kind: http, middleware: {{response: [it]}}, routes: {routes}}}"
    assert [str(each) for each in check(trigger(block), made)] == []
    return await ask(app(made, block), method, "/")


async def test_a_response_is_what_it_makes_of_it() -> None:
    said = "status: u16; body: string"
    it = typed(
        signature("it", f"{said}; request-path: string", f"{said}; headers: any"),
        lambda status, body, path: (status + 1, body.upper() + path, {"x-seen": "1"}),
    )
    answer = await finished(it)
    assert (answer.status, answer.body, answer.headers["x-seen"]) == (201, b"HELLO/", "1")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_it_sees_what_tells_of_an_error_as_well() -> None:
    it = typed(
        signature("it", "status: u16; content-type: string; body: any", "headers: any"),
        lambda status, type_, body: {"x-seen": f"{status} {type_} {body['detail']}"},
    )
    answer = await finished(it, route="bad")
    assert (answer.status, answer.json["detail"]) == (422, "no")
    assert answer.headers["x-seen"] == "422 application/problem+json no"


@pytest.mark.parametrize("failure", [error("broken"), exception("no")])
async def test_where_it_fails_the_response_is_not_sent(failure: Any) -> None:
    answer = await finished(changing("", "status: u16", failure))
    assert b"hello" not in answer.body
    assert answer.status == (500 if failure.kind.value == "error" else 422)


async def files(www: Path, it: Any, path: str, method: str = "GET", **headers: str) -> Answer:
    block = (
        f"{{kind: http, middleware: {{response: [it]}}, limits: {{body: 1MiB}}, "
        f"routes: {{/*: {{files: '{www}'}}}}}}"
    )
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(app(host(it=it), block), method, path, headers=sent)


def loud(port: str = "body") -> Any:
    return typed(
        signature("it", f"{port}: string; status: u16", "body: string; headers: any"),
        lambda body, _: (body.upper() if isinstance(body, str) else (), {"x-seen": "1"}),
    )


async def test_it_sees_a_file_as_a_whole_and_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 500_000)
    (tmp_path / "a.txt.gz").write_bytes(b"compressed")
    answer = await files(tmp_path, loud(), "/a.txt", range="bytes=0-1", accept_encoding="gzip")
    assert (answer.status, answer.body) == (200, b"A" * 500_000)
    assert "etag" not in answer.headers
    assert answer.headers["content-length"] == "500000"


async def test_what_must_see_a_body_that_is_too_large_lets_nothing_pass(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 1_100_000)
    answer = await files(tmp_path, loud(), "/a.txt")
    assert (answer.status, "cannot" in answer.json["detail"]) == (500, True)


async def test_what_need_not_see_it_does_without(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a" * 1_100_000)
    it = typed(
        signature("it", "body?: string; status: u16", "headers: any"), lambda *_: {"x-seen": "1"}
    )
    answer = await files(tmp_path, it, "/a.txt")
    assert (answer.status, len(answer.body), answer.headers["x-seen"]) == (200, 1_100_000, "1")


async def test_where_there_is_no_body_nobody_sees_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("aaa")
    tag = (await files(tmp_path, changing("", "headers: any", {}), "/a.txt")).headers["etag"]
    assert (await files(tmp_path, loud(), "/a.txt", "HEAD")).body == b""
    answer = await files(tmp_path, loud(), "/a.txt", if_none_match=tag)
    assert (answer.status, answer.body) == (304, b"")


# --- problems ---------------------------------------------------------------------------------

PROBLEM = "record {detail: string, errors: option<list<record {port: string, detail: string}>>}"


async def ordered(it: Any, body: bytes, method: str = "POST", **headers: str) -> Answer:
    """What is answered to a form with a number, before `it`."""
    order = typed(
        signature("order", "count: u8", "output: string"), lambda count: f"{count} bought"
    )
    route = "{component: order, response: {body: output}, middleware: {response: [it]}}"
    made, block = host(it=it, order=order), f"{{kind: http, routes: {{/order: {route}}}}}"
    assert [str(each) for each in check(trigger(block), made)] == []
    sent = {"content-type": "application/x-www-form-urlencoded", **headers}
    return await ask(app(made, block), method, "/order", body, sent)


def page(problem: Any, form: Any) -> tuple[str, str]:
    (wrong,) = problem["errors"]
    return f"<p>{wrong['port']}: {form['count']}", "text/html"


async def test_a_problem_is_shown_as_a_page_with_what_was_written() -> None:
    inputs = f"problem: {PROBLEM}; request-form: any"
    it = typed(signature("it", inputs, "body: string; content-type: string"), page)
    answer = await ordered(it, b"count=many&buy=Buy")
    assert (answer.status, answer.body) == (422, b"<p>count: many")
    assert answer.headers["content-type"] == "text/html"


@pytest.mark.parametrize("problem", ["problem: any", f"problem: {PROBLEM}"])
async def test_who_must_see_a_problem_is_asked_for_nothing_else(problem: str) -> None:
    seen: list[Any] = []
    it = typed(signature("it", problem), noting(seen))
    assert (await ordered(it, b"count=1")).body == b"1 bought"
    assert seen == []
    assert (await ordered(it, b"")).status == 422
    assert len(seen) == 1


async def test_who_need_not_see_a_problem_is_asked_for_all() -> None:
    seen: list[Any] = []
    it = typed(signature("it", f"problem?: {PROBLEM}; status: u16"), noting(seen))
    await ordered(it, b"count=1")
    await ordered(it, b"count=1", **{"content-type": "image/png"})
    (nothing, _), (problem, status) = seen
    assert (nothing, problem["errors"], status) == (EMPTY, None, 415)


async def test_a_component_may_answer_with_a_problem_itself() -> None:
    seen: list[Any] = []
    it = typed(signature("it", "problem: any"), noting(seen))
    own = typed(signature("own", "", "output: string"), lambda: '{"detail": "sold out"}')
    said = "{body: output, status: 409, type: application/problem+json}"
    route = f"{{component: own, response: {said}, middleware: {{response: [it]}}}}"
    await ask(app(host(it=it, own=own), f"{{kind: http, routes: {{/: {route}}}}}"), "GET", "/")
    told = {"type": "about:blank", "title": "", "status": 409, "detail": "sold out"}
    assert seen == [(told,)]


@pytest.mark.parametrize(
    ("content_type", "body", "written"),
    [
        ("multipart/form-data; boundary=x", FILE, {"a": "1"}),
        ("application/x-www-form-urlencoded", b"count=a&count=b&c=", {"count": "b", "c": ""}),
        ("application/x-www-form-urlencoded", b"a=%ff", {}),
        ("multipart/form-data", b"a", {}),
        ("application/json", b'{"count": "a"}', {}),
    ],
)
async def test_what_was_written_is_the_texts_of_the_form(
    content_type: str, body: bytes, written: dict[str, str]
) -> None:
    seen: list[Any] = []
    it = typed(signature("it", "request-form: any; status: u16"), noting(seen))
    await ordered(it, body, **{"content-type": content_type})
    ((form, status),) = seen
    assert (form, status >= 400) == (written, True)


# --- what is wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "inputs", "outputs", "problem"),
    [
        ("request", "pfad: string", "", "'it' has an input 'pfad' that no request has. Hint: a request has"),
        ("request", "status?: u16", "", "'it' has an input 'status' that no request has"),
        ("request", "path: u8", "", "the input 'path' of 'it' cannot take the path of a request"),
        ("request", "headers: list<string>", "", "the input 'headers' of 'it' cannot take the headers"),
        ("request", "", "usr: string", "'it' sends 'usr', which no request has. Hint: did you mean 'user'?"),
        ("request", "", "status: string", "the output 'status' of 'it' cannot be the status"),
        ("request", "", "path: u8", "the output 'path' of 'it' cannot be the path"),
        ("request", "", "headers: string", "the output 'headers' of 'it' cannot be the headers"),
        ("request", "path*: string", "", "'it' has streams"),
        ("response", "path: string", "", "'it' has an input 'path' that no response has"),
        ("response", "status: string", "", "the input 'status' of 'it' cannot take the status"),
        ("response", "problem: string", "", "the input 'problem' of 'it' cannot take the problem"),
        ("response", "problem: record {a: u8}", "", "the input 'problem' of 'it' cannot take the problem"),
        ("request", "problem: any", "", "'it' has an input 'problem' that no request has"),
        ("response", "", "user: string", "'it' sends 'user', which no response has"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(
    role: str, inputs: str, outputs: str, problem: str
) -> None:
    block = f"{{kind: http, middleware: {{{role}: [it]}}}}"
    made = host(it=typed(signature("it", inputs, outputs)))
    found = [str(each) for each in check(trigger(block), made)]
    assert len(found) == 1
    assert found[0].startswith(f"flow.yaml:4:{34 + len(role)}: {problem}")


def test_a_component_that_there_is_not_is_told() -> None:
    at = trigger("{kind: http, routes: {/: {component: show, middleware: {response: [none]}}}}")
    found = [str(each) for each in check(at, components())]
    assert found == ["flow.yaml:4:72: there is no component 'none'; it has: 'show'"]
