"""The page of the almanac, in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.integration.browsing import chromium

#: Building and compiling take their time where the machine is busy.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("almanac"),
    pytest.mark.timeout(600),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A page at the almanac, in which nothing may go wrong and nothing else be loaded."""
    context = await browser.new_context(base_url=f"http://{address}")
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda said: broken.append(said.text) if "Policy" in said.text else None)
    page.on(
        "request",
        lambda asked: None if f"://{address}/" in asked.url else broken.append(asked.url),
    )
    yield page
    await context.close()
    assert broken == []


async def test_a_day_is_chosen_with_the_form(page: Page) -> None:
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Berlin")
    await page.get_by_label("Place", exact=True).fill("tromso")
    await page.get_by_label("Day", exact=True).fill("2026-12-21")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Tromsø")
    await expect(page.get_by_text("The sun does not rise")).to_be_visible()
    await page.get_by_role("link", name="The day after").click()
    await expect(page.get_by_text("Tuesday, 22 December 2026")).to_be_visible()


async def test_events_come_as_a_stream_and_more_when_somebody_asks(page: Page) -> None:
    await page.goto("/?place=Berlin&day=2026-08-01")
    events = page.locator("#events li")
    await expect(events).to_have_count(8)
    eclipse = events.filter(has_text="Solar eclipse").locator("time")
    await expect(eclipse).to_have_attribute("datetime", "2026-08-12T17:37:00+00:00")
    await page.get_by_role("button", name="More").click()
    await expect(events).to_have_count(16)
    times = await events.locator("time").evaluate_all("all => all.map(each => each.dateTime)")
    assert times == sorted(set(times))


async def test_the_place_is_remembered_by_the_browser(page: Page) -> None:
    await page.goto("/?place=Cape Town")
    await page.goto("/")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cape Town")


async def test_places_are_suggested(page: Page) -> None:
    await page.goto("/")
    await expect(page.locator("#places option")).to_have_count(36)


async def test_an_unknown_place_is_told_as_text(page: Page) -> None:
    answer = await page.goto("/?place=" + quote("<img src=x onerror=alert(1)>"))
    assert answer is not None
    assert answer.status == 404
    await expect(
        page.get_by_text("There is no place called '<img src=x onerror=alert(1)>'")
    ).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_narrow_screen(browser: Browser, address: str, scheme: Any) -> None:
    context = await browser.new_context(viewport={"width": 340, "height": 640}, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"http://{address}/?place=Buenos Aires")
    await expect(page.locator("#events li")).to_have_count(8)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 340
    await context.close()


async def test_the_sun_is_shown_where_it_is_now_and_on_no_other_day(page: Page) -> None:
    await page.goto("/?place=Quito&day=2026-03-20")
    await expect(page.locator("#events li")).to_have_count(8)
    await expect(page.locator(".now")).to_be_hidden()
    await page.goto("/?place=Quito")
    await expect(page.locator(".now")).to_be_visible()
