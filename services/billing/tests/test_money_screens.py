"""The screens where staff handles money: shown, refused with the field, done once, within their partners."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import inspect, select

from billing.clients.fake_provider import Knob
from billing.models import Account, CreditNote, Invoice, Payment, Refund
from billing.usecases.approve_order import approve_order
from billing.usecases.place_order import Request
from shared import clock

ALL = (
    "orders.view",
    "invoices.view",
    "invoices.credit",
    "payments.view",
    "payments.record",
    "payments.refund",
    "customers.view",
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HERE = "/admin/billing"
CUSTOMER = "cus_00000000000000000000000001"
NEW = f"/customers/{CUSTOMER}/payments/new"


class Clerk:
    """
    A member of staff at the forms.
    """

    def __init__(self, desk: Any, csrf: str) -> None:
        self.desk, self.csrf = desk, csrf

    def open(self, path: str) -> Any:
        return self.desk.get(HERE + path)

    def key(self, path: str) -> str:
        found = re.search(r'name="key" value="(\w+)"', self.open(path).text)
        assert found, path
        return found[1]

    def send(self, path: str, **fields: Any) -> Any:
        return self.desk.post(HERE + path, data={"csrf_token": self.csrf} | fields)


@pytest.fixture
def clerk(desk: Any, sign_in_staff: Any) -> Clerk:
    return Clerk(desk, sign_in_staff(desk, *ALL))


def bill(shop: Any) -> Any:
    order_id = shop.order("plan_router", how=Request())
    with shop.db.begin() as session:
        today = clock.today("Europe/Dublin")
        approve_order(session, order_id=order_id, starts_on=today, partner_ids=None, now=clock.now())
        return session.scalars(select(Invoice).where(Invoice.order_id == order_id)).one()


def paid_by_card(shop: Any) -> Any:
    shop.order("plan_fibre")
    shop.work()
    with shop.db.read() as session:
        return session.scalars(select(Payment)).one()


def all_of(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record).order_by(*inspect(record).primary_key)))


def test_cash_is_recorded_once_and_shown_before(shop: Any, clerk: Clerk) -> None:
    invoice = bill(shop)
    form = {"key": clerk.key(NEW), "way": "cash", "received_on": "2026-11-20", "amount": "70,00"}

    preview = clerk.send(NEW, **form, step="preview")
    assert invoice.number in preview.text
    assert "€10.00" in preview.text
    assert all_of(shop, Payment) == []
    for _ in range(2):
        assert clerk.send(NEW, **form, payer="His mother", number="Q-17").status_code == 303

    (payment,) = all_of(shop, Payment)
    assert (payment.payer, payment.receipt_number, payment.left_minor) == ("His mother", "Q-17", 1000)
    assert "Q-17" in clerk.open(f"/payments/{payment.id}").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "0"), ("amount", "much"), ("amount", "1.234"), ("received_on", ""), ("way", "shells")],
)
def test_what_cannot_be_comes_back_filled_in(shop: Any, clerk: Clerk, field: str, value: str) -> None:
    bill(shop)
    form = {"key": clerk.key(NEW), "way": "cash", "received_on": "2026-11-20", "amount": "5", "payer": "Aunt"}

    answer = clerk.send(NEW, **(form | {field: value}))

    assert answer.status_code == 422
    assert "Aunt" in answer.text
    assert f"#f-{field}" in answer.text
    assert all_of(shop, Payment) == []


def test_money_goes_back_once_by_a_form(shop: Any, clerk: Clerk) -> None:
    payment = paid_by_card(shop)
    path = f"/payments/{payment.id}/refund"
    form = {"key": clerk.key(path), "amount": "4.00", "way": "card", "reason": "By agreement"}

    assert clerk.send(path, **(form | {"amount": "11.01"})).status_code == 422
    for _ in range(2):
        assert clerk.send(path, **form).status_code == 303

    (refund,) = all_of(shop, Refund)
    assert (refund.amount_minor, refund.way) == (400, "card")
    assert all_of(shop, Account)[0].owed_minor == 400


def test_a_chargeback_and_its_end_are_two_presses(shop: Any, clerk: Clerk) -> None:
    payment = paid_by_card(shop)
    assert clerk.send(f"/payments/{payment.id}/chargeback", reason="").status_code == 422

    clerk.send(f"/payments/{payment.id}/chargeback", reason="Not me")
    assert all_of(shop, Account)[0].owed_minor == 1100
    assert "The bank gave it back" in clerk.open(f"/payments/{payment.id}").text
    clerk.send(f"/payments/{payment.id}/restorations")

    assert all_of(shop, Account)[0].owed_minor == 0


def test_lines_are_credited_by_a_form_and_once(shop: Any, clerk: Clerk) -> None:
    invoice = bill(shop)
    (line,) = invoice.lines
    path = f"/invoices/{invoice.id}/credit"
    form = {"key": clerk.key(path), line.id: "20.00", "reason": "Sorry", "money": "balance"}

    assert clerk.send(path, **(form | {line.id: "60.01"})).status_code == 409
    for _ in range(2):
        assert clerk.send(path, **form).status_code == 303

    (note,) = all_of(shop, CreditNote)
    assert note.total_minor == 2000
    assert "€40.00" in clerk.open(path).text


def test_the_days_from_a_date_are_suggested(shop: Any, clerk: Clerk) -> None:
    payment = paid_by_card(shop)

    page = clerk.open(f"/invoices/{payment.invoice_id}/credit?from=2026-11-26").text

    assert 'value="5.00"' in page


def test_an_invoice_is_billed_again_by_a_form(shop: Any, clerk: Clerk) -> None:
    payment = paid_by_card(shop)
    path = f"/invoices/{payment.invoice_id}/reissue"
    with shop.db.read() as session:
        lines = [line.id for line in session.get_one(Invoice, payment.invoice_id).lines]

    answer = clerk.send(path, key=clerk.key(path), lines=lines, reason="Wrong name")

    assert answer.status_code == 303
    assert [each.open_minor for each in all_of(shop, Invoice)] == [0, 0]


def test_lists_filter_add_up_and_are_files(shop: Any, clerk: Clerk) -> None:
    unpaid = bill(shop)
    paid_by_card(shop)

    page = clerk.open("/invoices?show=unpaid").text
    file = clerk.open("/invoices.csv?show=unpaid")

    assert unpaid.number in page
    assert file.content_type.startswith("text/csv")
    assert [row.split(",")[0] for row in file.text.splitlines()[1:]] == [unpaid.number]
    assert "€11.00" not in page
    assert clerk.open("/payments.csv?show=succeeded").text.count("Robert Myers") == 1
    assert "No payment matches" in clerk.open("/payments?show=unallocated").text
    assert "No credit note matches" in clerk.open("/credit-notes?show=closed").text
    assert clerk.open("/credit-notes.csv").text.splitlines()[1:] == []


def test_failed_payments_wait_by_reason_with_one_press(shop: Any, clerk: Clerk) -> None:
    shop.provider.knob = Knob.DECLINE
    shop.order("plan_fibre")
    shop.work()
    (failed,) = all_of(shop, Payment)
    assert "The bank declined the card" in clerk.open("/payments/failed").text

    shop.provider.knob = Knob.SUCCEED
    clerk.send(f"/payments/{failed.id}/tries")
    shop.work()

    assert [each.status.value for each in all_of(shop, Payment)] == ["failed", "succeeded"]
    assert "No failed payments" in clerk.open("/payments/failed").text


def test_the_ledger_runs_from_balance_to_balance(shop: Any, clerk: Clerk) -> None:
    bill(shop)

    page = clerk.open(f"/customers/{CUSTOMER}/transactions").text
    file = clerk.open(f"/customers/{CUSTOMER}/transactions?as=csv").text

    assert "Balance after" in page
    assert file.splitlines()[1].endswith("-60.00,-60.00")


ACTS = ("payments.record", "payments.refund", "invoices.credit")


def test_only_who_may_sees_and_does_it(shop: Any, desk: Any, sign_in_staff: Any) -> None:
    payment, invoice = paid_by_card(shop), bill(shop)
    reader = Clerk(desk, sign_in_staff(desk, *(each for each in ALL if each not in ACTS)))

    page = reader.open(f"/payments/{payment.id}").text + reader.open(f"/invoices/{invoice.id}").text
    assert "Give money back" not in page
    assert "Credit and bill again" not in page
    for path in (NEW, f"/payments/{payment.id}/refund", f"/invoices/{invoice.id}/credit"):
        assert reader.open(path).status_code == 403
        assert reader.send(path).status_code == 403


def test_another_partners_money_is_not_found(shop: Any, desk: Any, sign_in_staff: Any) -> None:
    payment, invoice = paid_by_card(shop), bill(shop)
    stranger = Clerk(desk, sign_in_staff(desk, *ALL, partner_ids=["par_00000000000000000000000002"]))

    for path in (
        NEW,
        f"/payments/{payment.id}/refund",
        f"/payments/{payment.id}/chargeback",
        f"/invoices/{invoice.id}/credit",
        f"/invoices/{invoice.id}/reissue",
        f"/customers/{CUSTOMER}/transactions",
    ):
        assert stranger.open(path).status_code == 404, path
    for path in (f"/payments/{payment.id}/restorations", f"/payments/{payment.id}/tries"):
        assert stranger.send(path).status_code == 404, path
    assert stranger.open("/invoices.csv").text.count("\n") == 1
