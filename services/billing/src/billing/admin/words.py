"""What templates ask of records: how a line came about, how an invoice stands, the last day of a period."""

from datetime import date
from typing import Any, Protocol

from flask import Flask

from billing.domain.document import InvoiceStatus, invoice_status
from billing.domain.explanation import in_english
from billing.domain.line import Line
from shared import clock
from shared.money import Money
from shared.periods import Period


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
    app.jinja_env.globals.update(why=why, standing=standing, last_day=last_day, minor=Money)


def why(record: Priced) -> str:
    """
    Return how a line came about, with the division shown.
    """
    return in_english(record.line())


def standing(invoice: Any) -> InvoiceStatus:
    """
    Return how a stored invoice stands today (the business date).
    """
    today = clock.today("UTC")
    return invoice_status(
        total=invoice.total, open_amount=invoice.open, due_on=invoice.payable_on, today=today
    )


def last_day(start: date, end: date) -> date:
    """
    Return the last day of the half-open period, as screens show it.
    """
    return Period(start, end).last
