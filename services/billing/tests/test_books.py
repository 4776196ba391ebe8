"""Quote, bill, charge and books agree, for any basket and whatever happens after."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.domain.order import Approval
from billing.models import Account, AuditEvent, CreditNote, Invoice, JournalEntry, JournalTx, Payment, Quote
from billing.usecases.approve_order import approve_order
from billing.usecases.reject_order import RefundTo, reject_order
from billing.usecases.write_audit import seal
from shared import clock
from shared.money import Money
from shared.testing import seeds

CUSTOMER = "cus_00000000000000000000000001"


def plans(shop: Any, chance: random.Random) -> list[str]:
    made = []
    for n in range(8):
        plan_id = f"plan_{n}"
        shop.plan(
            plan_id,
            f"{chance.randint(0, 9999) / 100:.2f}",
            kind=chance.choice(["internet", "voice", "recurring", "one_time"]),
            interval_months=chance.choice([0, 1, 1, 3, 12]),
            activation_fee=Money(chance.choice([0, 0, 999]), "EUR"),
            vat_basis_points=chance.choice([2300, 900, 0]),
            max_quantity=5,
        )
        made.append(plan_id)
    return made


def books(shop: Any) -> dict[str, int]:
    with shop.db.read() as session:
        rows = session.execute(
            select(JournalEntry.account, func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.account)
        ).all()
        per_tx = session.execute(
            select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        ).scalars()
        assert set(per_tx) <= {0}
    return {account: int(minor) for account, minor in rows}


def everything(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record)).all())


def check(shop: Any) -> None:
    ledger = books(shop)
    invoices, notes = everything(shop, Invoice), everything(shop, CreditNote)
    account = everything(shop, Account)[0]
    assert account.owed_minor == ledger.get("receivable", 0) == sum(one.open_minor for one in invoices)
    assert account.credit_minor == -ledger.get("customer_credit", 0)
    assert account.credit_minor == sum(note.left_minor for note in notes) + sum(
        payment.left_minor for payment in everything(shop, Payment)
    )
    back = sum(money.minor for money in shop.provider.refunds.values())
    assert ledger.get("clearing:sandbox", 0) == sum(money.minor for money in shop.provider.taken()) - back
    for invoice in invoices:
        assert invoice.total_minor == sum(line.amount_minor for line in invoice.lines)
        assert invoice.tax_minor == sum(line.tax_minor for line in invoice.lines)
        assert all(0 <= line.credited_minor <= line.amount_minor for line in invoice.lines)
        assert 0 <= invoice.open_minor <= invoice.total_minor
    assert sorted(int(one.number[-6:]) for one in invoices) == list(range(1, len(invoices) + 1))
    assert sorted(int(one.number[-6:]) for one in notes) == list(range(1, len(notes) + 1))


@pytest.mark.parametrize("seed", seeds(3))
def test_quote_bill_charge_and_books_agree(shop: Any, travel: Any, seed: int) -> None:
    chance = random.Random(seed)
    catalogue = plans(shop, chance)
    start = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for n in range(8):
        travel(start + timedelta(days=chance.randint(n * 20, n * 20 + 19)))
        shop.provider.knob = Knob.SUCCEED
        quote = shop.quote(*chance.sample(catalogue, chance.randint(1, 5)), quantity=chance.randint(1, 5))
        order_id = shop.place(quote.id)
        shop.provider.knob = chance.choice([Knob.SUCCEED, Knob.SUCCEED, Knob.DECLINE, Knob.HANG_AFTER])
        shop.work()
        shop.provider.knob = Knob.SUCCEED
        shop.later()
        _maybe_decide(shop, order_id, chance)
        shop.work()
        check(shop)

    charged = {payment.id: payment.amount_minor for payment in everything(shop, Payment)}
    quoted = {quote.order_id: quote.total_minor for quote in everything(shop, Quote)}
    for payment in everything(shop, Payment):
        assert charged[payment.id] == quoted[payment.order_id]
    for payment in everything(shop, Payment):
        bills = [one for one in everything(shop, Invoice) if one.id == payment.invoice_id]
        assert [bill.total_minor for bill in bills] in ([], [payment.amount_minor])


def _maybe_decide(shop: Any, order_id: str, chance: random.Random) -> None:
    order = shop.find(order_id)
    if order.approval is not Approval.OPEN:
        return
    act = chance.choice(["nothing", "approve", "approve", "reject"])
    with shop.db.begin() as session:
        if act == "approve":
            starts_on: date = order.starts_on + timedelta(days=chance.randint(0, 50))
            approve_order(session, order_id=order_id, starts_on=starts_on, partner_ids=None, now=clock.now())
        elif act == "reject":
            reject_order(
                session,
                order_id=order_id,
                reason="Changed my mind",
                refund_to=chance.choice(list(RefundTo)),
                partner_ids=None,
                now=clock.now(),
            )


def test_every_act_is_in_the_audit_trail_and_the_seals_hold(shop: Any) -> None:
    order_id = shop.order("plan_fibre")
    shop.work()
    with shop.db.begin() as session:
        approve_order(
            session, order_id=order_id, starts_on=date(2026, 11, 20), partner_ids=None, now=clock.now()
        )

    with shop.db.read() as session:
        trail = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [event.action for event in trail] == ["order_placed", "payment_succeeded", "order_approved"]
    assert [event.hash for event in trail] == [seal(event) for event in trail]
    assert [event.previous_hash for event in trail] == ["", trail[0].hash, trail[1].hash]


def test_each_money_command_is_posted_once(shop: Any) -> None:
    shop.order("plan_fibre")
    shop.work()

    kinds = sorted(tx.kind for tx in everything(shop, JournalTx))
    assert kinds == ["allocated", "invoice_issued", "payment_succeeded"]
