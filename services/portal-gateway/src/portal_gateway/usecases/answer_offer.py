"""Answer a change of plan that was offered: accepting books exactly the quote that was shown."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.plan_changes import Offer
from portal_gateway.usecases.order_with_payment import once


def answer_offer(
    upstreams: Upstreams, caller: Caller, *, offer_id: str, answer: str, quote_id: str, key: str
) -> Offer:
    """
    Accept or decline; it is the customer's own decision, whatever the portal lets them change themselves.

    :raises NotFound: if no such offer was made to the customer
    :raises Conflict: if it is not open any more, or its price has moved (``quote_changed``)
    """
    body = {"answer": answer, "quote_id": quote_id}
    return upstreams.billing.changes.answer(caller, offer_id, body=body, key=once(caller, key))
