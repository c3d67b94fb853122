"""Whether spans are exported, by the standard variables; and the exporting, from its start to its end.

What needs OpenTelemetry, the extra `otel`, is imported only where variables ask for it.
Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from wasmflow.errors import UsageError
from wasmflow.telemetry.sampling import Sampling, sampling_of
from wasmflow.telemetry.telemetry import Sink

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.export import SpanExporter

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL: Final = "http/protobuf"
_MODULE: Final = "opentelemetry.exporter.otlp.proto.http"


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether spans are to be exported.

    Raises `UsageError` for an exporter that there is none of.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter not in ("", "none", "otlp"):
        raise UsageError(
            f"OTEL_TRACES_EXPORTER is '{exporter}', and spans can be sent by 'otlp' only: "
            "set it to that, or to 'none'"
        )
    asked = any(environment.get(name) for name in _ENDPOINTS)
    return exporter == "otlp" or (not exporter and asked)


def _check(environment: Mapping[str, str]) -> None:
    name = next((name for name in _PROTOCOLS if environment.get(name)), "")
    protocol = environment.get(name, _PROTOCOL)
    if protocol.strip().lower() != _PROTOCOL:
        raise UsageError(
            f"{name} is '{protocol}', and spans can be sent by '{_PROTOCOL}' only: set it to that, "
            "and the endpoint to the port for it, which is 4318 as a rule"
        )
    if not _is_there():
        why = next((f"{each} is set" for each in _ENDPOINTS if environment.get(each)), "")
        raise UsageError(
            f"{why or 'OTEL_TRACES_EXPORTER is set'}, and OpenTelemetry is not installed: "
            "pip install 'wasmflow[otel]', or set OTEL_SDK_DISABLED=true"
        )


def _is_there() -> bool:
    try:
        return find_spec(_MODULE) is not None
    except ModuleNotFoundError:
        return False


@dataclass(frozen=True)
class Exporting:
    """Spans are on their way in the background. Nothing ever waits for them; too many are dropped."""

    sink: Sink
    sampling: Sampling
    processor: SpanProcessor
    exporter: SpanExporter

    async def aclose(self, seconds: float) -> None:
        """Send what is left, for so many seconds at most."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            # Waits for half a minute, whatever it is asked.
            self.processor.shutdown()
            with suppress(RuntimeError):  # the loop may be closed by then
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=shut_down, name="last-spans", daemon=True).start()
        try:
            async with asyncio.timeout(seconds):
                await ended.wait()
        except TimeoutError:
            # Wakes it from waiting to try again.
            self.exporter.shutdown()


def open_export(service: str, worker: int, environment: Mapping[str, str]) -> Exporting:
    """Begin to export, as the variables say.

    Raises `UsageError` for what cannot be, and for an extra that is missing.
    """
    _check(environment)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from wasmflow.telemetry.otel import SpanSink, resource_of

    exporter = OTLPSpanExporter()
    processor = BatchSpanProcessor(exporter)
    sink = SpanSink(processor.on_end, resource_of(service, worker))
    return Exporting(sink, sampling_of(environment), processor, exporter)
