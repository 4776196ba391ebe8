"""Runs charge saved cards: one payment for each account's new bills, once, and again on the days chosen."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.clients.fake_provider import Knob
from billing.domain.dunning import Dunning
from billing.domain.payment import Status
from billing.domain.run import Mode
from billing.models import Account, AuditEvent, Invoice, Payment
from billing.queries.ledger_differences import differences
from billing.usecases.record_payment import Receipt, Way, record_payment
from billing.usecases.retry_collections import retry_collections
from billing.usecases.review_due_accounts import review_due_accounts
from billing.usecases.write_audit import seal
from services.billing.tests.runs.conftest import DECEMBER, customer
from shared import clock
from shared.money import Money


@pytest.fixture
def town(town: Any) -> Any:
    """
    Seven customers with cards that are charged, on the morning of 1 December.
    """
    town.decide(charge_card=True, retry_days=[3, 5, 7])
    return town


@pytest.fixture
def cards(town: Any, shop: Any) -> Any:
    for number in range(1, 8):
        card(shop, number)
    return shop


def card(shop: Any, number: int, **more: Any) -> str:
    shop.customer = customer(number)
    return str(shop.card(**more))


def pay_by_hand(town: Any, number: int, amount: str) -> None:
    money = Money.parse(amount, "EUR")
    receipt = Receipt(way=Way.CASH, amount=money, received_on=DECEMBER, method_label="Cash")
    with town.db.begin() as session:
        record_payment(
            session,
            payment_id=f"pay_{number:026d}",
            customer_id=customer(number),
            receipt=receipt,
            partner_ids=None,
            now=clock.now(),
        )


def issue(town: Any) -> None:
    town.start(Mode.ISSUE)
    town.work()


def payments(town: Any, *numbers: int) -> list[Payment]:
    ids = [customer(number) for number in numbers or range(1, 8)]
    with town.db.read() as session:
        mine = (Payment.customer_id.in_(ids), Payment.automatic)
        return list(session.scalars(select(Payment).where(*mine).order_by(Payment.id)))


def owed(town: Any) -> list[int]:
    with town.db.read() as session:
        return list(session.scalars(select(Account.owed_minor).order_by(Account.customer_id)))


def test_a_run_charges_each_saved_card_once_for_what_credit_leaves_open(town: Any, shop: Any) -> None:
    for number in (1, 2, 4, 5, 6):
        card(shop, number)
    card(shop, 3, expires=2025)
    pay_by_hand(town, 4, "10.00")
    pay_by_hand(town, 5, "30.00")
    with town.db.begin() as session:
        session.get_one(Account, customer(6)).own_settings = {"charge_card": False}

    issue(town)

    begun = payments(town)
    assert [(each.customer_id, each.amount_minor, each.status) for each in begun] == [
        (customer(1), 3000, Status.PENDING),
        (customer(2), 3000, Status.PENDING),
        (customer(4), 2000, Status.PENDING),
    ]
    shop.work()
    assert owed(town) == [0, 0, 3000, 0, 0, 3000, 3000]
    assert sum(each.minor for each in shop.provider.taken()) == 8000

    issue(town)  # done again, nothing is billed and nobody is charged
    shop.work()
    assert len(payments(town)) == len(shop.provider.payments) == 3
    with town.db.read() as session:
        assert differences(session) == []


def test_a_payment_of_a_run_looks_like_any_other_and_is_in_the_trail(town: Any, shop: Any) -> None:
    saved = card(shop, 1)
    issue(town)

    (begun,) = payments(town)
    with town.db.read() as session:
        (bill,) = session.scalars(select(Invoice).where(Invoice.customer_id == customer(1)))
        trail = session.scalars(select(AuditEvent).where(AuditEvent.customer_id == customer(1))).all()
        account = session.get_one(Account, customer(1))
        assert [(each.action, each.target, each.details) for each in trail] == [
            ("collection_begun", begun.id, {"amount": "EUR 30.00"})
        ]
        assert (trail[0].hash, account.audit_hash, account.audit_count) == (seal(trail[0]), trail[0].hash, 1)
    assert (begun.invoice_ids, begun.method_id, begun.purpose) == ([bill.id], saved, "bills")
    assert (begun.round, begun.tried_from_on, begun.method_label) == (1, DECEMBER, "Visa ending 4242")


def test_missed_months_that_make_a_bill_each_are_one_payment(town: Any, shop: Any) -> None:
    card(shop, 1)
    town.decide(charge_card=True, separate_periods=True, process_blocking=False)

    town.bill_all(date(2027, 1, 2))
    shop.work()

    (begun,) = payments(town)
    assert (begun.amount_minor, len(begun.invoice_ids), begun.status) == (6000, 2, Status.SUCCEEDED)
    assert owed(town)[0] == 0


def test_a_declined_card_is_tried_again_on_the_days_chosen_and_dunning_goes_on(
    town: Any, shop: Any, travel: Any
) -> None:
    card(shop, 1)
    shop.provider.knob = Knob.DECLINE
    issue(town)
    shop.work()

    tries = []
    for day in range(2, 18):
        travel(datetime(2026, 12, day, 12, tzinfo=UTC))
        while retry_collections(shop.db):
            shop.work()
            tries.append(day)
        review_due_accounts(town.db)

    assert tries == [4, 6, 8]
    assert [each.round for each in payments(town)] == [1, 2, 3, 4]
    with town.db.read() as session:
        account = session.get_one(Account, customer(1))
        assert (account.owed_minor, account.dunning) == (3000, Dunning.BLOCKED)


def test_who_waits_at_the_till_goes_before_what_a_run_began(town: Any, cards: Any) -> None:
    issue(town)
    with town.db.begin() as session:
        early = clock.real_now() - timedelta(hours=1)  # the run began long ago
        session.execute(update(Payment).values(ask_at=early))
    cards.customer = "cus_00000000000000000000000001"
    cards.provider.calls.clear()
    order = cards.order("plan_router")

    cards.work()

    (paid,) = cards.payments(order)
    assert cards.provider.calls[0] == f"charge {paid.id}"
    with town.db.read() as session:
        assert session.scalar(select(func.count()).where(Payment.status == Status.SUCCEEDED)) == 8
