"""A prepaid customer whose days pass, and books that balance after every story."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain import ledger
from billing.domain.line import Code, Line
from billing.domain.payment import Status as PaymentStatus
from billing.domain.subscription import Status
from billing.models import Account, InvoiceLine, JournalEntry, Payment, Subscription
from billing.usecases.allocate import use_credit
from billing.usecases.approve_order import approve_order
from billing.usecases.issue_invoice import Charged, issue_invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.post import post
from billing.usecases.renew_prepaid import renew_prepaid
from billing.usecases.return_prepaid import return_prepaid
from billing.usecases.review_prepaid import review_prepaid_accounts
from shared import clock
from shared.ids import new_id
from shared.money import Money
from shared.testing import told

CUSTOMER = "cus_00000000000000000000000001"
MOBILE, TV = "plan_mobile", "plan_tv"


@dataclass
class Wallet:
    """
    A prepaid customer of the shop, and the clock.
    """

    shop: Any
    travel: Callable[[datetime], None]

    def day(self, on: date, hour: int = 12) -> None:
        """
        Go to a day and let the worker work.
        """
        self.travel(datetime(on.year, on.month, on.day, hour, tzinfo=UTC))
        self.work()

    def work(self) -> None:
        """
        Let the worker do all that is due now.
        """
        self.shop.work()
        self.tick()

    def tick(self) -> None:
        """
        Let the clock of prepaid accounts look.
        """
        renew_prepaid(self.shop.db)
        return_prepaid(self.shop.db)
        review_prepaid_accounts(self.shop.db)

    def walk(self, first: date, last: date) -> None:
        """
        Live through every day, both included.
        """
        for k in range((last - first).days + 1):
            on = first + timedelta(days=k)
            self.travel(datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
            self.tick()

    def top_up(self, amount: str) -> None:
        """
        Put money on the account.
        """
        minor, now = Money.parse(amount, "EUR").minor, clock.now()
        with self.shop.db.begin() as session:
            account = lock_account(session, customer_id=CUSTOMER)
            order_id = session.scalars(select(Subscription.order_id)).first()
            payment = Payment(
                id=new_id("pay"),
                order_id=order_id,
                customer_id=CUSTOMER,
                partner_id=account.partner_id,
                currency="EUR",
                amount_minor=minor,
                left_minor=minor,
                status=PaymentStatus.SUCCEEDED,
                method_label="Cash",
                return_url="",
                provider="cash",
                created_at=now,
                settled_at=now,
            )
            session.add(payment)
            entries = ledger.payment_succeeded(CUSTOMER, "cash", minor)
            post(session, account, kind="payment_succeeded", ref=payment.id, entries=entries, now=now)

    def set(self, **own: object) -> None:
        """
        Give the account settings of its own.
        """
        with self.shop.db.begin() as session:
            account = session.get_one(Account, CUSTOMER)
            account.own_settings = account.own_settings | own

    def approve(self, order_id: str, starts_on: date) -> None:
        """
        Let a person confirm an order.
        """
        with self.shop.db.begin() as session:
            approve_order(session, order_id=order_id, starts_on=starts_on, partner_ids=None, now=clock.now())

    def settle_debt(self, amount: str) -> None:
        """
        Pay open bills.
        """
        self.top_up(amount)
        with self.shop.db.begin() as session:
            use_credit(session, lock_account(session, customer_id=CUSTOMER), now=clock.now())

    def owe(self, amount: str) -> None:
        """
        Bill something once, and leave it open.
        """
        price, today = Money.parse(amount, "EUR"), clock.today("UTC")
        line = Line(
            code=Code.ONE_TIME,
            plan_id=TV,
            plan_version=1,
            kind="one_time",
            label="A visit",
            quantity=1,
            price=price,
            period=None,
            nominal_days=0,
            amount=price,
            vat_basis_points=2300,
        )
        with self.shop.db.begin() as session:
            account = lock_account(session, customer_id=CUSTOMER)
            issue_invoice(
                session,
                account,
                [Charged(line=line, subscription_id=None)],
                issued_on=today,
                due_on=today,
                now=clock.now(),
            )

    def credit(self) -> str:
        with self.shop.db.read() as session:
            return session.get_one(Account, CUSTOMER).balance.amount

    def service(self, plan: str = MOBILE) -> Subscription:
        with self.shop.db.read() as session:
            found: Subscription = session.scalars(select(Subscription).filter_by(plan_id=plan)).one()
            return found

    def lines(self, plan: str = MOBILE) -> list[tuple[str, str, str]]:
        """
        Return first day, last day and amount of everything a service was billed.
        """
        with self.shop.db.read() as session:
            rows = session.scalars(
                select(InvoiceLine)
                .where(InvoiceLine.plan_id == plan, InvoiceLine.from_on.is_not(None))
                .order_by(InvoiceLine.from_on, InvoiceLine.id)
            )
            return [
                (str(line.period.start), str(line.period.last), line.amount.amount)
                for line in (row.line() for row in rows)
                if line.period
            ]

    def told(self, fact: Any) -> list[Any]:
        """
        Return the facts of one kind that were told.
        """
        return [each for each in told(self.shop.db) if isinstance(each, fact)]

    def statuses(self) -> dict[str, Status]:
        with self.shop.db.read() as session:
            return {row.plan_id: row.status for row in session.scalars(select(Subscription))}


@pytest.fixture
def wallet(shop: Any, travel: Callable[[datetime], None]) -> Wallet:
    return prepaid(shop, travel, "prepaid")


@pytest.fixture
def daily(shop: Any, travel: Callable[[datetime], None]) -> Wallet:
    return prepaid(shop, travel, "prepaid_daily")


def prepaid(shop: Any, travel: Callable[[datetime], None], billing_type: str) -> Wallet:
    shop.bill_as(billing_type)
    shop.plan(MOBILE, "15.00", name="Mobile", included_mb=10_000)
    shop.plan(TV, "10.00", name="TV", kind="recurring")
    return Wallet(shop, travel)


@pytest.fixture(autouse=True)
def books(shop: Any) -> Iterator[None]:
    """
    After every story the books balance, nothing is owed, and no day was charged twice.
    """
    yield
    with shop.db.read() as session:
        per_tx = select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
        assert set(session.scalars(per_tx)) <= {0}
        account = session.get(Account, CUSTOMER)
        if account is None:
            return
        assert account.owed_minor == 0
        left = sum(payment.left_minor for payment in session.scalars(select(Payment)))
        notes = session.execute(
            select(func.sum(JournalEntry.amount_minor)).filter_by(account="customer_credit")
        )
        assert account.credit_minor == -(notes.scalar() or 0) >= left >= 0
        charged: dict[str, list[tuple[date, date]]] = {}
        for line in session.scalars(select(InvoiceLine).where(InvoiceLine.from_on.is_not(None))):
            if line.credited_minor < line.amount_minor and line.subscription_id and line.until_on:
                charged.setdefault(line.subscription_id, []).append((line.from_on, line.until_on))
        for spans in charged.values():
            spans.sort()
            assert all(a[1] <= b[0] for a, b in pairwise(spans))
