"""Begin a payment: the intent is stored first, so that whatever happens later has a row to be found by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.domain.payment import Status
from billing.models import Account, Order, Payment, PaymentMethod
from shared import clock, context
from shared.bus.outbox import wake
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.money import Money

PROVIDER = "sandbox"
# Payments are taken up by `ask_at`: one that somebody waits for goes before the thousands a run began.
AHEAD_OF_RUNS = timedelta(days=1)


class PaymentMethodRejected(Invalid, code="payment_method_rejected", title="This card cannot be used"):
    """
    The card named is not the customer's, was removed or has expired.
    """


@dataclass(frozen=True, kw_only=True)
class PayBy:
    """
    A saved card, or (no *method_id*) the provider's page. *return_url* is where the browser comes back to;
    ``{payment_id}`` and ``{order_id}`` in it are filled in.
    """

    method_id: str | None
    return_url: str
    save_card: bool = False


def open_payment(
    session: Session, order: Order, how: PayBy, *, now: datetime, retry_of: str | None = None
) -> Payment:
    """
    Store a payment for the whole order, to be taken up by a worker at once.

    :raises PaymentMethodRejected: if the card cannot be used
    """
    account = session.get_one(Account, order.customer_id)
    return begin_payment(
        session,
        account,
        how,
        amount=order.total,
        purpose=Purpose.ORDER,
        order_id=order.id,
        retry_of=retry_of,
        now=now,
    )


def begin_payment(
    session: Session,
    account: Account,
    how: PayBy,
    *,
    amount: Money,
    purpose: Purpose,
    now: datetime,
    order_id: str | None = None,
    invoice_ids: Sequence[str] = (),
    retry_of: str | None = None,
) -> Payment:
    """
    Store a payment of *amount* by the account's customer, for an order or for bills.

    :raises PaymentMethodRejected: if the card cannot be used
    """
    method = usable_method(session, account.customer_id, how.method_id, now=now) if how.method_id else None
    payment = Payment(
        id=new_id("pay"),
        purpose=purpose,
        order_id=order_id,
        invoice_ids=list(invoice_ids),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        left_minor=0,
        status=Status.PENDING,
        method_id=method.id if method else None,
        method_token=method.token if method else None,
        method_label=method.label if method else "New card",
        save_card=how.save_card,
        provider=PROVIDER,
        retry_of=retry_of,
        correlation_id=context.current().correlation_id,
        tries=0,
        ask_at=clock.real_now() - AHEAD_OF_RUNS,
        created_at=now,
    )
    url = how.return_url.replace("{payment_id}", payment.id)
    payment.return_url = url.replace("{order_id}", order_id or "")
    session.add(payment)
    session.flush()
    wake(session)
    return payment


def usable_method(session: Session, customer_id: str, method_id: str, *, now: datetime) -> PaymentMethod:
    """
    Return the customer's saved card.

    :raises PaymentMethodRejected: if it is not theirs, was removed or has expired
    """
    method = session.get(PaymentMethod, method_id)
    if method is None or method.customer_id != customer_id or method.removed_at is not None:
        raise PaymentMethodRejected(
            FieldError("#/payment/payment_method_id", "unknown", "Choose one of your saved cards.")
        )
    if not method.works(now):
        raise PaymentMethodRejected(
            FieldError(
                "#/payment/payment_method_id", "expired", "%(card)s has expired.", {"card": method.label}
            )
        )
    return method
