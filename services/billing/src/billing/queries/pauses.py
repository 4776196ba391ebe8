"""Pauses of services: the one that is open, how it is shown, and what its first and last day do to bills."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.domain.charging import lines
from billing.domain.line import Code, Line
from billing.domain.pause import OPEN, PauseState, charged_again, rest
from billing.domain.plan_change import refunds
from billing.domain.plan_quote import Refund
from billing.models import Account, Pause, Segment, Subscription
from billing.queries.plan_changes import held_price, standing_of
from billing.queries.prepaid import is_prepaid
from shared import clock
from shared.errors import NotFound
from shared.money import Money, total
from shared.periods import Period

# Asked for with every Home: made once.
OPEN_ONES = select(Pause).where(Pause.customer_id == bindparam("customer"), Pause.state.in_(OPEN))


@dataclass(frozen=True, kw_only=True)
class PauseView:
    """
    A pause inside the service it is about; *last_on* is its last day (None: until somebody says so).

    Its customer can undo it until *undo_until*, if at all.
    """

    id: str
    state: str
    from_on: date
    last_on: date | None
    billed: bool
    message: str
    undo_until: datetime | None
    subscription_id: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """
    What a pause does to money: days paid ahead go back, days left out are charged with the next bill.
    """

    refunds: Sequence[Refund] = ()
    charges: Sequence[Line] = ()
    currency: str

    @property
    def lines(self) -> list[Line]:
        """
        What is shown: what goes back first.
        """
        return [*(each.line for each in self.refunds), *self.charges]

    @property
    def net(self) -> Money:
        """
        What the customer pays more, or less where it is below zero.
        """
        return total([line.amount for line in self.lines], self.currency)


def open_pause(session: Session, subscription_id: str) -> Pause | None:
    """
    Return the pause that is booked or running, if one is.
    """
    return session.scalar(
        select(Pause).where(Pause.subscription_id == subscription_id, Pause.state.in_(OPEN))
    )


def booked_pause(session: Session, subscription_id: str) -> Pause | None:
    """
    Return the pause that waits for its first day, if one does.
    """
    found = open_pause(session, subscription_id)
    return found if found and found.state is PauseState.BOOKED else None


def open_pauses_of(session: Session, customer_id: str) -> dict[str, Pause]:
    """
    Return the customer's open pauses by subscription.
    """
    return {row.subscription_id: row for row in session.scalars(OPEN_ONES, {"customer": customer_id})}


def pause_days(session: Session, customer_id: str, *, today: date) -> list[tuple[date, str, str]]:
    """
    Return on which days from *today* on a service pauses (*pause*) or works again (*resume*), and its name.
    """
    open_ones = open_pauses_of(session, customer_id)
    names = select(Subscription.id, Subscription.name).where(Subscription.id.in_(open_ones))
    found = []
    for key, name in session.execute(names) if open_ones else ():
        pause = open_ones[key]
        if pause.state is PauseState.BOOKED:
            found.append((pause.from_on, "pause", name))
        if pause.until_on:
            found.append((pause.until_on, "resume", name))
    return sorted(each for each in found if each[0] >= today)


def find_pause(session: Session, *, customer_id: str, pause_id: str) -> Pause:
    """
    Return a pause of a service of the customer.

    :raises NotFound: if they have no such pause
    """
    found = session.get(Pause, pause_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    return found


def asked_by_customer(pause: Pause) -> bool:
    """
    Tell whether its customer asked for a pause, and not staff.
    """
    return pause.actor == f"customer:{pause.customer_id}"


def pauses_shown(session: Session, customer_id: str) -> dict[str, PauseView]:
    """
    Return the customer's open pauses by subscription, as they are shown inside it.
    """
    found = open_pauses_of(session, customer_id)
    account = session.get(Account, customer_id) if found else None
    return {key: pause_view(row, account.timezone) for key, row in found.items()} if account else {}


def shown_pause(session: Session, row: Pause) -> PauseView:
    """
    Return how one pause is shown, whatever became of it.
    """
    return pause_view(row, session.get_one(Account, row.customer_id).timezone)


def pause_view(row: Pause, timezone: str) -> PauseView:
    """
    Return how a pause is shown.
    """
    mine = row.state is PauseState.BOOKED and asked_by_customer(row)
    return PauseView(
        id=row.id,
        state=row.state.value,
        from_on=row.from_on,
        last_on=row.until_on - timedelta(days=1) if row.until_on else None,
        billed=row.billed,
        message=row.message,
        undo_until=clock.start_of(row.from_on, timezone) if mine else None,
        subscription_id=row.subscription_id,
    )


def effect_of_pause(
    session: Session, account: Account, held: Subscription, free: Period, *, billed: bool
) -> Effect:
    """
    Return what a pause gives back on its first day: what bills charged for its days.
    """
    if billed:
        return Effect(currency=account.currency)
    found = refunds(standing_of(session, held, free.start), free.start, until=free.end)
    return Effect(refunds=tuple(found), currency=account.currency)


def effect_of_return(
    session: Session, account: Account, held: Subscription, pause: Pause, back_on: date
) -> Effect:
    """
    Return what letting the service work again on another day than was booked does.

    Sooner, the days that were free and that bills have passed are charged; later, more days go back. Prepaid
    services begin anew on that day: what is paid beyond goes back, the credit pays for a new period.
    """
    if pause.billed:
        return Effect(currency=account.currency)
    free = rest(pause.from_on, pause.until_on)
    if is_prepaid(account):
        from_on, until = free.start, date.max if back_on != free.end else free.start
    else:
        from_on, until = free.end, max(back_on, free.end)
    standing = standing_of(session, held, from_on) if from_on < until else []
    return Effect(
        refunds=tuple(refunds(standing, from_on, until=until)),
        charges=() if is_prepaid(account) else tuple(_again(session, account, held, pause, back_on)),
        currency=account.currency,
    )


def effect_of_undo(
    session: Session, account: Account, held: Subscription, pause: Pause, *, back_on: date | None = None
) -> Effect:
    """
    Return what undoing a booked pause charges: days that bills made since it was booked left out; those from
    *back_on* on, if it is given.
    """
    charges = [] if pause.billed else _again(session, account, held, pause, back_on or pause.from_on)
    return Effect(charges=tuple(charges), currency=account.currency)


def _again(
    session: Session, account: Account, held: Subscription, pause: Pause, back_on: date
) -> Sequence[Line]:
    charged_from = pause.charged_to if pause.state is PauseState.BOOKED else pause.from_on
    days = charged_again(
        rest(pause.from_on, pause.until_on),
        back_on,
        charged_from=charged_from,
        charged_to=held.charged_through or pause.from_on,
    )
    if days is None:
        return ()
    price = replace(held_price(held), from_on=days.start, discount_basis_points=_discount(session, held))
    return list(lines([price], days, anchor_day=account.billing_day, code=Code.RECURRING))


def _discount(session: Session, held: Subscription) -> int:
    query = select(Segment.discount_basis_points).where(Segment.subscription_id == held.id)
    return session.scalar(query.order_by(Segment.from_on.desc()).limit(1)) or 0
