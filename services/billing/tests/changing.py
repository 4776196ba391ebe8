"""A shop whose customer changes plans: each method is one thing somebody does, or asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from billing.domain.subscription import Status
from billing.models import (
    Account,
    Charge,
    CreditNoteLine,
    InvoiceLine,
    JournalEntry,
    JournalTx,
    PartnerSettings,
    PlanChange,
    Quote,
    Subscription,
)
from billing.usecases.apply_due_changes import apply_due_changes
from billing.usecases.book_plan_change import Booking, book_plan_change
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from billing.usecases.withdraw_plan_change import withdraw_plan_change
from shared import clock
from shared.testing import told

FIBRE, FAST, SLOW = "plan_fibre", "plan_fast", "plan_slow"
PARTNER = "par_00000000000000000000000001"
CUSTOMER = "cus_00000000000000000000000001"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TODAY = NOON.date()


class Changes:
    """
    A shop whose customer has Fibre 100 at 30.00 since 1 November 2026, billed for November, and changes it.
    """

    def __init__(self, shop: Any, travel: Callable[[datetime], None]) -> None:
        self.shop, self.travel, self.db = shop, travel, shop.db
        shop.plan(FIBRE, "30.00", name="Fibre 100", version=2, change_target_ids=(FAST, SLOW))
        shop.plan(FAST, "45.00", name="Fibre 500", change_target_ids=(FIBRE, SLOW))
        shop.plan(SLOW, "20.00", name="Fibre 50", change_target_ids=(FIBRE, FAST))
        travel(datetime(2026, 11, 1, 12, tzinfo=UTC))
        shop.place(shop.quote(FIBRE, version=2).id)
        shop.work()
        travel(NOON)

    def settings(self, **own: Any) -> None:
        """
        Set what changes cost at the partner, where nobody is ever blocked: these customers do not pay.
        """
        with self.db.begin() as session:
            rules = {"process_blocking": False, **own}
            session.merge(PartnerSettings(partner_id=PARTNER, version=1, own=rules))

    def active(self) -> Subscription:
        """
        Return the one active subscription.
        """
        with self.db.read() as session:
            return session.scalars(select(Subscription).where(Subscription.status == Status.ACTIVE)).one()

    def quote(self, plan: str, on: date = TODAY, *, version: int | None = None, **more: Any) -> Quote:
        """
        Price a change of the active subscription.
        """
        wanted = Wanted(
            subscription_id=self.active().id,
            plan_id=plan,
            version=version or (2 if plan == FIBRE else 1),
            start_on=on,
        )
        with self.db.begin() as session:
            return quote_plan_change(session, customer_id=CUSTOMER, wanted=wanted, now=clock.now(), **more)

    def book(self, quote: Quote, **booking: Any) -> PlanChange:
        """
        Confirm a quote.
        """
        with self.db.begin() as session:
            return book_plan_change(
                session,
                customer_id=CUSTOMER,
                quote_id=quote.id,
                booking=Booking(**booking),
                now=clock.now(),
            )

    def undo(self, change: PlanChange) -> PlanChange:
        """
        Withdraw a booked change.
        """
        with self.db.begin() as session:
            return withdraw_plan_change(session, change_id=change.id, customer_id=CUSTOMER, now=clock.now())

    def pass_time(self, to: datetime | None = None) -> None:
        """
        Let the undo time pass, or time until *to*, and the clock work.
        """
        self.travel(to or clock.now() + timedelta(minutes=11))
        while apply_due_changes(self.db):
            pass

    def change(self, plan: str, on: date | None = None) -> PlanChange:
        """
        Change to *plan*, all the way.
        """
        booked = self.book(self.quote(plan, on or clock.today("UTC")))
        self.pass_time()
        return self.find(booked)

    def find(self, change: PlanChange) -> PlanChange:
        """
        Return the change as it is.
        """
        with self.db.read() as session:
            return session.get_one(PlanChange, change.id)

    def all(self, record: Any) -> list[Any]:
        """
        Return all rows of a kind, oldest first.
        """
        with self.db.read() as session:
            return list(session.scalars(select(record).order_by(record.created_at, record.id)))

    def balance(self) -> int:
        """
        Return the balance in cents.
        """
        with self.db.read() as session:
            return session.get_one(Account, CUSTOMER).balance.minor

    def journal(self) -> tuple[int, int]:
        """
        Return how many postings there are, and what they sum to.
        """
        with self.db.read() as session:
            count = session.scalar(select(func.count()).select_from(JournalTx))
            return count or 0, session.scalar(select(func.sum(JournalEntry.amount_minor))) or 0

    def facts(self) -> list[str]:
        """
        Return the names of the facts told.
        """
        return [fact.fact_name for fact in told(self.db)]


def charged_days(changes: Changes) -> list[date]:
    """
    Return each day the customer was charged for, billed or waiting, less those that were credited.
    """
    with changes.db.read() as session:
        lines = session.scalars(select(InvoiceLine).where(InvoiceLine.subscription_id.is_not(None))).all()
        waiting = session.scalars(select(Charge).where(Charge.status == "pending")).all()
        notes = session.scalars(select(CreditNoteLine)).all()
    credited = {(note.invoice_line_id, day) for note in notes for day in days_of(note)}
    billed = [day for line in lines for day in days_of(line) if (line.id, day) not in credited]
    return sorted(billed + [day for charge in waiting for day in days_of(charge)])


def days_of(row: Any) -> list[date]:
    if row.from_on is None:
        return []
    return [date.fromordinal(n) for n in range(row.from_on.toordinal(), row.until_on.toordinal())]


def total(changes: Changes, table: Any) -> int:
    with changes.db.read() as session:
        return session.scalar(select(func.sum(table.total_minor))) or 0


def waiting(changes: Changes) -> int:
    with changes.db.read() as session:
        return session.scalar(select(func.sum(Charge.amount_minor)).where(Charge.status == "pending")) or 0
