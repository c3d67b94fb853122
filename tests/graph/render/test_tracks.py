from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.graph.render.canvas import Canvas
from wasmflow.graph.render.tracks import Crossing, assign_tracks


def test_a_straight_line_needs_no_track() -> None:
    assert assign_tracks([Crossing(3, (3,))]) == []


def test_lines_that_do_not_meet_share_a_track() -> None:
    bends = assign_tracks([Crossing(0, (1,)), Crossing(4, (3,))])
    assert {bend.track for bend in bends} == {0}


def test_a_line_turns_before_another_leaves_in_its_row() -> None:
    bends = {
        bend.line: bend.track for bend in assign_tracks([Crossing(0, (2,)), Crossing(2, (5,))])
    }
    assert bends[1] < bends[0]


def test_two_lines_that_change_places_take_three_tracks() -> None:
    bends = assign_tracks([Crossing(0, (2,)), Crossing(2, (0,))])
    assert len(bends) == 3
    assert len({bend.track for bend in bends}) == 3


@st.composite
def gaps(draw: st.DrawFn) -> list[Crossing]:
    size = draw(st.integers(0, 6))
    enters = draw(st.permutations(range(10)))[:size]
    leaves = list(draw(st.permutations(range(12))))
    found = []
    for row in enters:
        count = draw(st.integers(1, 2))
        found.append(Crossing(row, tuple(leaves[:count])))
        del leaves[:count]
    return found


@settings(deadline=None)
@given(gaps())
def test_lines_never_share_a_stretch(crossings: list[Crossing]) -> None:
    bends = assign_tracks(crossings)
    canvas = Canvas()
    for line, crossing in enumerate(crossings):
        column = 0
        for bend in (bend for bend in bends if bend.line == line):
            track = 2 + 2 * bend.track
            assert track > column
            canvas.across(bend.crossing.enters, column, track, line)
            canvas.along(track, *bend.crossing.span, line)
            column = track
        for row in crossing.leaves:
            canvas.across(row, column, 60, line)
    for lines in canvas._lines.values():
        assert len(lines) == 1 or sorted(lines.values()) == [5, 10]


@settings(deadline=None)
@given(st.lists(st.builds(Crossing, st.integers(0, 5), st.tuples(st.integers(0, 5))), max_size=12))
def test_lines_that_share_rows_get_tracks_too(crossings: list[Crossing]) -> None:
    bends = assign_tracks(crossings)
    assert {bend.line for bend in bends} == {
        line for line, crossing in enumerate(crossings) if not crossing.straight
    }
    assert len(bends) <= 2 * len(crossings)
