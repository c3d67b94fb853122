from __future__ import annotations

from typing import Any

import pytest

from tests.triggers.doors import FakeCollection, signature, typed
from tests.triggers.http.asking import app, ask
from wasmflow.component import About
from wasmflow.host.host import Host
from wasmflow.host.settings import Settings
from wasmflow.packet import EMPTY
from wasmflow.triggers.http.app import App

FORM = {"content-type": "application/x-www-form-urlencoded"}
FILES = {"content-type": "multipart/form-data; boundary=x"}


def _serving(inputs: str, block: str = "{kind: http}") -> tuple[App, list[Any]]:
    """A server with a component ``it`` that remembers what it is given."""
    seen: list[Any] = []

    def note(*given: Any) -> str:
        seen.append(given)
        return "done"

    it = typed(signature("", inputs, "output: string"), note)
    host = Host(FakeCollection({"it": it}, About("test")), Settings())
    return app(host, block), seen


def _parts(*parts: tuple[str, str]) -> bytes:
    """A form of these names, with what is behind them, and contents."""
    said = [
        f"--x\r\ncontent-disposition: form-data; name={name}\r\n\r\n{content}\r\n"
        for name, content in parts
    ]
    return "".join([*said, "--x--\r\n"]).encode()


@pytest.mark.parametrize("cookie", ["visits=abc", "visits=", "visits=[]", "other=1", ""])
async def test_a_cookie_that_does_not_fit_an_optional_input_gives_it_nothing(cookie: str) -> None:
    made, seen = _serving(
        "visits?: s64",
        "{kind: http, routes: {GET /: {component: it, inputs: {visits: cookie.visits}}}}",
    )
    assert (await ask(made, "GET", "/", headers={"cookie": cookie})).status == 200
    assert (await ask(made, "GET", "/", headers={"cookie": "visits=3"})).status == 200
    assert seen == [(EMPTY,), (3,)]


async def test_a_cookie_that_does_not_fit_a_required_input_is_refused() -> None:
    made, seen = _serving(
        "visits: s64",
        "{kind: http, routes: {GET /: {component: it, inputs: {visits: cookie.visits}}}}",
    )
    answer = await ask(made, "GET", "/", headers={"cookie": "visits=abc"})
    assert (answer.status, answer.json["port"], seen) == (422, "visits", [])


async def test_what_somebody_wrote_is_refused_for_an_optional_input_too() -> None:
    made, _ = _serving("visits?: s64", "{kind: http, routes: {GET /: it}}")
    assert (await ask(made, "GET", "/?visits=abc")).status == 422


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"name=Jane&send=Send&csrf=1234", FORM),
        (_parts(("name", "Jane"), ("send", "Send")), FILES),
    ],
)
async def test_a_route_ignores_fields_of_forms_that_are_no_inputs(
    body: bytes, headers: dict[str, str]
) -> None:
    made, seen = _serving("name: string", "{kind: http, routes: {POST /: it}}")
    assert (await ask(made, "POST", "/?utm_source=mail", body, headers)).status == 200
    assert seen == [("Jane",)]


async def test_a_route_refuses_members_of_json_that_are_no_inputs() -> None:
    made, _ = _serving("name: string; mood?: string", "{kind: http, routes: {POST /: it}}")
    answer = await ask(made, "POST", "/", {"name": "Jane", "mod": "glad"})
    assert (answer.status, answer.json["detail"]) == (
        422, "there is no input 'mod'; did you mean 'mood'?",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "body", "headers"),
    [
        ("?name=Jane&send=Send", b"", {}),
        ("", b"name=Jane&send=Send", FORM),
        ("", _parts(("name", "Jane"), ("send", "Send")), FILES),
    ],
)
async def test_a_component_by_itself_refuses_all_that_is_no_input(
    target: str, body: bytes, headers: dict[str, str]
) -> None:
    made, _ = _serving("name: string")
    answer = await ask(made, "POST", f"/components/it{target}", body, headers)
    assert (answer.status, answer.json["port"]) == (422, "send")


@pytest.mark.parametrize(
    ("type_", "contents", "value"),
    [
        ("list<string>", ["a", "b"], ["a", "b"]),
        ("list<u8>", ["[a]"], b"[a]"),
        ("list<u16>", ["1", "2"], [1, 2]),
        ("list<u16>", ["[1, 2]"], [1, 2]),
    ],
)
async def test_fields_of_one_name_are_the_elements_of_a_list(
    type_: str, contents: list[str], value: object
) -> None:
    made, seen = _serving(f"it: {type_}")
    body = _parts(*(("it", content) for content in contents))
    assert (await ask(made, "POST", "/components/it", body, FILES)).status == 200
    assert seen == [(value,)]


@pytest.mark.parametrize(
    ("type_", "contents", "value"),
    [
        ("list<list<u8>>", ["[a", "b"], [b"[a", b"b"]),
        ("list<list<u8>>", ["[a"], [b"[a"]),
        ("list<string>", ["[a"], ["[a"]),
        ("list<u16>", ["[1, 2]"], [1, 2]),
        ("list<u16>", ["1", "2"], [1, 2]),
    ],
)
async def test_files_of_one_name_are_the_elements_of_a_list(
    type_: str, contents: list[str], value: object
) -> None:
    made, seen = _serving(f"it: {type_}")
    body = _parts(*(('it; filename="f"', content) for content in contents))
    assert (await ask(made, "POST", "/components/it", body, FILES)).status == 200
    assert seen == [(value,)]


async def test_fields_of_one_name_are_refused_for_what_is_no_list() -> None:
    made, _ = _serving("it: string")
    body = _parts(("it", "a"), ("it", "b"))
    answer = await ask(made, "POST", "/components/it", body, FILES)
    assert (answer.status, "more than once" in answer.json["detail"]) == (422, True)
