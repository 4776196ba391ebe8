"""Staff tries a failed payment again by the same card: for an order, a balance, or the bills still open."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.collection import InvoiceNotPayable, Purpose
from billing.domain.payment import GIVEN_UP
from billing.models import Payment
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from billing.usecases.retry_payment import retry_payment
from billing.usecases.return_money import lock_for_staff
from billing.usecases.top_up_wallet import retry_top_up


def try_payment_again(
    session: Session, *, payment_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Payment:
    """
    Begin another payment like the one that failed.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    :raises InvoiceNotPayable: if it did not fail, was tried again since, or nothing is open any more
    :raises TopUpNotPossible: if it was a top-up that something else took the place of
    :raises OrderNotPayable: if its order cannot be paid any more
    :raises PaymentMethodRejected: if the card cannot be used
    """
    payment, account = lock_for_staff(session, payment_id, partner_ids)
    again = session.scalar(select(Payment.id).where(Payment.retry_of == payment.id))
    if payment.status not in GIVEN_UP or payment.method_id is None or again:
        raise InvoiceNotPayable("There is nothing to try again with this payment.")
    how, customer = PayBy(method_id=payment.method_id, return_url=payment.return_url), account.customer_id
    payment.retry_on = None
    if payment.purpose is Purpose.ORDER and payment.order_id:
        return retry_payment(session, customer_id=customer, order_id=payment.order_id, how=how, now=now)
    if payment.purpose is Purpose.BALANCE:
        return retry_top_up(session, customer_id=customer, payment_id=payment.id, how=how, now=now)
    made = pay_bills(session, customer_id=customer, invoice_ids=(), how=how, now=now, retry_of=payment.id)
    made.automatic, made.round, made.tried_from_on = payment.automatic, payment.round, payment.tried_from_on
    return made
