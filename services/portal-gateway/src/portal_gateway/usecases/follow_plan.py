"""Notice that a plan has a new version."""

from sqlalchemy.orm import Session

from portal_gateway.models import PlanVersion
from shared.contracts import catalog


def follow_plan(session: Session, fact: catalog.PlanPublished | catalog.PlanRetired) -> None:
    """
    Remember that a plan has a new version, so that remembered product lists are old.
    """
    row = session.get(PlanVersion, fact.plan_id)
    if row is None:
        session.add(PlanVersion(plan_id=fact.plan_id, version=fact.version))
    else:
        row.version = max(row.version + 1, fact.version)
