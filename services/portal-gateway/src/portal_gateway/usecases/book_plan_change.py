"""Confirm a quoted change of plan: billing books it, and applies it when its moment has come."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.plan_changes import Booked
from portal_gateway.domain.portal_settings import ChangeMode
from portal_gateway.usecases.find_plan_changes import find_plan_changes, insist_on
from portal_gateway.usecases.order_with_payment import once
from shared.db import Database


def book_plan_change(
    db: Database,
    upstreams: Upstreams,
    caller: Caller,
    *,
    quote_id: str,
    payment_method_id: str | None,
    key: str,
) -> Booked:
    """
    Book what was quoted; nothing is charged before it is applied.

    :raises NotFound: if the customer has no such quote
    :raises FeatureDisabled: if the partner does not let customers change this plan themselves
    :raises NoPlansAvailable: if the catalogue no longer lets them change to it
    """
    quote = upstreams.billing.changes.find_quote(caller, quote_id)
    if quote["status"] == "open":
        options = find_plan_changes(db, upstreams, caller, service_id=quote["subscription_id"])
        insist_on(options, ChangeMode.SELF)
        if options.possible.get("pending_change") is None:
            options.target(quote["plan_id"])
    body = {"quote_id": quote_id, "payment_method_id": payment_method_id}
    sent = {name: value for name, value in body.items() if value}
    return upstreams.billing.changes.book(caller, body=sent, key=once(caller, key))
