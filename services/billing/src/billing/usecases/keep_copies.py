"""Keep copies of what other services tell: never an older one than we have, however they arrive."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import Account, Customer, Order, Partner, Plan, PlanVersion
from billing.usecases.insert_once import insert_once
from shared.contracts import catalog, customers, tickets


def keep_plan(session: Session, plan: catalog.PlanPublished) -> None:
    """
    Store a version of a plan; the newest one heard of is the one being sold.
    """
    insert_once(
        session,
        PlanVersion,
        plan_id=plan.plan_id,
        version=plan.version,
        kind=plan.kind,
        name=plan.name,
        currency=plan.price.currency,
        price_minor=plan.price.minor,
        interval_months=plan.interval_months,
        activation_fee_minor=plan.activation_fee.minor,
        vat_basis_points=plan.vat_basis_points,
        max_quantity=plan.max_quantity,
        member_ids=list(plan.member_ids),
    )
    _now_sold(session, plan.plan_id, plan.version, on_sale=plan.enabled)


def retire_plan(session: Session, plan: catalog.PlanRetired) -> None:
    """
    Stop selling a plan; what was sold goes on.
    """
    _now_sold(session, plan.plan_id, plan.version, on_sale=False)


def keep_customer(session: Session, fact: customers.CustomerChanged) -> None:
    """
    Store what billing shows of a customer, and how they are billed.
    """
    insert_once(session, Customer, id=fact.customer_id, version=-1, **_shown(fact))
    copy = session.get_one(Customer, fact.customer_id, with_for_update=True, populate_existing=True)
    if copy.version >= fact.version:
        return
    copy.version = fact.version
    for name, value in _shown(fact).items():
        setattr(copy, name, value)
    account = session.get(Account, fact.customer_id)
    if account:
        account.billing_type = fact.billing_type


def keep_status(session: Session, fact: customers.StatusChanged) -> None:
    """
    Store a customer's status.
    """
    copy = session.get(Customer, fact.customer_id, with_for_update=True)
    if copy and copy.version < fact.version:
        copy.version, copy.status = fact.version, fact.new


def keep_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Store a partner's currency and time zone; a new one gets the next number for its documents.
    """
    copy = session.get(Partner, fact.partner_id, with_for_update=True)
    if copy is None:
        highest = session.execute(select(func.coalesce(func.max(Partner.number), 0))).scalar_one()
        copy = Partner(id=fact.partner_id, version=-1, number=highest + 1)
        session.add(copy)
    if copy.version < fact.version:
        copy.version, copy.name = fact.version, fact.title or fact.name
        copy.currency, copy.timezone = fact.currency, fact.timezone
    session.flush()


def note_ticket(session: Session, fact: tickets.TicketOpened) -> None:
    """
    Remember which ticket an order request became.
    """
    order = session.get(Order, fact.order_id) if fact.order_id else None
    if order and order.customer_id == fact.customer_id and order.ticket_id is None:
        order.ticket_id, order.ticket_number = fact.ticket_id, fact.number


def _now_sold(session: Session, plan_id: str, version: int, *, on_sale: bool) -> None:
    insert_once(session, Plan, id=plan_id, version=-1, on_sale=False)
    plan = session.get_one(Plan, plan_id, with_for_update=True, populate_existing=True)
    if plan.version <= version:
        plan.version, plan.on_sale = version, on_sale


def _shown(fact: customers.CustomerChanged) -> dict[str, object]:
    return {
        "partner_id": fact.partner_id,
        "number": fact.number,
        "full_name": fact.full_name,
        "login": fact.login,
        "status": fact.status,
        "category": fact.category,
        "billing_type": fact.billing_type,
        "address": ", ".join(filter(None, (fact.street, f"{fact.zip_code} {fact.city}".strip()))),
        "deleted": fact.deleted,
    }
