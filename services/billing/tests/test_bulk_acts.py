"""Bills sent again or charged, payments tried again, many at once: looked at first, done once, told apart."""

import io
import re
import subprocess
import sys
import threading
import zipfile
from datetime import timedelta
from signal import SIGKILL
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from billing.clients.fake_provider import Knob
from billing.handlers import handlers
from billing.models import Account, AuditEvent, BulkAct, BulkActItem, Invoice, Order, Payment
from billing.usecases.approve_order import approve_order
from billing.usecases.forget_old import forget_old
from billing.usecases.place_order import Request
from billing.usecases.work_bulk_acts import work_bulk_acts
from services.billing.tests.changing import FAST, Changes
from services.billing.tests.conftest import CUSTOMER, PARTNER, robert
from shared import clock
from shared.settings import environment
from shared.testing import hear, told

HERE = "/admin/billing"
ALL = ("invoices.view", "payments.view", "payments.record")
OTHER = "cus_00000000000000000000000002"
ACT = "/bulk-acts"


class Desk:
    """
    A member of staff, at the lists and at what is done to many.
    """

    def __init__(self, shop: Any, desk: Any, sign_in: Any, *may: str) -> None:
        self.shop, self.desk, self.sign_in = shop, desk, sign_in
        self.csrf = sign_in(desk, *(may or ALL))

    def open(self, path: str) -> Any:
        return self.desk.get(HERE + path)

    def send(self, path: str, **fields: Any) -> Any:
        return self.desk.post(HERE + path, data={"csrf_token": self.csrf} | fields)

    def key(self, path: str) -> str:
        found = re.search(r'name="key" value="(\w+)"', self.open(path).text)
        assert found, path
        return found[1]

    def start(self, act: str, listed: str = "/invoices", **fields: Any) -> str:
        """
        Choose in a list and let the worker look; return the path of the preview.
        """
        answer = self.send(ACT, act=act, key=self.key(listed), **fields)
        assert answer.status_code == 303, answer.text
        self.work()
        return str(answer.location).removeprefix(HERE)

    def work(self) -> None:
        while work_bulk_acts(self.shop.db):
            pass
        self.shop.work()

    def confirm(self, path: str, *, times: int = 1) -> list[int]:
        found = re.search(r'name="mark" value="([^"]+)"', self.open(path).text)
        assert found, self.open(path).text
        answers = [self.send(f"{path}/confirmations", mark=found[1]).status_code for _ in range(times)]
        self.work()
        return answers


@pytest.fixture
def clerk(shop: Any, desk: Any, sign_in_staff: Any) -> Desk:
    """
    Staff of a house where Robert owes two bills, 60.00 and 120.00, and Ann, who has no card, one of 60.00.
    """
    hear(shop.db, handlers, robert(emails=("robert@example.org",), version=2))
    bill(shop)
    bill(shop, quantity=2)
    hear(shop.db, handlers, robert(customer_id=OTHER, number=2, full_name="Ann Kelly", login="ann"))
    shop.customer = OTHER
    bill(shop)
    shop.customer = CUSTOMER
    return Desk(shop, desk, sign_in_staff)


def bill(shop: Any, quantity: int = 1) -> None:
    order_id = shop.order("plan_router", how=Request(), quantity=quantity)
    with shop.db.begin() as session:
        approve_order(
            session, order_id=order_id, starts_on=clock.today("UTC"), partner_ids=None, now=clock.now()
        )


def rows(shop: Any, record: Any, *by: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record).order_by(*by)))


def items(shop: Any) -> list[tuple[str, int, str | None]]:
    found = rows(shop, BulkActItem, BulkActItem.target_id)
    return [(each.status.value, each.amount_minor, each.refusal) for each in found]


def test_bills_are_found_by_partner_amount_and_day(clerk: Desk) -> None:
    page = clerk.open("/invoices?min=100&max=120,00&from=2026-11-20&due_to=2030-01-01&show=open").text

    assert page.count("Robert Myers") == 1
    assert "€120.00" in page
    assert "€60.00" not in page
    assert "show=paid&amp;from=2026-11-20" in page  # another status keeps the rest of the filter
    assert "No invoice matches" in clerk.open("/invoices?partner=par_none").text
    assert "€240.00" in clerk.open(f"/invoices?partner={PARTNER}").text


@pytest.mark.parametrize(("field", "value"), [("min", "much"), ("max", "1.2.3"), ("from", "yesterday")])
def test_a_filter_that_cannot_be_is_said_at_its_field(clerk: Desk, field: str, value: str) -> None:
    answer = clerk.open(f"/invoices?{field}={value}")

    assert answer.status_code == 422
    assert f"#f-{field}" in answer.text
    assert 'name="act"' not in answer.text  # nothing is done to what was not meant


def test_the_payments_and_credit_notes_found_are_summed(clerk: Desk) -> None:
    clerk.shop.order("plan_fibre")
    clerk.shop.work()

    page = clerk.open("/payments?min=11&max=11").text
    assert "Totals" in page
    assert "€11.00" in page
    assert "No payment matches" in clerk.open("/payments?min=11.01").text
    assert "No credit note matches" in clerk.open("/credit-notes?max=5").text


def test_a_customer_is_charged_once_for_all_bills_and_who_cannot_be_is_told_why(clerk: Desk) -> None:
    clerk.shop.card()
    path = clerk.start("charge", show="open")

    assert items(clerk.shop) == [
        ("refused", 6000, "card_not_automatic"),
        ("refused", 12000, "card_not_automatic"),
        ("refused", 6000, "no_card"),
    ]
    assert rows(clerk.shop, Payment) == []
    clerk.send(f"{path}/any-card")
    clerk.work()
    assert "€180.00" in clerk.open(path).text
    assert clerk.confirm(path, times=2) == [303, 409]

    (payment,) = rows(clerk.shop, Payment)
    assert (payment.amount_minor, payment.status.value, len(payment.invoice_ids)) == (18000, "succeeded", 2)
    assert [each.open_minor for each in rows(clerk.shop, Invoice, Invoice.id)] == [0, 0, 6000]
    assert [each.status.value for each in rows(clerk.shop, BulkAct)] == ["finished"]
    page = clerk.open(path).text
    assert "The customer has no saved card that works." in page
    assert "Confirmed for 2" in page
    clerk.csrf = clerk.sign_in(clerk.desk, *ALL, "settings.view")
    assert path in clerk.open(f"/settings?partner={PARTNER}").text
    actions = [each.action for each in rows(clerk.shop, AuditEvent, AuditEvent.at, AuditEvent.seq)]
    assert [each for each in actions if each.startswith("bulk_act")] == [
        "bulk_act_started",
        "bulk_act_any_card",
        "bulk_act_confirmed",
    ]


def test_asking_twice_is_asking_once_and_what_was_chosen_alone_is_meant(clerk: Desk) -> None:
    clerk.shop.card()
    chosen, key = rows(clerk.shop, Invoice, Invoice.id)[1].id, clerk.key("/invoices")

    for _ in range(2):
        assert clerk.send(ACT, act="charge", key=key, chosen=[chosen]).location.endswith(key)

    assert [(each.id, each.total) for each in rows(clerk.shop, BulkAct)] == [(key, 1)]
    assert len(items(clerk.shop)) == 1


def test_a_bill_paid_since_the_preview_is_not_charged(clerk: Desk) -> None:
    clerk.shop.card()
    path = clerk.start("charge", show="open")
    clerk.send(f"{path}/any-card")
    clerk.work()
    form = {"key": clerk.key(f"/customers/{CUSTOMER}/payments/new"), "way": "cash", "amount": "70"}
    clerk.send(f"/customers/{CUSTOMER}/payments/new", **form, received_on="2026-11-20")

    clerk.confirm(path)

    assert items(clerk.shop) == [
        ("failed", 6000, "invoice_not_payable"),
        ("failed", 11000, "amount_changed"),
        ("refused", 6000, "no_card"),
    ]
    clerk.send(f"{path}/retries")
    clerk.work()
    assert [each[0] for each in items(clerk.shop)] == ["failed", "done", "refused"]
    assert [each.amount_minor for each in rows(clerk.shop, Payment, Payment.created_at)] == [7000, 11000]
    with clerk.shop.db.read() as session:
        assert session.get_one(Account, CUSTOMER).owed_minor == 0


WORKER = """
import sys
from datetime import datetime
from billing.usecases.work_bulk_acts import work_bulk_acts
from shared import clock
from shared.db import Database

clock.move_to(datetime.fromisoformat(sys.argv[2]))
while work_bulk_acts(Database(sys.argv[1])):
    pass
"""


def test_a_worker_that_dies_charges_nobody_twice(clerk: Desk) -> None:
    clerk.shop.card()
    path = clerk.start("charge", show="open")
    clerk.send(f"{path}/any-card")
    clerk.work()
    mark = re.search(r'name="mark" value="([^"]+)"', clerk.open(path).text)
    assert mark
    clerk.send(f"{path}/confirmations", mark=mark[1])
    worker = [sys.executable, "-c", WORKER, clerk.shop.db.url, clock.now().isoformat()]

    dies = {**environment(), "FAILPOINT": "billing.bulk_act.before_commit"}
    assert subprocess.run(worker, env=dies, timeout=100).returncode == -SIGKILL
    assert rows(clerk.shop, Payment) == []
    with clerk.shop.db.begin() as session:  # what the dead one held is given out again
        session.execute(update(BulkActItem).values(lease_until=None))
    others = [threading.Thread(target=work_bulk_acts, args=(clerk.shop.db,)) for _ in range(3)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    clerk.work()

    assert sum(each.amount_minor for each in rows(clerk.shop, Payment)) == 18000
    assert [each.open_minor for each in rows(clerk.shop, Invoice, Invoice.id)] == [0, 0, 6000]


def test_bills_are_mailed_again_to_who_has_an_address(clerk: Desk) -> None:
    path = clerk.start("send", show="open")
    assert not [fact for fact in told(clerk.shop.db) if fact.fact_name == "billing.invoice_sent_again"]

    clerk.confirm(path)

    facts = [fact for fact in told(clerk.shop.db) if fact.fact_name == "billing.invoice_sent_again"]
    assert sorted((fact.open.amount, fact.customer_id) for fact in facts) == [
        ("120.00", CUSTOMER),
        ("60.00", CUSTOMER),
    ]
    assert [each[0] for each in items(clerk.shop)] == ["done", "done", "refused"]
    assert "The customer has no address for mail about bills." in clerk.open(f"{path}?rows=refused").text


def test_failed_payments_are_tried_again(clerk: Desk) -> None:
    clerk.shop.provider.knob = Knob.DECLINE
    order_id = clerk.shop.order("plan_fibre")
    clerk.shop.work()
    clerk.shop.provider.knob = Knob.SUCCEED

    nobody = clerk.send(ACT, act="retry", key=clerk.key("/payments"), show="failed", reason="expired_card")
    assert nobody.status_code == 422
    (reason,) = {each.failure_code for each in clerk.shop.payments(order_id)}
    assert "Try all of these again" in clerk.open("/payments/failed").text
    path = clerk.start("retry", "/payments/failed", show="failed", reason=reason)
    assert items(clerk.shop) == [("waiting", 1100, None)]
    clerk.confirm(path)

    assert [each.status.value for each in clerk.shop.payments(order_id)] == ["failed", "succeeded"]
    again = clerk.send(ACT, act="retry", key=clerk.key("/payments"), show="failed")
    assert (again.status_code, "Nothing was begun" in again.text) == (422, True)


def test_strangers_and_readers_do_nothing_to_many(clerk: Desk, sign_in_staff: Any) -> None:
    path = clerk.start("send", show="open")
    clerk.csrf = sign_in_staff(clerk.desk, *ALL, partner_ids=["par_00000000000000000000000002"])
    assert clerk.open(path).status_code == 404
    assert clerk.send(f"{path}/confirmations", mark="2").status_code == 404

    clerk.csrf = sign_in_staff(clerk.desk, "invoices.view", "payments.view")
    assert clerk.open(path).status_code == 200
    assert clerk.send(f"{path}/confirmations", mark="2").status_code == 403
    assert 'value="send"' not in clerk.open("/invoices").text


def test_what_waits_for_a_bill_is_listed_until_it_is_billed(
    shop: Any, travel: Any, desk: Any, sign_in_staff: Any
) -> None:
    changes = Changes(shop, travel)
    changes.settings(timing="next_cycle", fee_up_minor=200)
    changes.change(FAST)
    sign_in_staff(desk, *ALL)

    waiting = desk.get(f"{HERE}/charges?show=pending&min=2&max=2").text

    assert "Price of change" in waiting
    assert waiting.count("€2.00") == 2  # in the totals, and by itself
    for other in ("show=dropped", "min=2.01", "to=2026-11-19"):
        assert "No charge matches" in desk.get(f"{HERE}/charges?{other}").text


def waiting(shop: Any) -> list[str]:
    """
    Order a request of Robert's and one of Ann's, and return their ids.
    """
    made = []
    for customer in (CUSTOMER, OTHER):
        shop.customer = customer
        made.append(shop.order("plan_fibre", how=Request()))
    return sorted(made)


def test_many_orders_are_approved_each_as_its_own_form_suggests(
    shop: Any, desk: Any, sign_in_staff: Any
) -> None:
    hear(shop.db, handlers, robert(customer_id=OTHER, number=2, full_name="Ann Kelly", login="ann"))
    first, second = waiting(shop)
    clerk = Desk(shop, desk, sign_in_staff, "orders.view", "orders.approve")
    preview = clerk.start("approve", "/orders?show=approval")
    with shop.db.begin() as session:  # somebody is faster with one of them
        approve_order(
            session, order_id=second, starts_on=clock.today("UTC"), partner_ids=None, now=clock.now()
        )

    assert "Approve 2 orders" in clerk.open(preview).text
    assert clerk.confirm(preview, times=2) == [303, 409]

    assert [status for status, _amount, _why in items(shop)] == ["done", "failed"]
    assert "does not wait for approval" in clerk.open(preview).text
    with shop.db.read() as session:
        approved = session.get_one(Order, first)
        assert (approved.status.value, approved.confirmed_start_on) == ("active", clock.today("UTC"))
    assert len(rows(shop, Invoice)) == 2


def test_who_may_not_approve_one_order_may_not_approve_many(shop: Any, desk: Any, sign_in_staff: Any) -> None:
    hear(shop.db, handlers, robert(customer_id=OTHER, number=2, full_name="Ann Kelly", login="ann"))
    waiting(shop)
    allowed = Desk(shop, desk, sign_in_staff, "orders.view", "orders.approve")
    preview = allowed.start("approve", "/orders?show=approval")
    key = allowed.key("/orders?show=approval")
    others = Desk(shop, desk, sign_in_staff, "orders.view", "payments.view", "payments.record")

    assert 'value="approve"' not in others.open("/orders?show=approval").text
    assert others.send(ACT, act="approve", key=key).status_code == 403
    assert others.open(preview).status_code == 200
    assert others.send(f"{preview}/confirmations", mark="2 €60.00").status_code == 403
    assert Desk(shop, desk, sign_in_staff).open(preview).status_code == 403
    assert rows(shop, Invoice) == []


def test_bills_as_pdf_are_drawn_with_progress_and_given_as_one_file(
    clerk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.queries.bulk_acts.PAPERS_AT_ONCE", 2)
    clerk.csrf = clerk.sign_in(clerk.desk, "invoices.view")
    listed = clerk.open("/invoices").text
    assert 'value="print"' in listed
    assert 'value="charge"' not in listed
    hear(clerk.shop.db, handlers, robert(emails=("robert@example.org",), version=3, language="de"))

    answer = clerk.send(ACT, act="print", key=clerk.key("/invoices"))
    path = str(answer.location).removeprefix(HERE)
    waiting = clerk.open(path).text
    assert "<progress" in waiting
    assert clerk.open(f"{path}/invoices.zip").status_code == 404
    clerk.work()

    assert re.search(r"Download all \(ZIP\).*PDFs of 3 asked for", clerk.open(path).text, re.DOTALL)
    assert [status for status, _amount, _why in items(clerk.shop)] == ["done"] * 3
    archive = zipfile.ZipFile(io.BytesIO(clerk.open(f"{path}/invoices.zip").data))
    assert archive.testzip() is None
    bills = rows(clerk.shop, Invoice, Invoice.id)
    assert archive.namelist() == [f"{each.number}.pdf" for each in bills]
    for each in bills:
        alone = clerk.open(f"/invoices/{each.id}/document.pdf").data
        assert archive.read(f"{each.number}.pdf") == alone
    assert "Rechnung" in PdfReader(io.BytesIO(archive.read(f"{bills[0].number}.pdf"))).pages[0].extract_text()

    with clerk.shop.db.begin() as session:
        forget_old(session, now=clock.now() + timedelta(days=2))
    assert clerk.open(f"{path}/invoices.zip").status_code == 404
    assert "The file is kept for a day." in clerk.open(path).text


def test_of_more_bills_than_can_be_printed_none_is(clerk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.usecases.start_bulk_act.MOST_PRINTED", 2)

    answer = clerk.send(ACT, act="print", key=clerk.key("/invoices"))

    assert (answer.status_code, "At most 2 can be done at once." in answer.text) == (422, True)
    assert rows(clerk.shop, BulkActItem) == []
