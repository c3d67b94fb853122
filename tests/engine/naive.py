"""An engine for tests that follows the text of the rules and nothing else.

It asks backwards: what stands in a slot is what the node that owns the slot makes of what stands in
the slots that it reads. No order, no task, no speed; and the time that everything would take if all
that is independent happened at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from wasmflow.component import Outcome, Signature
from wasmflow.graph.plan import Constant, Node, Plan, Read, Source
from wasmflow.packet import EMPTY, Failure, Kind, Slot
from wasmflow.types.convert import converter
from wasmflow.types.json import decoder
from wasmflow.types.model import ANY, Misfit, Option, Type
from wasmflow.types.path import follow

Path = tuple[str, ...]


@dataclass
class Leaf:
    """A component: its outcome is a function of its inputs and the attempt."""

    signature: Signature
    outcome: Callable[[tuple[Slot, ...], int], Outcome]
    #: Seconds that a call takes.
    seconds: int


@dataclass
class Flow:
    """A flow and the components of its nodes."""

    plan: Plan
    parts: list[Leaf | Flow]

    @property
    def signature(self) -> Signature:
        return self.plan.signature


@dataclass
class Result:
    """What a call comes to."""

    outcome: Outcome
    unhandled: list[Failure] = field(default_factory=list)
    #: When it has ended, in seconds after it began.
    end: float = 0
    #: Every call of a leaf: its path and attempt.
    calls: list[tuple[Path, int]] = field(default_factory=list)


def call(part: Leaf | Flow, inputs: tuple[Slot, ...], path: Path = (), attempt: int = 0) -> Result:
    """Call a component at the time 0."""
    if isinstance(part, Leaf):
        return Result(part.outcome(inputs, attempt), [], part.seconds, [(path, attempt)])
    return _Evaluation(part, inputs, path, attempt).result()


@dataclass
class _Ended:
    """What a node has come to."""

    outputs: tuple[Slot, ...]
    error: Slot
    unhandled: list[Failure]
    end: float
    calls: list[tuple[Path, int]] = field(default_factory=list)


class _Evaluation:
    def __init__(self, flow: Flow, inputs: tuple[Slot, ...], path: Path, attempt: int) -> None:
        self.plan, self.parts, self.path, self.attempt = flow.plan, flow.parts, path, attempt
        defaults = self.plan.defaults
        self.inputs = [d if i is EMPTY else i for i, d in zip(inputs, defaults, strict=True)]
        self.ended: dict[int, _Ended] = {}

    def result(self) -> Result:
        nodes = [self.node(at) for at in range(len(self.plan.nodes))]
        return Result(
            tuple(self.read(source, self.path) for source in self.plan.outputs),
            [failure for node in nodes for failure in node.unhandled] + self.dropped(),
            max((node.end for node in nodes), default=0),
            [each for node in nodes for each in node.calls],
        )

    def dropped(self) -> list[Failure]:
        """What a path into a sink comes to, if not what came in."""
        pairs = [(self.packet(each.slot), self.read(each, self.path)) for each in self.plan.dropped]
        return [
            slot for came, slot in pairs if not isinstance(came, Failure) and _failures((slot,))
        ]

    def node(self, at: int) -> _Ended:
        if at not in self.ended:
            self.ended[at] = self.evaluate(self.plan.nodes[at], self.parts[at])
        return self.ended[at]

    def evaluate(self, node: Node, part: Leaf | Flow) -> _Ended:
        path = (*self.path, node.name)
        begin = max((self.owner(slot) for slot in _slots_read(node)), default=0.0)
        inputs = tuple(self.read(source, path) for source in node.inputs)
        lacking = [
            slot is EMPTY and not port.optional
            for slot, port in zip(inputs, node.signature.inputs, strict=True)
        ]
        failed = [slot for slot in inputs if isinstance(slot, Failure)]
        if failed:
            result = Result(failed[0])
        elif any(lacking):
            result = Result((EMPTY,) * len(node.read))
        else:
            result = self.fire(node, part, inputs, path)
            result.outcome = _of(result.outcome, path)
        ended = self.route(node, result.outcome)
        ended.unhandled = result.unhandled + ended.unhandled
        ended.end, ended.calls = begin + result.end, result.calls
        return ended

    def owner(self, slot: int) -> float:
        """When the packet of a slot is there."""
        at = self.owner_of(slot)
        return 0.0 if at is None else self.node(at).end

    def owner_of(self, slot: int) -> int | None:
        for at, node in enumerate(self.plan.nodes):
            if slot == node.error or node.outputs <= slot < node.outputs + len(node.read):
                return at
        return None

    def packet(self, slot: int) -> Slot:
        at = self.owner_of(slot)
        if at is None:
            return self.inputs[slot]
        node, ended = self.plan.nodes[at], self.node(at)
        return ended.error if slot == node.error else ended.outputs[slot - node.outputs]

    def fire(self, node: Node, part: Leaf | Flow, inputs: tuple[Slot, ...], path: Path) -> Result:
        """Calls it as often as `retry` says; only the last attempt counts, but all take their time."""
        times = node.retry.times if node.retry else 0
        pause: float = node.retry.delay if node.retry else 0
        spent = 0.0
        calls: list[tuple[Path, int]] = []
        for number in range(times + 1):
            result = call(part, inputs, path, self.attempt * (times + 1) + number)
            spent, calls = spent + result.end, calls + result.calls
            broken = [*_failures(result.outcome), *result.unhandled]
            if number == times or all(failure.kind is Kind.EXCEPTION for failure in broken):
                break
            assert node.retry
            spent, pause = spent + pause, pause * node.retry.factor
        return replace(result, end=spent, calls=calls)

    def route(self, node: Node, outcome: Outcome) -> _Ended:
        outputs = (outcome,) * len(node.read) if isinstance(outcome, Failure) else outcome
        failures = _failures(outcome)
        if failures and node.error is not None:
            first = failures[0]
            payload = None if first.payload is EMPTY else first.payload
            record = {"kind": first.kind.value, "message": first.message, "origin": first.origin}
            kept = tuple(EMPTY if isinstance(slot, Failure) else slot for slot in outputs)
            return _Ended(kept, {**record, "payload": payload}, [], 0)
        heard = [slot for slot, read in zip(outputs, node.read, strict=True) if read]
        return _Ended(outputs, EMPTY, [each for each in failures if each not in heard], 0)

    def read(self, source: Source, path: Path) -> Slot:
        if source is None:
            return EMPTY
        if isinstance(source, Constant):
            return source.value
        slot = self.cross(source, path)
        if isinstance(slot, Failure) and source.default is not EMPTY:
            try:
                said = _said(source.default, slot.message)
                left_out = said is None and source.optional and not _has_null(source.target)
                return EMPTY if left_out else decoder(source.target)(said)
            except Misfit as misfit:
                return Failure(Kind.EXCEPTION, f"{source.label}: {misfit}", "/".join(path))
        return slot

    def cross(self, source: Read, path: Path) -> Slot:
        slot = self.packet(source.slot)
        try:
            for step in source.path:
                if slot is not EMPTY and not isinstance(slot, Failure):
                    slot = follow((step,))(slot)
            if slot is None and source.optional and _leaves_out(source.source, source.target):
                return EMPTY
            convert = converter(source.source, source.target)
            if convert is not None and slot is not EMPTY and not isinstance(slot, Failure):
                slot = convert(slot)
        except Misfit as misfit:
            return Failure(Kind.EXCEPTION, f"{source.label}: {misfit}", "/".join(path))
        return slot


def _has_null(type_: Type | None) -> bool:
    return type_ is None or type_ == ANY or isinstance(type_, Option)


def _leaves_out(source: Type | None, target: Type | None) -> bool:
    if source == ANY:
        return not _has_null(target)
    return isinstance(source, Option) and target == ANY


def _slots_read(node: Node) -> list[int]:
    return [source.slot for source in node.inputs if isinstance(source, Read)]


def _failures(outcome: Outcome) -> list[Failure]:
    slots = [outcome] if isinstance(outcome, Failure) else outcome
    return [slot for slot in slots if isinstance(slot, Failure)]


def _of(outcome: Outcome, path: Path) -> Outcome:
    if isinstance(outcome, Failure):
        return _at(outcome, path)
    return tuple(_at(slot, path) if isinstance(slot, Failure) else slot for slot in outcome)


def _at(failure: Failure, path: Path) -> Failure:
    """What a leaf says without a place, or with one of its own, happened in that leaf."""
    here = "/".join(path)
    if failure.origin == here or failure.origin.startswith(here + "/"):
        return failure
    return replace(failure, origin=f"{here}/{failure.origin}" if failure.origin else here)


def _said(default: Any, message: str) -> Any:
    if isinstance(default, str):
        return default.replace("$ERROR", message)
    if isinstance(default, list):
        return [_said(each, message) for each in default]
    if isinstance(default, dict):
        return {key: _said(each, message) for key, each in default.items()}
    return default
