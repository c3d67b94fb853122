from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from wasmflow.collections.wasm.walking import open_root, walked


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A granted folder with a file in it, beside a file that is not granted."""
    root = tmp_path / "root"
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    return root


@pytest.fixture
def base(tree: Path) -> Iterator[int]:
    handle = open_root(str(tree))
    yield handle
    os.close(handle)


def found(base: int, path: str, *, follow: bool = True) -> str:
    """What a path leads to: the content of a file, or the names in a folder."""
    with walked(base, path, follow=follow) as spot:
        handle = os.open(spot.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=spot.parent)
    try:
        if os.path.isdir(handle):  # noqa: PTH112 (of a descriptor)
            return " ".join(sorted(os.listdir(handle)))  # noqa: PTH208
        return os.read(handle, 100).decode()
    finally:
        os.close(handle)


def refused(base: int, path: str, *, follow: bool = True) -> str:
    with pytest.raises(OSError) as caught:  # noqa: PT011 (its number is looked at)
        found(base, path, follow=follow)
    return errno.errorcode[caught.value.errno or 0]


@pytest.mark.parametrize(
    "path",
    ["a/b/file", "./a/./b//file", "a/../a/b/file", "a/b/../../a/b/file", "a/b/c/../file"],
)
def test_a_path_leads_to_what_is_there(base: int, tree: Path, path: str) -> None:
    (tree / "a/b/c").mkdir()
    assert found(base, path) == "inside"


@pytest.mark.parametrize("path", [".", "./", "a/..", "a/b/../..", "a/b/../../"])
def test_a_path_leads_to_the_folder_itself(base: int, path: str) -> None:
    assert found(base, path) == "a"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "ENOENT"),
        ("..", "EPERM"),
        ("../secret", "EPERM"),
        ("a/../../secret", "EPERM"),
        ("a/b/../../../root/a", "EPERM"),
        ("/", "EPERM"),
        ("/etc/passwd", "EPERM"),
        ("none", "ENOENT"),
        ("none/..", "ENOENT"),
        ("a/b/file/more", "ENOTDIR"),
        ("a/b/file/..", "ENOTDIR"),
        ("a" * 300, "ENAMETOOLONG"),
        ("./" * 3000, "ENAMETOOLONG"),
    ],
)
def test_a_path_that_leads_nowhere_says_why(base: int, path: str, said: str) -> None:
    assert refused(base, path) == said


def test_a_name_with_a_nul_is_none(base: int) -> None:
    for path in ("a\0b", "a\0b/c"):
        with pytest.raises(ValueError, match="null"):
            found(base, path)


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("link", "a/b/file", "link"),
        ("link", "a/b", "link/file"),
        ("link", "a/b/", "link/file"),
        ("link", "./a/../a/b", "link/file"),
        ("a/up", "..", "a/up/a/b/file"),
        ("a/b/up", "../..", "a/b/up/a/b/file"),
        ("a/b/up", "../../a", "a/b/up/b/file"),
    ],
)
def test_links_that_stay_inside_are_followed(
    base: int, tree: Path, link: str, target: str, path: str
) -> None:
    (tree / link).symlink_to(target)
    assert found(base, path) == "inside"


@pytest.mark.parametrize(
    ("link", "target", "path"),
    [
        ("link", "/etc", "link/passwd"),
        ("link", "/etc/passwd", "link"),
        ("link", "../secret", "link"),
        ("link", "..", "link/secret"),
        ("a/link", "../../secret", "a/link"),
        ("a/b/link", "../../..", "a/b/link/secret"),
        ("link", "a/b/../../../secret", "link"),
    ],
)
def test_links_that_lead_out_are_not_followed(
    base: int, tree: Path, link: str, target: str, path: str
) -> None:
    (tree / link).symlink_to(target)
    assert refused(base, path) == "EPERM"


def test_what_goes_up_goes_where_a_link_has_led_to(base: int, tree: Path) -> None:
    (tree / "link").symlink_to("a/b")
    assert found(base, "link/..") == "b"
    assert refused(base, "link/../../../secret") == "EPERM"


def test_a_link_at_the_end_is_followed_only_if_that_is_wanted(base: int, tree: Path) -> None:
    (tree / "link").symlink_to("a/b/file")
    assert refused(base, "link", follow=False) == "ELOOP"
    (tree / "folder").symlink_to("a")
    assert found(base, "folder/b/file", follow=False) == "inside"


def test_links_end(base: int, tree: Path) -> None:
    (tree / "one").symlink_to("two")
    (tree / "two").symlink_to("one")
    assert refused(base, "one") == refused(base, "one/x") == "ELOOP"
    for number in range(50):
        (tree / f"l{number}").symlink_to(f"l{number + 1}")
    (tree / "l50").symlink_to("a/b/file")
    assert refused(base, "l0") == "ELOOP"
    assert found(base, "l20") == "inside"


def test_a_link_to_nowhere_is_where_it_leads_to(base: int, tree: Path) -> None:
    (tree / "link").symlink_to("a/new")
    with walked(base, "link", follow=True) as spot:
        assert (spot.name, spot.directory, spot.depth) == ("new", False, 1)


@pytest.mark.parametrize(("path", "directory"), [("x", False), ("x/", True), ("x/.", True)])
def test_a_path_tells_whether_it_must_be_a_folder(base: int, path: str, directory: bool) -> None:
    with walked(base, path) as spot:
        assert (spot.name, spot.directory, spot.depth) == ("x", directory, 0)


def test_nothing_is_left_open(base: int, tree: Path) -> None:
    before = set(Path("/dev/fd").iterdir())
    for path in ("a/b/file", "a/none/x", "../x", "a/b/../../.."):
        with suppress(OSError):
            found(base, path)
    assert set(Path("/dev/fd").iterdir()) == before


def test_folders_end(base: int, tree: Path) -> None:
    deep = tree
    for _ in range(120):
        deep /= "d"
        deep.mkdir()
    assert refused(base, "d/" * 120) == "ENAMETOOLONG"
    assert found(base, "d/" * 90) == "d"


def test_no_folder_is_granted_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real/below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    os.close(open_root(str(tmp_path / "real/below")))
    for path in ("link/below", "link", "real/none"):
        with pytest.raises(OSError):  # noqa: PT011
            open_root(str(tmp_path / path))


def test_a_tree_that_changes_meanwhile_does_not_let_out(base: int, tree: Path) -> None:
    """Somebody swaps a folder for a link that leads out, and moves it away, while paths are walked."""
    outside = tree.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("outside")
    swapped, aside = tree / "a/b", tree / "aside"
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            swapped.rename(aside)
            swapped.symlink_to("../../outside")
            swapped.unlink()
            aside.rename(outside / "moved")
            (outside / "moved").rename(swapped)

    thread = threading.Thread(target=swap)
    thread.start()
    seen = set()
    try:
        for _ in range(3000):
            for path in ("a/b/file", "a/b/../../secret", "a/b/../file"):
                try:
                    seen.add(found(base, path))
                except OSError as error:
                    seen.add(errno.errorcode[error.errno or 0])
    finally:
        stop.set()
        thread.join()
    assert "outside" not in seen
    assert seen <= {"inside", "EPERM", "ENOENT", "ELOOP", "ENOTDIR"}
