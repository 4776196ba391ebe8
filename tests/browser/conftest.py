"""
What a browser test may use: ``look.at(url)`` opens a page, and the page must keep our promises all the time
(no script error, nothing the content-security policy refuses).

Without Chromium these tests are skipped, loudly; under CI they fail.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from deploy.local.installation import Installation
from tests.browser.ledgerline import PASSWORD, fill

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe().axe_script
VIOLATIONS = """rules => axe.run({runOnly: rules, resultTypes: ["violations"]})
  .then(found => found.violations)"""
DESK, PHONE, SMALLEST = 1360, 390, 320

REMEMBER_REFUSALS = """
window.refusedByPolicy = [];
document.addEventListener("securitypolicyviolation",
  event => window.refusedByPolicy.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""
WIDER_THAN_SCREEN = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TARGETS = """least => {
  const tooSmall = [];
  const pressable = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const unseen = ".vh, .skip, [hidden], dialog:not([open])";
  for (const target of document.querySelectorAll(pressable)) {
    const box = (target.type === "radio" || target.type === "checkbox")
      ? (target.closest("label, .check") || target).getBoundingClientRect() : target.getBoundingClientRect();
    const style = getComputedStyle(target);
    if (!box.width || style.visibility === "hidden" || target.closest(unseen)) continue;
    // A link inside a sentence or a cell may be as high as its line (WCAG 2.5.8, "inline").
    if (style.display === "inline" && target.closest("p, li, dd, span, td, th[scope=row]")) continue;
    if (box.height < least - .5 || box.width < Math.min(least, 24) - .5)
      tooSmall.push(`${target.outerHTML.slice(0, 90)} ${Math.round(box.width)}x${Math.round(box.height)}`);
  }
  return tooSmall;
}"""
FAULTS = """() => {
  const ids = [...document.querySelectorAll("[id]")].map(part => part.id);
  const twice = ids.filter((id, i) => ids.indexOf(id) !== i).map(id => `id twice: ${id}`);
  const headings = document.querySelectorAll("h1").length;
  return headings === 1 ? twice : [...twice, `${headings} h1`];
}"""
CLIPPED = """() => [...document.querySelectorAll("button, .btn, .tag, .chip, th, label, h1, h2, h3")]
  .filter(part => part.offsetParent && !part.closest(".vh") && getComputedStyle(part).overflow !== "visible"
    && part.scrollWidth > part.clientWidth + 1).map(part => part.outerHTML.slice(0, 120))"""
WEIGHT = """() => {
  const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return { bytes: parts.reduce((sum, part) => sum + part.transferSize, 0), requests: parts.length };
}"""


@dataclass
class Look:
    """
    Opens pages in a fresh context each, and measures them.
    """

    browser: Browser
    shots: Path | None
    open_contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def at(self, url: str, *, width: int = DESK, theme: str = "light", **options: Any) -> Page:
        """
        Open *url* in a window *width* pixels wide, for a reader who prefers *theme*.
        """
        page = self.page(width=width, theme=theme, **options)
        page.goto(url)
        return page

    def page(self, *, width: int = DESK, theme: str = "light", **options: Any) -> Page:
        """
        Return an empty page of a fresh context.
        """
        scheme: Any = theme
        size: Any = {"width": width, "height": 900}
        # Colours must not be measured on their way from one theme to the other.
        options.setdefault("reduced_motion", "reduce")
        context = self.browser.new_context(viewport=size, color_scheme=scheme, **options)
        context.add_init_script(REMEMBER_REFUSALS)
        context.set_default_timeout(10_000)
        self.open_contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("console", lambda said: self._heed(said.type, said.text))
        return page

    def darken(self, page: Page) -> None:
        """
        Let the reader prefer dark pages from now on, and wait until the page has followed.
        """
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def axe(self, page: Page, *rules: str) -> list[str]:
        """
        Return what axe finds wrong with the page, by all rules or by those named: rule and element.
        """
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(AXE)  # once a page: it is half a megabyte
        violations = page.evaluate(VIOLATIONS, rules or RULES)
        return [
            f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
            for violation in violations
            for node in violation["nodes"]
        ]

    def axe_in_the_dark(self, page: Page) -> list[str]:
        """
        Return what axe finds once the page is dark: another theme changes nothing but colours.
        """
        self.darken(page)
        return self.axe(page, "color-contrast", "link-in-text-block")

    def faults(self, page: Page) -> list[str]:
        """
        Return what no page may have: two headings of the first level, or one id twice.
        """
        found: list[str] = page.evaluate(FAULTS)
        return found

    def overflow(self, page: Page) -> int:
        """
        Return by how many pixels the page is wider than its window.
        """
        found: int = page.evaluate(WIDER_THAN_SCREEN)
        return found

    def small_targets(self, page: Page, least: int) -> list[str]:
        """
        Return what can be pressed and is less than *least* pixels high, or under 24 wide.
        """
        found: list[str] = page.evaluate(TARGETS, least)
        return found

    def clipped(self, page: Page) -> list[str]:
        """
        Return words that do not fit their place.
        """
        found: list[str] = page.evaluate(CLIPPED)
        return found

    def weight(self, page: Page) -> tuple[int, int]:
        """
        Return the bytes on the wire and the requests the page took.
        """
        page.evaluate("() => document.fonts.ready.then(() => null)")  # the network of a live page never rests
        found = page.evaluate(WEIGHT)
        return found["bytes"], found["requests"]

    def shot(self, page: Page, name: str, *, whole: bool = True) -> None:
        """
        Keep a picture of the page, when asked for by SCREENSHOTS=<folder>.
        """
        if self.shots:
            page.screenshot(path=self.shots / f"{name}.png", full_page=whole)

    def refused(self) -> list[str]:
        """
        Return what the content-security policy refused on any open page.
        """
        pages = [page for context in self.open_contexts for page in context.pages]
        return [text for page in pages for text in page.evaluate("() => window.refusedByPolicy || []")]

    def close(self) -> None:
        """
        Close everything that was opened.
        """
        for context in self.open_contexts:
            context.close()

    def _heed(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(f"console: {text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """
    One Chromium for all tests.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def look(browser: Browser) -> Iterator[Look]:
    """
    Open pages with ``look.at(url)``; at the end none may have complained.
    """
    folder = os.environ.get("SCREENSHOTS")  # noqa: TID251
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    looking = Look(browser, Path(folder) if folder else None)
    yield looking
    refused = looking.refused()
    looking.close()
    assert looking.complaints == []
    assert refused == []


@pytest.fixture(scope="session")
def ledgerline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """
    The addresses of a running installation, by service, in which some things happened.
    """
    with Installation(tmp_path_factory.mktemp("ledgerline")) as running:
        fill(running)
        yield running.urls


@pytest.fixture(scope="session")
def as_admin(browser: Browser, ledgerline: dict[str, str]) -> Any:
    """
    The cookies of a signed-in administrator.
    """
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{ledgerline['customers']}/admin/customers")
        page.get_by_label("Login").fill("admin")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", level=1, name="Customers").wait_for()
        return context.storage_state()


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """
    Serve an application on a free port and return its address.
    """
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for path in map(shutil.which, names) if path), None)
    if found:
        return found
    if os.environ.get("CI") == "true":  # noqa: TID251
        pytest.fail("No Chromium found, and CI=true: the browser tests must run here.")
    pytest.skip("NO CHROMIUM FOUND: the browser tests did not run. Install Debian's package chromium.")
