"""Streams in the bodies of requests and responses: what goes in, what comes out, and what is told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes import FakeStreamer, run_virtually
from tests.triggers.doors import host, signature, trigger, typed
from tests.triggers.http.asking import app, scope
from tests.triggers.http.streaming import EVENTS, LINES, site
from wasmflow.triggers.http.plan import plan

TEXT = "text/plain"


async def test_a_line_goes_out_for_each_that_comes_in() -> None:
    async with site() as server:
        answer = await server.ask(
            "POST", "/components/double", b'1\n{"n":2}\n\n3', content_type=LINES
        )
        assert (answer.status, answer.headers["content-type"]) == (200, LINES)
        assert answer.lines == [{"output": 2}, {"output": 4}, {"output": 6}]
        assert server.watcher.outcomes == ["ok"]


async def test_an_object_gives_streams_of_one() -> None:
    async with site() as server:
        answer = await server.ask(
            "POST", "/components/double", b'{"n": 4}', content_type="application/json"
        )
        assert answer.lines == [{"output": 8}]


async def test_text_comes_in_lines_and_bytes_in_chunks() -> None:
    async with site() as server:
        answer = await server.ask("POST", "/components/upper", b"a\r\nb", content_type=TEXT)
        assert answer.lines == [{"output": "A"}, {"output": "B"}]
        answer = await server.ask("POST", "/components/reverse", b"abc", content_type="image/png")
        assert answer.lines == [{"output": "Y2Jh"}]


async def test_a_body_of_nothing_is_a_stream_of_nothing() -> None:
    async with site() as server:
        answer = await server.ask("POST", "/components/double", b"", content_type=LINES)
        assert (answer.status, answer.body) == (200, "")
        answer = await server.ask("POST", "/components/total", b"", content_type=LINES)
        assert answer.json == {"output": 0}


async def test_one_value_of_a_stream_is_an_answer_as_any_other() -> None:
    async with site() as server:
        answer = await server.ask("POST", "/components/total", b"1\n2\n3\n", content_type=LINES)
        assert answer.headers["content-type"] == "application/json"
        assert answer.json == {"output": 6}


async def test_a_source_is_asked_with_get_or_post() -> None:
    async with site() as server:
        for method in ("GET", "POST"):
            answer = await server.ask(method, "/components/few")
            assert answer.lines == [{"output": 1}, {"output": 2}, {"output": 3}]
        answer = await server.ask("GET", "/components/endless?form=1")
        assert answer.status == 422
        assert "did you mean 'from'" in answer.json["detail"]
        assert (await server.ask("GET", "/components/double")).status == 405


async def test_what_fails_before_anything_was_sent_is_a_problem() -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/refused")
        assert (answer.status, answer.json["detail"]) == (422, "not today")
        assert answer.headers["content-type"] == "application/problem+json"
        assert server.watcher.outcomes == ["exception"]


async def test_what_fails_later_is_told_in_its_place() -> None:
    async with site() as server:
        answer = await server.ask(
            "POST", "/components/double", b"1\n13\nx\n2\n", content_type=LINES
        )
        first, unlucky, wrong, last = answer.lines
        assert (first, last) == ({"output": 2}, {"output": 4})
        told = unlucky["<error>"]
        assert (told["status"], told["detail"], told["line"]) == (422, "unlucky", 2)
        assert (wrong["<error>"]["line"], wrong["<error>"]["component"]) == (3, "double")
        assert answer.complete
        assert server.watcher.outcomes == ["exception"]


async def test_a_breakdown_is_the_last_line() -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/broken")
        assert answer.lines[0] == {"output": 1}
        assert answer.lines[1]["<error>"]["status"] == 500
        assert server.watcher.outcomes == ["error"]


async def test_where_every_line_is_wrong_the_problem_tells_of_all() -> None:
    async with site() as server:
        answer = await server.ask("POST", "/components/double", b"x\n-1\n", content_type=LINES)
        assert (answer.status, answer.json["line"]) == (422, 1)
        assert [other["line"] for other in answer.json["also"]] == [2]
        assert server.watcher.outcomes == ["refused"]


async def test_a_line_that_is_too_long_is_told_as_such() -> None:
    async with site("{kind: http, limits: {line: 1KiB}}") as server:
        body = b'"' + b"x" * 2000 + b'"\n"a"\n'
        answer = await server.ask("POST", "/components/upper", body, content_type=LINES)
        told, line = answer.lines
        assert (told["<error>"]["status"], line) == (413, {"output": "A"})
        answer = await server.ask("POST", "/components/total", body, content_type=LINES)
        assert (answer.status, "longer than 1,024 bytes" in answer.json["detail"]) == (413, True)


@pytest.mark.parametrize(
    ("accept", "type_", "body"),
    [
        ("*/*", LINES, '{"output":"a b"}\n{"output":"c\\nd"}\n'),
        ("application/json", LINES, '{"output":"a b"}\n{"output":"c\\nd"}\n'),
        ("text/plain", "text/plain; charset=utf-8", "a bc\nd"),
        (f"{LINES};q=0.5, text/plain;q=0.4", LINES, '{"output":"a b"}\n{"output":"c\\nd"}\n'),
    ],
)
async def test_a_client_chooses_among_the_forms(accept: str, type_: str, body: str) -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/words", accept=accept)
        assert (answer.headers["content-type"], answer.body) == (type_, body)


async def test_a_route_says_which_output_is_the_body_and_what_it_is() -> None:
    block = """
      kind: http
      routes:
        GET /words: {component: words, response: {body: output, type: text/csv, status: 203}}
        GET /numbers: {component: few, response: {body: output}}
    """
    async with site(block) as server:
        answer = await server.ask("GET", "/words")
        assert (answer.status, answer.headers["content-type"]) == (203, "text/csv")
        assert answer.body == "a bc\nd"
        assert (await server.ask("GET", "/numbers")).body == "1\n2\n3\n"


async def test_a_body_as_it_is_breaks_off_where_it_fails() -> None:
    block = "{kind: http, routes: {'/upper': {component: upper, response: {body: output}}}}"
    async with site(block) as server:
        body = b'"a"\n1\n"b"\n'
        answer = await server.ask("POST", "/upper", body, content_type=LINES)
        assert (answer.status, answer.body, answer.complete) == (200, "A", False)
        answer = await server.ask("POST", "/upper", b"1\n", content_type=LINES)
        assert (answer.status, answer.json["line"]) == (422, 1)


async def test_the_values_beside_lines_stand_in_the_query() -> None:
    async with site() as server:
        answer = await server.ask("POST", "/components/endless", b"1\n", content_type=LINES)
        assert answer.status == 415
        answer = await server.ask(
            "POST", "/components/double", b"<n/>", content_type="application/xml"
        )
        assert answer.status == 415
        assert LINES in answer.headers["accept-post"]


async def test_only_the_headers_are_asked_for() -> None:
    async with site() as server:
        exchange = await server.begin("HEAD", "/components/endless")
        status, headers = await exchange.head()
        assert (status, headers["content-type"]) == (200, LINES)
        assert server.components["endless"].sessions == []


def test_what_is_sent_before_a_stream_cannot_come_out_of_it() -> None:
    made = typed(signature("tell", "", "code: u16; lines*: string"))
    said = "{component: tell, response: {body: lines, status: code}}"
    planned = plan(trigger(f"{{kind: http, routes: {{GET /: {said}}}}}"), host(tell=made))
    (problem,) = planned.problems
    assert "the body is a stream, which is sent before 'code' may have come" in str(problem)


def _sent_by_nothing(accept: str) -> list[tuple[float, bytes]]:
    """What is sent of a component that sends nothing, and when: until the limit of time ends it."""

    async def ask() -> list[tuple[float, bytes]]:
        silent = FakeStreamer(signature("", "", "output*: u32"), pause=asyncio.Event().wait)
        sent: list[tuple[float, bytes]] = []

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()  # nothing is said, and nobody leaves
            return {}

        async def send(message: dict[str, Any]) -> None:
            now = asyncio.get_running_loop().time()
            sent.append((now, message.get("body", b"begun")))

        asked = scope("GET", "/components/silent", {"accept": accept})
        await app(host(silent=silent))(asked, receive, send)
        return [(time, part) for time, part in sent if time < 60]

    return run_virtually(ask())


def test_an_answer_begins_after_a_second_without_anything() -> None:
    assert _sent_by_nothing(LINES) == [(1, b"begun")]


def test_events_have_a_heartbeat_every_15_seconds() -> None:
    beats = [(time, b":\n\n") for time in (16, 31, 46)]
    assert _sent_by_nothing(EVENTS) == [(1, b"begun"), *beats]
