"""What a customer can pay right now, and with which card."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.queries.bills import InvoiceView, open_invoices_of, today_of
from billing.queries.payments import MethodView, methods_of
from shared.money import Money, total


@dataclass(frozen=True, kw_only=True)
class ToPayView:
    """
    The open bills no payment is under way for, together *amount*; *pay_with* is a card that has not expired.
    """

    invoices: list[InvoiceView]
    amount: Money
    pay_with: MethodView | None


def to_pay_of(session: Session, *, customer_id: str) -> ToPayView | None:
    """
    Return what the customer can pay, None if that is nothing.
    """
    bills = [bill for bill in open_invoices_of(session, customer_id=customer_id) if bill.paying is None]
    if not bills:
        return None
    today = today_of(session, customer_id)
    cards = methods_of(session, customer_id=customer_id)
    usable = [card for card in cards if (card.exp_year, card.exp_month) >= (today.year, today.month)]
    return ToPayView(
        invoices=bills,
        amount=total([bill.open for bill in bills], bills[0].open.currency),
        pay_with=usable[0] if usable else None,
    )
