"""Work that is cancelled when something happens meanwhile: a client leaves, as a rule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

from wasmflow.triggers.http.problems import Gone

T = TypeVar("T")

#: Begins to watch for something, of which it tells by a call; returns what ends that.
Watch: TypeAlias = Callable[[Callable[[], None]], Callable[[], object]]


class Attended(Generic[T]):
    """Work that is cancelled when something happens for which is watched while the work waits."""

    def __init__(self, work: Coroutine[Any, Any, T], watch: Watch) -> None:
        self._work = work
        self._watch = watch

    def __await__(self) -> Generator[Any, Any, T]:
        steps = self._work.__await__()
        try:
            awaited = next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        gone = False

        def leave() -> None:
            nonlocal gone
            gone = True
            task.cancel()

        unwatch = self._watch(leave)
        try:
            return (yield from _go_on(steps, awaited))
        except asyncio.CancelledError:
            if gone and task.uncancel() == 0:
                raise Gone("the client left") from None
            raise
        finally:
            unwatch()


def _go_on(steps: Generator[Any, Any, T], awaited: Any) -> Generator[Any, Any, T]:
    """What `yield from` does, for a generator that has taken its first step."""
    while True:
        try:
            sent = yield awaited
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:
            step = partial(steps.throw, error)
        else:
            step = partial(steps.send, sent)
        try:
            awaited = step()
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
