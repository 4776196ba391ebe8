"""Pages of the portal in a browser that has never seen them: weight, paint, what moves, how they react."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, sync_playwright

from customers.usecases.seed_demo import PASSWORD
from deploy.local.installation import Installation
from tests.load.figures import Figure, percentile

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
PAGES = (
    "/portal/login",
    "/portal",
    "/portal/services",
    "/portal/order",
    "/portal/basket",
    "/portal/checkout",
    "/portal/orders",
    "/portal/bills",
    "/portal/support",
    "/portal/settings",
)
LOOKS = 5
MEASURE = """() => new Promise(tell => {
  const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const bytes = parts.reduce((sum, part) => sum + part.transferSize, 0);
  const done = paint => tell({ bytes, requests: parts.length, paint });
  new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => done(0), 1500);
})"""
# Chromium tells of no interaction that took less than 16 ms.
WATCH = """() => {
  window.seen = { shift: 0, slowest: 0 };
  const watch = (type, each, more) => new PerformanceObserver(list => list.getEntries().forEach(each))
    .observe({ type, buffered: true, ...more });
  watch("layout-shift", one => { if (!one.hadRecentInput) seen.shift += one.value; });
  watch("event", one => { if (one.interactionId) seen.slowest = Math.max(seen.slowest, one.duration); },
    { durationThreshold: 16 });
}"""
SETTLED = """() => new Promise(tell =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => tell(window.seen), 100))))"""
OPENS = "summary:visible, label:has(input[type=radio]):visible"  # whatever reacts without leaving the page
TABS = 5


@dataclass(frozen=True)
class Look:
    """
    One page opened cold: bytes on the wire, requests, largest paint and slowest reaction in milliseconds,
    and how much of it moved by itself.
    """

    path: str
    bytes: int
    requests: int
    paint: float
    shift: float
    reaction: float


def pages(ledgerline: Installation, engine: str) -> Iterator[Figure]:
    """
    Measure h, hr, ht, hs and hi, beside a page of one word served by the same process.
    """
    url = ledgerline.urls["portal-gateway"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        cookies = _signed_in(browser, url)
        _look(browser, url, "/livez", cookies)  # the browser's own first page is slower than any other
        bare = _median(browser, url, "/livez", cookies)
        found = [_median(browser, url, path, [] if "login" in path else cookies) for path in PAGES]
        browser.close()
    yield from _figures(engine, found, bare)


def _figures(engine: str, found: list[Look], bare: Look) -> Iterator[Figure]:
    sizes = ", ".join(f"{look.bytes / 1000:.0f}" for look in found)
    yield _worst("h", engine, found, bare, lambda look: look.bytes / 1000, f"all: {sizes} KB")
    for id, value in (
        ("hr", lambda look: look.requests),
        ("ht", lambda look: look.paint),
        ("hs", lambda look: look.shift),
        ("hi", lambda look: look.reaction),
    ):
        yield _worst(id, engine, found, bare, value, f"of {len(found)} pages")


def _worst(
    id: str, engine: str, found: list[Look], bare: Look, value: Callable[[Look], float], note: str
) -> Figure:
    worst = max(found, key=value)
    return Figure(
        id=id,
        engine=engine,
        value=value(worst),
        compared_with="a page of one word, same server",
        compared_value=value(bare),
        note=f"{worst.path}; {note}",
    )


def _median(browser: Browser, url: str, path: str, cookies: list[dict[str, object]]) -> Look:
    looks = [_look(browser, url, path, cookies) for _ in range(LOOKS)]
    return Look(
        path,
        looks[-1].bytes,
        looks[-1].requests,
        paint=percentile((look.paint for look in looks), 0.5),
        shift=max(look.shift for look in looks),
        reaction=percentile((look.reaction for look in looks), 0.5),
    )


def _look(browser: Browser, url: str, path: str, cookies: list[dict[str, object]]) -> Look:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.add_cookies(cookies)  # type: ignore[arg-type]  # its own kind of dict, as given by cookies()
    page = context.new_page()
    answer = page.goto(url + path, wait_until="load")
    if answer is None or not answer.ok or not page.url.endswith(path):
        raise RuntimeError(f"{path} led to {page.url}, status {answer and answer.status}")
    seen = page.evaluate(MEASURE)
    lived = _used(page)
    context.close()
    return Look(path, seen["bytes"], seen["requests"], seen["paint"], lived["shift"], lived["slowest"])


def _used(page: Page) -> dict[str, float]:
    """
    Walk the page by keyboard, open what opens and scroll to its end; return what was seen meanwhile.
    """
    page.evaluate(WATCH)
    for _ in range(TABS):
        page.keyboard.press("Tab")
    for part in page.locator(OPENS).all():
        part.click()
    page.mouse.wheel(0, 10_000)
    seen: dict[str, float] = page.evaluate(SETTLED)
    return seen


def _signed_in(browser: Browser, url: str) -> list[dict[str, object]]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url + "/portal/login")
    page.fill("input[name=login]", "postpaid")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/portal")
    page.goto(url + "/portal/order")
    page.get_by_role("button", name="Add").first.click()  # something to quote
    page.wait_for_load_state()
    cookies = [dict(cookie) for cookie in context.cookies()]
    context.close()
    return cookies
