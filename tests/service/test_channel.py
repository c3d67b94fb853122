"""What a supervisor and a worker tell each other arrives as it was said, or not at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.grants import Folder, Grants
from wasmflow.service import channel
from wasmflow.service.channel import Channel, line_of
from wasmflow.service.messages import (
    LONGEST,
    Begin,
    Failed,
    Lead,
    Loading,
    Message,
    Prepare,
    Pulse,
    Ready,
    Start,
    State,
    Stop,
    Stopped,
    Stopping,
    ToldFailure,
    ToldProblem,
    ToSupervisor,
    ToWorker,
)
from wasmflow.service.plan import HttpFlag, Plan
from wasmflow.telemetry.logs import Form
from wasmflow.telemetry.place import Place
from wasmflow.triggers.succession import Left

texts = st.text(max_size=20)
numbers = st.integers(0, 1 << 30)
seconds = st.floats(0, 1e6)
lefts = st.dictionaries(texts, st.builds(Left, seconds, st.booleans()), max_size=3)
problems = st.builds(ToldProblem, texts, texts, texts, numbers, numbers, st.booleans())
failures = st.builds(ToldFailure, texts, texts, texts)
grants = st.builds(
    Grants,
    env=st.frozensets(texts, max_size=3),
    dirs=st.frozensets(st.builds(Folder, texts, texts, write=st.booleans()), max_size=2),
    clock=st.booleans(),
)
plans = st.builds(
    Plan,
    texts,
    st.lists(st.builds(HttpFlag, texts, texts), max_size=2).map(tuple),
    numbers,
    seconds,
    limits=st.dictionaries(texts, seconds, max_size=3),
    grant=grants,
    policy=st.none() | texts,
)
forms = st.builds(Form, json=st.booleans(), worker=st.none() | numbers)
states = st.builds(State, st.booleans(), texts, numbers)
to_worker = st.one_of(
    st.builds(
        Begin,
        plans,
        forms,
        numbers,
        st.dictionaries(texts, st.lists(numbers, max_size=3), max_size=3),
        states,
        st.builds(Place, texts, texts),
        st.booleans(),
        st.booleans(),
    ),
    states,
    st.builds(Stop, seconds),
    st.sampled_from([Prepare(), Start()]),
    st.builds(Lead, seconds, lefts),
)
to_supervisor = st.one_of(
    st.builds(Loading, texts, st.none() | st.floats(0, 1)),
    st.builds(Ready, st.lists(texts, max_size=3), texts),
    st.builds(Failed, texts, texts, st.lists(problems, max_size=3), st.lists(failures, max_size=3)),
    st.builds(Stopping, lefts),
    st.builds(Stopped, numbers, numbers),
    st.just(Pulse()),
)


@given(to_worker)
def test_a_worker_reads_what_it_is_told(message: ToWorker) -> None:
    assert channel.WORKER.decode(line_of(message)) == message


@given(to_supervisor)
def test_a_supervisor_reads_what_it_is_told(message: ToSupervisor) -> None:
    line = line_of(message)
    assert line.count(b"\n") == 1
    assert channel.SUPERVISOR.decode(line) == message


@given(st.binary(max_size=50))
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        channel.WORKER.decode(line)


def test_what_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="too long"):
        line_of(Loading("x" * LONGEST, None))


Ends = tuple[Channel[ToSupervisor], socket.socket]


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    ours, theirs = channel.pair()
    opened = await Channel.open(channel.SUPERVISOR, ours)
    with theirs:
        yield opened, theirs
        await opened.aclose()


async def test_messages_arrive_in_their_order(ends: Ends) -> None:
    ours, theirs = ends
    said: list[Message] = [Pulse(), Ready(["a"], "b"), Stopping()]
    theirs.sendall(b"".join(map(line_of, said)))
    assert [await ours.receive() for _ in said] == said


@pytest.mark.parametrize("line", [b"", b'{"say":"pulse"}', b"{}\n", b"x" * (LONGEST + 2) + b"\n"])
async def test_nobody_is_there_who_leaves_or_talks_nonsense(ends: Ends, line: bytes) -> None:
    ours, theirs = ends
    sending = asyncio.to_thread(_send_and_leave, theirs, line)
    received, _ = await asyncio.gather(ours.receive(), sending)
    assert received is None


def _send_and_leave(end: socket.socket, line: bytes) -> None:
    end.sendall(line)
    end.shutdown(socket.SHUT_WR)


async def test_telling_somebody_who_has_left_is_no_error(ends: Ends) -> None:
    ours, theirs = ends
    theirs.close()
    for _ in range(3):
        ours.send(Start())
    assert await ours.receive() is None
    ours.send(Start())
