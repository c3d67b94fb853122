"""Another server behind a route, on loopback: what it is asked, what comes back, and what goes wrong."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from tests.integration.sites import serving
from tests.triggers.doors import host

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def other_server(handler: Handler) -> AsyncIterator[str]:
    """Its address, without a slash at the end."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def proxied(
    handler: Handler, more: str = "", path: str = "/*", base: str = "", server: str = ""
) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    """A client, and the address of the server that passes on."""
    async with other_server(handler) as address:
        route = f"'{path}': {{proxy: '{address}{base}'{more}}}"
        async with (
            serving(host(), f"{{kind: http, routes: {{{route}}}{server}}}") as url,
            aiohttp.ClientSession(auto_decompress=False) as client,
        ):
            yield client, url


async def echo(request: web.Request) -> web.StreamResponse:
    """What it was asked, as JSON."""
    body = await request.read()
    return web.json_response(
        {
            "method": request.method,
            "path": request.raw_path,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": body.decode(),
        }
    )


async def asked(path: str, more: str = "", pattern: str = "/*", **how: Any) -> dict[str, Any]:
    """What the other server was asked."""
    method, base = how.pop("method", "GET"), how.pop("base", "")
    server = how.pop("server", "")
    async with (
        proxied(echo, more, pattern, base, server) as (client, url),
        client.request(method, URL(url[:-1] + path, encoded=True), **how) as answer,
    ):
        assert answer.status == 200
        found: dict[str, Any] = json.loads(await answer.read())
        return found


@pytest.mark.parametrize(
    ("pattern", "more", "base", "path", "seen"),
    [
        ("/*", "", "", "/a%2Fb/%7e%20?x=%2f+&y", "/a%2Fb/%7e%20?x=%2f+&y"),
        ("/*", "", "/below/", "/a/", "/below/a/"),
        ("/api/*", "", "", "/api//a", "/api//a"),
        ("/api/*", ", strip: true", "", "/api//a", "//a"),
        ("/api/{v}/*", ", strip: true", "/x", "/api/1/a?b", "/x/a?b"),
        ("/api/*", ", strip: true", "", "/api/", "/"),
    ],
)
async def test_paths_and_queries_are_passed_on_as_they_are(
    pattern: str, more: str, base: str, path: str, seen: str
) -> None:
    assert (await asked(path, more, pattern, base=base))["path"] == seen


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
async def test_every_method_is_passed_on(method: str) -> None:
    found = await asked("/", method=method)
    assert (found["method"], found["body"]) == (method, "")


async def test_headers_are_passed_on_but_those_between_two_programs() -> None:
    sent = {
        "X-Mine": "a", "Accept": "x/y", "Connection": "x-hop, keep-alive", "X-Hop": "1", "TE": "gzip",
        "Proxy-Authorization": "x", "Authorization": "Basic abc", "Cookie": "a=b",
    }  # fmt: skip
    found = (await asked("/", headers=sent))["headers"]
    assert not found.keys() & {"x-hop", "te", "proxy-authorization", "connection"}
    assert {name: found[name] for name in ("x-mine", "accept", "authorization", "cookie")} == {
        "x-mine": "a", "accept": "x/y", "authorization": "Basic abc", "cookie": "a=b",
    }  # fmt: skip


async def test_who_asks_is_said_by_us_and_by_nobody_else() -> None:
    lies = {
        "X-Forwarded-For": "6.6.6.6", "X_Forwarded_Host": "evil", "X-Forwarded-User": "root",
        "Forwarded": "for=6.6.6.6", "X-Real-IP": "6.6.6.6", "Host": "shown.example",
    }  # fmt: skip
    found = (await asked("/", headers=lies))["headers"]
    assert found["x-forwarded-for"] == "127.0.0.1"
    assert (found["x-forwarded-proto"], found["x-forwarded-host"]) == ("http", "shown.example")
    assert found["forwarded"] == 'for=127.0.0.1;proto=http;host="shown.example"'
    assert found["host"].startswith("127.0.0.1:")
    assert found["via"] == "1.1 wasmflow"
    assert not found.keys() & {"x-real-ip", "x_forwarded_host", "x-forwarded-user"}


async def test_the_name_of_who_asks_is_passed_on_and_the_password_is_not() -> None:
    secret = "scrypt:16:1:1:c2FsdHNhbHQ:AiFC4XJqRe3MzfSOVs-Rd9XgWGHWQVzL"  # of "open sesame"
    sent = {"authorization": f"Basic {b64encode(b'jane:open sesame').decode()}"}
    found = await asked("/", server=f", auth: {{basic: {{jane: '{secret}'}}}}", headers=sent)
    assert found["headers"]["x-forwarded-user"] == "jane"
    assert "authorization" not in found["headers"]


async def test_the_trace_goes_on() -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    sent = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01", "tracestate": "a=1"}
    found = (await asked("/", headers=sent))["headers"]
    assert found["traceparent"].split("-")[1] == trace
    assert found["traceparent"].split("-")[2] != "00f067aa0ba902b7"
    assert found["tracestate"] == "a=1"


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_is_passed_on(chunked: bool) -> None:
    body = b"x" * 1_000_000
    data = pieces(*(body[at : at + 70_000] for at in range(0, len(body), 70_000)))
    found = await asked("/", method="POST", data=data if chunked else body)
    assert len(found["body"]) == len(body)
    assert ("content-length" in found["headers"]) == (not chunked)


async def test_an_answer_comes_back_as_it_is() -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        headers = {"Content-Encoding": "gzip", "X-Theirs": "1", "Connection": "x-hop", "X-Hop": "1"}
        response = web.Response(status=418, body=gzip.compress(b"tea"), headers=headers)
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        return response

    async with proxied(answer) as (client, url), client.get(url) as found:
        assert (found.status, gzip.decompress(await found.read())) == (418, b"tea")
        assert (found.headers["x-theirs"], "x-hop" in found.headers) == ("1", False)
        assert found.headers.getall("set-cookie") == ["a=1", "b=2"]
        assert len(found.headers.getall("date")) == 1


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_may_have_no_body(status: int) -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"etag": '"x"'})

    async with proxied(answer) as (client, url), client.get(url) as found:
        assert (found.status, await found.read(), found.headers["etag"]) == (status, b"", '"x"')


async def test_head_has_the_length_and_no_body() -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"12345")

    async with proxied(answer) as (client, url), client.head(url) as found:
        assert (found.headers["content-length"], await found.read()) == ("5", b"")


async def test_places_on_the_other_server_are_those_on_this_one() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        location = f"http://{request.headers['host']}/new?x" if request.path == "/old" else "/as/is"
        return web.Response(status=302, headers={"Location": location})

    async with proxied(answer, ", strip: true", "/api/*") as (client, url):
        for path, place in (("api/old", "/api/new?x"), ("api/other", "/as/is")):
            async with client.get(url + path, allow_redirects=False) as found:
                assert (found.status, found.headers["location"]) == (302, place)


async def test_what_is_sent_in_pieces_comes_in_pieces_both_ways() -> None:
    async def back(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        async for part in request.content.iter_any():
            await response.write(part.upper())
        return response

    more: asyncio.Queue[bytes] = asyncio.Queue()

    async def sent() -> AsyncIterator[bytes]:
        while part := await more.get():
            yield part

    async with proxied(back) as (client, url):
        more.put_nowait(b"one")
        async with client.post(url, data=sent()) as found:
            assert await found.content.readany() == b"ONE"
            more.put_nowait(b"two")
            assert await found.content.readany() == b"TWO"
            more.put_nowait(b"")
            assert await found.content.readany() == b""


async def test_when_the_client_leaves_the_other_server_learns_it() -> None:
    left = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 10_000)
                await asyncio.sleep(0)
        except ConnectionError:
            left.set()
            raise

    async with proxied(answer) as (client, url):
        async with client.get(url) as found:
            await found.content.readany()
            found.close()
        async with asyncio.timeout(20):
            await left.wait()


async def detail(url: str, path: str = "", **how: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url + path, **how) as found:
        assert found.headers["content-type"] == "application/problem+json"
        return found.status, (await found.json(content_type=None))["detail"]


async def test_a_server_that_is_not_there_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with serving(
        host(), f"{{kind: http, routes: {{/*: {{proxy: 'http://127.0.0.1:{port}'}}}}}}"
    ) as url:
        status, told = await detail(url)
        assert (status, told.startswith("the server behind this route gave no answer")) == (
            502,
            True,
        )


async def test_one_that_does_not_answer_in_time_is_a_timeout() -> None:
    async def never(_request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with proxied(never, ", timeout: 0.05") as (_client, url):
        assert (await detail(url))[0] == 504


@asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[str]:
    """A server that says just this, and closes."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    listening = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with listening:
        address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        route = f"/*: {{proxy: '{address}'}}"
        async with serving(host(), f"{{kind: http, routes: {{{route}}}}}") as url:
            yield url


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
     b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"],
)  # fmt: skip
async def test_one_that_talks_nonsense_is_a_bad_gateway(answer: bytes) -> None:
    async with saying(answer) as url:
        assert (await detail(url))[0] == 502


async def test_an_answer_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    async with (
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") as url,
        aiohttp.ClientSession() as client,
        client.get(url) as found,
    ):
        assert found.status == 200
        with pytest.raises(aiohttp.ClientError):
            await found.read()


@pytest.mark.parametrize("path", ["a/../b", "%2e%2e/b", "./a", "a/.%2E"])
async def test_no_path_leads_past_the_route(path: str) -> None:
    async with proxied(echo) as (client, url), client.get(URL(url + path, encoded=True)) as found:
        assert found.status == 400


@pytest.mark.parametrize("path", ["admin%2Fx", "/admin/x", "admin;/x", "x/..%2Fadmin/x"])
async def test_no_path_leads_around_the_auth_of_a_route(path: str) -> None:
    async with other_server(echo) as address:
        guarded = f"{{proxy: '{address}', auth: {{bearer: {{ci: '${{TOKEN}}'}}}}}}"
        block = f"{{kind: http, routes: {{/admin/*: {guarded}, /*: {{proxy: '{address}'}}}}}}"
        async with (
            serving(host(), block, TOKEN="0123456789abcdef") as url,
            aiohttp.ClientSession() as client,
        ):
            async with client.get(url + "admin/x") as found:
                assert found.status == 401
            async with client.get(URL(url + path, encoded=True)) as found:
                assert found.status == 400


async def test_a_websocket_is_refused() -> None:
    async with proxied(echo) as (client, url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(url)
        assert refused.value.status in (403, 404)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 999 Odd\r\n", b"HTTP/1.1 200 OK\r\nx: a\x01b\r\n"])
async def test_an_answer_that_cannot_be_passed_on_is_502(answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer + b"content-length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        block = f"{{kind: http, routes: {{/x: {{proxy: 'http://127.0.0.1:{port}'}}}}}}"
        async with (
            serving(host(), block) as url,
            aiohttp.ClientSession() as client,
            client.get(f"{url}x") as response,
        ):
            assert response.status == 502
            assert response.content_type == "application/problem+json"
