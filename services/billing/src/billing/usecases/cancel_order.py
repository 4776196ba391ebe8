"""The customer takes an unpaid order back: look, tell the provider to stop, record."""

from billing.clients.provider import PaymentProvider, ProviderUnknown
from billing.domain import order as rules
from billing.models import Order
from billing.usecases.give_up_order import give_up_order, stop, unfinished
from shared import clock
from shared.db import Database
from shared.errors import NotFound, Unavailable


def cancel_order(db: Database, provider: PaymentProvider, *, customer_id: str, order_id: str) -> None:
    """
    Cancel the order; cancelling twice is fine.

    :raises NotFound: if the customer has no such order
    :raises OrderNotCancellable: if it is paid or over, or turns out to be paid when the provider is asked
    :raises Unavailable: if the provider does not say whether it took the money; nothing is changed then
    """
    with db.read() as session:
        order = session.get(Order, order_id)
        if order is None or order.customer_id != customer_id:
            raise NotFound
        if order.status is rules.Status.CANCELLED:
            return
        _check(order)
        found = unfinished(session, order_id)
    try:
        outcome = stop(provider, found)
    except ProviderUnknown as unknown:
        raise Unavailable("The payment provider does not answer. The order is unchanged.") from unknown
    with db.begin() as session:
        ended = give_up_order(
            session, found, outcome, to=rules.Status.CANCELLED, code="cancelled", now=clock.now()
        )
    if ended.status is not rules.Status.CANCELLED:
        raise _not_cancellable(ended)


def _check(order: Order) -> None:
    if order.status not in rules.CANCELLABLE:
        raise _not_cancellable(order)


def _not_cancellable(order: Order) -> rules.OrderNotCancellable:
    return rules.OrderNotCancellable(rules.STANDS, params=rules.standing(order.number, order.status))
