"""An instance of a streaming component: its session is pushed to, or pulled from, as its channels let it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

from wasmflow.component import Call, Emission, Session, Streamer
from wasmflow.engine.call import bug, is_cancelled
from wasmflow.engine.channel import Channel
from wasmflow.engine.crew import Crew, Part, Ports
from wasmflow.engine.crossing import Reading
from wasmflow.engine.events import CallEnded, CallSkipped, CallStarted
from wasmflow.engine.failures import deliver, placed
from wasmflow.engine.intake import END, Element, Intake, Outlets
from wasmflow.engine.joins import reason_to_skip
from wasmflow.engine.stage import OFTEN
from wasmflow.engine.strays import stray
from wasmflow.graph.plan import Node
from wasmflow.packet import EMPTY, Empty, Failure, Kind, Slot

#: What most calls come to, for `isinstance`: whether something can be awaited takes long to find out.
_AT_ONCE: Final = (list, tuple, Failure)
#: What a call sends, if it sends anything; and how much of it the event loop sends in one go: what takes
#: some milliseconds.
_PACKETS: Final = (list, tuple, bytes)
_PART: Final = 5_000


class SessionStep:
    """What can be decided about the node of a streaming component before anything runs."""

    def __init__(self, node: Node, streamer: Streamer) -> None:
        signature = node.signature
        self.name = node.address
        self.tail = (node.name,) if node.name else ()
        self.group = (node.namespace, node.group) if node.name else ()
        self.streamer = streamer
        self.batch = node.batch if streamer.batches else 1
        self.read, self.error_port = node.read, node.error is not None
        self.values = [i for i, port in enumerate(signature.inputs) if not port.stream]
        self.streams = [i for i, port in enumerate(signature.inputs) if port.stream]
        self.value_ports = [signature.inputs[i] for i in self.values]
        self.stream_ports = [signature.inputs[i] for i in self.streams]
        self.read_values = Reading([node.inputs[i] for i in self.values], self.tail)
        self.read_element = Reading([node.inputs[i] for i in self.streams], self.tail)
        #: Whether its output has a packet or a gap for each element; and one packet in all.
        steps = {port.step for port in self.stream_ports}
        self.in_step = any(port.step in steps for port in signature.outputs)
        self.reduces = bool(self.streams) and any(not port.stream for port in signature.outputs)


class SessionPart(Part):
    """See the module."""

    def __init__(self, crew: Crew, call: Call, step: SessionStep, ports: Ports) -> None:
        path = (*call.path, *step.tail)
        super().__init__(crew, call, path)
        self._step = step
        self._inner = call._replace(path=path, group=call.group + step.group)
        self._values = Intake(
            tuple(ports.inputs[i] for i in step.values), (False,) * len(step.values)
        )
        streams = step.streams
        self._intake = Intake(
            tuple(ports.inputs[i] for i in streams),
            tuple(ports.streams[i] for i in streams),
            of_streams=True,
        )
        self._outlets = Outlets(ports.outputs)
        #: `Session`, once it is open.
        self._session: Any = None
        self._batch: list[Element] = []
        self._ending = False

    def channels(self) -> tuple[list[Channel], list[Channel]]:
        return self._values.channels + self._intake.channels, self._outlets.channels

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def discard(self) -> None:
        self.shift.forsake(self._inner)

    def work(self) -> None:
        if self._outlets.deserted:
            self.finish()
        elif self.pending is None:
            if self._session is None:
                self._open()
            if self._session is not None:
                self._go_on()

    def _go_on(self) -> None:
        outlets, intake = self._outlets, self._intake
        while outlets.room and self._advance():
            if not intake.count & OFTEN and self.shift.late:
                self.rouse()
                return

    # --- its beginning ---

    def _open(self) -> None:
        if not (self._values.held() and self._intake.held()):
            return
        element = self._values.next()
        if not isinstance(element, tuple):
            return
        inputs = self._step.read_values(element, self.call)
        reason = reason_to_skip(inputs, self._step.value_ports)
        if reason is not None:
            self._skip(reason)
            return
        if (listen := self.call.transaction.listen) is not None:
            attempt, elements = self.call.attempt, self.call.elements
            listen(CallStarted(self.path, self._step.name, attempt, inputs, elements))
        self._call(partial(self._step.streamer.open, inputs, self._inner), self._opened)

    def _opened(self, outcome: Session | Failure) -> bool:
        if isinstance(outcome, Failure):
            self._fail(outcome)
            return False
        self._session = outcome
        return True

    def _skip(self, reason: Failure | Empty) -> None:
        if (listen := self.call.transaction.listen) is not None:
            listen(CallSkipped(self.path, self._step.name, reason))
        if isinstance(reason, Failure):
            self._send(reason)
        self.broken = True
        self.finish()

    # --- its calls ---

    def _advance(self) -> bool:
        """The next thing to do. Says whether there may be more to do at once."""
        if self._ending:
            return self._finish_session()
        if not self._step.streams:
            return self._pull()
        element = self._intake.next()
        if element is None:
            return False
        if element is END:
            self._ending, self.broken = True, self._intake.broken
            return self._flush() if self._batch else True
        read = self._step.read_element
        return self._take(element if read.plain else read(element, self.call))

    def _take(self, element: Element) -> bool:
        """Push an element, unless rule 1 says that it is not to be."""
        for slot in element:
            if slot is EMPTY or isinstance(slot, Failure):
                reason = reason_to_skip(element, self._step.stream_ports)
                if isinstance(reason, Failure):
                    return self._pass(reason)
                if reason is EMPTY:
                    return self._gap()
                break
        if self._step.batch == 1:
            return self._push([element])
        self._batch.append(element)
        return self._flush() if len(self._batch) >= self._step.batch else True

    def _pass(self, failure: Failure) -> bool:
        """A failed element is not pushed: what came before it is, and then it takes its place."""
        if self._batch:
            return self._flush(lambda: self._pass(failure))
        if self._step.reduces:
            self._send(failure)
            self._end(failure)
            return False
        self._send(failure)
        return True

    def _gap(self) -> bool:
        if self._step.in_step:
            self._put(EMPTY, EMPTY)
        return True

    def _flush(self, then: Callable[[], bool] | None = None) -> bool:
        batch, self._batch = self._batch, []
        if then is None:
            return self._push(batch)
        session, next_ = self._session, then
        return self._call(
            partial(session.push, batch), lambda emission: self._emit(emission) and next_()
        )

    def _push(self, elements: list[Element]) -> bool:
        session = self._session
        return self._call(partial(session.push, elements), self._emit)

    def _pull(self) -> bool:
        session = self._session

        def pulled(emission: Emission) -> bool:
            if isinstance(emission, Failure):
                self._fail(emission)
            elif emission:
                return self._emit(emission)
            else:
                self._end(())
            return False

        return self._call(session.pull, pulled)

    def _finish_session(self) -> bool:
        session = self._session

        def finished(emission: Emission) -> bool:
            if isinstance(emission, Failure):
                self._fail(emission)
            else:
                self._emit(emission)
                self._end(())
            return False

        return self._call(session.finish, finished)

    def _call(self, begin: Callable[[], Any], then: Callable[[Any], bool]) -> bool:
        """Make a call and go on with what it comes to, at once if it ends at once."""
        try:
            outcome = begin()
        except Exception as error:
            outcome = bug(self._step.name, self._inner, error)
        if not isinstance(outcome, _AT_ONCE) and isinstance(outcome, Awaitable):
            self.wait(self._settled(outcome), partial(self._in_parts, then, 0))
            return False
        return self._in_parts(then, 0, outcome)

    def _in_parts(self, then: Callable[[Any], bool], start: int, outcome: Any) -> bool:
        """Go on with what a call came to. Of more packets than the event loop is to send in one go, only
        the last are left to that; others have their turn between the parts."""
        if not isinstance(outcome, _PACKETS) or len(outcome) <= start + _PART:
            return then(outcome[start:] if start else outcome)
        end = start + _PART
        for slot in outcome[start:end]:
            self._send(slot)
        self.wait(asyncio.sleep(0, outcome), partial(self._in_parts, then, end))
        return False

    async def _settled(self, awaitable: Awaitable[Any]) -> Any:
        try:
            return await awaitable
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            return bug(self._step.name, self._inner, error)
        except Exception as error:
            return bug(self._step.name, self._inner, error)

    # --- what comes of them ---

    def _emit(self, emission: Any) -> bool:
        """Send what a call came to. Says whether the session goes on."""
        if not isinstance(emission, _AT_ONCE) and not isinstance(emission, Sequence):
            wrong = TypeError(f"it returned a {type(emission).__name__}")
            emission = bug(self._step.name, self._inner, wrong)
        if not isinstance(emission, Failure):
            for slot in emission:
                self._send(slot)
            return True
        if emission.kind is Kind.ERROR or self._step.reduces:
            self._fail(emission)
            return False
        self._send(placed(emission, self.path))
        return True

    def _fail(self, failure: Failure) -> None:
        """The failure is its last packet."""
        self.broken = self.broken or not self._ending
        self._send(placed(failure, self.path))
        self._end(failure)

    def _end(self, outcome: Failure | tuple[()]) -> None:
        if (listen := self.call.transaction.listen) is not None:
            attempt, elements = self.call.attempt, self.call.elements
            listen(CallEnded(self.path, self._step.name, attempt, outcome, elements))
        if self._ending or not self._step.streams:
            self.complete()
        else:
            self.finish()

    def _send(self, slot: Slot) -> None:
        if not isinstance(slot, Failure):
            self._put(slot, EMPTY)
            return
        delivery = deliver(slot, self._step.read, error_port=self._step.error_port)
        self._put(delivery.outputs[0] if delivery.outputs else EMPTY, delivery.error)
        if delivery.unhandled:
            stray(self._inner, delivery.unhandled)

    def _put(self, slot: Slot, error: Slot) -> None:
        """A gap keeps its place only where something may be in step with it."""
        step, outlets = self._step, self._outlets
        if step.read and (step.in_step or slot is not EMPTY):
            outlets.put(0, slot)
        if step.error_port and (step.in_step or error is not EMPTY):
            outlets.put(len(step.read), error)
