"""A short bout of every target that reads bytes, without looking where an input leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import CORPUS, NAMES, READERS, kept, target


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*/*")), ids=lambda path: path.name)
def test_what_was_answered_badly_once_is_answered_well(path: Path) -> None:
    target(path.parent.name).check(path.read_bytes())


def test_what_is_kept_is_found_by_its_reader() -> None:
    assert sorted(CORPUS.glob("*/*")) == sorted(path for name in READERS for path in kept(name))


def damaged(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Good inputs with other bytes in some place."""
    cuts = st.tuples(st.sampled_from(seeds), st.floats(0, 1), st.integers(0, 8))
    return st.builds(
        lambda cut, other: (
            cut[0][: int(cut[1] * len(cut[0]))]
            + other
            + cut[0][int(cut[1] * len(cut[0])) + cut[2] :]
        ),
        cuts,
        st.binary(max_size=8),
    )


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=20)
def test_damaged_inputs_are_answered(name: str, data: st.DataObject) -> None:
    reader = target(name)
    reader.check(data.draw(damaged(reader.seeds)))


@pytest.mark.parametrize("name", NAMES)
def test_every_target_answers_no_bytes_at_all(name: str) -> None:
    target(name).check(b"")
