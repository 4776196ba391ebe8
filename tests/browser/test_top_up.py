"""Topping up as prepaid subscribers do: two presses on a phone, and without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Look
from tests.browser.test_portal_flows import Pointer, Portal, pointer
from tests.browser.walking import broken_promises

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WAYS = [
    pytest.param(pointer(390, has_touch=True), id="phone"),
    pytest.param(pointer(1360, java_script_enabled=False), id="no-javascript"),
]


@pytest.mark.parametrize("way", WAYS)
def test_a_sum_on_home_and_the_saved_card_top_up(look: Look, ledgerline: dict[str, str], way: Any) -> None:
    hand: Pointer = way(look)
    portal, page = Portal(hand, ledgerline["portal-gateway"]), hand.page
    portal.sign_in("prepaid")
    hand.clicks = 0

    hand.press("€20.00")
    portal.see("Top up")
    hand.press("Top up €20.00")  # the card used by default is chosen already
    portal.see("Your balance is topped up.")

    assert hand.clicks == 2
    expect(page.get_by_role("main")).to_contain_text("We received €20.00 with Visa ending 4242.")
    hand.press("See the wallet")
    portal.see("Wallet")
    expect(page.get_by_role("row").filter(has_text="€20.00").first).to_contain_text("Visa ending 4242")


def test_the_wallet_keeps_our_promises(look: Look, ledgerline: dict[str, str]) -> None:
    page, base = look.page(), ledgerline["portal-gateway"]
    Portal(Pointer(page), base).sign_in("prepaid")
    pages = [f"{base}/portal{path}" for path in ("", "/wallet", "/wallet/top-up?amount=20.00")]

    assert {url: wrong for url in pages if (wrong := broken_promises(look, page, url))} == {}
