"""
What may follow what in a customer's life, and who may lift what.

A standing is a status with the reason it was set: a payment or a first service must never undo what a person
decided (spec/rules.md 2.1).
"""

from dataclasses import dataclass
from enum import StrEnum

from customers.domain.texts import N_
from shared.errors import Conflict


class Status(StrEnum):
    """
    Where a customer stands.
    """

    NEW = "new"
    ACTIVE = "active"
    BLOCKED = "blocked"
    INACTIVE = "inactive"


class Reason(StrEnum):
    """
    Who set the status: a rule, a person, or a plan a person made.
    """

    AUTO = "auto"
    MANUAL = "manual"
    PLANNED = "planned"


class NotFromHere(
    Conflict, code="status_not_possible", title=N_("That status cannot follow the present one")
):
    """
    The wanted status cannot follow the present one.
    """


class Word(StrEnum):
    """
    What billing's rules found out about an account that pays late.
    """

    CLEARED = "cleared"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"


@dataclass(frozen=True)
class Standing:
    """
    A status and why it was set.
    """

    status: Status
    reason: Reason


FOLLOWS = {
    Status.NEW: {Status.ACTIVE, Status.INACTIVE},
    Status.ACTIVE: {Status.BLOCKED, Status.INACTIVE},
    Status.BLOCKED: {Status.ACTIVE, Status.INACTIVE},
    Status.INACTIVE: {Status.ACTIVE},
}

FIRST = Standing(Status.NEW, Reason.AUTO)


def choices(status: Status) -> list[Status]:
    """
    Return the statuses a person may choose for a customer who has *status*, the present one first.
    """
    return [status, *(other for other in Status if other in FOLLOWS[status])]


def set_by_person(standing: Standing, to: Status) -> Standing:
    """
    Return the standing after a person chose *to*; choosing the present status leaves the reason alone.

    :raises NotFromHere: if *to* cannot follow
    """
    if to is standing.status:
        return standing
    if to not in FOLLOWS[standing.status]:
        raise NotFromHere(params={"from": standing.status.value, "to": to.value})
    return Standing(to, Reason.MANUAL)


def after_first_service(standing: Standing) -> Standing:
    """
    Return the standing once a subscription is active: only a new customer becomes active by it.
    """
    if standing.status is Status.NEW:
        return Standing(Status.ACTIVE, Reason.AUTO)
    return standing


def after_billing(standing: Standing, word: Word, *, blocked_manually: bool) -> Standing:
    """
    Return the standing after billing's *word*: what a person set it neither lifts nor softens.

    Who was *blocked_manually* before services ended for late payment is blocked again once all is paid.
    """
    down = standing.status in {Status.BLOCKED, Status.INACTIVE}
    if word is Word.BLOCKED and not down:
        return Standing(Status.BLOCKED, Reason.AUTO)
    if word is Word.DEACTIVATED and standing.status is not Status.INACTIVE:
        return Standing(Status.INACTIVE, Reason.AUTO)
    if word is Word.CLEARED and down and standing.reason is Reason.AUTO:
        back = Standing(Status.BLOCKED, Reason.MANUAL) if blocked_manually else None
        return back or Standing(Status.ACTIVE, Reason.AUTO)
    return standing
