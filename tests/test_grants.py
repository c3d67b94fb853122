"""What is granted goes down by intersection."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.errors import UsageError
from wasmflow.grants import NOTHING, STDIO, Folder, Grants

FOLDERS = st.builds(
    Folder,
    st.sampled_from(("/a", "/b", "/c")),
    st.sampled_from(("/", "/srv", "/srv/data", "/srv/database")),
    st.booleans(),
)
GRANTS = st.builds(
    Grants,
    st.frozensets(st.sampled_from("ABC")),
    st.lists(FOLDERS, max_size=3, unique_by=lambda folder: folder.guest).map(frozenset),
    st.frozensets(st.sampled_from(STDIO)),
    st.booleans(),
    st.booleans(),
)


@given(GRANTS, GRANTS)
def test_what_is_within_is_allowed_and_all_else_is_beyond(wanted: Grants, allowed: Grants) -> None:
    within, beyond = wanted.within(allowed), wanted.beyond(allowed)
    assert not within.beyond(allowed)
    assert within.within(allowed) == within
    assert (within == wanted) == (not beyond)
    assert within.env | beyond.env == wanted.env
    assert within.stdio | beyond.stdio == wanted.stdio
    assert (within.random or beyond.random) == wanted.random
    assert (within.clock or beyond.clock) == wanted.clock
    assert within.dirs | beyond.dirs >= wanted.dirs


@given(GRANTS)
def test_nothing_allows_nothing(wanted: Grants) -> None:
    assert wanted.within(NOTHING) == NOTHING
    assert wanted.beyond(NOTHING) == wanted
    assert wanted.within(wanted) == wanted
    assert bool(wanted) == (wanted != NOTHING)


@pytest.mark.parametrize(
    ("wanted", "allowed", "within"),
    [
        (Folder("/d", "/srv/data"), Folder("/x", "/srv"), Folder("/d", "/srv/data")),
        (Folder("/d", "/srv/database"), Folder("/x", "/srv/data"), None),
        (Folder("/d", "/srv"), Folder("/x", "/srv/data"), None),
        (Folder("/d", "/srv", True), Folder("/x", "/srv"), Folder("/d", "/srv")),
        (Folder("/d", "/srv", True), Folder("/x", "/", True), Folder("/d", "/srv", True)),
    ],
)
def test_a_folder_lies_in_one_that_is_allowed(
    wanted: Folder, allowed: Folder, within: Folder | None
) -> None:
    assert wanted.within(frozenset({allowed})) == within


def test_a_folder_is_where_its_links_lead(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert Folder.found("/a/../b/", tmp_path / "link") == Folder("/b", str(tmp_path / "real"))


@pytest.mark.parametrize("name", ["missing", "file", "loop", "a\0b", "x" * 5000])
def test_what_is_no_folder_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError, match="there is no folder"):
        Folder.found("/a", tmp_path / name)


def test_they_are_shown_as_a_manifest_writes_them() -> None:
    assert str(Grants(frozenset({"B", "A"}), random=True)) == "{env: [A, B], random: real}"
    assert str(NOTHING) == "nothing"
    dirs = frozenset({Folder("/o", "/out", True), Folder("/d", 'a "b" $c')})
    assert str(Grants(dirs=dirs, stdio=frozenset({"stderr", "stdin"}), clock=True)) == (
        '{dirs: {/d: "a \\"b\\" $$c", /o: {path: /out, write: true}}, '
        "stdio: [stdin, stderr], clock: real}"
    )


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("", "/srv/data"),
        ("/other", "/srv/data"),
        ("/srv/database", "/srv/data"),
        ("/srv", "./data"),
        ("/srv/data", "."),
    ],
)
def test_a_folder_inside_is_written_relative(folder: str, path: str) -> None:
    assert Folder("/d", "/srv/data").seen_from(folder) == path


@given(GRANTS, st.lists(GRANTS, max_size=3))
def test_what_is_widened_allows_all_and_no_place_is_taken_twice(
    grants: Grants, more: list[Grants]
) -> None:
    wide = grants.widened(more)
    assert not any(each.beyond(wide) for each in (grants, *more))
    assert wide.env == grants.env.union(*(each.env for each in more))
    paths = {folder.path for folder in wide.dirs}
    assert paths <= {folder.path for each in (grants, *more) for folder in each.dirs}


@given(GRANTS, GRANTS)
def test_what_is_allowed_already_widens_nothing(grants: Grants, allowed: Grants) -> None:
    assert allowed.widened([grants.within(allowed)]) == allowed


def test_a_folder_that_takes_in_others_is_where_they_were() -> None:
    folders = frozenset({Folder("/x", "/srv/a"), Folder("/y", "/srv/b", True)})
    wide = Grants(dirs=folders).widened([Grants(dirs=frozenset({Folder("/y", "/srv")}))])
    assert str(wide) == "{dirs: {/x: /srv, /y: {path: /srv/b, write: true}}}"


def test_of_two_folders_at_one_place_one_gets_another() -> None:
    """What a manifest hands on, no guest sees."""
    here = Grants(dirs=frozenset({Folder("/d", "/a")}))
    there = [Grants(dirs=frozenset({Folder("/d", path, True)})) for path in ("/b", "/c", "/a")]
    assert str(here.widened(there)) == (
        "{dirs: {/d: {path: /a, write: true}, /d-2: {path: /b, write: true}, "
        "/d-3: {path: /c, write: true}}}"
    )
