"""The page to try an API, in a browser, on a server with components of every kind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.integration.browsing import chromium
from tests.integration.sites import HOSTILE, everything, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site() -> AsyncIterator[str]:
    async with serving(everything()) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, site: str) -> AsyncIterator[Page]:
    """A page at the site, in which nothing may go wrong and nothing else be loaded."""
    context = await browser.new_context(base_url=site)
    page = await context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "request", lambda r: None if r.url.startswith((site, "blob:")) else broken.append(r.url)
    )
    page.on(
        "console",
        lambda message: broken.append(message.text) if "Policy" in message.text else None,
    )
    yield page
    await context.close()
    assert broken == []


async def visit(page: Page, component: str = "") -> None:
    """The page of a component, or of all, when it is there."""
    await page.goto(f"./#/components/{component}" if component else "./")
    title = component or "Wasmflow"
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def run(page: Page, component: str, **fields: str) -> None:
    await visit(page, component)
    for name, text in fields.items():
        await page.get_by_label(name, exact=True).fill(text)
    await page.keyboard.press("Control+Enter")


async def expect_answer(page: Page, status: str, *texts: str) -> None:
    answer = page.get_by_role("region", name="Answer", exact=True)
    await expect(answer.get_by_role("status")).to_contain_text(status)
    for text in texts:
        await expect(answer).to_contain_text(text)


async def test_all_components_are_listed_and_text_never_becomes_markup(page: Page) -> None:
    await visit(page)
    names = await page.locator("nav .name").all_inner_texts()
    assert {"greet", "sum", "describe", "words"} <= set(names)
    await expect(page.locator(".lead")).to_contain_text(HOSTILE)
    await page.get_by_role("navigation").get_by_role("link", name="greet").click()
    await expect(page.locator(".lead")).to_contain_text(HOSTILE)
    assert "stolen" not in await page.title()


async def test_a_component_is_run_from_the_keyboard_and_its_answer_shown(page: Page) -> None:
    await run(page, "greet", name='Jane "<b>"')
    await expect_answer(page, "200", '"Hello, Jane \\"<b>\\"!"')
    assert await page.locator(".trace").inner_text() != ""


async def test_what_is_wrong_is_told_at_its_input(page: Page) -> None:
    await run(page, "sum", left="1", right="9223372036854775808")
    await expect_answer(page, "422")
    right = page.get_by_label("right", exact=True)
    await expect(right).to_have_attribute("aria-invalid", "true")
    await expect(right).to_be_focused()
    alert = page.get_by_role("alert").filter(has_text="out of the range of s64")
    await expect(alert).to_be_visible()


async def test_what_cannot_be_read_is_told_before_anything_is_asked(page: Page) -> None:
    await run(page, "sum", left="1.5", right="x")
    await expect(page.get_by_text("expected a whole number, got 1.5")).to_be_visible()
    await expect(page.get_by_text("expected a whole number, got x")).to_be_visible()


async def test_large_integers_go_there_and_back_unrounded(page: Page) -> None:
    await run(page, "sum", left="9007199254740993", right="0")
    await expect_answer(page, "200", '"9007199254740993"')
    await run(page, "echo", value='{"large": 12345678901234567890}')
    await expect_answer(page, "200", "12345678901234567890")


async def test_an_exception_and_an_error_are_shown_with_what_they_carry(page: Page) -> None:
    await run(page, "refuse", reason="tired")
    await expect_answer(page, "422", "it said no: tired", '{"gone":"tired"}')
    await run(page, "break")
    await expect_answer(page, "500", "wasm trap: unreachable", "deep")


async def test_every_type_has_a_field_and_the_example_fits_it(page: Page) -> None:
    await visit(page, "describe")
    await page.get_by_role("button", name="Example").click()
    await page.get_by_label("bold").check()
    await page.get_by_label("color").select_option("green")
    await page.get_by_label("shape").fill('{"circle": 2}')
    await page.get_by_role("button", name="Run").click()
    await expect_answer(page, "200", '"bytes": 4', '"name": "text"')


async def test_a_file_is_sent_as_it_is(page: Page, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(bytes(range(256)))
    await visit(page, "describe")
    await page.get_by_role("button", name="Example").click()
    await page.get_by_label("picture", exact=True).set_input_files(picture)
    await page.get_by_role("button", name="Run").click()
    await expect_answer(page, "200", '"bytes": 256')
    await page.get_by_text("curl", exact=True).click()
    await expect(page.locator(".curl pre")).to_contain_text("picture=@picture.png")


async def test_components_are_found_by_name_and_by_type(page: Page) -> None:
    await visit(page)
    await page.keyboard.press("/")
    await page.keyboard.type("flags wide")
    await expect(page.locator("nav .name")).to_have_text(["describe"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("describe")


async def test_what_was_written_is_still_there_when_somebody_comes_back(page: Page) -> None:
    await run(page, "greet", name="Jane")
    await expect_answer(page, "200")
    await visit(page, "sum")
    await page.go_back()
    await expect(page.get_by_label("name", exact=True)).to_have_value("Jane")
    await expect_answer(page, "200", "Hello, Jane!")


async def test_packets_are_shown_as_they_come_until_somebody_stops_it(page: Page) -> None:
    await run(page, "count", **{"from": "1"})
    await expect(page.locator(".line").nth(20)).to_be_visible()
    await page.get_by_role("button", name="Stop").click()
    await expect_answer(page, "Stopped")


async def test_lines_of_text_are_the_packets_of_a_stream(page: Page) -> None:
    await run(page, "words", text="one two\nthree")
    await expect_answer(page, "200", "3 lines")
    lines = await page.locator(".line").all_inner_texts()
    assert [json.loads(line)["output"] for line in lines] == ["one", "two", "three"]


async def test_a_failure_stands_where_it_was_among_the_packets(page: Page) -> None:
    await run(page, "words", text="one\n-\ntwo")
    await expect_answer(page, "1 failed", "it is empty")
    await expect(page.locator(".line").nth(1)).to_contain_text("it is empty")


@pytest.mark.parametrize("name", ["components/nobody", "components/%E0", "x"])
async def test_a_name_that_is_not_there_is_told(page: Page, name: str) -> None:
    await page.goto(f"./#/{name}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Not here")


#: Of somebody who may ask.
TOKEN = "a-long-and-secret-token-of-somebody"


async def with_token(route: Route) -> None:
    headers = await route.request.all_headers()
    await route.continue_(headers={**headers, "authorization": f"Bearer {TOKEN}"})


async def test_who_asks_can_be_said(browser: Browser) -> None:
    block = "{kind: http, auth: {bearer: {me: '${TOKEN}'}}, components: true}"
    async with serving(everything(), block, TOKEN=TOKEN) as address:
        context = await browser.new_context(base_url=address)
        page = await context.new_page()
        for files in (address, f"{address}page/*"):
            await page.route(files, with_token)
        await page.goto("./#/components/now")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Who asks?")
        await page.get_by_label("Token").fill(TOKEN)
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_role("button", name="Run").click()
        await expect_answer(page, "200", '"9223372036854775808"')
        await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_has_a_name_and_fits_a_narrow_screen(
    browser: Browser, site: str, scheme: str
) -> None:
    context = await browser.new_context(
        base_url=site,
        viewport={"width": 360, "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    await visit(page, "describe")
    await expect(page.get_by_role("button", name="Run")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    unnamed = "e => !e.labels?.length && !e.ariaLabel && e.type !== 'submit' && !e.textContent"
    fields = page.locator("input, select, textarea, button")
    assert not await fields.evaluate_all(f"every => every.filter({unnamed}).map(e => e.outerHTML)")
    await context.close()
