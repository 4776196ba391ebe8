"""What the portal says, and in which language."""

from collections.abc import Callable
from typing import Any

import pytest

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_bills import payment
from portal_gateway.clients.fake_people import FIBRE, ROBERT, VISA, euro
from portal_gateway.domain.language import spoken
from portal_gateway.models import CustomerCopy, PartnerCopy
from portal_gateway.usecases.seed_demo import DEFAULT
from shared import clock
from shared.db import Database

SignOn = Callable[..., Any]


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("de", "en", "en"), "de"),
        ((None, "de", "en"), "de"),
        (("fr", None, "en"), "en"),
        ((None, None, None), "de"),
    ],
)
def test_the_first_wish_the_provider_can_fulfil_is_spoken(wishes: Any, language: str) -> None:
    assert spoken(["de", "en"], wishes) == language


def test_customers_are_spoken_to_in_their_language_until_they_choose_another(
    browser: Any, sign_on: SignOn, database: Database
) -> None:
    known = {
        "customer_id": ROBERT,
        "partner_id": DEFAULT,
        "version": 1,
        "number": 1,
        "full_name": "Robert Myers",
    }
    known |= {"status": "active", "billing_type": "recurring", "language": "de", "heard_at": clock.now()}
    with database.begin() as session:
        session.add(CustomerCopy(**known))
    sign_on()

    assert '<html lang="de"' in browser.open("/portal/services", **{"Accept-Language": "en"}).html
    browser.client.post("/ui/language", data={"language": "en"}, base_url="https://localhost")
    assert '<html lang="en"' in browser.open("/portal/services", **{"Accept-Language": "de"}).html


def test_a_provider_that_speaks_one_language_is_never_answered_in_another(
    browser: Any, sign_on: SignOn, database: Database
) -> None:
    with database.begin() as session:
        session.get_one(PartnerCopy, DEFAULT).languages = ["en"]
    sign_on()

    assert '<html lang="en"' in browser.open("/portal", **{"Accept-Language": "de"}).html


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"status": "expired", "mode": "payment"}, "This order was not paid in time. Nothing is charged"),
        (
            {"status": "expired", "mode": "request"},
            "We could not confirm this order in time. Nothing is charged",
        ),
        ({"status": "cancelled"}, "This order was taken back. Nothing is charged for it."),
        ({"status": "refunded"}, "What you paid goes back the way it came."),
        (
            {"status": "approved", "starts_on": "2026-12-14"},
            "Your order is approved. Your services start on 14 December.",
        ),
        ({"credit": {"amount": euro("1.00"), "days": 1}}, "You were credited €1.00 for 1 day because"),
    ],
)
def test_an_order_says_how_it_ended(
    browser: Any, sign_on: SignOn, world: FakeWorld, changed: dict[str, Any], sentence: str
) -> None:
    sign_on()
    order = world.order_of(FIBRE, **changed)

    page = browser.open(f"/portal/orders/{order['id']}")

    assert sentence in page.text
    assert '<h1 tabindex="-1" data-focus>' in page.html


def test_an_approved_order_names_its_first_day(
    browser: Any, sign_on: SignOn, client: Any, sign_in: Any, world: FakeWorld
) -> None:
    sign_on()
    steps = [{"code": "approved", "label_key": "x", "at": "2026-11-20T10:00:00+00:00", "state": "done"}]
    order = world.order_of(FIBRE, status="active", starts_on="2026-12-14", steps=steps)

    assert "Approved, starts on 14 December" in browser.open(f"/portal/orders/{order['id']}").text
    told = client.get(f"/api/v1/orders/{order['id']}", headers=sign_in()).json
    assert told["starts_on"] == "2026-12-14"


def test_what_is_due_is_paid_with_one_confirm(
    browser: Any, sign_on: SignOn, client: Any, sign_in: Any, world: FakeWorld
) -> None:
    bill = world.bill(1)
    world.account = {"owed": euro("30.00"), "due_on": "2026-11-16", "invoices_due": 1}
    world.account["next_invoice"] = {"on": "2026-12-01", "amount": euro("45.00")}
    page = sign_on()

    assert "Pay €30.00 with Visa ending 4242" in page.text
    assert "Next bill about €45.00 on 1 December." in page.text
    assert "/portal/bills/pay?with=new_card" in page.links
    due = client.get("/api/v1/home", headers=sign_in()).json["amount_due"]
    assert due["invoices"] == [{"id": bill["id"], "number": bill["number"]}]
    assert due["pay_with"] == {"payment_method_id": VISA, "label": "Visa ending 4242"}
    confirm = browser.open(f"/portal/bills/pay?with={VISA}")
    assert browser.press(confirm, "/portal/bills/pay").headings == ["Payment received."]


@pytest.mark.parametrize("path", ["/portal/orders", "/portal/support", "/portal/bills?tab=payments"])
def test_long_lists_go_on(browser: Any, sign_on: SignOn, world: FakeWorld, path: str) -> None:
    sign_on()
    world.order_of(FIBRE, payment=payment(1, "succeeded"))
    page = browser.open("/portal/support/new")
    browser.press(page, "/portal/support/new", subject="Slow", message="Since Monday.")
    world.more = "https://billing/api/v1/x?cursor=abc%3D&limit=25"

    first = browser.open(path)
    (older,) = [link for link in first.links if link and "cursor=" in link]
    second = browser.open(older)

    assert older == f"{path}{'&' if '?' in path else '?'}cursor=abc%3D"
    assert path in second.links
