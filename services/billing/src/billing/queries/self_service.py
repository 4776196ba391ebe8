"""What customers may do on their own with a service: its choices, and what resting or ending it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import charging
from billing.domain.line import Code, Line
from billing.domain.pause import OPEN, PauseState, rest
from billing.domain.plan_change import refunds
from billing.domain.self_service import A_DAY, Figures, PauseLimits, check_often
from billing.models import Account, Pause, PlanVersion, Subscription
from billing.queries.ending import fee_of
from billing.queries.pauses import asked_by_customer, effect_of_pause
from billing.queries.plan_change_options import Refused
from billing.queries.plan_changes import standing_of
from billing.queries.prepaid import is_prepaid
from billing.queries.service_guards import check_own_end, check_own_pause
from billing.queries.service_story import line_of
from billing.queries.to_bill import holdings_of
from shared import clock
from shared.errors import NotFound, Refusal
from shared.money import Money
from shared.periods import Period

COUNTED = (*OPEN, PauseState.OVER)


@dataclass(frozen=True, kw_only=True)
class PauseOptions:
    """
    From when and for how long a service may rest, how often still within a year of *earliest_on*, or why not.
    """

    subscription_id: str
    earliest_on: date
    longest_days: int
    left: int
    refusal: Refused | None


@dataclass(frozen=True, kw_only=True)
class LastDay:
    """
    A last day worth a button: *code* is earliest, paid_until or contract_end.
    """

    on: date
    code: str


@dataclass(frozen=True, kw_only=True)
class EndOptions:
    """
    From when a service may end and what that costs before its contract ends and later, or why it may not.
    """

    subscription_id: str
    earliest_on: date
    suggested: list[LastDay]
    contract_ends_on: date | None
    contract_renews: bool
    early_fee: Money | None
    later_fee: Money | None
    refusal: Refused | None


Check = Callable[[Session, Subscription], None]


def own_service(session: Session, customer_id: str, subscription_id: str) -> tuple[Account, Subscription]:
    """
    Return a service of the customer and its account.

    :raises NotFound: if they have no such service
    """
    found, account = session.get(Subscription, subscription_id), session.get(Account, customer_id)
    if found is None or account is None or found.customer_id != customer_id:
        raise NotFound
    return account, found


def pause_options(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str,
    limits: PauseLimits,
    now: datetime,
) -> PauseOptions:
    """
    Return the choices of the page that pauses a service, or why it cannot.

    :raises NotFound: if they have no such service
    """
    account, held = own_service(session, customer_id, subscription_id)
    earliest = limits.earliest_on(clock.local_date(now, account.timezone))
    begun = own_pauses(session, held)

    def may(session: Session, held: Subscription) -> None:
        check_own_pause(session, held)
        check_often(begun, earliest, limits=limits)

    near = [day for day in begun if abs((day - earliest).days) < 365]
    return PauseOptions(
        subscription_id=held.id,
        earliest_on=earliest,
        longest_days=limits.longest_days,
        left=max(limits.most_a_year - len(near), 0),
        refusal=_refusal(session, held, may),
    )


def end_options(
    session: Session, *, customer_id: str, subscription_id: str, notice_days: int, now: datetime
) -> EndOptions:
    """
    Return the choices of the page that ends a service, or why it cannot.

    :raises NotFound: if they have no such service
    """
    account, held = own_service(session, customer_id, subscription_id)
    earliest = earliest_end(account, held, notice_days=notice_days, now=now)
    early, later = _fees(session, held)
    return EndOptions(
        subscription_id=held.id,
        earliest_on=earliest,
        suggested=_last_days(held, earliest),
        contract_ends_on=held.contract_ends_on,
        contract_renews=held.contract_renews,
        early_fee=early if held.contract_ends_on else None,
        later_fee=later,
        refusal=_refusal(session, held, check_own_end),
    )


def earliest_end(account: Account, held: Subscription, *, notice_days: int, now: datetime) -> date:
    """
    Return the first day that may be the last one: after the notice, and not before the service begins.
    """
    return max(clock.local_date(now, account.timezone) + timedelta(days=notice_days), held.starts_on)


def own_pauses(session: Session, held: Subscription) -> list[date]:
    """
    Return the first days of the pauses its customer asked for, those of the plans before it included.
    """
    line = line_of(session, customer_id=held.customer_id, subscription_id=held.id)
    query = select(Pause).where(
        Pause.subscription_id.in_([each.id for each in line]),
        Pause.state.in_(COUNTED),
    )
    return [row.from_on for row in session.scalars(query.order_by(Pause.from_on)) if asked_by_customer(row)]


def figures_of_pause(
    session: Session, account: Account, held: Subscription, first_on: date, last_on: date
) -> Figures:
    """
    Return what goes back when the service rests on these days.
    """
    effect = effect_of_pause(session, account, held, rest(first_on, last_on + A_DAY), billed=False)
    return Figures(refunds=effect.refunds, charges=effect.charges, currency=account.currency)


def figures_of_end(session: Session, account: Account, held: Subscription, last_on: date) -> Figures:
    """
    Return the final figures: days paid beyond *last_on* go back, days up to it and the fee are billed.

    Prepaid services go on to be renewed from their credit until then; only the fee is known before.
    """
    free_from, fee = last_on + A_DAY, fee_of(session, held, last_on)
    ahead = [] if is_prepaid(account) else _still_billed(session, account, held, free_from)
    return Figures(
        refunds=tuple(refunds(standing_of(session, held, free_from), free_from)),
        charges=(*ahead, *([fee] if fee else [])),
        currency=account.currency,
    )


def _still_billed(session: Session, account: Account, held: Subscription, free_from: date) -> list[Line]:
    holdings = holdings_of(session, [account.customer_id])[account.customer_id].holdings
    mine = holdings.get(held.id)
    since = held.charged_through or held.starts_on
    if mine is None or since >= free_from:
        return []
    span, anchor = Period(since, free_from), account.billing_day
    return list(charging.lines(mine.prices, span, anchor_day=anchor, code=Code.RECURRING))


def _last_days(held: Subscription, earliest: date) -> list[LastDay]:
    days = [LastDay(on=earliest, code="earliest")]
    paid = held.charged_through - A_DAY if held.charged_through else None
    for on, code in ((paid, "paid_until"), (held.contract_ends_on, "contract_end")):
        if on and on > earliest and on not in [each.on for each in days]:
            days.append(LastDay(on=on, code=code))
    return sorted(days, key=lambda each: each.on)


def _fees(session: Session, held: Subscription) -> tuple[Money | None, Money | None]:
    sold = session.get(PlanVersion, (held.plan_id, held.plan_version))
    if sold is None or held.bundle_id is not None:
        return None, None
    early, later = (
        Money(each, sold.currency) * held.quantity
        for each in (sold.early_end_fee_minor, sold.cancellation_fee_minor)
    )
    return early if early.minor else None, later if later.minor else None


def _refusal(session: Session, held: Subscription, check: Check) -> Refused | None:
    try:
        check(session, held)
    except Refusal as refusal:
        return Refused(code=refusal.code, detail=refusal.detail)
    return None
