"""How long a portal session lives; all in real time, which the sandbox clock cannot move."""

from datetime import datetime, timedelta
from enum import StrEnum

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
STAY = timedelta(days=30)
ACCESS = timedelta(minutes=15)
TOUCH = timedelta(seconds=30)  # a session is marked as seen at most this often, so that reading stays reading


class Kind(StrEnum):
    """
    How a session is presented: a browser's cookie, or a front end's access token.
    """

    COOKIE = "cookie"
    TOKEN = "token"


def ends_at(created_at: datetime, *, stay_signed_in: bool) -> datetime:
    """
    Return the moment no use of the session can push further away.
    """
    return created_at + (STAY if stay_signed_in else ABSOLUTE)


def is_idle(last_seen_at: datetime, now: datetime, *, stay_signed_in: bool) -> bool:
    """
    Tell whether the session was left alone for too long.
    """
    return not stay_signed_in and now - last_seen_at > IDLE
