"""Changing the plan of a service in the portal: by mouse, finger or keyboard, with and without JavaScript."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, SMALLEST, Look
from tests.browser.ledgerline import Subscriber
from tests.browser.test_portal_flows import Hand, Keys, Pointer, Portal, pointer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WITH_SCRIPTS = [
    pytest.param(pointer(DESK), id="mouse"),
    pytest.param(pointer(PHONE, has_touch=True), id="phone"),
    pytest.param(lambda look: Keys(look.page()), id="keyboard"),
]
MEASURE = """() => {
  window.waits = []; window.shifts = 0;
  const watch = (type, heed) => new PerformanceObserver(seen => seen.getEntries().forEach(heed))
    .observe({ type, durationThreshold: 16, buffered: true });
  watch("event", each => { if (each.interactionId) waits.push(each.duration); });
  watch("layout-shift", each => { if (!each.hadRecentInput) shifts += each.value; });
}"""
SLOWEST, MOST_SHIFT = 200, 0.02  # milliseconds to the next picture; share of the screen


@pytest.fixture(scope="module")
def portal_url(ledgerline: dict[str, str]) -> str:
    """
    The address of a portal in which Robert has services of three kinds.

    Internet plans are changed by himself or by us, voice on request only, recurring by himself only. Only
    internet plans have others to change to.
    """
    robert = Subscriber(ledgerline["portal-gateway"], "postpaid", keys=100)  # keys nobody used yet
    robert.order("Home phone", "Static IP")
    wanted = {"Fibre 300", "Home phone", "Static IP"}
    until = time.monotonic() + 30
    while time.monotonic() < until:
        held = robert.call("GET", "/services")["items"]
        if wanted <= {each["plan"]["name"] for each in held if each["status"] == "active"}:
            return robert.base
        time.sleep(0.2)
    pytest.fail("The services did not become active.")


def at_services(hand: Hand, base: str, login: str = "postpaid") -> Portal:
    """
    Sign in and go to the services.
    """
    portal = Portal(hand, base)
    portal.sign_in(login)
    hand.press("All services")
    portal.see("My services")
    return portal


def open_window(page: Page, base: str, service: str, query: str = "") -> None:
    """
    Open the window of a service as a page of its own.
    """
    page.goto(f"{base}/portal/services")
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name=service, exact=True))
    href = card.get_by_role("link", name="Change plan").get_attribute("href")
    page.goto(f"{base}{href}{query}")


@pytest.mark.parametrize("way", WITH_SCRIPTS)
def test_a_plan_is_changed_and_the_change_undone(
    look: Look, portal_url: str, way: Callable[[Look], Hand]
) -> None:
    portal = at_services(way(look), portal_url)
    hand, page = portal.hand, portal.hand.page

    hand.press("Change plan")
    expect(page.get_by_role("dialog", name="Change your Fibre 300 plan")).to_be_visible()
    hand.choose("Fibre 100")
    expect(page.get_by_role("button", name="Change to Fibre 100")).to_be_enabled()
    hand.press("Change to Fibre 100")
    portal.see("Booked: Fibre 100 from")
    expect(page.get_by_role("main")).to_contain_text("Changes to Fibre 100 on")
    hand.press("Undo")
    portal.see("Fibre 300")

    expect(page.get_by_text("Undone. Your plan stays as it is, nothing was charged.")).to_be_visible()
    expect(page.get_by_role("link", name="Change plan")).to_be_visible()


def test_without_scripts_the_window_is_a_page(look: Look, portal_url: str) -> None:
    portal = at_services(Pointer(look.page(java_script_enabled=False)), portal_url)
    hand = portal.hand

    hand.press("Change plan")
    portal.see("Change your Fibre 300 plan")
    hand.choose("Fibre 100")
    hand.press("Show the price")
    hand.press("Change to Fibre 100")
    portal.see("Booked: Fibre 100 from")
    hand.press("Undo")

    portal.see("Fibre 300")


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_changing_takes_three_clicks_and_undoing_one(look: Look, portal_url: str, width: int) -> None:
    hand = Pointer(look.page(width=width))
    portal = at_services(hand, portal_url)
    hand.clicks = 0

    hand.press("Change plan")
    hand.choose("Fibre 100")
    hand.press("Change to Fibre 100")
    portal.see("Booked: Fibre 100 from")
    booking = hand.clicks
    hand.press("Undo")
    portal.see("Fibre 300")

    assert (booking, hand.clicks - booking) == (3, 1)


def test_a_later_day_is_booked_by_name(look: Look, portal_url: str) -> None:
    hand = Pointer(look.page())
    portal = at_services(hand, portal_url)
    other = hand.page.get_by_label("Start on")

    hand.press("Change plan")
    expect(other).to_be_hidden()
    hand.choose("Pick a date")
    expect(other).to_be_visible()
    hand.choose("Next bill")
    expect(other).to_be_hidden()
    hand.press("Book Fibre 500 for")
    portal.see("Booked: Fibre 500 from")
    hand.press("Undo")

    portal.see("Fibre 300")


def test_the_card_is_chosen_where_the_button_says_pay(look: Look, portal_url: str) -> None:
    page = look.page()
    at_services(Pointer(page), portal_url)

    open_window(page, portal_url, "Fibre 300")

    expect(page.get_by_role("button", name=re.compile("^Change to Fibre 500 and pay €"))).to_be_visible()
    chosen = page.get_by_label("Pay with").locator("option:checked")
    expect(chosen).to_have_text(re.compile("Visa ending"))


def test_cancel_and_escape_leave_everything_as_it_is(look: Look, portal_url: str) -> None:
    hand = Pointer(look.page())
    at_services(hand, portal_url)
    window = hand.page.get_by_role("dialog")

    hand.press("Change plan")
    expect(window).to_be_visible()
    hand.press("Cancel")
    expect(window).to_have_count(0)
    hand.press("Change plan")
    expect(window).to_be_visible()
    hand.page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    expect(hand.page.get_by_role("link", name="Change plan Fibre 300")).to_be_focused()


def test_with_both_ways_one_can_ask_instead(look: Look, portal_url: str) -> None:
    hand = Pointer(look.page(width=PHONE))
    portal = at_services(hand, portal_url)

    hand.press("Change plan")
    hand.press("Ask us instead")
    portal.see("Change your Fibre 300 plan")
    expect(hand.page.get_by_role("button", name="Change to")).to_have_count(0)
    hand.page.get_by_label("Message").fill("Before Monday.")
    hand.press("Send request")

    expect(hand.page.get_by_text(re.compile(r"Request #\d+ sent\."))).to_be_visible()
    expect(hand.page.get_by_role("main")).to_contain_text("Before Monday.")


@pytest.mark.parametrize("scripts", [True, False])
def test_without_other_plans_one_asks_where_asking_is_on(look: Look, portal_url: str, scripts: bool) -> None:
    hand = Pointer(look.page(java_script_enabled=scripts))
    at_services(hand, portal_url)
    open_window(hand.page, portal_url, "Home phone")

    expect(hand.page.get_by_text("No plans are available to change to")).to_be_visible()
    look.shot(hand.page, "change-none-ask")
    hand.page.get_by_label("Message").fill("A second line.")
    hand.press("Request a plan change")

    expect(hand.page.get_by_role("main")).to_contain_text("A second line.")


def test_without_other_plans_and_without_asking_it_only_says_so(look: Look, portal_url: str) -> None:
    hand = Pointer(look.page())
    portal = at_services(hand, portal_url)
    open_window(hand.page, portal_url, "Static IP")

    expect(hand.page.get_by_text("No plans are available to change to")).to_be_visible()
    expect(hand.page.get_by_text("Contact us and we will help.")).to_be_visible()
    expect(hand.page.get_by_role("main").get_by_role("button")).to_have_count(0)
    hand.press("Close")

    portal.see("Static IP")


@pytest.mark.parametrize(
    ("service", "query"), [("Fibre 300", ""), ("Fibre 300", "?ask=1"), ("Home phone", ""), ("Static IP", "")]
)
def test_the_window_has_no_barriers(look: Look, portal_url: str, service: str, query: str) -> None:
    page = look.page()
    at_services(Pointer(page), portal_url)
    open_window(page, portal_url, service, query)
    name = f"change-{service}{query}".replace(" ", "-").replace("?", "-")
    found = [*look.faults(page), *look.axe(page), *look.small_targets(page, 24)]
    look.shot(page, name)

    page.set_viewport_size({"width": SMALLEST, "height": 800})
    found += [*look.axe(page), *["too wide"] * look.overflow(page), *look.clipped(page)]
    look.shot(page, f"{name}-320")
    found += look.axe_in_the_dark(page)
    look.shot(page, f"{name}-dark")

    assert found == []


@pytest.mark.parametrize("width", [DESK, PHONE, SMALLEST])
def test_the_sheet_has_no_barriers_and_keeps_its_button_in_sight(
    look: Look, portal_url: str, width: int
) -> None:
    page = look.page(width=width)
    at_services(Pointer(page), portal_url)
    page.get_by_role("link", name="Change plan").first.click()
    sheet = page.get_by_role("dialog")
    book = sheet.get_by_role("button", name="Change to Fibre 500")

    expect(book).to_be_in_viewport(ratio=1)
    look.shot(page, f"sheet-{width}", whole=False)
    found = look.axe(page)
    found += look.axe_in_the_dark(page)
    look.shot(page, f"sheet-{width}-dark", whole=False)

    assert found == []
    assert look.overflow(page) == 0
    assert sheet.evaluate("sheet => sheet.scrollWidth - sheet.clientWidth") == 0


def test_another_plan_answers_at_once_and_moves_nothing(look: Look, portal_url: str) -> None:
    page = look.page()
    at_services(Pointer(page), portal_url)
    page.get_by_role("link", name="Change plan").first.click()
    sheet = page.get_by_role("dialog")
    page.evaluate(MEASURE)

    for plan in ("Fibre 100", "Fibre 500", "Fibre 100"):
        sheet.locator("label").filter(has_text=plan).click()
        expect(sheet.get_by_role("button", name=f"Change to {plan}")).to_be_enabled()

    waits = page.evaluate("() => waits")
    assert max(waits, default=0) <= SLOWEST
    assert page.evaluate("() => shifts") <= MOST_SHIFT
