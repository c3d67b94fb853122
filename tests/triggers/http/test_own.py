"""What a server answers by itself."""

from __future__ import annotations

import pytest

from tests.triggers.doors import host, signature, typed
from tests.triggers.http.asking import app, ask
from wasmflow.triggers.http.app import App


def _serving(block: str) -> App:
    it = typed(signature("it", "name: string", "output: string"), lambda name: name)
    return app(host(it=it), f"{{kind: http, {block}}}")


async def test_routes_that_are_components_are_described() -> None:
    served = _serving("routes: {'GET /{name}/x': it, '/*': {files: .}}")
    document = (await ask(served, "GET", "/openapi.json")).json
    assert [*document["paths"]] == ["/{name}/x"]


async def test_a_route_of_several_methods_is_described_for_each() -> None:
    served = _serving("routes: {GET|POST /it: it}")
    methods = (await ask(served, "GET", "/openapi.json")).json["paths"]["/it"]
    assert [each["name"] for each in methods["get"]["parameters"]] == ["name"]
    assert "requestBody" not in methods["get"]
    assert "requestBody" in methods["post"]
    assert (await ask(served, "GET", "/it?name=Jane")).json == {"output": "Jane"}


async def test_components_are_served_with_a_page_and_their_description() -> None:
    served = _serving("components: true")
    assert [*(await ask(served, "GET", "/openapi.json")).json["paths"]] == ["/components/it"]
    assert (await ask(served, "GET", "/")).status == 200


@pytest.mark.parametrize(
    "block",
    [
        "routes: {GET /it: it}, openapi: false",
        "components: true, openapi: false",
        "routes: {'/*': {files: ./src}}",
    ],
)
async def test_nothing_is_described_where_nothing_is_to_be(block: str) -> None:
    assert (await ask(_serving(block), "GET", "/openapi.json")).status == 404


async def test_there_is_no_page_without_a_description() -> None:
    assert (await ask(_serving("components: true, openapi: false"), "GET", "/")).status == 404


@pytest.mark.parametrize("key", ["GET /openapi.json", "/openapi.json"])
async def test_a_route_at_that_path_goes_first(key: str) -> None:
    served = _serving(f"routes: {{{key}: {{component: it, with: {{name: mine}}}}}}")
    assert (await ask(served, "GET", "/openapi.json")).json == {"output": "mine"}


async def test_who_may_not_ask_is_told_nothing_of_the_routes() -> None:
    served = _serving("auth: {bearer: {ci: 0123456789abcdef}}, routes: {GET /it: it}")
    assert (await ask(served, "GET", "/openapi.json")).status == 401
