"""Ordering in the portal as subscribers do: by mouse, on a phone, by keyboard alone, without JavaScript."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Look
from tests.browser.ledgerline import PASSWORD, Subscriber

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PAID = "Payment received. Your services are active."
OUTCOME = 20_000  # milliseconds; the bank, the bus and a busy machine

# Nothing that would be done later than after four seconds is done: what moves by then was told by the stream.
WITHOUT_POLLING = """
const soon = setTimeout;
window.setTimeout = (work, wait, ...rest) => wait > 4000 ? 0 : soon(work, wait, ...rest);"""
FOCUS = """() => {
  const at = document.activeElement, box = at.matches("[type=radio], [type=checkbox]");
  const shown = box ? at.closest("label, .check") || at : at;
  const isRinged = part => { const style = getComputedStyle(part); return style.outlineStyle !== "none"; };
  const place = shown.getBoundingClientRect();
  const x = Math.min(Math.max(place.x + place.width / 2, 1), innerWidth - 2);
  const heights = [place.top + 2, place.top + place.height / 2, place.bottom - 2];
  const above = heights.map(y => document.elementFromPoint(x, y));
  const words = at.getAttribute("aria-label") || (at.labels && at.labels[0] || at).textContent;
  return {
    name: words.replace(/\\s+/g, " ").trim(),
    tag: at.tagName,
    kind: at.type || "",
    ringed: [at, shown, at.closest(".cmd") || at].some(isRinged),
    clear: above.every(part => part && (shown.contains(part) || part.contains(shown))),
  };
}"""


class Hand(Protocol):
    """
    A way to use a page.
    """

    page: Page

    def press(self, name: str) -> None:
        """
        Follow the link or press the button that is called so.
        """

    def write(self, label: str, text: str) -> None:
        """
        Fill in a field.
        """

    def choose(self, name: str) -> None:
        """
        Choose one of several.
        """


@dataclass
class Pointer:
    """
    A mouse, or a finger.
    """

    page: Page
    clicks: int = 0

    def press(self, name: str) -> None:
        self.clicks += 1
        pressable = self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name))
        pressable.locator("visible=true").first.click()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, name: str) -> None:
        self.clicks += 1
        self.page.locator("label").filter(has_text=name).click()


@dataclass
class Keys:
    """
    A keyboard, and a reader who must see where the focus is.
    """

    page: Page

    def press(self, name: str) -> None:
        self.reach(lambda found: found["tag"] in ("A", "BUTTON") and name in found["name"], name)
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.reach(lambda found: found["tag"] == "INPUT" and found["name"] == label, label)
        self.page.keyboard.type(text)

    def choose(self, name: str) -> None:
        if self._focus()["kind"] != "radio":  # a window opens with the focus on the choice
            self.reach(lambda found: found["kind"] == "radio", "the choices")
        for _ in range(6):
            if name in self._focus()["name"]:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"The arrows do not lead to {name}.")

    def reach(self, wanted: Callable[[dict[str, Any]], bool], name: str) -> None:
        for _ in range(80):
            self.page.keyboard.press("Tab")
            found = self._focus()
            if found["tag"] == "BODY":  # round the end of the page
                continue
            assert found["ringed"], f"The focus cannot be seen on {found}."
            assert found["clear"], f"Something covers the focus on {found}."
            if wanted(found):
                return
        pytest.fail(f"Tab does not lead to {name}.")

    def _focus(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(FOCUS)
        return found


@dataclass
class Portal:
    """
    The subscriber portal at *base*, used with *hand*.
    """

    hand: Hand
    base: str

    def sign_in(self, login: str) -> None:
        """
        Come in as the demo customer *login*.
        """
        self.hand.page.goto(f"{self.base}/portal/login")
        self.hand.write("Login or email address", login)
        self.hand.write("Password", PASSWORD)
        self.hand.press("Sign in")
        self.see("Hello, ")

    def review(self, *names: str, then: str = "Review and pay") -> None:
        """
        Put products in the basket and go on to the checkout.
        """
        self.hand.press("Add new products")
        self.see("Order new products")
        for name in names:
            self.hand.press(f"Add {name}")
            expect(self.hand.page.get_by_role("button", name=f"Remove {name}")).to_be_visible()
        self.hand.press(then)
        self.see("Check your order")

    def see(self, heading: str) -> None:
        """
        Expect the page with this heading.
        """
        place = self.hand.page.get_by_role("heading", level=1, name=heading)
        expect(place).to_be_visible(timeout=OUTCOME)


def pointer(width: int, **options: Any) -> Callable[[Look], Hand]:
    """
    Return what opens a page to be used by mouse or finger.
    """
    return lambda look: Pointer(look.page(width=width, **options))


WAYS = [
    pytest.param(pointer(1360), id="mouse"),
    pytest.param(pointer(390, has_touch=True), id="phone"),
    pytest.param(lambda look: Keys(look.page()), id="keyboard"),
    pytest.param(pointer(1360, java_script_enabled=False), id="no-javascript"),
]


@pytest.mark.parametrize("way", WAYS)
def test_what_is_ordered_and_paid_is_active(look: Look, ledgerline: dict[str, str], way: Any) -> None:
    portal = Portal(way(look), ledgerline["portal-gateway"])
    page = portal.hand.page

    portal.sign_in("postpaid")
    portal.review("Family TV")
    portal.hand.choose("Visa ending 4242")
    portal.hand.press("Pay €")
    portal.see(PAID)
    portal.hand.press("See my services")
    portal.see("My services")

    expect(page.get_by_role("article").filter(has_text="Family TV").first).to_contain_text("Active")


@pytest.mark.parametrize("way", WAYS)
def test_a_request_is_confirmed_with_its_ticket(look: Look, ledgerline: dict[str, str], way: Any) -> None:
    portal = Portal(way(look), ledgerline["portal-gateway"])

    portal.sign_in("requestonly")
    portal.review("Static IP", then="Review and send")
    expect(portal.hand.page.get_by_role("radio")).to_have_count(0)
    portal.hand.press("Send order request")
    portal.see("Order 1")

    confirmation = portal.hand.page.get_by_role("main")
    expect(confirmation).to_contain_text("received. We will confirm it and tell you the start date.")
    expect(confirmation).to_contain_text("Your ticket is number", timeout=OUTCOME)


def test_adding_to_the_basket_keeps_focus_and_place_and_is_said(
    look: Look, ledgerline: dict[str, str]
) -> None:
    portal = Portal(Keys(look.page(width=390)), ledgerline["portal-gateway"])
    page = portal.hand.page
    portal.sign_in("prepaid")
    portal.hand.press("Add new products")
    portal.see("Order new products")
    page.evaluate("addEventListener('submit', () => { window.place = scrollY }, true)")

    portal.hand.press("Add Static IP")

    expect(page.get_by_role("button", name="Remove Static IP")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="Static IP added, ")).to_be_attached()
    basket = page.get_by_role("complementary", name="Basket")
    expect(basket.get_by_role("rowheader", name="Static IP")).to_be_attached()
    assert page.evaluate("Math.abs(scrollY - window.place)") < 2

    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Add Static IP")).to_be_focused()
    expect(basket.get_by_role("rowheader", name="Static IP")).to_have_count(0)


def test_what_is_pressed_right_after_something_was_added_is_no_new_page(
    look: Look, ledgerline: dict[str, str]
) -> None:
    page = look.page()
    portal = Portal(Pointer(page), ledgerline["portal-gateway"])
    portal.sign_in("prepaid")
    portal.hand.press("Add new products")
    portal.see("Order new products")
    page.evaluate("""() => {
      window.same = true;
      addEventListener("focusin", event => {
        if (event.target.textContent.includes("Remove"))
          setTimeout(() => { event.target.click(); document.body.dataset.pressed = "yes"; });
      });
    }""")

    portal.hand.press("Add Static IP")

    expect(page.locator("body")).to_have_attribute("data-pressed", "yes")
    expect(page.get_by_role("button", name="Add Static IP")).to_be_focused()
    assert page.evaluate("window.same")


def test_one_product_with_a_saved_card_takes_four_clicks(look: Look, ledgerline: dict[str, str]) -> None:
    hand = Pointer(look.page())
    portal = Portal(hand, ledgerline["portal-gateway"])
    portal.sign_in("postpaid")
    hand.clicks = 0

    portal.review("Home phone")
    hand.press("Pay €")  # the card used by default is chosen already
    portal.see(PAID)

    assert hand.clicks <= 4


@pytest.fixture
def robert(look: Look, ledgerline: dict[str, str]) -> Portal:
    """
    A subscriber with a full basket, about to pay.
    """
    portal = Portal(Pointer(look.page(width=390)), ledgerline["portal-gateway"])
    portal.sign_in("postpaid")
    portal.review("Static IP")
    return portal


def test_a_declined_card_charges_nothing_and_another_pays_the_same_order(robert: Portal) -> None:
    robert.hand.choose("Visa ending 0002")
    robert.hand.press("Pay €")
    robert.see("Your card was declined")
    page = robert.hand.page
    assert page.title().startswith("Payment failed")
    number = page.get_by_role("main").locator("dd a").inner_text()

    robert.hand.press("Try Visa ending 4242")
    robert.see(PAID)

    assert page.get_by_role("main").locator("dd a").inner_text() == number
    page.goto(f"{robert.base}/portal/basket")
    expect(page.get_by_text("Your basket is empty.")).to_be_visible()


def test_the_bank_may_ask_who_is_paying(robert: Portal) -> None:
    robert.hand.choose("Visa ending 3220")
    robert.hand.press("Pay €")
    robert.see("Confirm with your bank")
    robert.hand.press("Yes, pay")

    robert.see(PAID)


def test_who_tells_the_bank_no_has_not_paid(robert: Portal) -> None:
    robert.hand.choose("Visa ending 3220")
    robert.hand.press("Pay €")
    robert.see("Confirm with your bank")
    robert.hand.press("No, refuse")
    expect(robert.hand.page.get_by_text("You have not been charged.")).to_be_visible(timeout=OUTCOME)

    robert.hand.press("Try Visa ending 4242")

    robert.see(PAID)


def test_a_new_card_is_typed_on_the_payment_page(robert: Portal) -> None:
    robert.hand.choose("New card")
    robert.hand.press("Pay €")
    robert.see("Pay €")
    robert.hand.write("Card number", "4242-4242 4242 4242")
    robert.hand.write("Expiry date", "12/30")
    robert.hand.write("Security code", "123")
    robert.hand.press("Pay €")

    robert.see(PAID)


def test_a_pending_payment_becomes_successful_by_itself(look: Look, ledgerline: dict[str, str]) -> None:
    moving = Portal(Pointer(look.page()), ledgerline["portal-gateway"])
    moving.hand.page.add_init_script(WITHOUT_POLLING)
    moving.sign_in("postpaid")
    moving.review("Static IP")
    still = Portal(Pointer(look.page(java_script_enabled=False)), ledgerline["portal-gateway"])
    still.sign_in("blocked")
    still.review("Static IP")

    for portal in (moving, still):
        portal.hand.choose("Visa ending 9995")
        portal.hand.press("Pay €")
        portal.see("We are waiting for your bank.")

    moving.see(PAID)
    still.hand.page.goto(f"{still.base}/portal/orders")
    still.hand.page.get_by_role("table").get_by_role("link").first.click()
    still.hand.press("See the payment")
    still.see(PAID)


def test_a_request_becomes_active_when_staff_approve_it(
    look: Look, ledgerline: dict[str, str], as_admin: Any
) -> None:
    hotel = Portal(Pointer(look.page()), ledgerline["portal-gateway"])
    hotel.sign_in("requestonly")
    hotel.review("Fibre 500", then="Review and send")
    hotel.hand.press("Send order request")
    hotel.see("Order 1")
    page = hotel.hand.page
    said = page.get_by_text("Your ticket is number")
    said.wait_for(timeout=OUTCOME)
    number = said.inner_text().split("number ")[1].split(".")[0]

    agent = Pointer(look.page(storage_state=as_admin))
    agent.page.goto(f"{ledgerline['tickets']}/admin/tickets")
    agent.page.get_by_role("link", name=number).first.click()
    agent.write("Reply", "We start on Monday.")
    agent.press("Send reply")
    expect(agent.page.get_by_text("We start on Monday.")).to_be_visible()
    agent.press("Approve order")

    expect(page.get_by_text("Your services are active.")).to_be_visible(timeout=OUTCOME)
    expect(agent.page.get_by_role("button", name="Approve order")).to_have_count(0)
    order = agent.page.locator("section[aria-labelledby=order]")
    expect(order.get_by_text("Active", exact=True)).to_be_visible(timeout=OUTCOME)
    hotel.hand.press("Open the ticket")
    expect(page.get_by_text("We start on Monday.")).to_be_visible()
    hotel.hand.write("Your reply", "Monday is good.")
    hotel.hand.press("Send")
    expect(page.get_by_text("Monday is good.")).to_be_visible()
    agent.page.reload()
    expect(agent.page.get_by_text("Monday is good.")).to_be_visible()


def test_a_second_press_and_the_way_back_order_once(robert: Portal) -> None:
    before = len(Subscriber(robert.base, "postpaid").call("GET", "/orders")["items"])
    robert.hand.page.get_by_role("button", name="Pay €").dblclick()
    robert.see(PAID)

    robert.hand.page.go_back()
    robert.hand.page.goto(f"{robert.base}/portal/checkout")
    robert.see("Basket")

    assert len(Subscriber(robert.base, "postpaid").call("GET", "/orders")["items"]) == before + 1
