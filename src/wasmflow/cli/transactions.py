"""How `invoke` runs a component: once, once for each line of standard input, or on a stream of them.

Puts together what reads (`intake`, `lines`), what runs (`wasmflow.host`) and what writes (`printing`,
`outlet`). Knows no options; `commands.invoke` makes an `Invocation` of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from wasmflow.cli import intake
from wasmflow.cli.answers import answer_lines
from wasmflow.cli.background import Background
from wasmflow.cli.intake import Lines
from wasmflow.cli.lines import Elements, Meaning, json_meaning, meant, raw_meaning, wanted
from wasmflow.cli.outlet import Outlet, outlet
from wasmflow.cli.ports import LARGEST_FILE, Flags
from wasmflow.cli.printing import Form, Packets, Sent
from wasmflow.cli.watch import Counts, watch
from wasmflow.component import Signature, TransactionFailed
from wasmflow.engine.intake import Element
from wasmflow.errors import UsageError, WasmflowError
from wasmflow.host.host import Circumstances, Host
from wasmflow.host.stream import MOST_TOLD, Stream
from wasmflow.packet import Failure
from wasmflow.types import model as wit


class Units(Enum):
    """What of standard input is taken together."""

    JSON = "json"
    LINES = "lines"
    CHUNKS = "chunks"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A component, and what all its transactions have in common."""

    host: Host
    signature: Signature
    flags: Flags
    form: Form
    #: Of the transaction for a line; ``None`` if it is for none.
    circumstances: Callable[[int | None], Circumstances]
    #: Tells of the transaction for a line that failed.
    tell: Callable[[int, WasmflowError], None]
    units: Units
    jobs: int
    quiet: bool


async def run_once(invocation: Invocation, inputs: Mapping[str, Any]) -> bytes:
    """One transaction on values. Raises `TransactionFailed`."""
    host, signature = invocation.host, invocation.signature
    circumstances = invocation.circumstances(None)
    return _shown(invocation, await host.invoke(signature.name, inputs, circumstances))


def _shown(invocation: Invocation, sent: Sent) -> bytes:
    """All that a transaction on values has sent."""
    form = invocation.form
    return form.all(sent) if isinstance(form, Packets) else form(sent)


async def run_whole(invocation: Invocation, fd: int) -> bytes:
    """One transaction, of which all of standard input is an input."""
    meaning = raw_meaning(wanted(invocation.signature, invocation.flags))
    with Background("standard input") as thread:
        content = await intake.whole(intake.blocks(fd, thread), LARGEST_FILE)
    try:
        given = meant(meaning, content)
    except wit.Misfit as misfit:
        raise UsageError(f"standard input: {misfit}") from None
    return await run_once(invocation, {**invocation.flags.values, **given})


# --- lines ------------------------------------------------------------------------------------


async def run_lines(invocation: Invocation, fd: int) -> bool:
    """A transaction for each line. Says whether all went well; of the others it has been told."""
    lines = _Transactions(invocation)
    with Background("standard input") as thread, watch(lines.counts, quiet=invocation.quiet):
        async with outlet() as out:
            lines.out = out
            units = _units(invocation.units, fd, thread)
            jobs = 1 if invocation.signature.streaming else invocation.jobs
            await answer_lines(units, lines.answer, lines.tell, out, jobs=jobs)
    return lines.fine


class _Transactions:
    """One for each line."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        needed = wanted(invocation.signature, invocation.flags)
        as_json = invocation.units is Units.JSON
        self._blank_is_none = as_json
        self._meaning = json_meaning(needed) if as_json else raw_meaning(needed)
        self._required = [p.name for p in invocation.signature.inputs if not p.optional]
        self._streaming = invocation.signature.streaming
        #: What outputs that are streams are put into.
        self.out: Outlet
        self.counts = Counts()
        self.fine = True

    async def answer(self, number: int, line: bytes | None) -> bytes:
        self.counts.taken += 1
        if self._blank_is_none and _blank(line):
            return b""
        invocation = self._invocation
        try:
            given = meant(self._meaning, line)
        except wit.Misfit as misfit:
            raise UsageError(str(misfit)) from None
        inputs = {**invocation.flags.values, **given}
        if any(name not in inputs for name in self._required):
            return b"" if self._streaming else _shown(invocation, {})
        circumstances = invocation.circumstances(number)
        name = invocation.signature.name
        if not self._streaming:
            self.counts.sent += 1
            return _shown(invocation, await invocation.host.invoke(name, inputs, circumstances))
        stream = invocation.host.stream(name, inputs, circumstances=circumstances)
        await _put_out(stream, invocation, self.out, self.counts)
        return b""

    def tell(self, number: int, error: WasmflowError) -> None:
        self.fine = False
        self._invocation.tell(number, error)


def _blank(line: bytes | None) -> bool:
    return line is not None and not line.strip()


def _units(units: Units, fd: int, thread: Background) -> AsyncIterator[Lines]:
    blocks = intake.blocks(fd, thread)
    if units is Units.CHUNKS:
        return intake.numbered(intake.characters(blocks))
    if units is Units.WHOLE:
        return _only(blocks)
    return intake.lines(blocks, LARGEST_FILE)


async def _only(blocks: AsyncIterator[bytes]) -> AsyncIterator[Lines]:
    yield Lines(1, [await intake.whole(blocks, LARGEST_FILE)])


# --- streams ----------------------------------------------------------------------------------


async def run_stream(invocation: Invocation, fd: int | None) -> None:
    """One transaction on streams, fed from standard input if that is to be read.

    Raises `TransactionFailed` when it has ended and all that it sent has been written.
    """
    host, signature, flags = invocation.host, invocation.signature, invocation.flags
    circumstances = invocation.circumstances(None)
    counts = Counts()
    with Background("standard input") as thread:
        async with outlet() as out:
            if fd is None:
                stream = host.stream(signature.name, flags.values, circumstances=circumstances)
            else:
                elements = _elements(invocation)
                feed = _feed(_units(invocation.units, fd, thread), elements, invocation, counts)
                feeds = {elements.ports: feed}
                stream = host.stream(signature.name, elements.inputs, feeds, circumstances)
            with watch(counts, stream.statistics, quiet=invocation.quiet):
                await _put_out(stream, invocation, out, counts)


def _elements(invocation: Invocation) -> Elements:
    signature, flags = invocation.signature, invocation.flags
    needed = wanted(signature, flags)
    meaning: Meaning = (json_meaning if invocation.units is Units.JSON else raw_meaning)(needed)
    return Elements(signature, needed, flags, meaning)


_WHERE = {Units.JSON: "line {}", Units.LINES: "line {}", Units.CHUNKS: "chunk {}"}


async def _feed(
    units: AsyncIterator[Lines], elements: Elements, invocation: Invocation, counts: Counts
) -> AsyncIterator[list[Element]]:
    where = _WHERE.get(invocation.units, "standard input")
    skip_blank = invocation.units is Units.JSON
    async for number, lines in units:
        counts.taken += len(lines)
        yield [
            elements(where.format(at), line)
            for at, line in enumerate(lines, number)
            if not (skip_blank and _blank(line))
        ]


async def _put_out(stream: Stream, invocation: Invocation, out: Outlet, counts: Counts) -> None:
    """Put out what a stream sends until it ends. Raises `TransactionFailed` then."""
    failures: list[Failure] = []
    form = invocation.form
    sent_together = stream.packets() if isinstance(form, Packets) else aiter(stream)
    async with stream:
        try:
            async for sent in sent_together:
                counts.sent += 1
                try:
                    out.put(form(sent))
                except TransactionFailed as failed:
                    failures[MOST_TOLD:] = [failed.failure]
                await out.room()
            await stream.check()
        except TransactionFailed as failed:
            failures += (failed.failure, *failed.also)
    if isinstance(form, Packets):
        failures += form.failures
        form.failures.clear()
    if failures:
        raise TransactionFailed(failures[0], tuple(failures[1:MOST_TOLD]))
