"""
A customer pays bills: one, some, or all that are open, by a saved card or on the provider's page.

Only one payment for a bill is under way at a time, so that nobody pays a bill twice by pressing twice.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.collection import InvoiceNotPayable, Purpose
from billing.domain.payment import GIVEN_UP, OPEN, Status
from billing.models import Account, Invoice, Payment
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PayBy, begin_payment
from billing.usecases.use_payment import open_invoices
from billing.usecases.write_audit import write_audit
from shared.errors import NotFound
from shared.money import Money


def pay_bills(
    session: Session,
    *,
    customer_id: str,
    invoice_ids: Sequence[str],
    how: PayBy,
    now: datetime,
    retry_of: str | None = None,
) -> Payment:
    """
    Begin to pay what is open on the bills named, or on those of the payment that is tried again, or on all.

    :raises NotFound: if the customer has no such bill
    :raises InvoiceNotPayable: if nothing is open, or a payment for one of them is under way
    :raises PaymentMethodRejected: if the card named cannot be used
    """
    account = lock_account(session, customer_id=customer_id)
    if retry_of:
        invoice_ids = _bills_of(session, customer_id, retry_of)
    invoices = _chosen(session, account, invoice_ids)
    payment = begin_payment(
        session,
        account,
        how,
        amount=Money(sum(each.open_minor for each in invoices), account.currency),
        purpose=Purpose.BILLS,
        invoice_ids=[each.id for each in invoices],
        retry_of=retry_of,
        now=now,
    )
    write_audit(session, account, action="payment_begun", target=payment.id, now=now, amount=payment.amount)
    return payment


def under_way(
    session: Session, customer_id: str, invoice_ids: Sequence[str], *, besides: str | None = None
) -> Payment | None:
    """
    Return the oldest payment, *besides* one, that is not finished and pays one of the bills.
    """
    running = select(Payment).where(
        Payment.customer_id == customer_id,
        Payment.purpose == Purpose.BILLS,
        Payment.status.in_(OPEN),
        Payment.id != (besides or ""),
    )
    wanted = set(invoice_ids)
    found = session.scalars(running.order_by(Payment.created_at, Payment.id))
    return next((each for each in found if wanted & set(each.invoice_ids)), None)


def _make_way(session: Session, account: Account, invoice_ids: Sequence[str]) -> None:
    # One that waits for the customer is given up for the new one; one the bank works on has to end first.
    running = under_way(session, account.customer_id, invoice_ids)
    if running is None:
        return
    if running.status is not Status.ACTION_REQUIRED or running.superseded:
        raise InvoiceNotPayable(
            "A payment for this bill is under way. Wait for its outcome.", params={"payment_id": running.id}
        )
    running.superseded = True


def _bills_of(session: Session, customer_id: str, payment_id: str) -> list[str]:
    payment = session.get(Payment, payment_id)
    if payment is None or payment.customer_id != customer_id or payment.purpose is not Purpose.BILLS:
        raise NotFound
    if payment.status not in GIVEN_UP:
        raise InvoiceNotPayable("This payment did not fail.", params={"payment_id": payment.id})
    still = select(Invoice.id).where(Invoice.id.in_(payment.invoice_ids), Invoice.open_minor > 0)
    open_ids = set(session.scalars(still))
    return [each for each in payment.invoice_ids if each in open_ids] or list(payment.invoice_ids)


def _chosen(session: Session, account: Account, invoice_ids: Sequence[str]) -> list[Invoice]:
    found = {each.id: each for each in open_invoices(session, account.customer_id)}
    for invoice_id in invoice_ids:
        known = session.get(Invoice, invoice_id)
        if known is None or known.customer_id != account.customer_id:
            raise NotFound
        if invoice_id not in found:
            raise InvoiceNotPayable(
                "Bill %(number)s is paid.", params={"number": known.number, "invoice_id": invoice_id}
            )
    chosen = [found[each] for each in dict.fromkeys(invoice_ids)] if invoice_ids else list(found.values())
    if not chosen:
        raise InvoiceNotPayable("There is nothing to pay.")
    _make_way(session, account, [each.id for each in chosen])
    return chosen
