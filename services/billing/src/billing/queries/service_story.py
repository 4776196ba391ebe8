"""What happened to a service and what is booked: from its order, through plans and pauses, to its end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.domain.pause import PauseState
from billing.domain.subscription import WORKING, PauseReason, Status
from billing.models import Account, Order, Pause, PlanChange, PlanVersion, Segment, Subscription
from shared import clock
from shared.errors import NotFound
from shared.money import Money

BEGUN = (PauseState.BOOKED, PauseState.RUNNING, PauseState.OVER)
CHANGES = (ChangeStatus.BOOKED, ChangeStatus.APPLIED)
A_DAY = timedelta(days=1)
LONGEST_LINE = 50


@dataclass(frozen=True, kw_only=True)
class Moment:
    """
    Something that happened to a service *on* a day, or (*done* is false) will: *code* ordered, approved,
    activated, plan_changed, price_changed, paused, resumed, stopped, returned or ended.

    *name* is the plan, *amount* its price from then on and *before* the one until then; *last_on* the last
    day of a pause, *order_id* with its *number* what was ordered.
    """

    on: date
    code: str
    done: bool
    name: str
    amount: Money | None = None
    before: Money | None = None
    last_on: date | None = None
    order_id: str | None = None
    number: int | None = None


def service_story(session: Session, *, customer_id: str, subscription_id: str) -> list[Moment]:
    """
    Return the moments of the customer's service in order, those of the plans before it included.

    :raises NotFound: if they have no such service
    """
    line = line_of(session, customer_id=customer_id, subscription_id=subscription_id)
    account = session.get_one(Account, customer_id)
    today = clock.today(account.timezone)
    moments = list(_beginning(session, line[0], account, today))
    for each in line:
        moments += [*_prices(session, each, today), *_pauses(session, each, today)]
        moments += _what_followed(session, each, today)
    return sorted(moments, key=lambda moment: moment.on)


def line_of(session: Session, *, customer_id: str, subscription_id: str) -> list[Subscription]:
    """
    Return a service of the customer after those it replaced, the first one first.

    :raises NotFound: if they have no such service
    """
    found = session.get(Subscription, subscription_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    line = [found]
    while line[0].parent_id and len(line) < LONGEST_LINE:
        line.insert(0, session.get_one(Subscription, line[0].parent_id))
    return line


def _beginning(session: Session, first: Subscription, account: Account, today: date) -> Iterator[Moment]:
    order = session.get(Order, first.order_id)
    if order:
        ordered_on = clock.local_date(order.created_at, account.timezone)
        told = {"order_id": order.id, "number": order.number}
        yield Moment(on=ordered_on, code="ordered", done=True, name=first.name, **told)  # type: ignore[arg-type]
        if order.approved_at:
            approved_on = clock.local_date(order.approved_at, account.timezone)
            yield Moment(on=approved_on, code="approved", done=True, name=first.name)
    started = first.activated_on or (first.starts_on if not first.on_approve else None)
    if started:
        done = first.activated_on is not None and started <= today
        yield Moment(on=started, code="activated", done=done, name=first.name)


def _prices(session: Session, held: Subscription, today: date) -> Iterator[Moment]:
    rows = session.scalars(
        select(Segment).where(Segment.subscription_id == held.id).order_by(Segment.from_on)
    ).all()
    for before, after in pairwise(rows):
        if before.price != after.price:
            yield Moment(
                on=after.from_on,
                code="price_changed",
                done=after.from_on <= today,
                name=after.name,
                amount=after.price,
                before=before.price,
            )


def _pauses(session: Session, held: Subscription, today: date) -> Iterator[Moment]:
    head_id = held.bundle_id or held.id
    query = select(Pause).where(Pause.subscription_id == head_id, Pause.state.in_(BEGUN))
    for pause in session.scalars(query.order_by(Pause.from_on)):
        begun, over = pause.state is not PauseState.BOOKED, pause.state is PauseState.OVER
        last_on = pause.until_on - A_DAY if pause.until_on else None
        yield Moment(on=pause.from_on, code="paused", done=begun, name=held.name, last_on=last_on)
        ends_with_it = over and held.status not in WORKING and pause.ended_on == _free_from(held)
        if pause.until_on and not ends_with_it:
            yield Moment(on=pause.until_on, code="resumed", done=over, name=held.name)


def _what_followed(session: Session, held: Subscription, today: date) -> Sequence[Moment]:
    change = session.scalar(
        select(PlanChange).where(PlanChange.subscription_id == held.id, PlanChange.status.in_(CHANGES))
    )
    if change:
        sold = session.get_one(PlanVersion, (change.to_plan_id, change.to_plan_version))
        return [
            Moment(
                on=change.effective_on,
                code="plan_changed",
                done=change.status is ChangeStatus.APPLIED,
                name=change.to_name,
                amount=Money(sold.price_minor, sold.currency),
                before=Money(held.price_minor, held.currency),
            )
        ]
    copy = session.scalar(select(Subscription).where(Subscription.parent_id == held.id))
    if copy:
        return list(_stopped(held, copy))
    if held.ends_on is None and held.status in WORKING | {Status.PENDING}:
        return []
    on = held.ends_on or held.starts_on
    return [Moment(on=on, code="ended", done=held.status not in WORKING or on < today, name=held.name)]


def _stopped(held: Subscription, copy: Subscription) -> Iterator[Moment]:
    # A deactivation ends the one on its first free day (decision D14); the copy waits for the customer.
    yield Moment(on=held.ends_on or copy.starts_on, code="stopped", done=True, name=held.name)
    if copy.pause_reason is not PauseReason.DEACTIVATED and copy.starts_on >= (held.ends_on or date.min):
        yield Moment(on=copy.starts_on, code="returned", done=True, name=copy.name)


def _free_from(held: Subscription) -> date | None:
    return held.ends_on + A_DAY if held.ends_on else None
