from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wasmtime import WasmtimeError
from wasmtime.component import Component

from tests.assembled import Raw, assemble, function, interface, root
from wasmflow.collections.wasm import compile as compile_module
from wasmflow.collections.wasm import compile_child
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.compile import compile_binary, explain_invalid
from wasmflow.collections.wasm.engine import Allocation, compiler_engine, process_engine
from wasmflow.errors import ProblemsError, WorldError

MAGIC = b"\0asm\x0d\0\1\0"
SMALL = assemble(interface(function("f")))


def binary(content: bytes = SMALL) -> Binary:
    return Binary("text.wasm", content, hashlib.sha256(content).hexdigest())


@pytest.fixture
def output(tmp_path: Path) -> Path:
    path = tmp_path / "code.part"
    path.touch()
    return path


def program(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Have the child run this instead of the compiler."""
    monkeypatch.setattr(compile_child, "BOOTSTRAP", "\n".join(lines))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def compile_small(output: Path) -> str:
    return await compile_binary(binary(), output, process_engine())


async def test_what_is_compiled_can_be_loaded(output: Path) -> None:
    sha256 = await compile_small(output)
    assert sha256 == digest(output)
    engine = process_engine().wasmtime
    component = Component.deserialize_file(engine, str(output))
    assert list(component.type.exports(engine)) == ["demo:text/text@0.1.0"]


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (
            MAGIC + b"\x01\xff\xff\xff\x0f",
            "section range 13..33554444 is out of bounds",
            "cut short",
        ),
        (SMALL[:-3], "it is not a valid component", "cut short"),
        (MAGIC + b"\x07\x03abc", "invalid leading byte", "build it again"),
        (b"\0asm\x0c\0\1\0", "unknown binary version", "another version"),
        (MAGIC + b"\x4d\x00", "malformed section id", "build it again"),
    ],
)
async def test_an_invalid_component_is_a_problem_in_readable_words(
    output: Path, content: bytes, message: str, hint: str
) -> None:
    with pytest.raises(ProblemsError) as caught:
        await compile_binary(binary(content), output, process_engine())
    (problem,) = caught.value.problems
    assert problem.place.file == "text.wasm"
    assert message in problem.message
    assert hint in problem.hint
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    ("feature", "hint"),
    [
        ("`error-context` requires the component model error-context feature", "error-context"),
        ("Maps require the component model map feature", "list<tuple<K, V>>"),
        ("Fixed-length lists require the component model fixed-length lists feature", "list<T>"),
        ("root-level component imports are not supported", "composed"),
        ("threads require the shared-everything-threads feature", "not finished"),
    ],
)
def test_features_that_are_off_are_named_with_a_way_out(feature: str, hint: str) -> None:
    text = f"failed to parse WebAssembly module\n\nCaused by:\n    {feature} (at offset 0x6)\n"
    problem = explain_invalid(text)
    assert problem.message == f"it is not a valid component: {feature} (at offset 0x6)"
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("declaration", "hint"),
    [
        ("(core module (memory 1 2 shared))", "no threads"),
        ("(core module (memory 1 (pagesize 1)))", "not finished"),
        (root(Raw("f", "async (result u8)", "(result i32)")), "WASI 0.2"),
        (root(Raw("f", "(result (future))", "(result i32)")), "WASI 0.2"),
        ("(core module (table 100_000_000 funcref))", "larger than components may be"),
        (f"(core module {'(memory 1) ' * 60})", "larger than components may be"),
        (
            f"(core module $m {'(global (mut i64) (i64.const 0)) ' * 2000})"
            f"{'(core instance (instantiate $m))' * 600}",
            "larger than components may be",
        ),
    ],
)
def test_what_components_cannot_have_is_said_with_a_way_out(declaration: str, hint: str) -> None:
    with pytest.raises(WasmtimeError) as caught:
        Component(compiler_engine(Allocation.POOLED), assemble(declaration))
    assert hint in explain_invalid(str(caught.value)).hint


def test_a_message_of_wasmtime_cannot_command_a_terminal() -> None:
    assert "\x1b" not in explain_invalid("bad name `\x1b[2J`").message


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["import os", "os.kill(os.getpid(), 9)"], "was killed, probably because memory ran out"),
        (["import os", "os.abort()"], r"broke \(ended by SIGABRT\): it said nothing"),
        (["raise RuntimeError('boom')"], r"broke \(exit status 1\): RuntimeError: boom"),
        (["print('hello')"], r"broke \(exit status 0\): hello"),
        (["print('[7]')"], r"broke \(exit status 0\): \[7\]"),
        (["import sys", "sys.stdout.buffer.write(b'\\xff' * 200_000)"], "broke"),
    ],
)
async def test_a_child_that_breaks_is_an_error_with_the_reason(
    output: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], reason: str
) -> None:
    program(monkeypatch, *lines)
    with pytest.raises(WorldError, match=reason):
        await compile_small(output)


async def test_code_that_cannot_be_written_is_the_worlds_failure(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"cannot write .*code.* No such file"):
        await compile_small(tmp_path / "nowhere" / "code")


async def test_a_compiler_that_takes_too_long_is_ended(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_module, "COMPILE_SECONDS", 0.0)
    with pytest.raises(WorldError, match="took more than 0 s and was given up"):
        await compile_small(output)


async def test_a_compiler_that_takes_too_much_memory_ends(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compile_module, "COMPILE_MEMORY", 256 << 20)
    program(
        monkeypatch,
        compile_child.BOOTSTRAP.replace("main(order)", ""),
        "from wasmflow.collections.wasm import compile_child",
        "compile_child._compile = lambda binary, order: bytearray(300 << 20)",
        "main(order)",
    )
    with pytest.raises(WorldError, match=r"needs more memory than it may use \(256 MiB\)"):
        await compile_small(output)


async def test_an_interpreter_that_cannot_start_is_the_worlds_failure(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorldError, match="cannot start the compiler"):
        await compile_small(output)


async def test_the_child_takes_nothing_from_its_surroundings(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "wasmtime", "wasmflow", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from elsewhere')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    assert await compile_small(output)


async def test_cancelling_ends_the_child(
    output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    program(
        monkeypatch,
        "import os, time",
        f"with open({str(started)!r}, 'w') as file: file.write(str(os.getpid()))",
        "time.sleep(600)",
    )
    task = asyncio.create_task(compile_small(output))
    child = int(await asyncio.to_thread(started.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def orphan(output: Path, content: bytes, size: int) -> int:
    """The exit status of a child whose parent goes away after giving it this."""
    engine = process_engine()
    order = compile_child.Order(
        path=[each for each in sys.path if each],
        size=size,
        output=str(output),
        allocation=engine.allocation.value,
        memory=compile_module.COMPILE_MEMORY,
        fingerprint=engine.fingerprint,
    )
    command = [sys.executable, "-c", compile_child.BOOTSTRAP, json.dumps(order)]
    return subprocess.run(command, input=content, capture_output=True, check=False).returncode


def test_a_child_without_a_parent_ends_and_leaves_nothing(output: Path) -> None:
    assert orphan(output, SMALL, len(SMALL)) == 1
    assert not output.exists()


def test_a_child_that_is_given_half_a_binary_ends(output: Path) -> None:
    assert orphan(output, SMALL, len(SMALL) + 1) == 1
    assert output.read_bytes() == b""


async def test_a_child_of_another_version_says_so(
    output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        monkeypatch,
        compile_child.BOOTSTRAP.replace("main(order)", ""),
        "main({**order, 'fingerprint': 'wasmtime-1'})",
    )
    with pytest.raises(WorldError, match="another version of Wasmflow has been installed"):
        await compile_small(output)
