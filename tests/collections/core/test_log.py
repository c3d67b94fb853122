from __future__ import annotations

import logging
import math
from typing import Any

import pytest

from tests.collections.core.uses import called, signed, types, use
from wasmflow.types import model as wit

bytes_in = use({"input": wit.BYTES})


def logged(caplog: pytest.LogCaptureFixture, **inputs: Any) -> tuple[str, int, str]:
    """The logger, level and message of what was written."""
    with caplog.at_level(logging.DEBUG, logger="wasmflow.log"):
        called("log", bytes_in, **inputs)
    (entry,) = caplog.record_tuples
    return entry


def test_it_lets_the_value_pass_unchanged() -> None:
    value = {"a": [1]}
    assert called("log", use({"input": wit.ANY}), input=value) == (value,)


def test_it_writes_the_value_as_json_under_its_path(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, input=b"hi") == ("wasmflow.log", logging.INFO, 'flow/it: "aGk="')


def test_label_and_level_can_be_chosen(caplog: pytest.LogCaptureFixture) -> None:
    entry = logged(caplog, input=b"hi", label="greeting", level="error")
    assert entry == ("wasmflow.log", logging.ERROR, 'greeting: "aGk="')


def test_it_writes_nothing_to_standard_output(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    logged(caplog, input=b"hi")
    assert capsys.readouterr().out == ""


def test_a_value_without_a_json_form_fails_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="wasmflow.log"):
        assert isinstance(called("log", use({"input": wit.F64}), input=math.nan), tuple)
    assert caplog.messages == ["flow/it: nan"]


@pytest.mark.parametrize("type_", [wit.U8, None])
def test_what_goes_in_comes_out(type_: wit.Type | None) -> None:
    inputs, outputs = types(signed("log", use({"input": type_})))
    assert (inputs["input"], outputs) == (type_, {"output": type_})


def test_a_line_can_be_joined_with_its_transaction(caplog: pytest.LogCaptureFixture) -> None:
    logged(caplog, input=b"hi")
    (record,) = caplog.records
    assert record.__dict__["instance"] == "flow/it"
    assert record.__dict__["trace"]
