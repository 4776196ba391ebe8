"""What a pause, or its end on another day, would do to bills, as things are now."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing.domain.pause import PauseOver, PauseState, rest
from billing.models import Account, Customer, Pause, Subscription
from billing.queries.lines import LineView, line_view
from billing.queries.pauses import Effect, effect_of_pause, effect_of_return, open_pause
from billing.queries.plan_change_desk import subscription_in
from billing.queries.prepaid import is_prepaid
from billing.queries.staff import one_customer
from shared import clock
from shared.money import Money

Scope = frozenset[str] | None
A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Pausing:
    """
    A service, the pause somebody thinks of, and what it would give back.
    """

    subscription: Subscription
    customer: Customer
    from_on: date
    last_on: date | None
    billed: bool
    prepaid: bool
    lines: list[LineView]
    net: Money


@dataclass(frozen=True, kw_only=True)
class Returning:
    """
    A service that rests, and what working again from *back_on* on does; *today*: at once.
    """

    subscription: Subscription
    customer: Customer
    pause: Pause
    back_on: date
    today: bool
    lines: list[LineView]
    net: Money


def pausing(
    session: Session,
    subscription_id: str,
    *,
    from_on: date | None,
    last_on: date | None,
    billed: bool,
    scope: Scope,
) -> Pausing:
    """
    Return what a pause does; one that would begin too early begins tomorrow.

    :raises NotFound: if there is no such service in *scope*
    """
    held = subscription_in(session, subscription_id, scope=scope)
    account = session.get_one(Account, held.customer_id)
    tomorrow = clock.today(account.timezone) + A_DAY
    first = max(from_on or tomorrow, tomorrow)
    last = last_on if last_on and last_on >= first else None
    effect = effect_of_pause(
        session, account, held, rest(first, last + A_DAY if last else None), billed=billed
    )
    return Pausing(
        subscription=held,
        customer=one_customer(session, held.customer_id, scope=scope),
        from_on=first,
        last_on=last,
        billed=billed,
        prepaid=is_prepaid(account),
        lines=_views(effect),
        net=effect.net,
    )


def returning(session: Session, subscription_id: str, *, back_on: date | None, scope: Scope) -> Returning:
    """
    Return what letting a service work again does, today unless *back_on* is a later day.

    :raises NotFound: if there is no such service in *scope*
    :raises PauseOver: if it does not rest
    """
    held = subscription_in(session, subscription_id, scope=scope)
    account = session.get_one(Account, held.customer_id)
    pause = open_pause(session, held.id)
    if pause is None or pause.state is not PauseState.RUNNING:
        raise PauseOver("This service does not rest.")
    today = clock.today(account.timezone)
    first = max(today, pause.from_on + A_DAY)
    day = max(back_on or first, first)
    effect = effect_of_return(session, account, held, pause, day)
    return Returning(
        subscription=held,
        customer=one_customer(session, held.customer_id, scope=scope),
        pause=pause,
        back_on=day,
        today=day == today,
        lines=_views(effect),
        net=effect.net,
    )


def _views(effect: Effect) -> list[LineView]:
    return [line_view(line) for line in effect.lines]
