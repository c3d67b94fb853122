"""What a soak came to: what was wrong, and a table of what happened."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.processes import Use
from bench.soak.clients import LOST
from bench.soak.ledger import RELOADING, Ledger
from bench.soak.service import Log, Service
from bench.soak.watch import Watched, growth, judged, late

#: Events at levels that nobody expects of a service, but that killing workers leads to.
_EXPECTED: Final = frozenset(("worker_died", "crash_loop", "log_lines_dropped"))
#: Those that may follow a worker's death while a service is loaded anew.
_OF_RELOADS: Final = frozenset(("worker_failed", "reload_failed"))
_QUIET: Final = frozenset(("debug", "info"))
_MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Soak:
    """All that is known of a soak."""

    service: Service
    ledger: Ledger
    watched: Watched
    #: When nothing was killed, from and to.
    calm: tuple[float, float]
    #: Connections that clients had at most.
    clients: int
    #: Seconds from being told to stop to the end, and the exit code.
    ending: float
    code: int
    #: Processes of the service that are still there.
    left: int


def faults(soak: Soak) -> list[str]:
    """All that was wrong."""
    return [*soak.ledger.faults, *_of_log(soak), *_of_end(soak), *_of_processes(soak)]


def _of_processes(soak: Soak) -> Iterator[str]:
    return judged(soak.service, soak.watched, soak.calm, soak.clients)


def _of_log(soak: Soak) -> Iterator[str]:
    ledger, log = soak.ledger, soak.service.log
    for when, record in log.records:
        if record.get("level") not in _QUIET and not _is_expected(when, record, ledger):
            yield f"the log says: {record}"
    died = {record["pid"] for _, record in log.events("worker_died")}
    for pid in died - ledger.killed.keys():
        yield f"worker {pid} died, and nobody has killed it"
    for pid, when in ledger.killed.items():
        if pid not in died and not _while_reloading(when, ledger):
            yield f"the log tells nothing of the death of worker {pid}"
    asked, answered = ledger.counts["asked"], ledger.counts["answered"]
    if log.told > asked:
        yield f"{log.told:,} requests were answered, though {asked:,} were sent"
    missing = answered - log.told - _dropped(log)
    # What a killed worker had answered and not yet written.
    if missing > soak.clients * len(ledger.killed):
        yield f"{missing:,} answers are in no line of the log"


def _is_expected(when: float, record: dict[str, Any], ledger: Ledger) -> bool:
    event = record.get("event")
    return event in _EXPECTED or (event in _OF_RELOADS and _after_death(when, ledger))


def _after_death(when: float, ledger: Ledger) -> bool:
    return any(0 <= when - death < RELOADING for death in ledger.killed.values())


def _while_reloading(when: float, ledger: Ledger) -> bool:
    return any(0 <= when - reload < RELOADING for reload in ledger.reloads)


def _dropped(log: Log) -> int:
    return sum(int(record["count"]) for _, record in log.events("log_lines_dropped"))


def _of_end(soak: Soak) -> Iterator[str]:
    if soak.code != 0:
        yield f"the service ended with exit code {soak.code}"
    if soak.left:
        yield f"{soak.left} processes are left of the service"


# --- the table --------------------------------------------------------------------------------


def table(soak: Soak, found: Sequence[str]) -> list[str]:
    """Lines of Markdown."""
    rows = [*_rows(soak), ("wrong", f"{max(len(found), soak.ledger.counts['faults']):,}")]
    return ["| | |", "|---|--:|", *(f"| {name} | {value} |" for name, value in rows)]


def _rows(soak: Soak) -> Iterator[tuple[str, str]]:
    ledger, log, watched = soak.ledger, soak.service.log, soak.watched
    counts = ledger.counts
    seconds = (ledger.stopping or ledger.began) - ledger.began
    yield "answers to honest clients, all right", f"{counts['answered']:,}"
    yield "per second", f"{counts['answered'] / seconds:,.0f}"
    yield LOST, f"{counts[LOST]:,}"
    yield "streams", f"{counts['streams begun']:,}, with {counts['elements']:,} elements"
    yield "rude clients", f"{sum(n for k, n in counts.items() if k.startswith('rude: ')):,}"
    yield "workers killed", f"{len(ledger.killed):,}"
    yield "reloads", f"{len(ledger.reloads):,}"
    if back := list(replaced_after(log)):
        yield (
            "from a death to the next worker, median, longest",
            f"{statistics.median(back):.1f} s, {max(back):.1f} s",
        )
    yield "stopped under load in", f"{soak.ending:.1f} s"
    yield "lines of the log", f"{sum(log.outcomes.values()):,}, {_dropped(log):,} dropped"
    yield "supervisor, in the calm", _memory(watched.supervisor.between(*soak.calm))
    second = late(watched, soak.calm)
    for number, life in enumerate(watched.workers.values()):
        uses = life.between(*soak.calm)
        if len(uses) > 1:
            more = growth(life.between(second.since, second.until)) / _MEGABYTE
            yield (
                f"worker {number}, in the calm",
                f"{_memory(uses)}, {more:+,.1f} MiB in the second half",
            )
    yield "requests in the second half of the calm", f"{second.requests:,}"
    yield "threads of a worker at most", f"{max(use.threads for use in _uses(watched))}"
    yield "descriptors of a worker at most", f"{max(use.descriptors for use in _uses(watched))}"


def _uses(watched: Watched) -> Iterator[Use]:
    for life in watched.workers.values():
        for _, use in life.uses:
            yield use


def _memory(uses: Sequence[Use]) -> str:
    last = uses[-1].resident / _MEGABYTE
    return f"{last:,.0f} MiB, {growth(uses) / _MEGABYTE:+,.1f} MiB over {len(uses):,} s"


def replaced_after(log: Log) -> Iterator[float]:
    """Seconds from each death to the time when another worker took work in its place."""
    died: dict[int, float] = {}
    for when, record in log.records:
        if record.get("event") == "worker_died":
            died.setdefault(record["number"], when)
        elif record.get("event") == "worker_replaced":
            if record["number"] in died:
                yield when - died.pop(record["number"])
        elif record.get("event") in ("serving", "reloaded"):
            died.clear()  # a reload has replaced them all
