"""How `invoke` runs a component: once, once for each line of standard input, or on a stream of them.

Puts together what reads (`intake`, `lines`), what runs (`wasmflow.host`) and what writes (`printing`,
`outlet`). Knows no options; `commands.invoke` makes an `Invocation` of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from wasmflow.cli import intake
from wasmflow.cli.answers import Answer, answer_lines
from wasmflow.cli.background import Background
from wasmflow.cli.lines import WORDS, wanted
from wasmflow.cli.outlet import Outlet, outlet
from wasmflow.cli.output import put_bytes
from wasmflow.cli.ports import LARGEST_FILE, Flags
from wasmflow.cli.printing import Form, Packets
from wasmflow.cli.watch import Counts, watch
from wasmflow.codec import cutting
from wasmflow.codec.cutting import Lines
from wasmflow.codec.failures import Places, Tell, Telling, Where
from wasmflow.codec.lines import Elements, Meaning, json_meaning, meant, raw_meaning
from wasmflow.codec.outputs import Sent
from wasmflow.component import Signature, TransactionFailed
from wasmflow.engine.intake import Element
from wasmflow.errors import UsageError, WasmflowError
from wasmflow.host.host import Circumstances, Host
from wasmflow.host.stream import END, Stream
from wasmflow.packet import EMPTY, Failure, Kind
from wasmflow.types import model as wit


class Units(Enum):
    """What of standard input is taken together."""

    JSON = "json"
    LINES = "lines"
    CHUNKS = "chunks"
    WHOLE = "whole"

    @property
    def noun(self) -> str:
        """What each is called."""
        return "chunk" if self is Units.CHUNKS else "line"

    def where(self, number: int) -> Where | None:
        """That of this number; ``None`` if there is only one."""
        return None if self is Units.WHOLE else Where(self.noun, number)


@dataclass(frozen=True, slots=True)
class Invocation:
    """A component, and what all its transactions have in common."""

    host: Host
    signature: Signature
    flags: Flags
    form: Form
    #: Of the transaction for a line; ``None`` if it is for none.
    circumstances: Callable[[int | None], Circumstances]
    #: Tells of what failed, and where in standard input if that is known.
    tell: Tell
    units: Units
    jobs: int
    quiet: bool


async def run_once(invocation: Invocation, inputs: Mapping[str, Any]) -> bytes:
    """One transaction on values. Raises `TransactionFailed`."""
    answer = await _answered(invocation, inputs, invocation.circumstances(None))
    if answer.error is not None:
        put_bytes(answer.shown)
        raise answer.error
    return answer.shown


async def _answered(
    invocation: Invocation, inputs: Mapping[str, Any], circumstances: Circumstances
) -> Answer:
    """What a transaction on values comes to. Raises `TransactionFailed` if it shows nothing."""
    form = invocation.form
    try:
        sent = await invocation.host.invoke(invocation.signature.name, inputs, circumstances)
        return _shown(form, sent)
    except TransactionFailed as failed:
        if not isinstance(form, Packets):
            raise
        return Answer(form.failed(failed.failure), failed)


def _shown(form: Form, sent: Sent) -> Answer:
    if not isinstance(form, Packets):
        return Answer(form(sent))
    shown = form.all(sent)
    failures = tuple(form.unprintable)
    form.unprintable.clear()
    return Answer(shown, TransactionFailed(failures[0], failures[1:]) if failures else None)


async def run_whole(invocation: Invocation, fd: int) -> bytes:
    """One transaction, of which all of standard input is an input."""
    meaning = raw_meaning(wanted(invocation.signature, invocation.flags))
    with Background("standard input") as thread:
        content = await intake.whole(intake.blocks(fd, thread), LARGEST_FILE)
    try:
        given = meant(meaning, content, WORDS)
    except wit.Misfit as misfit:
        raise UsageError(f"standard input: {misfit}") from None
    return await run_once(invocation, {**invocation.flags.values, **given})


# --- lines ------------------------------------------------------------------------------------


async def run_lines(invocation: Invocation, fd: int) -> bool:
    """A transaction for each line. Says whether all went well; of the others it has been told."""
    lines = _Transactions(invocation)
    with Background("standard input") as thread, watch(lines.counts, fd, quiet=invocation.quiet):
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

    async def answer(self, number: int, line: bytes | None) -> Answer:
        self.counts.taken += 1
        if self._blank_is_none and _blank(line):
            return Answer()
        invocation = self._invocation
        try:
            given = meant(self._meaning, line, WORDS)
        except wit.Misfit as misfit:
            raise UsageError(str(misfit)) from None
        inputs = {**invocation.flags.values, **given}
        if any(name not in inputs for name in self._required):
            return Answer() if self._streaming else _shown(invocation.form, {})
        circumstances = invocation.circumstances(number)
        if not self._streaming:
            self.counts.sent += 1
            return await _answered(invocation, inputs, circumstances)
        await self._streamed(number, inputs, circumstances)
        return Answer()

    async def _streamed(
        self, number: int, inputs: Mapping[str, Any], circumstances: Circumstances
    ) -> None:
        invocation = self._invocation
        name = invocation.signature.name
        stream = invocation.host.stream(name, inputs, circumstances=circumstances)
        telling = Telling(invocation.tell, invocation.units.where(number))
        await put_out(stream, invocation.form, self.out, self.counts, telling, {})
        self.fine = self.fine and telling.fine

    def tell(self, number: int, error: WasmflowError) -> None:
        self.fine = False
        self._invocation.tell(self._invocation.units.where(number), error)


def _blank(line: bytes | None) -> bool:
    return line is not None and not line.strip()


def _units(units: Units, fd: int, thread: Background) -> AsyncIterator[Lines]:
    blocks = intake.blocks(fd, thread)
    if units is Units.CHUNKS:
        return cutting.numbered(cutting.characters(blocks))
    if units is Units.WHOLE:
        return _only(blocks)
    return cutting.lines(blocks, LARGEST_FILE)


async def _only(blocks: AsyncIterator[bytes]) -> AsyncIterator[Lines]:
    yield Lines(1, [await intake.whole(blocks, LARGEST_FILE)])


# --- streams ----------------------------------------------------------------------------------

#: Output port to where its packets belong to, of those where that is known.
Known: TypeAlias = Mapping[str, Places]


async def run_stream(invocation: Invocation, fd: int | None) -> bool:
    """One transaction on streams, fed from standard input if that is to be read.

    Says whether all went well; of what failed it has been told.
    """
    telling = Telling(invocation.tell)
    counts = Counts()
    with Background("standard input") as thread:
        async with outlet() as out:
            stream, known = _stream(invocation, fd, thread, counts)
            with watch(counts, fd, stream.statistics, quiet=invocation.quiet):
                await put_out(stream, invocation.form, out, counts, telling, known)
    return telling.fine


def _stream(
    invocation: Invocation, fd: int | None, thread: Background, counts: Counts
) -> tuple[Stream, Known]:
    host, signature, flags = invocation.host, invocation.signature, invocation.flags
    circumstances = invocation.circumstances(None)
    if fd is None:
        return host.stream(signature.name, flags.values, circumstances=circumstances), {}
    elements = _elements(invocation)
    known = _known(signature, elements, invocation.units)
    units = _units(invocation.units, fd, thread)
    feed = _feed(units, elements, invocation.units, counts, set(known.values()))
    feeds = {elements.ports: feed}
    return host.stream(signature.name, elements.inputs, feeds, circumstances), known


def _elements(invocation: Invocation) -> Elements:
    signature, flags = invocation.signature, invocation.flags
    needed = wanted(signature, flags)
    meaning: Meaning = (json_meaning if invocation.units is Units.JSON else raw_meaning)(needed)
    return Elements(signature, needed, flags.values, meaning)


def _known(signature: Signature, elements: Elements, units: Units) -> Known:
    """Of the outputs that are in step with what is fed."""
    if units is Units.WHOLE:
        return {}
    fed = {port.step for port in signature.inputs if port.name in elements.ports}
    places = {step: Places(units.noun) for step in fed}
    return {port.name: places[port.step] for port in signature.outputs if port.step in fed}


async def _feed(
    lines: AsyncIterator[Lines],
    elements: Elements,
    units: Units,
    counts: Counts,
    places: Collection[Places],
) -> AsyncIterator[list[Element]]:
    async for number, some in lines:
        counts.taken += len(some)
        given = list(enumerate(some, number))
        if units is Units.JSON:
            given = [(at, line) for at, line in given if not _blank(line)]
        for each in places:
            each.give(at for at, _ in given)
        yield [elements(units.where(at), line) for at, line in given]


async def put_out(
    stream: Stream, form: Form, out: Outlet, counts: Counts, telling: Telling, known: Known
) -> None:
    """Put out what a stream sends until it ends, and tell of what fails."""
    async with stream:
        async for packets in stream.packets():
            name, slot = next(iter(packets.items()))
            places = None if slot is END else known.get(name)
            if places is not None:
                places.taken += 1
            shown, failures = _shown_packets(form, packets)
            if shown:
                counts.sent += 1
                out.put(shown)
            for failure in failures:
                telling.failure(failure, places.where() if places else None)
            await out.room()
        try:
            await stream.check()
        except TransactionFailed as failed:
            telling.transaction(failed)


def _shown_packets(form: Form, packets: Mapping[str, Any]) -> tuple[bytes, list[Failure]]:
    """What is shown of packets that came together, and the failures among them."""
    failures = [slot for slot in packets.values() if isinstance(slot, Failure)]
    if isinstance(form, Packets):
        shown = form(packets)
        failures += form.unprintable
        form.unprintable.clear()
        return shown, failures
    sent = {name: slot for name, slot in packets.items() if not _says_nothing(slot)}
    try:
        return form(sent) if sent else b"", failures
    except TransactionFailed as failed:
        return b"", [*failures, failed.failure]
    except UsageError as error:  # what is no text is found out by looking at it
        return b"", [*failures, Failure(Kind.ERROR, str(error))]


def _says_nothing(slot: Any) -> bool:
    return slot is EMPTY or slot is END or isinstance(slot, Failure)
