"""Everything that the description of an API allows, and much that it does not, asked of a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
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
COMPONENTS: Final = ("greet", "sum", "describe", "echo", "now", "refuse", "words")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async with serving(everything(), ROUTES) as address:
        yield address


async def ask(site: str, path: str, method: str, checks: list[Any], **how: Any) -> None:
    """Ask a hundred things at an operation; every answer must pass the checks."""
    schema = await asyncio.to_thread(schemathesis.openapi.from_url, f"{site}openapi.json")
    session = requests.Session()

    @settings(max_examples=100, database=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method].as_strategy(**how))
    def asked(case: Case) -> None:
        case.validate_response(case.call(session=session), checks=[*AS_DESCRIBED, *checks])

    with session:
        await asyncio.to_thread(asked)


def unless_it_said_no(context: Any, response: Any, case: Any) -> None:
    """What fits the description is taken, though a component may refuse it for its own reasons."""
    if response.status_code != 422 or response.json().get("kind") != "exception":
        positive_data_acceptance(context, response, case)


@pytest.mark.parametrize("component", COMPONENTS)
async def test_what_the_description_allows_is_taken(site: str, component: str) -> None:
    media = "application/x-ndjson" if component == "words" else "application/json"
    how = {} if component == "now" else {"media_type": media}
    await ask(site, f"/components/{component}", "POST", [unless_it_said_no], **how)


@pytest.mark.parametrize("component", ["greet", "sum", "describe", "refuse"])
async def test_what_it_does_not_allow_is_refused(site: str, component: str) -> None:
    path, mode = f"/components/{component}", GenerationMode.NEGATIVE
    how = {"generation_mode": mode, "media_type": "application/json"}
    await ask(site, path, "POST", [negative_data_rejection], **how)


@pytest.mark.parametrize("media", ["application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("component", ["greet", "describe", "echo"])
async def test_no_form_is_answered_with_a_fault(site: str, component: str, media: str) -> None:
    for mode in GenerationMode:
        how = {"generation_mode": mode, "media_type": media}
        await ask(site, f"/components/{component}", "POST", [], **how)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/hello/{name}"), ("GET", "/sum/{left}"), ("PUT", "/echo"), ("POST", "/text")],
)
async def test_routes_take_what_they_are_described_to_take(
    site: str, method: str, path: str
) -> None:
    await ask(site, path, method, [unless_it_said_no])
    await ask(site, path, method, [], generation_mode=GenerationMode.NEGATIVE)
