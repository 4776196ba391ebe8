"""
Price a change of plan line by line, and hold the price for 15 minutes. Nothing is written but the quote.

The terms in force (refund, fees, timing, minimum) are kept with it: a booked change is made on the terms the
customer saw, whatever is set meanwhile (decision D21).
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.domain.basket import ProductNotAvailable
from billing.domain.change import Source
from billing.domain.change_terms import Decided
from billing.domain.order import HOLD_QUOTE
from billing.domain.plan_quote import PlanQuote, fingerprint
from billing.models import Account, Plan, PlanVersion, Quote, QuoteLine, Subscription, columns
from billing.queries.plan_change_guards import check_change, check_date, check_target
from billing.queries.plan_change_price import Case, price, rules_of, terms_in_force
from billing.queries.rollover import rollover_of
from billing.queries.settings import settings_of
from billing.usecases.quote_order import QuoteChanged
from shared import clock
from shared.errors import NotFound
from shared.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    Which subscription is to move to which version of a plan, and from when.
    """

    subscription_id: str
    plan_id: str
    version: int
    start_on: date


def quote_plan_change(
    session: Session,
    *,
    customer_id: str,
    wanted: Wanted,
    now: datetime,
    source: Source = Source.PORTAL,
    decided: Decided | None = None,
) -> Quote:
    """
    Return a quote for moving the customer's subscription to another plan.

    :raises NotFound: if the customer has no such subscription
    :raises Conflict: if it may not be changed now (``domain/change.py``), or the plan is not offered for it
    :raises DateNotAllowed: if the change may not begin on that day
    :raises QuoteChanged: if the plan was changed since the customer saw it
    """
    case, quoted = priced(
        session, customer_id=customer_id, wanted=wanted, now=now, source=source, decided=decided
    )
    return keep_quote(session, case, quoted, now=now)


def priced(
    session: Session,
    *,
    customer_id: str,
    wanted: Wanted,
    now: datetime,
    source: Source,
    decided: Decided | None,
) -> tuple[Case, PlanQuote]:
    """
    Return what the change would cost, without holding the price; refuses as ``quote_plan_change`` does.
    """
    account, subscription = find_both(session, customer_id, wanted.subscription_id)
    sold = sold_version(session, wanted)
    terms = terms_in_force(session, account, decided)
    case = Case(
        account=account, subscription=subscription, sold=sold, effective_on=wanted.start_on, terms=terms
    )
    check_change(session, subscription, source=source)
    check_target(session, subscription, sold, source=source)
    check_date(case.effective_on, account, subscription, rules_of(case), now=now, source=source)
    return case, price(session, case)


def find_both(session: Session, customer_id: str, subscription_id: str) -> tuple[Account, Subscription]:
    """
    Return the subscription and its customer's account.

    :raises NotFound: if the customer has no such subscription
    """
    subscription = session.get(Subscription, subscription_id)
    account = session.get(Account, customer_id)
    if subscription is None or account is None or subscription.customer_id != customer_id:
        raise NotFound
    return account, subscription


def sold_version(session: Session, wanted: Wanted) -> PlanVersion:
    """
    Return the plan version wanted, if it is the one being sold.

    :raises ProductNotAvailable: if the plan is unknown or not sold
    :raises QuoteChanged: if another version is being sold
    """
    plan = session.get(Plan, wanted.plan_id)
    if plan is None or not plan.on_sale:
        raise ProductNotAvailable("This plan is no longer available.")
    if plan.version != wanted.version:
        raise QuoteChanged("This plan has a new price. Look at it again before you change.")
    return session.get_one(PlanVersion, (wanted.plan_id, wanted.version))


def undo_until(session: Session, account: Account, effective_on: date, *, now: datetime) -> datetime:
    """
    Return the moment a change takes effect: soon for today, at the local start of the day for a later one.
    """
    if effective_on > clock.local_date(now, account.timezone):
        return clock.start_of(effective_on, account.timezone)
    return now + timedelta(minutes=settings_of(session, account).undo_minutes)


def keep_quote(session: Session, case: Case, quoted: PlanQuote, *, now: datetime) -> Quote:
    """
    Hold *quoted* for 15 minutes.
    """
    account, sold = case.account, case.sold
    quote = Quote(
        id=new_id("quo"),
        kind="plan_change",
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        billing_type=account.billing_type,
        timezone=account.timezone,
        currency=account.currency,
        starts_on=case.effective_on,
        total_minor=quoted.due_now.minor,
        tax_minor=quoted.tax_included.minor,
        then_minor=quoted.then.amount.minor,
        then_months=quoted.then.months,
        then_days=quoted.then.days,
        then_from_on=quoted.then.from_on,
        created_at=now,
        expires_at=now + HOLD_QUOTE,
        subscription_id=case.subscription.id,
        to_plan_id=sold.plan_id,
        to_plan_version=sold.version,
        fingerprint=fingerprint(case.subscription.id, quoted),
        details=_details(session, case, quoted, now=now),
        lines=[QuoteLine(position=i, **columns(line)) for i, line in enumerate(quoted.lines)],
    )
    session.add(quote)
    session.flush()
    return quote


def _details(session: Session, case: Case, quoted: PlanQuote, *, now: datetime) -> dict[str, Any]:
    return {
        "terms": asdict(case.terms),
        "direction": quoted.direction.value,
        "credit_to_balance_minor": quoted.credit_to_balance.minor,
        "added_to_next_bill_minor": quoted.added_to_next_bill.minor,
        "next_bill_on": quoted.next_bill.on.isoformat(),
        "next_bill_minor": quoted.next_bill.amount.minor,
        "undo_until": undo_until(session, case.account, case.effective_on, now=now).isoformat(),
        "plan_name": case.sold.name,
        "rollover": _rollover(session, case, quoted),
    }


def _rollover(session: Session, case: Case, quoted: PlanQuote) -> dict[str, Any] | None:
    found = rollover_of(session, case, until=quoted.charged_through)
    if found is None:
        return None
    expires_on = found.expires_on.isoformat() if found.expires_on else None
    return {"amount_mb": found.amount_mb, "expires_on": expires_on}
