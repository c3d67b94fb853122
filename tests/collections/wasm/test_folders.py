from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wasmflow.collections.wasm import folders
from wasmflow.collections.wasm.files import Descriptor, Entries, Writer, open_folder
from wasmflow.grants import Folder

NONE: frozenset[str] = frozenset()
READ = frozenset(("read",))
BOTH = frozenset(("read", "write"))
CREATE = frozenset(("create",))


@contextmanager
def granted(path: Path, *, write: bool = True) -> Iterator[Descriptor]:
    folder = open_folder(Folder.found("/data", path, write=write))
    yield folder
    folder.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Descriptor]:
    """A granted folder beside a file that is not granted."""
    (tmp_path / "root/sub").mkdir(parents=True)
    (tmp_path / "root/file").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    with granted(tmp_path / "root") as folder:
        yield folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def refused(run: Callable[..., Any], *arguments: Any, **more: Any) -> str:
    with pytest.raises(OSError) as caught:  # noqa: PT011 (its number is looked at)
        run(*arguments, **more)
    return errno.errorcode[caught.value.errno or 0]


def opened(
    folder: Descriptor,
    path: str,
    flags: frozenset[str] = READ,
    how: frozenset[str] = NONE,
    *,
    follow: bool = True,
) -> Descriptor:
    return folders.open_at(folder, path, how, flags, follow=follow)


def read(folder: Descriptor, path: str) -> bytes:
    file = opened(folder, path)
    try:
        return file.read(100, 0)
    finally:
        file.close()


def test_a_file_is_made_written_and_read(folder: Descriptor, root: Path) -> None:
    file = opened(folder, "sub/new", BOTH, CREATE)
    assert file.write(b"hello", 0) == 5
    assert file.write(b"J", 0) == 1
    assert (file.read(2, 1), file.read(100, 3), file.read(9, 9)) == (b"el", b"lo", b"")
    file.set_size(2)
    file.sync()
    file.sync_data()
    file.close()
    assert (root / "sub/new").read_bytes() == b"Je"


def test_what_is_made_has_no_more_rights_than_others_files(folder: Descriptor, root: Path) -> None:
    mask = os.umask(0o022)
    os.umask(mask)
    opened(folder, "new", BOTH, CREATE).close()
    folders.create_directory(folder, "made")
    assert stat.S_IMODE((root / "new").stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE((root / "made").stat().st_mode) == 0o777 & ~mask


@pytest.mark.parametrize(
    ("path", "flags", "how", "said"),
    [
        ("file", READ, frozenset(("create", "exclusive")), "EEXIST"),
        ("none", READ, NONE, "ENOENT"),
        ("file/", READ, NONE, "ENOTDIR"),
        ("file", READ, frozenset(("directory",)), "ENOTDIR"),
        ("sub", BOTH, NONE, "EISDIR"),
        ("sub", READ, CREATE, "EISDIR"),
        ("none", READ, frozenset(("create", "directory")), "EINVAL"),
        ("file", READ, frozenset(("truncate",)), "EINVAL"),
        ("../secret", READ, NONE, "EPERM"),
        ("../new", BOTH, CREATE, "EPERM"),
    ],
)
def test_what_cannot_be_opened_is_told(
    folder: Descriptor, path: str, flags: frozenset[str], how: frozenset[str], said: str
) -> None:
    assert refused(opened, folder, path, flags, how) == said


def test_a_file_is_used_as_it_was_opened(folder: Descriptor) -> None:
    reading, writing = opened(folder, "file"), opened(folder, "file", frozenset(("write",)))
    assert refused(reading.write, b"x", 0) == refused(writing.read, 1, 0) == "EBADF"
    assert refused(reading.set_size, 1) == "EBADF"
    assert refused(folder.read, 1, 0) == refused(folder.write, b"x", 0) == "EISDIR"
    reading.close()
    writing.close()


def test_what_is_no_file_is_not_opened(folder: Descriptor, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "link").symlink_to("pipe")
    for path in ("pipe", "link"):
        for flags in (READ, BOTH, frozenset(("write",))):
            assert refused(opened, folder, path, flags) == "EPERM"
    with granted(Path("/dev"), write=False) as devices:
        for name in ("null", "zero", "tty"):
            assert refused(opened, devices, name) in ("EPERM", "ENOENT")


def test_no_link_is_opened_unless_that_is_wanted(folder: Descriptor, root: Path) -> None:
    (root / "link").symlink_to("file")
    assert read(folder, "link") == b"inside"
    assert refused(opened, folder, "link", follow=False) == "ELOOP"
    assert refused(opened, folder, "link", BOTH, CREATE | {"exclusive"}) == "EEXIST"
    (root / "new").symlink_to("sub/made")
    opened(folder, "new", BOTH, CREATE).close()
    assert (root / "sub/made").is_file()


READ_ONLY: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (opened, ("file", BOTH)),
    (opened, ("file", frozenset(("write",)))),
    (opened, ("sub", READ | {"mutate-directory"})),
    (opened, ("new", READ, CREATE)),
    (opened, ("file", READ, frozenset(("truncate",)))),
    (folders.create_directory, ("made",)),
    (folders.remove_directory, ("sub",)),
    (folders.unlink, ("file",)),
    (folders.symlink, ("file", "link")),
]


@pytest.mark.parametrize(("run", "arguments"), READ_ONLY)
def test_a_folder_that_may_only_be_read_is_not_changed(
    tmp_path: Path, folder: Descriptor, run: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    with granted(tmp_path / "root", write=False) as reading:
        assert refused(run, reading, *arguments) == "EROFS"
        assert read(reading, "file") == b"inside"
        below = opened(reading, "sub")
        assert refused(folders.create_directory, below, "made") == "EROFS"
        below.close()


def test_nothing_goes_between_a_folder_that_may_be_changed_and_one_that_may_not(
    tmp_path: Path, folder: Descriptor
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other/safe").write_text("safe")
    with granted(tmp_path / "other", write=False) as other:
        for one, path, two in ((folder, "file", other), (other, "safe", folder)):
            assert refused(folders.rename, one, path, two, "x") == "EROFS"
            assert refused(folders.link, one, path, two, "x", follow=False) == "EROFS"
        file = opened(other, "safe")
        assert refused(file.set_times, lambda _: 0, lambda _: 0) == "EROFS"
        file.close()


def test_files_are_renamed_linked_and_removed(folder: Descriptor, root: Path) -> None:
    folders.rename(folder, "file", folder, "sub/moved")
    folders.link(folder, "sub/moved", folder, "again", follow=False)
    assert (root / "again").stat().st_nlink == 2
    folders.unlink(folder, "sub/moved")
    folders.remove_directory(folder, "sub/")
    assert [each.name for each in root.iterdir()] == ["again"]


@pytest.mark.parametrize(
    ("run", "arguments", "said"),
    [
        (folders.unlink, ("sub",), {"EISDIR", "EPERM"}),
        (folders.unlink, ("sub/",), {"EISDIR"}),
        (folders.unlink, ("file/",), {"ENOTDIR"}),
        (folders.unlink, ("none",), {"ENOENT"}),
        (folders.remove_directory, ("file",), {"ENOTDIR"}),
        (folders.remove_directory, (".",), {"EINVAL"}),
        (folders.remove_directory, ("..",), {"EPERM"}),
        (folders.create_directory, ("sub",), {"EEXIST"}),
        (folders.create_directory, (".",), {"EEXIST"}),
        (folders.create_directory, ("none/x",), {"ENOENT"}),
        (folders.create_directory, ("../x",), {"EPERM"}),
        (folders.symlink, ("file", "sub/"), {"ENOENT"}),
        (folders.symlink, ("file", "sub"), {"EEXIST"}),
        (folders.read_link, ("file",), {"EINVAL"}),
    ],
)
def test_what_cannot_be_done_is_told(
    folder: Descriptor, run: Callable[..., Any], arguments: tuple[str, ...], said: set[str]
) -> None:
    assert refused(run, folder, *arguments) in said


def test_a_file_is_not_renamed_to_a_folder(folder: Descriptor) -> None:
    for path, new in (("file/", "x"), ("file", "x/")):
        assert refused(folders.rename, folder, path, folder, new) == "ENOTDIR"
    assert refused(folders.rename, folder, "file", folder, "../x") == "EPERM"
    assert refused(folders.rename, folder, "../secret", folder, "x") == "EPERM"


@pytest.mark.parametrize(
    ("path", "target"),
    [("link", "file"), ("link", "./sub/x"), ("sub/link", "../file"), ("link", "nowhere")],
)
def test_links_that_stay_inside_are_made(
    folder: Descriptor, root: Path, path: str, target: str
) -> None:
    folders.symlink(folder, target, path)
    assert str((root / path).readlink()) == target.removeprefix("./")
    assert folders.read_link(folder, path) == target


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("link", "/etc/passwd"),
        ("link", "../secret"),
        ("link", ".."),
        ("sub/link", "../../secret"),
        ("link", "sub/../../secret"),
        ("link", "sub/.."),
    ],
)
def test_links_that_may_lead_out_are_not_made(
    folder: Descriptor, root: Path, path: str, target: str
) -> None:
    assert refused(folders.symlink, folder, target, path) == "EPERM"
    assert not (root / path).is_symlink()


def test_where_a_link_leads_on_the_host_is_not_told(folder: Descriptor, root: Path) -> None:
    (root / "link").symlink_to("/etc/passwd")
    assert refused(folders.read_link, folder, "link") == "EPERM"
    assert stat.S_ISLNK(folders.stat_at(folder, "link", follow=False).st_mode)


def test_links_are_looked_at_and_looked_through(folder: Descriptor, root: Path) -> None:
    (root / "link").symlink_to("sub")
    assert stat.S_ISLNK(folders.stat_at(folder, "link", follow=False).st_mode)
    assert stat.S_ISDIR(folders.stat_at(folder, "link", follow=True).st_mode)
    assert stat.S_ISDIR(folders.stat_at(folder, "link/", follow=False).st_mode)
    assert refused(folders.stat_at, folder, "file/", follow=False) == "ENOTDIR"
    folders.link(folder, "link", folder, "again", follow=False)
    assert (root / "again").is_symlink()


def test_times_are_set_of_what_is_meant(folder: Descriptor, root: Path) -> None:
    (root / "link").symlink_to("file")
    folders.set_times_at(folder, "link", lambda _: 1, lambda _: 2, follow=True)
    assert (root / "file").stat().st_mtime_ns == 2
    folders.set_times_at(folder, "link", lambda _: 3, lambda _: 4, follow=False)
    assert (root / "file").stat().st_mtime_ns == 2
    assert (root / "link").lstat().st_mtime_ns == 4
    folders.set_times_at(folder, "file", lambda _: 5, lambda there_is: there_is, follow=False)
    assert ((root / "file").stat().st_atime_ns, (root / "file").stat().st_mtime_ns) == (5, 2)


def test_a_folder_in_a_folder_is_a_world_of_its_own(folder: Descriptor, root: Path) -> None:
    (root / "sub/link").symlink_to("../file")
    below = opened(folder, "sub", READ | {"mutate-directory"})
    assert read(folder, "sub/link") == b"inside"
    assert refused(read, below, "link") == refused(read, below, "../file") == "EPERM"
    assert refused(folders.symlink, below, "../file", "x") == "EPERM"
    below.close()


# --- the same as the system does ---

NAMES = st.sampled_from(["a", "b", "c", "a/a", "a/b", "b/a", "a/b/c", ".", "a/..", "a/", "b/../a"])
CONTENT = st.binary(max_size=20)
OPERATIONS = st.one_of(
    st.tuples(st.just("write"), NAMES, CONTENT),
    st.tuples(st.just("append"), NAMES, CONTENT),
    st.tuples(st.just("truncate"), NAMES, st.integers(0, 30)),
    st.tuples(st.just("read"), NAMES),
    st.tuples(st.just("mkdir"), NAMES),
    st.tuples(st.just("rmdir"), NAMES),
    st.tuples(st.just("unlink"), NAMES),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("link"), NAMES, NAMES),
    st.tuples(st.just("symlink"), st.sampled_from(["a", "b", "a/b", "./c"]), NAMES),
    st.tuples(st.just("readlink"), NAMES),
    st.tuples(st.just("stat"), NAMES),
    st.tuples(st.just("list"), NAMES),
)


class Guest:
    """Operations as a guest has them."""

    def __init__(self, folder: Descriptor) -> None:
        self.folder = folder

    def write(self, path: str, content: bytes) -> None:
        file = opened(self.folder, path, frozenset(("write",)), CREATE | {"truncate"})
        Writer(file.handle, 0).write(content)
        file.close()

    def append(self, path: str, content: bytes) -> None:
        file = opened(self.folder, path, frozenset(("write",)))
        Writer(file.handle, None).write(content)
        file.close()

    def truncate(self, path: str, size: int) -> None:
        file = opened(self.folder, path, frozenset(("write",)))
        file.set_size(size)
        file.close()

    def read(self, path: str) -> bytes:
        file = opened(self.folder, path)
        try:
            return file.read(1000, 0)
        finally:
            file.close()

    def mkdir(self, path: str) -> None:
        folders.create_directory(self.folder, path)

    def rmdir(self, path: str) -> None:
        folders.remove_directory(self.folder, path)

    def unlink(self, path: str) -> None:
        folders.unlink(self.folder, path)

    def rename(self, path: str, new: str) -> None:
        folders.rename(self.folder, path, self.folder, new)

    def link(self, path: str, new: str) -> None:
        folders.link(self.folder, path, self.folder, new, follow=False)

    def symlink(self, target: str, path: str) -> None:
        folders.symlink(self.folder, target, path)

    def readlink(self, path: str) -> str:
        return folders.read_link(self.folder, path)

    def stat(self, path: str) -> tuple[int, int]:
        return _seen(folders.stat_at(self.folder, path, follow=True))

    def list(self, path: str) -> list[str]:
        below = opened(self.folder, path, READ, frozenset(("directory",)))
        entries = Entries(below.handle)
        names = []
        while (entry := entries.next()) is not None:
            names.append(entry[1])
        entries.close()
        below.close()
        return sorted(names)


class System:
    """The same operations as the system has them."""

    def __init__(self, root: Path) -> None:
        self.root = f"{root}/"

    def write(self, path: str, content: bytes) -> None:
        self._write(path, content, os.O_CREAT | os.O_TRUNC)

    def append(self, path: str, content: bytes) -> None:
        self._write(path, content, os.O_APPEND)

    def _write(self, path: str, content: bytes, how: int) -> None:
        handle = os.open(self.root + path, os.O_WRONLY | how, 0o666)
        os.write(handle, content)
        os.close(handle)

    def truncate(self, path: str, size: int) -> None:
        os.truncate(self.root + path, size)

    def read(self, path: str) -> bytes:
        handle = os.open(self.root + path, os.O_RDONLY)
        try:
            return os.read(handle, 1000)
        finally:
            os.close(handle)

    def mkdir(self, path: str) -> None:
        os.mkdir(self.root + path)  # noqa: PTH102

    def rmdir(self, path: str) -> None:
        os.rmdir(self.root + path)  # noqa: PTH106

    def unlink(self, path: str) -> None:
        os.unlink(self.root + path)  # noqa: PTH108

    def rename(self, path: str, new: str) -> None:
        os.rename(self.root + path, self.root + new)  # noqa: PTH104

    def link(self, path: str, new: str) -> None:
        os.link(self.root + path, self.root + new, follow_symlinks=False)

    def symlink(self, target: str, path: str) -> None:
        os.symlink(target, self.root + path)  # noqa: PTH211

    def readlink(self, path: str) -> str:
        return os.readlink(self.root + path)  # noqa: PTH115

    def stat(self, path: str) -> tuple[int, int]:
        return _seen(os.stat(self.root + path))  # noqa: PTH116

    def list(self, path: str) -> list[str]:
        return sorted(os.listdir(self.root + path))  # noqa: PTH208


def _seen(found: os.stat_result) -> tuple[int, int]:
    size = found.st_size if stat.S_ISREG(found.st_mode) else 0
    return stat.S_IFMT(found.st_mode), size


def attempt(one: object, name: str, *arguments: Any) -> Any:
    """What comes of an operation, or that it failed."""
    try:
        return getattr(one, name)(*arguments)
    except OSError:
        return "failed"


@given(st.lists(OPERATIONS, max_size=25))
@settings(max_examples=150)
def test_a_folder_is_as_the_system_has_it(
    tmp_path_factory: pytest.TempPathFactory, operations: list[tuple[Any, ...]]
) -> None:
    both = tmp_path_factory.mktemp("both")
    ours, theirs = both / "ours", both / "theirs"
    ours.mkdir()
    theirs.mkdir()
    with granted(ours) as folder:
        guest, system = Guest(folder), System(theirs)
        for operation in operations:
            assert attempt(guest, *operation) == attempt(system, *operation), operation
    assert sorted(ours.rglob("*")) == sorted(
        ours / each.relative_to(theirs) for each in theirs.rglob("*")
    )
    shutil.rmtree(both)
