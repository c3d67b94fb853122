"""Compiling a component, in a child process that cannot take this one down.

`loading` calls it for what is not in the cache. Compiling takes seconds and a quarter of a gigabyte that
is never given back, and a binary from a stranger may make the compiler fail: whatever happens to the
child (`compile_child`) is an error with a reason here.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import wasmtime

from wasmflow.collections.wasm import compile_child
from wasmflow.collections.wasm.binary import Binary
from wasmflow.collections.wasm.engine import Engine
from wasmflow.collections.wasm.section import printable
from wasmflow.errors import ProblemsError, WorldError
from wasmflow.problem import Place, Problem

#: Seconds that compiling may take. The largest known components take a minute on a slow machine.
COMPILE_SECONDS: Final = 600.0
#: Bytes of memory that compiling may use. 20 MB need 0.6 GB, more on many processors.
COMPILE_MEMORY: Final = 8 << 30
#: Bytes of the child's output that are kept: its answer, or what it said before it died.
_OUTPUT: Final = 64 * 1024
#: Where the packages are that the child imports: those that we have.
_PACKAGES: Final = [
    str(Path(compile_child.__file__).absolute().parents[3]),
    str(Path(wasmtime.__file__).absolute().parents[1]),
]


async def compile_binary(binary: Binary, output: Path, engine: Engine) -> str:
    """Compile into a file that exists already; the SHA-256 of what is in it then.

    The code can be loaded by `engine` and by those with its fingerprint. Raises `ProblemsError` for
    what is no valid component, and `WorldError` if compiling fails otherwise. Cancelling it ends
    the child first.
    """
    process = await _start_child(output, len(binary.content), engine)
    try:
        async with asyncio.timeout(COMPILE_SECONDS):
            said = await _converse(process, binary.content)
            status = await process.wait()
    except TimeoutError:
        raise WorldError(
            f"compiling '{binary.name}' took more than {COMPILE_SECONDS:.0f} s and was given up"
        ) from None
    finally:
        await _end(process)
    return _digest_of(binary, said, status)


async def _start_child(output: Path, size: int, engine: Engine) -> Process:
    order = compile_child.Order(
        path=_PACKAGES,
        size=size,
        output=str(output),
        allocation=engine.allocation.value,
        memory=COMPILE_MEMORY,
        fingerprint=engine.fingerprint,
    )
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", compile_child.BOOTSTRAP, json.dumps(order)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | {"RUST_BACKTRACE": "0"},
            # Ctrl-C is for us; we end the child.
            start_new_session=True,
        )
    except OSError as error:
        raise WorldError(f"cannot start the compiler ({sys.executable}): {error}") from error


async def _converse(process: Process, content: bytes) -> bytes:
    """Give the child its input, which stays open, and take the end of what it says."""
    stdin, stdout = cast(StreamWriter, process.stdin), cast(StreamReader, process.stdout)
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(content)
        await stdin.drain()
    said = b""
    while part := await stdout.read(_OUTPUT):
        said = (said + part)[-_OUTPUT:]
    return said


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await asyncio.shield(process.wait())


def _digest_of(binary: Binary, said: bytes, status: int) -> str:
    """What the child answered. Raises for everything that is not the digest of finished code."""
    lines = said.decode(errors="replace").strip().splitlines() or [""]
    answer = _answer(lines[-1])
    if "sha256" in answer:
        return answer["sha256"]
    if "invalid" in answer:
        raise ProblemsError([explain_invalid(answer["invalid"]).at(Place(binary.name))])
    raise WorldError(
        f"cannot compile '{binary.name}': {answer.get('failed') or _death(status, lines)}"
    )


def _answer(line: str) -> dict[str, str]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _death(status: int, lines: list[str]) -> str:
    """Why a child that did not answer ended."""
    if status == -signal.SIGKILL:
        return "the compiler was killed, probably because memory ran out"
    if any(_OUT_OF_MEMORY.search(line) for line in lines):
        return f"the compiler needs more memory than it may use ({COMPILE_MEMORY >> 20} MiB)"
    ending = f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
    last = next((line for line in reversed(lines) if line.strip()), "it said nothing")
    return f"the compiler broke ({ending}): {printable(last)}"


_OUT_OF_MEMORY: Final = re.compile(
    r"^memory allocation of \d+ bytes failed|^MemoryError|Cannot allocate memory"
)


def explain_invalid(text: str) -> Problem:
    """What wasmtime says of a binary that it does not take, for those who made the binary."""
    causes = _causes(text)
    hint = next((hint for words, hint in _HINTS if words in text), _BUILD_AGAIN)
    return Problem(f"it is not a valid component: {causes}", hint)


def _causes(text: str) -> str:
    """The causes in one line; wasmtime numbers them, one per line, under a summary."""
    _summary, _, numbered = text.partition("Caused by:")
    lines = (re.sub(r"^\s*(\d+:\s+)?", "", line) for line in (numbered or text).splitlines())
    return printable(": ".join(line for line in lines if line))


_BUILD_AGAIN: Final = "build it again with current tools"
_TOO_MUCH: Final = "it is larger than components may be; make several of it"
_UNFINISHED: Final = "it needs a WebAssembly proposal that is not finished; build it without"
_HINTS: Final = (
    ("unexpected end-of-file", "the file is cut short; build or fetch it again"),
    ("is out of bounds (bound", "the file is cut short; build or fetch it again"),
    ("error-context", "the type error-context cannot be passed; build it without"),
    ("Maps require", "the type map cannot be passed; build it with list<tuple<K, V>>"),
    ("Fixed-length lists", "lists of fixed length cannot be passed; build it with list<T>"),
    (
        "component imports are not supported",
        "it expects to be composed with another component first",
    ),
    ("memory is shared", "components have no threads; build it without memory that threads share"),
    ("does not fit in pooling allocator", _TOO_MUCH),
    ("effective type size exceeds", _TOO_MUCH),
    ("unknown binary version", "it is made for another version of the component model"),
    (
        "component model async feature",
        "async functions, streams and futures of the component model cannot be run; build it for WASI 0.2",
    ),
    (" feature", _UNFINISHED),
    (" proposal must be enabled", _UNFINISHED),
)
