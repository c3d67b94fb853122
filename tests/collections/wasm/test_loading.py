from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.assembled import assemble, function, interface
from wasmflow.collections.wasm import compile_child, loading
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.cache import Cache, try_lock
from wasmflow.collections.wasm.engine import Allocation, Engine, process_engine
from wasmflow.collections.wasm.loading import cache_key, load
from wasmflow.errors import ProblemsError, WorldError


class Watched:
    """Progress that can be looked at."""

    def __init__(self) -> None:
        self.reports: list[tuple[str, float | None]] = []
        self.begun = asyncio.Event()

    def __call__(self, what: str, part: float | None) -> None:
        self.reports.append((what, part))
        self.begun.set()


@pytest.fixture
def binary(request: pytest.FixtureRequest) -> Binary:
    """A binary that no other test has, so that none is loaded already."""
    name = hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:8]
    content = assemble(interface(function(f"f-x{name}")))
    return Binary("text.wasm", content, hashlib.sha256(content).hexdigest())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    return sorted(path.suffix or path.name[:5] for path in (cache / "compiled").iterdir())


def make_public(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def code_of(binary: Binary, cache: Path) -> Path:
    return cache / "compiled" / f"{cache_key(binary, process_engine())}.cwasm"


def never_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_child, "BOOTSTRAP", "raise SystemExit('compiled again')")


async def test_a_component_is_compiled_once_and_then_found(
    binary: Binary, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    await load(binary, process_engine(), cache, watched)
    assert watched.reports == [("compiling text.wasm", None), ("compiling text.wasm", 1.0)]
    gc.collect()
    never_compile(monkeypatch)
    await load(binary, process_engine(), cache, watched)
    assert len(watched.reports) == 2
    assert kept(cache) == [".cwasm", ".seal", "lock-"]


async def test_what_is_loaded_is_shared_while_it_is_in_use(binary: Binary, cache: Path) -> None:
    component = await load(binary, process_engine(), cache)
    shutil.rmtree(cache)
    assert await load(binary, process_engine(), cache) is component


async def test_opening_the_same_twice_at_once_compiles_it_once(binary: Binary, cache: Path) -> None:
    one, two = await asyncio.gather(*(load(binary, process_engine(), cache) for _ in range(2)))
    assert one is two


async def test_engines_share_nothing(binary: Binary, cache: Path) -> None:
    other = Engine(Allocation.SCARCE, 1)
    component = await load(binary, process_engine(), cache)
    assert await load(binary, other, cache) is not component
    assert cache_key(binary, other) != cache_key(binary, process_engine())


@pytest.mark.parametrize("damage", [b"", b"garbage", b"\x7fELF" + bytes(1000)])
async def test_damaged_code_is_compiled_anew(binary: Binary, cache: Path, damage: bytes) -> None:
    await load(binary, process_engine(), cache)
    gc.collect()
    code_of(binary, cache).write_bytes(damage)
    watched = Watched()
    await load(binary, process_engine(), cache, watched)
    assert len(watched.reports) == 2
    assert code_of(binary, cache).read_bytes() != damage


async def test_one_changed_bit_is_noticed(binary: Binary, cache: Path) -> None:
    await load(binary, process_engine(), cache)
    gc.collect()
    code = bytearray(code_of(binary, cache).read_bytes())
    code[len(code) // 2] ^= 1
    code_of(binary, cache).write_bytes(code)
    watched = Watched()
    await load(binary, process_engine(), cache, watched)
    assert len(watched.reports) == 2


async def test_sound_code_that_wasmtime_refuses_is_compiled_anew(
    binary: Binary, cache: Path
) -> None:
    store, foreign = Cache(cache), b"made elsewhere"
    with store.aside(cache_key(binary, process_engine())) as aside:
        aside.write_bytes(foreign)
        sha256 = hashlib.sha256(foreign).hexdigest()
        store.keep(cache_key(binary, process_engine()), aside, sha256)
    await load(binary, process_engine(), cache)
    assert code_of(binary, cache).read_bytes() != foreign


async def test_an_invalid_component_leaves_nothing_behind(cache: Path) -> None:
    content = b"\0asm\x0d\0\1\0\x07\x03abc"
    broken = Binary("text.wasm", content, hashlib.sha256(content).hexdigest())
    with pytest.raises(ProblemsError):
        await load(broken, process_engine(), cache)
    assert kept(cache) == ["lock-"]


async def test_a_cache_that_others_may_write_is_refused(binary: Binary, cache: Path) -> None:
    make_public(cache)
    with pytest.raises(WorldError, match="others may write"):
        await load(binary, process_engine(), cache)


async def test_without_a_cache_code_is_made_for_this_process_with_one_warning(
    binary: Binary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for _ in range(2):
        await load(binary, process_engine(), tmp_path / "file" / "cache")
        gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []
    warnings = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "WASMFLOW_CACHE" in warnings[0]


async def test_cancelling_leaves_nothing_behind(
    binary: Binary, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    program = f"import time; open({str(started)!r}, 'w').close(); time.sleep(600)"
    monkeypatch.setattr(compile_child, "BOOTSTRAP", program)
    task = asyncio.create_task(load(binary, process_engine(), cache))
    await asyncio.to_thread(started.read_text)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept(cache) == ["lock-"]


async def test_what_another_process_compiled_meanwhile_is_used(
    binary: Binary, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    await load(binary, process_engine(), other)
    gc.collect()
    never_compile(monkeypatch)
    watched = Watched()
    with Cache(cache).lock(cache_key(binary, process_engine())) as lock:
        assert try_lock(lock)
        task = asyncio.create_task(load(binary, process_engine(), cache, watched))
        await watched.begun.wait()
        for path in (other / "compiled").glob("*.*"):
            shutil.copy(path, cache / "compiled")
    await task
    assert kept(cache) == [".cwasm", ".seal", "lock-"]


async def test_one_that_holds_the_lock_for_ever_is_not_waited_for(
    binary: Binary, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "COMPILE_SECONDS", 0.0)
    with Cache(cache).lock(cache_key(binary, process_engine())) as lock:
        assert try_lock(lock)
        await load(binary, process_engine(), cache)


TWO = """
import asyncio, json, sys
from pathlib import Path
from wasmflow.collections.wasm.binary import read_binary
from wasmflow.collections.wasm.engine import process_engine
from wasmflow.collections.wasm.loading import load

async def main(path, cache):
    reports = []
    binary = await read_binary(Path(path))
    await load(binary, process_engine(), Path(cache), lambda *report: reports.append(report))
    print(json.dumps(reports))

asyncio.run(main(*sys.argv[1:]))
"""


def test_two_processes_at_once_both_get_it(binary: Binary, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "text.wasm"
    path.write_bytes(binary.content)
    command = [sys.executable, "-c", TWO, str(path), str(cache)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    # Whichever came first compiled; the other may have found it in the cache.
    assert any(json.loads(each) for each in said)
    assert kept(cache) == [".cwasm", ".seal", "lock-"]
