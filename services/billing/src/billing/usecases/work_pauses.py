"""
Clock work: pauses begin and end on their days, the earliest first, also after downtime.

Billing an account does this first, so that nothing is billed for days that are free.
"""

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.domain.pause import OPEN, PauseState, rest
from billing.domain.subscription import PauseReason, Status
from billing.models import Account, Pause, Subscription
from billing.queries.looks import last_day_of_service
from billing.queries.pauses import effect_of_pause
from billing.queries.prepaid import is_prepaid
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.book_end import parts_of
from billing.usecases.lock_account import lock_account
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.renew_prepaid import renew_before
from billing.usecases.return_from_pause import return_from_pause
from billing.usecases.settle_plan_change import give_back
from billing.usecases.withdraw_pause import drop_pause
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.db import Database
from shared.failpoint import failpoint
from shared.money import Money
from shared.texts import Text

log = structlog.get_logger(__name__)

AWAY = Account.inactive_manually | (Account.dunning == Dunning.INACTIVE)
STARTS = Pause.state == PauseState.BOOKED
RETURNS = Pause.state == PauseState.RUNNING


def work_pauses(db: Database) -> int:
    """
    Begin and end what is due; return how many accounts were worked on. One that fails does not stop others.
    """
    with db.read() as session:
        due = _due(session)
    return sum(_work_alone(db, customer_id) for customer_id in due)


def work_pauses_of(session: Session, account: Account, *, now: datetime) -> int:
    """
    Begin and end the pauses of a locked *account* that are due, by their days; return how many steps it took.

    Whoever becomes inactive, however late that is seen, keeps those of later days for their return.
    """
    until, before, steps = last_day_of_service(session, account, now=now), account.balance.minor, 0
    while (pause := _next(session, account, until)) is not None:
        head = session.get_one(Subscription, pause.subscription_id, populate_existing=True)
        if pause.state is PauseState.BOOKED:
            _begin(session, account, pause, head, now=now)
        else:
            assert pause.until_on is not None
            return_from_pause(session, account, pause, head, on=pause.until_on, now=now)
        session.flush()
        steps += 1
    if steps:
        plan_next_bill(session, account)
        tell_balance(
            session, account, before=before
        )  # reviews late payment: only now, after all that came before
    return steps


def tell_paused(session: Session, pause: Pause, head: Subscription, *, credited: Money) -> None:
    """
    Tell that the service rests, until when, and what went back.
    """
    tell(
        session,
        facts.SubscriptionPaused(
            pause_id=pause.id,
            subscription_id=head.id,
            customer_id=pause.customer_id,
            partner_id=pause.partner_id,
            version=pause.version,
            plan_name=head.name,
            on=pause.from_on,
            last_on=pause.until_on - timedelta(days=1) if pause.until_on else None,
            billed=pause.billed,
            credited=credited,
        ),
    )


def _due(session: Session) -> list[str]:
    rows = session.execute(
        select(Pause.customer_id, Pause.state, Pause.from_on, Pause.until_on, Account.timezone)
        .join(Account, Account.customer_id == Pause.customer_id)
        .where(Pause.state.in_(OPEN), ~AWAY)
        .order_by(Pause.customer_id)
    )
    days = [
        (id, _moment(state, from_on, until_on), timezone) for id, state, from_on, until_on, timezone in rows
    ]
    return list(dict.fromkeys(id for id, day, timezone in days if day <= clock.today(timezone)))


def _work_alone(db: Database, customer_id: str) -> bool:
    try:
        with db.begin() as session:
            account = lock_account(session, customer_id=customer_id)
            return bool(work_pauses_of(session, account, now=clock.now()))
    except Exception:
        log.exception("pauses_not_worked", customer_id=customer_id)
        return False


def _next(session: Session, account: Account, today: date) -> Pause | None:
    if account.inactive_manually or account.dunning is Dunning.INACTIVE:
        return None  # they begin and end with the customer's return (``return_late``)
    rows = session.scalars(
        select(Pause)
        .where(
            Pause.customer_id == account.customer_id,
            or_(STARTS & (Pause.from_on <= today), RETURNS & (Pause.until_on <= today)),
        )
        .execution_options(populate_existing=True)
    )
    return min(
        rows, key=lambda each: (_moment(each.state, each.from_on, each.until_on), each.id), default=None
    )


def _moment(state: PauseState, from_on: date, until_on: date | None) -> date:
    return from_on if state is PauseState.BOOKED else until_on or date.max


def _begin(session: Session, account: Account, pause: Pause, head: Subscription, *, now: datetime) -> None:
    if is_prepaid(account):
        renew_before(session, account, pause.from_on, now=now)
    if head.status is not Status.ACTIVE:
        drop_pause(session, account, pause, head, state=PauseState.LAPSED, now=now)
        return
    effect = effect_of_pause(session, account, head, rest(pause.from_on, pause.until_on), billed=pause.billed)
    reason = Text("Days of the pause of %(plan)s", {"plan": head.name})
    give_back(session, account, effect.refunds, head, now=now, reason=reason)
    for part in parts_of(session, head):
        part.status, part.pause_reason = Status.PAUSED, PauseReason.ASKED_FOR
        tell_changed(session, part)
    pause.state, pause.version = PauseState.RUNNING, pause.version + 1
    use_credit_as_set(session, account, now=now)
    credited = -effect.net
    write_audit(
        session, account, action="service_paused", target=head.id, now=now, pause=pause.id, credited=credited
    )
    tell_paused(session, pause, head, credited=credited)
    failpoint("billing.work_pauses.inside")
