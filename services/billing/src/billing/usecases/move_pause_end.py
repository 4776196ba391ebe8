"""A service that rests works again today, or on another day than was booked: sooner or later."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.pause import FiguresChanged, PauseOver, PauseState, rest
from billing.models import Account, Pause, Subscription
from billing.queries.pauses import Effect, effect_of_return, open_pause
from billing.queries.prepaid import is_prepaid
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.book_end import LATEST, lock_service, parts_of
from billing.usecases.charge_again import charge_again
from billing.usecases.keep_segments import leave_out
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.return_from_pause import return_from_pause
from billing.usecases.settle_plan_change import give_back
from billing.usecases.work_pauses import tell_paused
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import FieldError, Invalid
from shared.money import Money
from shared.texts import Text


def move_pause_end(
    session: Session,
    *,
    subscription_id: str,
    back_on: date,
    shown: Money | None = None,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Pause:
    """
    Let the service work again from *back_on* on, at once if that is today.

    Days that were free and that bills have passed are charged with the next bill; more free days go back now.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises PauseOver: if it does not rest, or has not begun to
    :raises FiguresChanged: if it would do something else than was *shown*
    :raises Invalid: if the day is over, within the first day of the pause, or too far ahead
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    pause = open_pause(session, head.id)
    if pause is None or pause.state is not PauseState.RUNNING:
        raise PauseOver("This service does not rest.")
    check_back_on(account, pause, back_on, now=now)
    effect = effect_of_return(session, account, head, pause, back_on)
    if shown is not None and shown != effect.net:
        raise FiguresChanged("Look at the figures again before you confirm.")
    before = account.balance.minor
    _settle(session, account, head, pause, effect, now=now)
    _move(session, account, head, pause, back_on, credited=effect, now=now)
    plan_next_bill(session, account)
    use_credit_as_set(session, account, now=now)
    tell_balance(session, account, before=before)
    session.flush()
    return pause


def first_back_on(account: Account, pause: Pause, *, now: datetime) -> date:
    """
    Return the first day it may work again: today, but a pause lasts a day at least.
    """
    return max(clock.local_date(now, account.timezone), pause.from_on + timedelta(days=1))


def check_back_on(account: Account, pause: Pause, back_on: date, *, now: datetime) -> None:
    """
    Refuse a day that cannot be.

    :raises Invalid: naming the field
    """
    first = first_back_on(account, pause, now=now)
    if back_on < first:
        raise Invalid(FieldError("#/back_on", "too_early", "Choose a day from %(day)s.", {"day": first}))
    if back_on > first + LATEST:
        raise Invalid(FieldError("#/back_on", "too_late", "Choose a day within the next three years."))


def _settle(
    session: Session, account: Account, head: Subscription, pause: Pause, effect: Effect, *, now: datetime
) -> None:
    reason = Text("Days of the pause of %(plan)s", {"plan": head.name})
    give_back(session, account, effect.refunds, head, now=now, reason=reason)
    charge_again(session, account, head, pause, effect, now=now)


def _move(
    session: Session,
    account: Account,
    head: Subscription,
    pause: Pause,
    back_on: date,
    *,
    credited: Effect,
    now: datetime,
) -> None:
    moved = pause.until_on != back_on
    if is_prepaid(account) and moved:
        for part in parts_of(session, head):  # a new period begins that day
            part.charged_through = min(part.charged_through or pause.from_on, pause.from_on)
    if back_on <= clock.local_date(now, account.timezone):
        return_from_pause(session, account, pause, head, on=back_on, now=now)
        return
    pause.until_on, pause.version = back_on, pause.version + 1
    for part in [] if pause.billed else parts_of(session, head):
        leave_out(session, part, rest(pause.from_on, back_on))
    write_audit(session, account, action="pause_moved", target=pause.id, now=now, service=head.id, on=back_on)
    gone = [each.line.amount for each in credited.refunds]
    tell_paused(session, pause, head, credited=-sum(gone, Money.zero(account.currency)))
