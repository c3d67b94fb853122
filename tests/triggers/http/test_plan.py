from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import exception, fake
from tests.triggers.doors import FakeCollection, Watcher, signature, surroundings, trigger, typed
from tests.triggers.http.asking import app, ask, refused_handshake
from wasmflow.component import About, Port, Signature
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.plan import is_loopback, plan
from wasmflow.types import model as wit


def _host(**components: Any) -> Host:
    return Host(FakeCollection(components, About("test")), Settings())


def _noting(inputs: str) -> tuple[Host, list[Any]]:
    """A component ``it`` that remembers what it is given."""
    seen: list[Any] = []

    def note(*given: Any) -> str:
        seen.append(given)
        return "done"

    return _host(it=typed(signature("", inputs, "output: string"), note)), seen


async def test_parameters_of_the_path_and_the_query_go_to_the_inputs_of_their_names() -> None:
    host, seen = _noting("id: u32; tag: list<string>; draft?: bool")
    made = app(host, "{kind: http, routes: {'GET /users/{id}': it}}")
    answer = await ask(made, "GET", "/users/7?tag=a&tag=b&draft=true&utm_source=mail")
    assert (answer.status, seen) == (200, [(7, ["a", "b"], True)])


async def test_a_parameter_with_a_type_decides_whether_a_route_is_meant() -> None:
    host, seen = _noting("id: u32")
    made = app(host, "{kind: http, routes: {'GET /users/{id:u32}': it}}")
    assert (await ask(made, "GET", "/users/jane")).status == 404
    assert seen == []


async def test_a_parameter_without_one_that_does_not_fit_names_its_input() -> None:
    host, _ = _noting("id: u32")
    answer = await ask(
        app(host, "{kind: http, routes: {'GET /users/{id}': it}}"), "GET", "/users/x"
    )
    assert (answer.status, answer.json["port"]) == (422, "id")


async def test_inputs_come_from_the_parts_of_a_request_that_a_route_names() -> None:
    host, seen = _noting("a: string; b: string; c: string; d: string; e: any; f: string; g: string")
    block = (
        "{kind: http, routes: {'POST /{x}/{rest*}': {component: it, inputs: {a: path.x, b: query.q, "
        "c: header.X-Name, d: cookie.session, e: headers, f: path.rest, g: body}}}}"
    )
    headers = {"X-Name": "Jane", "cookie": "a=b; session=s1", "content-type": "text/plain"}
    answer = await ask(app(host, block), "POST", "/one/two/three?q=%C3%A4", b"body", headers)
    assert answer.status == 200
    (a, b, c, d, e, f, g) = seen[0]
    assert (a, b, c, d, f, g) == ("one", "ä", "Jane", "s1", "two/three", "body")
    assert e["x-name"] == "Jane"


async def test_a_handshake_for_a_path_that_can_be_read_as_another_is_refused_as_such() -> None:
    host, _ = _noting("rest: string")
    made = app(host, "{kind: http, routes: {'/admin/{rest*}': it, '/{rest*}': it}}")
    assert (await refused_handshake(made, "//admin/x")).status == 400
    assert (await ask(made, "GET", "//admin/x")).status == 400


@pytest.mark.parametrize("path", ["/admin%2Fx", "//admin/x", "/x/..%2Fadmin/x", "/admin;/x"])
async def test_the_rest_of_a_path_is_none_that_another_route_guards(path: str) -> None:
    host, seen = _noting("rest: string")
    guarded = "{component: it, auth: {bearer: {ci: '${TOKEN}'}}}"
    block = f"{{kind: http, routes: {{'/admin/{{rest*}}': {guarded}, '/{{rest*}}': it}}}}"
    made = app(host, block.replace("${TOKEN}", "0123456789abcdef"))
    assert (await ask(made, "GET", "/admin/x")).status == 401
    assert (await ask(made, "GET", path)).status == 400
    assert seen == []
    assert (await ask(made, "GET", "/a%2Fb//c")).status == 200
    assert seen == [("a/b//c",)]


async def test_facts_and_constants_are_inputs_too() -> None:
    host, seen = _noting("method: string; url: string; who: string; level: u8")
    block = (
        "{kind: http, routes: {/x: {component: it, inputs: {method: method, url: url, who: client}, "
        "with: {level: 3}}}}"
    )
    await ask(app(host, block), "PUT", "/x?y=1", b"", {"host": "example.org"})
    assert seen == [("PUT", "http://example.org/x?y=1", "127.0.0.1", 3)]


async def test_outputs_become_the_parts_of_a_response_that_a_route_names() -> None:
    made = typed(
        signature("", "", "page: string; code: u16; more: list<tuple<string, string>>"),
        lambda: ("<p>", 201, [("X-A", "1"), ("x-b", "2")]),
    )
    block = (
        "{kind: http, routes: {/x: {component: it, response: {body: page, status: code, "
        "headers: more, type: text/html}}}}"
    )
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.status, answer.body) == (201, b"<p>")
    assert answer.headers["content-type"] == "text/html"
    assert (answer.headers["x-a"], answer.headers["x-b"]) == ("1", "2")


@pytest.mark.parametrize(
    ("type_", "value", "content_type", "body"),
    [
        ("string", "text", "text/plain; charset=utf-8", b"text"),
        ("list<u8>", b"\x00", "application/octet-stream", b"\x00"),
        ("list<u16>", [1, 2], "application/json", b"[1,2]"),
    ],
)
async def test_a_body_is_of_the_type_of_its_output(
    type_: str, value: Any, content_type: str, body: bytes
) -> None:
    made = typed(signature("", "", f"output: {type_}"), lambda: value)
    block = "{kind: http, routes: {/x: {component: it, response: {body: output}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.headers["content-type"], answer.body) == (content_type, body)


async def test_fields_of_the_only_output_can_be_parts_of_a_response() -> None:
    record = wit.Record((wit.Part("status", wit.U16), wit.Part("text", wit.STRING)))
    made = typed(
        Signature("", (), (Port("output", record),)), lambda: {"status": 202, "text": "hi"}
    )
    block = "{kind: http, routes: {/x: {component: it, response: {body: text, status: status}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.status, answer.body) == (202, b"hi")


async def test_a_response_without_its_body_is_204() -> None:
    made = typed(signature("", "", "output: string"), lambda: (EMPTY,))
    block = "{kind: http, routes: {/x: {component: it, response: {body: output}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize("value", ["\r\nx: y", "a\x00b"])
async def test_a_component_cannot_write_headers_of_its_own_making(value: str) -> None:
    made = typed(signature("", "", "more: list<tuple<string, string>>"), lambda: [("a", value)])
    block = "{kind: http, routes: {/x: {component: it, response: {headers: more}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert answer.status == 500
    assert "a" not in answer.headers


async def test_what_the_server_says_itself_no_component_decides() -> None:
    made = typed(
        signature("", "", "more: list<tuple<string, string>>"),
        lambda: [("Content-Length", "3"), ("transfer-encoding", "chunked"), ("x", "y")],
    )
    block = "{kind: http, routes: {/x: {component: it, response: {headers: more}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "transfer-encoding" not in answer.headers


async def test_an_exception_has_the_status_of_its_case() -> None:
    made = fake(lambda: exception("no such user", payload={"not-found": 7}), "", "output")
    block = "{kind: http, routes: {/x: {component: it, response: {exceptions: {not-found: 404}}}}}"
    assert (await ask(app(_host(it=made), block), "GET", "/x")).status == 404


@pytest.mark.parametrize(
    "payload",
    [
        {"name": "UnknownUser", "message": "there is no user 7"},
        "UnknownUser: there is no user 7: ask again (users.py:3 in find)",  # built by earlier versions
    ],
)
async def test_an_exception_of_python_has_the_status_of_its_class(payload: object) -> None:
    made = fake(lambda: exception("there is no user 7", payload=payload), "", "output")
    block = (
        "{kind: http, routes: {/x: {component: it, response: {exceptions: {UnknownUser: 404}}}}}"
    )
    assert (await ask(app(_host(it=made), block), "GET", "/x")).status == 404


def _problems(routes: str) -> list[str]:
    host, _ = _noting("id: u32; name?: string")
    return [
        str(problem)
        for problem in plan(trigger(f"{{kind: http, routes: {routes}}}"), host).problems
    ]


def test_everything_that_is_wrong_with_routes_is_told_with_its_place() -> None:
    told = "\n".join(
        _problems(
            "{'GET /{id': it, /a: nobody, /b: {}, '/c/{other}': it, /d: {component: it, "
            "inputs: {idd: query.x, id: path.x, name: nonsense}, with: {name: 5}, response: {body: out}}, "
            "'GET /e/{id}': it, 'GET|POST /e/{id}': it}"
        )
    )
    for expected in (
        "neither text nor one parameter",
        "there is no component 'nobody'",
        "it has none of them",
        "'it' has no input 'other'",
        "'it' has no input 'idd' for a part of the request; did you mean 'id'?",
        "the path has no parameter 'x'",
        "'nonsense' is no part of a request",
        "the constant for 'name': expected string, got 5",
        "'it' has no output 'out'",
        "another route is for the same requests",
    ):
        assert expected.partition(";")[0] in told, (expected, told)
    assert all(line.startswith("m.yaml:4:") or ":4:" in line for line in told.splitlines())


@pytest.mark.parametrize(
    ("response", "told"),
    [
        ("{status: 99}", "99 is no status of a response. Hint: write one from 200 to 599"),
        ("{status: 600}", "600 is no status of a response. Hint: write one from 200 to 599"),
        ('{headers: {X-A: "a\\r\\nb: c"}}', "the header 'X-A' has characters that none can have"),
        ("{headers: {'X A': a}}", "the header 'X A' has characters that none can have"),
        ("{headers: {Content-Length: '3'}}", "the server says 'Content-Length' itself"),
        ('{type: "text/plain\\nx: y"}', "the content type has characters that none can have"),
    ],
)
def test_what_can_be_in_no_response_is_told_with_its_place(response: str, told: str) -> None:
    (found,) = _problems(f"{{'GET /{{id}}': {{component: it, response: {response}}}}}")
    assert told in found
    assert ":4:" in found


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_has_none(status: int) -> None:
    made = typed(signature("", "", "output: string"), lambda: "x")
    block = f"{{kind: http, routes: {{/x: {{component: it, response: {{status: {status}}}}}}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(("status", "title"), [(499, "Bad Request"), (404, "Not Found")])
async def test_an_exception_may_have_a_status_that_nobody_knows(status: int, title: str) -> None:
    made = fake(lambda: exception("no", payload="gone"), "", "output")
    response = f"{{exceptions: {{gone: {status}}}}}"
    block = f"{{kind: http, routes: {{/x: {{component: it, response: {response}}}}}}}"
    answer = await ask(app(_host(it=made), block), "GET", "/x")
    assert (answer.status, answer.json["title"]) == (status, title)


@pytest.mark.parametrize(
    ("payload", "status", "detail", "outcome"),
    [("gone", 404, "no", "exception"), ("lost", 500, "the component failed", "error")],
)
async def test_all_other_exceptions_may_be_errors_of_the_server(
    payload: str, status: int, detail: str, outcome: str
) -> None:
    made, watcher = fake(lambda: exception("no", payload=payload), "", "output"), Watcher()
    response = "{exceptions: {gone: 404, '*': 500}}"
    block = f"{{kind: http, routes: {{/x: {{component: it, response: {response}}}}}}}"
    host = _host(it=made)
    answer = await ask(app(host, block, surroundings(host, watcher)), "GET", "/x")
    assert (answer.status, answer.json["detail"]) == (status, detail)
    assert ("payload" in answer.json) == (status == 404)
    assert watcher.outcomes == [outcome]


@pytest.mark.parametrize(
    ("address", "is_"),
    [
        (":80", True),
        ("127.0.0.1:80", True),
        ("[::1]:80", True),
        ("0.0.0.0:80", False),
        ("127.evil.com:80", False),
    ],
)
def test_metrics_are_shown_to_this_machine_only(address: str, is_: bool) -> None:
    assert is_loopback(address) is is_


async def test_with_routes_nothing_else_is_served_unless_it_is_said() -> None:
    host, _ = _noting("")
    made = app(host, "{kind: http, routes: {/x: it}}")
    assert (await ask(made, "POST", "/components/it")).status == 404
    assert (await ask(made, "GET", "/")).status == 404
    made = app(host, "{kind: http, components: true, routes: {/x: it}}")
    assert (await ask(made, "POST", "/components/it")).status == 200
