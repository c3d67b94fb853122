"""When files have changed, and their author has done with that."""

from __future__ import annotations

import os
from pathlib import Path

from wasmflow.service.watch import Snapshot, Watch, moment, snapshot

ONE: Snapshot = {"a": (1, 1), "b": (1, 1)}
TWO: Snapshot = {"a": (2, 1), "b": (1, 1)}
GONE: Snapshot = {"a": None, "b": (1, 1)}


def watch() -> Watch:
    made = Watch()
    made.follow(ONE, since=5)
    return made


def looks(made: Watch, *seen: Snapshot) -> list[bool]:
    return [made.changed(each) for each in seen]


def test_nothing_happens_while_nothing_changes() -> None:
    assert looks(watch(), ONE, ONE, ONE) == [False] * 3


def test_a_change_counts_when_it_has_settled_and_once() -> None:
    assert looks(watch(), ONE, TWO, GONE, TWO, TWO, TWO) == [False] * 4 + [True, False]


def test_a_change_that_is_undone_is_none() -> None:
    assert looks(watch(), GONE, ONE, ONE) == [False] * 3


def test_a_change_while_it_was_loaded_is_noticed() -> None:
    made = watch()
    assert looks(made, TWO, TWO) == [False, True]
    made.follow({**GONE, "c": (1, 1)}, since=5)
    assert made.files == {"a", "b", "c"}
    later = {**GONE, "c": (1, 1)}
    assert looks(made, later, later) == [False, True]


def test_a_change_while_it_was_loaded_for_the_first_time_is_noticed_once() -> None:
    made = Watch()
    seen: Snapshot = {"a": (1, 1), "b": (7, 1), "c": None}
    made.follow(seen, since=5)
    assert looks(made, seen, seen, seen) == [False, True, False]


def test_what_is_moved_to_its_place_is_younger_than_a_moment_before(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    other.write_text("x")
    os.utime(other, (1, 1))
    began = moment()
    other.rename(path)
    made = Watch()
    made.follow(snapshot([str(path)]), began)
    assert looks(made, snapshot(made.files), snapshot(made.files)) == [False, True]


def test_files_are_told_apart_by_time_and_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    before = snapshot([str(path)])
    path.write_text("x")
    after = snapshot([str(path)])
    assert before == {str(path): None}
    assert after != before
