"""Quotes as their customer sees them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Quote
from billing.queries.lines import LineView, ThenView, line_view, then_view
from shared.errors import NotFound
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class QuoteView:
    """
    A held price; *status* open or used.
    """

    id: str
    kind: str
    status: str
    expires_at: datetime
    lines: list[LineView]
    due_now: Money
    tax_included: Money
    then: ThenView | None


def find_quote(session: Session, *, customer_id: str, quote_id: str) -> QuoteView:
    """
    Return a quote of the customer.

    :raises NotFound: if they have no such quote
    """
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id:
        raise NotFound
    return quote_view(quote)


def quote_view(quote: Quote) -> QuoteView:
    """
    Return how *quote* is shown.
    """
    return QuoteView(
        id=quote.id,
        kind=quote.kind,
        status="used" if quote.order_id else "open",
        expires_at=quote.expires_at,
        lines=[line_view(line.line()) for line in quote.lines],
        due_now=quote.total,
        tax_included=Money(quote.tax_minor, quote.currency),
        then=then_view(quote),
    )
