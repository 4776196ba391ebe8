"""Quotes as their customer sees them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.domain.plan_quote import PlanQuote
from billing.models import Quote
from billing.queries.lines import LineView, ThenView, every, line_view, then_view
from shared import clock
from shared.errors import NotFound
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class QuoteView:
    """
    A held price; *status* open or used, *order_id* what it became.
    """

    id: str
    kind: str
    status: str
    order_id: str | None
    expires_at: datetime
    lines: list[LineView]
    due_now: Money
    tax_included: Money
    then: ThenView | None


@dataclass(frozen=True, kw_only=True)
class NextBillView:
    """
    The next bill of the service, what waits for it included.
    """

    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class ChangeFigures:
    """
    What a change of plan comes to, before anybody holds the price: the simulator's answer.
    """

    direction: str
    start_on: date
    lines: list[LineView]
    due_now: Money
    tax_included: Money
    credit_to_balance: Money | None
    added_to_next_bill: Money | None
    next_invoice: NextBillView
    then: ThenView


@dataclass(frozen=True, kw_only=True)
class RolloverView:
    """
    Data of a prepaid plan that goes along, usable until the end of *expires_on* (None: for ever).
    """

    amount_mb: int
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class PlanQuoteView(QuoteView):
    """
    A held price of a change of plan. *due_now* is what the credit leaves to pay, *credit_to_balance* what is
    left of the credit; *added_to_next_bill* waits because it is below the minimum, or by setting.
    """

    subscription_id: str
    plan_id: str
    plan_name: str
    start_on: date
    direction: str
    credit_to_balance: Money | None
    added_to_next_bill: Money | None
    next_invoice: NextBillView
    undo_until: datetime
    rollover: RolloverView | None


@dataclass(frozen=True, kw_only=True)
class ServiceQuoteView(QuoteView):
    """
    What letting a service rest, or ending it, comes to; nothing is due before its days have come.

    *credit_to_balance* goes back, *added_to_next_bill* (the fee, days up to the last) comes with next bills.
    """

    subscription_id: str
    start_on: date
    last_on: date
    credit_to_balance: Money | None
    added_to_next_bill: Money | None
    undo_until: datetime


def find_quote(session: Session, *, customer_id: str, quote_id: str) -> QuoteView:
    """
    Return a quote of the customer.

    :raises NotFound: if they have no such quote
    """
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id:
        raise NotFound
    return quote_view(quote)


def change_figures(quoted: PlanQuote) -> ChangeFigures:
    """
    Return how a price that nobody holds is shown.
    """
    then, added = quoted.then, quoted.added_to_next_bill
    return ChangeFigures(
        direction=quoted.direction.value,
        start_on=quoted.effective_on,
        lines=[line_view(line) for line in quoted.lines],
        due_now=quoted.due_now,
        tax_included=quoted.tax_included,
        credit_to_balance=quoted.credit_to_balance if quoted.credit_to_balance.minor else None,
        added_to_next_bill=added if added.minor else None,
        next_invoice=NextBillView(on=quoted.next_bill.on, amount=quoted.next_bill.amount),
        then=ThenView(amount=then.amount, every=every(then.months, then.days), from_on=then.from_on),
    )


def quote_view(quote: Quote) -> QuoteView:
    """
    Return how *quote* is shown.
    """
    if quote.kind in ("pause", "cancellation"):
        return _service_view(quote)
    return _plan_view(quote) if quote.kind == "plan_change" else QuoteView(**_common(quote))


def _common(quote: Quote) -> dict[str, Any]:
    return {
        "id": quote.id,
        "kind": quote.kind,
        "status": "used" if quote.order_id or quote.change_id else "open",
        "order_id": quote.order_id,
        "expires_at": quote.expires_at,
        "lines": [line_view(line.line()) for line in quote.lines],
        "due_now": quote.total,
        "tax_included": Money(quote.tax_minor, quote.currency),
        "then": then_view(quote),
    }


def _plan_view(quote: Quote) -> PlanQuoteView:
    details = quote.details
    return PlanQuoteView(
        **_common(quote),
        subscription_id=quote.subscription_id or "",
        plan_id=quote.to_plan_id or "",
        plan_name=details["plan_name"],
        start_on=quote.starts_on,
        direction=details["direction"],
        credit_to_balance=_some(details["credit_to_balance_minor"], quote.currency),
        added_to_next_bill=_some(details["added_to_next_bill_minor"], quote.currency),
        next_invoice=NextBillView(
            on=date.fromisoformat(details["next_bill_on"]),
            amount=Money(details["next_bill_minor"], quote.currency),
        ),
        undo_until=datetime.fromisoformat(details["undo_until"]),
        rollover=_rollover(details.get("rollover")),
    )


def _service_view(quote: Quote) -> ServiceQuoteView:
    details, last_on = quote.details, date.fromisoformat(quote.details["last_on"])
    undone_until = quote.starts_on if quote.kind == "pause" else last_on + timedelta(days=1)
    return ServiceQuoteView(
        **_common(quote),
        subscription_id=quote.subscription_id or "",
        start_on=quote.starts_on,
        last_on=last_on,
        credit_to_balance=_some(details["credit_to_balance_minor"], quote.currency),
        added_to_next_bill=_some(details["added_to_next_bill_minor"], quote.currency),
        undo_until=clock.start_of(undone_until, quote.timezone),
    )


def _rollover(found: dict[str, Any] | None) -> RolloverView | None:
    if found is None:
        return None
    last = found["expires_on"]
    return RolloverView(amount_mb=found["amount_mb"], expires_on=date.fromisoformat(last) if last else None)


def _some(minor: int, currency: str) -> Money | None:
    return Money(minor, currency) if minor else None
