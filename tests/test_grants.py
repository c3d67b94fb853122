"""What is granted goes down by intersection."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wasmflow.grants import NOTHING, Grants

grants = st.builds(Grants, st.frozensets(st.sampled_from("ABC")), st.booleans())


@given(grants, grants)
def test_what_is_within_and_what_is_beyond_make_up_the_whole(
    wanted: Grants, allowed: Grants
) -> None:
    within, beyond = wanted.within(allowed), wanted.beyond(allowed)
    assert within.env | beyond.env == wanted.env
    assert not within.env & beyond.env
    assert (within.random or beyond.random) == wanted.random
    assert not within.beyond(allowed)


@given(grants)
def test_nothing_allows_nothing(wanted: Grants) -> None:
    assert wanted.within(NOTHING) == NOTHING
    assert wanted.beyond(NOTHING) == wanted
    assert bool(wanted) == (wanted != NOTHING)


def test_they_are_shown_as_a_manifest_writes_them() -> None:
    assert str(Grants(frozenset({"B", "A"}), random=True)) == "{env: [A, B], random: real}"
    assert str(NOTHING) == "nothing"
