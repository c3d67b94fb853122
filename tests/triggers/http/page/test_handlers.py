from __future__ import annotations

import pytest

from tests.triggers.doors import host
from tests.triggers.http.asking import Answer, app, ask
from wasmflow.triggers.http.page import ASSETS, asset
from wasmflow.triggers.http.page.handlers import page_handlers

PATHS = ("/", *(f"/page/{name}" for name in ASSETS[1:]))


async def get(path: str, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(app(host(), "{kind: http, openapi: true}"), "GET", path, headers=sent)


def test_every_file_is_answered_at_the_place_where_the_page_looks_for_it() -> None:
    assert page_handlers().keys() == {f"GET {path}" for path in PATHS}
    page = asset("index.html").content.decode()
    assert all(f'"{path[1:]}"' in page for path in PATHS[1:])


@pytest.mark.parametrize("path", PATHS)
async def test_a_file_may_load_nothing_but_what_this_server_has(path: str) -> None:
    answer = await get(path)
    assert answer.status == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    tag = (await get("/")).headers["etag"]
    again = await get("/", if_none_match=f'"other", {tag}')
    assert (again.status, again.body) == (304, b"")
