"""When a cron expression is due, in a time zone. Pure: from one moment to the next.

What the fields mean is the library's matter (`cronsim`), which is asked for times as a clock on a
wall shows them. What these are where that clock is put forward or back is decided here:

- An expression with a ``*`` in front of its minutes or hours says how often. It goes by the time that
  passes: what the clock shows twice it does twice, and what the clock leaves out it leaves out.
- Any other says at what times of the day. Each is due once: the first time that the clock shows it,
  and where the clock leaves it out, as soon as that has been put forward.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from cronsim.cronsim import FIELD_NAMES

#: Nowhere is a clock changed twice in so short a time.
_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)
#: The library looks fifty years ahead; no zone has changed its clock more often than this in so long.
_MOST_CHANGES: Final = 500
#: Expressions are tried from here on.
_START: Final = datetime(2000, 1, 1)

#: What other programs take in place of five fields.
_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * SUN",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_FIELDS: Final = {
    "second": "0 to 59",
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, L for the last, or LW for the last working day",
    "month": "1 to 12, or JAN to DEC",
    "day-of-week": "0 to 7 (0 and 7 are Sunday) or SUN to SAT; FRI#2 is the second Friday of a month, "
    "5L the last",
}


class BadCron(ValueError):
    """A text is no cron expression."""

    def __init__(self, message: str, hint: str = "", offset: int = 0) -> None:
        super().__init__(message)
        self.hint = hint
        #: Where in the text what is wrong begins.
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression in a time zone. `parse` makes one."""

    text: str
    zone: ZoneInfo

    @property
    def often(self) -> bool:
        """Whether it says how often rather than at what times of the day."""
        minutes, hours = self.text.split()[-5:-3]
        return minutes.startswith("*") or hours.startswith("*")

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment that it is due; ``None`` if that is in no fifty years."""
        due = self._as_time_passes(moment) if self.often else self._once_each(moment)
        return due.astimezone(self.zone) if due else None

    def _once_each(self, moment: datetime) -> datetime | None:
        for named in self._named(self._clock(moment)):
            due = self._first(named)
            if due > moment:
                return due
        return None

    def _first(self, shown: datetime) -> datetime:
        """When the clock shows this first; if it never does, when it has been put past it."""
        due = _instant(shown, self.zone)
        if self._clock(due) == shown:
            return due
        shown = shown.replace(second=0)
        while self._clock(_instant(shown, self.zone)) != shown:
            shown += _MINUTE
        return _instant(shown, self.zone)

    def _as_time_passes(self, moment: datetime) -> datetime | None:
        """As long as the clock is not changed it shows all times in their order."""
        start, offset, shown = moment.astimezone(UTC), self._offset(moment), self._clock(moment)
        for _ in range(_MOST_CHANGES):
            named = next(self._named(shown), None)
            if named is None:
                break
            due = named.replace(tzinfo=UTC) - offset
            change = self._change(start, due)
            if change is None:
                return due
            start, offset, shown = change, self._offset(change), self._clock(change) - _SECOND
        return None

    def _change(self, start: datetime, end: datetime) -> datetime | None:
        """When the clock is changed first, after the start and until the end; ``None`` if it is not."""
        offset = self._offset(start)
        while start < end:
            later = min(start + _DAY, end)
            if self._offset(later) != offset:
                return self._narrowed(start, later)
            start = later
        return None

    def _narrowed(self, start: datetime, end: datetime) -> datetime:
        offset = self._offset(start)
        while end - start > timedelta(seconds=1):
            middle = start + (end - start) / 2
            if self._offset(middle) == offset:
                start = middle
            else:
                end = middle
        return end.replace(microsecond=0)  # clocks are changed at whole seconds

    def _offset(self, moment: datetime) -> timedelta:
        return moment.astimezone(self.zone).utcoffset() or timedelta()

    def _clock(self, moment: datetime) -> datetime:
        """What the clock shows."""
        return moment.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def _named(self, after: datetime) -> Iterator[datetime]:
        """The times that it names, after what the clock shows."""
        return CronSim(self.text, after)


def _instant(shown: datetime, zone: ZoneInfo) -> datetime:
    return shown.replace(tzinfo=zone, fold=0).astimezone(UTC)


def parse(text: str, zone: ZoneInfo) -> Cron:
    """The expression that a text spells. Raises `BadCron`, also for one that is never due."""
    if meant := _NICKNAMES.get(text.strip().lower()):
        raise BadCron(f"'{text}' is no cron expression", f"write '{meant}'")
    fields = list(re.finditer(r"\S+", text))
    if len(fields) not in (5, 6):
        raise BadCron(
            f"it has {len(fields)} {'field' if len(fields) == 1 else 'fields'}, not 5 or 6",
            "minute, hour, day of the month, month, day of the week; seconds may stand in front",
        )
    for name, field in zip(FIELD_NAMES[-len(fields) :], fields, strict=True):
        if not _is_field(name, field[0]):
            words = name.replace("-of-", " of the ")
            raise BadCron(f"'{field[0]}' is no {words}", f"write {_FIELDS[name]}", field.start())
    if not _is_ever_due(text):
        raise BadCron("it is never due", "none of the months that it names has such a day")
    return Cron(text, zone)


def _is_field(name: str, field: str) -> bool:
    """Whether the library takes it for that field, whatever the others are."""
    fields = ["*"] * len(FIELD_NAMES)
    fields[FIELD_NAMES.index(name)] = field
    try:
        CronSim(" ".join(fields), _START)
    except (CronSimError, ValueError, AssertionError):
        return False
    return True


def _is_ever_due(text: str) -> bool:
    try:
        return next(CronSim(text, _START), None) is not None
    except CronSimError:
        return False
