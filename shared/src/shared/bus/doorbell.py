"""
Telling the processes of this machine that there is something new in a SQLite file, and waiting to be told.

Beside the file lies an empty one, its bell: whoever has committed something that others wait for touches it,
and the kernel wakes who listens. So waiting costs nothing, and nobody is woken for what is not for them. A
process killed between commit and ring is no loss: who waits looks again by itself now and then.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from math import ceil
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import Engine

from shared.bus.changes import FileChanges

try:
    from inotify_simple import INotify, flags
except ImportError:  # not on Linux: nobody tells us, so we have to look
    INotify = None

log = structlog.get_logger(__name__)


class Listening(Protocol):
    """
    Waits for any of the bells it was told of.
    """

    def to(self, bell: Path) -> None:
        """
        Listen to *bell* from now on.
        """

    def wait(self, seconds: float) -> bool:
        """
        Return True as soon as one has rung since the last call, False after *seconds*.
        """

    def close(self) -> None:
        """
        Listen no more.
        """


def ring(bell: Path) -> None:
    """
    Wake everybody who listens to *bell*; where nobody ever has, nothing happens.
    """
    with suppress(OSError):  # what was committed is committed, heard or not
        os.utime(bell)


def bell_of(engine: Engine) -> Path:
    """
    Return the bell of the SQLite file behind *engine*.
    """
    return Path(f"{engine.url.database}.bell")


@contextmanager
def listening_to(engine: Engine) -> Iterator[Listening]:
    """
    Listen to the bell of the SQLite file behind *engine* during the block.
    """
    with (
        closing(sqlite3.connect(str(engine.url.database), isolation_level=None)) as connection,
        closing(listening(connection)) as doorbell,
    ):
        doorbell.to(bell_of(engine))
        yield doorbell


def listening(connection: sqlite3.Connection) -> Listening:
    """
    Return what waits for bells; where the kernel does not tell, it looks for changes of *connection*'s file.
    """
    looking = _Looking(connection)
    with suppress(OSError):  # as many listeners as the kernel allows are there already
        if INotify is not None:
            return _Told(looking)
    return looking


class _Told:
    def __init__(self, looking: "_Looking") -> None:
        self._kernel = INotify()
        self._bells: set[Path] = set()
        self._looking, self._deaf = looking, False

    def to(self, bell: Path) -> None:
        if bell in self._bells:
            return
        bell.parent.mkdir(exist_ok=True)
        bell.touch()
        self._bells.add(bell)
        try:
            self._kernel.add_watch(bell, flags.ATTRIB)
        except OSError as error:  # other programs watch as much as the kernel allows
            log.warning("bus.bell_not_heard", bell=str(bell), error=str(error))
            self._deaf = True

    def wait(self, seconds: float) -> bool:
        if self._deaf:
            return self._looking.wait(seconds)
        return bool(self._kernel.read(timeout=ceil(seconds * 1000)))

    def close(self) -> None:
        self._kernel.close()


class _Looking:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._changes = FileChanges(connection)

    def to(self, bell: Path) -> None:
        """Every bell hangs on the one file."""

    def wait(self, seconds: float) -> bool:
        return self._changes.wait(seconds)

    def close(self) -> None:
        """The connection is not ours."""
