"""What a customer has: subscriptions, documents and the state of the account."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Table, bindparam, func, select
from sqlalchemy.orm import Session

from billing.domain.dunning import days_in
from billing.domain.subscription import CURRENT
from billing.models import Account, Invoice, Partner, Subscription
from billing.queries.cancellations import CancellationView, cancellation_view
from billing.queries.failed_changes import FailedView, failed_of
from billing.queries.next_invoice import until
from billing.queries.offers import WaitingView, waiting_of
from billing.queries.pauses import PauseView, pauses_shown
from billing.queries.plan_changes import PendingView, pending_of
from billing.queries.rating import bills_of
from shared import clock
from shared.errors import NotFound
from shared.money import Money, total

# Asked for with every Home: made once, and without a record for each row.
_held: Table = Subscription.__table__  # type: ignore[assignment]
_theirs = _held.c.customer_id == bindparam("customer")
HELD = select(_held).where(_theirs).order_by(_held.c.id)
ACCOUNT = select(Account).where(Account.customer_id == bindparam("customer"))
UNPAID = select(func.min(func.coalesce(Invoice.extended_to, Invoice.due_on)), func.count()).where(
    Invoice.customer_id == bindparam("customer"), Invoice.open_minor > 0
)


@dataclass(frozen=True, kw_only=True)
class SubscriptionView:
    """
    A plan the customer holds; *ends_on* is the last day.
    """

    id: str
    plan_id: str
    name: str
    kind: str
    price: Money
    quantity: int
    interval_months: int
    status: str
    on_approve: bool
    activated_on: date | None
    starts_on: date
    ends_on: date | None
    order_id: str
    bundle_id: str | None
    contract_ends_on: date | None
    contract_renews: bool
    charged_through: date | None
    parent_id: str | None
    pending_change: PendingView | None
    failed_change: FailedView | None
    pause: PauseView | None
    cancellation: CancellationView | None
    offer: WaitingView | None


@dataclass(frozen=True, kw_only=True)
class NextInvoice:
    """
    When the next bill comes and what it will be as things are, as a billing run would make it that day.

    Prepaid accounts have none: what they pay next is in their wallet.
    """

    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class StepView:
    """
    What happens on a day if nobody pays: due, blocked or inactive.
    """

    on: date
    code: str


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """
    The account: *balance* positive is credit, negative is owed; *due_on* of the oldest open bill.
    """

    balance: Money
    owed: Money
    due_on: date | None
    currency: str
    invoices_due: int
    next_invoice: NextInvoice | None
    dunning: str
    next_steps: list[StepView]


def subscriptions_of(session: Session, *, customer_id: str) -> list[SubscriptionView]:
    """
    Return the customer's subscriptions, the current ones first.
    """
    rows = session.execute(HELD, {"customer": customer_id})
    booked = _booked(session, customer_id)
    return [_subscription(row, booked) for row in sorted(rows, key=lambda row: row.status not in CURRENT)]


def find_subscription(session: Session, *, customer_id: str, subscription_id: str) -> SubscriptionView:
    """
    Return a subscription of the customer.

    :raises NotFound: if they have no such subscription
    """
    row = session.get(Subscription, subscription_id)
    if row is None or row.customer_id != customer_id:
        raise NotFound
    return _subscription(row, _booked(session, customer_id))


def account_of(session: Session, *, customer_id: str, partner_id: str | None) -> AccountView:
    """
    Return how the customer's account stands; one that was never used stands at zero.
    """
    account = session.scalar(ACCOUNT, {"customer": customer_id})
    if account is None:
        partner = session.get(Partner, partner_id) if partner_id else None
        nothing = Money.zero(partner.currency if partner else "EUR")
        return AccountView(
            balance=nothing,
            owed=nothing,
            due_on=None,
            currency=nothing.currency,
            invoices_due=0,
            next_invoice=None,
            dunning="clear",
            next_steps=[],
        )
    due_on, unpaid = session.execute(UNPAID, {"customer": customer_id}).one()
    return AccountView(
        balance=account.balance,
        owed=Money(account.owed_minor, account.currency),
        due_on=due_on,
        currency=account.currency,
        invoices_due=unpaid,
        next_invoice=_next_invoice(session, account),
        dunning=account.dunning.value,
        next_steps=[StepView(on=on, code=code) for on, code in days_in(account.steps_told)],
    )


def _next_invoice(session: Session, account: Account) -> NextInvoice | None:
    if account.next_bill_on is None:
        return None
    on, rated = until(session, account, on=None, today=clock.today(account.timezone))
    bills = bills_of(rated) if rated else []
    amounts = [line.amount for lines in bills for line in lines]
    return NextInvoice(on=on, amount=total(amounts, account.currency)) if bills else None


@dataclass(frozen=True, kw_only=True)
class _Booked:
    """
    What is about to happen to services, or could not, by subscription.
    """

    changes: dict[str, PendingView]
    failed: dict[str, FailedView]
    pauses: dict[str, PauseView]
    offers: dict[str, WaitingView]
    timezone: str


def _booked(session: Session, customer_id: str) -> _Booked:
    account = session.get(Account, customer_id)
    return _Booked(
        changes=pending_of(session, customer_id),
        failed=failed_of(session, customer_id),
        pauses=pauses_shown(session, customer_id),
        offers=waiting_of(session, customer_id),
        timezone=account.timezone if account else "UTC",
    )


def _subscription(row: Subscription | Row[Any], booked: _Booked) -> SubscriptionView:
    return SubscriptionView(
        id=row.id,
        plan_id=row.plan_id,
        name=row.name,
        kind=row.kind,
        price=Money(row.price_minor, row.currency),
        quantity=row.quantity,
        interval_months=row.interval_months,
        status=row.status.value,
        on_approve=row.on_approve,
        activated_on=row.activated_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        order_id=row.order_id,
        bundle_id=row.bundle_id,
        contract_ends_on=row.contract_ends_on,
        contract_renews=row.contract_renews,
        charged_through=row.charged_through,
        parent_id=row.parent_id,
        pending_change=booked.changes.get(row.id),
        failed_change=booked.failed.get(row.id),
        pause=booked.pauses.get(row.bundle_id or row.id),
        cancellation=cancellation_view(row, booked.timezone) if row.cancellation_id else None,
        offer=booked.offers.get(row.id),
    )
