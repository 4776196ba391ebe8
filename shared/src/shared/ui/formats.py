"""
Money, days, instants and numbers, as a reader of the page's language expects them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol
from flask import g, has_request_context
from flask_babel import gettext as _
from flask_babel import ngettext

from shared import clock
from shared.money import Money
from shared.texts import Text, filled, listed
from shared.ui.language import FORMATS, language

MINUS = "\u2212"


def said(text: str, style: str = "plain") -> str:
    """
    Say what a refusal, or a rule, says in the page's language, its money and days written as expected there;
    what is no ``Text`` was said already, or written by a person.
    """
    if not isinstance(text, Text) or not text:
        return text
    return filled(str(_(text.template)), text.params, partial(_param, style))


def money(value: Money | Mapping[str, str] | None, *, signed: bool = False) -> str:
    """
    Write an amount with its currency: "€30.00", "−€7.50"; *signed* also writes the plus.
    """
    if value is None:
        return ""
    amount = Money.parse(value["amount"], value["currency"]) if isinstance(value, Mapping) else value
    text = format_currency(Decimal(amount.amount), amount.currency, locale=_locale()).replace("-", MINUS)
    return f"+{text}" if signed and amount.minor > 0 else text


def currency_sign(currency: str) -> str:
    """
    Return the sign of *currency* in the page's language, such as "€".
    """
    return str(get_currency_symbol(currency, locale=_locale()))


def number(value: int | float | Decimal) -> str:
    """
    Write a number with the language's separators.
    """
    return str(format_decimal(value, locale=_locale())).replace("-", MINUS)


def percent(value: float, digits: int = 1) -> str:
    """
    Write a share (0.018) as a percentage (1.8%).
    """
    pattern = "#,##0." + "#" * digits + ("\u00a0%" if language() == "de" else "%")
    return str(format_percent(value, pattern, _locale())).replace("-", MINUS)


def vat_rate(rate: str) -> str:
    """
    Write a VAT rate in percent ("23", "7.5"): "23%", "7.5%".
    """
    return percent(float(Decimal(rate) / 100), 2)


def day(value: date | str | None, style: str = "plain") -> str:
    """
    Write a date: "30 November" ("30 November 2027" in another year); *style* may be short,
    full, or month ("November 2026").
    """
    if not value:
        return ""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    if style == "month":
        return str(format_skeleton("yMMMM", on, locale=_locale()))
    if style == "full":
        return str(format_date(on, "long", locale=_locale()))
    if on.year != clock.today(zone()).year:
        return str(format_date(on, "long" if style == "plain" else "medium", locale=_locale()))
    return str(format_skeleton("MMMMd" if style == "plain" else "MMMd", on, locale=_locale()))


def instant(value: datetime | str | None) -> str:
    """
    Write an instant in the reader's time zone: "today 14:05", "30 November, 14:05".
    """
    if not value:
        return ""
    local = _local(value)
    time = format_time(local, "short", locale=_locale())
    if local.date() == clock.today(zone()):
        return str(_("today %(time)s", time=time))
    return f"{day(local.date())}, {time}"


def exact(value: datetime | str) -> str:
    """
    Write an instant to the second with its zone, as shown when pointing at a shorter form.
    """
    return str(format_datetime(_local(value), "long", locale=_locale()))


def since(value: datetime | str | None) -> str:
    """
    Write how long ago an instant was while that is under seven days, else the instant.
    """
    if not value:
        return ""
    seconds = (clock.now() - _moment(value)).total_seconds()
    if not 0 <= seconds < 7 * 86400:
        return instant(value)
    if seconds < 60:
        return str(_("just now"))
    if seconds < 3600:
        return str(ngettext("%(num)d minute ago", "%(num)d minutes ago", int(seconds // 60)))
    if seconds < 86400:
        return str(ngettext("%(num)d hour ago", "%(num)d hours ago", int(seconds // 3600)))
    return str(ngettext("%(num)d day ago", "%(num)d days ago", int(seconds // 86400)))


def zone() -> str:
    """
    Return the reader's time zone: set by the door as ``g.timezone``, else UTC.
    """
    return str(g.get("timezone") or "UTC") if has_request_context() else "UTC"


def machine_time(value: Any) -> str:
    """
    Return a date or instant as ``<time datetime>`` wants it.
    """
    return value if isinstance(value, str) else value.isoformat()


def _param(style: str, value: Any) -> str:
    if isinstance(value, Text):
        return said(value, style)
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, date):
        return day(value, style)
    return listed(value, partial(_param, style)) if isinstance(value, (list, tuple)) else str(value)


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _local(value: datetime | str) -> datetime:
    return _moment(value).astimezone(ZoneInfo(zone()))


def _locale() -> str:
    return FORMATS[language()]
