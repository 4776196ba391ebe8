"""What the tests of billing runs share: one customer's months, and a town of customers to bill."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.run import ItemState, Mode
from billing.models import (
    Account,
    BillingRun,
    Charge,
    Customer,
    Invoice,
    Order,
    PartnerSettings,
    RunItem,
    Segment,
    Subscription,
)
from billing.usecases.bill_accounts import bill_account
from billing.usecases.lock_account import lock_account
from billing.usecases.open_subscriptions import activate, open_subscriptions
from billing.usecases.place_order import Request
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.start_billing_run import confirm_billing_run, start_billing_run
from billing.usecases.work_billing_run import work_billing_run
from shared import clock

PARTNER = "par_00000000000000000000000001"
CUSTOMER = "cus_00000000000000000000000001"
FIBRE = "plan_fibre"
DECEMBER = date(2026, 12, 1)
MORNING = datetime.fromisoformat("2026-12-01T06:00:00+00:00")


@dataclass
class Months:
    """
    The months of the shop's customer.
    """

    shop: Any
    travel: Callable[[datetime], None]

    def order(self, plan: str = FIBRE) -> None:
        """
        Order a plan and pay its first period on 20 November.
        """
        self.shop.order(plan)
        self.shop.work()

    def bill(self, day: str) -> list[str]:
        """
        Bill the customer at noon of a day; return what was charged for which days.
        """
        self.travel(datetime.fromisoformat(day + "T12:00:00+00:00"))
        with self.shop.db.begin() as session:
            done = bill_account(
                session, customer_id=CUSTOMER, cut_off=date.fromisoformat(day), now=clock.now()
            )
        return [_words(item.line) for each in (done.issued if done else ()) for item in each.document.items]

    def begin(
        self,
        start: str,
        *,
        price: int,
        months: int = 1,
        billing_day: int = 1,
        timezone: str = "Europe/Dublin",
        **own: Any,
    ) -> None:
        """
        Let staff give the customer a service from *start* on, that nobody has billed yet.
        """
        self.shop.order(FIBRE, how=Request())
        clock.move_to(datetime.fromisoformat(start + "T08:00:00+00:00"))
        with self.shop.db.begin() as session:
            order = session.scalars(select(Order)).one()
            (subscription,) = open_subscriptions(session, order, now=clock.now())
            subscription.price_minor, subscription.interval_months = price, months
            session.scalars(select(Segment)).one().price_minor = price
            account = lock_account(session, customer_id=CUSTOMER)
            account.billing_day, account.timezone, account.own_settings = billing_day, timezone, own
            activate(session, subscription, starts_on=date.fromisoformat(start))
            plan_next_bill(session, account)

    def set(self, **own: Any) -> None:
        with self.shop.db.begin() as session:
            session.get_one(Account, CUSTOMER).own_settings = own

    def charge(self, label: str, minor: int) -> None:
        with self.shop.db.begin() as session:
            session.add(
                Charge(
                    id=f"chg_{label}",
                    customer_id=CUSTOMER,
                    partner_id="par_00000000000000000000000001",
                    status="pending",
                    source=f"staff:{label}",
                    created_at=clock.now(),
                    code="price_of_change",
                    plan_id=FIBRE,
                    plan_version=1,
                    kind="internet",
                    label=label,
                    quantity=1,
                    currency="EUR",
                    price_minor=minor,
                    nominal_days=0,
                    amount_minor=minor,
                    vat_basis_points=2300,
                )
            )

    def next_bill_on(self) -> date | None:
        with self.shop.db.read() as session:
            found: date | None = session.get_one(Account, CUSTOMER).next_bill_on
            return found


def _words(line: Any) -> str:
    when = f"{line.period.start} to {line.period.last}" if line.period else "once"
    return f"{when} {line.amount.amount}"


@pytest.fixture
def months(shop: Any, travel: Callable[[datetime], None]) -> Months:
    """
    The months of a customer, beginning on 20 November 2026; late payment stops nothing here.
    """
    with shop.db.begin() as session:
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own={"process_blocking": False}))
    return Months(shop, travel)


@dataclass
class Town:
    """
    Customers with a service of 30.00 a month that is paid until the end of November.
    """

    db: Any

    def settle(self, session: Any, number: int) -> None:
        customer_id = customer(number)
        values = {"partner_id": PARTNER, "version": 1}
        session.merge(
            Customer(
                id=customer_id,
                number=number,
                full_name=f"Customer {number}",
                login=f"c{number}",
                status="active",
                category="individual",
                billing_type="recurring",
                address="",
                **values,
            )
        )
        session.add(
            Account(
                customer_id=customer_id,
                currency="EUR",
                timezone="Europe/Dublin",
                billing_type="recurring",
                next_bill_on=DECEMBER,
                **values,
            )
        )
        self._subscribe(session, number)

    def _subscribe(self, session: Any, number: int) -> None:
        customer_id, values = customer(number), {"partner_id": PARTNER, "version": 1}
        session.add(
            Subscription(
                id=f"sub_{number}",
                customer_id=customer_id,
                order_id="ord_1",
                plan_id="plan_fibre",
                plan_version=1,
                name="Fibre 100",
                kind="internet",
                quantity=1,
                currency="EUR",
                price_minor=3000,
                interval_months=1,
                vat_basis_points=2300,
                status="active",
                on_approve=False,
                starts_on=date(2026, 11, 1),
                charged_through=DECEMBER,
                created_at=clock.now(),
                **values,
            )
        )
        session.flush()
        session.add(
            Segment(
                id=f"seg_{number}",
                subscription_id=f"sub_{number}",
                plan_id="plan_fibre",
                plan_version=1,
                name="Fibre 100",
                currency="EUR",
                price_minor=3000,
                quantity=1,
                from_on=date(2026, 11, 1),
            )
        )

    def start(self, mode: Mode) -> str:
        with self.db.begin() as session:
            run = start_billing_run(session, partner_id=PARTNER, cut_off=DECEMBER, mode=mode, now=clock.now())
            found: str = run.id
            return found

    def bill_all(self, day: date) -> None:
        """
        Issue what is due until *day*, on that day.
        """
        clock.move_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        with self.db.begin() as session:
            start_billing_run(session, partner_id=PARTNER, cut_off=day, mode=Mode.ISSUE, now=clock.now())
        self.work()

    def confirm(self, preview_id: str, **shown: int) -> str:
        with self.db.begin() as session:
            return confirm_billing_run(session, run_id=preview_id, now=clock.now(), **shown).id

    def work(self) -> None:
        while work_billing_run(self.db, worker="test", batch=3):
            pass

    def decide(self, **own: Any) -> None:
        with self.db.begin() as session:
            session.merge(PartnerSettings(partner_id=PARTNER, version=1, own=own))

    def run(self, run_id: str) -> BillingRun:
        with self.db.read() as session:
            found: BillingRun = session.get_one(BillingRun, run_id)
            return found

    def items(self, run_id: str, state: ItemState) -> list[RunItem]:
        with self.db.read() as session:
            return list(
                session.scalars(select(RunItem).where(RunItem.run_id == run_id, RunItem.state == state))
            )

    def flags(self, run_id: str) -> set[tuple[str, ...]]:
        with self.db.read() as session:
            items = session.scalars(select(RunItem).where(RunItem.run_id == run_id))
            return {tuple(item.flags) for item in items}

    def numbers(self) -> list[str]:
        with self.db.read() as session:
            return list(session.scalars(select(Invoice.number).order_by(Invoice.number)))


def customer(number: int) -> str:
    return f"cus_{number:026d}"


@pytest.fixture
def town(shop: Any, travel: Callable[[datetime], None]) -> Town:
    """
    Seven customers on 1 December, 6:00.
    """
    town = Town(shop.db)
    with town.db.begin() as session:
        for number in range(1, 8):
            town.settle(session, number)
    travel(MORNING)
    return town
