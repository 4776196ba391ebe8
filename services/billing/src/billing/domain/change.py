"""Where a plan change, or a change of many, stands."""

from enum import StrEnum

from shared.errors import Conflict, Refusal


class ChangeStatus(StrEnum):
    """
    Booked waits for its moment; withdrawn was undone before it; failed left the plan as it was.
    """

    BOOKED = "booked"
    APPLIED = "applied"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


class BulkStatus(StrEnum):
    """
    A draft is being previewed; nothing happens before it is confirmed.
    """

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"


class ItemStatus(StrEnum):
    """
    Unpriced rows are still being looked at, waiting ones will change when the change of many is confirmed.

    Refused rows are left out, with the reason; failed ones can be tried again.
    """

    UNPRICED = "unpriced"
    WAITING = "waiting"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Source(StrEnum):
    """
    Who wanted a change: the customer, staff, staff on a customer's request, or a change of many.
    """

    PORTAL = "portal"
    ADMIN = "admin"
    REQUEST = "request"
    BULK = "bulk"


class ChangeAlreadyBooked(Conflict, code="change_already_booked", title="A change is booked already"):
    """
    One at a time (decision D22); *actions* offers to undo the first.
    """


class ServiceInBundle(Conflict, code="service_in_bundle", title="This service belongs to a bundle"):
    """
    Members of a bundle are not changed alone.
    """


class ServiceNotActive(Conflict, code="service_not_active", title="This service is not active"):
    """
    Only what works now, and goes on working, is changed.
    """


class AccessPaused(Conflict, code="access_paused", title="Access is paused"):
    """
    A customer who is blocked or inactive pays first; staff may still change what is active.
    """


class NoPlansAvailable(Conflict, code="no_plans_available", title="No plans are available to change to"):
    """
    Nothing of what is offered may follow the present plan.
    """


class BillingTypeNotOffered(
    Conflict, code="billing_type_not_offered", title="This plan is billed in another way"
):
    """
    The plan is not sold to customers who are billed as this one is.
    """


class BalanceTooLow(Conflict, code="wallet_too_low", title="The balance does not cover the change"):
    """
    The change would take the balance below its minimum, and nobody said to ignore it (decision D43).
    """


class ChangeNotCancellable(Conflict, code="change_not_cancellable", title="It is too late to undo this"):
    """
    The change was made, or came to nothing.
    """


class DateNotAllowed(Refusal, code="date_not_allowed", title="Choose another day"):
    """
    The day lies outside *params* ``earliest_on`` and ``latest_on``.
    """

    status = 422
