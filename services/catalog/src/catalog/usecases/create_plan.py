"""Start selling something new."""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog.domain.plan import Content, Kind
from catalog.models import Plan
from catalog.usecases.publish_version import publish_version
from shared.ids import new_id


def create_plan(
    session: Session, *, kind: Kind, content: Content, by: str, now: datetime, plan_id: str | None = None
) -> Plan:
    """
    Make a plan of *kind* with its first version.

    :raises Invalid: if the content breaks a rule
    """
    plan = Plan(id=plan_id or new_id("plan"), kind=kind, version=0)
    publish_version(session, plan, content=content, by=by, now=now)
    session.add(plan)
    return plan
