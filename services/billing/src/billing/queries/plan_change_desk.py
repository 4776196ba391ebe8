"""What staff see when they change a customer's plan: every plan of the kind, the portal's list or not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import Source
from billing.models import Account, Customer, Plan, PlanChange, PlanVersion, Subscription
from billing.queries.offers import OfferView, last_offer
from billing.queries.plan_change_options import Offered, Options, plan_change_options
from billing.queries.plan_changes import change_list
from billing.queries.prepaid import is_prepaid
from billing.queries.staff import one_customer
from shared.errors import NotFound

Scope = frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """
    One service to be changed; *listed* are the plans its customer is offered in the portal, *offer* the last
    change that was sent for consent.
    """

    subscription: Subscription
    customer: Customer
    account: Account
    options: Options
    listed: frozenset[str]
    prepaid: bool
    offer: OfferView | None


def desk(session: Session, subscription_id: str, *, scope: Scope, now: datetime) -> Desk:
    """
    Return all the change-plan page of staff needs.

    :raises NotFound: if there is no such subscription in *scope*
    """
    subscription = subscription_in(session, subscription_id, scope=scope)
    account = session.get_one(Account, subscription.customer_id)
    return Desk(
        subscription=subscription,
        customer=one_customer(session, subscription.customer_id, scope=scope),
        account=account,
        options=plan_change_options(
            session,
            customer_id=subscription.customer_id,
            subscription_id=subscription.id,
            offered=plans_of_kind(session, subscription.kind),
            now=now,
            source=Source.ADMIN,
        ),
        listed=frozenset(change_list(session, subscription.plan_id)),
        prepaid=is_prepaid(account),
        offer=last_offer(session, subscription.id),
    )


def subscription_in(session: Session, subscription_id: str, *, scope: Scope) -> Subscription:
    """
    Return the subscription.

    :raises NotFound: if there is none in *scope*
    """
    found = session.get(Subscription, subscription_id)
    if found is None or (scope is not None and found.partner_id not in scope):
        raise NotFound
    return found


def plans_of_kind(session: Session, kind: str) -> list[Offered]:
    """
    Return every plan of a kind that is being sold.
    """
    rows = session.execute(
        select(Plan.id, Plan.version)
        .join(PlanVersion, (PlanVersion.plan_id == Plan.id) & (PlanVersion.version == Plan.version))
        .where(Plan.on_sale, PlanVersion.kind == kind)
    )
    return [Offered(plan_id=plan_id, version=version) for plan_id, version in rows]


def version_sold(session: Session, plan_id: str) -> int:
    """
    Return which version of a plan is being sold; 0 for one nobody knows.
    """
    plan = session.get(Plan, plan_id)
    return plan.version if plan else 0


def owner_of_change(session: Session, change_id: str, *, scope: Scope) -> str:
    """
    Return whose change it is.

    :raises NotFound: if there is no such change in *scope*
    """
    found = session.get(PlanChange, change_id)
    if found is None or (scope is not None and found.partner_id not in scope):
        raise NotFound
    return found.customer_id
