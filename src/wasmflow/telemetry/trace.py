"""The context of a trace as it travels between programs. Pure: it reads and writes two headers.

Source: https://www.w3.org/TR/trace-context-2/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import getrandbits
from typing import Final, NamedTuple

_PARENT: Final = re.compile(
    r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?"
).fullmatch
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16
_SAMPLED: Final = 1
#: Says of the trace's number that at least its last seven bytes were drawn by chance.
_RANDOM: Final = 2

_KEY: Final = r"[a-z0-9][a-z0-9_*/@-]{0,255}"
#: A value has spaces inside, but not at its end.
_VALUE: Final = r"[ -+\--<>-~]{0,255}[!-+\--<>-~]"
_MEMBER: Final = re.compile(f"({_KEY})=({_VALUE})")
#: Members of a ``tracestate``, and characters that are handed on of it: the least that is asked of anybody.
_MOST_MEMBERS: Final = 32
_LONGEST: Final = 512
#: Characters of a member that has to go before others when there are too many.
_LARGE: Final = 128
#: Characters that are looked at. No caller who keeps to the standard sends as many.
_LONGEST_READ: Final = 1 << 14


class TraceContext(NamedTuple):
    """One span of a trace."""

    #: 32 hexadecimal digits.
    trace: str
    #: 16 hexadecimal digits.
    span: str
    sampled: bool = False
    #: What other tracing systems have said, as a ``tracestate``; empty for nothing.
    state: str = ""
    #: Whether the trace's number was drawn by chance.
    random: bool = False

    def child(self) -> TraceContext:
        """A span below it."""
        trace, _, sampled, state, random = self
        return TraceContext(trace, _drawn_span(), sampled, state, random)

    def __str__(self) -> str:
        """As a ``traceparent``."""
        trace, span, sampled, _, random = self
        return f"00-{trace}-{span}-0{sampled * _SAMPLED | random * _RANDOM}"

    def headers(self) -> list[tuple[str, str]]:
        """What a request to somebody else carries, so that it belongs to this span."""
        state = [("tracestate", self.state)] if self.state else []
        return [("traceparent", str(self)), *state]


def new_trace() -> TraceContext:
    """The first span of a trace of its own."""
    return TraceContext(f"{getrandbits(128) or 1:032x}", _drawn_span(), False, "", True)


def _drawn_span() -> str:
    return f"{getrandbits(64) or 1:016x}"


def parse_traceparent(text: str, state: str = "") -> TraceContext | None:
    """The span that a caller names; ``None`` for what is none, with which no request fails.

    `state` is the ``tracestate`` that came with it; several such headers are joined with commas. What
    follows the flags is read in versions to come only: in version 00 nothing does.
    """
    found = _PARENT(text.strip(" \t"))
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == "ff" or trace == _NO_TRACE or span == _NO_SPAN or (more and version == "00"):
        return None
    bits = int(flags, 16)
    state = parse_tracestate(state) if state else ""
    return TraceContext(trace, span, bool(bits & _SAMPLED), state, bool(bits & _RANDOM))


def parse_tracestate(text: str) -> str:
    """A ``tracestate`` as it is handed on; empty for one that is malformed, and fails nothing.

    Of one that is too long, large members are left out first, then the last, which are the oldest.
    """
    if len(text) > _LONGEST_READ:
        return ""
    members: dict[str, str] = {}
    for part in text.split(","):
        written = part.strip(" \t")
        if not written:
            continue
        found = _MEMBER.fullmatch(written)
        if found is None or found[1] in members:
            return ""
        members[found[1]] = written
    return "" if len(members) > _MOST_MEMBERS else ",".join(_shortened([*members.values()]))


def _shortened(members: Sequence[str]) -> Sequence[str]:
    if _length(members) <= _LONGEST:
        return members
    short = [each for each in members if len(each) <= _LARGE]
    while _length(short) > _LONGEST:
        short.pop()
    return short


def _length(members: Sequence[str]) -> int:
    return sum(len(each) + 1 for each in members) - 1
