"""What the stories of late payment share: a customer with a service, days that pass, bills and money."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain import ledger
from billing.domain.line import Code, Line
from billing.domain.payment import Status as Paid
from billing.domain.subscription import Status
from billing.handlers import handlers
from billing.models import Account, Payment, Subscription
from billing.queries.dunning import history_of
from billing.usecases.allocate import use_credit
from billing.usecases.issue_invoice import Charged, issue_invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.post import post, tell_balance
from billing.usecases.review_due_accounts import review_due_accounts
from billing.usecases.review_dunning import review_dunning
from shared import clock
from shared.contracts.customers import StatusChanged
from shared.money import Money
from shared.periods import Period
from shared.testing import hear, told

CUSTOMER = "cus_00000000000000000000000001"
PARTNER = "par_00000000000000000000000001"
FIBRE, BUNDLE = "plan_fibre", "plan_bundle"


@dataclass
class Story:
    """
    Robert, who holds Fibre 100 from 1 November 2026, paid up to the end of October by being new.
    """

    shop: Any
    travel: Callable[[datetime], None]
    payments: int = 0
    versions: int = field(default=10)

    def day(self, on: date, hour: int = 12, *, clock_work: bool = True) -> None:
        """
        Make it *hour* in Dublin's winter on that day; the worker's clock work runs.
        """
        self.travel(datetime(on.year, on.month, on.day, hour, tzinfo=UTC))
        if clock_work:
            review_due_accounts(self.shop.db)

    def bill(self, first: date, *, due_on: date, minor: int = 3000, code: Code = Code.RECURRING) -> str:
        """
        Bill a month of Fibre 100, or one thing without a period.
        """
        months = Period(first, (first.replace(day=1) + timedelta(days=32)).replace(day=1))
        period = months if code is Code.RECURRING else None
        with self.shop.db.begin() as session:
            account = lock_account(session, customer_id=CUSTOMER)
            before = account.balance.minor
            active = session.scalars(select(Subscription).where(Subscription.status == Status.ACTIVE)).first()
            line = Line(
                code=code,
                plan_id=FIBRE,
                plan_version=1,
                kind="internet",
                label="Fibre 100",
                quantity=1,
                price=Money(minor, "EUR"),
                period=period,
                nominal_days=months.days,
                amount=Money(minor, "EUR"),
                vat_basis_points=2300,
            )
            charged = Charged(line=line, subscription_id=active.id if active and period else None)
            invoice = issue_invoice(
                session, account, [charged], issued_on=first, due_on=due_on, now=clock.now()
            )
            assert invoice
            if active and period:
                active.charged_through = period.end
            use_credit(session, account, now=clock.now())
            tell_balance(session, account, before=before)
            return invoice.id

    def pay(self, minor: int) -> None:
        """
        Let money arrive and pay the oldest bills.
        """
        self.payments += 1
        with self.shop.db.begin() as session:
            account = lock_account(session, customer_id=CUSTOMER)
            before = account.balance.minor
            order_id = session.scalars(select(Subscription.order_id)).first()
            payment = Payment(
                id=f"pay_{self.payments}",
                order_id=order_id,
                customer_id=CUSTOMER,
                partner_id=PARTNER,
                currency="EUR",
                amount_minor=minor,
                left_minor=minor,
                provider="bank",
                return_url="",
                method_label="Bank",
                status=Paid.SUCCEEDED,
                tries=1,
                created_at=clock.now(),
            )
            session.add(payment)
            entries = ledger.payment_succeeded(CUSTOMER, "bank", minor)
            post(session, account, kind="payment_succeeded", ref=payment.id, entries=entries, now=clock.now())
            session.flush()
            use_credit(session, account, now=clock.now())
            tell_balance(session, account, before=before)

    def settings(self, **own: object) -> None:
        """
        Give the customer values of their own.
        """
        with self.shop.db.begin() as session:
            account = lock_account(session, customer_id=CUSTOMER)
            account.own_settings = account.own_settings | own
            review_dunning(session, account, now=clock.now(), cause="settings")

    def says(self, old: str, new: str, *, reason: str = "manual", version: int | None = None) -> None:
        """
        Let customers tell a status.
        """
        self.versions += 1
        hear(
            self.shop.db,
            handlers,
            StatusChanged(
                customer_id=CUSTOMER,
                partner_id=PARTNER,
                version=version or self.versions,
                old=old,
                new=new,
                reason=reason,
                on=clock.today("Europe/Dublin"),
            ),
        )

    @property
    def account(self) -> Account:
        with self.shop.db.read() as session:
            return session.get_one(Account, CUSTOMER)

    @property
    def state(self) -> str:
        return self.account.dunning.value

    def held(self) -> list[tuple[str, date, date | None, date | None]]:
        """
        Return status, start, end and the first day not invoiced of all subscriptions, oldest first.
        """
        with self.shop.db.read() as session:
            rows = session.scalars(select(Subscription).order_by(Subscription.id))
            return [(row.status.value, row.starts_on, row.ends_on, row.charged_through) for row in rows]

    def steps(self) -> list[tuple[str, str, date]]:
        """
        Return the history: old, new, day.
        """
        with self.shop.db.read() as session:
            return [(row.old, row.new, row.on) for row in history_of(session, CUSTOMER)]

    def told(self, *kinds: type) -> list[Any]:
        """
        Return the facts of these kinds, oldest first.
        """
        return [fact for fact in told(self.shop.db) if isinstance(fact, kinds)]


@pytest.fixture
def story(shop: Any, travel: Callable[[datetime], None]) -> Story:
    """
    Fibre 100 was ordered and paid on 20 October; it is charged up to the end of that month.
    """
    travel(datetime(2026, 10, 20, 12, tzinfo=UTC))
    shop.order(FIBRE)
    shop.work()
    story = Story(shop, travel)
    assert story.held() == [("active", date(2026, 10, 20), None, date(2026, 11, 1))]
    story.day(date(2026, 11, 1))
    return story


@pytest.fixture
def new_story(shop: Any, travel: Callable[[datetime], None]) -> Callable[[], Story]:
    """
    A story in which nothing has happened yet.
    """
    return lambda: Story(shop, travel)
