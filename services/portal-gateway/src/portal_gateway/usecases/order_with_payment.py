"""
Order what was quoted and pay it at once.

Billing keeps the process; the gateway asks whether it may still be ordered, places it, and waits a little.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import update

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Order, Quote
from portal_gateway.clients.calls import Caller
from portal_gateway.domain import outcome
from portal_gateway.domain.basket import Contents
from portal_gateway.domain.portal_settings import Effective, Terms
from portal_gateway.models import Basket
from portal_gateway.usecases.check_ordering import FeatureDisabled, check_ordering
from portal_gateway.usecases.quote_basket import NoLongerAvailable
from portal_gateway.usecases.settle_basket import settle_basket, tie_basket
from shared.db import Database
from shared.errors import Conflict, FieldError, Invalid, Refusal
from shared.failpoint import failpoint

# After these answers there may be an order all the same: the first try of this very key may have made it.
UNDECIDED = frozenset({"upstream_unavailable", "request_in_progress", "idempotency_key_reused", "quote_used"})
PATIENCE_SECONDS = 4  # what is left of the promised 5 s goes to the calls around the wait


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """
    What the customer confirms: the quote, and how to pay it (None: not now). *key* makes it happen once.

    *terms_version* is the version of the terms they were shown, *preferred_start_on* (ISO date) their wish.
    """

    quote_id: str
    key: str
    payment: dict[str, Any] | None = None
    return_url: str | None = None
    preferred_start_on: str | None = None
    terms_version: str | None = None


class TermsChanged(Conflict, code="terms_changed", title="The terms of business have changed"):
    """
    Other terms hold now than the customer was shown.
    """


class AnotherBasket(Conflict, code="basket_changed", title="Your basket has changed"):
    """
    The quote is of an older basket; what is in it now has another price.
    """


def order_with_payment(
    db: Database, upstreams: Upstreams, caller: Caller, confirmed: Confirmation, *, now: datetime
) -> Order:
    """
    Place the order, and return it with what is known after at most five seconds.

    :raises TooBusy: if billing has more orders than it can finish
    :raises FeatureDisabled: if the partner does not let customers order, or not pay while ordering
    :raises NoLongerAvailable: if something quoted is not offered to this customer any more
    """
    upstreams.billing.refuse_if_busy()
    settings = check_ordering(db, caller.partner_id)
    if not settings.accept_payment:
        raise FeatureDisabled("Paying while ordering is switched off. Send the order as a request.")
    failpoint("gateway.order.before_billing")
    body = {"mode": "payment", "payment": confirmed.payment, "return_url": confirmed.return_url}
    order = placed(db, upstreams, caller, confirmed, settings, body=body)
    failpoint("gateway.order.waiting")
    if outcome.is_running(order["status"]):
        order = upstreams.billing.order(caller, order["id"], wait=PATIENCE_SECONDS)
    settled(db, order, now=now)
    return order


def placed(
    db: Database,
    upstreams: Upstreams,
    caller: Caller,
    confirmed: Confirmation,
    settings: Effective,
    *,
    body: dict[str, Any],
) -> Order:
    """
    Place the order with billing, and tie the basket to it. If plans or the customer have changed since the
    price was made, the catalogue is asked once more before.

    :raises Invalid: if it is not said which terms the customer was shown
    :raises TermsChanged: if they are not those in force
    :raises AnotherBasket: if the quote is not of the basket as it is now
    """
    basket, seen = _basket(db, caller)
    quote = _shown(basket, confirmed.quote_id) or upstreams.billing.quote(caller, confirmed.quote_id)
    if quote["status"] == "open":
        _refuse_other_terms(settings.terms, confirmed.terms_version)
        if basket.quote_id != confirmed.quote_id:
            raise AnotherBasket(
                "It was changed after this price was made, maybe in another tab. Look at it again."
            )
        if seen is None or seen != basket.checked:
            _refuse_unavailable(upstreams, caller, quote)
        _note_sent(db, caller, confirmed.quote_id)
    wish = {"preferred_start_on": confirmed.preferred_start_on, "terms": _agreed(settings.terms)}
    given = {name: value for name, value in {**body, **wish}.items() if value}
    sent = {"quote_id": confirmed.quote_id, **given}
    try:
        order = upstreams.billing.place_order(caller, body=sent, key=once(caller, confirmed.key))
    except Refusal as refusal:
        if refusal.code not in UNDECIDED:
            _note_sent(db, caller, confirmed.quote_id, sent=False)
        raise
    failpoint("gateway.order.after_billing")
    with db.begin() as session:
        tie_basket(
            session,
            customer_id=caller.customer_id or "",
            quote_id=confirmed.quote_id,
            order_id=order["id"],
        )
    return order


def settled(db: Database, order: Order, *, now: datetime) -> None:
    """
    Let the basket go if the order has come to an end; the fact does the same later, if we cannot.
    """
    with db.begin() as session:
        settle_basket(session, order_id=order["id"], status=order["status"], now=now)


def once(caller: Caller, key: str) -> str:
    """
    Return the key billing gets: the customer's own, so that two customers with one key are two orders.
    """
    return hashlib.sha256(f"{caller.customer_id}:{key}".encode()).hexdigest()


def _refuse_other_terms(terms: Terms | None, shown: str | None) -> None:
    if terms is None or shown == terms.version:
        return
    if not shown:
        detail = "Show the terms of business and say which version was shown."
        raise Invalid(FieldError("#/terms_version", "required", detail))
    detail = "The terms of business have changed. Read them before you order."
    raise TermsChanged(detail, params={"terms_version": terms.version})


def _agreed(terms: Terms | None) -> dict[str, str] | None:
    return {"version": terms.version, "url": terms.url} if terms else None


def _basket(db: Database, caller: Caller) -> tuple[Contents, str | None]:
    customer_id = caller.customer_id or ""
    with db.read() as session:
        basket = queries.basket(session, customer_id=customer_id, partner_id=caller.partner_id or "")
        return basket, queries.seen_of(session, customer_id)


def _shown(basket: Contents, quote_id: str) -> Quote | None:
    """
    Return the quote as the basket keeps it, unless it may have become an order already.
    """
    if basket.quote is None or basket.quote_id != quote_id or basket.sent_quote_id:
        return None
    return cast(Quote, basket.quote)


def _note_sent(db: Database, caller: Caller, quote_id: str, *, sent: bool = True) -> None:
    # Whatever happens to the answer, the basket knows that it may have become an order; a no takes that back.
    with db.begin() as session:
        session.execute(
            update(Basket)
            .where(Basket.customer_id == (caller.customer_id or ""), Basket.quote_id == quote_id)
            .values(sent_quote_id=quote_id if sent else None)
        )


def _refuse_unavailable(upstreams: Upstreams, caller: Caller, quote: Quote) -> None:
    person = upstreams.customers.person(caller)
    names = {line["plan_id"]: line["label"] for line in quote["lines"] if line["plan_id"]}
    offered = {product["id"] for product in upstreams.catalog.availability(person, list(names))}
    gone = [name for plan_id, name in names.items() if plan_id not in offered]
    if gone:
        raise NoLongerAvailable("Not available any more: %(names)s.", params={"names": gone})
