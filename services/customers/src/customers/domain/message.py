"""How long we keep trying to deliver a message."""

from datetime import timedelta
from enum import StrEnum

LADDER = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
)

LINK = "<link>"  # stands in a body where the address of its page goes; who sends knows the address

RESET = "password_reset"
SECRET = frozenset({RESET})  # of these nothing is kept or told once they are sent, or given up

LEASE = timedelta(minutes=2)  # a sender that dies between its call and its record is taken over after this


class State(StrEnum):
    """
    How far a message has come; withdrawn is what was no longer true before it could be sent.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


def wait_after(attempts: int) -> timedelta | None:
    """
    Return how long to wait after the given number of failed tries, or None when there will be no more.
    """
    return LADDER[attempts - 1] if attempts <= len(LADDER) else None
