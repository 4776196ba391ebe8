"""What may be topped up, and what a sum would do: pay what is owed, switch services on, last until a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.basket import PREPAID
from billing.domain.collection import Purpose
from billing.domain.failure import TOPPED_UP
from billing.domain.payment import GIVEN_UP, OPEN
from billing.domain.prepaid import lasting
from billing.domain.top_up import Limits, check, credit_after, limits
from billing.models import Account, Customer, Partner, Payment
from billing.queries.prepaid import Held, coming_back, is_prepaid, restarting, running
from billing.queries.settings import settings_of
from shared import clock
from shared.errors import NotFound
from shared.money import Money, total


@dataclass(frozen=True, kw_only=True)
class TopUpOffer:
    """
    How much may be topped up; *under_way* is the payment of another top-up that has to end first.
    """

    min: Money
    max: Money
    suggested: list[Money]
    under_way: str | None


@dataclass(frozen=True, kw_only=True)
class TopUpPreview:
    """
    What *amount* would do: *pays_owed* of it pays what is owed, *resumes* services come back, and *balance*
    lasts until the end of *lasts_until_on* (with *more*: beyond a year; None: nothing has to be paid).
    """

    amount: Money
    pays_owed: Money
    balance: Money
    resumes: int
    days_left: int | None
    lasts_until_on: date | None
    more: bool


def wallet_account(session: Session, customer_id: str) -> Account | None:
    """
    Return the account of a prepaid customer, a blank one before their first business; None for all others.
    """
    account = session.get(Account, customer_id)
    if account is not None:
        return account if is_prepaid(account) else None
    customer = session.get(Customer, customer_id)
    if customer is None or customer.deleted or customer.billing_type not in PREPAID:
        return None
    partner = session.get(Partner, customer.partner_id)
    return Account(
        customer_id=customer_id,
        partner_id=customer.partner_id,
        currency=partner.currency if partner else "EUR",
        timezone=partner.timezone if partner else "UTC",
        billing_type=customer.billing_type,
        billing_day=1,
        own_settings={},
        inactive_manually=False,
        credit_minor=0,
        owed_minor=0,
    )


def needed_for(paused: Sequence[Held], account: Account) -> Money | None:
    """
    Return what has to come to switch all *paused* services on; None if none is paused.
    """
    if not paused:
        return None
    costs = total([each.step.amount for each in paused], account.currency)
    credit = Money(account.credit_minor, account.currency)
    if credit >= costs:
        return Money.zero(account.currency)
    return costs - credit + Money(account.owed_minor, account.currency)


def limits_of(session: Session, account: Account, *, today: date) -> Limits:
    """
    Return what may be topped up at once, and what is worth offering.
    """
    return _limits(session, account, needed_for(restarting(session, account, today), account))


def offer_of(session: Session, account: Account, *, needed: Money | None) -> TopUpOffer:
    """
    Return how the account may be topped up now.
    """
    within, waits = _limits(session, account, needed), running_top_up(session, account.customer_id)
    return TopUpOffer(
        min=within.low, max=within.high, suggested=within.suggested, under_way=waits.id if waits else None
    )


def preview_of(session: Session, *, customer_id: str, amount: str) -> TopUpPreview:
    """
    Return what topping up *amount* (a decimal string) would do if it came now.

    :raises NotFound: if the customer has no balance to top up
    :raises UnclearAmount: if it is no amount
    :raises Invalid: if it cannot be topped up
    """
    account = wallet_account(session, customer_id)
    if account is None:
        raise NotFound
    sum_, today = Money.parse(amount, account.currency), clock.today(account.timezone)
    check(sum_, limits_of(session, account, today=today))
    return _preview(session, account, sum_, today)


def running_top_up(session: Session, customer_id: str, *, besides: str | None = None) -> Payment | None:
    """
    Return the oldest top-up, *besides* one, that is not finished; one a person looks at is in nobody's way.
    """
    query = select(Payment).where(
        Payment.customer_id == customer_id,
        Payment.purpose == Purpose.BALANCE,
        Payment.status.in_(OPEN),
        Payment.parked.is_(None),
        Payment.id != (besides or ""),
    )
    return session.scalars(query.order_by(Payment.created_at, Payment.id).limit(1)).first()


def _limits(session: Session, account: Account, needed: Money | None) -> Limits:
    settings, currency = settings_of(session, account), account.currency
    return limits(
        Money(settings.top_up_min_minor, currency),
        Money(settings.top_up_max_minor, currency),
        [Money(minor, currency) for minor in settings.top_up_sums],
        needed=needed,
    )


def may_try_again(session: Session, payment: Payment) -> bool:
    """
    Tell whether a top-up failed and nothing has taken its place.
    """
    if payment.status not in GIVEN_UP or payment.superseded or payment.failure_code == TOPPED_UP:
        return False
    return session.scalars(select(Payment.id).where(Payment.retry_of == payment.id)).first() is None


def _preview(session: Session, account: Account, amount: Money, today: date) -> TopUpPreview:
    credit, owed = Money(account.credit_minor, account.currency), Money(account.owed_minor, account.currency)
    used = settings_of(session, account).use_credit
    after = credit_after(amount, credit=credit, owed=owed, use_credit=used)
    back = coming_back(session, account, after, today=today)
    held = [each.service for each in (*running(session, account), *back)]
    lasts = lasting(held, after, today=today)
    return TopUpPreview(
        amount=amount,
        pays_owed=min(amount, owed),
        balance=account.balance + amount,
        resumes=len(back),
        days_left=lasts.days if lasts else None,
        lasts_until_on=lasts.until_on if lasts else None,
        more=bool(lasts and lasts.more),
    )
