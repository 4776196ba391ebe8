"""The bill that would be made on a day, as things are: nothing is written, nobody is told."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from billing.domain.basket import with_tax
from billing.queries.lines import LineView, line_view
from billing.queries.rating import accounts_of, rate
from billing.queries.to_bill import KnownSettings
from shared.errors import FieldError, Invalid
from shared.money import Money, total

FARTHEST_DAYS = 3 * 366


@dataclass(frozen=True, kw_only=True)
class NextInvoiceView:
    """
    What would be billed *on* that day; *bills* counts its documents. An estimate: things may change.
    """

    on: date
    lines: list[LineView]
    total: Money
    tax_included: Money
    bills: int
    following_on: date | None
    estimate: bool = True


def next_invoice(
    session: Session, *, customer_id: str, on: date | None, today: date
) -> NextInvoiceView | None:
    """
    Return what would be billed until *on*, or on the next billing day; None when no bill is ahead.

    :raises Invalid: if *on* has passed or is more than three years ahead
    """
    if on is not None and not 0 <= (on - today).days <= FARTHEST_DAYS:
        raise Invalid(FieldError("#/on", "out_of_range", "Choose a day from today to three years ahead."))
    accounts = accounts_of(session, [customer_id], lock=False)
    if not accounts or accounts[0].next_bill_on is None:
        return None
    day = max(on or accounts[0].next_bill_on, today)
    rated = rate(session, accounts, cut_off=day, known=KnownSettings(session))
    currency, following = accounts[0].currency, accounts[0].next_bill_on
    lines = [item.line for each in rated for items in each.bill.documents for item in items]
    taxes = [
        tax
        for each in rated
        for items in each.bill.documents
        for tax in with_tax([item.line for item in items])
    ]
    return NextInvoiceView(
        on=day,
        lines=[line_view(line) for line in lines],
        total=total([line.amount for line in lines], currency),
        tax_included=total(taxes, currency),
        bills=sum(len(each.bill.documents) for each in rated),
        following_on=rated[0].bill.next_on if rated else following,
    )
