"""How a transaction is watched, from its beginning to its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.fakes import transaction
from wasmflow.telemetry.telemetry import UNWATCHED, Listener, Observation, Outcome, Telemetry
from wasmflow.telemetry.trace import TraceContext

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class Watcher:
    """A sink that remembers."""

    listener: Listener | None = None
    begun: list[Observation] = field(default_factory=list)
    seen: list[Observation] = field(default_factory=list)

    def began(self, observation: Observation) -> Listener | None:
        self.begun.append(observation)
        return self.listener

    def ended(self, observation: Observation) -> None:
        self.seen.append(observation)


def test_each_sink_is_told_of_the_beginning_and_of_the_end() -> None:
    one, other = Watcher(), Watcher()
    observation = Telemetry([one, other]).begin("api", "greet")
    assert (one.begun, one.seen) == ([observation], [])
    observation.end(Outcome.EXCEPTION, "no such name", status=422)
    assert one.seen == other.seen == [observation]
    assert (observation.outcome, observation.message) == (Outcome.EXCEPTION, "no such name")
    assert observation.about == {"status": 422}
    assert observation.duration > 0


def test_the_first_end_counts() -> None:
    watcher = Watcher()
    observation = Telemetry([watcher]).begin("api", "greet")
    observation.end(Outcome.BUSY)
    observation.end(Outcome.OK)
    assert [each.outcome for each in watcher.seen] == [Outcome.BUSY]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(asyncio.CancelledError(), Outcome.CANCELLED), (ValueError("x"), Outcome.ERROR)],
)
def test_what_leaves_without_an_end_is_ended(error: BaseException, outcome: Outcome) -> None:
    watcher = Watcher()
    with pytest.raises(type(error)), Telemetry([watcher]).begin("api", "greet"):
        raise error
    assert [each.outcome for each in watcher.seen] == [outcome]


def test_a_transaction_is_a_span_below_that_of_its_caller() -> None:
    observation = Telemetry().begin("api", "greet", PARENT, "vendor=1")
    context, parent = observation.context, observation.parent
    assert parent is not None
    assert (str(parent), parent.state) == (PARENT, "vendor=1")
    assert (context.trace, context.state) == (parent.trace, "vendor=1")
    assert context.span != parent.span
    assert observation.circumstances().trace == str(context)


@pytest.mark.parametrize("header", ["", "nonsense"])
def test_without_a_caller_s_a_transaction_has_a_trace_of_its_own(header: str) -> None:
    one, other = (Telemetry().begin("api", "greet", header, "vendor=1") for _ in range(2))
    assert one.parent is None
    assert one.context.trace != other.context.trace
    assert one.context.state == ""


def test_without_a_sampler_the_caller_s_wish_is_handed_on() -> None:
    assert Telemetry().begin("api", "greet", PARENT).context.sampled
    assert not Telemetry().begin("api", "greet").context.sampled


def test_the_sampler_decides_once_for_what_is_handed_on() -> None:
    asked: list[TraceContext | None] = []

    def never(_context: TraceContext, parent: TraceContext | None) -> bool:
        asked.append(parent)
        return False

    observation = Telemetry(sampler=never).begin("api", "greet", PARENT)
    assert observation.circumstances().trace.endswith("-00")
    assert asked == [observation.parent]


def test_nobody_listens_unless_a_sink_wants_to() -> None:
    assert Telemetry([Watcher()]).begin("api", "greet").circumstances().listen is None
    nothing = UNWATCHED.begin("api", "greet").circumstances()
    assert (nothing.listen, nothing.ended) == (None, None)


def test_all_who_want_to_listen_hear_everything() -> None:
    one: list[object] = []
    other: list[object] = []
    telemetry = Telemetry([Watcher(one.append), Watcher(), Watcher(other.append)])
    listen = telemetry.begin("api", "greet").circumstances().listen
    assert listen is not None
    listen("event")
    assert one == other == ["event"]


def test_the_work_of_all_its_transactions_is_added_up() -> None:
    observation = Telemetry([Watcher()]).begin("api", "greet")
    for nanoseconds in (3, 4):
        done = transaction()
        done.spend((), nanoseconds)
        ended = observation.circumstances().ended
        assert ended is not None
        ended(done)
    assert observation.worked == 7
