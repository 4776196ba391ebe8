"""Price a pause that a customer thinks of, and hold that for 15 minutes. Nothing is written but the quote."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.order import HOLD_QUOTE
from billing.domain.self_service import Figures, PauseLimits, check_often, check_pause, fingerprint
from billing.models import Account, Quote, QuoteLine, Subscription, columns
from billing.queries.self_service import figures_of_pause, own_pauses, own_service
from billing.queries.service_guards import check_own_pause
from shared import clock
from shared.ids import new_id


@dataclass(frozen=True, kw_only=True)
class Days:
    """
    The first and the last day of a pause, or (without a first one) the last day a service works.
    """

    first_on: date | None = None
    last_on: date


def quote_pause(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str,
    first_on: date,
    last_on: date,
    limits: PauseLimits,
    now: datetime,
) -> Quote:
    """
    Return a quote for letting the customer's service rest on these days, within what their partner allows.

    :raises NotFound: if they have no such service
    :raises Conflict: if it cannot rest (``queries/service_guards.py``), or has often enough
    :raises Invalid: if the days are not among those to choose from
    """
    account, held = own_service(session, customer_id, subscription_id)
    check_own_pause(session, held)
    today = clock.local_date(now, account.timezone)
    check_pause(first_on, last_on, today=today, limits=limits)
    check_often(own_pauses(session, held), first_on, limits=limits)
    figures = figures_of_pause(session, account, held, first_on, last_on)
    days = Days(first_on=first_on, last_on=last_on)
    return keep_service_quote(
        session, account, held, figures, kind="pause", days=days, details=asdict(limits), now=now
    )


def keep_service_quote(
    session: Session,
    account: Account,
    held: Subscription,
    figures: Figures,
    *,
    kind: str,
    days: Days,
    details: dict[str, int],
    now: datetime,
) -> Quote:
    """
    Hold *figures* for 15 minutes; nothing of them is due before their days have come.
    """
    first_on = days.first_on or days.last_on
    quote = Quote(
        id=new_id("quo"),
        kind=kind,
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        billing_type=account.billing_type,
        timezone=account.timezone,
        currency=account.currency,
        starts_on=first_on,
        total_minor=0,
        tax_minor=0,
        created_at=now,
        expires_at=now + HOLD_QUOTE,
        subscription_id=held.id,
        fingerprint=fingerprint(held.id, first_on, days.last_on, figures),
        details={
            **details,
            "last_on": days.last_on.isoformat(),
            "credit_to_balance_minor": figures.credit_to_balance.minor,
            "added_to_next_bill_minor": figures.added_to_next_bill.minor,
        },
        lines=[QuoteLine(position=i, **columns(line)) for i, line in enumerate(figures.lines)],
    )
    session.add(quote)
    session.flush()
    return quote
