"""Long polls: ask whether something still moves until it has come to rest, for a few seconds at most."""

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from shared.web.wiring import database

SHORTEST_SECONDS = 0.03  # most things come to rest soon
LONGEST_SECONDS = 0.2
SLOWER_EACH_TIME = 1.3


def wait_while(moves: Callable[[Session], bool], *, seconds: int) -> None:
    """
    Return when *moves* says no, or after so many *seconds*. It is asked often: one cheap query.
    """
    end, pause = time.monotonic() + seconds, SHORTEST_SECONDS
    while time.monotonic() < end and _asked(moves):
        time.sleep(pause)
        pause = min(pause * SLOWER_EACH_TIME, LONGEST_SECONDS)


def _asked(moves: Callable[[Session], bool]) -> bool:
    with database().read() as session:
        return moves(session)
