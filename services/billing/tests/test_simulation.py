"""
Anything, in any order, with crashes: random days in a shop, and what must hold whenever they end.

A crash is an exception no code catches, raised on either side of a call to the provider: what was committed
stays, what was not is gone, as when a process is killed. The seed is in the test's name.
"""

import contextlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import FakeProvider, Knob
from billing.clients.provider import Charge, Notice, Outcome, OutcomeStatus, RefundOutcome
from billing.domain.order import Approval, Status
from billing.models import Account, Invoice, JournalEntry, Order, Payment, Refund, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.cancel_order import cancel_order
from billing.usecases.expire_orders import expire_orders
from billing.usecases.open_payment import PayBy
from billing.usecases.place_order import Request
from billing.usecases.receive_webhook import receive_webhook
from billing.usecases.reject_order import RefundTo, reject_order
from billing.usecases.retry_payment import retry_payment
from billing.usecases.start_subscriptions import start_subscriptions
from shared import clock
from shared.errors import Refusal
from shared.money import Money
from shared.testing import seeds

CUSTOMER = "cus_00000000000000000000000001"
PLANS = ("plan_fibre", "plan_phone", "plan_router", "plan_bundle")
RETURN = "https://portal.example/portal/payments/{payment_id}"
RESTING = {
    Status.ACTIVE,
    Status.FAILED,
    Status.EXPIRED,
    Status.CANCELLED,
    Status.REJECTED,
    Status.REFUNDED,
    Status.AWAITING_APPROVAL,
    Status.APPROVED,
}


class Killed(BaseException):
    """
    The process is gone.
    """


class Deadly(FakeProvider):
    """
    A provider on whose way the caller sometimes dies.
    """

    chance = random.Random(0)
    danger = 0.0

    def charge(self, charge: Charge) -> Outcome:
        """
        Charge, or die before or after.
        """
        self._risk()
        outcome = super().charge(charge)
        self._risk()
        return outcome

    def refund(self, reference: str, *, amount: Money, key: str) -> RefundOutcome:
        """
        Refund, or die before or after.
        """
        self._risk()
        outcome = super().refund(reference, amount=amount, key=key)
        self._risk()
        return outcome

    def _risk(self) -> None:
        if self.chance.random() < self.danger:
            raise Killed


class Days:
    """
    What may happen in a shop, each drawn by chance.
    """

    def __init__(self, shop: Any, travel: Any, seed: int) -> None:
        self.shop, self.travel, self.chance = shop, travel, random.Random(seed)
        self.now, self.orders, self.notices = datetime(2026, 3, 1, 12, tzinfo=UTC), [], 0
        shop.provider = Deadly()
        shop.provider.chance, shop.provider.danger = self.chance, 0.15
        travel(self.now)

    def happen(self) -> None:
        """
        Let one thing happen; a refusal or a death ends it.
        """
        act = self.chance.choice(
            [
                self.order,
                self.order,
                self.work,
                self.work,
                self.work,
                self.ask,
                self.notify,
                self.finish,
                self.sleep,
                self.expire,
                self.cancel,
                self.retry,
                self.approve,
                self.reject,
                self.turn,
            ]
        )
        with contextlib.suppress(Refusal, Killed):
            act()

    def order(self) -> None:
        """
        Order something.
        """
        how = self.chance.choice([None, None, PayBy(method_id=None, return_url=RETURN), Request()])
        plans = self.chance.sample(PLANS, self.chance.randint(1, 3))
        self.orders.append(self.shop.order(*plans, how=how))

    def work(self) -> None:
        """
        Let a worker work.
        """
        self.shop.work()

    def ask(self) -> None:
        """
        Let the pauses pass and a worker work.
        """
        self.shop.later()

    def notify(self) -> None:
        """
        Let the provider send a notice, true or not, maybe again.
        """
        if not self.shop.provider.payments:
            return
        self.notices += self.chance.randint(0, 1)
        reference = self.chance.choice(list(self.shop.provider.payments))
        kind = self.chance.choice(["payment.succeeded", "payment.failed", "refund.succeeded", "unheard.of"])
        notice = Notice(id=f"n{self.notices}", type=kind, reference=reference, customer_ref=None)
        with self.shop.db.begin() as session:
            receive_webhook(session, notice=notice, now=clock.now())

    def finish(self) -> None:
        """
        Let a customer or a bank end a payment that was waiting.
        """
        waiting = [
            key
            for key, payment in self.shop.provider.payments.items()
            if payment.status in (OutcomeStatus.PENDING, OutcomeStatus.ACTION_REQUIRED)
        ]
        if waiting:
            end = self.chance.choice([OutcomeStatus.SUCCEEDED, OutcomeStatus.SUCCEEDED, OutcomeStatus.FAILED])
            self.shop.provider.finish(self.chance.choice(waiting), end)

    def sleep(self) -> None:
        """
        Let time pass.
        """
        self.now += timedelta(minutes=self.chance.choice([1, 20, 40, 60 * 25, 60 * 24 * 8]))
        self.travel(self.now)
        start_subscriptions(self.shop.db)

    def expire(self) -> None:
        """
        Let what is overdue expire.
        """
        expire_orders(self.shop.db, self.shop.provider)

    def cancel(self) -> None:
        """
        Let the customer take an order back.
        """
        cancel_order(self.shop.db, self.shop.provider, customer_id=CUSTOMER, order_id=self._any())

    def retry(self) -> None:
        """
        Let the customer try again to pay.
        """
        order_id, how = self._any(), PayBy(method_id=self.shop.card(), return_url=RETURN)
        with self.shop.db.begin() as session:
            retry_payment(session, customer_id=CUSTOMER, order_id=order_id, how=how, now=clock.now())

    def approve(self) -> None:
        """
        Let staff confirm a start.
        """
        starts_on = self.now.date() + timedelta(days=self.chance.randint(-20, 20))
        with self.shop.db.begin() as session:
            approve_order(
                session, order_id=self._any(), starts_on=starts_on, partner_ids=None, now=clock.now()
            )

    def reject(self) -> None:
        """
        Let staff refuse an order.
        """
        with self.shop.db.begin() as session:
            reject_order(
                session,
                order_id=self._any(),
                reason="No",
                refund_to=self.chance.choice(list(RefundTo)),
                partner_ids=None,
                now=clock.now(),
            )

    def turn(self) -> None:
        """
        Turn the provider's knob.
        """
        self.shop.provider.knob = self.chance.choice(list(Knob))

    def end(self) -> None:
        """
        Let the trouble end, and everything come to rest.
        """
        self.shop.provider.knob, self.shop.provider.danger = Knob.SUCCEED, 0.0
        for _ in range(3):
            self.shop.later()
            self.now += timedelta(days=30)
            self.travel(self.now)
            self.expire()
            start_subscriptions(self.shop.db)

    def _any(self) -> str:
        return self.chance.choice(self.orders) if self.orders else "ord_none"


@pytest.mark.parametrize("seed", seeds(4))
def test_whatever_happens_money_and_services_agree(shop: Any, travel: Any, seed: int) -> None:
    days = Days(shop, travel, seed)
    for _ in range(60):
        days.happen()
        books_balance(shop)

    days.end()

    books_balance(shop)
    nothing_is_lost(shop, days.orders)
    money_is_where_it_belongs(shop)
    services_are_paid_or_approved(shop)


def everything(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record)).all())


def books_balance(shop: Any) -> None:
    with shop.db.read() as session:
        sums = session.execute(
            select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        ).scalars()
        assert set(sums) <= {0}
        owners = dict(
            session.execute(
                select(JournalEntry.account, func.sum(JournalEntry.amount_minor)).group_by(
                    JournalEntry.account
                )
            )
            .tuples()
            .all()
        )
        account = session.scalars(select(Account)).first()
    if account:
        assert account.owed_minor == owners.get("receivable", 0) >= 0
        assert account.credit_minor == -owners.get("customer_credit", 0) >= 0


def nothing_is_lost(shop: Any, orders: list[str]) -> None:
    found = {order.id: order for order in everything(shop, Order)}
    assert set(orders) == set(found)
    assert {order.status for order in found.values()} <= RESTING
    numbers = sorted(invoice.number for invoice in everything(shop, Invoice))
    assert [int(number[-6:]) for number in numbers] == list(range(1, len(numbers) + 1))


def money_is_where_it_belongs(shop: Any) -> None:
    payments = {payment.id: payment for payment in everything(shop, Payment)}
    for reference, held in shop.provider.payments.items():
        taken = held.status is OutcomeStatus.SUCCEEDED
        assert (payments[reference].status in ("succeeded", "refunded")) == taken
    assert {refund.status for refund in everything(shop, Refund)} <= {"succeeded"}
    for order in everything(shop, Order):
        kept = [
            payment
            for payment in payments.values()
            if payment.order_id == order.id and payment.status == "succeeded"
        ]
        assert len(kept) <= 1
        if kept and order.status not in (Status.ACTIVE, Status.REJECTED):
            raise AssertionError(f"{order.status} keeps {kept[0].amount}")


def services_are_paid_or_approved(shop: Any) -> None:
    orders = {order.id: order for order in everything(shop, Order)}
    for subscription in everything(shop, Subscription):
        order = orders[subscription.order_id]
        if subscription.status == "active":
            assert order.status is Status.ACTIVE
            assert order.paid_at is not None or order.approval is Approval.DONE
        if order.status is Status.ACTIVE:
            assert subscription.status == "active"
