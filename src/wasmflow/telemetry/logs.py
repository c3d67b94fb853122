"""Log records and transactions as lines, for people and for machines.

What serves (`wasmflow.service`) sends the records of all loggers through a `LogHandler` and gives its
`Telemetry` a `LogSink`; both write to the same `Lines`. Text from guests and clients is made safe here.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from wasmflow.escaping import printable
from wasmflow.telemetry.lines import Lines
from wasmflow.telemetry.telemetry import Observation, Outcome

#: The name under which lines of transactions stand.
TRANSACTIONS: Final = "wasmflow.transaction"
#: Characters of one text that are shown. A component may fail with a text of megabytes.
_LONGEST: Final = 4096
_USUAL: Final = frozenset((*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"))
_SEVERITIES: Final = {Outcome.ERROR: logging.ERROR, Outcome.BUSY: logging.WARNING}
_STYLES: Final = {logging.WARNING: "\x1b[1;33m", logging.ERROR: "\x1b[1;31m"}
_FAINT: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"

Fields: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How lines look."""

    #: JSON for machines, else text for people.
    json: bool = False
    #: Whether whoever reads text is at a terminal, with a clock of his own.
    terminal: bool = False
    colour: bool = False
    #: The least severe record that is written, as in `logging`.
    level: int = logging.INFO
    #: The number of the worker that writes; ``None`` for their supervisor.
    worker: int | None = None


class Entry(NamedTuple):
    """What a line says. A tuple, since one is made for each transaction."""

    #: Seconds since 1970.
    time: float
    level: int
    logger: str
    event: str
    fields: Fields


def line_of(entry: Entry, form: Form) -> bytes:
    """A line, with its newline."""
    text = _json_line(entry, form) if form.json else _text_line(entry, form).encode()
    return text + b"\n"


# --- JSON -------------------------------------------------------------------------------------


def _json_line(entry: Entry, form: Form) -> bytes:
    said: dict[str, Any] = {
        "time": rfc3339(entry.time),
        "level": _level(entry.level),
        "logger": entry.logger,
        "event": entry.event,
    }
    if form.worker is not None:
        said["worker"] = form.worker
    # What is ours comes first, and cannot be replaced.
    fields = entry.fields
    said |= fields if said.keys().isdisjoint(fields) else {**fields, **said}
    try:
        line = _encode(said)
        # Texts are looked at where they may be long only: this is done for each transaction.
        return line if len(line) <= _LONGEST else _encode(_shortened(said))
    except (TypeError, ValueError, UnicodeError, RecursionError):
        return json.dumps(_shortened(said), default=repr, skipkeys=True).encode()


def _shortened(fields: Fields) -> dict[str, Any]:
    return {name: _short(value) for name, value in fields.items()}


_encode: Final = msgspec.json.Encoder(enc_hook=repr).encode


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value):,} characters)"
    return value


def rfc3339(seconds: float) -> str:
    """A time of UTC to the millisecond, as in 2026-01-31T12:00:00.000Z."""
    whole = int(seconds)
    return f"{_utc(whole)}.{int((seconds - whole) * 1000):03}Z"


@lru_cache(8)
def _utc(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


@lru_cache(8)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))


@lru_cache
def _level(level: int) -> str:
    return logging.getLevelName(level).lower()


# --- text -------------------------------------------------------------------------------------


def _text_line(entry: Entry, form: Form) -> str:
    fields = entry.fields if form.worker is None else {**entry.fields, "worker": form.worker}
    whole = int(entry.time)
    when = (
        f"{_clock(whole)}.{int((entry.time - whole) * 1000):03}"
        if form.terminal
        else rfc3339(entry.time)
    )
    level = f"{_level(entry.level):<7}"
    tail = "".join(f" {_one_line(name)}={_value(value)}" for name, value in fields.items())
    event = _one_line(entry.event)
    if not form.colour:
        return f"{when} {level} {event}{tail}"
    style = _STYLES.get(entry.level, "")
    level = f"{style}{level}{_PLAIN}" if style else level
    return f"{_FAINT}{when}{_PLAIN} {level} {event}{_FAINT}{tail}{_PLAIN}"


#: What needs no quotes, and is safe to show.
_WORD: Final = re.compile(r"[!#-<>-~]+")


def _value(value: Any) -> str:
    text = _short(value if isinstance(value, str) else str(value))
    return text if _WORD.fullmatch(text) else printable(json.dumps(text, ensure_ascii=False))


def _one_line(text: str) -> str:
    return printable(_short(text)).replace("\n", "\\n")


# --- what is logged ---------------------------------------------------------------------------


def entry_of(record: logging.LogRecord) -> Entry:
    """A record of any logger. What its `extra` holds are the fields."""
    fields = {name: value for name, value in vars(record).items() if name not in _USUAL}
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        fields["error"] = "".join(traceback.format_exception_only(error)).strip()
        fields["traceback"] = "".join(traceback.format_exception(error))
    return Entry(record.created, record.levelno, record.name, record.getMessage(), fields)


class LogHandler(logging.Handler):
    """Writes records. Those of other threads too."""

    def __init__(self, lines: Lines, form: Form) -> None:
        super().__init__(form.level)
        self._lines = lines
        self._form = form

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put(line_of(entry_of(record), self._form))
        except Exception:
            self.handleError(record)


class LogSink:
    """Writes a line for each transaction."""

    def __init__(self, lines: Lines, form: Form) -> None:
        self._lines = lines
        self._form = form

    def began(self, observation: Observation) -> Callable[[Any], None] | None:
        return None

    def ended(self, observation: Observation) -> None:
        level = _SEVERITIES.get(observation.outcome, logging.INFO)
        if level >= self._form.level:
            entry = transaction_entry(observation, level, as_text=not self._form.json)
            self._lines.put(line_of(entry, self._form))


def transaction_entry(observation: Observation, level: int, *, as_text: bool) -> Entry:
    """What is said of a transaction; as text, with what people look for first at its beginning."""
    context, about = observation.context, observation.about
    fields = {
        "trace": context.trace,
        "span": context.span,
        "trigger": observation.trigger,
        "component": observation.component,
        "outcome": observation.outcome.value,
        "ms": round(observation.duration * 1000, 3),
        **about,
    }
    if observation.message:
        fields["message"] = observation.message
    event = _headline(observation) if as_text else "transaction"
    if as_text:
        fields = {name: fields[name] for name in fields if name not in _IN_HEADLINE}
    ended = observation.began + observation.duration
    return Entry(ended, level, TRANSACTIONS, event, fields)


_IN_HEADLINE: Final = frozenset(
    ("method", "path", "route", "status", "ms", "outcome", "message", "span")
)


def _headline(observation: Observation) -> str:
    about = observation.about
    if "method" in about:
        words = [about["method"], about.get("path", ""), about.get("status", "")]
        what = " ".join(str(word) for word in words if word != "")
    else:
        what = observation.component
    why = f": {observation.message}" if observation.message else ""
    return f"{what} {observation.duration * 1000:.1f} ms {observation.outcome.value}{why}"


# --- where it goes ----------------------------------------------------------------------------


def open_lines(fd: int, form: Form) -> Lines:
    """Lines of this form to a descriptor, with one that says so where some are missing."""

    def dropped(count: int) -> bytes:
        fields = {"count": count}
        entry = Entry(time.time(), logging.WARNING, __name__, "log_lines_dropped", fields)
        return line_of(entry, form)

    return Lines(fd, dropped)


@contextmanager
def logging_to(lines: Lines, form: Form) -> Iterator[None]:
    """The records of all loggers of this process are written until the block ends."""
    root, ours = logging.getLogger(), logging.getLogger("wasmflow")
    handler = LogHandler(lines, form)
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(form.level)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        ours.setLevel(before)
        root.removeHandler(handler)
