"""Long polls: look again until something has come to rest, for a few seconds at most."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from shared.web.wiring import database

LOOK_EVERY_SECONDS = 0.05

T = TypeVar("T")


def settled(find: Callable[[Session], T], is_moving: Callable[[T], bool], *, wait: int) -> T:
    """
    Return what *find* finds once it no longer moves, or after *wait* seconds as it is then.
    """
    end = time.monotonic() + wait
    while True:
        with database().read() as session:
            found = find(session)
        if not is_moving(found) or time.monotonic() >= end:
            return found
        time.sleep(LOOK_EVERY_SECONDS)
