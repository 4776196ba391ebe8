"""The three faces an order can show its orderer: Successful, Pending, Failed (and the sent request)."""

from enum import StrEnum

RUNNING = frozenset({"placed", "paying"})
GOOD = frozenset({"paid", "active", "approved"})
BAD = frozenset({"failed", "cancelled", "expired", "rejected", "refunded", "taken_back"})


class Face(StrEnum):
    """
    What the result page says.
    """

    SUCCESSFUL = "successful"
    PENDING = "pending"
    FAILED = "failed"
    REQUESTED = "requested"


def face(status: str, mode: str) -> Face:
    """
    Tell which face an order in *status* shows; a status we do not know yet is Pending, never a promise.
    """
    if status in BAD:
        return Face.FAILED
    if mode == "request":
        return Face.SUCCESSFUL if status == "active" else Face.REQUESTED
    return Face.SUCCESSFUL if status in GOOD else Face.PENDING


def empties_basket(status: str) -> bool:
    """
    Tell whether the basket has done its work: a failed or pending order keeps it.
    """
    return status in GOOD or status == "awaiting_approval"


def is_running(status: str) -> bool:
    """
    Tell whether the outcome may still come within seconds.
    """
    return status in RUNNING
