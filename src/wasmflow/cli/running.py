"""A component as a command: gives it the process's arguments and input, and writes what it sends.

What that is decides `wasmflow.triggers.cli`.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any, Final

from wasmflow.cli import intake
from wasmflow.cli.background import Background
from wasmflow.cli.exits import Exit
from wasmflow.cli.lifting import readers
from wasmflow.cli.outlet import Outlet, never, outlet
from wasmflow.cli.output import Terminal, err, note, out
from wasmflow.cli.ports import LARGEST_FILE
from wasmflow.cli.printing import json_form
from wasmflow.cli.program import Program
from wasmflow.cli.report import tell
from wasmflow.codec import cutting
from wasmflow.codec.failures import Telling, Unfit, Where
from wasmflow.component import Port, TransactionFailed
from wasmflow.engine.intake import Element
from wasmflow.errors import UsageError, WasmflowError
from wasmflow.host.host import Circumstances, Host
from wasmflow.host.stream import END, Stream
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.triggers.cli import Facts, Outputs, fact_inputs, stdin_input
from wasmflow.types import model as wit


def facts(arguments: tuple[str, ...]) -> Facts:
    """What a command is told of this process. Raises `UsageError` for arguments that are no text."""
    for number, argument in enumerate(arguments, 1):
        if _is_no_text(argument):
            raise UsageError(f"argument {number} is not text in UTF-8")
    streams = {"stdin": Terminal(sys.stdin), "stdout": out(), "stderr": err()}
    size = _size() if out().interactive or os.environ.get("COLUMNS") else None
    return Facts(
        arguments,
        frozenset(name for name, terminal in streams.items() if terminal.interactive),
        size and size.columns,
        size and size.lines,
        out().colour,
    )


def _is_no_text(argument: str) -> bool:
    """Whether it holds bytes that are no UTF-8, which Python keeps as halves of characters."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return True
    return False


def _size() -> os.terminal_size:
    return shutil.get_terminal_size((80, 24))


async def run_program(
    program: Program, given: Facts, circumstances: Circumstances, *, quiet: bool
) -> int:
    """Run it to its end, for its exit code. Raises `TransactionFailed`."""
    signature = program.signature
    inputs = {**fact_inputs(signature, program.inputs, given), **program.inputs}
    port = stdin_input(signature, program.inputs)
    fd = None if port is None else _standard_input(program, port, quiet=quiet)
    with Background("standard input") as thread:
        async with outlet() as stdout, outlet(_to_stderr, never) as stderr:
            sending = _Sending(Outputs(signature), stdout, stderr, signature.name)
            if port is None or (fd is None and port.optional):
                await _run(program, inputs, {}, circumstances, sending)
            elif port.stream:
                lines = _elements(port, fd, thread)
                await _run(program, inputs, {(port.name,): lines}, circumstances, sending)
            else:
                inputs[port.name] = await _whole(port, fd, thread)
                await _run(program, inputs, {}, circumstances, sending)
            sending.finish(interactive="stdout" in given.terminals)
    return sending.exit


async def _run(
    program: Program,
    inputs: Mapping[str, Any],
    feeds: Mapping[tuple[str, ...], AsyncIterator[list[Element]]],
    circumstances: Circumstances,
    sending: _Sending,
) -> None:
    name = program.signature.name
    if program.signature.streaming:
        stream = program.host.stream(name, inputs, feeds, circumstances)
        await sending.all_of(stream)
    else:
        sending.put(await program.host.invoke(name, inputs, circumstances))


# --- standard input ---------------------------------------------------------------------------


def _standard_input(program: Program, port: Port, *, quiet: bool) -> int | None:
    """What is read; ``None`` if there is nothing, and nobody to ask where the input need not be given."""
    _check_reader(program.host, program.signature.name)
    fd = intake.descriptor()
    if fd is None or not os.isatty(fd):
        return fd
    if port.optional:
        return None
    if not quiet:
        note("reading standard input from the terminal, until Ctrl-D")
    return fd


def _check_reader(host: Host, component: str) -> None:
    if paths := readers(host.collection, component):
        reader = f"'{paths[0]}'" if paths[0] else "the component"
        raise UsageError(
            f"standard input is granted to {reader}, and an input 'stdin' takes it, too"
        )


async def _whole(port: Port, fd: int | None, thread: Background) -> str | bytes:
    if fd is None:
        content: bytes | None = b""
    else:
        content = await intake.whole(intake.blocks(fd, thread), LARGEST_FILE)
    if content is None:
        raise UsageError(
            f"standard input is longer than {LARGEST_FILE >> 20} MiB: take a stream of it"
        )
    if port.type == wit.BYTES:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not text in UTF-8 (byte {error.start})") from None


async def _elements(port: Port, fd: int | None, thread: Background) -> AsyncIterator[list[Element]]:
    """Lines of text, or chunks of bytes as they come."""
    if fd is None:
        return
    blocks = intake.blocks(fd, thread)
    if port.type == wit.BYTES:
        async for block in blocks:
            yield [(block,)]
        return
    async for number, lines in cutting.lines(blocks, LARGEST_FILE):
        yield [(_line(at, line),) for at, line in enumerate(lines, number)]


def _line(number: int, line: bytes | None) -> str | Failure:
    if line is None:
        return _unfit(number, f"longer than {LARGEST_FILE >> 20} MiB")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        return _unfit(number, f"not text in UTF-8 (byte {error.start})")


def _unfit(number: int, reason: str) -> Unfit:
    where = Where("line", number)
    return Unfit(Kind.EXCEPTION, f"{where}: {reason}", where=where, reason=reason)


# --- what is sent -----------------------------------------------------------------------------

_STDERR: Final = 2


class _Sending:
    """Writes what a component sends, and remembers how it ended."""

    def __init__(self, outputs: Outputs, stdout: Outlet, stderr: Outlet, name: str) -> None:
        self._outputs = outputs
        self._stdout = stdout
        self._stderr = stderr
        self._json = json_form(outputs.rest)
        self._name = name
        self._telling = Telling(self._tell)
        self._code = 0
        #: The last byte for standard output.
        self._last = b"\n"

    @property
    def exit(self) -> int:
        return self._code if self._telling.fine else Exit.FAILED

    def put(self, sent: Mapping[str, Any]) -> None:
        """Write what was sent together. Raises `TransactionFailed` for what cannot be written."""
        stdout, stderr, code, rest = self._outputs.sort(sent)
        if rest:
            stdout += self._json(rest)
        if stdout:
            self._stdout.put(stdout)
            self._last = stdout[-1:]
        if stderr:
            self._stderr.put(stderr)
        if code is not None:
            self._code = code

    def finish(self, *, interactive: bool) -> None:
        """On a terminal the next prompt comes on a line of its own; for everybody else nothing is added."""
        if interactive and self._last != b"\n":
            self._stdout.put(b"\n")

    async def all_of(self, stream: Stream) -> None:
        """Write what a stream sends until it ends, and tell of what fails."""
        async with stream:
            async for packets in stream.packets():
                self._put_packets(packets)
                await self._stdout.room()
                await self._stderr.room()
            try:
                await stream.check()
            except TransactionFailed as failed:
                self._telling.transaction(failed)

    def _put_packets(self, packets: Mapping[str, Any]) -> None:
        sent = {}
        for name, slot in packets.items():
            if isinstance(slot, Failure):
                self._telling.failure(slot)
            elif slot is not EMPTY and slot is not END:
                sent[name] = slot
        if sent:
            try:
                self.put(sent)
            except TransactionFailed as failed:
                self._telling.transaction(failed)

    def _tell(self, where: Where | None, error: WasmflowError) -> None:
        tell(error, component=self._name, where=where)


def _to_stderr(content: bytes) -> None:
    """Write to standard error, on any thread. If nobody can read it, it is lost, and that is all."""
    rest = memoryview(content)
    with suppress(OSError):
        while rest:
            try:
                rest = rest[os.write(_STDERR, rest) :]
            except BlockingIOError:  # somebody who shares it has made it so
                select.select([], [_STDERR], [])
