"""Where a charge stands on its way to a bill."""

from enum import StrEnum


class ChargeStatus(StrEnum):
    """
    Pending rides on the next bill; dropped was taken back before it was billed.
    """

    PENDING = "pending"
    INVOICED = "invoiced"
    DROPPED = "dropped"
