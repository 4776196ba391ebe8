"""Paying bills: one, some or all, by card or page, by itself and again; never twice, and nothing is lost."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.clients.fake_provider import Knob
from billing.clients.provider import OutcomeStatus
from billing.domain.collection import InvoiceNotPayable, Owed, Use, next_try, uses
from billing.domain.payment import Status
from billing.models import Account, Invoice, JournalEntry, Payment, PaymentMethod
from billing.usecases import pay_order as paying
from billing.usecases import settle_payment as settling
from billing.usecases.approve_order import approve_order
from billing.usecases.collect_bills import collect_bills
from billing.usecases.give_up_payment import give_up_payments
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from billing.usecases.place_order import Request
from billing.usecases.retry_collections import retry_collections
from shared import clock
from shared.contracts.billing import PaymentSucceeded
from shared.money import Money
from shared.testing import answers_problem, told

CUSTOMER = "cus_00000000000000000000000001"
RETURN = "https://portal.example/portal/payments/{payment_id}"


def bill(shop: Any, plan: str = "plan_router") -> str:
    """
    An unpaid bill, due in 15 days; a router costs 60.00.
    """
    order_id = shop.order(plan, how=Request())
    with shop.db.begin() as session:
        today = clock.today("Europe/Dublin")
        approve_order(session, order_id=order_id, starts_on=today, partner_ids=None, now=clock.now())
        found = session.scalars(select(Invoice.id).where(Invoice.order_id == order_id)).one()
    return str(found)


def pay(shop: Any, *bills: str, card: bool = True, retry_of: str | None = None) -> str:
    how = PayBy(method_id=shop.card() if card else None, return_url=RETURN)
    with shop.db.begin() as session:
        payment = pay_bills(
            session, customer_id=CUSTOMER, invoice_ids=bills, how=how, now=clock.now(), retry_of=retry_of
        )
        return str(payment.id)


def collect(shop: Any, invoice_id: str) -> str | None:
    with shop.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        invoice = session.get_one(Invoice, invoice_id)
        payment = collect_bills(session, account, [invoice], method_id=None, now=clock.now())
        return payment.id if payment else None


def find(shop: Any, record: Any, key: str) -> Any:
    with shop.db.read() as session:
        return session.get_one(record, key)


def open_of(shop: Any, *bills: str) -> list[int]:
    return [find(shop, Invoice, each).open_minor for each in bills]


def books(shop: Any) -> tuple[int, int]:
    """
    What is owed and what is credit, the caches having been compared with the journal.
    """
    with shop.db.read() as session:
        account = session.get_one(Account, CUSTOMER)
        sums = dict(
            session.execute(
                select(JournalEntry.account, func.sum(JournalEntry.amount_minor))
                .where(JournalEntry.owner == CUSTOMER)
                .group_by(JournalEntry.account)
            )
            .tuples()
            .all()
        )
        assert account.owed_minor == sums.get("receivable", 0)
        assert account.credit_minor == -sums.get("customer_credit", 0)
        return account.owed_minor, account.credit_minor


def test_the_named_bill_comes_first_then_the_oldest_due_and_the_rest_is_credit() -> None:
    bills = [
        Owed(invoice_id="young", due_on=date(2026, 3, 1), open_minor=500),
        Owed(invoice_id="old", due_on=date(2026, 1, 1), open_minor=300),
        Owed(invoice_id="named", due_on=date(2026, 9, 1), open_minor=200),
    ]

    assert uses(600, bills, named=["named"]) == [Use("named", 200), Use("old", 300), Use("young", 100)]
    assert sum(use.minor for use in uses(5000, bills)) == 1000
    assert uses(0, bills) == []


def test_automatic_tries_come_on_the_days_chosen_counted_from_the_first() -> None:
    first = date(2026, 1, 1)

    assert [next_try(first, (3, 5, 7), tries=n) for n in (1, 2, 3, 4)] == [
        date(2026, 1, 4),
        date(2026, 1, 6),
        date(2026, 1, 8),
        None,
    ]
    assert next_try(first, (), tries=1) is None


def test_a_saved_card_pays_one_bill(shop: Any) -> None:
    one, other = bill(shop), bill(shop)

    payment = pay(shop, one)
    shop.work()

    assert find(shop, Payment, payment).status is Status.SUCCEEDED
    assert open_of(shop, one, other) == [0, 6000]
    assert shop.provider.taken() == [Money(6000, "EUR")]
    assert books(shop) == (6000, 0)
    paid = next(fact for fact in told(shop.db) if isinstance(fact, PaymentSucceeded))
    assert (paid.order_id, paid.invoice_number) == (None, find(shop, Invoice, one).number)


def test_nothing_named_pays_all_with_one_charge(shop: Any) -> None:
    bills = [bill(shop) for _ in range(3)]

    pay(shop)
    shop.work()

    assert open_of(shop, *bills) == [0, 0, 0]
    assert shop.provider.taken() == [Money(18000, "EUR")]


def test_a_bill_is_paid_by_one_payment_at_a_time(shop: Any, gateway: Any) -> None:
    one = bill(shop)
    to_pay = gateway.get("/summary").get_json()["to_pay"]
    assert ([each["id"] for each in to_pay["invoices"]], to_pay["amount"]["amount"]) == ([one], "60.00")
    shop.provider.knob = Knob.PEND
    first = pay(shop, one)
    shop.work()

    with pytest.raises(InvoiceNotPayable) as refused:
        pay(shop, one)

    assert refused.value.params == {"payment_id": first}
    assert gateway.get("/summary").get_json().get("to_pay") is None


def test_another_way_to_pay_gives_the_page_that_waits_up_first(shop: Any) -> None:
    one = bill(shop)
    page = pay(shop, one, card=False)
    shop.work()
    assert find(shop, Payment, page).status is Status.ACTION_REQUIRED

    card = pay(shop, one)
    shop.work()
    assert find(shop, Payment, card).status is Status.PENDING  # the page may still be finished
    give_up_payments(shop.db, shop.provider)
    shop.work()

    assert find(shop, Payment, page).status is Status.CANCELLED
    assert find(shop, Payment, card).status is Status.SUCCEEDED
    assert shop.provider.taken() == [Money(6000, "EUR")]


def test_a_page_finished_in_the_last_moment_pays_and_the_card_is_not_charged(shop: Any) -> None:
    one = bill(shop)
    page = pay(shop, one, card=False)
    shop.work()
    card = pay(shop, one)

    shop.provider.finish(page, OutcomeStatus.SUCCEEDED)
    give_up_payments(shop.db, shop.provider)
    shop.work()

    assert find(shop, Payment, page).status is Status.SUCCEEDED
    assert find(shop, Payment, card).failure_code == "paid_otherwise"
    assert shop.provider.taken() == [Money(6000, "EUR")]
    assert books(shop) == (0, 0)


def test_unknown_is_not_failed(shop: Any) -> None:
    one = bill(shop)
    shop.provider.knob = Knob.HANG_AFTER
    payment = pay(shop, one)
    shop.work()
    assert find(shop, Payment, payment).status is Status.PENDING
    assert open_of(shop, one) == [6000]

    shop.provider.knob = Knob.SUCCEED
    shop.later()

    assert open_of(shop, one) == [0]
    assert shop.provider.taken() == [Money(6000, "EUR")]


class Killed(BaseException):
    """
    The process is gone.
    """


@pytest.mark.parametrize(
    "point",
    [
        "billing.pay.before_provider",
        "billing.pay.after_provider",
        "billing.settle.inside",
        "billing.settle.after_commit",
    ],
)
def test_dying_anywhere_charges_once_and_loses_nothing(
    shop: Any, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    bills = [bill(shop), bill(shop)]

    def die(name: str) -> None:
        if name == point:
            raise Killed

    for module in (paying, settling):
        monkeypatch.setattr(module, "failpoint", die)
    payment = pay(shop, *bills)
    with pytest.raises(Killed):
        shop.work()
    monkeypatch.undo()
    shop.later()

    assert find(shop, Payment, payment).status is Status.SUCCEEDED
    assert open_of(shop, *bills) == [0, 0]
    assert shop.provider.taken() == [Money(12000, "EUR")]
    assert books(shop) == (0, 0)


def test_a_declined_payment_can_be_tried_again_with_another_card(shop: Any, gateway: Any) -> None:
    one = bill(shop)
    shop.provider.knob = Knob.DECLINE
    failed = pay(shop, one)
    shop.work()
    answer = gateway.get(f"/payments/{failed}").get_json()
    assert answer["failure"]["code"] == "card_declined"
    assert answer["retry"]["allowed"]
    assert open_of(shop, one) == [6000]

    shop.provider.knob = Knob.SUCCEED
    body = {"retry_of": failed, "payment": {"payment_method_id": shop.card("1881")}, "return_url": RETURN}
    again = gateway.post("/payments", body, key="again")
    shop.work()

    assert again.status_code == 202, again.get_data(as_text=True)
    assert again.get_json()["invoice_ids"] == [one]
    assert open_of(shop, one) == [0]
    assert not gateway.get(f"/payments/{failed}").get_json()["retry"]["allowed"]


def test_a_key_pays_once(shop: Any, gateway: Any) -> None:
    one = bill(shop)
    body = {"invoice_ids": [one], "payment": {"payment_method_id": shop.card()}, "return_url": RETURN}

    first, second = (gateway.post("/payments", body, key="k") for _ in range(2))
    shop.work()

    assert first.get_json()["id"] == second.get_json()["id"]
    assert shop.provider.taken() == [Money(6000, "EUR")]


def test_what_is_foreign_or_paid_cannot_be_paid(shop: Any, gateway: Any) -> None:
    one = bill(shop)
    how = {"payment": {"payment_method_id": shop.card()}, "return_url": RETURN}
    unknown = gateway.post("/payments", {"invoice_ids": ["inv_none"], **how}, key="1")
    assert answers_problem(unknown, 404, "not_found")
    assert answers_problem(gateway.post("/payments", how, key="2"), 422, "validation_failed")
    pay(shop, one)
    shop.work()

    paid = gateway.post("/payments", {"invoice_ids": [one], **how}, key="3")
    nothing = gateway.post("/payments", {"invoice_ids": [], **how}, key="4")

    assert answers_problem(paid, 409, "invoice_not_payable")
    assert answers_problem(nothing, 409, "invoice_not_payable")


def test_a_bill_is_collected_by_the_default_card_and_again_on_days_3_5_and_7(shop: Any, travel: Any) -> None:
    shop.card("4242")
    one = bill(shop)
    shop.provider.knob = Knob.DECLINE
    start = clock.now()
    collect(shop, one)
    shop.work()
    tries = []

    for day in range(1, 10):
        travel(start + timedelta(days=day))
        while retry_collections(shop.db):
            shop.work()
            tries.append(day)

    assert tries == [3, 5, 7]
    assert len([call for call in shop.provider.calls if call.startswith("charge")]) == 4
    assert open_of(shop, one) == [6000]


def test_automatic_tries_stop_when_the_bill_is_paid_and_skip_a_card_that_is_gone(
    shop: Any, travel: Any
) -> None:
    shop.card("4242")
    one, other = bill(shop), bill(shop)
    shop.provider.knob = Knob.DECLINE
    collect(shop, one), collect(shop, other)
    shop.work()
    shop.provider.knob = Knob.SUCCEED
    pay(shop, one)
    shop.work()
    spare = shop.card("1881")
    with shop.db.begin() as session:
        gone = update(PaymentMethod).where(PaymentMethod.last4 == "4242").values(removed_at=clock.now())
        session.execute(gone)

    travel(clock.now() + timedelta(days=3))
    while retry_collections(shop.db):
        shop.work()

    assert open_of(shop, one, other) == [0, 0]
    with shop.db.read() as session:
        last = session.scalars(select(Payment).order_by(Payment.id.desc())).first()
    assert (last.method_id, last.round, last.invoice_ids) == (spare, 2, [other])
    assert shop.provider.taken() == [Money(6000, "EUR")] * 2


def test_nothing_is_collected_without_a_card_or_twice_at_once(shop: Any) -> None:
    one = bill(shop)
    assert collect(shop, one) is None

    shop.card()
    assert collect(shop, one)
    assert collect(shop, one) is None


def test_a_payment_nobody_finished_ends_after_half_an_hour_and_late_money_still_pays(
    shop: Any, travel: Any
) -> None:
    one = bill(shop)
    page = pay(shop, one, card=False)
    shop.work()
    travel(clock.now() + timedelta(minutes=31))
    give_up_payments(shop.db, shop.provider)
    assert find(shop, Payment, page).status is Status.CANCELLED

    shop.provider.finish(page, OutcomeStatus.SUCCEEDED)
    with shop.db.begin() as session:
        outcome = shop.provider.payments[page]
        settling.settle_payment(session, payment_id=page, outcome=outcome, now=clock.now())
    shop.work()

    assert open_of(shop, one) == [0]
    assert books(shop) == (0, 0)


def test_late_money_for_a_bill_that_is_paid_goes_back(shop: Any, travel: Any) -> None:
    one = bill(shop)
    page = pay(shop, one, card=False)
    shop.work()
    travel(clock.now() + timedelta(minutes=31))
    give_up_payments(shop.db, shop.provider)
    pay(shop, one)
    shop.work()

    shop.provider.finish(page, OutcomeStatus.SUCCEEDED)
    with shop.db.begin() as session:
        outcome = shop.provider.payments[page]
        settling.settle_payment(session, payment_id=page, outcome=outcome, now=clock.now())
    shop.later()

    assert find(shop, Payment, page).status is Status.REFUNDED
    assert list(shop.provider.refunds.values()) == [Money(6000, "EUR")]
    assert books(shop) == (0, 0)
