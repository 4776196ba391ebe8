"""A service's contract begins with the service, as its plan was sold."""

from datetime import date

from sqlalchemy.orm import Session

from billing.domain.contract import last_day
from billing.models import PlanVersion, Subscription


def keep_contract(session: Session, subscription: Subscription, *, starts_on: date) -> None:
    """
    Let the contract begin on *starts_on*; a member of a bundle has none of its own.
    """
    sold = session.get(PlanVersion, (subscription.plan_id, subscription.plan_version))
    months = sold.contract_months if sold and subscription.bundle_id is None else 0
    subscription.contract_ends_on = last_day(starts_on, months)
    subscription.contract_renews = bool(months and sold and sold.auto_renewal)
