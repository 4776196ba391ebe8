"""Public ids: a prefix that says what it is, and a ULID (48 bits of time, 80 of chance)."""

import secrets

from shared import clock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id(prefix: str) -> str:
    """
    Return a new id such as ``ord_01JD3N...``: 26 letters and digits after the prefix, sorting by time.
    """
    number = (int(clock.real_now().timestamp() * 1000) << 80) | secrets.randbits(80)
    letters = (ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
    return f"{prefix}_{''.join(letters)}"
