"""A service rests from a day on, until another or until somebody says so; undone until it begins."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.pause import FiguresChanged, PauseState, rest
from billing.models import Account, Pause, Subscription
from billing.queries.pauses import effect_of_pause
from billing.queries.prepaid import is_prepaid
from billing.queries.service_guards import check_may_pause
from billing.usecases.book_end import LATEST, lock_service, parts_of
from billing.usecases.keep_segments import leave_out
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared import clock, context
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.money import Money

LONGEST_MESSAGE = 500


@dataclass(frozen=True, kw_only=True)
class Rest:
    """
    From when until the end of which day a service rests, whether that is *billed*, and a *message*.

    *reason* is the customer's own word, for staff.
    """

    from_on: date
    last_on: date | None = None
    billed: bool = False
    message: str = ""
    reason: str = ""

    @property
    def until_on(self) -> date | None:
        """
        The first day it works again.
        """
        return self.last_on + timedelta(days=1) if self.last_on else None


def book_pause(
    session: Session,
    *,
    subscription_id: str,
    wanted: Rest,
    shown: Money | None = None,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Pause:
    """
    Book the pause. Bills leave its days out from now on; what was paid for them goes back when it begins.

    *shown* is what the page said it does to the bills: another figure is not booked.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises ServiceNotActive: if it does not work, is not approved yet, or ends
    :raises ServiceInBundle: if it is a part of a bundle, which pauses as a whole
    :raises ChangeAlreadyBooked: if its plan is about to change
    :raises PauseBooked: if it has a pause already
    :raises FiguresChanged: if it would do something else than was shown
    :raises Invalid: if a day cannot be, the message is too long, or prepaid days are to be billed
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    check_may_pause(session, head)
    check_rest(account, wanted, now=now)
    effect = effect_of_pause(
        session, account, head, rest(wanted.from_on, wanted.until_on), billed=wanted.billed
    )
    if shown is not None and shown != effect.net:
        raise FiguresChanged("Look at the figures again before you confirm.")
    pause = _booked(account, head, wanted, now=now)
    session.add(pause)
    if not pause.billed:
        for part in parts_of(session, head):
            leave_out(session, part, rest(pause.from_on, pause.until_on))
    plan_next_bill(session, account)
    _tell(session, pause, head, wanted.reason)
    write_audit(
        session,
        account,
        action="pause_booked",
        target=pause.id,
        now=now,
        service=head.id,
        from_on=pause.from_on,
        last_on=wanted.last_on or "",
        billed=pause.billed,
        **({"reason": wanted.reason} if wanted.reason else {}),
    )
    session.flush()
    return pause


def check_rest(account: Account, wanted: Rest, *, now: datetime) -> None:
    """
    Refuse days that cannot be: a pause begins at midnight and lasts a day at least.

    :raises Invalid: naming each field
    """
    today = clock.local_date(now, account.timezone)
    errors = []
    if wanted.from_on <= today:
        errors.append(FieldError("#/from_on", "too_early", "A pause begins at midnight: tomorrow or later."))
    if wanted.from_on > today + LATEST:
        errors.append(FieldError("#/from_on", "too_late", "Choose a day within the next three years."))
    if wanted.last_on and wanted.last_on < wanted.from_on:
        errors.append(FieldError("#/last_on", "too_early", "Choose the first day or a later one."))
    if wanted.last_on and wanted.last_on > wanted.from_on + LATEST:
        errors.append(FieldError("#/last_on", "too_late", "A pause lasts three years at most."))
    if wanted.billed and is_prepaid(account):
        words = "Prepaid services are paid before they are used: their pauses cost nothing."
        errors.append(FieldError("#/billed", "not_allowed", words))
    if len(wanted.message) > LONGEST_MESSAGE:
        errors.append(FieldError("#/message", "too_long", "At most 500 letters."))
    if errors:
        raise Invalid(*errors)


def _booked(account: Account, head: Subscription, wanted: Rest, *, now: datetime) -> Pause:
    return Pause(
        id=new_id("pau"),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        version=1,
        subscription_id=head.id,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        billed=wanted.billed,
        charged_to=head.charged_through or head.starts_on,
        message=wanted.message,
        state=PauseState.BOOKED,
        actor=context.current().actor,
        created_at=now,
    )


def _tell(session: Session, pause: Pause, head: Subscription, reason: str) -> None:
    tell(
        session,
        facts.SubscriptionPauseBooked(
            pause_id=pause.id,
            subscription_id=head.id,
            customer_id=pause.customer_id,
            partner_id=pause.partner_id,
            version=pause.version,
            plan_name=head.name,
            from_on=pause.from_on,
            last_on=pause.until_on - timedelta(days=1) if pause.until_on else None,
            billed=pause.billed,
            message=pause.message,
            reason=reason,
        ),
    )
