"""An order paid by a saved card: from quote to active subscription, with exact amounts."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.domain.order import Approval, Status
from billing.models import Account, Invoice, JournalEntry, Subscription
from shared.money import Money
from shared.testing import told

FIBRE, PHONE, ROUTER, BUNDLE = "plan_fibre", "plan_phone", "plan_router", "plan_bundle"


def test_the_first_period_is_charged_to_the_end_of_the_month(shop: Any) -> None:
    quote = shop.quote(FIBRE)

    assert quote.total == Money.parse("11.00", "EUR")
    assert quote.lines[0].line().period.start == date(2026, 11, 20)
    assert quote.lines[0].line().period.end == date(2026, 12, 1)
    assert (quote.then_minor, quote.then_months, quote.then_from_on) == (3000, 1, date(2026, 12, 1))


def test_a_paid_order_is_active_with_its_bill_and_its_money(shop: Any) -> None:
    order_id = shop.order(BUNDLE, ROUTER)

    shop.work()

    order = shop.find(order_id)
    assert (order.status, order.approval) == (Status.ACTIVE, Approval.OPEN)
    assert shop.provider.taken() == [Money.parse("89.07", "EUR")]  # 52.00 x 11 / 30 + 60.00 + 10.00
    with shop.db.read() as session:
        invoice = session.scalars(select(Invoice)).one()
        account = session.scalars(select(Account)).one()
        subscriptions = session.scalars(select(Subscription)).all()
    assert (invoice.number, invoice.total_minor, invoice.open_minor) == ("202601000001", 8907, 0)
    assert (account.credit_minor, account.owed_minor) == (0, 0)
    assert sorted(sub.name for sub in subscriptions) == ["Fibre 100", "Home Plus", "Home phone"]
    assert {sub.charged_through for sub in subscriptions} == {date(2026, 12, 1)}
    assert {sub.status for sub in subscriptions} == {"active"}


def test_the_journal_sums_to_zero(shop: Any) -> None:
    shop.order(BUNDLE, ROUTER)

    shop.work()

    with shop.db.read() as session:
        per_tx = session.execute(
            select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        ).scalars()
        assert set(per_tx) == {0}


def test_the_others_are_told_in_order(shop: Any) -> None:
    shop.order(FIBRE)

    shop.work()

    assert [fact.fact_name for fact in told(shop.db)] == [
        "billing.order_placed",
        "billing.order_changed",
        "billing.invoice_issued",
        "billing.subscription_activated",
        "billing.order_changed",
        "billing.payment_succeeded",
    ]


@pytest.mark.parametrize("knob", [Knob.HANG_AFTER, Knob.HANG_BEFORE])
def test_an_unknown_outcome_is_asked_for_and_charged_once(shop: Any, knob: Knob) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = knob
    shop.work()
    assert shop.find(order_id).status is Status.PAYING

    shop.provider.knob = Knob.SUCCEED
    shop.later()

    assert shop.find(order_id).status is Status.ACTIVE
    assert shop.provider.taken() == [Money.parse("11.00", "EUR")]


def test_a_declined_card_leaves_no_document_and_no_subscription(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.provider.knob = Knob.DECLINE

    shop.work()

    assert shop.find(order_id).status is Status.FAILED
    with shop.db.read() as session:
        assert session.scalars(select(Invoice)).all() == []
        assert session.scalars(select(Subscription)).all() == []
        assert session.scalars(select(JournalEntry)).all() == []


def test_a_quote_after_midnight_in_dublin_starts_on_the_new_day(shop: Any, travel: Any) -> None:
    travel(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))  # 1 July, 00:30 in Dublin

    quote = shop.quote(FIBRE)

    assert quote.starts_on == date(2026, 7, 1)
    assert quote.total == Money.parse("30.00", "EUR")
