"""What a part waits for, when the part is over before it has come."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

from tests.fakes import transaction
from wasmflow.engine.crew import Part
from wasmflow.engine.shift import Shift


class Over:
    """As much of a part as a shift looks at here."""

    pending: asyncio.Future[Any] | None = None


async def test_what_fails_when_its_part_is_over_is_told_by_nobody() -> None:
    told: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: told.append(context))
    part, future = Over(), loop.create_future()
    Shift(transaction()).attend(cast(Part, part), future, lambda _: None)
    part.pending = None
    future.set_exception(ValueError("too late"))
    await asyncio.sleep(0)
    del future
    gc.collect()
    assert told == []
