"""Every page of the portal: no barriers, clear when empty or wrong, light, and in German."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ledgerline import PASSWORD
from tests.browser.walking import walk

pytestmark = pytest.mark.browser


def sign_in(page: Page, base: str, login: str) -> None:
    """
    Sign in with the keyboard, as fast typists do.
    """
    page.goto(f"{base}/portal/login")
    page.get_by_label("Login or email address").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1).wait_for()
    expect(page).to_have_url(f"{base}/portal")


@pytest.mark.timeout(600)
def test_every_page_keeps_our_promises(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "postpaid")
    pages = walk(look, page, f"{ledgerline['portal-gateway']}/portal")

    assert len(pages) > 10
    assert {"pause", "cancel"} <= {url.rsplit("/", 1)[-1] for url in pages}
    assert {url: wrong for url, wrong in pages.items() if wrong} == {}


@pytest.mark.timeout(300)
def test_longer_words_fit_on_phones(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page(width=390)
    base = ledgerline["portal-gateway"]
    sign_in(page, base, "requestonly")
    clipped = {}

    for path in ("/portal", "/portal/order", "/portal/basket", "/portal/bills", "/portal/support/new"):
        page.goto(f"{base}{path}?lang=en-XA")
        clipped[path] = [*look.clipped(page), *["too wide"] * look.overflow(page)]

    assert {path: wrong for path, wrong in clipped.items() if wrong} == {}


@pytest.mark.parametrize("path", ["/portal", "/portal/order"])
def test_a_portal_page_is_light_and_quick(look: Any, ledgerline: dict[str, str], path: str) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "postpaid")
    fresh = page.context.storage_state()

    size, requests = look.weight(look.at(f"{ledgerline['portal-gateway']}{path}", storage_state=fresh))

    assert size <= 80_000
    assert requests <= 7


API_DOCS = ("/api/docs", "/api/docs/problems/quote-used")
EMPTY = ("/portal", "/portal/order", "/portal/services", "/portal/basket", "/portal/bills", "/portal/orders")


@pytest.mark.timeout(300)
def test_key_screens_have_no_barriers_in_any_light_at_any_width(
    look: Any, ledgerline: dict[str, str]
) -> None:
    page = look.page()
    base = ledgerline["portal-gateway"]
    found = {"sign in": barriers(look, page, f"{base}/portal/login")}
    sign_in(page, base, "postpaid")
    page.goto(f"{base}/portal/order")
    page.get_by_role("button", name=re.compile("Add.*Router")).click()
    page.get_by_text("In basket").first.wait_for()
    track, thread = first_link(page, f"{base}/portal/orders"), first_link(page, f"{base}/portal/support")

    page.goto(f"{base}/portal/services")
    service = page.locator("main article a[href*='/portal/services/sub_']").first.get_attribute("href") or ""
    service = service.removesuffix("/change-plan")

    for path in (
        "/portal",
        "/portal/order",
        "/portal/checkout",
        "/portal/services",
        service,
        track,
        thread,
        *API_DOCS,
    ):
        found[path] = barriers(look, page, f"{base}{path}")

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.timeout(300)
def test_every_face_of_a_payment_has_no_barriers(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    base = ledgerline["portal-gateway"]
    sign_in(page, base, "prepaid")
    found = {}

    for card, heading in (
        ("4242", "Payment received. Your services are active."),
        ("0002", "Your card was declined"),
    ):
        pay(page, base, card)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=20_000)
        found[card] = barriers(look, page, page.url)
    page.get_by_role("button", name="Try Visa ending 9995").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We are waiting for your bank.", timeout=20_000)
    found["9995"] = look.axe(page)

    assert {card: wrong for card, wrong in found.items() if wrong} == {}


def test_a_page_with_nothing_on_it_says_what_will_be_there(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "noplans")

    found = {}
    for path in EMPTY:
        page.goto(f"{ledgerline['portal-gateway']}{path}")
        found[path] = [*look.faults(page), *look.axe(page), *look.small_targets(page, 24)]

    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("path", "button", "kept"),
    [
        ("/portal/login", "Sign in", "Login or email address"),
        ("/portal/support/new", "Send request", "Subject"),
    ],
)
def test_a_form_with_an_error_keeps_what_was_typed_and_leads_to_it(
    look: Any, ledgerline: dict[str, str], path: str, button: str, kept: str
) -> None:
    page = look.page()
    if path != "/portal/login":
        sign_in(page, ledgerline["portal-gateway"], "noplans")
    page.goto(f"{ledgerline['portal-gateway']}{path}")
    page.get_by_label(kept).fill("Quay & <b>")

    page.get_by_role("main").get_by_role("button", name=button).click()

    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label(kept)).to_have_value("Quay & <b>")
    assert page.evaluate("() => document.activeElement.innerText").startswith("There is a problem")
    assert [*look.faults(page), *look.axe(page)] == []


def test_what_is_pressed_most_is_large_enough_for_a_thumb(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page(width=390)
    sign_in(page, ledgerline["portal-gateway"], "noplans")
    small = {}

    for path in ("/portal", "/portal/order", "/portal/basket", "/portal/support/new"):
        page.goto(f"{ledgerline['portal-gateway']}{path}")
        heights = page.eval_on_selector_all(".btn.p, .tabbar a", "all => all.map(b => b.offsetHeight)")
        small[path] = [height for height in heights if height < 44]

    assert {path: heights for path, heights in small.items() if heights} == {}


def test_the_portal_speaks_german(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.at(f"{ledgerline['portal-gateway']}/portal/login")
    sign_in(page, ledgerline["portal-gateway"], "noplans")
    page.locator("header summary").click()
    page.get_by_role("button", name="Deutsch").click()

    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(f"{ledgerline['portal-gateway']}/portal/order")
    expect(page.get_by_role("heading", level=1)).to_have_text("Neue Produkte bestellen")
    assert look.axe(page) == []


def barriers(look: Any, page: Page, url: str) -> list[str]:
    """
    Return what axe finds on the page at *url*, in both themes and at both widths.
    """
    page.goto(url)
    found = []
    for width in (1360, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width} light {wrong}" for wrong in look.axe(page)]
        found += [f"{width} dark {wrong}" for wrong in look.axe_in_the_dark(page)]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": 1360, "height": 900})
    return found


def first_link(page: Page, url: str) -> str:
    """
    Return the address the first row of the table at *url* leads to.
    """
    page.goto(url)
    return page.locator("main table a").first.get_attribute("href") or ""


def pay(page: Page, base: str, card: str) -> None:
    """
    Order something and pay it with the saved card ending in *card*.
    """
    page.goto(f"{base}/portal/order")
    page.get_by_role("button", name=re.compile("Add.*Static IP")).click()
    page.get_by_role("button", name=re.compile("Remove.*Static IP")).wait_for()
    page.goto(f"{base}/portal/checkout")
    page.get_by_label(re.compile(card)).check()
    page.get_by_role("button", name=re.compile("Pay .* and order")).click()
