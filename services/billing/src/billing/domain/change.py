"""Where a plan change, or a change of many, stands."""

from enum import StrEnum


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
    Refused rows are left out, with the reason; failed ones can be tried again.
    """

    WAITING = "waiting"
    REFUSED = "refused"
    DONE = "done"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
