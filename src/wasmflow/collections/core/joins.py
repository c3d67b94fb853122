"""`core::zip`, `interleave`, `concat` and `race`: what becomes one stream of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from wasmflow.collections.core.first import common_type
from wasmflow.collections.core.template import CoreTemplate
from wasmflow.component import Call, Machine, Port, Signature, Use
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.intake import Outlets
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.problem import Problem
from wasmflow.types import model as wit


class Join(Part):
    """Reads several streams, each at its own pace. Gaps vanish."""

    def __init__(self, crew: Crew, call: Call, ports: Ports, names: tuple[str, ...]) -> None:
        super().__init__(crew, call, call.path)
        self._inlets: list[Channel] = list(ports.inputs)
        self._names = names
        self._outlets = Outlets(ports.outputs)

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._inlets, self._outlets.channels

    def work(self) -> None:
        if self._outlets.deserted:
            self.finish()
        while self._outlets.room and not self.over:
            if not self._step():
                return
            if self.shift.late:
                self.rouse()
                return

    def _step(self) -> bool:
        """Send the next packet, or be over. Says whether there may be more to do."""
        raise NotImplementedError

    def _has(self, inlet: Channel) -> bool:
        """Whether there is a packet, gaps not counted."""
        while inlet.packets and inlet.packets[0] is EMPTY:
            inlet.take()
        if not inlet.packets and not inlet.ended:
            inlet.want()
        return bool(inlet.packets)


class Concatenation(Join):
    """One stream after the other."""

    def _step(self) -> bool:
        for inlet in self._inlets:
            if self._has(inlet):
                self._outlets.put(0, inlet.take())
                return True
            if not inlet.ended:
                return False
        self.complete()
        return False


class Interleaving(Join):
    """A packet of each stream in turn, as long as it has one."""

    #: Whether a stream whose turn it is is waited for.
    _waits = True
    _turn = 0

    def _step(self) -> bool:
        count = len(self._inlets)
        for offset in range(count):
            index = (self._turn + offset) % count
            inlet = self._inlets[index]
            if self._has(inlet):
                self._turn = index + 1
                self._outlets.put(0, inlet.take())
                return True
            if self._waits and not inlet.ended:
                return False
        if all(inlet.exhausted for inlet in self._inlets):
            self.complete()
        return False


class Race(Interleaving):
    """Packets as they come. All are asked in turn, so that none is passed over."""

    _waits = False

    def lanes(self) -> list[tuple[list[Channel], list[Channel]]]:
        return [([each], self._outlets.channels) for each in self._inlets if not each.exhausted]


class Pairing(Join):
    """The first packets of all, then the second of all, and so on."""

    def _step(self) -> bool:
        there = [self._has(inlet) for inlet in self._inlets]
        if all(there):
            packets = [inlet.take() for inlet in self._inlets]
            failure = next((each for each in packets if isinstance(each, Failure)), None)
            paired = dict(zip(self._names, packets, strict=True))
            self._outlets.put(0, paired if failure is None else failure)
            return True
        if not all(has or inlet.ended for has, inlet in zip(there, self._inlets, strict=True)):
            return False
        if any(there):
            self._outlets.put(0, self._unequal(there))
        for inlet, more in zip(self._inlets, there, strict=True):
            inlet.leave(forsaken=more)
        self.complete()
        return False

    def _unequal(self, there: list[bool]) -> Failure:
        ended = [name for name, has in zip(self._names, there, strict=True) if not has]
        message = f"the streams are not of equal length: {', '.join(ended)} ended first"
        return Failure(Kind.EXCEPTION, message, "/".join(self.call.path))


_Make: TypeAlias = Callable[[Crew, Call, Ports, tuple[str, ...]], Join]


@dataclass(frozen=True)
class _Joined:
    """One of these components, in one use of it. Is a `wasmflow.component.Machine`."""

    signature: Signature
    make: _Make

    def attach(self, ports: Ports, call: Call, crew: Crew) -> None:
        names = tuple(port.name for port in self.signature.inputs)
        crew.add(self.make(crew, call, ports, names))


def _template(name: str, make: _Make, does: str, gives: str) -> CoreTemplate:
    outline = Signature(
        name,
        outputs=(Port("output", None, step=0, description=gives),),
        description=f"{does} It has the inputs that connections name, in their order.",
    )

    def bind(signature: Signature, _use: Use) -> Machine:
        return _Joined(signature, make)

    return CoreTemplate(outline, partial(_signature, outline), bind, any_input=True)


def _signature(outline: Signature, use: Use) -> Signature | list[Problem]:
    name = outline.name
    if not use.inputs:
        hint = f"connect something to it: a.output -> {name}.left"
        return [Problem(f"'{name}' has no inputs", hint)]
    if name == "zip":
        types = dict(use.inputs)
        parts = tuple(wit.Part(each, type_ or wit.ANY) for each, type_ in types.items())
        result: wit.Type | None = wit.Record(parts)
    else:
        result = common_type(use.inputs.values())
        types = dict.fromkeys(use.inputs, result)
    ports = tuple(Port(each, type_, step=i) for i, (each, type_) in enumerate(types.items()))
    (out,) = outline.outputs
    output = Port("output", result, step=len(ports), description=out.description)
    return Signature(name, ports, (output,), outline.description)


ZIP = _template(
    "zip",
    Pairing,
    "Pairs the packets of streams that are not in step; where they are not of equal length, that is "
    "its last packet, a failure.",
    "Objects with a field for every input.",
)
INTERLEAVE = _template(
    "interleave",
    Interleaving,
    "Makes one stream of several, a packet of each in turn.",
    "The packets of all inputs.",
)
CONCAT = _template(
    "concat",
    Concatenation,
    "Makes one stream of several, one after the other.",
    "The packets of the first input, then those of the next.",
)
RACE = _template(
    "race",
    Race,
    "Makes one stream of several, the packets as they come: what comes first is not the same in "
    "every run.",
    "The packets of all inputs.",
)
