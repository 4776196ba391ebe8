"""
What a partner may set about its portal, and how it inherits from the Default partner, field by field.

``*`` marks a value that differs from Default, not one that was merely typed in (decision D37).
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """
    Where an order sent as a request arrives.
    """

    TICKETS = "tickets"
    EMAIL = "email"


class ChangeMode(StrEnum):
    """
    How customers change the plan of a service of one type: not at all, by a ticket, by themselves, or either.
    """

    OFF = "off"
    REQUEST = "request"
    SELF = "self"
    BOTH = "both"


CHANGE_FIELDS = {"internet": "internet_change", "voice": "voice_change", "recurring": "recurring_change"}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    The terms of business customers agree to by ordering: where to read them, and which version they are.
    """

    url: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Effective:
    """
    The settings of one partner with everything inherited filled in.
    """

    menu_services: bool = True
    menu_bills: bool = True
    menu_support: bool = True
    ordering_enabled: bool = True
    accept_payment: bool = True
    order_channel: str = Channel.TICKETS
    order_email: str = ""
    internet_change: str = ChangeMode.OFF
    voice_change: str = ChangeMode.OFF
    recurring_change: str = ChangeMode.OFF
    may_pause: bool = False
    pause_notice_days: int = 1
    longest_pause_days: int = 90
    pauses_a_year: int = 2
    may_cancel: bool = False
    cancel_notice_days: int = 14
    equipment_note: str = ""
    front_ends: str = ""
    terms_url: str = ""
    terms_version: str = ""

    @property
    def terms(self) -> Terms | None:
        """
        What customers agree to by ordering; None if the partner has set nothing.
        """
        named = self.terms_url and self.terms_version
        return Terms(url=self.terms_url, version=self.terms_version) if named else None

    def lets_call(self, origin: str) -> bool:
        """
        Tell whether pages of *origin* may call the public API: one of the listed, and none without a list.
        """
        return origin in self.front_ends.split()

    @property
    def menu(self) -> list[str]:
        """
        The pages customers find in the menu, in its order (000-03).
        """
        shown = {
            "services": self.menu_services,
            "bills": self.menu_bills,
            "order": self.ordering_enabled,
            "support": self.menu_support,
        }
        return ["home", *(name for name, holds in shown.items() if holds)]

    @property
    def lets_pause(self) -> bool:
        """
        Whether customers pause services, which they do on the pages of their services.
        """
        return self.menu_services and self.may_pause

    @property
    def lets_cancel(self) -> bool:
        """
        Whether customers end services, which they do on the pages of their services.
        """
        return self.menu_services and self.may_cancel

    @property
    def pause_limits(self) -> dict[str, int]:
        """
        How early a pause is asked for, how long it lasts and how many begin within a year.
        """
        return {
            "notice_days": self.pause_notice_days,
            "longest_days": self.longest_pause_days,
            "most_a_year": self.pauses_a_year,
        }

    @property
    def cancel_limits(self) -> dict[str, int]:
        """
        How early an end is asked for.
        """
        return {"notice_days": self.cancel_notice_days}

    def change_modes(self, kind: str) -> list[str]:
        """
        Return how a service of *kind* may change its plan: ``self``, ``request``, both or neither (000-01).

        Without *Services* in the menu there is no page to do it on (000-03).
        """
        if not self.menu_services:
            return []
        chosen = getattr(self, CHANGE_FIELDS.get(kind, ""), ChangeMode.OFF)
        return [mode for mode in (ChangeMode.SELF, ChangeMode.REQUEST) if chosen in (mode, ChangeMode.BOTH)]


# How small and how large a number may be.
BOUNDS = {
    "pause_notice_days": (1, 60),
    "longest_pause_days": (1, 365),
    "pauses_a_year": (1, 12),
    "cancel_notice_days": (0, 180),
}
LONGEST_NOTE = 500

NO_FRONT_END = "none"
ORIGIN = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")


PAGE = re.compile(r"(https://|http://(localhost|127\.0\.0\.1)[:/])[^\s\"'<>]{3,480}")


def out_of_bounds(settings: Effective) -> list[str]:
    """
    Return the names of numbers that are too small or too large.
    """
    values = asdict(settings)
    return [name for name, (least, most) in BOUNDS.items() if not least <= values[name] <= most]


def not_origins(front_ends: str) -> list[str]:
    """
    Return what is no origin as browsers send it: secure, lower case, nothing behind the host and port.

    The word *none* alone is fine: it says that no site may, where Default lists some.
    """
    return (
        []
        if front_ends == NO_FRONT_END
        else [each for each in front_ends.split() if not ORIGIN.fullmatch(each)]
    )


@dataclass(frozen=True, kw_only=True)
class Shown:
    """
    One field as the settings screen shows it.
    """

    name: str
    value: Any
    inherited: Any
    overridden: bool
    differs: bool


BUILT_IN = Effective()
FIELDS = tuple(field.name for field in fields(Effective))


def effective(own: Mapping[str, Any], inherited: Effective) -> Effective:
    """
    Lay what the partner set (None means not set) over what it inherits.
    """
    return replace(inherited, **{name: own[name] for name in FIELDS if own.get(name) is not None})


def shown(own: Mapping[str, Any], inherited: Effective) -> list[Shown]:
    """
    Return every field with where its value comes from, in the order of the screen.
    """
    values, defaults = asdict(effective(own, inherited)), asdict(inherited)
    return [
        Shown(
            name=name,
            value=values[name],
            inherited=defaults[name],
            overridden=own.get(name) is not None,
            differs=values[name] != defaults[name],
        )
        for name in FIELDS
    ]
