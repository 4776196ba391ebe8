"""
Turn a quote into an order: exactly the quoted lines, once.

Paid orders get a payment a worker takes up at once; requests get pending subscriptions and wait for approval.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain import approval
from billing.domain import order as rules
from billing.domain.explanation import explain, in_english
from billing.domain.line import Code
from billing.domain.settings import BillingSettings
from billing.models import Account, Order, OrderLine, Quote, columns
from billing.queries.settings import settings_of
from billing.usecases.activate_order import activate_order
from billing.usecases.admit_order import admit_order
from billing.usecases.approve_paid_order import approve_paid_order
from billing.usecases.lock_account import open_account
from billing.usecases.move_order import move_order, note_order
from billing.usecases.open_payment import PayBy, open_payment
from billing.usecases.open_subscriptions import open_subscriptions
from billing.usecases.quote_order import terms_on_sale
from billing.usecases.take_number import take_number
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Conflict, Gone, NotFound
from shared.ids import new_id
from shared.money import Money

STAFF = "staff"


class QuoteExpired(Gone, code="quote_expired", title="This price was held for 15 minutes"):
    """
    The quote is too old; a new one shows today's price.
    """


class QuoteUsed(Conflict, code="quote_used", title="This was ordered already"):
    """
    The quote made an order before; *params* names it.
    """


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    Where a request arrives: *channel* tickets or email, *send_to* the address for the latter. What staff add
    arrives nowhere.
    """

    channel: str = "tickets"
    send_to: str | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """
    What the customer said besides: the day they would like to start, and the terms they agreed to.
    """

    preferred_start_on: date | None = None
    terms_version: str | None = None
    terms_url: str | None = None


NOTHING = Said()


def place_order(
    session: Session,
    *,
    customer_id: str,
    quote_id: str,
    how: PayBy | Request,
    said: Said = NOTHING,
    now: datetime,
) -> Order:
    """
    Order what was quoted, to be paid as *how* says or sent as a request.

    The day wished for changes no price: what is paid now counts from today, and approval credits what lies
    before the actual start.

    :raises NotFound: if the customer has no such quote
    :raises TooManyOrders: if it is to be paid, and more wait for that than are finished
    :raises QuoteUsed: if it was ordered before
    :raises QuoteExpired: if it is older than 15 minutes
    :raises Invalid: if the day wished for has passed or is more than a year away
    :raises QuoteChanged: if a plan has changed since
    :raises ProductNotAvailable: if a plan is no longer sold
    :raises PaymentMethodRejected: if the card named cannot be used
    """
    if isinstance(how, PayBy):
        admit_order(session)
    quote, account = _lock(session, customer_id, quote_id, kind=_kind(how))
    _check(session, quote, now)
    if said.preferred_start_on:
        approval.check_wish(said.preferred_start_on, today=clock.local_date(now, account.timezone))
    order = _order(session, account, quote, how, said, now=now)
    write_audit(session, account, action="order_placed", target=order.id, now=now, total=order.total)
    if isinstance(how, Request):
        _request(session, order, now=now)
    elif order.total_minor == 0:
        move_order(session, order, rules.Status.PAYING, now=now)
        activate_order(session, account, order, payment=None, now=now)
        approve_paid_order(session, account, order, now=now)
    else:
        _pay(session, order, how, now=now)
    session.flush()
    return order


def _kind(how: PayBy | Request) -> str:
    return "service" if isinstance(how, Request) and how.channel == STAFF else "order"


def _lock(session: Session, customer_id: str, quote_id: str, *, kind: str) -> tuple[Quote, Account]:
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id or quote.kind != kind:
        raise NotFound
    account = open_account(
        session,
        customer_id=customer_id,
        partner_id=quote.partner_id,
        currency=quote.currency,
        timezone=quote.timezone,
        billing_type=quote.billing_type,
    )
    # Two clicks meet at the account; the second must see what the first did to the quote.
    session.refresh(quote, ["order_id"])
    return quote, account


def _check(session: Session, quote: Quote, now: datetime) -> None:
    if quote.order_id is not None:
        raise QuoteUsed("You have ordered this already.", params={"order_id": quote.order_id})
    if now >= quote.expires_at:
        raise QuoteExpired("Ask for a new price; it takes a second.")
    for line in quote.lines:
        terms_on_sale(session, line.plan_id, line.plan_version)


def _order(
    session: Session, account: Account, quote: Quote, how: PayBy | Request, said: Said, *, now: datetime
) -> Order:
    request = how if isinstance(how, Request) else None
    order = Order(
        id=new_id("ord"),
        customer_id=quote.customer_id,
        partner_id=quote.partner_id,
        mode=rules.Mode.REQUEST if request else rules.Mode.PAYMENT,
        status=rules.Status.PLACED,
        channel=request.channel if request else None,
        send_to=request.send_to if request else None,
        quote_id=quote.id,
        currency=quote.currency,
        total_minor=quote.total_minor,
        tax_minor=quote.tax_minor,
        then_minor=quote.then_minor,
        then_months=quote.then_months,
        then_days=quote.then_days,
        then_from_on=quote.then_from_on,
        starts_on=quote.starts_on,
        created_at=now,
        version=1,
        credit_minor=0,
        credited_days=0,
        **vars(said),
        lines=[OrderLine(position=line.position, **columns(line.line())) for line in quote.lines],
    )
    order.expires_at = _expires_at(settings_of(session, account), order.mode, now=now)
    order.number = take_number(session, series="order")
    quote.order_id = order.id
    session.add(order)
    session.flush()
    note_order(session, order, old=None, now=now)
    return order


def _expires_at(settings: BillingSettings, mode: rules.Mode, *, now: datetime) -> datetime | None:
    if mode is rules.Mode.PAYMENT:
        return now + timedelta(hours=settings.unpaid_hours)
    return None if settings.request_days is None else now + timedelta(days=settings.request_days)


def _request(session: Session, order: Order, *, now: datetime) -> None:
    open_subscriptions(session, order, now=now)
    order.approval = rules.Approval.OPEN
    if order.channel != STAFF:
        _tell_requested(session, order)
    move_order(session, order, rules.Status.AWAITING_APPROVAL, now=now)


def _tell_requested(session: Session, order: Order) -> None:
    tell(
        session,
        facts.OrderRequested(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            partner_id=order.partner_id,
            version=order.version,
            channel=order.channel or "tickets",
            send_to=order.send_to,
            total=order.total,
            then=_then(order),
            items=_items(order),
            then_months=order.then_months or 0,
            then_days=order.then_days,
            preferred_start_on=order.preferred_start_on,
        ),
    )


def _pay(session: Session, order: Order, how: PayBy, *, now: datetime) -> None:
    open_payment(session, order, how, now=now)
    tell(
        session,
        facts.OrderPlaced(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            partner_id=order.partner_id,
            version=order.version,
            total=order.total,
            items=_items(order),
        ),
    )


def _then(order: Order) -> Money | None:
    return None if order.then_minor is None else Money(order.then_minor, order.currency)


def _items(order: Order) -> tuple[facts.OrderedItem, ...]:
    return tuple(_item(line) for line in order.lines)


def _item(line: OrderLine) -> facts.OrderedItem:
    basis = explain(line.line())
    return facts.OrderedItem(
        plan_id=line.plan_id,
        name=line.label,
        kind=Code.ACTIVATION_FEE if line.code is Code.ACTIVATION_FEE else line.kind,
        quantity=line.quantity,
        amount=Money(line.amount_minor, line.currency),
        explanation=in_english(line.line()),
        days=basis.days,
        nominal_days=basis.nominal_days,
        first_on=basis.first_on,
        last_on=basis.last_on,
        price=basis.price,
        why=basis.code,
    )
