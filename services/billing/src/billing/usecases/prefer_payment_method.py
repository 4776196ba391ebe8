"""Make a saved card the one that is charged when nobody chooses."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing.models import Customer, PaymentMethod
from billing.usecases.lock_account import account_of
from billing.usecases.open_payment import PaymentMethodRejected
from billing.usecases.write_audit import write_audit
from shared.errors import FieldError, NotFound


def prefer_payment_method(session: Session, *, customer_id: str, method_id: str, now: datetime) -> None:
    """
    Make the card the customer's default in place of the one before.

    :raises NotFound: if the customer has no such card
    :raises PaymentMethodRejected: if it has expired
    """
    method = session.get(PaymentMethod, method_id)
    customer = session.get(Customer, customer_id)
    if method is None or customer is None or method.customer_id != customer_id:
        raise NotFound
    account = account_of(session, customer)
    session.refresh(method)
    if method.removed_at is not None:
        raise NotFound
    if not method.works(now):
        raise PaymentMethodRejected(FieldError("#/default", "expired", "This card has expired."))
    if method.is_default:
        return
    others = update(PaymentMethod).where(PaymentMethod.customer_id == customer_id)
    session.execute(others.values(is_default=False))
    method.is_default = True
    write_audit(session, account, action="payment_method_preferred", target=method.id, now=now)
