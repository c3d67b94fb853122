"""What pages of other origins may ask for."""

from __future__ import annotations

import pytest

from tests.fakes import exception
from tests.triggers.doors import host, signature, trigger, typed
from tests.triggers.http.asking import Answer, app, ask
from wasmflow.host.host import Host
from wasmflow.triggers.http.server import check

PAGE = "https://page.example"


def components() -> Host:
    return host(
        it=typed(signature("it", "", "output: string"), lambda: "x"),
        bad=typed(signature("bad", "", "output: string"), lambda: exception("no")),
    )


async def asked(cors: str, method: str = "GET", path: str = "/it", **headers: str) -> Answer:
    routes = "routes: {GET|PUT /it: it, GET /bad: bad, /own: {component: it, cors: none}}"
    served = app(components(), f"{{kind: http, {cors}{routes}}}")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(served, method, path, headers=sent)


def granted(answer: Answer) -> dict[str, str]:
    prefix = "access-control-"
    return {
        name.removeprefix(prefix): value
        for name, value in answer.headers.items()
        if name.startswith(prefix)
    }


ONE = f"cors: {{origins: ['{PAGE}'], credentials: true, expose: [x-a, x-b]}}, "


async def test_a_page_that_may_reads_the_answer() -> None:
    answer = await asked(ONE, origin=PAGE)
    assert granted(answer) == {
        "allow-origin": PAGE,
        "allow-credentials": "true",
        "expose-headers": "x-a, x-b",
    }
    assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize(
    "origin",
    ["https://other.example", "http://page.example", "https://page.example.org", "null",
     "https://page.example:8443", "https://sub.page.example"],
)  # fmt: skip
async def test_other_pages_do_not(origin: str) -> None:
    answer = await asked(ONE, origin=origin)
    assert "allow-origin" not in granted(answer)
    assert (answer.status, answer.headers["vary"]) == (200, "origin")


async def test_without_an_origin_caches_still_learn_that_it_matters() -> None:
    answer = await asked(ONE)
    assert ("allow-origin" in granted(answer), answer.headers["vary"]) == (False, "origin")


async def test_all_pages_may_where_that_is_said() -> None:
    answer = await asked("cors: {origins: ['*']}, ", origin=PAGE)
    assert granted(answer) == {"allow-origin": "*"}
    assert "vary" not in answer.headers


@pytest.mark.parametrize("written", ["https://page.example:443", "HTTPS://page.example"])
async def test_an_origin_is_compared_as_browsers_write_it(written: str) -> None:
    answer = await asked(f"cors: {{origins: ['{written.lower()}']}}, ", origin=PAGE)
    assert granted(answer)["allow-origin"] == PAGE


@pytest.mark.parametrize("path", ["/bad", "/none"])
async def test_a_page_reads_errors_of_routes_as_well(path: str) -> None:
    answer = await asked(ONE, path=path, origin=PAGE)
    assert answer.status in (404, 422)
    assert ("allow-origin" in granted(answer)) == (path == "/bad")


async def test_a_route_has_rules_of_its_own() -> None:
    assert granted(await asked(ONE, path="/own", origin=PAGE)) == {}


def preflight(method: str = "PUT", headers: str = "", origin: str = PAGE) -> dict[str, str]:
    asked = {"origin": origin, "access_control_request_method": method}
    return asked | ({"access_control_request_headers": headers} if headers else {})


async def test_what_a_page_may_send_is_told_before_it_does() -> None:
    answer = await asked(ONE, "OPTIONS", **preflight(headers="X-Token, Content-Type"))
    assert answer.status == 204
    assert granted(answer) == {
        "allow-origin": PAGE,
        "allow-credentials": "true",
        "allow-methods": "PUT",
        "allow-headers": "x-token, content-type",
        "max-age": "600",
    }


async def test_it_is_told_before_anybody_says_who_asks() -> None:
    auth = "auth: {bearer: {ci: token-token-token-1}}, "
    assert (await asked(ONE + auth, "OPTIONS", **preflight())).status == 204
    assert (await asked(ONE + auth, "PUT", origin=PAGE)).status == 401


@pytest.mark.parametrize(
    ("more", "wanted", "reason"),
    [
        ("", preflight(origin="https://other.example"), "pages of https://other.example"),
        (", methods: [GET]", preflight("PUT"), "the method PUT"),
        (", headers: [X-Token]", preflight(headers="x-token,x-other"), "the header x-other"),
    ],
)
async def test_what_it_may_not_is_refused_with_the_reason(
    more: str, wanted: dict[str, str], reason: str
) -> None:
    cors = f"cors: {{origins: ['{PAGE}']{more}}}, "
    answer = await asked(cors, "OPTIONS", **wanted)
    assert (answer.status, granted(answer)) == (403, {})
    assert reason in answer.json["detail"]


async def test_methods_and_headers_that_are_listed_may_be_sent() -> None:
    cors = f"cors: {{origins: ['{PAGE}'], methods: [put], headers: [X-Token], max_age: 5}}, "
    answer = await asked(cors, "OPTIONS", **preflight("PUT", "x-token"))
    assert (answer.status, granted(answer)["max-age"]) == (204, "5")


@pytest.mark.parametrize(
    ("cors", "path", "method", "status"),
    [
        ("", "/it", "PUT", 204),  # an ordinary OPTIONS
        (ONE, "/it", "DELETE", 204),
        (ONE, "/none", "GET", 404),
        (ONE, "/own", "GET", 200),
    ],
)
async def test_where_no_page_may_ask_options_are_as_ever(
    cors: str, path: str, method: str, status: int
) -> None:
    answer = await asked(cors, "OPTIONS", path, **preflight(method))
    assert (answer.status, granted(answer)) == (status, {})


def test_what_is_wrong_is_told_with_its_place() -> None:
    at = trigger(
        "{kind: http, cors: {origins: ['*'], credentials: true}, "
        "routes: {/: {component: it, cors: {origins: []}}}}"
    )
    assert [str(problem) for problem in check(at, components())] == [
        "flow.yaml:4:24: with credentials, '*' would give every page of the world the rights of its "
        "visitors. Hint: list the origins that may ask",
        "flow.yaml:4:95: no origin may ask. Hint: list origins, or leave 'cors' out",
    ]
