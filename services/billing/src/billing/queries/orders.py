"""Orders as their customer sees them: lines, payment, and how far they are."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.domain import order as rules
from billing.domain.order import Approval, Mode, Status
from billing.models import Order, OrderEvent
from billing.queries.lines import LineView, ThenView, line_view, then_view
from billing.queries.payments import PaymentView, last_payment
from shared.errors import NotFound
from shared.money import Money

OVER = (Status.CANCELLED, Status.EXPIRED, Status.REJECTED, Status.REFUNDED, Status.TAKEN_BACK)
STILL_OPEN = (  # asked for with every Home: made once
    select(Order)
    .where(
        Order.customer_id == bindparam("customer"),
        Order.status.not_in(OVER),
        (Order.status != Status.ACTIVE) | (Order.approval == Approval.OPEN),
    )
    .order_by(Order.id.desc())
    .limit(20)
)
# Asked again and again by whoever waits, so made once, too.
WANTS_TICKET = (
    (Order.status == Status.AWAITING_APPROVAL) & (Order.channel == "tickets") & Order.ticket_id.is_(None)
)
STILL_MOVING = select(Order.id).where(
    Order.id == bindparam("order"),
    Order.customer_id == bindparam("customer"),
    Order.status.in_(rules.MOVING) | WANTS_TICKET,
)


@dataclass(frozen=True, kw_only=True)
class Credit:
    """
    What came back because the order started later than it was paid.
    """

    amount: Money
    days: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One station of the tracking page; *state* done, now, next or failed.
    """

    code: str
    label_key: str
    at: datetime | None
    state: str


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """
    The terms of business the customer agreed to.
    """

    version: str
    url: str | None


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """
    An order with all a page about it needs; *starts_on* is the day it was approved for.
    """

    id: str
    number: str
    mode: str
    status: str
    approval: str | None
    channel: str | None
    ticket_id: str | None
    ticket_number: str | None
    total: Money
    then: ThenView | None
    created_at: datetime
    expires_at: datetime | None
    preferred_start_on: date | None
    starts_on: date | None
    terms: Agreed | None
    reason: str | None
    quote_id: str
    lines: list[LineView]
    payment: PaymentView | None
    credit: Credit | None
    steps: list[Step]


@dataclass(frozen=True, kw_only=True)
class Happening:
    """
    One line of an order's timeline; *by* is customer, staff, service or system.
    """

    at: datetime
    old: str | None
    new: str
    by: str
    reason: str | None


def find_order(session: Session, *, customer_id: str, order_id: str) -> OrderView:
    """
    Return an order of the customer.

    :raises NotFound: if they have no such order
    """
    return order_view(session, _theirs(session, customer_id, order_id))


def orders_of(
    session: Session, *, customer_id: str, limit: int, before: str | None = None
) -> list[OrderView]:
    """
    Return up to *limit* orders of the customer, newest first, older than the one with id *before*.
    """
    query = select(Order).where(Order.customer_id == customer_id)
    if before:
        query = query.where(Order.id < before)
    rows = session.scalars(query.order_by(Order.id.desc()).limit(limit)).all()
    return [order_view(session, row) for row in rows]


def open_orders_of(session: Session, *, customer_id: str) -> list[OrderView]:
    """
    Return the orders something is still to happen with, newest first.
    """
    rows = session.scalars(STILL_OPEN, {"customer": customer_id}).all()
    return [order_view(session, row) for row in rows]


def timeline_of(session: Session, *, customer_id: str, order_id: str) -> list[Happening]:
    """
    Return what happened to an order of the customer, oldest first.

    :raises NotFound: if they have no such order
    """
    order = _theirs(session, customer_id, order_id)
    events = session.scalars(
        select(OrderEvent).where(OrderEvent.order_id == order.id).order_by(OrderEvent.version)
    )
    return [
        Happening(
            at=event.at, old=event.old, new=event.new, by=event.actor.split(":")[0], reason=event.reason
        )
        for event in events
    ]


def is_moving(session: Session, *, customer_id: str, order_id: str) -> bool:
    """
    Tell whether an order of the customer will move by itself soon: being paid, or about to get its ticket.
    """
    return session.scalar(STILL_MOVING, {"order": order_id, "customer": customer_id}) is not None


def order_view(session: Session, order: Order) -> OrderView:
    """
    Return how *order* is shown.
    """
    credit = Money(order.credit_minor, order.currency)
    return OrderView(
        id=order.id,
        number=str(order.number),
        mode=order.mode.value,
        status=order.status.value,
        approval=order.approval.value if order.approval else None,
        channel=order.channel,
        ticket_id=order.ticket_id,
        ticket_number=str(order.ticket_number) if order.ticket_number is not None else None,
        total=order.total,
        then=then_view(order),
        created_at=order.created_at,
        expires_at=order.expires_at if order.status in rules.EXPIRING else None,
        preferred_start_on=order.preferred_start_on,
        starts_on=order.confirmed_start_on,
        terms=Agreed(version=order.terms_version, url=order.terms_url) if order.terms_version else None,
        reason=order.reason,
        quote_id=order.quote_id,
        lines=[line_view(line.line()) for line in order.lines],
        payment=last_payment(session, order.id),
        credit=Credit(amount=credit, days=order.credited_days) if credit.minor else None,
        steps=_steps(order),
    )


def _theirs(session: Session, customer_id: str, order_id: str) -> Order:
    order = session.get(Order, order_id)
    if order is None or order.customer_id != customer_id:
        raise NotFound
    return order


def _steps(order: Order) -> list[Step]:
    ordered = Step(code="ordered", label_key="order.step.ordered", at=order.created_at, state="done")
    if order.mode is Mode.PAYMENT:
        stations = [("paid", order.paid_at), ("activated", order.paid_at), ("approved", order.approved_at)]
    else:
        started = order.approved_at if order.status is Status.ACTIVE else None
        stations = [("approved", order.approved_at), ("activated", started)]
    return [ordered, *_stations(order, stations)]


def _stations(order: Order, stations: list[tuple[str, datetime | None]]) -> list[Step]:
    ended = order.status in (Status.FAILED, *OVER)
    steps, reached = [], False
    for code, at in stations:
        state = "done" if at else "next"
        if not at and not reached:
            state, reached = ("failed" if ended else "now"), True
        steps.append(Step(code=code, label_key=f"order.step.{code}", at=at, state=state))
    return steps
