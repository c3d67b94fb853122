from __future__ import annotations

import os
from pathlib import Path

import pytest

from wasmflow.collections.wasm import files, walking
from wasmflow.collections.wasm.files import Descriptor, Entries, Files, Reader, Writer, open_folder
from wasmflow.grants import Folder


def opened(path: Path, mode: int = os.O_RDWR | os.O_CREAT) -> int:
    return os.open(path, mode, 0o666)


def test_a_reader_reads_to_the_end_from_where_it_begins(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    reader = Reader(opened(tmp_path / "file"), 2)
    assert [reader.read(3), reader.read(0), reader.read(9), reader.read(9)] == [
        b"cde",
        b"",
        b"f",
        b"",
    ]
    (tmp_path / "file").write_bytes(b"abcdefgh")
    assert reader.read(9) == b"gh"
    reader.close()


def test_no_more_is_read_at_once_than_is_good(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(100_000))
    handle = opened(tmp_path / "file")
    assert len(Reader(handle, 0).read(2**40)) == files.MOST_READ
    descriptor = Descriptor(handle, frozenset(("read",)), directory=False, writable=False)
    assert len(descriptor.read(2**40, 0)) == files.MOST_READ
    descriptor.close()


def test_writers_write_where_they_are_and_appenders_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"....")
    writer, appender = Writer(opened(path), 1), Writer(opened(path), None)
    for content in (b"a", b"b"):
        writer.write(content)
        appender.write(content.upper())
    assert path.read_bytes() == b".ab.AB"
    writer.close()
    appender.close()


def test_appending_works_where_the_system_has_no_way_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_APPEND", None)
    appender = Writer(opened(tmp_path / "file"), None)
    appender.write(b"a")
    appender.write(b"b")
    appender.close()
    assert (tmp_path / "file").read_bytes() == b"ab"


def test_entries_are_told_with_their_kinds(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("folder")
    os.mkfifo(tmp_path / "pipe")
    folder = open_folder(Folder.found("/data", tmp_path))
    entries = Entries(folder.handle)
    seen = {entries.next() for _ in range(5)}
    entries.close()
    folder.close()
    assert seen == {
        ("directory", "folder"),
        ("regular-file", "file"),
        ("symbolic-link", "link"),
        ("unknown", "pipe"),
        None,
    }


def test_a_name_that_is_no_text_is_an_error_and_the_others_are_told(tmp_path: Path) -> None:
    os.close(os.open(bytes(tmp_path) + b"/\xff", os.O_CREAT))
    (tmp_path / "file").touch()
    folder = open_folder(Folder.found("/data", tmp_path))
    entries = Entries(folder.handle)
    seen = []
    for _ in range(3):
        try:
            seen.append(entries.next())
        except OSError as error:
            seen.append(("error", error.strerror or ""))
    entries.close()
    folder.close()
    assert ("regular-file", "file") in seen
    assert ("error", "Invalid or incomplete multibyte or wide character") in seen


class Pretends:
    """Something that is open."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_what_is_open_is_closed_once() -> None:
    known, things = Files(), [Pretends() for _ in range(3)]
    for number, thing in enumerate(things):
        known.add(number, lambda thing=thing: thing)  # type: ignore[misc]
    known.close(1)
    known.close(1)
    known.close(99)
    known.close_all()
    known.close_all()
    assert [thing.closed for thing in things] == [1, 1, 1]
    assert len(known) == 0


def test_a_store_has_only_so_much_open() -> None:
    known = Files()
    for number in range(256):
        known.add(number, Pretends)
    with pytest.raises(OSError, match="Too many open files"):
        known.add(256, Pretends)
    known.close(7)
    known.add(256, Pretends)
    known.close_all()


def test_all_guests_together_leave_descriptors_to_their_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (6, 6))
    one, two = Files(), Files()
    one.add(1, Pretends)
    two.add(1, Pretends)
    two.add(2, Pretends)
    with pytest.raises(OSError, match="Too many open files"):
        one.add(2, Pretends)
    two.close_all()
    one.add(2, Pretends)
    one.close_all()


def test_what_cannot_be_opened_counts_for_nothing() -> None:
    known = Files()

    def fail() -> Pretends:
        raise FileNotFoundError

    for number in range(300):
        with pytest.raises(FileNotFoundError):
            known.add(number, fail)
    assert len(known) == 0
    assert walking.ALLOWANCE.taken == 0


def test_a_number_stands_for_one_kind_of_thing(tmp_path: Path) -> None:
    known = Files(frozenset((Folder.found("/data", tmp_path),)))
    known.add(1, lambda: open_folder(known.folders[0]))
    assert known.folder(1).directory
    for find in (known.reader, known.writer, known.entries):
        with pytest.raises(OSError, match="Bad file descriptor"):
            find(1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        known.descriptor(2)
    known.close_all()
