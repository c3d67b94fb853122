"""What a process is watched with, by what is wanted."""

from __future__ import annotations

import pytest

from tests.telemetry.children import child
from tests.telemetry.readings import reading
from wasmflow.errors import UsageError
from wasmflow.telemetry.opening import TelemetrySettings, open_telemetry
from wasmflow.telemetry.telemetry import Outcome


async def test_what_is_counted_can_be_shown() -> None:
    settings = TelemetrySettings({"greet"}, environment={})
    async with open_telemetry(settings) as telemetry:
        telemetry.begin("api", "greet").end(Outcome.OK)
        assert telemetry.exposition is not None
        text, _ = await telemetry.exposition("")
    labels = {"trigger": "api", "component": "greet", "outcome": "ok"}
    assert reading(text.decode(), "wasmflow_transactions_total", **labels) == 1


async def test_where_nothing_is_wanted_nobody_watches() -> None:
    async with open_telemetry(TelemetrySettings(metrics=False, environment={})) as telemetry:
        assert (telemetry.sinks, telemetry.exposition) == ((), None)


async def test_variables_that_ask_for_what_cannot_be_stop_the_start() -> None:
    settings = TelemetrySettings(environment={"OTEL_TRACES_EXPORTER": "jaeger"})
    with pytest.raises(UsageError, match="jaeger"):
        async with open_telemetry(settings):
            pass


def test_what_is_not_wanted_is_not_imported() -> None:
    with child("import sys, wasmflow.telemetry.opening") as one:
        names = one.do("[*sys.modules]")
    assert not {"prometheus_client", "opentelemetry", "wasmtime"}.intersection(names)
