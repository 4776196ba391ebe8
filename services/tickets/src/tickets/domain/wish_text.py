"""What a wish for another plan says, in the words of its ticket and the language ``_`` translates to."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from tickets.domain.ticket import LONGEST_MESSAGE, LONGEST_SUBJECT

Say = Callable[[str], str]


def _(text: str) -> str:
    # Marks a text for the catalogues; it is translated where it is said.
    return text


BOOKED = _("The change to %(plan)s is booked for %(day)s.")
APPLIED = _("The plan has changed to %(plan)s from %(day)s on.")
WITHDRAWN = _("The change to %(plan)s was undone. The plan stays as it is.")
FAILED = _("The change to %(plan)s could not be made. The plan stays as it is, nothing was charged.")


def subject(wish: Mapping[str, Any], _: Say) -> str:
    """
    Return a subject line such as ``Fibre 100: change to Fibre 500``, never longer than a subject may be.
    """
    if wish["plan"]:
        text = _("%(service)s: change to %(plan)s") % {"service": wish["service"], "plan": wish["plan"]}
    else:
        text = _("%(service)s: another plan") % {"service": wish["service"]}
    return text if len(text) <= LONGEST_SUBJECT else text[: LONGEST_SUBJECT - 1] + "…"


def message(wish: Mapping[str, Any], said: str, _: Say) -> str:
    """
    Return the wish with its day and price line by line, and below it what the customer *said*, if anything.
    """
    told = [_opening(wish, _)]
    told += [_line(line) for line in wish["lines"]]
    if wish["due_now"]:
        told.append(f"{_('Together')}: {_amount(wish['due_now'])}")
    if said.strip():
        told += ["", said.strip()]
    return "\n".join(told)[:LONGEST_MESSAGE]


def _opening(wish: Mapping[str, Any], _: Say) -> str:
    names = {"service": wish["service"], "plan": wish["plan"], "day": _day(wish["start_on"])}
    if not wish["plan"]:
        return _("I would like another plan for %(service)s.") % names
    if not wish["start_on"]:
        return _("I would like to change %(service)s to %(plan)s.") % names
    return _("I would like to change %(service)s to %(plan)s from %(day)s on. I was shown:") % names


def _line(line: Mapping[str, Any]) -> str:
    why = f" ({line['explanation']})" if line["explanation"] else ""
    return f"{line['label']}: {_amount(line['amount'])}{why}"


def _amount(amount: Mapping[str, str]) -> str:
    return f"{amount['currency']} {amount['amount']}"


def _day(day: str | None) -> str:
    return f"{date.fromisoformat(day):%Y-%m-%d}" if day else ""
