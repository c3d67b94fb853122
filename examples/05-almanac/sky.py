"""Where the sun and the moon are, for any place and day.

Low-precision series for both (Montenbruck and Pfleger, "Astronomy on the Personal Computer"): good to
a minute or two for rising and setting, to a quarter of an hour for phases and seasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from math import asin, atan2, cos, degrees, pi, radians, sin, sqrt
from typing import Literal, TypeAlias, get_args
from urllib.parse import unquote

Phase = Literal[
    "new moon", "waxing crescent", "first quarter", "waxing gibbous",
    "full moon", "waning gibbous", "last quarter", "waning crescent",
]  # fmt: skip
Kind = Literal["moon", "season", "eclipse", "meteors"]
#: An angle at a time, which is told as days since 1970, in UTC.
Height: TypeAlias = Callable[[float], float]


class UnknownPlace(LookupError):
    """The table of places has no such name."""


class NowhereOnEarth(ValueError):
    """A latitude or longitude that there is not."""


class NotADay(ValueError):
    """A text that names no day."""


# --- places -------------------------------------------------------------------------------------


@dataclass
class Place:
    """Somewhere on earth."""

    name: str
    country: str
    latitude: float
    longitude: float
    #: Hours ahead of UTC in winter.
    zone: float
    #: By whose rules clocks go forward in summer.
    summer: Literal["never", "europe", "america", "australia"]


#: Name, country, latitude, longitude, hours ahead of UTC in winter, rules for summer.
PLACES = [
    Place(*row)
    for row in (
        ("Amsterdam", "Netherlands", 52.37, 4.90, 1, "europe"),
        ("Athens", "Greece", 37.98, 23.73, 2, "europe"),
        ("Auckland", "New Zealand", -36.85, 174.76, 12, "australia"),
        ("Bangkok", "Thailand", 13.76, 100.50, 7, "never"),
        ("Berlin", "Germany", 52.52, 13.41, 1, "europe"),
        ("Buenos Aires", "Argentina", -34.60, -58.38, -3, "never"),
        ("Cape Town", "South Africa", -33.92, 18.42, 2, "never"),
        ("Chicago", "United States", 41.88, -87.63, -6, "america"),
        ("Delhi", "India", 28.61, 77.21, 5.5, "never"),
        ("Denver", "United States", 39.74, -104.99, -7, "america"),
        ("Dublin", "Ireland", 53.35, -6.26, 0, "europe"),
        ("Helsinki", "Finland", 60.17, 24.94, 2, "europe"),
        ("Honolulu", "United States", 21.31, -157.86, -10, "never"),
        ("Istanbul", "Turkey", 41.01, 28.98, 3, "never"),
        ("Jakarta", "Indonesia", -6.21, 106.85, 7, "never"),
        ("Lagos", "Nigeria", 6.52, 3.38, 1, "never"),
        ("Lisbon", "Portugal", 38.72, -9.14, 0, "europe"),
        ("London", "United Kingdom", 51.51, -0.13, 0, "europe"),
        ("Los Angeles", "United States", 34.05, -118.24, -8, "america"),
        ("Madrid", "Spain", 40.42, -3.70, 1, "europe"),
        ("Mexico City", "Mexico", 19.43, -99.13, -6, "never"),
        ("Nairobi", "Kenya", -1.29, 36.82, 3, "never"),
        ("New York", "United States", 40.71, -74.01, -5, "america"),
        ("Oslo", "Norway", 59.91, 10.75, 1, "europe"),
        ("Paris", "France", 48.86, 2.35, 1, "europe"),
        ("Quito", "Ecuador", -0.18, -78.47, -5, "never"),
        ("Reykjavik", "Iceland", 64.15, -21.94, 0, "never"),
        ("Rome", "Italy", 41.90, 12.50, 1, "europe"),
        ("Seoul", "South Korea", 37.57, 126.98, 9, "never"),
        ("Singapore", "Singapore", 1.35, 103.82, 8, "never"),
        ("Sydney", "Australia", -33.87, 151.21, 10, "australia"),
        ("Tokyo", "Japan", 35.68, 139.69, 9, "never"),
        ("Toronto", "Canada", 43.65, -79.38, -5, "america"),
        ("Tromsø", "Norway", 69.65, 18.96, 1, "europe"),
        ("Vienna", "Austria", 48.21, 16.37, 1, "europe"),
        ("Zurich", "Switzerland", 47.37, 8.54, 1, "europe"),
    )
]


def places() -> list[Place]:
    """List the places that have a name here."""
    return PLACES


def find(name: str) -> Place:
    """Find a place by its name.

    Args:
        name: as people or addresses write it: Tromsø, tromso, Cape%20Town
    """
    wanted = _plain(unquote(name))
    for place in PLACES:
        if _plain(place.name) == wanted:
            return place
    raise UnknownPlace(f"there is no place called '{name[:40]}' here")


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("ø", "o").split())


def locate(latitude: float, longitude: float) -> Place:
    """Make a place of coordinates, in degrees; its clocks show UTC."""
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise NowhereOnEarth(f"{latitude:g}, {longitude:g} is nowhere on earth")
    name = f"{abs(latitude):g}° {'NS'[latitude < 0]}, {abs(longitude):g}° {'EW'[longitude < 0]}"
    return Place(name, "", latitude, longitude, 0, "never")


def _clock(place: Place, day: date) -> timezone:
    """What its clocks show at noon of a day."""
    return timezone(timedelta(hours=place.zone + _is_summer(place.summer, day)))


def _is_summer(rules: str, day: date) -> bool:
    if rules == "europe":
        return _sunday(day.year, 3, -1) <= day < _sunday(day.year, 10, -1)
    if rules == "america":
        return _sunday(day.year, 3, 2) <= day < _sunday(day.year, 11, 1)
    if rules == "australia":
        return not _sunday(day.year, 4, 1) <= day < _sunday(day.year, 10, 1)
    return False


def _sunday(year: int, month: int, number: int) -> date:
    """The first, second or last (-1) Sunday of a month."""
    first = date(year, month, 1)
    sunday = first + timedelta(days=6 - first.weekday())
    if number > 0:
        return sunday + timedelta(weeks=number - 1)
    last = sunday + timedelta(weeks=4)
    return last if last.month == month else last - timedelta(weeks=1)


# --- positions ----------------------------------------------------------------------------------

#: Days from the start of 1970, in UTC, to noon of 1 January 2000, from which the series count.
_J2000 = 10957.5
#: By how many days the time of the series is ahead of UTC: 69 seconds.
_AHEAD = 69 / 86_400
_TILT = radians(23.43929)
_ARC = 3600 * 180 / pi


def _centuries(days: float) -> float:
    return (days + _AHEAD - _J2000) / 36_525


def _sun_longitude(days: float) -> float:
    """Radians along the ecliptic. `days` count from the start of 1970, in UTC."""
    t = _centuries(days)
    anomaly = 2 * pi * (0.993133 + 99.997361 * t)
    return (
        2 * pi * 0.7859453 + anomaly + (6893 * sin(anomaly) + 72 * sin(2 * anomaly) + 6191.2 * t) / _ARC
    )  # fmt: skip


def _moon_position(days: float) -> tuple[float, float]:
    """Radians along the ecliptic, and above it."""
    t = _centuries(days)
    mean = 0.606433 + 1336.855225 * t
    el = 2 * pi * (0.374897 + 1325.552410 * t)  # anomaly of the moon
    ls = 2 * pi * (0.993133 + 99.997361 * t)  # anomaly of the sun
    d = 2 * pi * (0.827361 + 1236.853086 * t)  # distance from the sun
    f = 2 * pi * (0.259086 + 1342.227825 * t)  # distance from the node
    along = (
        22640 * sin(el) - 4586 * sin(el - 2 * d) + 2370 * sin(2 * d) + 769 * sin(2 * el)
        - 668 * sin(ls) - 412 * sin(2 * f) - 212 * sin(2 * el - 2 * d) - 206 * sin(el + ls - 2 * d)
        + 192 * sin(el + 2 * d) - 165 * sin(ls - 2 * d) - 125 * sin(d) - 110 * sin(el + ls)
        + 148 * sin(el - ls) - 55 * sin(2 * f - 2 * d)
    )  # fmt: skip
    s = f + (along + 412 * sin(2 * f) + 541 * sin(ls)) / _ARC
    h = f - 2 * d
    above = (
        18520 * sin(s) - 526 * sin(h) + 44 * sin(el + h) - 31 * sin(h - el) - 23 * sin(ls + h)
        + 11 * sin(h - ls) - 25 * sin(f - 2 * el) + 21 * sin(f - el)
    )  # fmt: skip
    return 2 * pi * mean + along / _ARC, above / _ARC


def _altitude(longitude: float, latitude: float, days: float, place: Place) -> float:
    """Degrees above the horizon of what is there on the ecliptic."""
    x = cos(latitude) * cos(longitude)
    y = cos(latitude) * sin(longitude) * cos(_TILT) - sin(latitude) * sin(_TILT)
    z = cos(latitude) * sin(longitude) * sin(_TILT) + sin(latitude) * cos(_TILT)
    turned = radians(280.46062 + 360.98564737 * (days - _J2000) + place.longitude) - atan2(y, x)
    north = radians(place.latitude)
    return degrees(asin(sin(north) * z + cos(north) * sqrt(1 - z * z) * cos(turned)))


def _crossings(
    height: Height, start: float, step: float, steps: int
) -> Iterator[tuple[float, bool]]:
    """When a height goes through zero, and whether upwards."""
    before = height(start)
    for number in range(1, steps + 1):
        after = height(start + number * step)
        if (before < 0) != (after < 0):
            low, high = start + (number - 1) * step, start + number * step
            while high - low > 1e-4:
                middle = (low + high) / 2
                low, high = (
                    (middle, high) if (height(middle) < 0) == (before < 0) else (low, middle)
                )
            yield high, after >= 0
        before = after


# --- a day --------------------------------------------------------------------------------------


@dataclass
class Times:
    """When something comes up and goes down; neither where it stays up or down all day."""

    up: datetime | None
    down: datetime | None
    #: Minutes for which it is up.
    minutes: int


@dataclass
class Sun:
    """The sun of a day."""

    #: Its upper edge is above the horizon.
    day: Times
    #: One can read outside: it is at most 6 degrees below.
    light: Times
    #: Not all stars are seen: it is at most 18 degrees below.
    dusk: Times
    noon: datetime
    #: Degrees above the horizon, every quarter of an hour from midnight to midnight.
    path: list[float]


@dataclass
class Moon:
    """The moon of a day."""

    times: Times
    phase: Phase
    #: How much of it shines at noon, from 0 to 1.
    lit: float
    #: Degrees that it is ahead of the sun: 180 when it is full.
    ahead: float


PHASES: list[Phase] = list(get_args(Phase))


def today(place: Place, day: str = "") -> date:
    """Read which day is meant: if none is named, the one that it is at a place now.

    Args:
        day: as in 2026-12-24
    """
    if not day.strip():
        now = datetime.now(UTC)
        return now.astimezone(_clock(place, now.date())).date()
    try:
        found = date.fromisoformat(day.strip())
    except ValueError:
        raise NotADay(f"'{day[:40]}' is no day; one is 2026-12-24") from None
    if not 1900 <= found.year < END.year:
        raise NotADay(f"the almanac is for the years from 1900 to {END.year - 1}")
    return found


def sun(place: Place, day: date) -> Sun:
    """Follow the sun for a day."""
    start = _midnight(place, day)

    def height(at: float) -> float:
        return _altitude(_sun_longitude(at), 0, at, place)

    path = [height(start + quarter / 96) for quarter in range(97)]
    highest = start + max(range(97), key=path.__getitem__) / 96
    noon = max((highest + minute / 1440 for minute in range(-15, 16)), key=height)
    # The air lifts it by half a degree, and it has a radius of a quarter.
    day_, light, dusk = (_times(height, depth, start, place, day) for depth in (-0.833, -6, -18))
    return Sun(day_, light, dusk, _moment(noon, place, day), [round(each, 1) for each in path])


def moon(place: Place, day: date) -> Moon:
    """Follow the moon for a day."""
    start = _midnight(place, day)

    def height(at: float) -> float:
        return _altitude(*_moon_position(at), at, place)

    ahead = degrees(_ahead(start + 0.5)) % 360
    # It is so near that it looks lower from the ground than from the middle of the earth.
    times = _times(height, 0.125, start, place, day)
    lit = (1 - cos(radians(ahead))) / 2
    return Moon(times, PHASES[round(ahead / 45) % 8], round(lit, 3), round(ahead, 1))


def _ahead(days: float) -> float:
    return _moon_position(days)[0] - _sun_longitude(days)


def _midnight(place: Place, day: date) -> float:
    """When a day begins, as `days` count."""
    return datetime.combine(day, time(), _clock(place, day)).timestamp() / 86_400


def _moment(days: float, place: Place, day: date) -> datetime:
    """A time of that day, to the minute."""
    minutes = round(days * 1440)
    return datetime.fromtimestamp(minutes * 60, _clock(place, day))


def _times(height: Height, level: float, start: float, place: Place, day: date) -> Times:
    """When within a day something is above a level."""
    crossings = list(_crossings(lambda at: height(at) - level, start, 1 / 96, 96))
    up = next((_moment(at, place, day) for at, upwards in crossings if upwards), None)
    down = next((_moment(at, place, day) for at, upwards in crossings if not upwards), None)
    # From where it was at the start, each crossing adds or takes away the rest of the day.
    above = float(height(start) >= level)
    above += sum((1 if upwards else -1) * (start + 1 - at) for at, upwards in crossings)
    return Times(up, down, round(above * 1440))


# --- what comes ---------------------------------------------------------------------------------


@dataclass
class Event:
    """Something that happens in the sky."""

    time: datetime
    kind: Kind
    name: str


#: What happens when the sun is so many degrees along the ecliptic.
YEAR: list[tuple[float, Kind, str]] = [
    (0, "season", "March equinox"),
    (32.3, "meteors", "Lyrids"),
    (45.5, "meteors", "Eta Aquariids"),
    (90, "season", "June solstice"),
    (140, "meteors", "Perseids"),
    (180, "season", "September equinox"),
    (208, "meteors", "Orionids"),
    (235.3, "meteors", "Leonids"),
    (262.2, "meteors", "Geminids"),
    (270, "season", "December solstice"),
    (283.2, "meteors", "Quadrantids"),
]

#: The series are not good for ever.
END = datetime(2100, 1, 1, tzinfo=UTC)


def events(after: datetime | None = None, kinds: list[Kind] | None = None) -> Iterator[Event]:
    """Tell what happens in the sky, one after the other, until 2100.

    Args:
        after: tell what comes after this time; now if left out
        kinds: tell only of these; a full or new moon with an eclipse is an eclipse
    """
    begin = after or datetime.now(UTC)
    begin = begin if begin.tzinfo else begin.replace(tzinfo=UTC)
    days = begin.timestamp() / 86_400
    while days * 86_400 < END.timestamp():
        for event in sorted(_events(days), key=lambda event: event.time):
            if event.time > begin and (not kinds or event.kind in kinds):
                yield event
        days += 1


def _events(start: float) -> Iterator[Event]:
    """Those of the day that begins then."""
    for angle, kind, name in YEAR:
        for at in _reached(_sun_longitude, radians(angle), start):
            yield Event(_utc(at), kind, name)
    for quarter, name in enumerate(PHASES[::2]):
        for at in _reached(_ahead, quarter * pi / 2, start):
            eclipse = _eclipse(quarter, at)
            yield Event(_utc(at), "eclipse" if eclipse else "moon", eclipse or name)


def _eclipse(quarter: int, at: float) -> str:
    """A new moon near the ecliptic is before the sun; a full one is in the earth's shadow."""
    off = abs(degrees(_moon_position(at)[1]))
    if quarter == 0 and off < 1.48:
        return "solar eclipse"
    return "lunar eclipse" if quarter == 2 and off < 0.95 else ""


def _reached(angle: Height, wanted: float, start: float) -> Iterator[float]:
    """When an angle that grows is a certain one, within a day."""
    if cos(angle(start) - wanted) < 0:
        return  # on the other side of the circle, the sine goes through zero as well
    for at, upwards in _crossings(lambda at: sin(angle(at) - wanted), start, 1, 1):
        if upwards:
            yield at


def _utc(days: float) -> datetime:
    return datetime.fromtimestamp(round(days * 1440) * 60, UTC)
