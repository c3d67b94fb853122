"""The streaming components of `guests/streaming.py`, built and run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from tests.build.python.authors import without_descriptions
from tests.build.python.echoes import SOURCE
from wasmflow.build.kinds import draft
from wasmflow.component import Call, Session, Signature, Streamer, Use
from wasmflow.host.host import USUAL, Circumstances, Host, open_host
from wasmflow.host.settings import Settings
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit

T = TypeVar("T")

#: They share a component that takes long to make, so they run in one process.
pytestmark = [pytest.mark.xdist_group("streaming"), pytest.mark.timeout(400)]


class Opened:
    """The component, opened."""

    def __init__(self, runner: asyncio.Runner, host: Host) -> None:
        self._runner = runner
        self.host = host

    def signature(self, name: str) -> Signature:
        return self.host.signature(name)

    def invoke(self, name: str, **inputs: Any) -> dict[str, Any]:
        return self._runner.run(self.host.invoke(name, inputs))

    def run(
        self, name: str, *elements: Any, circumstances: Circumstances = USUAL, **values: Any
    ) -> list[Any]:
        """What comes of each push, and of the end; of a source, of as many pulls as it takes.

        A failure is what its developers are told of it.
        """
        transaction = self.host.transaction(circumstances)
        streamer = cast(Streamer, self.host.collection.component(name, Use()))
        ports = [port.name for port in streamer.signature.inputs if not port.stream]
        inputs = tuple(values.get(name, EMPTY) for name in ports)
        try:
            opening: Any = streamer.open(inputs, Call(transaction))
            session = self._done(opening)
            if isinstance(session, Failure):
                return [told(session)]
            outcomes = list(self._outcomes(streamer, session, elements))
            session.close()
            return outcomes
        finally:
            self.host.collection.release(transaction)

    def _outcomes(
        self, streamer: Streamer, session: Session, elements: tuple[Any, ...]
    ) -> Iterator[Any]:
        if not any(port.stream for port in streamer.signature.inputs):
            while pulled := self._done(session.pull()):
                yield told(pulled)
            return
        given = [each if isinstance(each, tuple) else (each,) for each in elements]
        for batch in [given] if streamer.batches else [[each] for each in given]:
            yield told(self._done(session.push(batch)))
        yield told(self._done(session.finish()))

    def _done(self, outcome: T | Awaitable[T]) -> T:
        async def done() -> T:
            return await outcome if isinstance(outcome, Awaitable) else outcome

        return self._runner.run(done())


def told(outcome: Any) -> Any:
    if not isinstance(outcome, Failure):
        return list(outcome)
    assert outcome.kind is Kind.EXCEPTION, outcome
    return outcome.whole


@pytest.fixture(scope="module")
def opened(streaming: Path, compiled_cache: Path) -> Iterator[Opened]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        settings = Settings(cache=compiled_cache)
        host = runner.run(stack.enter_async_context(open_host(str(streaming), settings)))
        yield Opened(runner, host)
        runner.run(stack.aclose())


def test_ports_and_their_steps_are_read_from_the_binary(opened: Opened) -> None:
    def ports(name: str) -> list[tuple[str, wit.Type | None, bool, int | None]]:
        signature = opened.signature(name)
        return [
            (port.name, port.type, port.optional, port.step)
            for port in (*signature.inputs, *signature.outputs)
        ]

    assert ports("double") == [("number", wit.S64, False, 0), ("output", wit.S64, False, 0)]
    assert ports("bits")[1] == ("output", wit.BYTES, False, 0)
    assert ports("letters")[1:] == [
        ("text", wit.STRING, False, 0),
        ("output", wit.STRING, False, 1),
    ]
    assert ports("lines") == [
        ("separator", wit.STRING, True, None),
        ("chunks", wit.STRING, False, 0),
        ("output", wit.STRING, False, 1),
    ]
    pairs = wit.List(wit.Tuple((wit.STRING, wit.S64)))
    assert ports("word-count")[-1] == ("output", pairs, False, None)
    assert ports("sink") == [("items", wit.STRING, False, 0)]
    assert ports("maybe") == [("output", wit.Option(wit.S64), False, 1)]


def test_signatures_are_those_that_were_derived(opened: Opened) -> None:
    definitions = opened.host.collection.definitions.values()
    read = [without_descriptions(each) for each in definitions]
    assert {each.name: each for each in read} == {
        each.name: each for each in draft(SOURCE.with_name("streaming.py")).components
    }


def test_all_of_a_source_can_run(opened: Opened) -> None:
    assert opened.host.collection.refused == {}
    assert opened.signature("lines").inputs[0].default == "\n"
    assert opened.signature("lines").outputs[0].description == "lines"


def test_classes_are_pushed_to(opened: Opened) -> None:
    assert opened.run("double", 1, 2) == [[2], [4], []]
    assert opened.run("evens", 1, 2) == [[EMPTY], [2], []]
    assert opened.run("letters", "ab", "") == [["a", "b"], [], ["-"]]
    assert opened.run("sums", 1, 2, 3, start=10) == [[11, 13, 16], []]
    assert opened.run("bits", 258) == [[b"\1\2"], []]
    assert opened.run("word-count", "a b a") == [[], [[("a", 2), ("b", 1)]]]
    assert opened.run("stream", {"x": [1]}) == [[], []]


def test_streams_in_step_are_pushed_together(opened: Opened) -> None:
    points = {"x": 3.0, "y": 4.0}, {"x": 0.0, "y": 0.0}
    assert opened.run("distance", points, (points[1], EMPTY)) == [[5.0], [0.0], []]


def test_sources_are_pulled(opened: Opened) -> None:
    assert opened.run("countdown", start=2) == [[2], [1]]
    assert opened.run("numbers", count=2, start=5) == [[5], [6]]
    assert opened.run("maybe") == [[1], [None], [2]]
    assert opened.run("ticks", count=2) == [[0], [1]]


def test_async_functions_read_streams(opened: Opened) -> None:
    assert opened.run("lines", "a\nb", "c\n", "d") == [["a"], ["bc"], [], ["d"]]
    assert opened.run("paired", "a", "b", first="x") == [[("x", "x")], [("a", "b")], []]
    assert opened.run("mean", 1.0, 3.0) == [[], [], [2.0]]
    assert opened.run("found", 1, wanted=2) == [[], [EMPTY]]


def test_exceptions_tell_their_place(opened: Opened) -> None:
    (told,) = opened.run("word-count", least=-1)
    assert told.startswith("ValueError: a word cannot have fewer than no letters (streaming.py:")
    (one, other, end) = opened.run("double", -1, 1)
    assert one.startswith("ValueError: it is negative (streaming.py:")
    assert (other, end) == ([2], [])
    (_, told) = opened.run("numbers", count=1, fail=True)
    assert told.startswith("ValueError: there are no more numbers (streaming.py:")
    (one, other, end) = opened.run("lines", "a\n!\n", "b")
    assert one == ["a"]
    assert other.startswith("ValueError: not such a line (streaming.py:")
    assert end == []


def test_what_is_awaited_besides_the_input_is_told_at_its_place(opened: Opened) -> None:
    (told, _) = opened.run("waits", 0)
    assert "no event loop in a component" in told
    assert told.endswith(" in __await__)")
    assert "no running event loop" in opened.run("waits", 1)[0]


def test_a_stream_has_one_sequence_of_random_numbers(opened: Opened) -> None:
    circumstances = Circumstances(seed=5)
    (one, other, _) = opened.run("dice", 1, 1, circumstances=circumstances)
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert opened.run("dice", 1, 1, circumstances=circumstances) == [one, other, []]


def test_names_that_the_glue_uses_can_be_names_of_functions(opened: Opened) -> None:
    for name in ("option", "export"):
        assert opened.invoke(name, v=1) == {"output": 1}
