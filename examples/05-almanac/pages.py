"""How the almanac looks: pages, pictures, and lines of text.

It has the parts of a day that it shows, and knows nothing of how they are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from math import cos, radians
from string import Template
from typing import Annotated
from urllib.parse import quote


@dataclass
class Place:
    name: str
    country: str
    latitude: float
    longitude: float


@dataclass
class Times:
    up: datetime | None
    down: datetime | None
    minutes: int


@dataclass
class Sun:
    day: Times
    light: Times
    dusk: Times
    noon: datetime
    path: list[float]


@dataclass
class Moon:
    times: Times
    phase: str
    lit: float
    ahead: float


@dataclass
class Page:
    """What a browser is answered with."""

    status: Annotated[int, "u16"]
    body: str
    headers: dict[str, str]


@dataclass
class Headers:
    headers: dict[str, str]


PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="Sun and moon for any place and day.">
<title>$title</title>
<link rel="icon" type="image/svg+xml" href="/moon.svg">
<link rel="stylesheet" href="/almanac.css">
<script type="module" src="/almanac.js"></script>
</head>
<body>
<header>
<a class="mark" href="/">Almanac</a>
<form action="/" method="get">
<label>Place <input name="place" value="$place" list="places" required autocomplete="off"></label>
<label>Day <input name="day" type="date" value="$day"></label>
<button>Show</button>
<datalist id="places"></datalist>
</form>
</header>
<main>
$main
</main>
<footer>
<p>Every part of this page is a WebAssembly component that has no clock, no network and no files.
<a href="$api">The same as JSON</a> · <a href="/api/events">what comes, as a stream</a></p>
</footer>
</body>
</html>
""")

DAY = Template("""\
<section class="sky" aria-labelledby="where">
<div class="title">
<h1 id="where">$name</h1>
<p><a href="$before" rel="prev" aria-label="The day before">‹</a>
<time datetime="$day">$date</time>
<a href="$after" rel="next" aria-label="The day after">›</a></p>
</div>
$picture
</section>
<div class="columns">
<section class="card" aria-labelledby="sun">
<h2 id="sun">Sun</h2>
<p class="lead">$daylight</p>
<dl>
<div><dt>First light</dt><dd>$dawn</dd></div>
<div><dt>Sunrise</dt><dd>$sunrise</dd></div>
<div><dt>Noon</dt><dd>$noon</dd></div>
<div><dt>Sunset</dt><dd>$sunset</dd></div>
<div><dt>Last light</dt><dd>$last</dd></div>
<div><dt>All stars</dt><dd>$dark</dd></div>
</dl>
</section>
<section class="card" aria-labelledby="moon">
<h2 id="moon">Moon</h2>
<div class="moon">$disc<p class="lead">$phase<br><small>$lit % of it shines</small></p></div>
<dl>
<div><dt>Moonrise</dt><dd>$moonrise</dd></div>
<div><dt>Moonset</dt><dd>$moonset</dd></div>
</dl>
</section>
<section class="card" aria-labelledby="coming">
<h2 id="coming">Coming up</h2>
<ol id="events" data-after="$from" aria-live="polite"></ol>
<button id="more" type="button" hidden>More</button>
<noscript><p><a href="/api/events">As a stream</a></p></noscript>
</section>
</div>""")

SORRY = Template("""\
<section class="sorry">
<h1>Not in the almanac</h1>
<p>$message.</p>
<p><a href="/">Back to the start</a></p>
</section>""")


def page(place: Place, day: date, sun: Sun, moon: Moon) -> Page:
    """Show a day."""
    main = DAY.substitute(
        name=escape(place.name),
        day=day.isoformat(),
        date=_long(day),
        before=_link(place, day - timedelta(days=1)),
        after=_link(place, day + timedelta(days=1)),
        picture=_picture(sun),
        daylight=_daylight(sun.day.minutes),
        dawn=_clock(sun.light.up),
        sunrise=_clock(sun.day.up),
        noon=_clock(sun.noon),
        sunset=_clock(sun.day.down),
        last=_clock(sun.light.down),
        dark=_clock(sun.dusk.down),
        disc=_disc(moon.ahead),
        phase=_words(moon.phase).capitalize(),
        lit=round(moon.lit * 100),
        moonrise=_clock(moon.times.up),
        moonset=_clock(moon.times.down),
        **{"from": f"{day.isoformat()}T00:00:00Z"},
    )
    title = f"{place.name}, {_long(day)}"
    # What is remembered is remembered by the browser: a component has nowhere to keep it.
    cookie = f"place={quote(place.name)}; Path=/; Max-Age=31536000; SameSite=Lax"
    headers = {"set-cookie": cookie, "cache-control": "no-store"}
    return Page(200, _page(title, place.name, day.isoformat(), main), headers)


def sorry(message: str, raised: str = "") -> Page:
    """Say why there is nothing to show.

    Args:
        raised: the class of the exception, if it was one
    """
    status = {"": 500, "UnknownPlace": 404}.get(raised, 400)
    main = SORRY.substitute(message=escape(message[:1].upper() + message[1:]))
    return Page(status, _page("Almanac", "", "", main), {})


def careful() -> Headers:
    """Tell browsers to load nothing from elsewhere, whatever stands in a page."""
    return Headers(
        {
            "content-security-policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
    )


def icon(moon: Moon) -> str:
    """Draw the moon as it is."""
    return _disc(moon.ahead)


def report(place: Place, day: date, sun: Sun, moon: Moon) -> str:
    """Write a day as lines of text."""
    shines = f"{_words(moon.phase)}, {moon.lit:.0%} of it shines"
    return (
        f"{place.name}, {_long(day)}\n"
        f"  sun   {_up_and_down(sun.day)}; {_daylight(sun.day.minutes).lower()}\n"
        f"  moon  {_up_and_down(moon.times)}; {shines}\n"
    )


def _up_and_down(times: Times) -> str:
    return f"rises {_clock(times.up)}, sets {_clock(times.down)}"


def _words(case: str) -> str:
    return case.replace("-", " ")


def _page(title: str, place: str, day: str, main: str) -> str:
    api = f"/api/days/{escape(place)}?day={day}" if place else "/api/places"
    return PAGE.substitute(title=escape(title), place=escape(place), day=day, api=api, main=main)


def _link(place: Place, day: date) -> str:
    return escape(f"/?place={place.name}&day={day.isoformat()}")


def _long(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def _clock(moment: datetime | None) -> str:
    return f"{moment:%H:%M}" if moment else "–"


def _daylight(minutes: int) -> str:
    if minutes in (0, 1440):
        return "The sun does not set" if minutes else "The sun does not rise"
    return f"{minutes // 60} h {minutes % 60} min of daylight"


# --- pictures -----------------------------------------------------------------------------------

#: Colours of the sky while the sun is so many degrees high.
COLOURS = [
    (-18, (9, 13, 36)), (-12, (22, 29, 74)), (-6, (57, 59, 124)), (-2, (150, 98, 140)),
    (0, (235, 148, 108)), (3, (248, 200, 140)), (8, (176, 212, 234)), (25, (104, 178, 228)),
    (60, (58, 144, 214)),
]  # fmt: skip
WIDTH, HEIGHT, HORIZON, DEGREE = 960, 300, 180, 1.6


def _colour(height: float) -> str:
    """Of the sky, between those of the table."""
    low = COLOURS[0]
    for high in COLOURS:
        if height < high[0]:
            share = (height - low[0]) / ((high[0] - low[0]) or 1)
            mixed = (a + (b - a) * max(share, 0) for a, b in zip(low[1], high[1], strict=True))
            return "#" + "".join(f"{round(each):02x}" for each in mixed)
        low = high
    return "#{:02x}{:02x}{:02x}".format(*low[1])


def _picture(sun: Sun) -> str:
    """The sun's way over a day, on the colours that the sky has then."""
    stops = "".join(
        f'<stop offset="{quarter / 96:.4f}" stop-color="{_colour(height)}"/>'
        for quarter, height in enumerate(sun.path)
        if quarter % 2 == 0
    )
    points = " ".join(
        f"{quarter * WIDTH / 96:.0f},{HORIZON - DEGREE * height:.1f}"
        for quarter, height in enumerate(sun.path)
    )
    hours = "".join(
        f'<text x="{hour * WIDTH / 24:.0f}" y="{HEIGHT - 14}">{hour:02}</text>'
        for hour in range(3, 24, 3)
    )
    start = sun.noon.replace(hour=0, minute=0).timestamp()
    heights = " ".join(f"{height:g}" for height in sun.path)
    return PICTURE.substitute(
        width=WIDTH, height=HEIGHT, horizon=HORIZON, degree=DEGREE, start=f"{start:.0f}",
        heights=heights, stops=stops, points=points, hours=hours,
    )  # fmt: skip


PICTURE = Template("""\
<svg class="path" viewBox="0 0 $width $height" role="img"
 data-start="$start" data-path="$heights" data-horizon="$horizon" data-degree="$degree">
<title>The height of the sun from midnight to midnight</title>
<defs>
<linearGradient id="sky">$stops</linearGradient>
<clipPath id="above"><path d="M0 0H${width}V${horizon}H0Z"/></clipPath>
</defs>
<path fill="url(#sky)" d="M0 0H${width}V${height}H0Z"/>
<path class="ground" d="M0 ${horizon}H${width}V${height}H0Z"/>
<polyline class="below" points="$points"/>
<polyline class="up" clip-path="url(#above)" points="$points"/>
<path class="horizon" d="M0 ${horizon}H${width}"/>
$hours
<circle class="now" r="11" hidden=""/>
</svg>""")


def _disc(ahead: float) -> str:
    """The moon, so many degrees ahead of the sun, as it looks north of the equator."""
    across = cos(radians(ahead)) * 46
    outer = int(ahead < 180)
    inner = 1 - outer if across > 0 else outer
    lit = f"M50 4A46 46 0 0 {outer} 50 96A{abs(across):.2f} 46 0 0 {inner} 50 4Z"
    return (
        '<svg class="disc" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" role="img">'
        "<title>The moon</title>"
        f'<circle cx="50" cy="50" r="46" fill="#2a2f45"/><path d="{lit}" fill="#f4ecd2"/></svg>'
    )
