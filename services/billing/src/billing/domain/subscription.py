"""The states of a subscription (screens say *service*): rules.md 2.2."""

from enum import StrEnum


class Status(StrEnum):
    """
    Pending waits for approval or its start; disabled has ended; archived is kept for reference only.
    """

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"
    ARCHIVED = "archived"


class PauseReason(StrEnum):
    """
    Why a subscription is paused: the account is inactive, or somebody asked for it (``service_pauses``).

    Short of credit says ``short_since_on``.
    """

    DEACTIVATED = "deactivated"
    ASKED_FOR = "asked_for"


CURRENT = frozenset({Status.PENDING, Status.ACTIVE, Status.PAUSED})
WORKING = frozenset({Status.ACTIVE, Status.PAUSED})
