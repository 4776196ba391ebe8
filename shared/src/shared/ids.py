"""Public ids: a prefix that says what it is, and a ULID (48 bits of time, 80 of chance)."""

import secrets
from datetime import UTC, datetime, timedelta

from shared import clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """
    Return a new id such as ``ord_01JD3N...``: 26 letters and digits after the prefix, sorting by time.
    """
    milliseconds = (clock.real_now() - EPOCH) // timedelta(milliseconds=1)
    number = (milliseconds << 80) | secrets.randbits(80)
    letters = (ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(letters)}"
