"""When cron expressions are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasmflow.triggers.cron import BadCron, Cron, parse

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Pacific/Apia",
)


def times(text: str, start: str, zone: str = "Europe/Berlin", many: int = 3) -> list[str]:
    cron = parse(text, ZoneInfo(zone))
    moment = datetime.fromisoformat(start).replace(tzinfo=cron.zone)
    found = []
    for _ in range(many):
        due = cron.after(moment)
        assert due is not None
        moment = due
        found.append(due.isoformat())
    return found


def bad(text: str) -> BadCron:
    with pytest.raises(BadCron) as raised:
        parse(text, ZoneInfo("UTC"))
    return raised.value


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", "2026-01-31T12:01:00+00:00"),
        ("*/20 * * * * *", "2026-01-31T12:00:20+00:00"),
        ("30 0 2 * * MON-FRI", "2026-02-02T02:00:30+00:00"),
        ("0 0 L * *", "2026-02-28T00:00:00+00:00"),
        ("0 0 * * FRI#2", "2026-02-13T00:00:00+00:00"),
        ("0 0 29 feb *", "2028-02-29T00:00:00+00:00"),
        ("0 12 31 1 *", "2027-01-31T12:00:00+00:00"),
    ],
)
def test_it_is_due_next_after_a_moment(text: str, due: str) -> None:
    assert times(text, "2026-01-31T12:00", "UTC", 1) == [due]


def test_a_time_that_the_clock_shows_twice_is_due_once() -> None:
    assert times("30 2 * * *", "2026-10-24T12:00", many=2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_time_that_the_clock_leaves_out_is_due_as_soon_as_it_was_put_forward() -> None:
    assert times("15,45 2 * * *", "2026-03-28T12:00", many=3) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:15:00+02:00",
        "2026-03-30T02:45:00+02:00",
    ]


def test_seconds_make_no_difference_to_that() -> None:
    assert times("10 30 2 * * *", "2026-10-24T12:00", many=2) == [
        "2026-10-25T02:30:10+02:00",
        "2026-10-26T02:30:10+01:00",
    ]
    assert times("10 30 2 * * *", "2026-03-28T12:00", many=1) == ["2026-03-29T03:00:00+02:00"]


def test_what_is_due_often_goes_by_the_time_that_passes() -> None:
    assert times("*/30 * * * *", "2026-10-25T01:45", many=5) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]
    assert times("*/30 * * * *", "2026-03-29T01:15", many=2) == [
        "2026-03-29T01:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
    ]


def test_clocks_may_be_changed_by_half_an_hour() -> None:
    assert times("*/15 2 * * *", "2026-04-04T12:00", "Australia/Lord_Howe", 1) == [
        "2026-04-05T02:00:00+10:30"
    ]


def test_clocks_may_be_changed_at_midnight() -> None:
    assert times("0 0 * * *", "2026-03-07T12:00", "America/Havana", 1) == [
        "2026-03-08T01:00:00-04:00"
    ]
    assert times("*/30 0 * * *", "2026-03-07T12:00", "America/Havana", 1) == [
        "2026-03-09T00:00:00-04:00"
    ]


def test_a_day_may_be_left_out() -> None:
    assert times("0 12 30 12 *", "2011-12-01T00:00", "Pacific/Apia", 2) == [
        "2011-12-31T00:00:00+14:00",
        "2012-12-30T12:00:00+14:00",
    ]


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "*/20", "59", "10,50"]),
    st.sampled_from(["*", "0", "30", "*/15", "5-10"]),
    st.sampled_from(["*", "0", "1", "2", "*/2", "1-3"]),
    st.sampled_from(["*", "1", "L", "25-31"]),
    st.sampled_from(["*", "3,4,10,11"]),
    st.sampled_from(["*", "SUN", "0#1", "SUN-TUE"]),
).map(" ".join)
MOMENTS = st.datetimes(datetime(2009, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
#: Near the times at which clocks are changed.
CHANGES = st.sampled_from(
    [
        "2026-03-29T00:30",
        "2026-10-25T00:10",
        "2026-04-04T14:40",
        "2026-03-08T04:50",
        "2011-12-30T09:00",
    ]
).flatmap(
    lambda text: st.integers(-7200, 7200).map(
        lambda seconds: (
            datetime.fromisoformat(text).replace(tzinfo=UTC) + timedelta(seconds=seconds)
        )
    )
)


def is_named(cron: Cron, shown: datetime) -> bool:
    """Whether the clock shows a time that the expression names: as the library says of the second before."""
    return next(cron._named(shown - timedelta(seconds=1))) == shown


@given(text=FIELDS, zone=st.sampled_from(ZONES), moment=MOMENTS | CHANGES)
def test_times_come_in_their_order_and_are_named(text: str, zone: str, moment: datetime) -> None:
    cron = parse(text, ZoneInfo(zone))
    before = moment
    for _ in range(5):
        due = cron.after(before)
        assert due is not None
        assert due.astimezone(UTC) > before
        before = due.astimezone(UTC)
        if cron.often:
            assert is_named(cron, due.replace(tzinfo=None))


@given(text=FIELDS, zone=st.sampled_from(ZONES), moment=CHANGES)
def test_no_time_is_left_out_and_none_is_done_twice(text: str, zone: str, moment: datetime) -> None:
    """All of some hours, found by looking at the clock each second."""
    cron = parse(text, ZoneInfo(zone))
    end = moment + timedelta(hours=2)
    found = []
    due = cron.after(moment)
    while due is not None and due.astimezone(UTC) <= end:
        found.append(due.astimezone(UTC))
        due = cron.after(due)
    assert found == (often if cron.often else once)(cron, moment, end)


def clocks(cron: Cron, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Each second after the start and until the end, with what the clock shows."""
    seconds = int((end - start).total_seconds())
    moments = [start.replace(microsecond=0) + timedelta(seconds=at) for at in range(1, seconds + 1)]
    return [(each, each.astimezone(cron.zone).replace(tzinfo=None, fold=0)) for each in moments]


def named(cron: Cron, start: datetime, end: datetime) -> set[datetime]:
    found: set[datetime] = set()
    for each in cron._named(start):
        if each > end:
            return found
        found.add(each)
    return found


def often(cron: Cron, start: datetime, end: datetime) -> list[datetime]:
    shown = clocks(cron, start, end)
    low, high = min(each for _, each in shown), max(each for _, each in shown)
    wanted = named(cron, low - timedelta(seconds=1), high)
    return [moment for moment, each in shown if each in wanted]


def once(cron: Cron, start: datetime, end: datetime) -> list[datetime]:
    """The first moment at which the clock shows each time, or a later one."""
    found = set()
    day = timedelta(days=2)
    shown = clocks(cron, start, end)
    low = min(each for _, each in shown) - day
    before = start.astimezone(cron.zone).replace(tzinfo=None, fold=0)
    reached = max(before, highest(cron, start))
    wanted = sorted(named(cron, low, max(each for _, each in shown)))
    for moment, each in shown:
        if each > reached:
            if any(reached < time <= each for time in wanted):
                found.add(moment)
            reached = each
    return sorted(found)


def highest(cron: Cron, end: datetime) -> datetime:
    """The latest time that the clock has shown in the day before."""
    moments = (end - timedelta(minutes=at) for at in range(0, 1500, 5))
    return max(each.astimezone(cron.zone).replace(tzinfo=None, fold=0) for each in moments)


@pytest.mark.parametrize(
    ("text", "message", "offset"),
    [
        ("61 * * * *", "'61' is no minute", 0),
        ("*  24 * * *", "'24' is no hour", 3),
        ("* * 0 * *", "'0' is no day of the month", 4),
        ("* * * 13 *", "'13' is no month", 6),
        ("* * * * 5L/2", "'5L/2' is no day of the week", 8),
        ("60 * * * * *", "'60' is no second", 0),
        ("* * *", "it has 3 fields, not 5 or 6", 0),
        ("", "it has 0 fields, not 5 or 6", 0),
        ("0 0 30 2 *", "it is never due", 0),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, message: str, offset: int) -> None:
    told = bad(text)
    assert (str(told), told.offset) == (message, offset)


def test_what_may_stand_there_is_told() -> None:
    assert bad("* 24 * * *").hint == "write 0 to 23"
    assert bad("@daily").hint == "write '0 0 * * *'"


@given(st.lists(st.text("0123456789*/,-#LW@ MONJAN²", max_size=6), min_size=5, max_size=6))
def test_any_text_is_an_expression_or_told_not_to_be(fields: list[str]) -> None:
    text = " ".join(fields)
    try:
        cron = parse(text, ZoneInfo("Europe/Berlin"))
    except BadCron as told:
        offset = told.offset
    else:
        offset = 0
        assert cron.after(datetime(2026, 1, 1, tzinfo=UTC)) is not None
    assert 0 <= offset <= len(text)
