"""
Named points where a test may kill the process, to prove that dying there loses nothing.

Armed by the environment: ``FAILPOINT=billing.pay.after_provider:2`` kills at the second passing; commas part
several. With ``FAILPOINT_DIR`` a point trips once per folder, so a restarted process gets past it; without it
the point kills every time. A file ``<name>.armed`` in that folder arms a running process. Points passed with
facts may name one: ``customers.consumer.before_commit@billing.subscription_activated``.
Without both variables a failpoint costs one look into an empty dict.
"""

import os
import signal
from collections.abc import Iterable
from pathlib import Path

_armed: dict[str, int] = {}
_passed: dict[str, int] = {}
_marks: Path | None = None


def arm(points: str, marks: Path | None = None) -> None:
    """
    Set which points kill: ``name[:nth]``, separated by commas; *marks* is where tripped points leave a file.
    """
    global _marks
    _armed.clear()
    _passed.clear()
    _marks = marks
    for point in filter(None, points.split(",")):
        name, _, nth = point.partition(":")
        _armed[name.strip()] = int(nth or 1)


def failpoint(name: str, *, facts: Iterable[str] = ()) -> None:
    """
    Kill this process with SIGKILL if *name*, alone or with one of *facts*, is armed and due; or do nothing.
    """
    if not _armed and _marks is None:
        return
    for point in (name, *dict.fromkeys(f"{name}@{fact}" for fact in facts)):
        if _is_due(point) or _is_laid(point):
            os.kill(os.getpid(), signal.SIGKILL)


def _is_due(name: str) -> bool:
    if name not in _armed:
        return False
    _passed[name] = _passed.get(name, 0) + 1
    return _passed[name] >= _armed[name] and _trips(name)


def _trips(name: str) -> bool:
    if _marks is None:
        return True
    try:
        (_marks / f"{name}.tripped").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _is_laid(name: str) -> bool:
    if _marks is None:
        return False
    tripped = _marks / f"{name}.tripped"
    try:
        (_marks / f"{name}.armed").rename(tripped)  # one of all threads and processes succeeds
    except FileNotFoundError:
        return False
    tripped.touch()  # its time is when it happened
    return True


def _from_environment() -> None:
    folder = os.environ.get("FAILPOINT_DIR")  # noqa: TID251 - test equipment, not a setting of the product
    arm(os.environ.get("FAILPOINT", ""), Path(folder) if folder else None)  # noqa: TID251


_from_environment()
