"""Flows with streams for tests, twice: run by the engine, and worked out by an evaluation that is obviously
right. There a stream is a list of values, failures and gaps, and a value a slot; nothing waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hypothesis import strategies as st

from tests.fakes import Draft, error, exception, expander, fake, reducer, source, transducer
from wasmflow.collections.core.collection import CoreCollection
from wasmflow.component import Callee, Use
from wasmflow.packet import EMPTY, Failure, Kind, Slot

#: What a function of the tests makes of its inputs: by a number, so that the same is drawn twice.
Act = Callable[..., Any]


def combine(seed: int, *inputs: Any) -> int:
    """A number that depends on all inputs."""
    total = seed
    for value in inputs:
        total = (31 * total + (7 if value is EMPTY else value)) % 97
    return total


def act(seed: int, rate: int) -> Act:
    """Mostly a number; now and then nothing, an exception or an error."""

    def outcome(*inputs: Any) -> Any:
        number = combine(seed, *inputs)
        if number % 11 < rate:
            return (EMPTY, exception(f"e{number}"), error(f"b{number}"))[number % 3]
        return number

    return outcome


def expansion(seed: int, rate: int) -> Act:
    """Any number of numbers for one."""
    outcome = act(seed, rate)

    def several(*inputs: Any) -> Any:
        first = outcome(*inputs)
        if isinstance(first, Failure):
            return first
        return [] if first is EMPTY else [first + i for i in range(first % 3)]

    return several


@dataclass(frozen=True)
class Line:
    """What a port sends: one slot, or a list of them; and the step that a stream is in."""

    packets: Any
    step: int | None = None


@dataclass
class Flow:
    """A flow that is drawn, as the engine has it and as it must come out."""

    draft: Draft
    lines: dict[str, Line] = field(default_factory=dict)
    steps: int = 0
    #: Seconds that calls of the next component take; ``None`` if they end at once.
    delay: float | None = None

    def fresh_step(self) -> int:
        self.steps += 1
        return self.steps

    @property
    def pause(self) -> Callable[[], Awaitable[object]] | None:
        return None if self.delay is None else partial(asyncio.sleep, self.delay)

    def add(self, name: str, component: Callee, wires: dict[str, str], line: Line) -> None:
        self.add_all(name, component, wires, {"output": line})

    def add_all(
        self, name: str, component: Callee, wires: dict[str, str], lines: dict[str, Line]
    ) -> None:
        self.draft.node(name, component, dict(wires))
        self.lines |= {f"{name}.{port}": line for port, line in lines.items()}


def skipped(inputs: Sequence[Slot]) -> Slot | None:
    """What goes on instead of a call; ``None`` if there is one. All inputs are required."""
    failure = next((each for each in inputs if isinstance(each, Failure)), None)
    if failure is not None:
        return failure
    return EMPTY if any(each is EMPTY for each in inputs) else None


def elements(lines: Sequence[Line]) -> list[tuple[Slot, ...]]:
    """The inputs together: streams in step, values held."""
    streams = [line.packets for line in lines if line.step is not None]
    count = min(map(len, streams)) if streams else 1
    return [
        tuple(line.packets if line.step is None else line.packets[i] for line in lines)
        for i in range(count)
    ]


def lifted(flow: Flow, name: str, wires: dict[str, str], function: Act) -> None:
    lines = [flow.lines[wire] for wire in wires.values()]
    sent = []
    for inputs in elements(lines):
        skip = skipped(inputs)
        sent.append(function(*inputs) if skip is None else skip)
    step = next((line.step for line in lines if line.step is not None), None)
    line = Line(sent[0], None) if step is None else Line(sent, step)
    flow.add(name, fake(function, " ".join(wires), delay=flow.delay), wires, line)


def transduced(flow: Flow, name: str, wires: dict[str, str], function: Act) -> None:
    lines = [flow.lines[wire] for wire in wires.values()]
    sent: list[Slot] = []
    for inputs in elements(lines):
        skip = skipped(inputs)
        sent.append(function(*inputs) if skip is None else skip)
        if skip is None and is_error(sent[-1]):
            break
    step = next((line.step for line in lines if line.step is not None), None)
    ports = " ".join(f"{port}*" for port in wires)
    made = transducer(function, ports, pause=flow.pause)
    flow.add(name, made, wires, Line(sent, flow.fresh_step() if step is None else step))


def expanded(flow: Flow, name: str, wires: dict[str, str], function: Act) -> None:
    lines = [flow.lines[wire] for wire in wires.values()]
    sent: list[Slot] = []
    for inputs in elements(lines):
        skip = skipped(inputs)
        if skip is not None:
            sent += [] if skip is EMPTY else [skip]
            continue
        came = function(*inputs)
        sent += [came] if isinstance(came, Failure) else came
        if is_error(came):
            break
    ports = " ".join(f"{port}*" for port in wires)
    flow.add(
        name, expander(function, ports, pause=flow.pause), wires, Line(sent, flow.fresh_step())
    )


def reduced(flow: Flow, name: str, wire: str) -> None:
    line = flow.lines[wire]
    packets = [slot for (slot,) in elements([line])]
    failure = next((each for each in packets if isinstance(each, Failure)), None)
    total: Any = sum(each for each in packets if not isinstance(each, Failure | type(EMPTY)))
    flow.add(
        name,
        reducer(sum, pause=flow.pause),
        {"input": wire},
        Line(total if failure is None else failure),
    )


def sourced(flow: Flow, name: str, wire: str, packets: list[Any]) -> None:
    """A stream of these packets for a value, or for each element of a stream."""
    line = flow.lines[wire]
    sent: list[Slot] = []
    for (slot,) in elements([line]):
        skip = skipped([slot])
        if skip is None:
            sent += packets
        elif skip is not EMPTY:
            sent.append(skip)
    made = source(*packets, inputs="input", pause=flow.pause)
    flow.add(name, made, {"input": wire}, Line(sent, flow.fresh_step()))


def joined(flow: Flow, name: str, kind: str, wires: dict[str, str]) -> None:
    """One stream of several, one after the other or in turn. Gaps vanish."""
    queues = [_without_gaps(flow.lines[wire]) for wire in wires.values()]
    if kind == "concat":
        sent = [packet for queue in queues for packet in queue]
    else:
        longest = max(map(len, queues))
        sent = [queue[i] for i in range(longest) for queue in queues if i < len(queue)]
    made = CoreCollection().component(kind, Use(dict.fromkeys(wires)))
    flow.add(name, made, wires, Line(sent, flow.fresh_step()))


def taken(flow: Flow, name: str, wire: str, count: int) -> None:
    """The first packets of a stream. Gaps vanish."""
    made = CoreCollection().component("take", Use({"input": None}, {"count": count}))
    sent = _without_gaps(flow.lines[wire])[:count]
    flow.add(name, made, {"input": wire}, Line(sent, flow.fresh_step()))


def refusal(seed: int) -> Act:
    """Now and then an exception."""
    return lambda value: exception(f"r{value}") if combine(seed, value) % 5 == 0 else ()


def inside(flow: Flow, name: str, wire: str, function: Act, *, lifted_whole: bool) -> None:
    """A flow that passes on what it is given, and has a branch that leads nowhere."""
    line = flow.lines[wire]
    streams = line.step is not None and not lifted_whole
    inner = Draft("x*" if streams else "x")
    inner.node("side", fake(function, outputs="", delay=flow.delay), input="<>.x")
    made = inner.streams(out="<>.x") if streams else inner.program(out="<>.x")
    flow.draft.node(name, made, {"x": wire})
    flow.lines[f"{name}.out"] = line


def _without_gaps(line: Line) -> list[Slot]:
    slots = line.packets if line.step is not None else [line.packets]
    return [slot for slot in slots if slot is not EMPTY]


def nested(flow: Flow, name: str, wire: str, packets: list[Any], function: Act) -> None:
    """A flow from a value: a stream, another in step with it, and a value; or these for each element."""
    line = flow.lines[wire]
    each = [_streams_and_a_value(slot, packets, function) for (slot,) in elements([line])]
    if line.step is None:
        all_, made, total = each[0]
    else:
        # Streams in step stay so from one element to the next.
        each = [(a, b + [EMPTY] * (len(a) - len(b)), total) for a, b, total in each]
        all_, made = ([packet for sent in each for packet in sent[port]] for port in (0, 1))
        total = [sent[2] for sent in each]
    own = flow.fresh_step()
    lines = {"all": Line(all_, own), "made": Line(made, own), "total": Line(total, line.step)}
    inner = Draft("input").node("s", source(*packets, inputs="input"), input="<>.input")
    inner.node("t", transducer(function, "a*", pause=flow.pause), a="s.output")
    inner.node("r", reducer(sum, pause=flow.pause), input="t.output")
    made_of = inner.streams(all="s.output", made="t.output", total="r.output")
    flow.add_all(name, made_of, {"input": wire}, lines)


def _streams_and_a_value(
    slot: Slot, packets: list[Any], function: Act
) -> tuple[list[Slot], list[Slot], Slot]:
    skip = skipped([slot])
    if skip is not None:
        sent = [] if skip is EMPTY else [skip]
        return sent, sent, skip
    inner = Flow(Draft("items*"))
    inner.lines = {"<>.items": Line(packets, 0)}
    transduced(inner, "t", {"a": "<>.items"}, function)
    reduced(inner, "r", "t.output")
    return packets, inner.lines["t.output"].packets, inner.lines["r.output"].packets


def is_error(slot: Slot) -> bool:
    return isinstance(slot, Failure) and slot.kind is Kind.ERROR


packets = st.lists(
    st.integers(0, 96)
    | st.just(EMPTY)
    | st.builds(exception, st.sampled_from("xy"), st.just("edge")),
    max_size=8,
)
few = st.lists(st.integers(0, 96), max_size=3)


@dataclass
class Drawn:
    flow: Flow
    #: What is given to the inputs ``items`` (a stream) and ``value``.
    items: list[Slot]
    value: int
    #: The ports that outputs of the flow read, at least one.
    read: list[str]


@st.composite
def flows(draw: st.DrawFn) -> Drawn:
    """A flow of some nodes of all kinds, each reading what stands before it."""
    items, value = draw(packets), draw(st.integers(0, 96))
    flow = Flow(Draft("items* value"))
    flow.lines = {"<>.items": Line(items, 0), "<>.value": Line(value)}
    lifted(flow, "first", {"a": draw(st.sampled_from(sorted(flow.lines)))}, act(1, 0))
    for number in range(draw(st.integers(0, 7))):
        flow.delay = draw(st.sampled_from([None, None, 0, 0.3, 1]))
        _add(draw, flow, f"n{number}")
    names = [name for name in flow.lines if not name.startswith("<>")]
    read = draw(st.just(names) | st.lists(st.sampled_from(names), min_size=1, unique=True))
    return Drawn(flow, items, value, read)


KINDS = ["lifted", "lifted", "transduced", "expanded", "reduced", "sourced", "nested", "concat"]
KINDS += ["interleave", "taken", "sunk", "inside"]


def _add(draw: st.DrawFn, flow: Flow, name: str) -> None:
    kind = draw(st.sampled_from(KINDS))
    seed, rate = draw(st.integers(0, 96)), draw(st.sampled_from([0, 0, 2]))
    first = draw(st.sampled_from(sorted(flow.lines)))
    if kind == "reduced":
        reduced(flow, name, first)
    elif kind == "sourced":
        sourced(flow, name, first, draw(few))
    elif kind == "sunk":
        sink = fake(refusal(seed), outputs="", delay=flow.delay)
        flow.draft.node(name, sink, {"input": first})
    elif kind == "inside":
        inside(flow, name, first, refusal(seed), lifted_whole=draw(st.booleans()))
    elif kind == "taken":
        taken(flow, name, first, draw(st.integers(1, 5)))
    elif kind in ("concat", "interleave"):
        joined(flow, name, kind, {"a": first, "b": draw(st.sampled_from(sorted(flow.lines)))})
    elif kind == "nested":
        nested(flow, name, first, draw(few), act(seed, rate))
    else:
        wires = {"a": first}
        if draw(st.booleans()):
            step = flow.lines[first].step
            fitting = [
                each
                for each, line in flow.lines.items()
                if step is None or line.step in (None, step)
            ]
            wires["b"] = draw(st.sampled_from(sorted(fitting)))
        if kind == "lifted":
            lifted(flow, name, wires, act(seed, rate))
        elif kind == "transduced":
            transduced(flow, name, wires, act(seed, rate))
        else:
            expanded(flow, name, wires, expansion(seed, rate))
