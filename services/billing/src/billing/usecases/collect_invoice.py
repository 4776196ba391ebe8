"""Charge a card for a bill without being asked: the card a change named, or the customer's default one."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.models import Account, Invoice, Payment, PaymentMethod
from billing.usecases.open_payment import PayBy, PaymentMethodRejected, begin_payment, usable_method
from billing.usecases.pay_bills import under_way
from billing.usecases.write_audit import write_audit
from shared import clock


def collect_invoice(
    session: Session,
    account: Account,
    invoice: Invoice,
    *,
    method_id: str | None,
    now: datetime,
    failed: Payment | None = None,
) -> Payment | None:
    """
    Begin an automatic payment of what is open; None if nothing is, one is under way, or there is no card.

    A failure is tried again by ``retry_collections``; *failed* is the try this one follows.
    """
    session.flush()
    if invoice.open_minor <= 0 or under_way(session, account.customer_id, [invoice.id]):
        return None
    card = _card(session, account.customer_id, method_id, now=now)
    if card is None:
        return None
    payment = begin_payment(
        session,
        account,
        PayBy(method_id=card, return_url=""),
        amount=invoice.open,
        purpose=Purpose.BILLS,
        invoice_ids=[invoice.id],
        retry_of=failed.id if failed else None,
        now=now,
    )
    payment.automatic = True
    payment.round = failed.round + 1 if failed else 1
    payment.tried_from_on = (failed and failed.tried_from_on) or clock.local_date(now, account.timezone)
    write_audit(
        session, account, action="collection_begun", target=payment.id, now=now, amount=payment.amount
    )
    session.flush()
    return payment


def _card(session: Session, customer_id: str, method_id: str | None, *, now: datetime) -> str | None:
    saved = select(PaymentMethod.id).where(
        PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None)
    )
    default = session.scalars(saved.order_by(PaymentMethod.is_default.desc(), PaymentMethod.id)).all()
    for card in (method_id, *default):
        if card and _is_usable(session, customer_id, card, now=now):
            return card
    return None


def _is_usable(session: Session, customer_id: str, method_id: str, *, now: datetime) -> bool:
    try:
        usable_method(session, customer_id, method_id, now=now)
    except PaymentMethodRejected:
        return False
    return True
