"""Keep our copies of what customers and catalog told; an older version never overwrites a newer one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal_gateway.models import CustomerCopy, PartnerCopy, PlanVersion
from portal_gateway.usecases.sign_out import sign_out_everywhere
from shared.contracts import catalog, customers

SHUT_OUT = "inactive"


def follow_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Remember a provider brand.
    """
    row = session.get(PartnerCopy, fact.partner_id)
    if row and row.version >= fact.version:
        return
    row = row or PartnerCopy(partner_id=fact.partner_id)
    row.version, row.is_default = fact.version, fact.default
    row.languages = list(fact.languages)
    for name in ("name", "title", "hue", "currency", "timezone", "help_phone", "help_email"):
        setattr(row, name, getattr(fact, name))
    session.add(row)


def follow_customer(session: Session, fact: customers.CustomerChanged, *, now: datetime) -> None:
    """
    Remember a customer; one who may not sign in any more is signed out at once.
    """
    row = session.get(CustomerCopy, fact.customer_id)
    if row and row.version >= fact.version:
        return
    row = row or CustomerCopy(customer_id=fact.customer_id)
    row.heard_at = now
    for name in ("partner_id", "version", "number", "full_name", "status", "billing_type", "language"):
        setattr(row, name, getattr(fact, name))
    session.add(row)
    if fact.deleted or fact.status == SHUT_OUT:
        sign_out_everywhere(session, customer_id=fact.customer_id, now=now)


def follow_plan(session: Session, fact: catalog.PlanPublished | catalog.PlanRetired) -> None:
    """
    Remember that a plan has a new version, so that remembered product lists are old.
    """
    row = session.get(PlanVersion, fact.plan_id)
    if row is None:
        session.add(PlanVersion(plan_id=fact.plan_id, version=fact.version))
    else:
        row.version = max(row.version + 1, fact.version)
