"""Price a plan that staff add for a customer, from the day it starts; held like any other quote."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.approval import check_start
from billing.domain.availability import CustomerInactive, obstacles
from billing.domain.basket import ProductNotAvailable
from billing.models import Customer, Plan, PlanVersion, Quote
from billing.queries.service_desk import holder_of, start_bounds
from billing.usecases.quote_order import Buyer, hold_price
from shared.errors import FieldError, Invalid, NotFound
from shared.money import Money

LONGEST_DESCRIPTION = 180  # a fee's line says a little more in the same column
LARGEST_PRICE = 100_000_00


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    What to add; *price* is instead of the plan's (None: the plan's), *description* instead of its name.
    """

    plan_id: str
    quantity: int
    starts_on: date
    price: Money | None = None
    description: str = ""
    reason: str = ""


def quote_service(session: Session, *, customer: Customer, wanted: Wanted, now: datetime) -> Quote:
    """
    Return a quote for the service as it will be billed: lines are made as an order's are.

    What is bought once has no start of its own: it counts from today.

    :raises CustomerInactive: if the customer is inactive
    :raises NotFound: if nobody knows the plan
    :raises ProductNotAvailable: if staff may not add it for this customer
    :raises Invalid: if start, quantity, price or description are out of bounds, or a price has no reason
    """
    if customer.status == "inactive" or customer.deleted:
        raise CustomerInactive("Make the customer active first.")
    plan = session.get(Plan, wanted.plan_id)
    sold = session.get(PlanVersion, (plan.id, plan.version)) if plan else None
    if plan is None or sold is None:
        raise NotFound
    if obstacles(sold.limits(on_sale=plan.on_sale), holder_of(session, customer)):
        raise ProductNotAvailable("This plan cannot be added for this customer.")
    _check(wanted)
    start = wanted.starts_on if sold.interval_months else None
    if start:
        earliest, latest = start_bounds(session, customer, now=now)
        check_start(start, earliest=earliest, latest=latest)
    terms = sold.terms()
    price = terms.price if wanted.price is None else wanted.price
    asked = replace(terms, price=price, name=wanted.description or terms.name)
    return hold_price(
        session,
        buyer=_buyer(customer),
        wanted=[(asked, wanted.quantity)],
        start=start,
        kind="service",
        details={"plan": terms.name, "list_price": str(terms.price), "reason": wanted.reason},
        now=now,
    )


def _check(wanted: Wanted) -> None:
    if len(wanted.description) > LONGEST_DESCRIPTION:
        words, most = "Use at most %(most)s letters.", {"most": LONGEST_DESCRIPTION}
        raise Invalid(FieldError("#/description", "too_long", words, most))
    if wanted.price is None:
        return
    if not 0 <= wanted.price.minor <= LARGEST_PRICE:
        raise Invalid(FieldError("#/price", "out_of_range", "Enter an amount such as 12.50, or nothing."))
    if not wanted.reason:
        raise Invalid(FieldError("#/reason", "required", "Say why the price is another one."))


def _buyer(customer: Customer) -> Buyer:
    return Buyer(
        customer_id=customer.id,
        partner_id=customer.partner_id,
        billing_type=customer.billing_type,
        timezone="UTC",
    )
