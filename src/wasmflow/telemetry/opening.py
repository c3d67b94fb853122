"""Opens what a process is to be watched with, and closes it.

Each worker of a service calls this once, before it opens its triggers. What is not wanted is not
imported.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from wasmflow.telemetry.place import Place
from wasmflow.telemetry.telemetry import Exposition, Sink, Telemetry

#: Seconds until what one process has counted is seen by the others.
WRITING: Final = 0.1


@dataclass(frozen=True)
class TelemetrySettings:
    """What is wanted."""

    #: Components by their declared names: no others become labels.
    components: Collection[str] = ()
    #: What the service is called where ``OTEL_SERVICE_NAME`` does not say.
    service: str = "wasmflow"
    #: The number of the worker.
    worker: int = 0
    metrics: bool = True
    #: Where the counts of all processes meet; ``None`` if this one counts for itself.
    place: Place | None = None
    #: Says whether, and how, spans are exported: the ``OTEL_*`` variables.
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    #: Seconds that the last spans may take to leave at the end.
    flushing: float = 5.0


@asynccontextmanager
async def open_telemetry(settings: TelemetrySettings, *sinks: Sink) -> AsyncIterator[Telemetry]:
    """What tells these sinks, counts, and exports, as it is wanted, until the block ends.

    Raises `UsageError` for variables that ask for what cannot be, and for an extra that is missing.
    """
    from wasmflow.telemetry import export

    with _counting(settings) as (counting, exposition):
        told = [*sinks, *counting]
        if not export.is_wanted(settings.environment):
            yield Telemetry(told, exposition=exposition)
            return
        exporting = export.open_export(settings.service, settings.worker, settings.environment)
        try:
            yield Telemetry([*told, exporting.sink], exporting.sampling, exposition)
        finally:
            await exporting.aclose(settings.flushing)


@contextmanager
def _counting(settings: TelemetrySettings) -> Iterator[tuple[Sequence[Sink], Exposition | None]]:
    """Who counts, and shows what has been counted."""
    if not settings.metrics:
        yield (), None
        return
    from wasmflow.telemetry.metrics import Metrics

    soon = partial(asyncio.get_running_loop().call_later, WRITING)
    metrics = Metrics(settings.components, settings.place, soon)

    async def show(accept: str) -> tuple[bytes, str]:
        metrics.write()
        return await asyncio.to_thread(metrics.exposition, accept)

    try:
        yield (metrics,), show
    finally:
        metrics.write()
