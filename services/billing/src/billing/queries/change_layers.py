"""
Why a customer cannot change to a plan in the portal: every layer by itself, not only the first that refuses.

What billing knows is asked of the same guards that refuse; what others own comes from copies, and may be
unknown until it is told again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing.domain.change import Source
from billing.models import Account, Customer, Plan, PlanVersion, PortalModes, Subscription
from billing.queries.plan_change_desk import Scope, plans_of_kind, subscription_in
from billing.queries.plan_change_guards import PAUSED, check_booked, check_holds
from billing.queries.plan_changes import change_list
from billing.queries.staff import one_customer
from shared.errors import NotFound, Refusal
from shared.texts import Text


@dataclass(frozen=True, kw_only=True)
class Layer:
    """
    One condition: *state* is fine, blocks or unknown; *why* says what stands in the way.
    """

    code: str
    state: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """
    Which service of whom, and which plan it is to have.
    """

    account: Account
    customer: Customer
    subscription: Subscription
    plan: Plan
    sold: PlanVersion


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """
    All the page needs: the plans to choose from by name, the one chosen, and its layers.
    """

    subscription: Subscription
    customer: Customer
    plans: list[tuple[str, str]]
    plan: PlanVersion | None
    layers: list[Layer]


def reasons(session: Session, subscription_id: str, plan_id: str, *, scope: Scope) -> Reasons:
    """
    Return why the subscription can or cannot be changed to the plan; nothing yet if none is named.

    :raises NotFound: if there is no such subscription in *scope*, or no such plan
    """
    subscription = subscription_in(session, subscription_id, scope=scope)
    customer = one_customer(session, subscription.customer_id, scope=scope)
    offered = plans_of_kind(session, subscription.kind)
    known = [session.get_one(PlanVersion, (each.plan_id, each.version)) for each in offered]
    plan = session.get(Plan, plan_id) if plan_id else None
    if plan_id and plan is None:
        raise NotFound
    sold = session.get_one(PlanVersion, (plan.id, plan.version)) if plan else None
    found = []
    if plan and sold:
        account = session.get_one(Account, subscription.customer_id)
        asked = Asked(account=account, customer=customer, subscription=subscription, plan=plan, sold=sold)
        found = layers(session, asked)
    names = {each.plan_id: each.name for each in (*known, *filter(None, [sold]))}
    return Reasons(
        subscription=subscription,
        customer=customer,
        plans=sorted((name, id) for id, name in names.items()),
        plan=sold,
        layers=found,
    )


def layers(session: Session, asked: Asked) -> list[Layer]:
    """
    Return every layer, in the order in which people look for the reason.
    """
    sub, customer = asked.subscription, asked.customer
    blocked = customer.status in PAUSED
    return [
        _tried("service", lambda: check_holds(session, sub, source=Source.ADMIN)),
        _when("access", blocked, Text("The customer is blocked or inactive. What is due is paid first.")),
        _tried("booked", lambda: check_booked(session, sub)),
        _mode(session, asked),
        _list(session, asked),
        *_of_plan(asked),
        *_limits(asked),
    ]


def _mode(session: Session, asked: Asked) -> Layer:
    kept = session.get(PortalModes, asked.account.partner_id)
    mode = kept.by_kind.get(asked.subscription.kind, "off") if kept else None
    if mode is None:
        return Layer(code="portal", state="unknown")
    if mode == "off":
        return Layer(code="portal", state="blocks", why=Text("The partner has switched it off."))
    only = Text("The partner lets customers ask for it, but not do it themselves.")
    return _when("portal", mode == "request", only)


def _list(session: Session, asked: Asked) -> Layer:
    listed = change_list(session, asked.subscription.plan_id)
    if not listed:
        return Layer(code="list", state="blocks", why=Text("The present plan lists no plan to change to."))
    missing = asked.sold.plan_id not in listed
    return _when("list", missing, Text("The present plan does not list this one."))


def _of_plan(asked: Asked) -> Iterator[Layer]:
    sub, sold = asked.subscription, asked.sold
    fits = sold.kind == sub.kind and sold.currency == sub.currency and bool(sold.interval_months)
    yield _when("sale", not asked.plan.on_sale, Text("The plan is not sold."))
    yield _when("same", sold.plan_id == sub.plan_id, Text("The service has this plan already."))
    yield _when("kind", not fits, Text("It is of another kind or currency, or is paid once."))


def _limits(asked: Asked) -> Iterator[Layer]:
    sold, account, customer = asked.sold, asked.account, asked.customer
    yield _when(
        "partner", not sold.sold_by(account.partner_id), Text("The customer's partner does not sell it.")
    )
    yield _within(
        "billing_type",
        sold.billing_types,
        [account.billing_type],
        Text("It is not sold to customers who are billed this way."),
    )
    known = customer.label_ids is not None
    place = [customer.location_id] if customer.location_id else []
    yield _within("location", sold.location_ids, place if known else None, Text("It is for other locations."))
    yield _within(
        "category", sold.categories, [customer.category], Text("It is for another category of customers.")
    )
    yield _within(
        "labels", sold.label_ids, customer.label_ids, Text("It is for customers with other labels.")
    )


def _within(code: str, allowed: list[str] | None, has: list[str] | None, why: str) -> Layer:
    """
    Return whether one of what the customer *has* is *allowed*; an empty list allows all (decision D24).
    """
    if allowed is None or (allowed and has is None):
        return Layer(code=code, state="unknown")
    return _when(code, bool(allowed) and not set(allowed) & set(has or ()), why)


def _when(code: str, blocks: bool, why: str) -> Layer:
    return Layer(code=code, state="blocks", why=why) if blocks else Layer(code=code, state="fine")


def _tried(code: str, check: Callable[[], None]) -> Layer:
    try:
        check()
    except Refusal as refusal:
        return Layer(code=code, state="blocks", why=refusal.detail)
    return Layer(code=code, state="fine")
