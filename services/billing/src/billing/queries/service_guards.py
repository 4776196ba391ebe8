"""What may rest and what may end: asked for every page about it, and again when it is booked."""

from sqlalchemy.orm import Session

from billing.domain.change import ChangeAlreadyBooked, ServiceInBundle, ServiceNotActive
from billing.domain.pause import PauseBooked
from billing.domain.subscription import WORKING, Status
from billing.models import Subscription
from billing.queries.pauses import booked_pause, open_pause
from billing.queries.plan_changes import booked_change


def check_may_pause(session: Session, head: Subscription) -> None:
    """
    Refuse what cannot rest, or has something booked already.

    :raises ServiceInBundle: if it is a part of a bundle, which pauses as a whole
    :raises ServiceNotActive: if it does not work, is not approved yet, or ends
    :raises PauseBooked: if it has a pause already
    :raises ChangeAlreadyBooked: if its plan is about to change
    """
    if head.bundle_id is not None:
        raise ServiceInBundle("It is part of a bundle, which pauses as a whole.")
    if head.on_approve:
        raise ServiceNotActive("Approve its order first.")
    open_now = open_pause(session, head.id)
    if open_now:
        params = {"pause_id": open_now.id, "from_on": open_now.from_on.isoformat()}
        raise PauseBooked("One pause at a time: undo it, or let the service work again first.", params=params)
    if head.status is not Status.ACTIVE:
        raise ServiceNotActive("Only a service that works can pause.")
    if head.ends_on is not None:
        ends = {"ends_on": head.ends_on.isoformat()}
        raise ServiceNotActive("This service ends. Undo its end first.", params=ends)
    _check_change(session, head)


def check_may_end(session: Session, head: Subscription) -> None:
    """
    Refuse what cannot end, or has something else booked.

    :raises ServiceInBundle: if it is a part of a bundle, which ends as a whole
    :raises ServiceNotActive: if it does not work (any more)
    :raises PauseBooked: if it is about to pause
    :raises ChangeAlreadyBooked: if its plan is about to change
    """
    if head.bundle_id is not None:
        raise ServiceInBundle("It is part of a bundle, which ends as a whole.")
    if head.status not in WORKING:
        raise ServiceNotActive("Only a service that works can end.")
    pause = booked_pause(session, head.id)
    if pause:
        raise PauseBooked("Undo the booked pause first.", params={"from_on": pause.from_on.isoformat()})
    _check_change(session, head)


def check_own_pause(session: Session, head: Subscription) -> None:
    """
    Refuse what its customer cannot let rest; ``check_may_pause`` with the customer as its reader.

    :raises Conflict: see ``check_may_pause``
    """
    _check_confirmed(head)
    check_may_pause(session, head)


def check_own_end(session: Session, head: Subscription) -> None:
    """
    Refuse what its customer cannot end, or what ends already; see ``check_may_end``.

    :raises Conflict: see ``check_may_end``
    """
    _check_confirmed(head)
    if head.ends_on is not None:
        raise ServiceNotActive("This service ends already.", params={"ends_on": head.ends_on.isoformat()})
    check_may_end(session, head)


def _check_confirmed(head: Subscription) -> None:
    if not head.interval_months:
        raise ServiceNotActive("This was bought once: nothing of it pauses or ends.")
    if head.on_approve:
        raise ServiceNotActive("We have not confirmed this service yet.")


def _check_change(session: Session, head: Subscription) -> None:
    booked = booked_change(session, head.id)
    if booked:
        params = {"change_id": booked.id, "starts_on": booked.effective_on.isoformat()}
        raise ChangeAlreadyBooked("Undo the booked change first.", params=params)
