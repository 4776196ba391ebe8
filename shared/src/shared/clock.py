"""
The only place that reads the system clock.

Two clocks: *business* time drives billing dates, quote holds, order expiry and the time of facts, and can be
moved in the sandbox; *real* time drives tokens, sessions, leases, retries and logs, and cannot (settings.md).
Every process that follows the same clock file moves with it, without being told.
"""

import os
import tempfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

_file: Path | None = None
_seen: tuple[int, int] | None = None
_offset = timedelta()


def follow(file: Path | None) -> None:
    """
    Take the offset of business time from *file* from now on; None means business time is real time.
    """
    global _file, _seen, _offset
    _file, _seen, _offset = file, None, timedelta()


def real_now() -> datetime:
    """
    Return the real instant, in UTC.
    """
    return datetime.now(UTC)  # noqa: TID251


def now() -> datetime:
    """
    Return the business instant, in UTC.
    """
    return real_now() + offset()


def today(timezone: str) -> date:
    """
    Return the business date in *timezone* (an IANA name such as ``Europe/Prague``).
    """
    return local_date(now(), timezone)


def local_date(instant: datetime, timezone: str) -> date:
    """
    Return the date *instant* falls on in *timezone*.
    """
    return instant.astimezone(ZoneInfo(timezone)).date()


def start_of(day: date, timezone: str) -> datetime:
    """
    Return the instant *day* begins in *timezone*, in UTC.
    """
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def offset() -> timedelta:
    """
    Return how far business time is from real time.
    """
    global _seen, _offset
    if _file is None:
        return _offset
    try:
        stat = os.stat(_file)
    except FileNotFoundError:
        _seen, _offset = None, timedelta()
        return _offset
    mark = (stat.st_mtime_ns, stat.st_ino)
    if mark != _seen:
        _seen, _offset = mark, timedelta(seconds=float(_file.read_text()))
    return _offset


def move_to(instant: datetime) -> None:
    """
    Make it *instant* now, in business time, for every process that follows the same file.
    """
    _write(instant - real_now())


def reset() -> None:
    """
    Bring business time back to real time.
    """
    _write(timedelta())


def _write(new: timedelta) -> None:
    global _offset
    if _file is None:
        _offset = new
        return
    _file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=_file.parent)
    with os.fdopen(handle, "w") as out:
        out.write(str(new.total_seconds()))
    os.replace(name, _file)
