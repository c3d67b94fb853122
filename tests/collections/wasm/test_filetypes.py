from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from wasmflow.collections.wasm.filetypes import (
    ERRORS,
    code_of,
    error_number,
    hash_of,
    new_time,
    status,
)
from wasmflow.types import model as wit


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.EACCES, ""), "access"),
        (OSError(errno.EPERM, ""), "not-permitted"),
        (OSError(errno.EROFS, ""), "read-only"),
        (OSError(errno.EMFILE, ""), "insufficient-memory"),
        (OSError(errno.EDQUOT, ""), "quota"),
        (OSError(errno.EPIPE, ""), "pipe"),
        (OSError("of no number"), "io"),
        (OSError(errno.EHOSTDOWN, ""), "io"),
        (ValueError("embedded null byte"), "invalid"),
        (OverflowError("int too big"), "invalid"),
        (UnicodeEncodeError("ascii", "ü", 0, 1, "not in it"), "illegal-byte-sequence"),
    ],
)
def test_errors_have_their_names_in_wasi(error: Exception, code: str) -> None:
    assert code_of(error) == code
    assert ERRORS[error_number(error)] == code


def test_a_status_is_what_the_system_says(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    os.utime(path, ns=(1_500_000_000, 2))
    told = status(path.stat())
    assert (told["type"], told["size"], told["link-count"]) == ("regular-file", 5, 1)
    assert told["data-access-timestamp"] == {"seconds": 1, "nanoseconds": 500_000_000}
    assert status(tmp_path.stat())["type"] == "directory"


def test_a_time_before_1970_is_not_told(tmp_path: Path) -> None:
    os.utime(tmp_path, ns=(-1, 0))
    assert status(tmp_path.stat())["data-access-timestamp"] is None


def test_the_same_file_has_the_same_hash(tmp_path: Path) -> None:
    (tmp_path / "one").touch()
    (tmp_path / "two").touch()
    os.link(tmp_path / "one", tmp_path / "again")
    one, two, again = (hash_of((tmp_path / name).stat()) for name in ("one", "two", "again"))
    assert one == again != two


def test_times_are_set_or_left() -> None:
    told = wit.Case("timestamp", {"seconds": 1, "nanoseconds": 5})
    assert new_time(told)(7) == 1_000_000_005
    assert new_time(wit.Case("no-change"))(7) == 7
    assert new_time(wit.Case("now"))(7) > 7
