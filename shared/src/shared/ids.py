"""Public ids: a prefix that says what it is, and a ULID (48 bits of time, 80 of chance)."""

import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from shared import clock

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
MOST_AT_ONCE = len(PAIRS) ** 2

_newest = 0
_turn = threading.Lock()


def new_id(prefix: str) -> str:
    """
    Return a new id such as ``ord_01JD3N...``: 26 letters and digits after the prefix, sorting by time.
    """
    return f"{prefix}_{_letters(_next((clock.real_now() - EPOCH) // timedelta(milliseconds=1)))}"


def new_ids(prefix: str, count: int) -> Iterator[str]:
    """
    Yield *count* new ids in rising order, much faster than one by one: they share their first 22 letters.

    Those hold the time and 60 bits of chance, so no other process makes the same; the last four count.
    """
    if count > MOST_AT_ONCE:
        raise ValueError(f"at most {MOST_AT_ONCE} ids at once")
    stem = new_id(prefix)[:-4]
    for number in range(count):
        yield f"{stem}{PAIRS[number >> 10]}{PAIRS[number & 1023]}"


def _next(milliseconds: int) -> int:
    global _newest
    with _turn:
        if milliseconds != _newest >> 80:
            _newest = (milliseconds << 80) | secrets.randbits(80)
        else:  # what a process makes within one millisecond keeps its order, too
            _newest += 1 + secrets.randbits(64)
        return _newest


def _letters(number: int) -> str:
    return "".join([PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])
