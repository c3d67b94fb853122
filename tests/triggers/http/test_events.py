"""Server-sent events, read as the specification says."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.triggers.doors import signature
from tests.triggers.http.streaming import EVENTS, site
from wasmflow.triggers.http.answers import ResponseForm
from wasmflow.triggers.http.framing import Events, Framings, accepted

Event = dict[str, str]


def read(text: str) -> list[Event]:
    """The events of a stream. Source: section 9.2.6 of HTML."""
    events: list[Event] = []
    now: Event = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if "data" in now:
                events.append(now)
            now = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and "data" in now:
            now["data"] += "\n" + value
        elif name:
            now[name] = value
    return events


async def test_packets_are_events_with_numbers_and_the_end_is_one_too() -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/few", accept=EVENTS)
        assert answer.headers["content-type"] == EVENTS
        *events, end = read(answer.body)
        assert [(each["id"], json.loads(each["data"])) for each in events] == [
            ("1", {"output": 1}), ("2", {"output": 2}), ("3", {"output": 3}),
        ]  # fmt: skip
        assert end == {"event": "end", "data": "{}"}


async def test_a_failure_is_an_event_by_another_name_than_that_of_lost_connections() -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/broken", accept=EVENTS)
        _, failure, end = read(answer.body)
        assert (failure["event"], end["event"]) == ("failure", "end")
        assert json.loads(failure["data"])["detail"] == "the guest broke"


async def test_a_client_that_cannot_be_helped_gets_a_problem() -> None:
    async with site() as server:
        answer = await server.ask("GET", "/components/refused", accept=EVENTS)
        assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_the_texts_of_a_route_are_events_as_they_are() -> None:
    form = "response: {body: output, type: text/event-stream}"
    async with site(
        f"{{kind: http, routes: {{GET /words: {{component: words, {form}}}}}}}"
    ) as server:
        answer = await server.ask("GET", "/words")
        assert [each["data"] for each in read(answer.body)] == ["a b", "c\nd", "{}"]


@given(st.text())
def test_any_text_comes_out_as_it_went_in_but_for_the_ends_of_its_lines(text: str) -> None:
    framings = Framings(
        signature("words", "", "output*: string"),
        ResponseForm(body="output", fixed={"content-type": EVENTS}),
    )
    framing = framings.choose(None)  # type: ignore[arg-type]  # which decides nothing here
    assert isinstance(framing, Events)
    (event,) = read(framing.line({"output": text}).decode())
    assert event["data"] == text.replace("\r\n", "\n").replace("\r", "\n")


def test_the_most_specific_range_counts() -> None:
    offered = [b"text/plain; charset=utf-8", b"text/event-stream"]
    assert accepted("", offered) == offered[0]
    assert accepted("text/*;q=0.1, text/event-stream", offered) == offered[1]
    assert accepted("text/event-stream;q=0, */*;q=0.1", offered) == offered[0]
    assert accepted("image/png", offered) == offered[0]
    assert accepted("text/event-stream;q=x, text/plain;q=0.1", offered) == offered[0]
