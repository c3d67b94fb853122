from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.manifest.scalars import Unclear, resolve


@pytest.mark.parametrize("text", ["no", "No", "on", "yes", "off", "y", "n", "NO", "nULL", "tRUE"])
def test_words_that_were_booleans_in_yaml_1_1_are_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    "text", ["1_000", "12:30", "12:30:45", "2024-01-01", "1.2.3", "0b11", "=", "+"]
)
def test_what_only_yaml_1_1_took_for_a_number_or_a_date_is_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            ("true", True),
            ("True", True),
            ("FALSE", False),
            ("null", None),
            ("~", None),
            ("", None),
        ],
        *[
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("0o17", 15),
            ("0x1F", 31),
            ("18446744073709551616", 2**64),
        ],
        *[("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("-1e3", -1000.0), ("1E-2", 0.01), ("0.0", 0.0)],
    ],
)
def test_the_core_schema_of_yaml_1_2_is_followed(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize("text", ["0777", "-01", "00", "007.5", "00e1"])
def test_a_number_with_a_leading_zero_is_refused_since_readers_disagree(text: str) -> None:
    assert resolve(text) == Unclear(f"{text} is not the same number in YAML 1.1 and 1.2")


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", ".NaN", "1e999", "-1e999"])
def test_what_json_has_no_number_for_is_refused(text: str) -> None:
    assert resolve(text) == Unclear(f"JSON has no number {text}")


@pytest.mark.parametrize("text", ["1" * 5000, "0x" + "f" * 5000, "1." + "0" * 5000])
def test_a_number_of_thousands_of_digits_is_refused(text: str) -> None:
    assert resolve(text) == Unclear("this number has more than 1000 digits")


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none())
def test_what_json_writes_is_read_as_json_means_it(value: float | None) -> None:
    words = {True: "true", False: "false", None: "null"}
    text = words[value] if value is None or isinstance(value, bool) else repr(value)
    assert resolve(text) == value


@given(st.text(max_size=20))
def test_any_text_has_a_meaning_or_is_unclear(text: str) -> None:
    value = resolve(text)
    assert not isinstance(value, float) or math.isfinite(value)
    assert not isinstance(value, str) or value == text
