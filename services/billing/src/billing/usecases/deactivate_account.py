"""
A customer is inactive: what they hold ends, paused copies wait for the day they come back (rules.md 2.2).
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from billing.domain.pause import PauseState
from billing.domain.subscription import PauseReason, Status
from billing.models import Account, Pause, Subscription
from billing.usecases.keep_segments import end_segments, last_discount, open_segment
from billing.usecases.move_data import give_lots
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.return_from_pause import close_pause
from shared.ids import new_id


def deactivate_account(
    session: Session, account: Account, *, on: date, since_on: date | None, now: datetime
) -> list[Subscription]:
    """
    End every active subscription on *on*, the first day that is free, and return its paused copies.

    So does what rests and is charged all the same. The ended one shows the billing day of the unpaid bill,
    *since_on*, as its start (D15); the copy carries
    what was invoiced ahead, so that no day is charged twice (D16), and the data that is left. Billing runs
    wait until it is back.
    """
    copies: dict[str, Subscription] = {}
    for old in _active(session, account):
        end = max(on, old.starts_on)
        copy = _copied(old, on=end, now=now)
        copy.bundle_id = copies[old.bundle_id].id if old.bundle_id in copies else old.bundle_id
        copies[old.id] = copy
        session.add(copy)
        session.flush()
        open_segment(session, copy, discount_basis_points=last_discount(session, old))
        give_lots(session, old, copy)
        _end(session, old, on=end, since_on=since_on)
        tell_changed(session, copy)
    plan_next_bill(session, account)
    return list(copies.values())


def _active(session: Session, account: Account) -> list[Subscription]:
    resting = _billed_pauses(account)
    charged = or_(
        Subscription.status == Status.ACTIVE,
        Subscription.id.in_(resting),
        Subscription.bundle_id.in_(resting),
    )
    rows = session.scalars(
        select(Subscription)
        .where(Subscription.customer_id == account.customer_id, charged)
        .order_by(Subscription.id)
    )
    return sorted(rows, key=lambda subscription: subscription.bundle_id is not None)


def _billed_pauses(account: Account) -> Select[tuple[str]]:
    mine = (Pause.customer_id == account.customer_id) & (Pause.state == PauseState.RUNNING)
    return select(Pause.subscription_id).where(mine, Pause.billed)


def _end(session: Session, old: Subscription, *, on: date, since_on: date | None) -> None:
    end_segments(session, old, on)
    old.status, old.pause_reason, old.ends_on = Status.DISABLED, None, on
    close_pause(session, old.id, last_on=on - timedelta(days=1))
    old.starts_on = max(old.starts_on, since_on or old.starts_on)
    tell_changed(session, old)


def _copied(old: Subscription, *, on: date, now: datetime) -> Subscription:
    return Subscription(
        id=new_id("sub"),
        customer_id=old.customer_id,
        partner_id=old.partner_id,
        version=0,
        order_id=old.order_id,
        plan_id=old.plan_id,
        plan_version=old.plan_version,
        name=old.name,
        kind=old.kind,
        quantity=old.quantity,
        currency=old.currency,
        price_minor=old.price_minor,
        interval_months=old.interval_months,
        vat_basis_points=old.vat_basis_points,
        status=Status.PAUSED,
        pause_reason=PauseReason.DEACTIVATED,
        on_approve=False,
        activated_on=old.activated_on,
        starts_on=on,
        ends_on=old.ends_on,
        charged_through=old.charged_through,
        anchor_day=old.anchor_day,
        contract_ends_on=old.contract_ends_on,
        contract_renews=old.contract_renews,
        end_fee_minor=old.end_fee_minor,
        parent_id=old.id,
        created_at=now,
    )
