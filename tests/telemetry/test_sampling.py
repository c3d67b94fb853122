"""Which transactions have their spans recorded."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.telemetry.sampling import Sampling, sampling_of
from wasmflow.telemetry.trace import TraceContext, new_trace

PARENTS = [None, *(TraceContext("1" * 32, "2" * 16, sampled) for sampled in (False, True))]
MIDDLE = TraceContext("0" * 16 + "8" + "0" * 15, "1" * 16)


def decisions(name: str) -> list[bool]:
    """Without a parent, with one that is not sampled, and with one that is."""
    sampling = sampling_of({"OTEL_TRACES_SAMPLER": name, "OTEL_TRACES_SAMPLER_ARG": "0.5"})
    return [sampling(MIDDLE, parent) for parent in PARENTS]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("always_on", [True, True, True]),
        ("always_off", [False, False, False]),
        ("traceidratio", [False, False, False]),
        ("parentbased_always_on", [True, False, True]),
        ("parentbased_always_off", [False, False, True]),
        ("parentbased_traceidratio", [False, False, True]),
        ("", [True, False, True]),
    ],
)
def test_the_standard_samplers_decide_as_the_standard_says(name: str, expected: list[bool]) -> None:
    assert decisions(name) == expected


@given(st.floats(0, 1), st.floats(0, 1))
def test_what_a_smaller_ratio_records_a_larger_one_does_too(one: float, other: float) -> None:
    context = new_trace()
    smaller, larger = sorted((one, other))
    assert Sampling(smaller)(context, None) <= Sampling(larger)(context, None)


def test_a_ratio_is_that_part_of_all_numbers() -> None:
    first, last = (MIDDLE._replace(trace="f" * 16 + digit * 16) for digit in "0f")
    assert [Sampling(ratio)(first, None) for ratio in (0, 1e-9, 1)] == [False, True, True]
    assert [Sampling(ratio)(last, None) for ratio in (0, 0.999, 1)] == [False, False, True]


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_TRACES_SAMPLER": "jaeger_remote"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "many"},
    ],
)
def test_what_is_said_wrongly_is_told_and_ignored(
    environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert sampling_of(environment) == Sampling()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
