"""Everything that the description of an API allows, and much that it does not, asked of a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.sites import everything, serving
from wasmflow.triggers.http.description import FORM, JSON, LINES, MULTIPART, TEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: What an answer must be in any case: as it is described, and no fault of the server.
AS_DESCRIBED: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROUTES: Final = """{kind: http, components: true, routes: {
    "GET /hello/{name}": {component: greet, inputs: {salutation: query.how}},
    "GET /sum/{left:s64}": {component: sum, inputs: {right: header.x-right}},
    "PUT /echo": {component: echo, inputs: {value: body}},
    "POST /text": {component: greet, inputs: {name: body, salutation: cookie.how},
                   response: {body: output, type: text/plain}},
}}"""
COMPONENTS: Final = ("greet", "sum", "describe", "echo", "now", "refuse")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async with serving(everything(), ROUTES) as address:
        yield address


@schemathesis.serializer(LINES)
def lines(_context: Any, packets: Any) -> bytes:
    """A body of lines. Some of what does not fit is not even a list."""
    written = packets if isinstance(packets, list) else [packets]
    return b"".join(json.dumps(each).encode() + b"\n" for each in written)


def narrowed(document: Any, path: str, method: str, media: str) -> Any:
    """The document, with this operation's body only as one type; lines are described as their list."""
    body = document["paths"][path][method.lower()].get("requestBody", {"content": {}})
    if LINES in body["content"]:
        content = body["content"][LINES]
        content["schema"] = {"type": "array", "items": content["x-item-schema"]}
    if media in body["content"]:
        body["content"] = {media: body["content"][media]}
    return document


async def ask(
    site: str,
    path: str,
    method: str,
    checks: list[Any],
    media: str = "",
    mode: GenerationMode = GenerationMode.POSITIVE,
) -> None:
    """Ask fifty things at an operation; every answer must pass the checks."""
    await asyncio.to_thread(_ask, site, path, method, [*AS_DESCRIBED, *checks], media, mode)


def _ask(
    site: str, path: str, method: str, checks: list[Any], media: str, mode: GenerationMode
) -> None:
    with requests.Session() as session:
        document = session.get(f"{site}openapi.json").json()
        schema = schemathesis.openapi.from_dict(narrowed(document, path, method, media))

        @settings(max_examples=50, database=None, suppress_health_check=list(HealthCheck))
        @given(schema[path][method].as_strategy(generation_mode=mode))
        def asked(case: Any) -> None:
            case.validate_response(case.call(base_url=site, session=session), checks=checks)

        asked()


async def test_every_line_of_an_answer_is_as_it_is_described(site: str) -> None:
    document = await asyncio.to_thread(
        lambda: requests.get(f"{site}openapi.json", timeout=9).json()
    )
    described = document["paths"]["/components/words"]["post"]["responses"]["200"]["content"][LINES]
    schema = {**described["x-item-schema"], "components": document["components"]}
    validator = Draft202012Validator(schema)

    def as_described(_context: Any, response: Any, _case: Any) -> None:
        for line in response.text.splitlines() if response.status_code == 200 else ():
            validator.validate(json.loads(line))

    await ask(site, "/components/words", "POST", [as_described, unless_it_said_no], LINES)


def unless_it_said_no(context: Any, response: Any, case: Any) -> None:
    """What fits the description is taken, though a component may refuse it for its own reasons."""
    if response.status_code != 422 or response.json().get("kind") != "exception":
        positive_data_acceptance(context, response, case)


@pytest.mark.parametrize("component", COMPONENTS)
async def test_what_the_description_allows_is_taken(site: str, component: str) -> None:
    await ask(site, f"/components/{component}", "POST", [unless_it_said_no], JSON)


@pytest.mark.parametrize("component", ["greet", "sum", "describe", "refuse"])
async def test_what_it_does_not_allow_is_refused(site: str, component: str) -> None:
    path, checks = f"/components/{component}", [negative_data_rejection]
    await ask(site, path, "POST", checks, JSON, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("media", [FORM, MULTIPART])
@pytest.mark.parametrize("component", ["greet", "describe", "echo"])
async def test_no_form_is_answered_with_a_fault(
    site: str, component: str, media: str, mode: GenerationMode
) -> None:
    await ask(site, f"/components/{component}", "POST", [], media, mode)


async def test_no_line_is_answered_with_a_fault(site: str) -> None:
    await ask(site, "/components/words", "POST", [], LINES, GenerationMode.NEGATIVE)


async def test_any_text_is_taken_by_whoever_takes_only_text(site: str) -> None:
    await ask(site, "/components/greet", "POST", [positive_data_acceptance], TEXT)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/hello/{name}"), ("GET", "/sum/{left}"), ("PUT", "/echo"), ("POST", "/text")],
)
async def test_routes_take_what_they_are_described_to_take(
    site: str, method: str, path: str
) -> None:
    await ask(site, path, method, [unless_it_said_no])


@pytest.mark.parametrize(("method", "path"), [("GET", "/hello/{name}"), ("GET", "/sum/{left}")])
async def test_no_parameter_is_answered_with_a_fault(site: str, method: str, path: str) -> None:
    await ask(site, path, method, [], mode=GenerationMode.NEGATIVE)
