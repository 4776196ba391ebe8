"""Bills in the portal and the API: what is open is paid once, and every cent of a difference has a reason."""

from collections.abc import Callable
from typing import Any

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import VISA, euro

SignOn = Callable[..., Any]


def test_bills_show_what_is_open_and_pay_all(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    world.bill(1), world.bill(2), world.bill(3, "0.00")
    sign_on()

    page = browser.open("/portal/bills")
    assert page.links.count("/portal/bills/pay") == 1
    assert [link for link in page.links if link and link.startswith("/portal/bills/pay?")] == [
        f"/portal/bills/pay?bill={world.bills[each]['id']}" for each in list(world.bills)[:2]
    ]
    page = browser.open("/portal/bills/pay")
    assert "€60.00" in page.text

    page = browser.press(page, "/portal/bills/pay", payment=VISA)

    assert page.headings == ["Payment received."]
    assert [bill["open"] for bill in world.bills.values()] == [euro("0.00")] * 3


def test_the_same_form_pays_once(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    bill = world.bill(1)
    sign_on()
    page = browser.open(f"/portal/bills/pay?bill={bill['id']}")

    for _ in range(2):
        browser.press(page, "/portal/bills/pay", payment=VISA)

    assert len(world.bill_payments) == 1


def test_a_form_without_a_way_to_pay_comes_back(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    bill = world.bill(1)
    sign_on()
    page = browser.open(f"/portal/bills/pay?bill={bill['id']}")

    page = browser.press(page, "/portal/bills/pay", payment="")

    assert page.status == 422
    assert "Choose how to pay." in page.text
    assert world.bill_payments == {}


def test_a_declined_payment_is_tried_again_for_the_same_bill(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    bill = world.bill(1)
    sign_on()
    world.paid_as = "failed"
    page = browser.press(
        browser.open(f"/portal/bills/pay?bill={bill['id']}"), "/portal/bills/pay", payment=VISA
    )
    assert page.headings == ["Your card was declined"]
    assert "basket" not in page.text

    world.paid_as = "succeeded"
    (action,) = [form["action"] for form in page.forms if form["action"].endswith("/retries")]
    page = browser.press(page, action, payment=VISA)

    assert page.headings == ["Payment received."]
    assert [made["invoice_ids"] for made in world.bill_payments.values()] == [[bill["id"]]] * 2


def test_a_bill_says_why_it_differs_and_leads_to_a_question(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    bill = world.bill(1)
    change = {
        "label": "Fibre 500",
        "before": euro("15.00"),
        "now": euro("30.00"),
        "difference": euro("15.00"),
    }
    change |= {"code": "part_period", "days_before": 15, "days_now": 30}
    earlier = {"id": "inv_0", "number": "202601000000", "total": euro("15.00")}
    world.comparison = {"earlier": earlier, "difference": euro("15.00"), "changes": [change]}
    sign_on()

    page = browser.open(f"/portal/bills/{bill['id']}")

    assert "30 days instead of 15: €15.00 → €30.00" in page.text
    (question,) = [link for link in page.links if link and link.startswith("/portal/support/new?")]
    form = browser.open(question).form("/portal/support/new")
    assert form["fields"]["subject"] == f"Bill {bill['number']}"


def test_the_statement_has_both_balances(browser: Any, sign_on: SignOn) -> None:
    sign_on()

    page = browser.open("/portal/bills?tab=statement&from=2026-01-01&to=2026-11-20")

    assert "Balance before" in page.text
    assert "Bill 7" in page.text
    assert page.text.count("−€30.00") == 3


def test_the_api_pays_and_explains(client: Any, sign_in: Any, world: FakeWorld) -> None:
    bill = world.bill(1)
    headers = {**sign_in(), "Idempotency-Key": "k"}
    body = {"invoice_ids": [bill["id"]], "payment": {"payment_method_id": VISA}}

    made = client.post("/api/v1/payments", json=body, headers=headers)
    compared = client.get(f"/api/v1/invoices/{bill['id']}/comparison", headers=headers)
    nothing = client.post("/api/v1/payments", json={"payment": body["payment"]}, headers=headers)

    assert (made.status_code, made.json["label"], made.json["invoice_ids"]) == (
        201,
        "Successful",
        [bill["id"]],
    )
    assert compared.json == {"earlier": None, "difference": euro("0.00"), "changes": []}
    assert nothing.status_code == 422


def test_papers_pass_through_as_they_are(client: Any, sign_in: Any, world: FakeWorld) -> None:
    bill = world.bill(1)
    headers = sign_in()

    paper = client.get(f"/api/v1/invoices/{bill['id']}/document.pdf", headers=headers)

    assert (paper.status_code, paper.content_type) == (200, "application/pdf")
    assert paper.data == b"%PDF-1.7 a bill"
