"""The almanac as programs see it, and compared with almanacs on paper."""

from __future__ import annotations

import http.client
import json
import sys
from datetime import UTC, date, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import takewhile
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "examples/05-almanac"

#: Building and compiling take their time where the machine is busy.
pytestmark = [pytest.mark.xdist_group("almanac"), pytest.mark.timeout(600)]


def ask(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what is there."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/api/days/Atlantis", 404, "there is no place called 'Atlantis' here"),
        ("/api/days/Oslo?day=tomorrow", 400, "'tomorrow' is no day"),
        ("/api/days/Oslo?day=1200-01-01", 400, "the almanac is for the years"),
        ("/api/days/91/0", 400, "91, 0 is nowhere on earth"),
        ("/api/days/north/0", 404, "there is no file at /api/days/north/0"),
    ],
)
def test_a_wrong_request_is_answered_with_a_problem(
    address: str, path: str, status: int, said: str
) -> None:
    answered, headers, body = ask(address, path)
    assert (answered, headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(body)["detail"].startswith(said)
    assert b".py" not in body


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("place=Atlantis", 404, "<p>There is no place called &#x27;Atlantis&#x27; here.</p>"),
        (
            "place=Oslo&day=tomorrow",
            400,
            "<p>&#x27;tomorrow&#x27; is no day; one is 2026-12-24.</p>",
        ),
    ],
)
def test_a_page_says_why_there_is_none(address: str, query: str, status: int, said: str) -> None:
    answered, headers, body = ask(address, f"/?{query}")
    assert (answered, headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in body.decode()


def test_a_place_can_be_coordinates(address: str) -> None:
    _, _, body = ask(address, "/api/days/52.52/13.41?day=2026-06-21")
    day = json.loads(body)
    assert day["place"]["name"] == "52.52° N, 13.41° E"
    assert day["sun"]["day"]["up"] == "2026-06-21T02:43:00+00:00"


def test_pages_load_nothing_from_elsewhere(address: str) -> None:
    _, headers, _ = ask(address, "/")
    assert headers["content-security-policy"].startswith("default-src 'self';")


def test_files_are_not_sent_twice(address: str) -> None:
    _, headers, style = ask(address, "/almanac.css")
    assert style == (FOLDER / "www/almanac.css").read_bytes()
    assert ask(address, "/almanac.css", if_none_match=headers["etag"])[::2] == (304, b"")


def test_the_moon_is_a_picture(address: str) -> None:
    status, headers, body = ask(address, "/moon.svg")
    assert (status, headers["content-type"], body[:4]) == (200, "image/svg+xml", b"<svg")


# --- against an almanac on paper ------------------------------------------------------------------


@pytest.fixture(scope="module")
def sky() -> ModuleType:
    """The source of the components, as Python has it."""
    spec = spec_from_file_location("sky", FOLDER / "sky.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["sky"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("place", "day", "up", "down"),
    [
        ("Berlin", date(2026, 6, 21), "04:43", "21:33"),
        ("New York", date(2026, 12, 21), "07:17", "16:32"),
        ("Sydney", date(2026, 12, 22), "05:41", "20:06"),
        ("London", date(2026, 3, 20), "06:04", "18:13"),
    ],
)
def test_the_sun_rises_and_sets_when_it_should(
    sky: ModuleType, place: str, day: date, up: str, down: str
) -> None:
    times = sky.sun(sky.find(place), day).day
    for found, expected in ((times.up, up), (times.down, down)):
        clock = datetime.combine(day, datetime.strptime(expected, "%H:%M").time(), found.tzinfo)
        assert abs((found - clock).total_seconds()) <= 120


def test_the_seasons_and_eclipses_of_two_years_are_found(sky: ModuleType) -> None:
    events = sky.events(datetime(2026, 1, 1, tzinfo=UTC), ["season", "eclipse"])
    found = [
        f"{event.time:%Y-%m-%d} {event.name.split()[0]}"
        for event in takewhile(lambda event: event.time.year < 2028, events)
    ]
    assert found == [
        "2026-02-17 solar", "2026-03-03 lunar", "2026-03-20 March", "2026-06-21 June",
        "2026-08-12 solar", "2026-08-28 lunar", "2026-09-23 September", "2026-12-21 December",
        "2027-02-06 solar", "2027-03-20 March", "2027-06-21 June", "2027-08-02 solar",
        "2027-09-23 September", "2027-12-22 December",
    ]  # fmt: skip


FULL = ("full moon", "lunar eclipse")


def test_the_full_moons_of_a_season_are_found(sky: ModuleType) -> None:
    events = sky.events(datetime(2026, 1, 1, tzinfo=UTC), ["moon", "eclipse"])
    full = [e.time for e in takewhile(lambda e: e.time.month < 4, events) if e.name in FULL]
    expected = [(1, 3, 10, 3), (2, 1, 22, 9), (3, 3, 11, 38)]
    for time, (month, day, hour, minute) in zip(full, expected, strict=True):
        assert (
            abs((time - datetime(2026, month, day, hour, minute, tzinfo=UTC)).total_seconds()) < 900
        )
