"""WASI's file system as guests call it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collections.wasm.guests import Guest, opened, transaction
from wasmflow.collections.wasm import filesystem
from wasmflow.collections.wasm.files import Files
from wasmflow.collections.wasm.surroundings import Refused, Surroundings, World
from wasmflow.component import Call
from wasmflow.grants import Folder, Grants
from wasmflow.types import model as wit

NONE: frozenset[str] = frozenset()
BOTH = frozenset(("read", "write"))


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Surroundings]:
    """The surroundings of a guest that sees a folder with a file in it."""
    (tmp_path / "file").write_text("inside")
    folder = Folder.found("/data", tmp_path, write=True)
    made = Surroundings(Call(transaction()), 0, world=World(Grants(dirs=frozenset((folder,)))))
    made.files = Files(made.granted.dirs)
    yield made
    made.files.close_all()


def run(seen: Surroundings, name: str, *arguments: Any) -> Any:
    definition: Any = filesystem.INTERFACES["wasi:filesystem/types"][name]
    return definition.run(seen, *arguments)


def of(seen: Surroundings, name: str, *arguments: Any) -> Any:
    """The value of a method that succeeds."""
    case, value = run(seen, f"[method]descriptor.{name}", *arguments)
    assert case == "ok", value
    return value


def refused(seen: Surroundings, name: str, *arguments: Any) -> Any:
    case, code = run(seen, f"[method]descriptor.{name}", *arguments)
    assert case == "err", code
    return code


def root(seen: Surroundings) -> int:
    get: Any = filesystem.INTERFACES["wasi:filesystem/preopens"]["get-directories"]
    ((number, guest),) = get.run(seen)
    assert guest == "/data"
    return int(number)


def test_a_file_is_read_written_and_described(seen: Surroundings) -> None:
    file = of(seen, "open-at", root(seen), NONE, "file", NONE, BOTH)
    assert of(seen, "read", file, 100, 2) == (b"side", False)
    assert of(seen, "read", file, 100, 6) == (b"", True)
    assert of(seen, "read", file, 0, 0) == (b"", False)
    assert of(seen, "write", file, b"IN", 0) == 2
    assert of(seen, "get-flags", file) == BOTH
    assert (of(seen, "get-type", file), of(seen, "get-type", root(seen))) == (
        "regular-file",
        "directory",
    )
    assert of(seen, "stat", file)["size"] == 6
    for name in ("sync", "sync-data"):
        assert of(seen, name, file) is None
    assert of(seen, "advise", file, 0, 0, "random") is None
    assert refused(seen, "advise", root(seen), 0, 0, "random") == "bad-descriptor"


def test_streams_outlive_the_file_that_they_are_of(seen: Surroundings, tmp_path: Path) -> None:
    file = of(seen, "open-at", root(seen), NONE, "file", NONE, BOTH)
    reader = of(seen, "read-via-stream", file, 2)
    writer, appender = of(seen, "write-via-stream", file, 0), of(seen, "append-via-stream", file)
    seen.close_handle(file)
    assert refused(seen, "stat", file) == "bad-descriptor"
    seen.files.writer(writer).write(b"ou")
    seen.files.writer(appender).write(b"!")
    assert seen.files.reader(reader).read(100) == b"side!"
    assert (tmp_path / "file").read_text() == "ouside!"


def test_entries_are_read_to_their_end(seen: Surroundings) -> None:
    entries = of(seen, "read-directory", root(seen))
    read = "[method]directory-entry-stream.read-directory-entry"
    assert run(seen, read, entries).payload == {"type": "regular-file", "name": "file"}
    assert run(seen, read, entries) == wit.Case("ok", None)
    assert run(seen, read, root(seen)) == wit.Case("err", "bad-descriptor")


def test_paths_are_followed_if_that_is_said(seen: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    follow, folder = frozenset(("symlink-follow",)), root(seen)
    kinds = [of(seen, "stat-at", folder, flags, "link")["type"] for flags in (NONE, follow)]
    assert kinds == ["symbolic-link", "regular-file"]
    hashes = [of(seen, "metadata-hash-at", folder, flags, "link") for flags in (NONE, follow)]
    file = of(seen, "open-at", folder, follow, "link", NONE, frozenset(("read",)))
    assert of(seen, "metadata-hash", file) == hashes[1] != hashes[0]
    assert refused(seen, "open-at", folder, NONE, "link", NONE, NONE) == "loop"
    now = wit.Case("timestamp", {"seconds": 7, "nanoseconds": 0})
    of(seen, "set-times-at", folder, follow, "link", now, now)
    of(seen, "set-times", file, wit.Case("no-change"), now)
    assert (tmp_path / "file").stat().st_mtime == 7


def test_files_are_moved_about(seen: Surroundings, tmp_path: Path) -> None:
    folder, other = root(seen), root(seen)
    of(seen, "create-directory-at", folder, "below")
    of(seen, "link-at", folder, NONE, "file", other, "below/linked")
    of(seen, "rename-at", folder, "file", other, "renamed")
    of(seen, "symlink-at", folder, "renamed", "link")
    assert of(seen, "readlink-at", folder, "link") == "renamed"
    one, two = (
        of(seen, "open-at", folder, NONE, path, NONE, NONE) for path in ("renamed", "below/linked")
    )
    same = "[method]descriptor.is-same-object"
    assert run(seen, same, one, two)
    assert not run(seen, same, one, folder)
    for path in ("link", "renamed", "below/linked"):
        of(seen, "unlink-file-at", folder, path)
    of(seen, "remove-directory-at", folder, "below")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("open-at", (NONE, "../x", NONE, NONE), "not-permitted"),
        ("open-at", (NONE, "none", NONE, NONE), "no-entry"),
        ("open-at", (NONE, "a\0b", NONE, NONE), "invalid"),
        ("stat-at", (NONE, "file/x"), "not-directory"),
        ("stat-at", (NONE, ""), "no-entry"),
        ("stat-at", (NONE, "x" * 300), "name-too-long"),
        ("create-directory-at", ("file",), "exist"),
        ("read", (1, 0), "is-directory"),
    ],
)
def test_what_cannot_be_is_told(
    seen: Surroundings, name: str, arguments: tuple[Any, ...], code: str
) -> None:
    assert refused(seen, name, root(seen), *arguments) == code


def test_numbers_that_are_too_large_are_told(seen: Surroundings) -> None:
    file = of(seen, "open-at", root(seen), NONE, "file", NONE, BOTH)
    assert refused(seen, "read", file, 1, 2**64 - 1) == "invalid"
    assert refused(seen, "write", file, b"x", 2**64 - 1) == "invalid"
    assert refused(seen, "set-size", file, 2**64 - 1) == "invalid"
    far = wit.Case("timestamp", {"seconds": 2**64 - 1, "nanoseconds": 0})
    assert refused(seen, "set-times", file, far, far) == "invalid"
    assert of(seen, "read", file, 2**64 - 1, 0) == (b"inside", False)
    assert refused(seen, "create-directory-at", file, "x") == "not-directory"


def test_only_so_much_is_open_at_once(seen: Surroundings) -> None:
    folder = root(seen)
    opening = (folder, NONE, "file", NONE, NONE)
    numbers = [of(seen, "open-at", *opening) for _ in range(255)]
    assert refused(seen, "open-at", *opening) == "insufficient-memory"
    assert refused(seen, "read-directory", folder) == "insufficient-memory"
    seen.close_handle(numbers[0])
    of(seen, "open-at", *opening)


def test_a_folder_that_is_gone_is_an_error_that_names_it(
    seen: Surroundings, tmp_path: Path
) -> None:
    (tmp_path / "file").unlink()
    tmp_path.rmdir()
    with pytest.raises(Refused, match="the folder '/data': No such file"):
        root(seen)
    tmp_path.mkdir()


# --- as guests do ---

_GUEST = """(component
  (import "wasi:filesystem/types@0.2.0" (instance $types
    (export "descriptor" (type $descriptor (sub resource)))
    (export "[method]descriptor.is-same-object" (func
      (param "self" (borrow $descriptor)) (param "other" (borrow $descriptor)) (result bool)))))
  (alias export $types "descriptor" (type $descriptor))
  (import "wasi:filesystem/preopens@0.2.0" (instance $preopens
    (alias outer 1 $descriptor (type $descriptor'))
    (export "descriptor" (type $d (eq $descriptor')))
    (export "get-directories" (func (result (list (tuple (own $d) string)))))))
  (core module $memory
    (memory (export "memory") 2)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
      (global.set $top (i32.and (i32.const -8)
        (i32.add (global.get $top) (i32.add (local.get $size) (i32.const 7)))))
      (i32.sub (global.get $top)
        (i32.and (i32.const -8) (i32.add (local.get $size) (i32.const 7))))))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $m))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $get (canon lower (func $preopens "get-directories") (memory $m) (realloc $realloc)))
  (core func $same (canon lower (func $types "[method]descriptor.is-same-object")))
  (core func $drop (canon resource.drop $descriptor))
  (core module $main
    (import "" "memory" (memory 0))
    (import "" "get" (func $get (param i32)))
    (import "" "same" (func $same (param i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func $root (result i32)
      (call $get (i32.const 16))
      (i32.load (i32.load (i32.const 16))))
    (func (export "count") (result i32)
      (call $get (i32.const 16))
      (i32.load (i32.const 20)))
    (func (export "same") (result i32) (call $same (call $root) (call $root)))
    (func (export "forge") (result i32) (call $same (call $root) (i32.const 999)))
    (func (export "dropped") (result i32)
      (local $root i32)
      (local.set $root (call $root))
      (call $drop (local.get $root))
      (call $same (local.get $root) (local.get $root)))
    (func (export "trap") (result i32) (drop (call $root)) unreachable)
    (func (export "forever") (result i32) (loop (drop (call $root)) (br 0)) (i32.const 0)))
  (core instance $main (instantiate $main (with "" (instance
    (export "memory" (memory $m)) (export "get" (func $get)) (export "same" (func $same))
    (export "drop" (func $drop))))))
  (func (export "count") (result u32) (canon lift (core func $main "count")))
  (func (export "same") (result bool) (canon lift (core func $main "same")))
  (func (export "forge") (result bool) (canon lift (core func $main "forge")))
  (func (export "dropped") (result bool) (canon lift (core func $main "dropped")))
  (func (export "trap") (result bool) (canon lift (core func $main "trap")))
  (func (export "forever") (result bool) (canon lift (core func $main "forever"))))"""


@pytest.fixture
def guest(tmp_path: Path) -> Iterator[Guest]:
    folder = Folder.found("/data", tmp_path)
    with opened(_GUEST, world=World(Grants(dirs=frozenset((folder,))))) as guest:
        yield guest
    assert not handles(tmp_path)


def handles(path: Path) -> list[Path]:
    """What this process has open of a folder."""
    open_ = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return [each for each in open_ if each.readlink().is_relative_to(path)]


async def test_a_guest_sees_its_folder(guest: Guest, tmp_path: Path) -> None:
    assert await guest.call("count") == (1,)
    assert await guest.call("same") == (True,)
    assert len(handles(tmp_path)) == 3
    guest.collection.release(guest.transaction)
    assert not handles(tmp_path)


async def test_a_guest_without_folders_sees_none() -> None:
    with opened(_GUEST) as guest:
        assert await guest.call("count") == (0,)
    with opened(_GUEST, world=World(Grants(stdio=frozenset(("stdin",))))) as guest:
        assert await guest.call("count") == (0,)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("forge", "a handle that it does not have"),
        ("dropped", "a handle that it does not have"),
        ("trap", "panicked"),
        ("forever", "cannot be given the folder '/data': Too many open files"),
    ],
)
async def test_what_a_guest_had_open_is_closed_when_it_breaks(
    guest: Guest, tmp_path: Path, name: str, said: str
) -> None:
    assert said in str(await guest.call(name))
    assert not handles(tmp_path)
