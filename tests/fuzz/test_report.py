"""What `make fuzz` says of what libFuzzer says."""

from __future__ import annotations

import pytest

from tests.fuzz.__main__ import _finding, _summary
from tests.fuzz.targets import ROOT

SAID = f"""\
#56\tINITED cov: 52 ft: 189 corp: 36/65Kb exec/s: 0 rss: 87Mb
#60\tNEW    cov: 53 ft: 190 corp: 37/65Kb

 === Uncaught Python exception: ===
ValueError: boom
Traceback (most recent call last):
  File "a.py", line 6, in bad
ValueError: boom


==13902== ERROR: libFuzzer: fuzz target exited
Test unit written to {ROOT}/.fuzz/x/found/crash-b2
stat::number_of_executed_units: 61
stat::average_exec_per_sec:     30
stat::new_units_added:          1
"""


def test_a_bout_is_told_in_a_line() -> None:
    assert _summary("json", SAID).split() == ["json", "61", "30", "1", "53"]


@pytest.mark.parametrize(
    ("name", "keep"), [("json", "tests/fuzz/corpus/json/"), ("values", "with @example")]
)
def test_a_finding_says_how_to_see_it_again_and_to_keep_it(name: str, keep: str) -> None:
    told = _finding(name, SAID)
    assert told.startswith("ValueError: boom\nTraceback")
    assert f'make fuzz ARGS="{name} --replay .fuzz/x/found/crash-b2"' in told
    assert keep in told


def test_what_ends_without_an_exception_is_told_as_it_ended() -> None:
    assert _finding("json", "a\nlibFuzzer: timeout") == "a\nlibFuzzer: timeout"
