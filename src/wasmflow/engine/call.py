"""One call of a component, made safe: whatever a component does, the engine gets an `Outcome`.

Every call goes through here, whoever makes it, so this is the place for what holds for all of them:
events are told here, and a time limit for components that enforce none themselves would stand
around the `await` of `_wait`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeAlias

from wasmflow.component import Call, Component, Outcome
from wasmflow.engine.events import CallEnded, CallStarted
from wasmflow.packet import Failure, Kind, Slot

log = logging.getLogger(__name__)

#: What an `Outcome` is, for `isinstance`; a union would be made anew at every call.
ENDED: Final = (Failure, tuple)
#: A call that could not finish inline; await it for its outcome.
Pending: TypeAlias = Coroutine[Any, Any, Outcome]
#: `Component.start` that is sure to keep its contract, and a coroutine where it waits.
Start: TypeAlias = Callable[[tuple[Slot, ...], Call], Outcome | Pending]


def guarded(component: Component, name: str) -> Start:
    """The component's `start`, held to its contract; events and messages call it `name`.

    An exception, or a result of another shape, is a bug in the component: an error in its
    transaction, and a traceback in the log.
    """
    return _Guard(component, name).begin


class _Guard:
    __slots__ = ("name", "start", "width")

    def __init__(self, component: Component, name: str) -> None:
        self.name = name
        self.start = component.start
        self.width = len(component.signature.outputs)

    def begin(self, inputs: tuple[Slot, ...], call: Call) -> Outcome | Pending:
        listen = call.transaction.listen
        if listen is not None:
            listen(CallStarted(call.path, self.name, call.attempt, inputs, call.elements))
        try:
            outcome = self.start(inputs, call)
        except Exception as error:
            return self._end(self._bug(call, error), call)
        if listen is None and isinstance(outcome, tuple) and len(outcome) == self.width:
            return outcome
        if isinstance(outcome, Awaitable):
            return self._wait(outcome, call)
        return self._end(outcome, call)

    async def _wait(self, awaitable: Awaitable[Outcome], call: Call) -> Outcome:
        time = asyncio.get_running_loop().time
        call.transaction.move(time())
        try:
            outcome = await awaitable
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            outcome = self._bug(call, error)
        except Exception as error:
            outcome = self._bug(call, error)
        call.transaction.move(time())
        return self._end(outcome, call)

    def _end(self, outcome: object, call: Call) -> Outcome:
        """The outcome if it is one, and word of it to who listens."""
        shaped = self._shaped(outcome, call)
        if call.transaction.listen is not None:
            call.transaction.listen(
                CallEnded(call.path, self.name, call.attempt, shaped, call.elements)
            )
        return shaped

    def _shaped(self, outcome: object, call: Call) -> Outcome:
        if isinstance(outcome, Failure):
            return outcome
        if not isinstance(outcome, tuple):
            return self._bug(call, TypeError(f"it returned a {type(outcome).__name__}"))
        if len(outcome) != self.width:
            slots = f"it returned {len(outcome)} slots for {self.width} output ports"
            return self._bug(call, TypeError(slots))
        return outcome

    def _bug(self, call: Call, error: BaseException) -> Failure:
        return bug(self.name, call, error)


def bug(name: str, call: Call, error: BaseException) -> Failure:
    """The failure of a call in which a component broke its contract; the traceback goes to the log."""
    log.error("component_bug component=%s path=%s", name, call.path, exc_info=error)
    what = f"{type(error).__name__}: {error}".removesuffix(": ")
    told = f"a bug in '{name}'"
    return Failure(Kind.ERROR, told, "/".join(call.path), diagnosis=f"{told}, {what}")


def is_cancelled() -> bool:
    """Whether somebody cancelled this task; if not, what it awaited was cancelled from within."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
