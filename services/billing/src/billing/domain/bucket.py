"""Where data comes from and where it goes: the words of a usage history (rules.md 2.6)."""

from enum import StrEnum


class LotKind(StrEnum):
    """
    Included with the plan's period, bought on top, or carried over.
    """

    INCLUDED = "included"
    TOP_UP = "top_up"
    ROLLOVER = "rollover"


class MoveReason(StrEnum):
    """
    Why a lot grew or shrank.
    """

    GRANTED = "granted"
    USED = "used"
    ROLLED_OVER = "rolled_over"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"
