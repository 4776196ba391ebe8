"""The portal as a subscriber meets it: every page, by keyboard alone, without scripts, in German."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ledgerline import PASSWORD
from tests.browser.walking import broken_promises, walk

pytestmark = pytest.mark.browser

PAID = "Payment received. Your services are active."
NOT_PAID = "The payment did not go through."
FOCUSED = """() => {
  const part = document.activeElement, box = part.getBoundingClientRect(), style = getComputedStyle(part);
  const words = part.getAttribute("aria-label") || part.labels?.[0]?.textContent || part.textContent;
  const holder = part.closest("label") && getComputedStyle(part.closest("label")).outlineStyle !== "none";
  const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 12);
  const above = document.elementFromPoint(x, y), own = part.closest("label") || part;
  return {
    words: words.replace(/\\s+/g, " ").trim(),
    ringed: style.outlineStyle !== "none" || Boolean(holder),
    covered: Boolean(above) && !own.contains(above) && !above.contains(part),
  };
}"""


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


def tab_to(page: Page, words: str) -> None:
    """
    Press Tab until what is called *words* has the focus, which must be seen all the way.
    """
    for _ in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["ringed"], f"no focus ring on {focused['words']}"
        assert not focused["covered"], f"{focused['words']} is under something"
        if re.search(words, focused["words"]):
            return
    raise AssertionError(f"Tab never came to {words}")


@pytest.mark.timeout(600)
def test_every_page_keeps_our_promises(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "postpaid")
    pages = walk(page, f"{ledgerline['portal-gateway']}/portal")

    broken = {url: wrong for url in pages if (wrong := broken_promises(look, page, url))}

    assert len(pages) > 10
    assert broken == {}


@pytest.mark.timeout(300)
def test_an_order_is_paid_with_the_keyboard_alone(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "prepaid")

    tab_to(page, "Add new products")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/order")
    tab_to(page, "^Add Static IP|^Add.*Static IP")
    page.keyboard.press("Enter")
    page.get_by_text("In basket").first.wait_for()
    tab_to(page, "^Review and pay")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/checkout**")
    tab_to(page, "^Pay .* and order")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(PAID, timeout=20_000)
    assert page.title().startswith("Payment successful")


@pytest.mark.timeout(300)
def test_an_order_is_paid_without_any_script(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page(java_script_enabled=False)
    base = ledgerline["portal-gateway"]
    page.goto(f"{base}/portal/login")
    page.get_by_label("Login or email address").fill("prepaid")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.goto(f"{base}/portal/order")
    page.get_by_role("button", name=re.compile("Add.*Home phone")).click()
    page.get_by_role("link", name="Review and pay").click()
    page.get_by_role("button", name=re.compile("Pay .* and order")).click()

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(PAID, timeout=20_000)


def test_a_failed_payment_says_so_and_offers_to_try_again(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    base = ledgerline["portal-gateway"]
    sign_in(page, base, "postpaid")
    page.goto(f"{base}/portal/order")
    page.get_by_role("button", name=re.compile("Add.*Installation visit")).click()
    page.get_by_role("link", name="Review and pay").click()
    page.get_by_label(re.compile("0002")).check()
    page.get_by_role("button", name=re.compile("Pay .* and order")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(NOT_PAID, timeout=20_000)
    expect(page.get_by_text("You have not been charged.").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Try "))).not_to_have_count(0)
    assert look.axe(page) == []


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


def test_a_portal_page_is_light_and_quick(look: Any, ledgerline: dict[str, str]) -> None:
    page = look.page()
    sign_in(page, ledgerline["portal-gateway"], "requestonly")
    fresh = page.context.storage_state()

    size, requests = look.weight(look.at(f"{ledgerline['portal-gateway']}/portal", storage_state=fresh))

    assert size <= 80_000
    assert requests <= 7
