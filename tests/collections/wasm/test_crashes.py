"""What used to end the process, or to hang it, one way after the other."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from wasmtime.component import Component

from tests.assembled import assemble, function, root
from tests.collections.wasm.guests import ROOT, opened, push, settled, transaction
from wasmflow.collections.wasm import abi, linking, loading, store
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.engine import Ticker
from wasmflow.collections.wasm.loading import load
from wasmflow.collections.wasm.run import Run
from wasmflow.collections.wasm.runtime import process_runtime
from wasmflow.collections.wasm.surroundings import SURROUNDINGS
from wasmflow.collections.wasm.workers import Workers
from wasmflow.component import Call
from wasmflow.errors import WorldError
from wasmflow.packet import Failure

runtime = process_runtime()


async def test_nobody_is_given_a_component_that_is_being_freed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = assemble(root(function("freed")))
    binary = Binary("freed.wasm", content, hashlib.sha256(content).hexdigest())
    shared: list[list[Any]] = []
    free = Component._delete

    def look_and_free(component: Component, pointer: Any) -> None:
        # What another thread sees meanwhile.
        shared.append(list(loading._loaded[runtime.engine.wasmtime]))
        free(component, pointer)

    loaded: Any = await load(binary, runtime.engine, tmp_path / "cache")
    key = loading.cache_key(binary, runtime.engine)
    assert loading._loaded[runtime.engine.wasmtime][key] is loaded
    monkeypatch.setattr(Component, "_delete", look_and_free)
    del loaded
    gc.collect()
    assert shared
    assert key not in shared[-1]


@pytest.mark.parametrize(
    ("freed", "name"), [("finished_delete", "panic"), ("future_delete", "spin")]
)
def test_an_interrupt_does_not_free_a_future_twice(
    freed: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, seen = getattr(store, freed), list[int]()

    def interrupted(future: int) -> None:
        seen.append(future)
        free(future)
        raise KeyboardInterrupt

    with opened("broken") as guest:
        component, call = guest.component(name), Call(transaction())
        made = component.take(call)
        assert made is not None
        monkeypatch.setattr(store, freed, interrupted)
        with pytest.raises(KeyboardInterrupt), closing(made):
            made.begin(component._function, (), call)
        made.close()
        guest.collection.release(call.transaction)
    assert seen.count(seen[-1]) == 1
    assert runtime.places.taken == 0


def test_a_store_that_is_closed_runs_no_more() -> None:
    with opened("broken") as guest:
        spin = guest.component("spin")
        made = spin.take(Call(guest.transaction))
        assert made is not None
        assert made.begin(spin._function, (), Call(guest.transaction)) is None
        made.close()
        with pytest.raises(RuntimeError, match="no call"):
            made.go_on()
        with pytest.raises(RuntimeError, match="closed"):
            made.begin(spin._function, (), Call(guest.transaction))


async def test_a_store_is_out_of_the_books_before_its_address_can_be_anothers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delete, listed = abi.store_delete, list[int]()

    def look_and_delete(pointer: int) -> None:
        listed.append(len(SURROUNDINGS))
        delete(pointer)

    with opened("sandbox") as guest:
        await guest.call("exit", True)
        monkeypatch.setattr(store, "store_delete", look_and_delete)
        await guest.call("exit", True)
    assert listed == [0]


async def test_a_function_of_the_host_without_surroundings_ends_its_guest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened("sandbox") as guest:
        monkeypatch.setattr(linking, "SURROUNDINGS", {})
        assert isinstance(await guest.call("print", "x"), Failure)


def test_threads_that_cannot_be_started_are_found_before_there_is_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, started = threading.Thread.start, list[threading.Thread]()

    def only_one(thread: threading.Thread) -> None:
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", only_one)
    with pytest.raises(WorldError, match="can't start new thread"):
        Workers()
    started[0].join()


def test_a_ticker_that_could_not_be_started_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ticker = Ticker(runtime.engine, runtime.places)

    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail)
        for _ in range(2):
            with pytest.raises(WorldError, match="can't start new thread"):
                ticker.start()
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    ticker.start()
    assert len(started) == 1


async def test_a_call_that_was_given_up_is_never_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with opened("broken") as guest:
        monkeypatch.setattr(runtime.workers, "submit", Run.give_up)
        spinning = guest.start("spin")
        assert "the program ended" in str(await spinning)
        assert spinning.slice()
        assert runtime.places.taken == 0


def test_two_stores_for_one_group_are_one_too_many() -> None:
    with opened("broken") as guest:
        call, component = Call(guest.transaction), guest.component("divide")
        first, second = component.take(call), component.take(call)
        assert first is not None
        assert second is not None
        guest.collection.shelf.put(call, first)
        guest.collection.shelf.put(call, second)
        assert second.closed
        assert component.take(call) is first
        first.close()


async def test_a_handle_is_freed_once_and_after_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a worker may still read it, whoever closes the session must leave it alone."""
    delete, free, freed = abi.store_delete, abi.resource_delete, list[str]()

    def delete_store(pointer: int) -> None:
        delete(pointer)
        freed.append("store")

    def free_handle(pointer: int) -> None:
        free(pointer)
        freed.append("handle")

    with opened("streams") as guest:
        monkeypatch.setattr(store, "store_delete", delete_store)
        monkeypatch.setattr(store, "resource_delete", free_handle)
        session = await guest.open("breaking", 0)
        pending = session.push([(2,)])
        for _ in range(3):
            session.close()
            await asyncio.sleep(0)
        assert isinstance(await settled(pending), Failure)
        session.close()
    assert freed == ["store", "handle"]


async def test_a_handle_is_never_used_after_its_store_is_gone() -> None:
    with opened("streams") as guest:
        for end in (1, None):
            session = await guest.open("breaking", 0)
            if end is None:
                session.close()
            else:
                await push(session, (end,))
            for emission in (session.push([(4,)]), session.finish()):
                assert isinstance(await settled(emission), Failure)
            live = session._store
            assert live is not None
            with pytest.raises(RuntimeError, match="closed"):
                live.begin(session._function, (session._handle, 4), session.call)


async def test_a_handle_of_another_store_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("streams") as guest:
        first, second = await guest.open("adder", 0), await guest.open("odd")
        monkeypatch.setattr(second, "_handle", first._handle)
        assert isinstance(await push(second, (1,)), Failure)
        assert await push(first, (1,)) == [1]


async def test_closing_while_workers_run_loses_no_store() -> None:
    """At every moment of a call: whoever comes last, the loop or the worker, closes the store."""
    with opened("streams") as guest:
        for pause in range(60):
            session = await guest.open("breaking", 0)
            pending = session.push([(3,)])
            await asyncio.sleep(pause / 2000)
            session.close()
            await settled(pending)
        assert runtime.places.taken == 0


async def test_cancelling_at_every_moment_of_an_opening_loses_no_store() -> None:
    with opened("streams") as guest:
        for pause in range(60):
            task = asyncio.create_task(guest.try_open("breaking", 3))
            await asyncio.sleep(pause / 2000)
            task.cancel()
            await asyncio.wait([task])
            guest.collection.release(guest.transaction)
            assert runtime.places.taken == 0


async def test_a_bug_while_it_is_opened_leaves_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_live: store.Store, _handle: bytes) -> None:
        raise ZeroDivisionError("a bug of ours")

    with opened("streams") as guest:
        monkeypatch.setattr(store.Store, "keep", broken)
        with pytest.raises(ZeroDivisionError):
            await guest.open("adder", 0)
        assert runtime.places.taken == 0


#: Forks with a session at work, and calls it in the child.
_FORKS_A_SESSION = """
import asyncio, os
from tests.collections.wasm.guests import *
guest = Guest(collection("streams"))
session = asyncio.run(guest.open("adder", 0))
async def add():
    return await push(session, (1,))
if not os.fork():
    print(asyncio.run(add()).message, flush=True)
    session.close()
    guest.close()
    os._exit(0)
os.wait()
print(asyncio.run(add()))
guest.close()
"""


def test_after_a_fork_a_session_goes_on_in_the_parent_only() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORKS_A_SESSION]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert (ended.stdout, ended.stderr) == ("it was called after its end\n[1]\n", "")


#: Ends without closing anything: the interpreter must not wait for a session that nobody calls.
_ENDS_WITH_A_SESSION = """
import asyncio
from tests.collections.wasm.guests import *
guest = Guest(collection("streams"))
session = asyncio.run(guest.open("adder", 0))
print(process_runtime().places.taken)
"""


def test_the_interpreter_waits_for_no_idle_session() -> None:
    command = [sys.executable, "-c", _ENDS_WITH_A_SESSION]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert (ended.stdout, ended.stderr) == ("1\n", "")


#: Forks with a store on the shelf, and calls in the child what its parent has opened.
_FORKS = """
import asyncio, os
from tests.collections.wasm.guests import *
guest = Guest(collection("counter"))
asyncio.run(guest.call("next"))
if not os.fork():
    print(asyncio.run(guest.call("next")).message, flush=True)
    try:
        process_runtime()
    except Exception as error:
        print(repr(error)[:10], flush=True)
    os._exit(0)
os.wait()
print(asyncio.run(guest.call("next")))
guest.close()
"""


def test_after_a_fork_guests_fail_in_the_child_and_go_on_in_the_parent() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORKS]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert ended.stderr == ""
    said, opened_again, parent = ended.stdout.splitlines()
    assert "was forked" in said
    assert opened_again == "WorldError"
    assert parent == "(2,)"


#: Forks while another thread makes the runtime, and opens a guest in the child.
_FORKS_MEANWHILE = """
import asyncio, os, threading
from wasmflow.collections.wasm import runtime
begun = threading.Event()
def make():
    with runtime._making:
        begun.set()
        forking.wait(0.2)
forking = threading.Event()
threading.Thread(target=make).start()
begun.wait()
if not os.fork():
    runtime.process_runtime()
    os._exit(0)
print(os.wait()[1])
"""


def test_a_fork_waits_for_a_runtime_that_is_being_made() -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORKS_MEANWHILE]
    ended = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
    )
    assert (ended.stdout, ended.stderr) == ("0\n", "")
