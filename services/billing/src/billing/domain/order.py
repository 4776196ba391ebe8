"""The states of an order and what may follow what (architecture.md section 3; docs/algorithms/orders.md)."""

from datetime import timedelta
from enum import StrEnum

from shared.errors import Conflict
from shared.texts import Text


class Mode(StrEnum):
    """
    Paid at once, or sent as a request and paid later.
    """

    PAYMENT = "payment"
    REQUEST = "request"


class Status(StrEnum):
    """
    Where an order stands. Taken back is what staff added and undid; nobody refused anything.
    """

    PLACED = "placed"
    PAYING = "paying"
    ACTION_REQUIRED = "action_required"
    PAID = "paid"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    ACTIVE = "active"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    TAKEN_BACK = "taken_back"


class Approval(StrEnum):
    """
    Whether a person still has to confirm when an order really started.
    """

    OPEN = "open"
    DONE = "done"


class OrderMoved(Conflict, code="order_moved", title="This order has moved on"):
    """
    What was asked is not possible in the order's present state.
    """


class OrderNotCancellable(Conflict, code="order_not_cancellable", title="This order cannot be cancelled"):
    """
    The order is paid, over, or the money is on its way.
    """


STANDS = Text("Order %(number)s is %(state)s.")
STATES = {
    Status.PLACED: Text("placed"),
    Status.PAYING: Text("paying"),
    Status.ACTION_REQUIRED: Text("action required"),
    Status.PAID: Text("paid"),
    Status.AWAITING_APPROVAL: Text("awaiting approval"),
    Status.APPROVED: Text("approved"),
    Status.ACTIVE: Text("active"),
    Status.REJECTED: Text("rejected"),
    Status.FAILED: Text("failed"),
    Status.CANCELLED: Text("cancelled"),
    Status.EXPIRED: Text("expired"),
    Status.REFUNDED: Text("refunded"),
    Status.TAKEN_BACK: Text("taken back"),
}

FOLLOWS: dict[Status, frozenset[Status]] = {
    Status.PLACED: frozenset(
        {Status.PAYING, Status.AWAITING_APPROVAL, Status.CANCELLED, Status.EXPIRED, Status.FAILED}
    ),
    Status.PAYING: frozenset(
        {Status.ACTION_REQUIRED, Status.PAID, Status.FAILED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.ACTION_REQUIRED: frozenset(
        {Status.PAYING, Status.PAID, Status.FAILED, Status.CANCELLED, Status.EXPIRED}
    ),
    Status.PAID: frozenset({Status.ACTIVE}),
    Status.AWAITING_APPROVAL: frozenset({Status.APPROVED, Status.REJECTED, Status.CANCELLED, Status.EXPIRED}),
    Status.APPROVED: frozenset({Status.ACTIVE, Status.TAKEN_BACK}),
    Status.ACTIVE: frozenset({Status.REJECTED, Status.TAKEN_BACK}),
    Status.FAILED: frozenset({Status.PAYING, Status.CANCELLED}),
    Status.REJECTED: frozenset({Status.REFUNDED}),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.REFUNDED: frozenset(),
    Status.TAKEN_BACK: frozenset(),
}

CANCELLABLE = frozenset(
    {Status.PLACED, Status.PAYING, Status.ACTION_REQUIRED, Status.FAILED, Status.AWAITING_APPROVAL}
)

MOVING = frozenset({Status.PLACED, Status.PAYING})
UNPAID = MOVING | {Status.ACTION_REQUIRED}
EXPIRING = UNPAID | {Status.AWAITING_APPROVAL}

HOLD_QUOTE = timedelta(minutes=15)
CUSTOMER_ACTION_FOR = timedelta(minutes=30)


def move(current: Status, new: Status) -> Status:
    """
    Return *new* if it may follow *current*.

    :raises OrderMoved: if it may not
    """
    if new not in FOLLOWS[current]:
        raise OrderMoved(
            "The order is %(state)s.", params={"state": STATES[current], "status": current.value}
        )
    return new


def standing(number: int, status: Status) -> dict[str, object]:
    """
    Return the parameters of a refusal that says where an order stands.
    """
    return {"number": number, "state": STATES[status], "status": status.value}
