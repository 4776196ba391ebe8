"""What a prepaid account holds, as the rules see it: services with what their next period costs."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.basket import BY_THE_DAY, PREPAID
from billing.domain.charging import Price
from billing.domain.pause import PauseState
from billing.domain.prepaid import Service, Step, anchor, next_step, returning
from billing.domain.subscription import Status
from billing.models import Account, Pause, PlanVersion, Segment, Subscription
from billing.queries.plan_changes import booked_of
from billing.queries.settings import settings_of
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Held:
    """
    A subscription (bundle members are paid with their bundle), its price, and the service it is to the rules.
    """

    subscription: Subscription
    price: Price
    service: Service

    @property
    def step(self) -> Step:
        """
        What it pays next.
        """
        return next_step(self.service)

    def starting(self, day: date, *, billing_day: int) -> "Held":
        """
        Return it as it is when it begins anew on *day*.
        """
        anchor_day = billing_day if self.service.daily else day.day
        return replace(self, service=replace(self.service, paid_until=day, anchor_day=anchor_day))


def is_prepaid(account: Account) -> bool:
    """
    Tell whether services are paid from credit before they are used.
    """
    return account.billing_type in PREPAID


def running(session: Session, account: Account) -> list[Held]:
    """
    Return the active services that go on, the oldest first; one that changes plan
    or pauses goes on until it does.
    """
    found = _heads(session, account, Subscription.status == Status.ACTIVE)
    held = _held(session, account, [each for each in found if each.charged_through])
    booked = {key: row.effective_on for key, row in booked_of(session, account.customer_id).items()}
    booked |= _booked_pauses(session, account.customer_id)
    held = [_until(each, booked[each.service.id]) if each.service.id in booked else each for each in held]
    return [each for each in held if not each.service.ended]


def short(session: Session, account: Account) -> list[Held]:
    """
    Return the services paused because the credit did not pay for them, the oldest first.
    """
    paused = (Subscription.status == Status.PAUSED) & Subscription.short_since_on.is_not(None)
    return _held(session, account, _heads(session, account, paused))


def restarting(session: Session, account: Account, today: date) -> list[Held]:
    """
    Return them as they would be, began they anew today.
    """
    return [each.starting(today, billing_day=account.billing_day) for each in short(session, account)]


def coming_back(session: Session, account: Account, credit: Money, *, today: date) -> list[Held]:
    """
    Return the paused services that may come back today, were *credit* what the account has.
    """
    settings = settings_of(session, account)
    if account.inactive_manually or not (
        is_prepaid(account) and settings.reactivate_prepaid and settings.process_prepaid
    ):
        return []
    held = restarting(session, account, today)
    steps = [(each.service.id, each.step.amount) for each in held if not each.service.ended]
    fits = set(returning(steps, credit, some=settings.reactivate_one_by_one))
    return [each for each in held if each.service.id in fits]


def members(session: Session, head: Subscription) -> list[Subscription]:
    """
    Return the members of a bundle: they run, pause and return with it.
    """
    return list(session.scalars(select(Subscription).where(Subscription.bundle_id == head.id)))


def _booked_pauses(session: Session, customer_id: str) -> dict[str, date]:
    mine = (Pause.customer_id == customer_id) & (Pause.state == PauseState.BOOKED)
    return dict(session.execute(select(Pause.subscription_id, Pause.from_on).where(mine)).tuples().all())


def _until(held: Held, day: date) -> Held:
    last = day - timedelta(days=1)
    ends_on = min(held.service.ends_on or last, last)
    return replace(held, service=replace(held.service, ends_on=ends_on))


def _heads(session: Session, account: Account, *conditions: object) -> list[Subscription]:
    query = select(Subscription).where(
        Subscription.customer_id == account.customer_id,
        Subscription.bundle_id.is_(None),
        *conditions,  # type: ignore[arg-type]
    )
    return list(session.scalars(query.order_by(Subscription.id).execution_options(populate_existing=True)))


def _held(session: Session, account: Account, rows: list[Subscription]) -> list[Held]:
    ids = [row.id for row in rows]
    segments = list(
        session.scalars(
            select(Segment).where(Segment.subscription_id.in_(ids)).order_by(Segment.from_on.desc())
        )
    )
    return [_one(session, account, row, _at(row, segments)) for row in rows]


def _at(row: Subscription, segments: Iterable[Segment]) -> Segment:
    mine = [each for each in segments if each.subscription_id == row.id]
    day = row.charged_through or row.starts_on
    return next((each for each in mine if each.from_on <= day), mine[-1])


def _one(session: Session, account: Account, row: Subscription, segment: Segment) -> Held:
    sold = session.get(PlanVersion, (segment.plan_id, segment.plan_version))
    start, daily = row.charged_through or row.starts_on, account.billing_type == BY_THE_DAY
    price = Price(
        plan_id=segment.plan_id,
        plan_version=segment.plan_version,
        name=segment.name,
        kind=row.kind,
        amount=segment.price,
        quantity=segment.quantity,
        months=row.interval_months,
        vat_basis_points=row.vat_basis_points,
        from_on=segment.from_on,
        until_on=None,
        discount_basis_points=segment.discount_basis_points,
    )
    service = Service(
        id=row.id,
        price=segment.price * segment.quantity,
        paid_until=start,
        anchor_day=account.billing_day if daily else anchor(row.anchor_day, start),
        months=row.interval_months,
        days=sold.prepaid_days if sold and not daily else 0,
        daily=daily,
        ends_on=row.ends_on,
        discount=segment.discount_basis_points,
    )
    return Held(subscription=row, price=price, service=service)
