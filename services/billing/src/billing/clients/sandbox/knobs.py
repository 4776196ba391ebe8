"""How the provider can be told to misbehave, for front-end developers and for the chaos runs."""

import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.clients.sandbox.records import Knob
from shared.errors import FieldError, Invalid

# Seconds unless said; 0 is off.
DEFAULTS = {
    "delay": "0",  # before every answer
    "hang_before_charge": "0",  # then charge
    "hang_after_charge": "0",  # charged, and the answer is late
    "duplicate_webhooks": "0",  # extra copies of each webhook
    "reorder_webhooks": "0",  # each webhook is late by up to so much
    "drop_webhooks": "0",  # 1: none are sent
    "pending_seconds": "10",  # how long a pending charge pends
    "next_result": "",  # of the next charge, one of RESULTS
}
RESULTS = ("succeeded", "failed", "pending", "action_required", "hang_before", "hang_after")
KNOWN = "knobs"  # where a session keeps what it has read
TURNED = select(Knob.name, Knob.value)
HANG_SECONDS = 10.0  # longer than any caller waits


def turn(session: Session, wanted: dict[str, str]) -> dict[str, str]:
    """
    Set the knobs in *wanted*, keep the others, and return all.

    :raises Invalid: naming a knob there is not, or a value that is no number of seconds
    """
    errors = [_error(name, value) for name, value in wanted.items() if _error(name, value)]
    if errors:
        raise Invalid(*(error for error in errors if error))
    for name, value in wanted.items():
        _turn(session, name, value)
    return {name: _value(session, name) for name in DEFAULTS}


def number(session: Session, name: str) -> float:
    """
    Return the knob's value.
    """
    return float(_value(session, name))


@dataclass(frozen=True)
class Mood:
    """
    How one charge will go: seconds to hang before and after it, and the forced result, if any.
    """

    before: float
    after: float
    result: str | None


def take_mood(session: Session) -> Mood:
    """
    Return how the next charge will go; a forced result holds once.
    """
    forced = _value(session, "next_result")
    if forced:
        _turn(session, "next_result", "")
    before, after = number(session, "hang_before_charge"), number(session, "hang_after_charge")
    if forced in ("hang_before", "hang_after"):
        return (
            Mood(HANG_SECONDS, after, None) if forced == "hang_before" else Mood(before, HANG_SECONDS, None)
        )
    return Mood(before, after, forced or None)


def hang(seconds: float) -> None:
    """
    Keep the caller waiting.
    """
    if seconds:
        time.sleep(seconds)


def _value(session: Session, name: str) -> str:
    if KNOWN not in session.info:  # all are asked for with every charge
        session.info[KNOWN] = DEFAULTS | dict(session.execute(TURNED).tuples().all())
    return str(session.info[KNOWN][name])


def _turn(session: Session, name: str, value: str) -> None:
    session.merge(Knob(name=name, value=value))
    session.flush()
    session.info.pop(KNOWN, None)


def _error(name: str, value: str) -> FieldError | None:
    if name not in DEFAULTS:
        return FieldError(f"#/{name}", "unknown", f"There is no such knob; there are {', '.join(DEFAULTS)}.")
    if name == "next_result":
        fine = value in ("", *RESULTS)
        return None if fine else FieldError("#/next_result", "unknown", f"Use one of {', '.join(RESULTS)}.")
    try:
        fine = 0 <= float(value) <= 3600
    except ValueError:
        fine = False
    return None if fine else FieldError(f"#/{name}", "out_of_range", "Use seconds between 0 and 3600.")
