"""What staff see and decide in billing's screens."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.handlers import handlers
from billing.models import Invoice
from billing.queries.figures import figures_of
from billing.usecases.place_order import Request
from shared.contracts.customers import BillMailed, PartnerChanged
from shared.testing import hear

ALL = ("orders.view", "orders.approve", "invoices.view", "payments.view", "customers.view")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = "/admin/billing"
CUSTOMER = "cus_00000000000000000000000001"
FIBRE = "plan_fibre"


@pytest.fixture
def staff(desk: FlaskClient) -> FlaskClient:
    return desk


@pytest.fixture
def signed_in(staff, sign_in_staff):
    return sign_in_staff(staff, *ALL)


def paid(shop) -> str:
    order_id = shop.order(FIBRE)
    shop.work()
    return order_id


def post(staff: FlaskClient, csrf: str, path: str, **fields: str):
    return staff.post(path, data={"csrf_token": csrf} | fields)


@pytest.mark.parametrize(
    "path", ["", "/orders", "/invoices", "/payments", "/credit-notes", "/customers", "/customers?q=nobody"]
)
def test_an_empty_house_says_what_will_appear(staff, signed_in, path):
    page = staff.get(HERE + path)

    assert page.status_code == 200
    assert page.text.count("<h1") == 1


@pytest.mark.parametrize(
    "path", ["/orders", f"/customers/{CUSTOMER}/services", f"/customers/{CUSTOMER}/billing"]
)
def test_what_was_ordered_is_listed(staff, signed_in, shop, path):
    paid(shop)

    page = staff.get(HERE + path)

    assert page.status_code == 200
    assert "Robert Myers" in page.text


def test_an_order_shows_its_lines_with_the_division(staff, signed_in, shop):
    order_id = paid(shop)

    page = staff.get(f"{HERE}/orders/{order_id}").text

    assert "€30.00 / 30 days × 11 days (20 Nov to 30 Nov)" in page
    assert "€11.00" in page


def test_the_credit_is_said_while_the_date_is_typed(staff, signed_in, shop):
    order_id = paid(shop)

    later = staff.get(f"{HERE}/orders/{order_id}/credit?starts_on=2026-11-25").text
    same = staff.get(f"{HERE}/orders/{order_id}/credit?starts_on=2026-11-20").text

    assert "5 unused days: credit note of €5.00 will be made." in later
    assert "No credit note will be made." in same


def test_approving_with_a_later_start_credits_what_was_said(staff, signed_in, shop):
    order_id = paid(shop)

    answer = post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-25")

    assert answer.status_code == 303
    order = shop.find(order_id)
    assert (order.approval, order.credited_days, order.credit_minor) == ("done", 5, 500)
    assert order.confirmed_start_on == date(2026, 11, 25)


def test_an_order_is_approved_once(staff, signed_in, shop):
    order_id = paid(shop)
    post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-25")

    again = post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-28")

    assert again.status_code == 409
    assert "This has been decided meanwhile" in again.text
    assert shop.find(order_id).credit_minor == 500


@pytest.mark.parametrize("starts_on", ["", "yesterday", "2026-11-19", "9999-12-31", "2026-02-30"])
def test_an_impossible_start_gives_the_form_back(staff, signed_in, shop, starts_on):
    order_id = paid(shop)

    answer = post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on=starts_on)

    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert f'value="{starts_on}"' in answer.text
    assert shop.find(order_id).approval == "open"


def test_rejecting_needs_a_reason(staff, signed_in, shop):
    order_id = paid(shop)

    answer = post(staff, signed_in, f"{HERE}/orders/{order_id}/reject", reason=" ")

    assert answer.status_code == 422
    assert shop.find(order_id).status == "active"


def test_a_rejected_request_ends_with_its_reason(staff, signed_in, shop):
    order_id = shop.order(FIBRE, how=Request())

    answer = post(staff, signed_in, f"{HERE}/orders/{order_id}/reject", reason="No fibre in this street")

    assert answer.status_code == 303
    order = shop.find(order_id)
    assert (order.status, order.reason) == ("rejected", "No fibre in this street")


def test_approving_goes_back_to_one_of_our_screens_only(staff, signed_in, shop):
    ticket = "http://localhost:8004/admin/tickets/tkt_1"

    ours = post(
        staff, signed_in, f"{HERE}/orders/{paid(shop)}/approve", starts_on="2026-11-20", return_to=ticket
    )
    foreign = post(
        staff,
        signed_in,
        f"{HERE}/orders/{paid(shop)}/approve",
        starts_on="2026-11-20",
        return_to="https://evil.example/",
    )

    assert ours.location == ticket
    assert foreign.location.startswith(f"{HERE}/orders/")


def test_staff_of_another_partner_find_nothing(staff, sign_in_staff, shop):
    order_id = paid(shop)
    csrf = sign_in_staff(staff, *ALL, partner_ids=["par_00000000000000000000000002"])

    assert staff.get(f"{HERE}/orders/{order_id}").status_code == 404
    assert staff.get(f"{HERE}/customers/{CUSTOMER}/services").status_code == 404
    assert post(staff, csrf, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-20").status_code == 404
    assert "Robert Myers" not in staff.get(f"{HERE}/orders").text
    assert shop.find(order_id).approval == "open"


def test_who_may_only_look_may_not_approve(staff, sign_in_staff, shop):
    order_id = paid(shop)
    csrf = sign_in_staff(staff, "orders.view")

    answer = post(staff, csrf, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-20")

    assert answer.status_code == 403
    assert shop.find(order_id).approval == "open"


def test_every_document_of_an_order_opens(staff, signed_in, shop, travel):
    order_id = paid(shop)
    travel(datetime(2026, 11, 24, 12, tzinfo=UTC))
    post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-24")
    links = [
        part.split('"')[0]
        for part in staff.get(f"{HERE}/orders/{order_id}").text.split('href="')
        if part.startswith((f"{HERE}/invoices/inv_", f"{HERE}/credit-notes/cn_", f"{HERE}/payments/pay_"))
    ]

    answers = [staff.get(link).status_code for link in links]

    assert len(links) == 3
    assert answers == [200, 200, 200]


def test_what_is_wrong_is_said_in_the_language_of_the_page(staff, signed_in, shop):
    order_id = paid(shop)

    answer = staff.post(
        f"{HERE}/orders/{order_id}/reject",
        data={"csrf_token": signed_in, "reason": ""},
        headers={"Accept-Language": "de"},
    )

    assert answer.status_code == 422
    assert "Nennen Sie den Grund, in höchstens 500 Zeichen." in answer.text
    assert "Say why" not in answer.text


def test_days_are_the_partners_wherever_it_is(staff, signed_in, sign_in_staff, shop, travel):
    far = PartnerChanged(
        partner_id="par_00000000000000000000000001", version=2, name="Default", title="", hue=1,
        currency="EUR", timezone="Pacific/Auckland", languages=("en",), help_phone="", help_email="",
        default=True,
    )  # fmt: skip
    hear(shop.db, handlers, far)
    order_id = shop.order(FIBRE, how=Request())
    post(staff, signed_in, f"{HERE}/orders/{order_id}/approve", starts_on="2026-11-21")
    csrf = sign_in_staff(staff, *ALL, "payments.record", "settings.edit", "runs.manage")
    assert csrf
    travel(datetime(2026, 12, 5, 12, tzinfo=UTC))  # the 6th in Auckland, when it is due

    assert "Overdue" in staff.get(f"{HERE}/invoices").text
    assert "Robert Myers" in staff.get(f"{HERE}/invoices?status=overdue").text
    assert 'value="2026-12-06"' in staff.get(f"{HERE}/customers/{CUSTOMER}/payments/new").text
    assert 'value="2026-12-06"' in staff.get(f"{HERE}/bulk-changes/new").text
    with shop.db.read() as session:
        (figures,) = figures_of(session, scope=None)
    assert figures.overdue_bills == 1


def test_an_invoice_lists_its_mails_with_what_became_of_each(staff, sign_in_staff, shop):
    paid(shop)
    with shop.db.read() as session:
        invoice_id = session.scalars(select(Invoice.id)).one()
    sign_in_staff(staff, *ALL, "payments.record")
    page = f"{HERE}/invoices/{invoice_id}"
    assert "No mail about this invoice has gone out." in staff.get(page).text

    for state, attempts, answer in (("queued", 2, "450 busy"), ("failed", 5, "550 no"), ("queued", 1, "421")):
        hear(
            shop.db,
            handlers,
            BillMailed(
                message_id="msg_1",
                partner_id="par_00000000000000000000000001",
                customer_id=CUSTOMER,
                invoice_id=invoice_id,
                recipients=("robert@example.net",),
                subject_line="Your bill",
                state=state,
                attempts=attempts,
                tried_at=NOON,
                answer=answer,
            ),
        )

    shown = staff.get(page).text
    for words in ("robert@example.net", "Failed", "5 tries", "550 no"):
        assert words in shown
    assert "450 busy" not in shown
    assert shown.count('name="act" value="send"') == 2
