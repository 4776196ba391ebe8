"""The bill that would be made on a day, as things are: nothing is written, nobody is told."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.domain.basket import with_tax
from billing.models import Account
from billing.queries.along_the_way import Step, along_the_way
from billing.queries.lines import LineView, line_view
from billing.queries.rating import Rated, accounts_of, bills_of, rate
from billing.queries.to_bill import KnownSettings
from shared.errors import FieldError, Invalid
from shared.money import Money, total

FARTHEST_DAYS = 3 * 366


@dataclass(frozen=True, kw_only=True)
class NextInvoiceView:
    """
    What would be billed *on* that day; *bills* counts its documents. An estimate: things may change.

    *along* is what happens on the way if nothing is paid.
    """

    on: date
    lines: list[LineView]
    total: Money
    tax_included: Money
    bills: int
    following_on: date | None
    along: list[Step]
    estimate: bool = True


def next_invoice(
    session: Session, *, customer_id: str, on: date | None, today: date
) -> NextInvoiceView | None:
    """
    Return what would be billed until *on*, or on the day of the next bill; None when no bill is ahead.

    :raises Invalid: if *on* has passed or is more than three years ahead
    """
    if on is not None and not 0 <= (on - today).days <= FARTHEST_DAYS:
        raise Invalid(FieldError("#/on", "out_of_range", "Choose a day from today to three years ahead."))
    accounts = accounts_of(session, [customer_id], lock=False)
    if not accounts or accounts[0].next_bill_on is None:
        return None
    day, rated = until(session, accounts[0], on=on, today=today)
    currency, following = accounts[0].currency, accounts[0].next_bill_on
    bills = bills_of(rated) if rated else []
    return NextInvoiceView(
        on=day,
        lines=[line_view(line) for lines in bills for line in lines],
        total=total([line.amount for lines in bills for line in lines], currency),
        tax_included=total([tax for lines in bills for tax in with_tax(lines)], currency),
        bills=len(bills),
        following_on=rated.bill.next_on if rated else following,
        along=along_the_way(session, session.get_one(Account, customer_id), until=day, today=today),
    )


def until(
    session: Session, account: Account | Row[Any], *, on: date | None, today: date
) -> tuple[date, Rated | None]:
    """
    Rate an account that has a bill ahead until *on*, or until its next bill, be it of a run or of a change.
    """
    known, planned = KnownSettings(session), account.next_bill_on or today
    day: date = max(on or planned, today)
    rated = next(iter(rate(session, [account], cut_off=day, known=known, ahead=True)), None)
    own = [each.effective_on for each in (rated.changes if rated else ()) if each.billed]
    if on is None and own and min(own) < day:
        return until(session, account, on=max(min(own), today), today=today)
    return day, rated
