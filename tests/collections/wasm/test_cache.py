from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from wasmflow.collections.wasm import cache as cache_module
from wasmflow.collections.wasm.cache import Cache, try_lock
from wasmflow.errors import WorldError

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def keep(cache: Cache, key: str, code: bytes = b"native code") -> Path:
    with cache.aside(key) as aside:
        aside.write_bytes(code)
        return cache.keep(key, aside, hashlib.sha256(code).hexdigest())


def age(code: Path, seconds: float) -> None:
    """Make an entry one that was last used so long ago."""
    then = time.time() - seconds
    os.utime(code.with_suffix(".seal"), (then, then))


def files(cache: Cache) -> list[str]:
    return sorted(path.suffix for path in Path(str(cache), "compiled").iterdir())


def test_what_is_kept_is_found(cache: Cache) -> None:
    code = keep(cache, KEY)
    assert cache.find(KEY) == code
    assert code.read_bytes() == b"native code"
    assert cache.find(OTHER) is None


def test_looking_into_a_cache_that_is_not_there_makes_nothing(tmp_path: Path) -> None:
    assert Cache(tmp_path / "a" / "cache").find(KEY) is None
    assert not (tmp_path / "a").exists()


def test_nobody_else_may_look_at_what_is_kept(cache: Cache) -> None:
    code = keep(cache, KEY)
    assert [path.stat().st_mode & 0o777 for path in (code.parent, code)] == [0o700, 0o600]


def test_keeping_again_replaces_and_leaves_open_files_alone(cache: Cache) -> None:
    with keep(cache, KEY, b"first").open("rb") as in_use:
        code = keep(cache, KEY, b"second")
        assert in_use.read() == b"first"
    assert cache.find(KEY) == code
    assert code.read_bytes() == b"second"


def test_nothing_stays_aside(cache: Cache) -> None:
    with cache.aside(KEY) as aside:
        aside.write_bytes(b"half")
    keep(cache, KEY)
    assert files(cache) == [".cwasm", ".seal"]


@pytest.mark.parametrize("damaged", [b"native c0de", b"native", b"", b"native code and more"])
def test_damaged_code_is_not_found(cache: Cache, damaged: bytes) -> None:
    keep(cache, KEY).write_bytes(damaged)
    assert cache.find(KEY) is None


@pytest.mark.parametrize("seal", [b"", b"{}", b'{"sha256":7}', b"\xff", b"[" * 100_000])
def test_code_with_a_damaged_seal_is_not_found(cache: Cache, seal: bytes) -> None:
    keep(cache, KEY).with_suffix(".seal").write_bytes(seal)
    assert cache.find(KEY) is None


def test_foreign_code_without_a_seal_is_not_found(cache: Cache) -> None:
    keep(cache, KEY).with_name(f"{OTHER}.cwasm").write_bytes(b"foreign")
    assert cache.find(OTHER) is None


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o602])
def test_code_that_others_may_write_is_not_found_until_it_is_kept_again(
    cache: Cache, mode: int
) -> None:
    keep(cache, KEY).chmod(mode)
    assert cache.find(KEY) is None
    code = keep(cache, KEY)
    assert cache.find(KEY) == code


def test_code_of_another_user_is_not_found(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = keep(cache, KEY).stat().st_uid
    monkeypatch.setattr(cache_module, "_TRUSTED", ())
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert cache.find(KEY) is None


def test_a_link_to_sound_code_elsewhere_is_not_found(cache: Cache, tmp_path: Path) -> None:
    code = keep(cache, KEY)
    code.symlink_to(code.rename(tmp_path / "elsewhere"))
    assert cache.find(KEY) is None


def test_sound_code_with_another_stamp_is_found_and_sealed_anew(cache: Cache) -> None:
    code = keep(cache, KEY)
    seal = code.with_suffix(".seal")
    before = seal.read_bytes()
    code.touch()
    assert cache.find(KEY) == code
    assert seal.read_bytes() != before


def test_what_was_used_least_recently_goes_first(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        age(keep(cache, str(number) * 64, b"0123456789"), 1000 - number)
    assert cache.find("0" * 64)
    monkeypatch.setattr(cache_module, "LARGEST", 25)
    keep(cache, KEY, b"0123456789")
    assert [number for number in "012" if cache.find(number * 64)] == ["0"]
    assert cache.find(KEY)


def test_what_was_just_used_stays_although_there_is_too_much(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "LARGEST", 1)
    keep(cache, KEY)
    keep(cache, OTHER)
    assert cache.find(KEY)
    assert cache.find(OTHER)


def test_what_a_killed_process_left_aside_goes(cache: Cache) -> None:
    keep(cache, KEY)
    left, recent = (Path(str(cache), "compiled", f"{n}.part") for n in "12")
    for path in (left, recent):
        path.touch()
    long_ago = time.time() - 2 * cache_module.ABANDONED
    os.utime(left, (long_ago, long_ago))
    keep(cache, OTHER)
    assert [left.exists(), recent.exists()] == [False, True]


def test_only_one_at_a_time_has_the_lock_of_a_key(cache: Cache) -> None:
    with cache.lock(KEY) as one, cache.lock(KEY) as two, cache.lock(OTHER) as other:
        assert [try_lock(one), try_lock(two), try_lock(other)] == [True, False, True]
    with cache.lock(KEY) as again:
        assert try_lock(again)


@pytest.mark.parametrize("inner", ["", "compiled"])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720])
def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, mode: int, inner: str) -> None:
    keep(Cache(tmp_path / "cache"), KEY)
    folder = tmp_path / "cache" / inner
    folder.chmod(mode)
    with pytest.raises(WorldError, match=r"others may write .* run: chmod go-w .*WASMFLOW_CACHE"):
        Cache(tmp_path / "cache")


def test_a_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(Cache(tmp_path / "cache"), KEY)
    owner = tmp_path.stat().st_uid or 1
    monkeypatch.setattr(cache_module, "_TRUSTED", ())
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(WorldError, match=r"belongs to another user.*WASMFLOW_CACHE"):
        Cache(tmp_path / "cache")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with pytest.raises(WorldError, match="is not a folder"):
        Cache(tmp_path / "cache")


def test_a_folder_that_cannot_be_made_finds_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache")
    assert cache.find(KEY) is None
    with pytest.raises(OSError, match="Not a directory"), cache.aside(KEY):
        raise AssertionError
