"""Pages of the portal in a browser that has never seen them: bytes, requests, largest paint."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, sync_playwright

from customers.usecases.seed_demo import PASSWORD
from deploy.local.installation import Installation
from tests.load.figures import Figure, percentile

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
PAGES = (
    "/portal/login",
    "/portal",
    "/portal/services",
    "/portal/order",
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


@dataclass(frozen=True)
class Look:
    """
    One page opened cold: bytes on the wire, requests, largest paint in milliseconds.
    """

    path: str
    bytes: int
    requests: int
    paint: float


def pages(ledgerline: Installation, engine: str) -> Iterator[Figure]:
    """
    Measure h, beside a page of one word served by the same process.
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
    heaviest = max(found, key=lambda look: look.bytes)
    busiest = max(found, key=lambda look: look.requests)
    slowest = max(found, key=lambda look: look.paint)
    for id, worst, value, beside in (
        ("h", heaviest, heaviest.bytes / 1000, bare.bytes / 1000),
        ("hr", busiest, busiest.requests, bare.requests),
        ("ht", slowest, slowest.paint, bare.paint),
    ):
        yield Figure(
            id=id,
            engine=engine,
            value=value,
            compared_with="a page of one word, same server",
            compared_value=beside,
            note=f"{worst.path}; all: {', '.join(f'{look.bytes / 1000:.0f}' for look in found)} KB"
            if id == "h"
            else f"{worst.path}, of {len(found)} pages",
        )


def _median(browser: Browser, url: str, path: str, cookies: list[dict[str, object]]) -> Look:
    looks = [_look(browser, url, path, cookies) for _ in range(LOOKS)]
    return Look(path, looks[-1].bytes, looks[-1].requests, percentile((look.paint for look in looks), 0.5))


def _look(browser: Browser, url: str, path: str, cookies: list[dict[str, object]]) -> Look:
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    context.add_cookies(cookies)  # type: ignore[arg-type]  # its own kind of dict, as given by cookies()
    page = context.new_page()
    answer = page.goto(url + path, wait_until="load")
    if answer is None or not answer.ok or not page.url.endswith(path):
        raise RuntimeError(f"{path} led to {page.url}, status {answer and answer.status}")
    seen = page.evaluate(MEASURE)
    context.close()
    return Look(path, seen["bytes"], seen["requests"], seen["paint"])


def _signed_in(browser: Browser, url: str) -> list[dict[str, object]]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(url + "/portal/login")
    page.fill("input[name=login]", "postpaid")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/portal")
    cookies = [dict(cookie) for cookie in context.cookies()]
    context.close()
    return cookies
