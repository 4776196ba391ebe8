"""Long polls: look again until something has come to rest, for a few seconds at most."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from shared.web.wiring import database

LOOK_SECONDS = (0.03, 0.2)  # often at first, most things come to rest soon; then seldom
SOON_SECONDS = 0.6

T = TypeVar("T")


def settled(find: Callable[[Session], T], is_moving: Callable[[T], bool], *, wait: int) -> T:
    """
    Return what *find* finds once it no longer moves, or after *wait* seconds as it is then.
    """
    start = time.monotonic()
    while True:
        with database().read() as session:
            found = find(session)
        waited = time.monotonic() - start
        if not is_moving(found) or waited >= wait:
            return found
        time.sleep(LOOK_SECONDS[waited > SOON_SECONDS])
