"""What templates ask of records: how a line came about, how an invoice stands, the last day of a period."""

from datetime import date
from typing import Any, Protocol

from flask import Flask, g
from flask_babel import lazy_gettext as _

from billing.domain.billing import Flag
from billing.domain.document import InvoiceStatus, invoice_status
from billing.domain.explanation import explain
from billing.domain.line import Line
from billing.queries.days import Todays, todays
from billing.queries.lines import every
from shared.money import Money
from shared.periods import Period
from shared.ui.bill_words import line_label, line_reason, paid_with, rhythm
from shared.web.app import database

FLAGS = {
    Flag.FIRST_INVOICE: _("First invoice"),
    Flag.PRICE_CHANGED: _("Price changed"),
    Flag.PLAN_CHANGED: _("Plan changed"),
    Flag.VERY_DIFFERENT: _("Differs by more than a fifth"),
    Flag.CAUGHT_UP: _("Several periods at once"),
    Flag.CATCH_UP_LIMITED: _("More than 36 periods behind"),
    Flag.HELD_BACK: _("A discount is larger than the bill and waits"),
    Flag.CHANGED_SINCE_PREVIEW: _("Changed since the preview"),
}


STEPS = {
    "bill": _("A bill is issued"),
    "due": _("The oldest bill is overdue"),
    "blocked": _("Access is blocked"),
    "inactive": _("The services end; nothing more is billed"),
}


class Priced(Protocol):
    """
    A stored line.
    """

    def line(self) -> Line:
        """
        Return it as a value.
        """


def teach(app: Flask) -> None:
    """
    Give the templates of *app* these words.
    """
    app.jinja_env.globals.update(
        line_label=line_label,
        line_reason=line_reason,
        rhythm=rhythm,
        rhythm_of=rhythm_of,
        what=what,
        paid_with=paid_with,
        why=why,
        standing=standing,
        last_day=last_day,
        minor=Money,
        flag_word=flag_word,
        step_word=step_word,
    )


def why(record: Priced) -> str:
    """
    Return how a line came about, with the division shown.
    """
    return line_reason(vars(explain(record.line())))


def what(record: Priced) -> str:
    """
    Return what a line is for.
    """
    line = record.line()
    return line_label(line.label, line.code)


def rhythm_of(priced: Any) -> str:
    """
    Return how often what follows an order comes back.
    """
    return rhythm(every(priced.then_months or 1, priced.then_days))


def standing(invoice: Any) -> InvoiceStatus:
    """
    Return how a stored invoice stands today, at its partner.
    """
    return invoice_status(
        total=invoice.total,
        open_amount=invoice.open,
        due_on=invoice.payable_on,
        today=_todays().of(invoice.partner_id),
        written_off=invoice.written_off_minor > 0,
    )


def _todays() -> Todays:
    # Once for all rows of a page.
    if "todays" not in g:
        with database().read() as session:
            g.todays = todays(session)
    found: Todays = g.todays
    return found


def last_day(start: date, end: date) -> date:
    """
    Return the last day of the half-open period, as screens show it.
    """
    return Period(start, end).last


def flag_word(flag: str) -> object:
    """
    Return why an account of a run deserves a look.
    """
    return FLAGS[Flag(flag)] if flag in set(Flag) else _("Billed in the run before, not in this one")


def step_word(code: str, name: str | None) -> object:
    """
    Return what happens to an account on a day ahead.
    """
    if code in STEPS:
        return STEPS[code]
    words = {"pause": _("%(name)s pauses", name=name), "resume": _("%(name)s works again", name=name)}
    return words.get(code) or _("The plan changes to %(name)s", name=name)
