"""Who may change what, and from which day: asked for every quote, and again when a change is made."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.basket import ProductNotAvailable
from billing.domain.change import (
    AccessPaused,
    BillingTypeNotOffered,
    ChangeAlreadyBooked,
    DateNotAllowed,
    NoPlansAvailable,
    ServiceInBundle,
    ServiceNotActive,
    Source,
)
from billing.domain.pause import PauseBooked
from billing.domain.plan_change import earliest_on
from billing.domain.plan_quote import Rules
from billing.domain.subscription import Status
from billing.models import Account, Customer, PlanChange, PlanVersion, Subscription
from billing.queries.pauses import booked_pause
from billing.queries.plan_changes import booked_change, change_list
from shared import clock
from shared.errors import NotFound
from shared.periods import nominal

AHEAD = timedelta(days=90)
PAUSED = frozenset({"blocked", "inactive"})


def check_change(session: Session, subscription: Subscription, *, source: Source) -> None:
    """
    Refuse what may not be changed at all, or has a change booked.

    :raises Conflict: one of ``domain/change.py``
    """
    check_holds(session, subscription, source=source)
    check_booked(session, subscription)


def check_booked(session: Session, subscription: Subscription) -> None:
    """
    Refuse what is about to pause or to change.

    :raises PauseBooked: if a pause is booked
    :raises ChangeAlreadyBooked: if a change is
    """
    pause = booked_pause(session, subscription.id)
    if pause:
        from_on = pause.from_on.isoformat()
        raise PauseBooked("It is about to pause. Undo that first.", params={"from_on": from_on})
    booked = booked_change(session, subscription.id)
    if booked:
        raise ChangeAlreadyBooked(
            "Undo it first to choose another.",
            params={
                "change_id": booked.id,
                "starts_on": booked.effective_on.isoformat(),
                "plan": booked.to_name,
            },
            actions=[_undo(booked)],
        )


def check_holds(session: Session, subscription: Subscription, *, source: Source) -> None:
    """
    Refuse what is not active, ends, belongs to a bundle, or to a customer without access.

    :raises Conflict: one of ``domain/change.py``
    """
    if subscription.bundle_id is not None or subscription.kind == "bundle":
        raise ServiceInBundle("It is part of a bundle. Contact us and we will change the bundle.")
    if subscription.status is not Status.ACTIVE:
        raise ServiceNotActive("Only an active service can be changed.")
    if subscription.ends_on is not None:
        raise ServiceNotActive("This service ends.", params={"ends_on": subscription.ends_on.isoformat()})
    customer = session.get(Customer, subscription.customer_id)
    if source is Source.PORTAL and customer and customer.status in PAUSED:
        raise AccessPaused("Pay what is due first, then change your plan.")


def check_target(session: Session, subscription: Subscription, sold: PlanVersion, *, source: Source) -> None:
    """
    Refuse a plan of another kind, currency, partner or way of billing, the present one, and in the portal
    what its list does not name.

    :raises NotFound: if it is not sold by the customer's partner
    :raises BillingTypeNotOffered: if it is not sold to customers billed as this one is
    :raises NoPlansAvailable: if the present plan lists nothing at all (portal)
    :raises ProductNotAvailable: if the plan may not follow the present one
    """
    account = session.get_one(Account, subscription.customer_id)
    if not sold.sold_by(account.partner_id):
        raise NotFound("The customer's partner does not sell this plan.")
    fits = sold.kind == subscription.kind and sold.currency == subscription.currency
    if not fits or sold.plan_id == subscription.plan_id or not sold.interval_months:
        raise ProductNotAvailable("This plan cannot follow the present one.")
    if sold.billing_types and account.billing_type not in sold.billing_types:
        raise BillingTypeNotOffered("This plan is not sold to customers who are billed this way.")
    if source is not Source.PORTAL:
        return
    listed = change_list(session, subscription.plan_id)
    if not listed:
        raise NoPlansAvailable("Contact us and we will help.")
    if sold.plan_id not in listed:
        raise ProductNotAvailable("This plan cannot follow the present one.")


def check_date(
    effective_on: date,
    account: Account,
    subscription: Subscription,
    rules: Rules,
    *,
    now: datetime,
    source: Source,
) -> None:
    """
    Refuse a day outside the bounds.

    :raises DateNotAllowed: with the bounds
    """
    first, last = bounds(account, subscription, rules, now=now, source=source)
    if not first <= effective_on <= last:
        raise DateNotAllowed(
            "The change cannot begin on this day.",
            params={"earliest_on": first.isoformat(), "latest_on": last.isoformat()},
        )


def bounds(
    account: Account, subscription: Subscription, rules: Rules, *, now: datetime, source: Source
) -> tuple[date, date]:
    """
    Return the first and the last day a change may take effect.

    Customers look ahead only; staff may go back to the start of the running period. Where nothing is refunded
    it begins after what was invoiced, for everybody: no day is paid twice.
    """
    today = clock.local_date(now, account.timezone)
    start = today if source is Source.PORTAL else nominal(account.billing_day, today).start
    first = max(start, subscription.starts_on)
    first = earliest_on(first, subscription.charged_through, rules)
    return first, max(first, today + AHEAD)


def _undo(booked: PlanChange) -> dict[str, str]:
    return {
        "rel": "undo",
        "title": "Undo the booked change",
        "method": "DELETE",
        "href": f"/api/v1/plan-changes/{booked.id}",
    }
