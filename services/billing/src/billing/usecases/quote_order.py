"""
Price a basket, with a reason for every line, and hold the price for 15 minutes.

Nothing is written but the quote. Prices come from our own copies of the catalogue; the door says which
version of each plan the customer was shown, and a newer one is refused instead of charged.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain import basket
from billing.domain.basket import Calendar, ProductNotAvailable, Terms
from billing.domain.order import HOLD_QUOTE
from billing.models import Account, Plan, PlanVersion, Quote, QuoteLine, columns
from billing.queries.settings import partner_settings
from billing.usecases.lock_account import partner_of
from shared import clock
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id


class QuoteChanged(Conflict, code="quote_changed", title="The price has changed"):
    """
    A plan in the basket has a newer version than the one the customer saw.
    """


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    So many of a plan, in the version the customer was shown.
    """

    plan_id: str
    version: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """
    Who asks, and what the gateway knows about them; an account that exists already rules.
    """

    customer_id: str
    partner_id: str
    billing_type: str
    timezone: str


def quote_order(session: Session, *, buyer: Buyer, items: list[Item], now: datetime) -> Quote:
    """
    Return a quote for *items* starting today, in the time zone of the buyer's partner.

    :raises Invalid: if the basket is empty, names a plan twice or a quantity is out of bounds
    :raises ProductNotAvailable: if a plan is not sold (any more)
    :raises QuoteChanged: if a plan was changed since the customer saw it
    """
    _check_distinct(items)
    wanted = [(terms_on_sale(session, item.plan_id, item.version), item.quantity) for item in items]
    return hold_price(session, buyer=buyer, wanted=wanted, now=now)


def hold_price(
    session: Session,
    *,
    buyer: Buyer,
    wanted: list[tuple[Terms, int]],
    start: date | None = None,
    kind: str = "order",
    details: dict[str, str] | None = None,
    now: datetime,
) -> Quote:
    """
    Return the quote of *wanted* from *start* on (None: today).

    :raises Invalid: if nothing is wanted or a quantity is out of bounds
    :raises ProductNotAvailable: if a plan is in another currency than the account
    """
    currency, timezone, calendar = circumstances(session, buyer, wanted)
    start = start or clock.local_date(now, timezone)
    lines, then = basket.price(wanted, calendar=calendar, start=start, currency=currency)
    quote = Quote(
        id=new_id("quo"),
        kind=kind,
        customer_id=buyer.customer_id,
        partner_id=buyer.partner_id,
        billing_type=calendar.billing_type,
        timezone=timezone,
        currency=currency,
        starts_on=start,
        total_minor=sum(line.amount.minor for line in lines),
        tax_minor=basket.tax_included(lines, currency).minor,
        then_minor=then.amount.minor if then else None,
        then_months=then.months if then else None,
        then_days=then.days if then else 0,
        then_from_on=then.from_on if then else None,
        created_at=now,
        expires_at=now + HOLD_QUOTE,
        details=details or {},
        lines=[QuoteLine(position=i, **columns(line)) for i, line in enumerate(lines)],
    )
    session.add(quote)
    session.flush()
    return quote


def terms_on_sale(session: Session, plan_id: str, version: int) -> Terms:
    """
    Return what the plan costs, if *version* is the one being sold.

    :raises ProductNotAvailable: if the plan is unknown or not sold
    :raises QuoteChanged: if another version is being sold
    """
    plan = session.get(Plan, plan_id)
    if plan is None or not plan.on_sale:
        raise ProductNotAvailable("A product in your basket is no longer available.")
    if plan.version != version:
        raise QuoteChanged("A product in your basket has a new price. Look at it again before you order.")
    found = session.get(PlanVersion, (plan_id, version))
    if found is None:
        raise ProductNotAvailable("A product in your basket is no longer available.")
    return found.terms()


def _check_distinct(items: list[Item]) -> None:
    seen: set[str] = set()
    for i, item in enumerate(items):
        if item.plan_id in seen:
            raise Invalid(FieldError(f"#/items/{i}/plan_id", "duplicate", "This product is there twice."))
        seen.add(item.plan_id)


def circumstances(
    session: Session, buyer: Buyer, wanted: list[tuple[Terms, int]]
) -> tuple[str, str, Calendar]:
    """
    Return currency, time zone and calendar of the buyer's account, or those it would be opened with.
    """
    account = session.get(Account, buyer.customer_id)
    billing_day = account.billing_day if account else partner_settings(session, buyer.partner_id).billing_day
    calendar = Calendar(billing_type=buyer.billing_type, billing_day=billing_day)
    if account:
        return account.currency, account.timezone, calendar
    partner = partner_of(session, buyer.partner_id)
    if partner:
        return partner.currency, partner.timezone, calendar
    currency = wanted[0][0].price.currency if wanted else ""
    return currency, buyer.timezone, calendar
