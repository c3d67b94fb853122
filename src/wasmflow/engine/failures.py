"""Where failures go. Pure: nothing here waits, and nothing knows how a component is run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from wasmflow.component import Outcome
from wasmflow.packet import EMPTY, Empty, Failure, Kind, Slot


def timed_out(message: str) -> Failure:
    """The end of a transaction that has had its time."""
    return Failure(Kind.ERROR, message, limit="transaction_seconds")


def interrupted(origin: str) -> Failure:
    """What an instance comes to that the end of its transaction interrupts."""
    return replace(timed_out("was still running when the transaction ended"), origin=origin)


def failures_in(outcome: Outcome) -> list[Failure]:
    """The failures that an outcome carries, in the order of the ports, each once."""
    slots = (outcome,) if isinstance(outcome, Failure) else outcome
    return distinct(slot for slot in slots if isinstance(slot, Failure))


def distinct(failures: Iterable[Failure]) -> list[Failure]:
    """Each failure once, in the order of their first. Payloads need not be hashable."""
    seen: list[Failure] = []
    for failure in failures:
        if failure not in seen:
            seen.append(failure)
    return seen


def in_order(failures: Iterable[Failure]) -> list[Failure]:
    """Failures sorted by where they happened, each once: an order that no timing can change."""
    alike = groupby(sorted(failures, key=_sort_key), key=_sort_key)
    return [each for _, group in alike for each in distinct(group)]


def _sort_key(failure: Failure) -> tuple[str, ...]:
    try:
        payload = repr(failure.payload)
    except RecursionError:  # a guest can nest one as deeply as it likes
        payload = ""
    return (failure.origin, failure.kind.value, failure.message, failure.diagnosis, payload)


def located(outcome: Outcome, path: tuple[str, ...]) -> Outcome:
    """What a call of the instance at `path` came to, with its failures saying where they happened.

    Their origins are that instance or something within it: where a component names a place that only
    it knows, it is taken as inside. So a failure is known to be of a call by its origin.
    """
    if isinstance(outcome, Failure):
        return placed(outcome, path)
    return tuple([placed(slot, path) if isinstance(slot, Failure) else slot for slot in outcome])


def placed(failure: Failure, path: tuple[str, ...]) -> Failure:
    """A failure of the instance at `path`, or of something within it, saying so."""
    if is_within(failure, path):
        return failure
    inside = (failure.origin,) if failure.origin else ()
    return replace(failure, origin="/".join((*path, *inside)))


def is_within(failure: Failure, path: tuple[str, ...]) -> bool:
    """Whether a failure happened in the instance at `path`, or deeper inside it."""
    return f"{failure.origin}/".startswith("".join(f"{name}/" for name in path))


def as_value(failure: Failure) -> dict[str, object]:
    """A failure as the value that `<error>` sends; its type is `component.ERROR_PORT`."""
    return {
        "kind": failure.kind.value,
        "message": failure.message,
        "origin": failure.origin,
        "payload": None if failure.payload is EMPTY else failure.payload,
    }


class Delivery(NamedTuple):
    """What a call that failed leaves on each port of its instance."""

    outputs: tuple[Slot, ...]
    #: What `<error>` sends.
    error: dict[str, object] | Empty
    #: The failures that have nowhere to go.
    unhandled: list[Failure]


def deliver(outcome: Outcome, read: Sequence[bool], *, error_port: bool) -> Delivery:
    """Send an outcome to the outputs, or its failures to `<error>` if that is connected.

    `read` says of each output whether anything reads it. A value port carries one packet: of several
    failures `<error>` takes the first, in the order of the signature.
    """
    outputs = (outcome,) * len(read) if isinstance(outcome, Failure) else outcome
    failures = failures_in(outcome)
    if error_port and failures:
        kept = tuple([EMPTY if isinstance(slot, Failure) else slot for slot in outputs])
        return Delivery(kept, as_value(failures[0]), [])
    carried = [slot for slot, reader in zip(outputs, read, strict=True) if reader]
    return Delivery(outputs, EMPTY, [failure for failure in failures if failure not in carried])
