"""Drop a saved card, here at once and at the provider."""

from sqlalchemy import select

from billing.clients.provider import PaymentProvider, ProviderRefused, ProviderUnknown
from billing.models import Customer, PaymentMethod
from billing.usecases.lock_account import account_of
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.db import Database
from shared.errors import NotFound, Unavailable


def remove_payment_method(
    db: Database, provider: PaymentProvider, *, customer_id: str, method_id: str
) -> None:
    """
    Remove the card; another one becomes the default.

    :raises NotFound: if the customer has no such card
    :raises Unavailable: if the provider does not answer; the card is gone from our lists all the same
    """
    with db.begin() as session:
        method, customer = session.get(PaymentMethod, method_id), session.get(Customer, customer_id)
        if (
            method is None
            or customer is None
            or method.customer_id != customer_id
            or method.removed_at is not None
        ):
            raise NotFound
        account = account_of(session, customer)
        now = clock.now()
        method.removed_at, method.is_default = now, False
        next_default = session.scalar(
            select(PaymentMethod)
            .where(PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None))
            .order_by(PaymentMethod.is_default.desc(), PaymentMethod.created_at)
            .limit(1)
        )
        if next_default:
            next_default.is_default = True
        write_audit(session, account, action="payment_method_removed", target=method.id, now=now)
        token = method.token
    try:
        provider.forget(customer_ref=customer_id, token=token)
    except (ProviderUnknown, ProviderRefused) as error:
        raise Unavailable("The card is removed here; the provider did not answer.") from error
